"""What became of the conflicts that a merge left in a file: which stand as they were, and what was made of others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct

from git_dagpatch.alignment.lines import Block, count_lines, diff, split_lines
from git_dagpatch.merging.marked import Piece, markers
from git_dagpatch.model.conflict import Marked, State


class Stand(Struct, frozen=True):
    """A conflict as the merge left it, and the lines that stand in its place now (from 0, end exclusive)."""

    conflict: Marked
    state: State
    start: int
    end: int


class Standing(Struct, frozen=True):
    """A file now, beside what the merge left."""

    stands: tuple[Stand, ...]
    stray: tuple[int, ...]
    """Lines, from 1, that look like markers, are part of no conflict that stands, and were no text of the merge."""

    @property
    def is_decided(self) -> bool:
        """Whether no conflict and no marker is left."""
        return not self.stray and all(stand.state is State.DECIDED for stand in self.stands)


def standing(left: Sequence[Piece], now: bytes, size: int) -> Standing:
    """What became of `left` in the text `now`, whose markers have `size` characters."""
    before = b"".join(part.text if isinstance(part, Marked) else part for part in left)
    blocks = diff(before, now, by_indent=False)
    lines = split_lines(now)
    stands = []
    for conflict in left:
        if not isinstance(conflict, Marked):
            continue
        touching = _touching(blocks, conflict.first_line - 1, conflict.last_line)
        start, end = _now(blocks, touching, conflict)
        made = lines[start:end]
        if not touching:
            state = State.WAITS
        elif b"".join(made) in _decisions(conflict) or not _marked(made, size):
            state = State.DECIDED
        else:
            state = State.EDITED
        stands.append(Stand(conflict, state, start, end))
    return Standing(tuple(stands), tuple(_stray(blocks, lines, stands, size)))


def _marked(lines: Sequence[bytes], size: int) -> bool:
    return next(markers(lines, size), None) is not None


def _decisions(conflict: Marked) -> set[bytes]:
    """What stands in the place of a conflict that was decided for one side or both."""
    return {conflict.ours, conflict.theirs, conflict.ours + conflict.theirs}


def _touching(blocks: Sequence[Block], start: int, end: int) -> list[Block]:
    """The blocks that change lines from `start` to `end`, or put something between them."""
    return [block for block in blocks if block.old_start < end and block.old_end > start]


def _now(blocks: Sequence[Block], touching: Sequence[Block], conflict: Marked) -> tuple[int, int]:
    """The lines now that a conflict became, with those around it that changed along with it."""
    start, end = conflict.first_line - 1, conflict.last_line
    if touching:
        first, last = touching[0], touching[-1]
        start_now = first.new_start - max(first.old_start - start, 0)
        end_now = last.new_end + max(end - last.old_end, 0)
        return start_now, end_now
    shift = sum(
        block.new_end - block.new_start - (block.old_end - block.old_start)
        for block in blocks
        if block.old_end <= start
    )
    return start + shift, end + shift


def _stray(blocks: Sequence[Block], lines: Sequence[bytes], stands: Sequence[Stand], size: int) -> Iterator[int]:
    """Lines that look like markers and came since the merge, outside of what a conflict became."""
    for block in blocks:
        for number in markers(lines[block.new_start : block.new_end], size):
            place = block.new_start + number
            if not any(stand.start <= place < stand.end for stand in stands):
                yield place + 1


def places_in(parts: Sequence[Piece], version: bytes, side: str) -> list[tuple[int, int] | None]:
    """For each conflict of `parts`: which lines of `version` (from 0, end exclusive) it has as its `ours` or `theirs`.

    None where they do not stand there one below the other.
    """
    chosen = b"".join(getattr(part, side) if isinstance(part, Marked) else part for part in parts)
    # A last line that has no end in the version has one between markers.
    blocks = diff(chosen, version + b"\n" if version and not version.endswith(b"\n") else version, by_indent=False)
    found: list[tuple[int, int] | None] = []
    line = 0
    for part in parts:
        count = count_lines(getattr(part, side) if isinstance(part, Marked) else part)
        if isinstance(part, Marked):
            found.append(_same(blocks, line, line + count))
        line += count
    return found


def _same(blocks: Sequence[Block], start: int, end: int) -> tuple[int, int] | None:
    if any(block.old_start < end and block.old_end > start for block in blocks):
        return None
    shift = sum(
        block.new_end - block.new_start - (block.old_end - block.old_start)
        for block in blocks
        if block.old_end <= start
    )
    return start + shift, end + shift
