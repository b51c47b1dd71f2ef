"""Definitions that one side moved and the other one changed: they go to the new place, with the change.

A definition that moved, within its file or to another one, is merged by itself. Then it is taken out of each version
that has it at the old place, put merged into each that has it at the new one, and the files are merged again. So this
is the merge of what both sides have after all moves, and it does not matter which side is the patch. It is tried only
for files whose lines conflict, and taken only if nothing is left open and the result is proved: every definition is
there as often as it shall be, no name is left undefined, and what the change brings means at the new place what it
meant at the old one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from typing import NamedTuple

from git_dagpatch.alignment.lines import diff, lines_of, split_lines
from git_dagpatch.discovery.reorder import find_reordered
from git_dagpatch.discovery.symbols import Paired, Symbol, paired_symbols
from git_dagpatch.engine.placed import OURS, THEIRS, Landed, Place
from git_dagpatch.engine.suspected import is_stirred
from git_dagpatch.languages import language_of
from git_dagpatch.languages.language import CONTAINERS
from git_dagpatch.languages.python_symbols import symbols_of
from git_dagpatch.languages.python_uses import names_in
from git_dagpatch.merging.dispute import Texts
from git_dagpatch.merging.proof import fault_of_merge
from git_dagpatch.merging.strategies import Merged
from git_dagpatch.operations.symbol_text import indentation_of, indented

LIMIT = 1_000_000
"""Bytes of a side's files in which it is looked for what left a file."""
_WORD = re.compile(rb"[A-Za-z_\x80-\xff][\w\x80-\xff]*")


class Gathered(NamedTuple):
    """Files that were merged together."""

    texts: dict[bytes, bytes | None]
    """Path in the result → what it holds; None for a file that is gone."""
    landed: list[Landed]
    lines: dict[tuple[int, bytes, int], Place]
    """Side, path in the result and line (from 0) of a side's version → where a moved line stands now."""


class _Moved(NamedTuple):
    """A definition in all three versions."""

    versions: tuple[Symbol, Symbol, Symbol]
    went: tuple[bool, bool, bool]
    """Which versions have it at the new place."""

    @property
    def mover(self) -> int:
        return self.went.index(True)

    @property
    def other(self) -> int:
        return 3 - self.mover

    @property
    def new(self) -> Symbol:
        """At the new place."""
        return self.versions[self.mover]

    @property
    def changes_files(self) -> bool:
        return self.new.path != self.versions[0].path


class Moves:
    """What both sides moved.

    `plain` gives the versions of a file by its path in the result, empty where a side does not have it, None where it
    is no text, and `texts` gives them with what the other side renamed, which is about `renamed`; `changed` gives the
    paths of what each side changed; `merge` merges by lines and leaves open what conflicts.
    """

    def __init__(
        self,
        plain: Callable[[bytes], Texts | None],
        texts: Callable[[bytes], Texts | None],
        renamed: Set[str],
        changed: Callable[[int], Sequence[bytes]],
        merge: Callable[[bytes, Texts], Merged],
    ) -> None:
        self._plain = plain
        self._texts = texts
        self._renamed = renamed
        self._changed = changed
        self._merge = merge

    def gathered(self, disputed: Iterable[bytes], clean: Iterable[bytes]) -> Iterator[Gathered]:
        """The files that have no conflict under moves, each with those that it is merged together with.

        Of those whose lines are `clean`, those in which definitions went elsewhere, also with renames made in all.
        """
        for group in self._groups([*disputed, *filter(self._is_stirred, clean)]):
            found = self._merged(sorted(group))
            if found is not None:
                yield found

    # Which files

    def _groups(self, disputed: Iterable[bytes]) -> list[set[bytes]]:
        """Each file in conflict with those that what left it may have gone to; groups that share a file are one."""
        groups: list[set[bytes]] = []
        for path in disputed:
            group = {path, *self._partners(path)}
            touching = [other for other in groups if not other.isdisjoint(group)]
            groups = [other for other in groups if other.isdisjoint(group)]
            groups.append(group.union(*touching))
        return groups

    def _is_stirred(self, path: bytes) -> bool:
        texts = self._texts(path)
        return texts is not None and is_stirred(path, texts)

    def _partners(self, path: bytes) -> Iterator[bytes]:
        """The files that something may have gone to, or come from."""
        texts = self._texts(path)
        if texts is None:
            return
        for side in (OURS, THEIRS):
            went, came = _exchanged(path, texts, side)
            left = LIMIT
            for there in self._changed(side) if went or came else ():
                if there == path or language_of(there).name != language_of(path).name:
                    continue
                plain = self._plain(there)
                left -= 0 if plain is None else len(plain[side])
                if plain is None or left < 0:
                    continue
                if self._exchanges(there, plain, side, went | self._renamed, came | self._renamed):
                    versions = self._texts(there)
                    if versions is not None and self._exchanges(there, versions, side, went, came):
                        yield there

    @staticmethod
    def _exchanges(path: bytes, texts: Texts, side: int, went: Set[str], came: Set[str]) -> bool:
        """Whether a side brought something of `went` into the file, or took something of `came` out of it."""
        lost, gained = _exchanged(path, texts, side)
        return not went.isdisjoint(gained) or not came.isdisjoint(lost)

    # The merge

    def _merged(self, paths: Sequence[bytes]) -> Gathered | None:
        texts: dict[bytes, Texts] = {}
        for path in paths:
            versions = self._texts(path)
            if versions is None or not all(not text or text.endswith(b"\n") for text in versions):
                return None
            texts[path] = versions
        moved = _moved(texts)
        if not moved:
            return None
        bodies = []
        for one in moved:
            body = self._body(one)
            if body is None or not _means_the_same(one, texts, body):
                return None
            bodies.append(body)
        result: dict[bytes, bytes] = {}
        for path in paths:
            versions = _versions(path, texts[path], moved, bodies)
            merged = None if versions is None else self._merge(path, versions)
            if versions is None or merged is None or merged.open or fault_of_merge(path, versions, merged.text):
                return None
            result[path] = merged.text
        return _proved(texts, result, moved, bodies)

    def _body(self, one: _Moved) -> bytes | None:
        """The definition itself as both sides make it, as it stands at the new place; None if its lines conflict."""
        language = language_of(one.new.path)
        to = indentation_of(split_lines(one.new.body.text), language)
        # Without indentation it can be read as code.
        parts = [indented(symbol.body.text, b"", language) for symbol in one.versions]
        if indented(parts[one.mover], to, language) != one.new.body.text:
            return None
        merged = self._merge(one.new.path, Texts(*parts))
        return None if merged.open else indented(merged.text, to, language)


def _moved(texts: Mapping[bytes, Texts]) -> list[_Moved]:
    """What either side moved among the files, in all versions; nothing if that cannot be told for all of it."""
    sides: dict[int, Paired] = {}
    for side in (OURS, THEIRS):
        paired = paired_symbols([(path, versions.base, versions[side]) for path, versions in texts.items()])
        if len(paired) != 1:
            return []
        sides[side] = paired[0]
    count = Counter((one.path, one.body.name) for one in sides[OURS].old.symbols)
    became = {side: {_id(old): new for old, new in paired.new_of.items()} for side, paired in sides.items()}
    displaced = {side: {_id(old): old for old in _displaced(sides[side], sides[3 - side])} for side in (OURS, THEIRS)}
    found: list[_Moved] = []
    for name, old in (displaced[OURS] | displaced[THEIRS]).items():
        went = False, name in displaced[OURS], name in displaced[THEIRS]
        ours, theirs = became[OURS].get(name), became[THEIRS].get(name)
        if ours is None or theirs is None or count[name] > 1:
            return []
        if not ours.body.own_name == theirs.body.own_name == old.body.own_name:
            return []
        if all(went[1:]) and _id(ours) != _id(theirs):
            return []
        found.append(_Moved((old, ours, theirs), went))
    return [] if any(_overlap([one.versions[side] for one in found]) for side in range(3)) else found


def _displaced(paired: Paired, other: Paired) -> Iterator[Symbol]:
    """The definitions that stand elsewhere than before: in another file or class, or around their siblings.

    Among siblings that go around each other, those that `other` changes count as well: lines do not tell them apart.
    """
    for old, new in paired.new_of.items():
        holders = paired.old.parent[old], paired.new.parent[new]
        if not paired.stays(old) and all(one is None or one.body.kind in CONTAINERS for one in holders):
            yield old
    groups = list(find_reordered(paired))
    changed = {_id(old) for old, new in other.new_of.items() if old.body.text != new.body.text} if groups else set()
    for group in groups:
        yield from (one for one in group.siblings if one in group.displaced or _id(one) in changed)


def _overlap(symbols: Iterable[Symbol]) -> bool:
    last: dict[bytes, int] = {}
    for one in sorted(symbols, key=lambda one: (one.path, one.start)):
        if one.start < last.get(one.path, 0):
            return True
        last[one.path] = one.end
    return False


def _id(symbol: Symbol) -> tuple[bytes, str]:
    return symbol.path, symbol.body.name


class _Change(NamedTuple):
    """Lines that others take the place of."""

    start: int
    end: int
    insert: bytes


def _versions(path: bytes, texts: Texts, moved: Sequence[_Moved], bodies: Sequence[bytes]) -> Texts | None:
    """The versions of a file without what moved away, and with what moved here as both sides make it."""
    changes: list[list[_Change]] = [[], [], []]
    for one, body in zip(moved, bodies, strict=True):
        old = one.versions[0]
        for side, symbol in enumerate(one.versions):
            if symbol.path != path:
                continue
            if one.went[side]:
                changes[side].append(_Change(symbol.start, symbol.end, body))
            else:
                above = min(old.start - old.first, symbol.start - symbol.first)
                below = min(old.last - old.end, symbol.last - symbol.end)
                changes[side].append(_Change(symbol.start - above, symbol.end + below, b""))
    made = [_changed(text, some) for text, some in zip(texts, changes, strict=True)]
    return None if None in made else Texts(*(text or b"" for text in made))


def _changed(text: bytes, changes: Sequence[_Change]) -> bytes | None:
    lines = split_lines(text)
    parts: list[bytes] = []
    last = 0
    for start, end, insert in sorted(changes):
        if any(line.strip() for line in lines[start:last]):
            return None
        # Blank lines between two of them may be told of both.
        parts += [*lines[last:start], insert]
        last = max(last, end)
    return b"".join([*parts, *lines[last:]])


# Proof


def _means_the_same(one: _Moved, texts: Mapping[bytes, Texts], body: bytes) -> bool:
    """Whether the names that the other side brings into it mean at the new place what they meant at the old one."""
    if not one.changes_files or one.went[one.other]:
        return True
    symbol = one.versions[one.other]
    here, there = texts[symbol.path][one.other], texts[one.new.path][one.mover]
    bound, found = _bound(here, symbol.path), _bound(there, one.new.path)
    asked = [_asked(text, one.new.path) for text in (one.versions[0].body.text, one.new.body.text, body)]
    if bound is None or found is None or None in asked:
        brought = _words(body) - _words(one.versions[0].body.text) - _words(one.new.body.text)
        lines = split_lines(here)
        around = b"".join([*lines[: symbol.start], *lines[symbol.end :]])
        return brought.isdisjoint(_words(around)) and brought.isdisjoint(_words(there))
    before, after, made = (names or frozenset() for names in asked)
    names = (made - before - after) & (bound.keys() | found.keys())
    return all(bound.get(name) is not None and bound.get(name) == found.get(name) for name in names)


def _asked(text: bytes, path: bytes) -> Set[str] | None:
    """The names that a definition asks its module for; None if that cannot be told."""
    language = language_of(path)
    found = names_in(indented(text, b"", language)) if language.name == "python" else None
    return None if found is None else {one.name for one in found.used if one.kind == "global"}


def _words(text: bytes) -> Set[bytes]:
    return set(_WORD.findall(text))


def _bound(text: bytes, path: bytes) -> dict[str, tuple[bytes, str, str] | None] | None:
    """What a module binds, and where it has it from: directory, module and name; None for what it makes itself.

    None where the text is no Python that can be read.
    """
    symbols = symbols_of(text) if language_of(path).name == "python" else None
    if symbols is None or symbols.stars:
        return None
    top = symbols.scopes[0]
    found: dict[str, tuple[bytes, str, str] | None] = dict.fromkeys(top.bound)
    for name, module in top.modules.items():
        found[name] = b"", module, ""
    for name, (module, original) in top.origins.items():
        found[name] = path.rpartition(b"/")[0] if module.startswith(".") else b"", module, original
    return found | dict.fromkeys(top.rebound)


def _proved(
    texts: Mapping[bytes, Texts], result: Mapping[bytes, bytes], moved: Sequence[_Moved], bodies: Sequence[bytes]
) -> Gathered | None:
    done: dict[bytes, bytes | None] = {}
    # What is wrong inside of a definition goes with it.
    names = [f" in {symbol.body.name}" for one in moved for symbol in one.versions]
    known = {fault for path, versions in texts.items() for fault in _name_faults(path, versions)}
    for path, merged in result.items():
        versions = texts[path]
        new = _name_faults(path, [merged]) - _name_faults(path, versions)
        if any(fault not in known or not any(name in fault for name in names) for fault in new):
            return None
        counts = [_definitions(path, text) for text in (*versions, merged)]
        if None in counts:
            return None
        base, ours, theirs, found = (Counter() if one is None else one for one in counts)
        for name in base.keys() | ours.keys() | theirs.keys() | found.keys():
            due = min(ours[name] + theirs[name] - base[name], max(ours[name], theirs[name]))
            if found[name] != max(due, 0):
                return None
        done[path] = merged
        if merged.strip() == b"" and versions.base and not all(versions):
            done[path] = None
    landed = list(_landed(result, moved, bodies))
    if len(landed) < len(moved):
        return None
    lines: dict[tuple[int, bytes, int], Place] = {}
    for one, body, at in zip(moved, bodies, landed, strict=True):
        lines |= _carried(one, body, at)
    told = [
        Landed(*_id(one.versions[0]), one.new.path, at + 1, one.mover)
        for one, body, at in zip(moved, bodies, landed, strict=True)
        if not all(one.went[1:]) and one.versions[one.other].body.text != one.versions[0].body.text
    ]
    return Gathered(done, told, lines)


def _landed(result: Mapping[bytes, bytes], moved: Sequence[_Moved], bodies: Sequence[bytes]) -> Iterator[int]:
    """The line, from 0, at which each definition stands, of those that stand somewhere once."""
    for one, body in zip(moved, bodies, strict=True):
        text = result[one.new.path]
        start = text.find(body)
        if start >= 0 and text.find(body, start + 1) < 0 and (not start or text[start - 1 : start] == b"\n"):
            yield text.count(b"\n", 0, start)


def _carried(one: _Moved, body: bytes, at: int) -> Iterator[tuple[tuple[int, bytes, int], Place]]:
    """Where the lines of each side's version of the definition stand then."""
    for side in (OURS, THEIRS):
        symbol = one.versions[side]
        text = symbol.body.text
        language = language_of(one.new.path)
        fitted = indented(text, indentation_of(split_lines(body), language), language)
        old, new = lines_of(text).lines, lines_of(fitted).lines
        for before, after in kept_lines(fitted, body):
            key = side, symbol.path, symbol.start + before
            yield key, Place(one.new.path, at + after, len(new[before]) - len(old[before]))


def kept_lines(old: bytes, new: bytes) -> Iterator[tuple[int, int]]:
    """The lines, from 0, that two texts have in common."""
    last = (0, 0)
    end = len(split_lines(old))
    for block in diff(old, new):
        yield from zip(range(last[0], block.old_start), range(last[1], block.new_start), strict=True)
        last = block.old_end, block.new_end
    yield from zip(range(last[0], end), range(last[1], last[1] + end - last[0]), strict=True)


def _definitions(path: bytes, text: bytes) -> Counter[str] | None:
    found = language_of(path).definitions(text)
    return None if found is None else Counter(one.name for one in found)


def _exchanged(path: bytes, texts: Texts, side: int) -> tuple[Set[str], Set[str]]:
    """The names, not qualified, of what a side does not define any more, and of what it defines for the first time."""
    found = language_of(path).definitions
    before, after = ({one.name.rpartition(".")[2] for one in found(text) or ()} for text in (texts.base, texts[side]))
    return before - after, after - before


def _name_faults(path: bytes, texts: Iterable[bytes]) -> Counter[str]:
    found: Counter[str] = Counter()
    for text in texts:
        found |= language_of(path).name_faults(text) or Counter()
    return found
