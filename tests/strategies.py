"""What commits are made of, for hypothesis: odd names, odd texts, odd trees, and trees that changed into each other."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from hypothesis import strategies as st

from git_dagpatch.model.effect import Appear, Change, Effect, Relocate, Rewrite, SetMode, Span, Vanish
from git_dagpatch.model.objects import EXECUTABLE, FILE, SUBMODULE, SYMLINK
from tests.trees import File, Files, Snapshot, applied, clash, submodule, symlink

_ODD_NAMES = [
    *(b"a", b"A", b"b.py", b"B.PY", b"m.py", b"d.json", b"readme.TXT", b".hidden", b"...", b".gitignore", b"git"),
    b"x" * 150,
    *(b" lead", b"trail ", b"two words", b"-dash", b"~1", b"back\\slash", b'"quoted"', b"semi;colon", b"star*"),
    *(b"100%", b"%41", b"%", b"c:d", b":", b"tab\there", b"line\nfeed", b"bell\x07", b"\x7f", b"\x1b[31m"),
    *("é".encode(), "e\u0301".encode(), "\u202e".encode(), "\U0001f600".encode(), "\u0085".encode()),
    *(b"caf\xe9.py", b"\xff\xfe", b"\xed\xa0\x80", b"\xc3"),
]
_DIRECTORIES = [b"d", b"d/e", b"D", b"src/b.py", b"\xff", b"%2F", b"/".join([b"deep"] * 12)]


def names() -> st.SearchStrategy[bytes]:
    """One part of a path. Short ones at random cannot name `.git`, which is refused."""
    random = st.binary(min_size=1, max_size=3).filter(
        lambda name: not {*b"\0/"} & {*name} and name not in (b".", b"..")
    )
    return st.sampled_from(_ODD_NAMES) | random


def paths() -> st.SearchStrategy[bytes]:
    nested = st.tuples(st.sampled_from(_DIRECTORIES), names()).map(b"/".join)
    return names() | nested | st.lists(names(), min_size=2, max_size=4).map(b"/".join)


_LINES = [
    *(b"", b"", b"x = 1", b"y = 2", b"    return 1", b"\tindented", b"trailing \t", b" ", b"\f", b"pass"),
    *(b"def f():", b"class A:", b"    def m(self):", b"        return 'x'", b"@decorated", b"# comment", b'"""', b"'"),
    *(b"if x:", b"(", b")", b"back\\", b"import os", "déjà".encode(), b"caf\xe9", b"nul\0", b"carriage\r", b"- item"),
    *(b"---", b"+++ b/x", b"@@ -1 +1 @@", b"<<<<<<< ours", b"\\ No newline at end of file"),
]
_BODIES = [
    b"import os\nimport re\n\n\nclass A:\n    x = 1\n\n    def m(self):\n        return 1\n\n"
    b"    def n(self):\n        return 2\n\n\ndef f(a):\n    # comment\n    return a\n\n\n@cached\n"
    b"def g():\n    pass\n",
    b"One of two paragraphs,\nwith a line more.\n\nThe other one,\nwith two more\nlines of text.\n\nThe end.\n",
    b'{\n  "name": "x",\n  "list": [\n    1,\n    2,\n    3\n  ]\n}\n',
    b'{"a": {"b": 1, "c": [1, 2]}}\n',
    b"def baz(a):\n    b = a + 1\n    return a\n",
    b"import a\n\n\ndef bar(a):\n    c = a + 1\n    return foo(a)\n",
    b"#!/bin/sh\nset -e\nfor x in 1 2 3\ndo\n\techo $x\ndone\nexit 0\n",
    b"Trailing space, \nand tabs\t\nat the ends \t\nof lines.\n\n \nDone.\n\n\n",
    b"def f():  \r\n    x = 1\r\n\r\n    return x \r\n\r\n\r\nclass A:\r\n    pass",
    b"same\n" * 12,
    b"\x7fELF\0\0\1\2" + bytes(range(256)),
]


def lines() -> st.SearchStrategy[bytes]:
    return st.sampled_from(_LINES)


@st.composite
def texts(draw: st.DrawFn) -> bytes:
    """Lines with one kind of end, or both, the last with or without its own."""
    drawn = draw(st.lists(lines(), max_size=8))
    ends = draw(st.sampled_from([[b"\n"], [b"\r\n"], [b"\n", b"\r\n"]]))
    content = b"".join(line + ends[at % len(ends)] for at, line in enumerate(drawn))
    return content.rstrip(b"\r\n") if draw(st.booleans()) else content


def contents() -> st.SearchStrategy[bytes]:
    bodies = st.sampled_from(_BODIES)
    return st.one_of(bodies, bodies, bodies, texts(), st.binary(max_size=30))


def _move_lines(draw: st.DrawFn, content: list[bytes]) -> list[bytes]:
    start, end = _range(draw, content)
    rest = content[:start] + content[end:]
    at = draw(st.integers(0, len(rest)))
    return [*rest[:at], *content[start:end], *rest[at:]]


def _range(draw: st.DrawFn, content: list[bytes]) -> tuple[int, int]:
    start = draw(st.integers(0, len(content)))
    return start, draw(st.integers(start, min(len(content), start + 4)))


def _replace_lines(draw: st.DrawFn, content: list[bytes]) -> list[bytes]:
    start, end = _range(draw, content)
    new = [line + b"\n" for line in draw(st.lists(lines(), max_size=3))]
    return [*content[:start], *new, *content[end:]]


def _repeat_lines(draw: st.DrawFn, content: list[bytes]) -> list[bytes]:
    start, end = _range(draw, content)
    return [*content[:end], *content[start:end], *content[end:]]


def _indent(draw: st.DrawFn, content: list[bytes]) -> list[bytes]:
    start, end = _range(draw, content)
    by = draw(st.sampled_from([b"    ", b"\t", b" "]))
    return [*content[:start], *(by + line for line in content[start:end]), *content[end:]]


def _dedent(draw: st.DrawFn, content: list[bytes]) -> list[bytes]:
    start, end = _range(draw, content)
    return [*content[:start], *(line.lstrip(b" \t") for line in content[start:end]), *content[end:]]


def _trail(draw: st.DrawFn, content: list[bytes]) -> list[bytes]:
    start, end = _range(draw, content)
    by = draw(st.sampled_from([b" ", b"\t ", b"  "]))
    return [*content[:start], *(line.replace(b"\n", by + b"\n") for line in content[start:end]), *content[end:]]


def _strip(draw: st.DrawFn, content: list[bytes]) -> list[bytes]:
    return [line.rstrip(b" \t\r\n") + line[len(line.rstrip(b"\r\n")) :] for line in content]


def _to_crlf(draw: st.DrawFn, content: list[bytes]) -> list[bytes]:
    return [line.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n") for line in content]


def _to_lf(draw: st.DrawFn, content: list[bytes]) -> list[bytes]:
    return [line.replace(b"\r\n", b"\n") for line in content]


def _toggle_end(draw: st.DrawFn, content: list[bytes]) -> list[bytes]:
    joined = b"".join(content)
    return [joined[:-1] if joined.endswith(b"\n") else joined + b"\n"]


_CHANGES: list[Callable[[st.DrawFn, list[bytes]], list[bytes]]] = [
    *(_replace_lines, _replace_lines, _replace_lines, _move_lines, _repeat_lines),
    *(_indent, _dedent, _trail, _strip, _to_crlf, _to_lf, _toggle_end),
]
MESSES = (_trail, _to_crlf, _toggle_end)
"""What the named transforms of white space undo."""
_TIDYING = (_strip, _to_crlf, _to_lf, _toggle_end)


@st.composite
def changed(draw: st.DrawFn, content: bytes, most: int = 3) -> bytes:
    """`content` after a few changes of its lines."""
    for change in draw(st.lists(st.sampled_from(_CHANGES), min_size=1, max_size=most)):
        content = b"".join(change(draw, content.splitlines(keepends=True)))
    return content


def files() -> st.SearchStrategy[File]:
    plain = st.builds(File, st.sampled_from([FILE, FILE, FILE, EXECUTABLE, "100664"]), contents())
    links = st.sampled_from([b"a", b"../up", b"/abs", b"d", b"caf\xe9", b"with\nline"]).map(symlink)
    return st.one_of(plain, plain, plain, links, st.sampled_from("0a").map(submodule))


def _room_for(path: bytes, files: Files) -> bool:
    return not any(clash(path, other) for other in files)


@st.composite
def trees(draw: st.DrawFn) -> Files:
    """Some files, none below another."""
    tree: Files = {}
    least = draw(st.sampled_from([0, 1, 3, 3]))
    for path, file in draw(st.lists(st.tuples(paths(), files()), min_size=least, max_size=6)):
        if _room_for(path, tree):
            tree[path] = file
    return tree


def _move(draw: st.DrawFn, tree: Files, path: bytes) -> None:
    file = tree.pop(path)
    target = draw(paths())
    tree[target if _room_for(target, tree) else path] = file


def _copy(draw: st.DrawFn, tree: Files, path: bytes) -> None:
    target = draw(paths())
    if _room_for(target, tree):
        tree[target] = tree[path]


def _edit(draw: st.DrawFn, tree: Files, path: bytes) -> None:
    mode, content = tree[path]
    if mode == SUBMODULE:
        tree[path] = submodule("b")
    elif mode == SYMLINK:
        tree[path] = symlink(content + b"x")
    else:
        tree[path] = File(mode, draw(changed(content)))


def _tidy(draw: st.DrawFn, tree: Files, path: bytes) -> None:
    """The layout of all texts changes, as a formatter does it."""
    change = draw(st.sampled_from(_TIDYING))
    for other, (mode, content) in tree.items():
        if mode not in (SYMLINK, SUBMODULE):
            tree[other] = File(mode, b"".join(change(draw, content.splitlines(keepends=True))))


def _delete(draw: st.DrawFn, tree: Files, path: bytes) -> None:
    del tree[path]


def _create(draw: st.DrawFn, tree: Files, path: bytes) -> None:
    target = draw(paths())
    if _room_for(target, tree):
        tree[target] = draw(files())


def _set_mode(draw: st.DrawFn, tree: Files, path: bytes) -> None:
    mode, content = tree[path]
    if mode not in (SYMLINK, SUBMODULE):
        tree[path] = File(draw(st.sampled_from([FILE, EXECUTABLE])), content)


def _change_type(draw: st.DrawFn, tree: Files, path: bytes) -> None:
    """File ↔ symlink ↔ submodule, whatever comes up."""
    tree[path] = draw(files())


def _into_directory(draw: st.DrawFn, tree: Files, path: bytes) -> None:
    """A file becomes a directory that holds it, or another file."""
    file = tree.pop(path)
    tree[path + b"/" + draw(names())] = file if draw(st.booleans()) else draw(files())


def _out_of_directory(draw: st.DrawFn, tree: Files, path: bytes) -> None:
    """A directory becomes a file that stood in it, or another one."""
    above, _, _ = path.rpartition(b"/")
    if above:
        file = tree[path]
        for other in [other for other in tree if other.startswith(above + b"/")]:
            del tree[other]
        tree[above] = file if draw(st.booleans()) else draw(files())


def _change_case(draw: st.DrawFn, tree: Files, path: bytes) -> None:
    file = tree.pop(path)
    above, slash, name = path.rpartition(b"/")
    target = above + slash + name.swapcase()
    tree[target if _room_for(target, tree) else path] = file


def _rotate(draw: st.DrawFn, tree: Files, path: bytes) -> None:
    """A circle of renames: a → b → c → a; of two files, a swap."""
    members = [path, *draw(st.lists(st.sampled_from(sorted(tree)), max_size=3))]
    circle = list(dict.fromkeys(members))
    contents = [tree[member] for member in circle]
    for member, file in zip(circle, [*contents[1:], contents[0]], strict=True):
        tree[member] = file


def _shift(draw: st.DrawFn, tree: Files, path: bytes) -> None:
    """A chain of renames: c → a while a → b."""
    source = draw(st.sampled_from(sorted(tree)))
    target = draw(paths())
    if source != path and _room_for(target, tree):
        tree[target], tree[path] = tree[path], tree.pop(source)


def _fold(draw: st.DrawFn, tree: Files, path: bytes) -> None:
    """A file goes, and its text comes to the end of another one, or takes its place."""
    other = draw(st.sampled_from(sorted(tree)))
    (mode, content), (_, moved) = tree[other], tree[path]
    if other != path and not {mode, tree[path].mode} & {SYMLINK, SUBMODULE}:
        tree[other] = File(
            mode, moved if draw(st.booleans()) else content + draw(st.sampled_from([b"", b"\n\n"])) + moved
        )
        del tree[path]


_MUTATIONS: list[Callable[[st.DrawFn, Files, bytes], None]] = [
    *(
        _edit,
        _edit,
        _edit,
        _edit,
        _edit,
        _edit,
        _edit,
        _edit,
        _tidy,
        _tidy,
        _move,
        _move,
        _copy,
        _delete,
        _create,
        _create,
        _set_mode,
    ),
    *(_change_type, _into_directory, _out_of_directory, _change_case, _rotate, _rotate, _shift),
]


@st.composite
def mutated(draw: st.DrawFn, tree: Files) -> Files:
    """What a commit could have made of `tree`."""
    after = dict(tree)
    for mutation in draw(st.lists(st.sampled_from(_MUTATIONS), min_size=2, max_size=8)):
        path = draw(st.sampled_from(sorted(after))) if after else b""
        if path or mutation is _create:
            mutation(draw, after, path)
    return after


class Pair(NamedTuple):
    before: Snapshot
    after: Snapshot


@st.composite
def pairs(draw: st.DrawFn) -> Pair:
    """Two trees, mostly one made of the other."""
    before = draw(trees())
    after = draw(st.one_of(mutated(before), mutated(before), mutated(before), trees()))
    return Pair(Snapshot(before, draw(_spellings(before))), Snapshot(after, draw(_spellings(after))))


@st.composite
def chains(draw: st.DrawFn, length: int) -> list[Snapshot]:
    """As many trees, each made of the one before it; now and then it is one that was there already."""
    trees_made = [draw(trees())]
    for _ in range(length - 1):
        old = st.sampled_from(trees_made)
        trees_made.append(
            draw(st.one_of(mutated(trees_made[-1]), mutated(trees_made[-1]), mutated(trees_made[-1]), old))
        )
    return [Snapshot(tree, draw(_spellings(tree))) for tree in trees_made]


def _spellings(tree: Files) -> st.SearchStrategy[dict[bytes, str]]:
    """Now and then, directories whose mode is padded as old programs wrote it."""
    directories = sorted({path.rpartition(b"/")[0] for path in tree if b"/" in path})
    if not directories:
        return st.just({})
    return st.just({}) | st.just({}) | st.dictionaries(st.sampled_from(directories), st.just("040000"))


@st.composite
def spans(draw: st.DrawFn, content: bytes, letter: str) -> tuple[Span, ...]:
    """Changes of `content` that are apart by at least one byte. What they insert are repetitions of `letter`."""
    drawn = []
    position = 0
    for _ in range(draw(st.integers(1, 3))):
        if position > len(content):
            break
        start = draw(st.integers(position, len(content)))
        end = draw(st.integers(start, min(len(content), start + 3)))
        insert = letter * draw(st.integers(start == end, 2))
        drawn.append(Span(start, end, insert.encode()))
        position = end + 1
    return tuple(drawn)


class Sequence(NamedTuple):
    """Effects one after another: each in the state that the ones before it leave."""

    base: Files
    effects: list[Effect]


_PLACES = [b"a", b"b", b"c", b"a/x", b"d/x", b"d/y", b"d"]


@st.composite
def sequences(draw: st.DrawFn, most: int = 7) -> Sequence:
    """Whatever operations can do to a few small files, in an order that fits."""
    base: Files = {}
    for path, content in draw(st.dictionaries(st.sampled_from(_PLACES), st.binary(max_size=8), min_size=1)).items():
        if _room_for(path, base):
            base[path] = File(FILE, content)
    state = Snapshot(base, {})
    effects: list[Effect] = []
    for number in range(draw(st.integers(1, most))):
        effect = draw(_effects(state.files, chr(ord("A") + number)))
        state = applied(effect, state)
        effects.append(effect)
    return Sequence(base, effects)


@st.composite
def _effects(draw: st.DrawFn, tree: Files, letter: str) -> Effect:
    free = [place for place in _PLACES if _room_for(place, tree)]
    standing = sorted(tree)
    kinds = ["appear"] if free else []
    if standing:
        kinds += ["rewrite", "rewrite", "rewrite", "rewrite", "mode", "vanish"]
    targets: dict[bytes, list[bytes]] = {}
    for path in standing:
        others = {other: file for other, file in tree.items() if other != path}
        targets[path] = [place for place in _PLACES if place != path and _room_for(place, others)]
    movable = [path for path in standing if targets[path]]
    kinds += ["relocate"] if movable else []
    match draw(st.sampled_from(kinds)):
        case "appear":
            return {draw(st.sampled_from(free)): Appear(FILE, letter.encode() * 3)}
        case "relocate":
            path = draw(st.sampled_from(movable))
            return {path: Relocate(draw(st.sampled_from(targets[path])))}
        case "rewrite":
            rewritten = draw(st.lists(st.sampled_from(standing), min_size=1, max_size=2, unique=True))
            changes: dict[bytes, Change] = {
                path: Rewrite(draw(spans(tree[path].content, letter))) for path in rewritten
            }
            return changes
        case "mode":
            path = draw(st.sampled_from(standing))
            return {path: SetMode(EXECUTABLE if tree[path].mode == FILE else FILE)}
    return {draw(st.sampled_from(standing)): Vanish()}
