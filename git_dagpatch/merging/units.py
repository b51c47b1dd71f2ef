"""Three-way merge of sequences of units: words, lines, entries, definitions."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from git_dagpatch.alignment.tokens import token_diff

LONG_ENOUGH = 3
"""Units of a list that has an order, at the least."""
_RARE = 10
"""In a list that has an order, at the most one in so many stands in the wrong place."""


class Change(NamedTuple):
    """Units `start` to `end` (from 0, exclusive) of base became these."""

    start: int
    end: int
    units: tuple[bytes, ...]


Units = Sequence[bytes]
_TELLING = re.compile(rb"\w")
_QUOTES = b"\"'`"
_COMMON = frozenset(b"import from as def class function return self cls this const let var int".split())
Apart = Callable[[Units], bool]
"""Whether these units, which both sides left alone, keep a change of one side apart from one of the other."""
Add = Callable[[Units, Units], Units | None]
"""What stands in a place where ours and theirs both add something; None if that cannot be told."""


def changes(base: Sequence[bytes], side: Sequence[bytes]) -> list[Change]:
    """What `side` changed, in order; no change touches another."""
    return [
        Change(block.old_start, block.old_end, tuple(side[block.new_start : block.new_end]))
        for block in token_diff(base, side)
    ]


def telling(units: Units) -> set[bytes]:
    """The words, numbers and strings, or lines with such, but for words that every statement may have."""
    return {unit.strip(_QUOTES) for unit in units if _TELLING.search(unit)} - _COMMON


def comes_back(base: Units, ours: Units, theirs: Units) -> bool:
    """Whether something that both took away was brought in elsewhere by one of them: it was moved there, and the other
    one wants it gone; or the other way round."""
    mine, other = changes(base, ours), changes(base, theirs)
    alike = set(mine) & set(other)
    came, went = came_and_went(base, alike)
    came_too, went_too = came_and_went(base, [change for change in (*mine, *other) if change not in alike])
    return not (came.isdisjoint(went_too) and went.isdisjoint(came_too))


def came_and_went(base: Units, found: Iterable[Change]) -> tuple[set[bytes], set[bytes]]:
    """What is new with changes and what is gone, of all that tells something."""
    came: set[bytes] = set()
    went: set[bytes] = set()
    for change in found:
        before, after = telling(base[change.start : change.end]), telling(change.units)
        came |= after - before
        went |= before - after
    return came, went


def changed_beside(mine: Sequence[Change], other: Sequence[Change]) -> bool:
    """Whether one side changed or took away what stands next to a change of the other; mostly these belong together."""
    return any(
        one != two and (one.start < one.end or two.start < two.end) and one.start <= two.end and two.start <= one.end
        for one in mine
        for two in other
    )


def merge_units(
    base: Units, ours: Units, theirs: Units, *, apart: Apart | None = None, add: Add | None = None
) -> list[bytes] | None:
    """Both changes; what both made alike is made once. None where they overlap or are not `apart`, and where one side
    moved what the other took away.

    With `add`, both may add at one place, or next to a change of the other.
    """
    if comes_back(base, ours, theirs):
        return None
    mine, other = changes(base, ours), changes(base, theirs)
    alike = set(mine) & set(other)
    ordered = sorted(
        [(change, 0) for change in mine] + [(change, 1) for change in other if change not in alike],
        key=lambda found: (found[0].start, found[0].end, found[1]),
    )
    merged: list[bytes] = []
    position = 0
    before: tuple[Change, int] | None = None
    for change, side in ordered:
        if before is not None and before[1] != side:
            meets = change.start <= before[0].end
            if meets and (add is None or change.start < before[0].end):
                return None
            one_side = not alike & {change, before[0]}
            if one_side and apart is not None and not apart(base[before[0].end : change.start]):
                return None
        merged += base[position : change.start]
        if add is not None and before is not None and before[0].end == change.end == change.start == before[0].start:
            del merged[len(merged) - len(before[0].units) :]
            both = add(before[0].units, change.units)
            if both is None:
                return None
            merged += both
        else:
            merged += change.units
        position = change.end
        before = change, side
    return [*merged, *base[position:]]


def joined(ours: Units, theirs: Units) -> list[bytes]:
    """First ours, then what theirs has besides; if theirs has all of ours, theirs."""
    if set(ours) <= set(theirs):
        return list(theirs)
    return [*ours, *(unit for unit in theirs if unit not in ours)]


Key = Callable[[bytes], Any]
"""By what units are ordered; of one sort for all units, such as a tuple of texts."""


def order_of(keys: Iterable[Key], *lists: Units) -> Key | None:
    """The first of `keys` by which all lists are in order, if one is long enough for that to be no accident.

    A few may stand in the wrong place.
    """
    if max(map(len, lists), default=0) < LONG_ENOUGH:
        return None
    for key in keys:
        ordered = [[key(unit) for unit in units] for units in lists]
        if all(sum(one > two for one, two in pairwise(found)) * _RARE <= len(found) for found in ordered):
            return key
    return None


def in_order(units: Units, key: Key | None) -> list[bytes]:
    """`units` by `key`, if there is one."""
    return list(units) if key is None else sorted(units, key=key)
