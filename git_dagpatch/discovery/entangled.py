"""Which edits of a Python file only parse together, such as the two ends of an ``if``? They are joined.

A patch can be taken in parts, and a part should be a program. Only what stands between two definitions at the top level
that stay where they are is read at once, so that the cost follows the change.
"""

from __future__ import annotations

import logging
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from git_dagpatch.alignment.lines import Block
from git_dagpatch.discovery.sides import Side
from git_dagpatch.languages.python_syntax import parses as is_python

log = logging.getLogger(__name__)

_BUDGET = 20_000
"""Lines that are parsed to find out about one file."""


class Part(NamedTuple):
    """A part of a block that belongs to one edit."""

    number: int
    """Of the block; parts of one block touch each other."""
    symbol: str
    block: Block


class _Segment(NamedTuple):
    """What stands between two definitions that stay."""

    old: tuple[int, int]
    new: tuple[int, int]
    parts: list[tuple[int, Part]]
    """With the number of the edit that each belongs to."""


def join_entangled(groups: Sequence[Sequence[Part]], old: Side, new: Side) -> list[list[Part]]:
    """`groups` with those joined that parse only together, as far as the budget goes."""
    union = _Union(len(groups))
    placed = sorted(((number, part) for number, group in enumerate(groups) for part in group), key=_place)
    budget = _BUDGET
    for segment in _segments(placed, old, new):
        budget = _join_in(segment, union, old, new, budget)
        if budget < 0:
            log.debug("entangled: a file is beyond the budget, so its edits may not parse alone")
            break
    _keep_order(placed, union)
    joined: dict[int, list[Part]] = defaultdict(list)
    for number, part in placed:
        joined[union.find(number)].append(part)
    return [joined[number] for number in sorted(joined)]


def _place(item: tuple[int, Part]) -> tuple[int, int]:
    return item[1].block.old_start, item[1].block.new_start


class _Union:
    """Numbers that were joined, each set named by its lowest."""

    def __init__(self, size: int) -> None:
        self._parents = list(range(size))

    def find(self, number: int) -> int:
        while self._parents[number] != number:
            number = self._parents[number]
        return number

    def join(self, one: int, other: int) -> None:
        low, high = sorted((self.find(one), self.find(other)))
        self._parents[high] = low


def _keep_order(placed: Sequence[tuple[int, Part]], union: _Union) -> None:
    """Join more where, within a block, the order of the edits would not be the order of their parts."""
    by_block: dict[int, list[int]] = defaultdict(list)
    for number, part in placed:
        by_block[part.number].append(number)
    changed = True
    while changed:
        changed = False
        for numbers in by_block.values():
            for one, other in pairwise(numbers):
                if union.find(one) > union.find(other):
                    union.join(one, other)
                    changed = True


def _segments(placed: Sequence[tuple[int, Part]], old: Side, new: Side) -> Iterator[_Segment]:
    """The stretches in which more than one edit has a part."""
    starts = _heads(new)
    cuts: list[tuple[int, int]] = [(0, 0)]
    at = shift = 0
    for line in sorted(_heads(old)):
        while at < len(placed) and placed[at][1].block.old_end <= line:
            block = placed[at][1].block
            shift += block.new_end - block.new_start - block.old_end + block.old_start
            at += 1
        if (at == len(placed) or placed[at][1].block.old_start > line) and line + shift in starts:
            cuts.append((line, line + shift))
    cuts.append((len(old.lines.lines), len(new.lines.lines)))
    at = 0
    for (old_start, new_start), (old_end, new_end) in pairwise(cuts):
        parts = []
        while at < len(placed) and placed[at][1].block.old_end <= old_end and placed[at][1].block.new_end <= new_end:
            parts.append(placed[at])
            at += 1
        if len({number for number, _ in parts}) > 1:
            yield _Segment((old_start, old_end), (new_start, new_end), parts)


def _heads(side: Side) -> set[int]:
    """The first lines of the definitions at the top level."""
    return {
        definition.start
        for definition in side.definitions.values()
        if "." not in definition.name and not side.lines.lines[definition.start][:1].isspace()
    }


def _join_in(segment: _Segment, union: _Union, old: Side, new: Side, budget: int) -> int:
    """Join the edits of `segment` that need each other; what is left of the budget."""
    size = max(segment.old[1] - segment.old[0], segment.new[1] - segment.new[0])
    known: dict[bytes, bool] = {}

    def parses(chosen: set[int]) -> bool:
        nonlocal budget
        budget -= size
        text = b"".join(_mixed(segment, chosen, union, old, new))
        if text not in known:
            known[text] = is_python(text)
        return known[text]

    everything = {union.find(number) for number, _ in segment.parts}
    if not parses(set()) or not parses(everything):
        return budget
    while len(everything) > 1 and budget >= 0:
        needs = _touching(segment, union, new)
        broken = next(
            (
                number
                for number in sorted(everything)
                if not parses(_closed({number}, needs)) or not parses(everything - _users({number}, needs))
            ),
            None,
        )
        if broken is None:
            break
        others = sorted(everything - {broken}, key=lambda number: (abs(number - broken), number))
        for other in others:
            both = {broken, other}
            if parses(_closed(both, needs)) and parses(everything - _users(both, needs)):
                union.join(broken, other)
                break
        else:
            for other in others:
                union.join(broken, other)
        everything = {union.find(number) for number in everything}
    return budget


def _mixed(segment: _Segment, chosen: set[int], union: _Union, old: Side, new: Side) -> Iterator[bytes]:
    """The text of `segment` with the edits in `chosen` alone."""
    at = segment.old[0]
    for number, part in segment.parts:
        block = part.block
        yield old.slice(at, block.old_start)
        yield (
            new.slice(block.new_start, block.new_end)
            if union.find(number) in chosen
            else old.slice(block.old_start, block.old_end)
        )
        at = block.old_end
    yield old.slice(at, segment.old[1])


def _touching(segment: _Segment, union: _Union, new: Side) -> Mapping[int, set[int]]:
    """Edit → those before it in the same block, which it needs since it touches them.

    But for one that names what the edit defines: that needs the edit, so it comes after it.
    """
    needs: dict[int, set[int]] = defaultdict(set)
    before: dict[int, list[tuple[int, bytes]]] = defaultdict(list)
    for number, part in segment.parts:
        edit = union.find(number)
        name = part.symbol.rpartition(".")[2].encode()
        needs[edit] |= {other for other, text in before[part.number] if other != edit and not _names(name, text)}
        before[part.number].append((edit, new.slice(part.block.new_start, part.block.new_end)))
    return needs


def _names(name: bytes, text: bytes) -> bool:
    return bool(name) and re.search(rb"\b%b\b" % re.escape(name), text) is not None


def _closed(chosen: set[int], needs: Mapping[int, set[int]]) -> set[int]:
    closed = set(chosen)
    waiting = list(chosen)
    while waiting:
        for need in needs.get(waiting.pop(), set()) - closed:
            closed.add(need)
            waiting.append(need)
    return closed


def _users(chosen: set[int], needs: Mapping[int, set[int]]) -> set[int]:
    """`chosen` and all that needs something of it."""
    return {number for number in {*needs, *chosen} if _closed({number}, needs) & chosen}
