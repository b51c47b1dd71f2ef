"""In which order the parts of both sides stand."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from itertools import pairwise


class Unmerged(Exception):
    """The sides cannot be brought together here without a guess."""


Group = Callable[[int], int | None]


def merged_order(base: Sequence[int], ours: Sequence[int], theirs: Sequence[int], group: Group) -> list[int]:
    """What stands on either side and was not taken away, by numbers; ours first where both add. Raises Unmerged.

    `group` tells of a part among which others its order has no meaning; None for what has its place.
    """
    known = set(base)
    if _is_moved(base, theirs, group):
        if _is_moved(base, ours, group):
            raise Unmerged
        first, second, moved = theirs, ours, True
    else:
        first, second, moved = ours, theirs, _is_moved(base, ours, group)
    gone = known - set(second)
    _check_beside(first, known, gone, group)
    _check_beside(second, known, known - set(first), group)
    order = list(first)
    before: int | None = None
    run: list[int] = []
    for at, number in enumerate([*second, -1]):
        if number >= 0 and number not in order:
            if number not in known:
                run.append(number)
            continue
        if run:
            place = len(order) if moved and at == len(second) else _place(order, before, run, known, gone, group)
            order[place:place] = run
        before, run = number, []
    return [number for number in order if number not in gone]


def _is_moved(base: Sequence[int], side: Sequence[int], group: Group) -> bool:
    left = [number for number in base if number in side]
    now = [number for number in side if number in left]
    moved = {number for one, other in zip(left, now, strict=True) if one != other for number in (one, other)}
    groups = {group(number) for number in moved}
    if moved and (len(groups) > 1 or None in groups):
        raise Unmerged
    return bool(moved)


def _check_beside(side: Sequence[int], known: Collection[int], gone: Collection[int], group: Group) -> None:
    """What has its place was not put next to what the other side took away."""
    for one, two in pairwise(side):
        for added, beside in ((one, two), (two, one)):
            if added not in known and group(added) is None and beside in gone:
                raise Unmerged


def _place(
    order: Sequence[int],
    before: int | None,
    run: Sequence[int],
    known: Collection[int],
    gone: Collection[int],
    group: Group,
) -> int:
    """Where a run that stands after `before` goes: after what the other side put there."""
    start = order.index(before) + 1 if before is not None else 0
    place = start
    while place < len(order) and (order[place] not in known or order[place] in gone):
        place += 1
    added = [number for number in order[start:place] if number not in known]
    if not added:
        return start
    groups = {group(number) for number in (*run, *added)}
    if len(groups) > 1 or None in groups:
        raise Unmerged
    return place
