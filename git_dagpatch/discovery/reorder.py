"""Which definitions changed their order among their siblings?"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from git_dagpatch.alignment.lines import distance
from git_dagpatch.discovery.symbols import Paired, Symbol
from git_dagpatch.languages.language import CONTAINERS


class Reordered(NamedTuple):
    """Siblings that keep their place, from the first to the last that other ones overtook or left behind."""

    siblings: list[Symbol]
    """In the old order."""
    order: list[int]
    """For each place, the number of the sibling that comes to stand there."""
    displaced: list[Symbol]
    """Those that go around the others."""


def find_reordered(paired: Paired) -> Iterator[Reordered]:
    """The siblings of each file and definition that stand in another order than before, if it is shorter to say so."""
    for (_, parent), children in paired.old.children.items():
        if parent is not None and (parent not in paired.new_of or parent.body.kind not in CONTAINERS):
            continue
        kept = [child for child in children if paired.stays(child)]
        places = [paired.new_of[child].start for child in kept]
        if all(one < other for one, other in pairwise(places)):
            continue
        if sum(_saved(paired, child) for child in kept) > 1:
            group = _reordered(kept, places)
            after = [paired.new_of[sibling] for sibling in group.siblings]
            if paired.old.is_dense(group.siblings, paired.language) and paired.new.is_dense(after, paired.language):
                yield group


def _saved(paired: Paired, old: Symbol) -> int:
    """How many lines of it need no longer be shown where it is compared with what it became."""
    new = paired.new_of[old]
    shown = paired.shown(old, new)
    return max(0, shown - distance(old.body.text, new.body.text)) if shown else 0


def _reordered(kept: list[Symbol], places: list[int]) -> Reordered:
    ranks = sorted(range(len(places)), key=places.__getitem__)
    first = next(number for number, rank in enumerate(ranks) if rank != number)
    last = next(number for number in range(len(ranks) - 1, -1, -1) if ranks[number] != number) + 1
    siblings = kept[first:last]
    staying = {first + number for number in _heaviest_run([(places[at], kept[at].size) for at in range(first, last)])}
    return Reordered(
        siblings,
        [rank - first for rank in ranks[first:last]],
        [kept[at] for at in range(first, last) if at not in staying],
    )


def _heaviest_run(items: Sequence[tuple[int, int]]) -> set[int]:
    """The numbers of the items, given as (place, weight), whose places rise and whose weights are the most in sum."""
    best: list[tuple[int, int, int]] = []
    """(place, weight in sum, item) of runs of which none is both earlier and heavier than another; both rise."""
    before: list[int] = []
    for number, (place, weight) in enumerate(items):
        at = bisect_left(best, (place,))
        total = weight + (best[at - 1][1] if at else 0)
        before.append(best[at - 1][2] if at else -1)
        end = at
        while end < len(best) and best[end][1] <= total:
            end += 1
        best[at:end] = [(place, total, number)]
    run: set[int] = set()
    number = best[-1][2] if best else -1
    while number >= 0:
        run.add(number)
        number = before[number]
    return run
