"""Documents from outside: what is read, what is kept, and what is refused before it does harm."""

from __future__ import annotations

import base64
import hashlib
import io
import tarfile
from collections.abc import Iterable
from typing import Any

import msgspec
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from git_dagpatch.engine.execute import execute
from git_dagpatch.engine.factor import base_files, factor
from git_dagpatch.model import codec, dag
from git_dagpatch.model.codec import decode, encode
from git_dagpatch.model.errors import DagpatchError, InvalidPatch, UnknownKind, WrongBase
from git_dagpatch.model.ids import canonical, transform_id
from git_dagpatch.model.objects import Objects
from git_dagpatch.model.operation import Unknown
from git_dagpatch.model.patch import Metadata
from git_dagpatch.model.tar import DOCUMENT_NAME, base_tar, is_tar, read_tar, write_tar
from git_dagpatch.operations import binary_delta
from git_dagpatch.operations.binary_delta import CODEC, make_delta
from tests.strategies import trees
from tests.trees import File, Files, files_of, script, submodule, symlink, text, tree_id, tree_of

Fields = dict[str, Any]


def document(*operations: Fields, **fields: Any) -> bytes:
    """A patch as JSON, all of it well formed but for what a test puts in."""
    raw = {"format": "dagpatch/1", "base": "b" * 40, "result": "c" * 40, "base_tar": "d" * 64}
    return canonical(raw | {"metadata": {}, "operations": list(operations)} | fields)


def executed(files: Files, *operations: Fields) -> Files:
    """`files` after the operations of a document."""
    base = tree_of(files)
    return files_of(execute(decode(document(*operations)).operations, base, Objects(base.source)))


def delete(path: str, *needs: str) -> Fields:
    return {"type": "delete", "target": path, "depends_on": list(needs)}


def create(path: str, *needs: str) -> Fields:
    return {"type": "create", "target": path, "mode": "100644", "content": "new\n", "depends_on": list(needs)}


def move(source: str, target: str, *needs: str) -> Fields:
    return {"type": "move", "source": source, "target": target, "depends_on": list(needs)}


def copy(source: str, target: str, *needs: str) -> Fields:
    return {"type": "copy", "source": source, "target": target, "depends_on": list(needs)}


def mode(path: str, value: str, *needs: str) -> Fields:
    return {"type": "mode", "target": path, "mode": value, "depends_on": list(needs)}


def edit(path: str, *hunks: tuple[int, list[str]], needs: Iterable[str] = ()) -> Fields:
    written = [{"at": at, "lines": lines} for at, lines in hunks]
    return {"type": "edit", "target": path, "hunks": written, "depends_on": list(needs)}


def whitespace(path: str, *spans: object, needs: Iterable[str] = ()) -> Fields:
    footprint = {"footprint": {path: spans}}
    transform = {"transform": {"name": "trailing-space"}, "scope": [path]}
    return {"type": "whitespace", **transform, **footprint, "depends_on": list(needs)}


def delta(before: bytes, after: bytes) -> Fields:
    hashes = {"before": hashlib.sha256(before).hexdigest(), "after": hashlib.sha256(after).hexdigest()}
    return {"type": "binary_delta", "target": "a", "codec": CODEC, "delta": make_delta(before, after), **hashes}


# Reading

GOOD = document(create("a"), delete("b"))

MALFORMED = {
    "empty": b"",
    "not UTF-8": b'{"format": "\xff"}',
    "half a surrogate pair": document(delete("x")).replace(b'"x"', b'"\\ud800"'),
    "not a number of JSON": document(x=1).replace(b'"x":1', b'"x":NaN'),
    "a number that no float holds": document(x=1).replace(b'"x":1', b'"x":1e999'),
    "two documents": GOOD + GOOD,
    "null": b"null",
    "a list": b"[]",
    "no format": b'{"operations": []}',
    "a format that is no text": document(format=1),
    "a later version": document(format="dagpatch/2"),
    "no operations": document(operations=None),
    "operations by name": document(operations={}),
    "no base": document(base=None),
    "metadata in a list": document(metadata=[]),
    "unknown field of the author": document(metadata={"author": {"name": "", "email": "", "date": "", "x": 1}}),
    "author without date": document(metadata={"author": {"name": "", "email": ""}}),
    "generator of numbers": document(metadata={"generator": {"python": 3}}),
    "operation that is none": document(operations=[1]),
    "operation without type": document({"target": "a"}),
    "operation with a type that is no text": document({"type": 1}),
    "no target": document({"type": "delete"}),
    "target that is no text": document({"type": "delete", "target": 1}),
    "mode as a number": document(create("a") | {"mode": 100644}),
    "content in a list": document(create("a") | {"content": ["x"]}),
    "content with more than base64": document(create("a") | {"content": {"base64": "", "x": 1}}),
    "edges by name": document(delete("a") | {"depends_on": {}}),
    "edges by number": document(delete("a"), delete("b") | {"depends_on": [0]}),
    "unknown kind with edges by number": document({"type": "later", "depends_on": [0]}),
    "reasons in a list": document(delete("a") | {"because": []}),
    "confidence as text": document(delete("a") | {"confidence": "high"}),
    "hunks by name": document(edit("a") | {"hunks": {}}),
    "hunk with an unknown field": document(edit("a") | {"hunks": [{"at": 1, "lines": [], "x": 1}]}),
    "hunk at half a line": document(edit("a") | {"hunks": [{"at": 1.5, "lines": []}]}),
    "span of two": document(whitespace("a", [1, 2])),
    "span of four": document(whitespace("a", [1, 2, "", ""])),
    "span at half a byte": document(whitespace("a", [0.5, 1, ""])),
    "transform with an unknown field": document(whitespace("a") | {"transform": {"name": "x", "x": 1}}),
    "unknown dependency": document(delete("a", "e" * 40)),
    "dependency on a place beyond the end": document(delete("a", "#1")),
    "dependency on a place before the start": document(delete("a", "#-1")),
    "dependency on no place": document(delete("a", "#")),
    "dependency on a very far place": document(delete("a", "#" + "9" * 5000)),
    "dependency on itself": document(delete("a", "#0")),
    "circle": document(delete("a", "#2"), delete("b", "#0"), delete("c", "#1")),
    "reason for an unknown dependency": document(delete("a") | {"because": {"e" * 40: "why"}}),
    "wrong id of an operation": document(delete("a") | {"id": "e" * 40}),
    "wrong id of the patch": document(id="e" * 40),
    "id that is no text": document(id=1),
}


@pytest.mark.parametrize("data", MALFORMED.values(), ids=MALFORMED.keys())
def test_a_malformed_document_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidPatch):
        decode(data)


def test_a_document_that_was_cut_off_is_refused() -> None:
    assert decode(GOOD).operations
    for length in range(len(GOOD)):
        with pytest.raises(InvalidPatch):
            decode(GOOD[:length])


def test_a_later_version_is_named_with_the_way_out() -> None:
    with pytest.raises(InvalidPatch, match=r"dagpatch/2.*dagpatch/1") as caught:
        decode(document(format="dagpatch/2"))
    assert "newer" in caught.value.hint


def test_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(codec, "MAX_DOCUMENT", len(GOOD))
        decode(GOOD)
        with pytest.raises(InvalidPatch, match="bytes"):
            decode(GOOD + b" ")
    with monkeypatch.context() as patched:
        patched.setattr(codec, "MAX_OPERATIONS", 2)
        decode(GOOD)
        with pytest.raises(InvalidPatch, match="3 operations"):
            decode(document(create("a"), create("b"), create("c")))
    monkeypatch.setattr(dag, "_MAX_CLOSURE_BITS", 100)
    chain = [delete(f"f{n}", *([f"#{n - 1}"] if n else [])) for n in range(30)]
    decode(document(*chain[:10]))
    with pytest.raises(InvalidPatch, match="graph"):
        decode(document(*chain))


@pytest.mark.parametrize("depth", [200, 990, 995, 100_000])
@pytest.mark.parametrize("place", ["patch", "metadata", "operation", "content", "kind"])
def test_a_deeply_nested_document_is_refused(depth: int, place: str) -> None:
    """Also where the reader of JSON just manages it, and the writer, deeper in the program, would not."""
    wholes = {
        "patch": document(x="DEEP"),
        "metadata": document(metadata={"x": "DEEP"}),
        "operation": document(delete("a") | {"x": "DEEP"}),
        "content": document(create("a") | {"content": "DEEP"}),
        "kind": document({"type": "later", "x": "DEEP"}),
    }
    deep = b'{"a":[' * (depth // 2) + b"]}" * (depth // 2)
    with pytest.raises(InvalidPatch):
        encode(decode(wholes[place].replace(b'"DEEP"', deep)))


# What is kept


def test_an_unknown_kind_is_kept_and_not_executed() -> None:
    later = {"type": "rename", "symbol": "a.py:load", "new_name": "read", "footprint": {"a.py": [[1, 2, "x"]]}}
    patch = decode(document(create("a"), later | {"depends_on": ["#0"], "intent": "why", "because": {"#0": "so"}}))
    unknown = patch.operations[1]
    assert isinstance(unknown, Unknown)
    assert (unknown.type, unknown.intent) == ("rename", "why")
    assert msgspec.json.decode(encode(patch))["operations"][1].items() >= later.items()
    assert decode(encode(patch)) == patch
    with pytest.raises(UnknownKind, match="rename"):
        execute(patch.operations, tree_of({}), Objects())
    known = execute(patch.operations, tree_of({}), Objects(), chosen=1)
    assert known.id == tree_id({b"a": text(b"new\n")})


@pytest.mark.parametrize("name", ["extra", "type", "x", "", "unknown", "tag"])
def test_an_unknown_field_is_kept_wherever_it_stands(name: str) -> None:
    value = [{"a": None}, 1, 10**30, 0.1, "é", True]
    operation = delete("a") | ({name: value} if name != "type" else {})
    again = msgspec.json.decode(encode(decode(document(operation, **{name: value}, metadata={name: value}))))
    assert again[name] == again["metadata"][name] == value
    assert name == "type" or again["operations"][0][name] == value


def test_a_dependency_may_name_a_place() -> None:
    operations = decode(
        document(delete("a", "#1", "#2"), delete("b"), delete("c", "#1") | {"because": {"#1": "x"}})
    ).operations
    ids = [operation.id for operation in operations]
    assert operations[0].depends_on == ids[1:]
    assert operations[2].depends_on == [ids[1]]
    assert operations[2].because == {ids[1]: "x"}


def test_equal_operations_are_told_apart_by_counting() -> None:
    first, second = decode(document(delete("a"), delete("a", "#0"))).operations
    assert first.id != second.id
    assert transform_id(first) == transform_id(second)


def test_how_a_delta_was_compressed_is_no_part_of_an_id() -> None:
    before, after = b"before" * 20, b"after" * 100
    dictionary = zstandard.ZstdCompressionDict(before, dict_type=zstandard.DICT_TYPE_RAWCONTENT)
    other = zstandard.ZstdCompressor(level=1, dict_data=dictionary).compress(after)
    versions = [delta(before, after), delta(before, after) | {"delta": {"base64": base64.b64encode(other).decode()}}]
    assert versions[0]["delta"] != versions[1]["delta"]
    assert executed({b"a": text(before)}, versions[1]) == {b"a": text(after)}
    assert len({decode(document(version)).operations[0].id for version in versions}) == 1
    assert len({decode(document(version)).operations[0].id for version in (delta(before, b"x"), versions[0])}) == 2


def test_ids_are_those_of_the_first_release() -> None:
    """Patches are kept for years, so what an id covers cannot change in silence."""
    patch = decode(
        document(
            create("a%3Ab"),
            delete("old") | {"description": "Anything", "confidence": 0.5},
            move("x", "y", "#1"),
            mode("y", "100755", "#2"),
            whitespace("y", [3, 1, ""], needs=["#2"]),
            {"type": "later", "é": [1.5, None]},
            metadata={"message": "m", "author": {"name": {"base64": "/w=="}, "email": "e", "date": "1 +0000"}},
        )
    )
    assert [operation.id for operation in patch.operations] == [
        "d2269ab1e2201c79684abd098066a31705dbce94",
        "7dab2ef754471d0a3aa20b07a7718f54ac47c825",
        "3d063061d27b02195af5d164b44bb8c8567f12bc",
        "a4af39ee26ac14caca158787ea073e59cc7db470",
        "ee9a3815fb7423cd848dd67f02e5de2754df9675",
        "0b7ac1ceb91dff4e1946c6058b37abf56cffd8ba",
    ]
    assert patch.id == "cc1f04c8c62bb71b818a192059092427439f77f3"


# Paths

OUTSIDE = [
    *("", "/", "/etc/passwd", "..", "../a", "a/..", "a/../b", ".", "./a", "a/./b", "a//b", "a/", "a%00b"),
    *(".git", ".git/config", "a/.git/hooks/x", ".GIT", ".Git/x", "GIT~1", "git~1/config", "x/gIt~1"),
    *(
        ".git.",
        ".git...",
        ".git ",
        ".git . .",
        ".git /x",
        "git~1 .",
        ".g\u200cit",
        "\u200e.git",
        ".git\ufeff/x",
        ".G\u202eIT",
    ),
    *(
        "a\\.git",
        "a\\.git\\x",
        ".git\\x",
        "git~1\\x",
        ".git%3A%3A$INDEX_ALLOCATION",
        ".git%3A%3A$INDEX_ALLOCATION/x",
        ".git %3Ax",
    ),
]
OTHERWISE_WRITTEN = [
    "%61",
    "a%2Fb",
    "%2e%2e",
    "a%3ab",
    "a%ff",
    "caf%C3%A9",
    "%2",
    "100%",
    "%zz",
    "a\nb",
    "a\x7f",
    "%25%3a",
]


@pytest.mark.parametrize("path", OUTSIDE + OTHERWISE_WRITTEN)
def test_a_path_that_is_unsafe_or_not_canonical_is_refused(path: str) -> None:
    base: Files = {b"a": text(b"x\n")}
    ways = [
        create(path),
        delete(path),
        move("a", path),
        move(path, "b"),
        copy("a", path),
        copy(path, "b"),
        mode(path, "100755"),
    ]
    for operation in [*ways, mode(path, "40000"), whitespace(path, [0, 1, ""]), delta(b"", b"") | {"target": path}]:
        with pytest.raises(InvalidPatch):
            executed(base, operation)
    with pytest.raises(InvalidPatch):
        executed(base, edit(f"{path}:symbol", (1, ["+x\n"])))


@pytest.mark.parametrize(
    "path", [".gitignore", "git", ".gitx", "a.git", "%25", "x%3Ay", "git~2", "...", " ", "~", "C%3A", "é\u200c"]
)
def test_a_path_that_only_looks_odd_is_written(path: str) -> None:
    assert len(executed({}, create(path))) == 1


@pytest.mark.parametrize("link", [symlink(b"d"), text(b"x\n"), submodule("a")], ids=["symlink", "file", "submodule"])
@pytest.mark.parametrize("below", ["l/new", "l/deep/er/new"])
def test_nothing_is_written_through_what_is_no_directory(link: File, below: str) -> None:
    base = {b"l": link, b"d/f": text(b"x\n"), b"f": text(b"x\n")}
    for operation in (create(below), move("f", below), copy("f", below), create("d/f/x"), create("d"), move("f", "d")):
        with pytest.raises(WrongBase):
            executed(base, operation)
    for operation in (
        delete("l/f"),
        edit("l/f:", (1, ["-x\n"])),
        mode("l/f", "100755"),
        move("l/f", "g"),
        copy("l/f", "g"),
    ):
        with pytest.raises(WrongBase):
            executed(base, operation)


def test_a_link_that_the_patch_makes_itself_is_no_way_out_either() -> None:
    link = create("l") | {"mode": "120000", "content": "/etc"}
    for operation in (create("l/x", "#0"), create("l/x")):
        with pytest.raises((WrongBase, InvalidPatch)):
            executed({}, link, operation)


# Operations that do not fit

BASE: Files = {
    b"a": text(b"one\ntwo\nthree\nfour\n"),
    b"b": text(b"x\n"),
    b"open": text(b"one\ntwo"),
    b"d/e": text(b"y\n"),
}

WRONG = {
    "create over a file": create("a"),
    "create over a directory": create("d"),
    "create below a file": create("a/x"),
    "move onto a file": move("b", "a"),
    "move onto a directory": move("b", "d"),
    "copy onto a file": copy("b", "a"),
    "copy onto itself": copy("b", "b"),
    "delete nothing": delete("none"),
    "delete a directory": delete("d"),
    "move nothing": move("none", "c"),
    "move a directory": move("d", "c"),
    "copy nothing": copy("none", "c"),
    "mode of nothing": mode("none", "100755"),
    "mode of a directory": mode("d", "100755"),
    "mode that git has not": mode("a", "100777 "),
    "mode of a device": mode("a", "020000"),
    "mode with a sticky bit": mode("a", "101644"),
    "mode of an odd directory": mode("d", "40755"),
    "no mode": mode("a", ""),
    "text becomes a submodule": mode("a", "160000"),
    "submodule of no commit": create("s") | {"mode": "160000", "content": "Subproject commit 123\n"},
    "submodule of a commit in capitals": create("s") | {"mode": "160000", "content": "A" * 40},
    "create with a directory's mode": create("c") | {"mode": "40000"},
    "base64 that is none": create("c") | {"content": {"base64": "a"}},
    "base64 that is not ASCII": create("c") | {"content": {"base64": "éé=="}},
    "edit nothing": edit("none:", (1, ["+x\n"])),
    "edit a directory": edit("d:", (1, ["+x\n"])),
    "another removed line": edit("a:", (1, ["-two\n"])),
    "another context line": edit("a:", (1, [" two\n", "+x\n"])),
    "context without its end": edit("a:", (4, [" four", "+x\n"])),
    "removed line past the end": edit("a:", (4, [" four\n", "-five\n"])),
    "hunk at line 0": edit("a:", (0, ["+x\n"])),
    "hunk at a negative line": edit("a:", (-1, ["+x\n"])),
    "hunk far past the end": edit("a:", (6, ["+x\n"])),
    "hunk past all ends": edit("a:", (10**30, ["+x\n"])),
    "line without a mark": edit("a:", (1, ["one\n"])),
    "line with a mark that is none": edit("a:", (1, ["\\ No newline at end of file"])),
    "empty line": edit("a:", (1, [""])),
    "mark alone": edit("a:", (1, ["+"])),
    "two lines in one": edit("a:", (1, ["+x\ny\n"])),
    "line without its end amid the text": edit("a:", (1, ["+x"])),
    "line without its end before a removed one": edit("a:", (3, ["+x", "-three\n"])),
    "line after a last one without its end": edit("open:", (2, [" two", "+x\n"])),
    "line beyond a last one without its end": edit("open:", (3, ["+x\n"])),
    "hunks out of order": edit("a:", (3, ["-three\n"]), (1, ["-one\n"])),
    "hunks that overlap": edit("a:", (1, ["-one\n", "-two\n"]), (2, ["-two\n"])),
    "hunks that touch": edit("a:", (1, ["-one\n"]), (2, ["-two\n"])),
    "twice the same hunk": edit("a:", (2, ["+x\n"]), (2, ["+x\n"])),
    "no footprint": {key: value for key, value in whitespace("a").items() if key != "footprint"},
    "footprint lets a file go": whitespace("a") | {"footprint": {"a": None}},
    "footprint in nothing": whitespace("none", [0, 0, "x"]),
    "footprint past the end": whitespace("a", [0, 20, ""]),
    "insertion past the end": whitespace("a", [20, 0, "x"]),
    "footprint past all ends": whitespace("a", [10**30, 1, ""]),
    "negative skip": whitespace("a", [-1, 1, ""]),
    "negative length": whitespace("a", [5, -2, ""]),
    "spans that touch": whitespace("a", [0, 1, ""], [0, 1, ""]),
    "spans that overlap": whitespace("a", [3, 2, ""], [-1, 1, ""]),
    "second span past the end": whitespace("a", [0, 1, ""], [18, 1, ""]),
    "delta for another content": delta(b"else", b"new"),
    "delta with another result": delta(BASE[b"a"].content, b"new") | {"after": "0" * 64},
    "delta of an unknown codec": delta(BASE[b"a"].content, b"new") | {"codec": "xdelta"},
    "delta that is no delta": delta(BASE[b"a"].content, b"new") | {"delta": "text"},
    "delta of nothing": delta(BASE[b"a"].content, b"new") | {"delta": ""},
    "delta that was cut off": delta(BASE[b"a"].content, b"new" * 99) | {"delta": {"base64": "KLUv/SAE"}},
}


@pytest.mark.parametrize("operation", WRONG.values(), ids=WRONG.keys())
def test_an_operation_that_does_not_fit_is_refused(operation: Fields) -> None:
    with pytest.raises((InvalidPatch, WrongBase)):
        executed(BASE, operation)


def test_a_delta_that_swells_is_refused_before_it_does(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = delta(BASE[b"a"].content, bytes(1_000_000))
    monkeypatch.setattr(binary_delta, "MAX_CONTENT", 999_999)
    with pytest.raises(InvalidPatch, match="size"):
        executed(BASE, bomb)
    unsized = zstandard.ZstdCompressor(write_content_size=False).compress(bytes(100))
    with pytest.raises(InvalidPatch, match="size"):
        executed(BASE, bomb | {"delta": {"base64": base64.b64encode(unsized).decode()}})


def test_the_whole_of_a_patch_is_refused_or_done() -> None:
    with pytest.raises(WrongBase):
        executed(BASE, create("fine"), delete("none"))


# Graphs that lack an edge

COLLIDING = {
    "insert at one place": (whitespace("a", [1, 0, "x"]), whitespace("a", [1, 0, "y"])),
    "change neighbouring bytes": (whitespace("a", [1, 1, "x"]), whitespace("a", [2, 1, "y"])),
    "insert beside a removal": (whitespace("a", [1, 2, ""]), whitespace("a", [3, 0, "y"])),
    "change neighbouring lines": (edit("a:", (1, ["-one\n"])), edit("a:", (2, ["-two\n"]))),
    "change the mode": (mode("a", "100755"), mode("a", "100664")),
    "spell a directory": (mode("d", "040000"), mode("d", "40000")),
    "delete a file": (delete("a"), delete("a")),
    "delete and edit": (delete("a"), edit("a:", (1, ["-one\n"]))),
    "delete and set the mode": (delete("a"), mode("a", "100755")),
    "delete and move": (delete("a"), move("a", "c")),
    "move to two places": (move("a", "c"), move("a", "e")),
    "move to one place": (move("a", "c"), move("b", "c")),
    "create a file": (create("c"), create("c")),
    "create a file and one below it": (create("c"), create("c/d")),
    "create a file and move one above it": (create("c/d"), move("a", "c")),
    "copy and create": (copy("a", "c"), create("c")),
    "make room and use it": (delete("a"), create("a")),
    "make room by moving and use it": (move("a", "c"), create("a")),
    "make room by emptying a directory and use it": (delete("d/e"), create("d")),
}


@pytest.mark.parametrize("pair", COLLIDING.values(), ids=COLLIDING.keys())
def test_two_operations_that_touch_one_place_need_an_edge(pair: tuple[Fields, Fields]) -> None:
    for order in (pair, pair[::-1]):
        with pytest.raises((InvalidPatch, WrongBase)):
            executed(BASE, *order)


def test_far_operations_that_touch_one_place_need_an_edge() -> None:
    """Neither the operations nor what they need know of each other."""
    first = [edit("a:", (1, ["-one\n", "+1\n"])), edit("a:", (1, ["-1\n", "+uno\n"]), needs=["#0"])]
    second = [edit("a:", (4, ["-four\n"])), edit("a:", (2, ["-two\n"]), needs=["#2"])]
    with pytest.raises(InvalidPatch, match="neither depends on the other"):
        executed(BASE, *first, *second)


def test_with_the_edge_they_are_executed() -> None:
    made = executed(
        BASE,
        delete("a"),
        create("a", "#0"),
        edit("a:", (1, ["-new\n", "+newer\n"]), needs=["#1"]),
        mode("a", "100755", "#1"),
        move("a", "d/a", "#1"),
        delete("b"),
    )
    assert made == {b"d/a": script(b"newer\n"), b"d/e": BASE[b"d/e"], b"open": BASE[b"open"]}


# The tar form

TOUCHED: Files = {
    b"a.py": text(b"x = 1\n"),
    b"bin/run": script(b"#!/bin/sh\n" * 100),
    b"caf\xe9/\xff\n": text(b"\0" * 600),
    b"empty": text(b""),
    b"link": symlink(b"../caf\xe9"),
    b"old": File("100664", b"group\n"),
    b"sub": submodule("a"),
    "ü".encode() * 40 + b"/" + b"long" * 50: text(b"x"),
    b"z/" + b"l" * 120: symlink(b"t" * 120),
}


def archive(files: Files) -> bytes:
    base = tree_of(files)
    return b"".join(write_tar(GOOD, base.files(), base.source))


def independent_archive(files: Files) -> bytes:
    """The archive of `files` as Python's own module writes it."""
    buffer = io.BytesIO()
    with tarfile.open(
        fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT, encoding="utf-8", errors="surrogateescape"
    ) as tar:
        for path, (mode_, content) in sorted(files.items()):
            info = tarfile.TarInfo(path.decode("utf-8", "surrogateescape"))
            info.mode = {"100755": 0o755, "100664": 0o664, "120000": 0o777, "160000": 0o755}.get(mode_, 0o644)
            if mode_ == "120000":
                info.type, info.linkname = tarfile.SYMTYPE, content.decode("utf-8", "surrogateescape")
            elif mode_ == "160000":
                info.type = tarfile.DIRTYPE
            else:
                info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
        end = tar.offset
    return buffer.getvalue()[:end] + bytes(1024)


def test_base_tar_is_the_hash_of_an_ordinary_archive() -> None:
    base = tree_of(TOUCHED)
    backwards = list(base.files())[::-1]
    assert base_tar(backwards, base.source) == hashlib.sha256(independent_archive(TOUCHED)).hexdigest()


def test_the_base_tar_of_a_patch_is_of_what_it_touches_and_reads() -> None:
    source = b"one\ntwo\nthree\n"
    before = {b"kept": text(b"1"), b"edited": text(b"x\ny\n"), b"gone": text(b"2\n"), b"d/source": text(source)}
    after = {
        b"kept": text(b"1"),
        b"edited": text(b"x\nz\n"),
        b"new": text(b"3\n"),
        b"d/source": text(source),
        b"d/copy": text(source),
    }
    base = tree_of(before)
    patch = factor(base, tree_of(after), Metadata())
    touched = {path: before[path] for path in (b"edited", b"gone", b"d/source")}
    assert patch.base_tar == hashlib.sha256(independent_archive(touched)).hexdigest()
    assert [path for path, _ in base_files(patch.operations, base)] == sorted(touched)


@settings(max_examples=100)
@given(trees())
def test_the_tar_form_brings_all_files(files: Files) -> None:
    data = archive(files)
    assert is_tar(data)
    document_again, tree = read_tar(data, Objects())
    assert document_again == GOOD
    assert files_of(tree) == files
    assert tree.id == tree_id(files)


def test_the_tar_form_can_be_read_by_others() -> None:
    with tarfile.open(fileobj=io.BytesIO(archive(TOUCHED)), encoding="utf-8", errors="surrogateescape") as tar:
        members = {member.name.encode("utf-8", "surrogateescape"): member for member in tar}
        assert list(members) == [DOCUMENT_NAME.encode(), *(b"base/" + path for path in sorted(TOUCHED))]
        content = tar.extractfile(members[b"base/bin/run"])
        assert content is not None
        assert content.read() == TOUCHED[b"bin/run"].content
    assert members[b"base/link"].issym()
    assert members[b"base/sub"].isdir()
    assert {(member.uid, member.gid, member.mtime, member.uname) for member in members.values()} == {(0, 0, 0, "")}


def test_a_document_is_no_tar() -> None:
    assert not is_tar(GOOD)
    assert not is_tar(b"")


@settings(max_examples=200)
@given(st.integers(0, len(archive(TOUCHED))))
def test_an_archive_that_was_cut_off_brings_nothing_else(length: int) -> None:
    try:
        document_again, tree = read_tar(archive(TOUCHED)[:length], Objects())
    except InvalidPatch:
        return
    assert document_again == GOOD
    assert files_of(tree).items() <= TOUCHED.items()


def members(*infos: tuple[tarfile.TarInfo, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for info, content in infos:
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def member(name: str, kind: bytes = tarfile.REGTYPE, link: str = "", **headers: str) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.pax_headers = kind, link, headers
    return info


DOCUMENT = (member(DOCUMENT_NAME), GOOD)
BAD_ARCHIVES = {
    "no document": members((member("base/a"), b"x")),
    "document that is a link": members((member(DOCUMENT_NAME, tarfile.SYMTYPE, "/etc/passwd"), b"")),
    "document that is a directory": members((member(DOCUMENT_NAME, tarfile.DIRTYPE), b"")),
    "path out": members(DOCUMENT, (member("base/../a"), b"x")),
    "absolute path": members(DOCUMENT, (member("base//etc/a"), b"x")),
    "repository": members(DOCUMENT, (member("base/.GIT/config"), b"x")),
    "no path": members(DOCUMENT, (member("base/"), b"x")),
    "hard link": members(DOCUMENT, (member("base/a", tarfile.LNKTYPE, "dagpatch.json"), b"")),
    "device": members(DOCUMENT, (member("base/a", tarfile.CHRTYPE), b"")),
    "plain directory": members(DOCUMENT, (member("base/a", tarfile.DIRTYPE), b"")),
    "file and directory at once": members(DOCUMENT, (member("base/a"), b"x"), (member("base/a/b"), b"y")),
    "file below a link": members(
        DOCUMENT, (member("base/a", tarfile.SYMTYPE, "/etc"), b""), (member("base/a/b"), b"y")
    ),
    "submodule of no commit": members(
        DOCUMENT, (member("base/s", tarfile.DIRTYPE, **{"DAGPATCH.entry": "160000 x"}), b"")
    ),
    "compressed": b"\x1f\x8b\x08" + bytes(600),
    "zeros": bytes(1024),
    "JSON": GOOD,
}


@pytest.mark.parametrize("data", BAD_ARCHIVES.values(), ids=BAD_ARCHIVES.keys())
def test_a_bad_archive_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidPatch):
        read_tar(data, Objects())


def test_an_archive_that_promises_a_huge_file_is_refused() -> None:
    info = member("base/a")
    info.size = 1 << 40
    data = members(DOCUMENT)[: -tarfile.RECORDSIZE] or members(DOCUMENT)
    head = info.tobuf(tarfile.PAX_FORMAT)
    with pytest.raises(InvalidPatch, match="more than is accepted"):
        read_tar(head + data, Objects())


def test_every_refusal_tells_what_is_wrong_in_a_sentence() -> None:
    for operation in WRONG.values():
        with pytest.raises(DagpatchError) as caught:
            executed(BASE, operation)
        assert caught.value.message.endswith("."), caught.value.message
        assert caught.value.message[0].isupper()
