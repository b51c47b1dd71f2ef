"""Three-way merge by lines, as git's own (``xdiff/xmerge.c``).

Changes of both sides that overlap or touch are a clash, unless both made the same. A clash is then narrowed to the
lines in which the sides differ, and clashes with no more than three lines between them are joined.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from git_dagpatch.alignment.lines import Block, Lines, diff, lines_of, split_lines

_JOINED = 3
"""Clashes with at most so many equal lines between them are shown as one."""


@dataclass(frozen=True, slots=True)
class Agreed:
    """Lines about which there is no question."""

    text: bytes


@dataclass(frozen=True, slots=True)
class Clash:
    """Lines that each side changed otherwise."""

    base: bytes
    ours: bytes
    theirs: bytes
    theirs_start: int
    """Byte in the whole text of theirs at which its part begins."""


Part: TypeAlias = Agreed | Clash


def merge_lines(base: bytes, ours: bytes, theirs: bytes, *, narrow: bool = True) -> list[Part]:
    """The merge as parts, in order. Without `narrow` clashes stay whole, as the styles that show the base need them."""
    texts = lines_of(base), lines_of(ours), lines_of(theirs)
    parts: list[Part] = []
    positions = (0, 0, 0)
    for region in _regions(diff(base, ours), diff(base, theirs)):
        starts, ends = region
        parts.append(Agreed(_slice(texts[0], positions[0], starts[0])))
        sides = [_slice(text, start, end) for text, start, end in zip(texts, starts, ends, strict=True)]
        parts += _decide(sides[0], sides[1], sides[2], texts[2].starts[starts[2]], narrow)
        positions = ends
    parts.append(Agreed(_slice(texts[0], positions[0], len(texts[0].lines))))
    return _joined([part for part in parts if part != Agreed(b"")])


def _slice(text: Lines, start: int, end: int) -> bytes:
    return b"".join(text.lines[start:end])


_Triple = tuple[int, int, int]


def _regions(ours: Sequence[Block], theirs: Sequence[Block]) -> Iterator[tuple[_Triple, _Triple]]:
    """Line ranges (starts, ends) in base, ours and theirs where one side or both changed something."""
    waiting = sorted([(block, 0) for block in ours] + [(block, 1) for block in theirs])
    shifts = [0, 0]
    at = 0
    while at < len(waiting):
        start, end = waiting[at][0].old_start, waiting[at][0].old_end
        grown = [0, 0]
        last = at
        while last < len(waiting) and waiting[last][0].old_start <= end:
            block, side = waiting[last]
            end = max(end, block.old_end)
            grown[side] += block.new_end - block.new_start - (block.old_end - block.old_start)
            last += 1
        starts = (start, start + shifts[0], start + shifts[1])
        shifts = [shifts[0] + grown[0], shifts[1] + grown[1]]
        yield starts, (end, end + shifts[0], end + shifts[1])
        at = last


def _decide(base: bytes, ours: bytes, theirs: bytes, theirs_start: int, narrow: bool) -> Iterator[Part]:
    if ours == theirs or theirs == base:
        yield Agreed(ours)
    elif ours == base:
        yield Agreed(theirs)
    elif not narrow:
        yield Clash(base, ours, theirs, theirs_start)
    else:
        yield from _narrowed(base, ours, theirs, theirs_start)


def _narrowed(base: bytes, ours: bytes, theirs: bytes, theirs_start: int) -> Iterator[Part]:
    """A clash without the lines that both sides have. The base cannot be cut along: each part has the whole."""
    one, other = lines_of(ours), lines_of(theirs)
    position = 0
    for block in diff(ours, theirs):
        yield Agreed(_slice(one, position, block.old_start))
        yield Clash(
            base,
            _slice(one, block.old_start, block.old_end),
            _slice(other, block.new_start, block.new_end),
            theirs_start + other.starts[block.new_start],
        )
        position = block.old_end
    yield Agreed(_slice(one, position, len(one.lines)))


def _joined(parts: Sequence[Part]) -> list[Part]:
    joined: list[Part] = []
    for part in parts:
        if (
            isinstance(part, Clash)
            and len(joined) > 1
            and isinstance(between := joined[-1], Agreed)
            and isinstance(before := joined[-2], Clash)
            and len(split_lines(between.text)) <= _JOINED
            and before.theirs_start + len(before.theirs + between.text) == part.theirs_start
        ):
            joined[-2:] = [_join(before, between.text, part)]
        else:
            joined.append(part)
    return joined


def _join(before: Clash, between: bytes, after: Clash) -> Clash:
    base = before.base if before.base == after.base else before.base + between + after.base
    ours = before.ours + between + after.ours
    theirs = before.theirs + between + after.theirs
    return Clash(base, ours, theirs, before.theirs_start)
