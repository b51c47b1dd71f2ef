"""Lines of two texts aligned by libgit2's diff (Myers, with git's indent heuristic), and lines found again in one."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from functools import cached_property, lru_cache
from itertools import accumulate
from typing import NamedTuple

import pygit2
from pygit2.enums import DiffOption

from git_dagpatch.model.effect import Span


class Block(NamedTuple):
    """Lines `old_start` to `old_end` (from 0, exclusive) became lines `new_start` to `new_end`."""

    old_start: int
    old_end: int
    new_start: int
    new_end: int

    @property
    def size(self) -> int:
        """Removed and added lines."""
        return self.old_end - self.old_start + self.new_end - self.new_start


def split_lines(text: bytes) -> list[bytes]:
    """The lines of `text` with their ends. Only a line feed ends a line, as in git."""
    if b"\r" not in text:
        return text.splitlines(keepends=True)
    *lines, rest = text.split(b"\n")
    whole = [line + b"\n" for line in lines]
    return [*whole, rest] if rest else whole


def count_lines(text: bytes) -> int:
    """How many lines `text` has; a last one without its end counts."""
    return text.count(b"\n") + (bool(text) and not text.endswith(b"\n"))


def diff(old: bytes, new: bytes, *, by_indent: bool = True) -> list[Block]:
    """The blocks of lines in which `new` differs from `old`, in order, none touching another.

    Where a block could stand in several places, the indentation chooses one, as in what git shows; without
    `by_indent` it is the last, as in what git merges.
    """
    return list(_diff(old, new, by_indent))


@lru_cache(maxsize=64)
def _diff(old: bytes, new: bytes, by_indent: bool) -> tuple[Block, ...]:
    """The same, kept: several stages ask for it of the same texts."""
    flags = DiffOption.FORCE_TEXT | (DiffOption.INDENT_HEURISTIC if by_indent else DiffOption.NORMAL)
    patch = pygit2.Patch.create_from(old, new, flag=flags, context_lines=0, interhunk_lines=0)
    return tuple(_block(hunk) for hunk in patch.hunks)


def _block(hunk: pygit2.DiffHunk) -> Block:
    # A side without lines names the line before it, counted from 1.
    old = hunk.old_start - (hunk.old_lines > 0)
    new = hunk.new_start - (hunk.new_lines > 0)
    return Block(old, old + hunk.old_lines, new, new + hunk.new_lines)


def distance(old: bytes, new: bytes) -> int:
    """Removed and added lines between two texts."""
    return sum(block.size for block in diff(old, new))


def whole_lines(text: bytes, spans: Sequence[Span]) -> tuple[Span, ...]:
    """Spans with the same effect on `text` that cover whole lines; those that meet then are one."""
    widened: list[Span] = []
    for start, end, insert in spans:
        first = text.rfind(b"\n", 0, start) + 1
        if widened and widened[-1].end >= first:
            before = widened.pop()
            # What `before` kept of its last line, up to where this span starts, it has at the end of its insert.
            surplus = before.end - start
            head = before.insert[:-surplus] if surplus > 0 else before.insert + text[before.end : start]
            first, new = before.start, head + insert
        else:
            new = text[first:start] + insert
        aligned = end == 0 or text[end - 1 : end] == b"\n"
        last = end if aligned and (not new or new.endswith(b"\n")) else text.find(b"\n", end) + 1 or len(text)
        widened.append(Span(first, last, new + text[end:last]))
    return tuple(widened)


class Lines:
    """A text as lines that can be found by number, by position and by content."""

    def __init__(self, text: bytes) -> None:
        self.lines = split_lines(text)
        self.starts = [0, *accumulate(map(len, self.lines))]
        """Byte at which each line starts; one more for the end."""

    def number_at(self, position: int) -> int:
        """The line, from 0, that starts at or covers the byte `position`."""
        return (
            bisect_right(self.starts, position, hi=max(len(self.lines), 1)) - 1
            if position < self.starts[-1]
            else len(self.lines)
        )

    @cached_property
    def _places(self) -> dict[bytes, list[int]]:
        places: dict[bytes, list[int]] = defaultdict(list)
        for number, line in enumerate(self.lines):
            places[line].append(number)
        return places

    def stands_once(self, start: int, end: int, effort: int = 200) -> bool:
        """Whether the lines from `start` to `end` (exclusive) stand nowhere else in the text.

        False also where even the rarest of them stands in more than `effort` places.
        """
        rarest = min(range(start, end), key=lambda number: len(self._places[self.lines[number]]), default=None)
        if rarest is None:
            return not self.lines
        places = self._places[self.lines[rarest]]
        if len(places) > effort:
            return False
        wanted = self.lines[start:end]
        return not any(
            place != rarest
            and place >= rarest - start
            and self.lines[place - rarest + start : place - rarest + end] == wanted
            for place in places
        )


@lru_cache(maxsize=32)
def lines_of(text: bytes) -> Lines:
    """`text` as lines; the last few texts are kept."""
    return Lines(text)
