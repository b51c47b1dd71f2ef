"""Changed lines of all files together, and which words differ in them."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from git_dagpatch.alignment.lines import Block, Lines, diff, lines_of
from git_dagpatch.alignment.tokens import token_diff
from git_dagpatch.alignment.vocabulary import NAME, words_of
from git_dagpatch.discovery.unfinished import Unfinished
from git_dagpatch.model.effect import Span

log = logging.getLogger(__name__)

MAX_TOKENS = 200_000
"""Words of changed lines of one commit, beyond which no patterns are looked for."""
MAX_UNIT = 2_000
"""Words of one block of changed lines, beyond which it is left alone."""


class Unit(NamedTuple):
    """Lines of one file that changed together."""

    file: int
    start: int
    """Byte of the file at which the old lines start."""
    old: Sequence[bytes]
    """Words, white space, line ends and single other characters."""
    new: Sequence[bytes]
    lines: int
    """How many were removed and added."""
    only_comes: bool
    """Whether the old side is no more than the line by which the place of new ones is told."""
    blocks: Sequence[Block]
    """Which of the words differ."""

    def span(self, part: Part) -> Span:
        """What `part` replaces, in bytes of the old side."""
        start = sum(map(len, self.old[: part.old_start]))
        end = start + sum(map(len, self.old[part.old_start : part.old_end]))
        return Span(start, end, b"".join(self.new[part.new_start : part.new_end]))


class Part(NamedTuple):
    """Words of a unit's old side, and what they become."""

    unit: int
    old_start: int
    old_end: int
    new_start: int
    new_end: int
    blocks: tuple[int, ...]
    """Numbers of the unit's blocks that are explained by it."""


def changed_units(unfinished: Sequence[Unfinished]) -> list[Unit]:
    """The changed lines of all files; none if they are too many."""
    units: list[Unit] = []
    budget = MAX_TOKENS
    for number, file in enumerate(unfinished):
        if not file.has_layout or not file.now or not file.wanted:
            continue
        old, new = lines_of(file.now), lines_of(file.wanted)
        for block in diff(file.now, file.wanted):
            for part in _by_line(block):
                unit = _unit(number, part, old, new)
                if unit is not None:
                    budget -= len(unit.old) + len(unit.new)
                    units.append(unit)
                if budget < 0:
                    log.debug("patterns: more than %d words changed, so none are looked for", MAX_TOKENS)
                    return []
    return units


def _by_line(block: Block) -> Iterator[Block]:
    """Line by line where as many come as go; else the whole."""
    old, old_end, new, new_end = block
    if old_end - old != new_end - new:
        yield block
        return
    for offset in range(old_end - old):
        yield Block(old + offset, old + offset + 1, new + offset, new + offset + 1)


def _unit(file: int, block: Block, old: Lines, new: Lines) -> Unit | None:
    before = b"".join(old.lines[block.old_start : block.old_end])
    after = b"".join(new.lines[block.new_start : block.new_end])
    if before == after:
        return None
    lines = block.size
    start = old.starts[block.old_start]
    only_comes = not before
    if only_comes:
        # What only comes is told by the line above, or the one below.
        above = old.lines[block.old_start - 1] if block.old_start else b""
        if NAME.search(above):
            before, after, start = above, above + after, start - len(above)
        elif block.old_start < len(old.lines):
            below = old.lines[block.old_start]
            before, after = below, after + below
    words, others = words_of(before), words_of(after)
    if not 0 < len(words) + len(others) <= MAX_UNIT:
        return None
    return Unit(file, start, words, others, lines, only_comes, _blocks(words, others))


def _blocks(old: Sequence[bytes], new: Sequence[bytes]) -> list[Block]:
    """Which words differ."""
    first = 0
    shorter = min(len(old), len(new))
    while first < shorter and old[first] == new[first]:
        first += 1
    last = 0
    while last < shorter - first and old[-1 - last] == new[-1 - last]:
        last += 1
    middle, other = old[first : len(old) - last], new[first : len(new) - last]
    if not middle or not other or set(middle).isdisjoint(other):
        found = [Block(first, len(old) - last, first, len(new) - last)]
    else:
        found = [
            Block(first + block.old_start, first + block.old_end, first + block.new_start, first + block.new_end)
            for block in token_diff(middle, other)
        ]
    ends = [*(block.old_start for block in found[1:]), len(old)]
    return [_late(block, old, new, end) for block, end in zip(found, ends, strict=True)]


def _late(block: Block, old: Sequence[bytes], new: Sequence[bytes], end: int) -> Block:
    """`block`, if it only comes or only goes, as late on its line as it can stand: behind a bracket, not before it."""
    start, stop, new_start, new_stop = block
    if start != stop and new_start != new_stop:
        return block
    words, at, after = (new, new_start, new_stop) if start == stop else (old, start, stop)
    shift = 0
    while stop + shift < end and words[at + shift] == words[after + shift] and not words[at + shift].endswith(b"\n"):
        shift += 1
    return Block(start + shift, stop + shift, new_start + shift, new_stop + shift)
