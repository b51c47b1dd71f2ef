"""Three-way merge of sequences of units: words, lines, entries, definitions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from git_dagpatch.alignment.tokens import token_diff


class Change(NamedTuple):
    """Units `start` to `end` (from 0, exclusive) of base became these."""

    start: int
    end: int
    units: tuple[bytes, ...]


Units = Sequence[bytes]
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


def merge_units(
    base: Units, ours: Units, theirs: Units, *, apart: Apart | None = None, add: Add | None = None
) -> list[bytes] | None:
    """Both changes; what both made alike is made once. None where they overlap or are not `apart`.

    With `add`, both may add at one place, or next to a change of the other.
    """
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
    """First ours, then what theirs has besides."""
    return [*ours, *(unit for unit in theirs if unit not in ours)]
