"""range-diff: what became of the commits of one series in another, operation by operation.

First commits are paired: by the operations that they share, weighted by what these change, as the assignment with
the largest sum. Then operations are paired in each pair of commits: equal ones at the same place, equal ones elsewhere,
then those that are much alike, as an assignment again; and last those that went to another commit.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence

from msgspec import UNSET, Struct, field

from git_dagpatch.alignment.assignment import pair_up
from git_dagpatch.alignment.words import compare_lines, likeness
from git_dagpatch.engine.told import Told, tell
from git_dagpatch.model.comparison import (
    Changed,
    CommitPair,
    Compared,
    Elsewhere,
    Entry,
    Fate,
    OnlyNew,
    OnlyOld,
    Row,
    Same,
)
from git_dagpatch.model.operation import Edit, Rename
from git_dagpatch.model.patch import Patch
from git_dagpatch.model.text import readable
from git_dagpatch.model.tree import Tree

_SAME_COMMIT = 0.35
"""The least likeness of two commits of which one became the other."""
_SAME_TITLE = 0.25
"""What an equal first line of the message adds to the likeness."""
_SAME_AUTHORSHIP = 0.3
"""What the same author at the same second adds: amending and rebasing keep both."""
_SAME_OPERATION = 0.5
"""The least likeness of two operations of which one became the other, in a pair of commits."""
_FAR_OPERATION = 0.8
"""The same where they are in commits that are no pair."""
_PLACE = 0.35
"""How much an equal place counts in the likeness of operations; the text counts for the rest."""
_CONTEXT = 1
"""Lines shown beside those that differ."""


def range_diff(old: Sequence[tuple[Patch, Tree]], new: Sequence[tuple[Patch, Tree]]) -> list[CommitPair]:
    """What became of the series `old` in `new`, both in order and each patch with its base."""
    mine, theirs = _commits(old), _commits(new)
    pairs = _paired(mine, theirs)
    comparison = _Comparison()
    for one, other in pairs:
        comparison.match(one.operations, other.operations, _SAME_OPERATION)
    comparison.match(_all(mine), _all(theirs), _FAR_OPERATION)
    return [comparison.result(one, other) for one, other in _in_order(mine, theirs, pairs)]


def _commits(series: Sequence[tuple[Patch, Tree]]) -> list[_Commit]:
    return [_Commit(number, patch, tell(patch, base, number)) for number, (patch, base) in enumerate(series)]


class _Commit(Struct, frozen=True):
    number: int
    patch: Patch
    operations: list[Told]

    @property
    def message(self) -> str:
        message = self.patch.metadata.message
        return readable(message).strip() if message is not UNSET else ""

    @property
    def author(self) -> str:
        author = self.patch.metadata.author
        return f"Author: {readable(author.name)} <{readable(author.email)}>" if author is not UNSET else ""

    @property
    def title(self) -> str:
        return self.message.partition("\n")[0]

    @property
    def fingerprint(self) -> Hashable:
        """Equal of commits that do the same."""
        return frozenset(Counter(told.what for told in self.operations).items())

    @property
    def entry(self) -> Entry:
        commit = self.patch.metadata.commit
        return Entry(self.number + 1, commit if commit is not UNSET else "", self.patch.id, self.title)


def _all(commits: Sequence[_Commit]) -> list[Told]:
    return [told for commit in commits for told in commit.operations]


# Commits


def _paired(old: Sequence[_Commit], new: Sequence[_Commit]) -> list[tuple[_Commit, _Commit]]:
    """The commits of which one became the other; those that are equal first, which leaves little to compare."""
    pairs = _equal(old, new, lambda commit: (commit.title, commit.fingerprint))
    pairs += _equal(*_left(old, new, pairs), lambda commit: commit.fingerprint)
    mine, theirs = _left(old, new, pairs)
    table = [[_likeness_of_commits(one, other) for other in theirs] for one in mine]
    return pairs + [(mine[one], theirs[other]) for one, other in pair_up(table, _SAME_COMMIT)]


def _left(
    old: Sequence[_Commit], new: Sequence[_Commit], pairs: Sequence[tuple[_Commit, _Commit]]
) -> tuple[list[_Commit], list[_Commit]]:
    mine, theirs = ({commit.number for commit in side} for side in (list(zip(*pairs, strict=True)) or [(), ()]))
    return [one for one in old if one.number not in mine], [one for one in new if one.number not in theirs]


def _equal(
    old: Sequence[_Commit], new: Sequence[_Commit], key: Callable[[_Commit], Hashable]
) -> list[tuple[_Commit, _Commit]]:
    """Pairs of commits that do something and have the same key, in order."""
    waiting: dict[Hashable, list[_Commit]] = defaultdict(list)
    for commit in reversed(new):
        if commit.operations:
            waiting[key(commit)].append(commit)
    return [(one, waiting[key(one)].pop()) for one in old if waiting.get(key(one))]


def _likeness_of_commits(old: _Commit, new: _Commit) -> float:
    """From 0 to 1; the share of what both change that is in operations which they have in common, and what is told."""
    mine, theirs = Counter(one.what for one in old.operations), Counter(one.what for one in new.operations)
    shared = mine & theirs
    weights = {one.what: one.weight for one in old.operations}
    common = float(sum(weights[what] * count for what, count in shared.items()))
    common += _near(
        [one for one in old.operations if one.what not in shared],
        [one for one in new.operations if one.what not in shared],
    )
    total = sum(one.weight for one in old.operations) + sum(one.weight for one in new.operations)
    found = 2 * common / total if total else 0.0
    found += _SAME_TITLE * (bool(old.title) and old.title == new.title)
    authors = old.patch.metadata.author, new.patch.metadata.author
    found += _SAME_AUTHORSHIP * (authors[0] is not UNSET and authors[0] == authors[1])
    return min(found, 1.0)


def _near(old: Sequence[Told], new: Sequence[Told]) -> float:
    """What operations have in common that are about the same symbol or file and not equal."""
    others = {one.place: one for one in new if one.place}
    found = 0.0
    for one in old:
        other = others.pop(one.place, None)
        if other is not None and one.operation.type == other.operation.type:
            found += likeness(_text(one), _text(other)) * min(one.weight, other.weight)
    return found


def _in_order(
    old: Sequence[_Commit], new: Sequence[_Commit], pairs: Iterable[tuple[_Commit, _Commit]]
) -> Iterator[tuple[_Commit | None, _Commit | None]]:
    """The pairs in the order of the new series; what has no counterpart where it stands in its own, as git does."""
    of_new = {other.number: one for one, other in pairs}
    paired = {one.number for one in of_new.values()}
    shown: set[int] = set()
    at = 0

    def lost() -> Iterator[tuple[_Commit, None]]:
        nonlocal at
        while at < len(old) and (at in shown or at not in paired):
            if at not in paired:
                yield old[at], None
            at += 1

    for commit in new:
        yield from lost()
        one = of_new.get(commit.number)
        yield one, commit
        if one is not None:
            shown.add(one.number)
    yield from lost()


# Operations


class _Comparison(Struct):
    """Which operations became which, of all commits."""

    _of_old: dict[int, Fate] = field(default_factory=dict)
    """By the identity of what was told of an operation."""
    _of_new: dict[int, Fate] = field(default_factory=dict)
    _pairs: dict[int, tuple[Told, Told]] = field(default_factory=dict)
    """By the identity of the fate of both."""

    def match(self, old: Sequence[Told], new: Sequence[Told], least: float) -> None:
        """Pair what is left of `old` and `new`: what is equal, at the same place first, then what is alike."""
        for key in (_at_place, _about, _doing):
            waiting: dict[Hashable, list[Told]] = defaultdict(list)
            for told in reversed(self._waiting(new, self._of_new)):
                waiting[key(told)].append(told)
            for one in self._waiting(old, self._of_old):
                if waiting.get(key(one)):
                    self._join(one, waiting[key(one)].pop())
        mine, theirs = self._waiting(old, self._of_old), self._waiting(new, self._of_new)
        far = len(mine) * len(theirs) <= _MANY
        table = [[_likeness(one, other, least, far) for other in theirs] for one in mine]
        for row, column in pair_up(table, least):
            self._join(mine[row], theirs[column])

    def result(self, old: _Commit | None, new: _Commit | None) -> CommitPair:
        """What is told of a pair of commits: each operation of the old one, then those of the new one."""
        fates = [self._fate(told) for told in (old.operations if old else [])]
        told_already = {id(fate) for fate in fates}
        for told in new.operations if new else []:
            fate = self._of_new.get(id(told)) or OnlyNew(_compared(told), _content(told))
            if id(fate) not in told_already:
                fates.append(fate)
        message: list[Row] = []
        if old and new:
            for before, after in ((old.author, new.author), (old.message, new.message)):
                if before != after:
                    message += compare_lines(before.encode().split(b"\n"), after.encode().split(b"\n"), 0)
            if old.patch.base == new.patch.base and old.patch.result != new.patch.result:
                fates = [self._placed(fate) for fate in fates]
        return CommitPair(old.entry if old else None, new.entry if new else None, tuple(message), tuple(fates))

    def _placed(self, fate: Fate) -> Fate:
        """`fate` where both series started from one tree, so that a line there is the same line in both."""
        if not isinstance(fate, Same):
            return fate
        old, new = self._pairs[id(fate)]
        places = tuple(
            f"{path}:{_numbers(new.lines[path])}, was {_numbers(old.lines[path])}"
            for path in sorted(old.lines.keys() & new.lines.keys())
            if old.lines[path] != new.lines[path]
        )
        return Elsewhere(fate.old, fate.new, places) if places else fate

    def _fate(self, told: Told) -> Fate:
        return self._of_old.get(id(told)) or OnlyOld(_compared(told), _content(told))

    def _waiting(self, told: Sequence[Told], done: dict[int, Fate]) -> list[Told]:
        return [one for one in told if id(one) not in done]

    def _join(self, old: Told, new: Told) -> None:
        fate = _fate_of(old, new)
        self._of_old[id(old)] = self._of_new[id(new)] = fate
        self._pairs[id(fate)] = old, new


def _compared(told: Told) -> Compared:
    return Compared(told.operation, told.commit + 1)


def _content(told: Told) -> tuple[str, ...]:
    return tuple(row.decode(errors="replace") for row in told.rows)


def _at_place(told: Told) -> Hashable:
    return told.what, told.place, tuple(told.strikes.items()), tuple(told.around.items())


def _about(told: Told) -> Hashable:
    return told.what, told.place


def _doing(told: Told) -> Hashable:
    # That a file goes, or a line of brackets alone, is done in many places that have nothing to do with each other.
    telling = told.place == "" or sum(map(len, told.rows)) > _TELLING
    return told.what if telling else (told.what, told.place)


_TELLING = 40
"""Characters that an edit has to have to be known again elsewhere by them alone."""


_MANY = 40_000
"""Pairs of operations beyond which only those are compared that have a file in common."""


def _likeness(old: Told, new: Told, least: float, far: bool) -> float:
    """From 0 to 1, 0 of all that is below `least`; nothing of different kinds is alike, and unless `far` nothing of
    different files."""
    if old.operation.type != new.operation.type:
        return 0.0
    same_place = _same_place(old, new)
    if isinstance(old.operation, Rename) and isinstance(new.operation, Rename):
        return 1.0 if old.place == new.place else 0.0
    if (same_place < 1.0 and not (old.rows and new.rows)) or not (same_place or far):
        return 0.0
    needed = max(0.0, (least - _PLACE * same_place) / (1 - _PLACE))
    if needed > 1.0:
        return 0.0
    found = _PLACE * same_place + (1 - _PLACE) * likeness(_text(old), _text(new), needed)
    # Of one symbol, what is done to it in the one series became what is done to it in the other, however much of it.
    of_one_symbol = same_place == 1.0 and old.place.partition(":")[2]
    return max(found, _SAME_OPERATION) if of_one_symbol else found


def _same_place(old: Told, new: Told) -> float:
    if old.place or new.place:
        if old.place == new.place:
            return 1.0
        return 0.5 if old.place.partition(":")[0] == new.place.partition(":")[0] else 0.0
    mine, theirs = old.strikes.keys(), new.strikes.keys()
    return len(mine & theirs) / len(mine | theirs) if mine | theirs else 0.0


def _text(told: Told) -> bytes:
    return b"\n".join(told.rows)


def _fate_of(old: Told, new: Told) -> Fate:
    one, other = _compared(old), _compared(new)
    if old.what != new.what:
        place = old.place.rstrip(":") if old.place != new.place else ""
        return Changed(one, other, tuple(compare_lines(old.rows, new.rows, _CONTEXT)), place)
    places = tuple(_places(old, new))
    if places:
        return Elsewhere(one, other, places)
    if old.place == "" and _struck(old) != _struck(new) and _is_layout(old):
        return Changed(one, other, tuple(compare_lines(old.rows, new.rows, _CONTEXT)))
    return Same(one, other)


def _is_layout(told: Told) -> bool:
    """Whether its meaning leaves open what comes where it strikes."""
    return told.operation.type == "whitespace"


def _struck(told: Told) -> Counter[tuple[bytes, bytes]]:
    return Counter(pair for pairs in told.strikes.values() for pair in pairs)


def _places(old: Told, new: Told) -> Iterator[str]:
    """What differs about where two operations are that do the same."""
    if old.place != new.place:
        yield f"in {new.place.rstrip(':')}, was in {old.place.rstrip(':')}"
        return
    for path in sorted(old.strikes.keys() | new.strikes.keys()):
        before_there, after_there = len(old.strikes.get(path, ())), len(new.strikes.get(path, ()))
        if before_there == after_there or isinstance(old.operation, Edit):
            for before, after in zip(old.around.get(path, ()), new.around.get(path, ()), strict=False):
                if before[0] != after[0] and before[1] != after[1]:
                    yield f"{_beside(after)}, was {_beside(before)}"
            continue
        if not after_there:
            yield f"no longer in {path}"
        elif not before_there:
            yield f"{_count(after_there)} more in {path}"
        else:
            yield f"{_count(after_there)} in {path}, not {before_there}"


def _numbers(lines: Sequence[int]) -> str:
    return ", ".join(str(line + 1) for line in lines)


def _count(number: int) -> str:
    return f"{number} place{'s' * (number != 1)}"


def _beside(lines: tuple[bytes, bytes]) -> str:
    above, below = (line.decode(errors="replace") for line in lines)
    return f"after {above!r}" if above else f"before {below!r}" if below else "alone in the file"
