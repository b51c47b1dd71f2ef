"""What one side may have done that concerns the other: renamed, moved or replaced what its new lines name.

Told by words alone, before anything is read as code; what nothing is found for here need not be looked for. So a merge
in which neither side did any of that costs little more than its lines.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Set

from msgspec import Struct

from git_dagpatch.alignment.files import differences
from git_dagpatch.alignment.lines import diff, lines_of, split_lines
from git_dagpatch.engine.changed import PARSED, Changed, Reworded, brought_lines, is_file, is_python
from git_dagpatch.engine.placed import Standing
from git_dagpatch.languages import language_of
from git_dagpatch.languages.plain import is_text
from git_dagpatch.languages.python_following import stem_of
from git_dagpatch.merging.dispute import Texts
from git_dagpatch.model.tree import Tree

FACTORED = 250_000
"""Bytes of the target's files in which renames and patterns are looked for."""
_WORD = re.compile(rb"[A-Za-z_\x80-\xff][\w\x80-\xff]*")
_NUMBER_OR_WORD = re.compile(rb"[\w\x80-\xff]+")
_DEFINED = re.compile(rb"^([ \t\f]*)(?:async[ \t]+)?(?:def|class)[ \t]+([\w\x80-\xff]+)", re.MULTILINE)
_OUTSIDE = re.compile(rb"(?<=\.)[A-Za-z_]\w*|[A-Za-z_]\w*(?=\s*=(?!=))")
_BOUND = re.compile(rb"^(?:async[ \t]+def|def|class)[ \t]+(\w+)|^(\w+)[ \t]*(?::[^=\n]+)?=(?!=)", re.MULTILINE)
_RELATIVE = re.compile(rb"^[ \t]*from[ \t]*\.", re.MULTILINE)


# Renames


class Named:
    """Words of a patch's new lines: all, by file, and those imported, asked of something or given as a keyword; and of
    what is around them in base, which collides with what is renamed there."""

    def __init__(self, theirs: Changed) -> None:
        self.here: dict[bytes, set[bytes]] = defaultdict(set)
        self.around: dict[bytes, set[bytes]] = defaultdict(set)
        """By the path in base."""
        self.outside: set[bytes] = set()
        for path in theirs.brought:
            before, text = theirs.before(path), theirs.read(path) or b""
            lines = lines_of(text).lines
            self._add(path, text, [lines[number] for number in theirs.new_lines(path)])
            self.around[theirs.starts.get(path, path)] |= _around(before, text)

    def _add(self, path: bytes, text: bytes, lines: Iterable[bytes]) -> None:
        """Take in the new `lines` of the file at `path`, which holds `text`."""
        here = self.here[path]
        for line in lines:
            here |= words(line)
            self.outside.update(_OUTSIDE.findall(line))
        self.outside |= here & words(b"\n".join(line for line in text.split(b"\n") if b"import" in line))

    def __bool__(self) -> bool:
        return any(self.here.values()) or any(self.around.values())


def _around(before: bytes, after: bytes) -> set[bytes]:
    """The words of the lines of base that a patch changed or wrote beside, and what the definitions before them are
    called, each further out than the last."""
    found = lines_of(before)
    defined = [(found.number_at(match.start(2)), len(match[1]), match[2]) for match in _DEFINED.finditer(before)]
    names: set[bytes] = set()
    for block in diff(before, after, by_indent=False):
        names |= words(b"".join(found.lines[max(block.old_start - 1, 0) : block.old_end + 1]))
        at, depth = bisect_left(defined, (block.old_end,)), len(before)
        while at and depth:
            at -= 1
            if defined[at][1] < depth:
                depth = defined[at][1]
                names.add(defined[at][2])
    return names


class Suspects(Struct):
    """Files of the target in which renames are looked for."""

    files: list[tuple[bytes, bytes, bytes]]
    """Path, text before and after."""
    gone: Mapping[bytes, Set[bytes]]
    """Path of every changed file → what it does not define any more."""
    came: Mapping[bytes, Set[bytes]]
    """The same of what it defines for the first time."""


def suspects(base: Tree, ours: Changed, named: Named) -> Suspects:
    """The files in which the target may have renamed what `named` names; `FACTORED` bytes are looked at.

    In files that a patch changes, any that it names by the old name or the new one; elsewhere definitions, and what it
    names from outside.
    """
    texts = dict(_changed(base, ours, named)) if named else {}
    found = {path: Reworded(*both) for path, both in texts.items()}
    gone = {path: one.gone(_defined) for path, one in found.items()}
    came = {path: one.came(_defined) for path, one in found.items()}
    everywhere = set[bytes]().union(*named.here.values())
    # What another file defines now has moved.
    elsewhere = set[bytes]().union(*came.values())
    chosen = []
    for path, one in found.items():
        here = named.here.get(path, set()) | named.around.get(path, set())
        if not here.isdisjoint(gone[path]) or one.gone(words, here) or one.came(words, here):
            chosen.append(path)
    chosen += [path for path in found if not everywhere.isdisjoint(gone[path] - elsewhere)]
    chosen += [path for path, one in found.items() if one.gone(words, named.outside)]
    files, left = [], FACTORED
    for path in dict.fromkeys(chosen):
        before, after = texts[path]
        if len(after) <= left:
            left -= len(after)
            files.append((path, before, after))
    return Suspects(files, gone, came)


def _changed(base: Tree, ours: Changed, named: Named) -> Iterator[tuple[bytes, tuple[bytes, bytes]]]:
    """The Python files that the target changed, those that the patch changes, too, first; `PARSED` bytes of them."""
    left = PARSED
    changed = [path for path in ours.brought if base.file(path)]
    for path in sorted(changed, key=lambda path: path not in named.here):
        entry, after = base.file(path), ours.read(path) or b""
        yield path, (base.read(path) if entry is not None and is_file(entry) else b"", after)
        left -= len(after)
        if left < 0:
            return


def words(text: bytes) -> set[bytes]:
    """The names in a text."""
    return set(_WORD.findall(text))


def _defined(text: bytes) -> set[bytes]:
    return {name for _, name in _DEFINED.findall(text)}


# Imports of what moved


class Lost(Struct):
    """What a side has no longer where base has it."""

    names: dict[bytes, set[str]]
    """Path in base → what its module bound at the top and does not bind there any more."""
    files: set[bytes]
    """Paths in base of the modules that are gone."""
    gained: dict[bytes, set[str]]
    """Path on the side → what its module binds for the first time."""

    def patterns(self, text: bytes) -> Iterator[tuple[bytes, str, re.Pattern[bytes]]]:
        """Path in base, name and how text that is no code may mention it, of what `text` may mention."""
        mentioned = words(text)
        for path, names in self.names.items():
            module = stem_of(path).rpartition(b"/")[2]
            for name in sorted(names) if module in mentioned else ():
                if name.encode() in mentioned:
                    one, other = re.escape(module), re.escape(name.encode())
                    yield path, name, re.compile(rb"(?<!\w)%b\.%b(?!\w)|(['\"])%b\1" % (one, other, other))
        # What stands at one place means the module that is named by the most of it.
        for path in sorted(self.files, key=lambda path: (-len(stem_of(path)), path)):
            above, _, module = stem_of(path).rpartition(b"/")
            if module in mentioned:
                before = above.rpartition(b"/")[2]
                one = re.escape(module)
                dotted = (
                    rb"(?<!\w)%b\.%b(?!\w)" % (re.escape(before), one) if before else rb"(?<![\w.])%b\.(?=\w)" % one
                )
                yield path, "", re.compile(rb"%b|(['\"])%b\1" % (dotted, one))

    def words(self) -> set[bytes]:
        found = {name.encode() for names in self.names.values() for name in names}
        return found | {stem_of(path).rpartition(b"/")[2] for path in self.files}

    def __bool__(self) -> bool:
        return bool(self.names or self.files)


def lost(base: Tree, side: Changed) -> Lost:
    """What `side` has not any more where base has it; `PARSED` bytes are searched."""
    found = Lost({}, set(), {})
    left = PARSED
    for path, before, after in differences(base, side.tree):
        if not is_python(path):
            continue
        one = base.read(path) if before is not None and is_file(before) else b""
        other = side.tree.read(path) if after is not None and is_file(after) else b""
        left -= len(one) + len(other)
        if left < 0:
            break
        if after is None:
            found.files.add(path)
        reworded = Reworded(one, other)
        if names := reworded.gone(_top):
            found.names[path] = {name.decode() for name in names}
        if names := reworded.came(_top):
            found.gained[path] = {name.decode() for name in names}
    return found


class Naming(Struct):
    """What a side may name that the other one has not any more."""

    lost: Lost
    paths: list[bytes]
    """Its files whose new lines may do that."""


def naming(base: Tree, side: Changed, other: Changed, ends: Mapping[bytes | None, bytes]) -> Naming | None:
    """What `side` may name that `other` lost; `ends` is where the result has those of its files that it moves.

    What is imported relative to a file that moves is looked at whatever it names.
    """
    gone = lost(base, other) if side.brought else None
    if not gone:
        return None
    found = []
    mentioned = gone.words()
    for path in side.brought:
        lines = split_lines(side.read(path) or b"")
        brought = b"".join(lines[number] for number in sorted(side.new_lines(path)))
        if not mentioned.isdisjoint(words(brought)) or (ends.get(path, path) != path and _RELATIVE.search(brought)):
            found.append(path)
    return Naming(gone, found) if found else None


def _top(text: bytes) -> set[bytes]:
    """The names that are defined or get a value at the top of a module."""
    return {one or other for one, other in _BOUND.findall(text)}


# Definitions that moved


def is_stirred(path: bytes, texts: Texts) -> bool:
    """Whether a definition left the file on one side, or stands behind one that it stood before."""
    base, *sides = ([one.name for one in language_of(path).definitions(text) or ()] for text in texts)
    for side in sides:
        here = set(side)
        if [name for name in base if name in here] != [name for name in side if name in set(base)]:
            return True
        if not here.issuperset(base):
            return True
    return False


# Patterns


def replaced(base: Tree, ours: Changed, theirs: Changed, both: Iterable[Standing]) -> list[tuple[bytes, bytes, bytes]]:
    """The texts (path, before, after) in which the target may have replaced what the patch brings again.

    None where the patch's new lines have no word that the target took out of the file.
    """
    files: list[tuple[bytes, bytes, bytes]] = []
    is_met, left = False, FACTORED
    for standing in both:
        assert standing.base is not None
        before, after = base.read(standing.base), _text(ours, standing.ours)
        left -= len(before) + len(after)
        if left < 0 or before == after or not is_text(before) or not is_text(after):
            continue
        files.append((standing.base, before, after))
        brought = _new_words(before, _text(theirs, standing.theirs))
        is_met = is_met or bool(Reworded(before, after).gone(_all_words, brought))
    return files if is_met else []


def is_changed(base: Tree, side: Changed, start: bytes | None, here: bytes | None) -> bool:
    """Whether the file that base has at `start` is another one on `side`, at `here`."""
    return start is None or here is None or base.file(start) != side.tree.file(here)


def _new_words(before: bytes, after: bytes) -> Set[bytes]:
    lines = lines_of(after).lines
    return _all_words(b"".join(lines[number] for number in brought_lines(before, after)))


def _all_words(text: bytes) -> set[bytes]:
    return set(_NUMBER_OR_WORD.findall(text))


def _text(side: Changed, path: bytes | None) -> bytes:
    return (side.read(path) if path is not None else None) or b""
