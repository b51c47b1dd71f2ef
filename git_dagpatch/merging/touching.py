"""Changes of two sides that may touch each other, but do not overlap."""

from __future__ import annotations

from collections.abc import Iterable

from git_dagpatch.merging.units import Change, Units


def touching(base: Units, mine: Iterable[Change], other: Iterable[Change]) -> list[bytes] | None:
    """What both sides made of `base`; None where changes overlap, or where both add something at one place."""
    mine, other = list(mine), list(other)
    if any(_overlap(one, two) for one in mine for two in other if one != two):
        return None
    made: list[bytes] = []
    at = 0
    for change in sorted({*mine, *other}):
        made += [*base[at : change.start], *change.units]
        at = change.end
    return [*made, *base[at:]]


def _overlap(one: Change, two: Change) -> bool:
    both_add = one.start == one.end == two.start == two.end
    return both_add or (one.start < two.end and two.start < one.end)
