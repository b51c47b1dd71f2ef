"""Changed text as hunks of lines that stand beside each other, those that are alike told apart word by word."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from git_dagpatch.alignment.lines import Lines, diff, lines_of, split_lines, whole_lines
from git_dagpatch.alignment.words import compare_lines
from git_dagpatch.model import comparison
from git_dagpatch.model.comparison import RowKind
from git_dagpatch.model.effect import Span
from git_dagpatch.model.review import Hunk, Line, Place, Row, Segment

_UNENDED = b"\0"
"""Stands where the newline is missing while lines are compared."""


class Changed(NamedTuple):
    """A span, where it strikes, and whether it has to be read."""

    span: Span
    place: Place
    to_read: bool


class Around(NamedTuple):
    """What is shown around changes."""

    lines: int
    belongs: Callable[[int], bool] = lambda _: True
    """Whether a line of the text before, from 0, may stand at the edge of a hunk."""
    blank: bool = True
    """Whether one with nothing on it may."""


class _Window(NamedTuple):
    """Lines around changes that are near each other."""

    start: int
    end: int
    spans: list[Span]
    """Of whole lines."""


def hunks_of(
    text: bytes, changes: Sequence[Changed], around: Around, symbol_at: Callable[[int], str]
) -> Iterator[Hunk]:
    """The hunks of `changes`, which are in order. `symbol_at` tells what a line of `text`, from 0, belongs to."""
    lines = lines_of(text)
    context = around.lines
    whole = whole_lines(text, [change.span for change in changes])
    growth = at = 0
    for window in _windows(lines, whole, context):
        old = lines.lines[window.start : window.end]
        new = list(_executed(lines, window))
        inside = []
        while at < len(changes) and changes[at].span.start <= window.spans[-1].end:
            inside.append(changes[at])
            at += 1
        rows = tuple(_rows(old, new, window.start, window.start + growth))
        first = next((row.old.number for row in rows if row.old and not row.is_context), window.start + 1)
        for number, part in enumerate(_near(rows, context)):
            yield Hunk(
                place=inside[0].place,
                places=0 if number else len({change.place for change in inside}),
                symbol=symbol_at(first - 1),
                to_read=any(change.to_read for change in inside),
                rows=_trimmed(part, lines, around),
            )
        growth += len(new) - len(old)


def counts(text: bytes, spans: Sequence[Span]) -> tuple[int, int]:
    """How many lines of `text` the spans remove, and how many they add."""
    removed = added = 0
    for start, end, insert in whole_lines(text, spans):
        for block in diff(text[start:end], insert):
            removed += block.old_end - block.old_start
            added += block.new_end - block.new_start
    return removed, added


def _windows(lines: Lines, spans: Sequence[Span], context: int) -> list[_Window]:
    windows: list[_Window] = []
    for span in spans:
        start = max(0, lines.number_at(span.start) - context)
        end = min(len(lines.lines), lines.number_at(span.end) + context)
        if windows and windows[-1].end >= start:
            last = windows.pop()
            windows.append(_Window(last.start, end, [*last.spans, span]))
        else:
            windows.append(_Window(start, end, [span]))
    return windows


def _executed(lines: Lines, window: _Window) -> Iterator[bytes]:
    """The lines of `window` after its spans."""
    at = window.start
    for span in window.spans:
        start, end = lines.number_at(span.start), lines.number_at(span.end)
        yield from lines.lines[at:start]
        yield from split_lines(span.insert)
        at = end
    yield from lines.lines[at : window.end]


def _rows(old: Sequence[bytes], new: Sequence[bytes], old_start: int, new_start: int) -> Iterator[Row]:
    """Both texts beside each other; the lines are numbered from those given, which count from 0."""
    here, there = old_start, new_start
    one, other = ([_without_end(line) for line in lines] for lines in (old, new))
    for row in compare_lines(one, other, len(one) + len(other)):
        here += row.kind is not RowKind.NEW
        there += row.kind is not RowKind.OLD
        yield Row(
            None if row.kind is RowKind.NEW else _line(here, row, "-", old[here - old_start - 1]),
            None if row.kind is RowKind.OLD else _line(there, row, "+", new[there - new_start - 1]),
        )


def _without_end(line: bytes) -> bytes:
    return line[:-1] if line.endswith(b"\n") else line + _UNENDED


def _line(number: int, row: comparison.Row, mark: str, line: bytes) -> Line:
    """The side of a row whose own words bear `mark`. A line that stands alone is new or gone as a whole."""
    words = [word for word in row.words if word.mark in ("", mark)]
    ended = line.endswith(b"\n")
    if not ended:
        words[-1] = words[-1]._replace(text=words[-1].text.removesuffix(_UNENDED.decode()))
    return Line(number, tuple(Segment(word.text, bool(word.mark)) for word in words if word.text), ended)


def _trimmed(rows: Sequence[Row], lines: Lines, around: Around) -> tuple[Row, ...]:
    """The rows without those at both ends that tell nothing of the changes between them."""

    def tells(row: Row) -> bool:
        if row.old is None or not row.is_context:
            return True
        line = row.old.number - 1
        return (around.blank or bool(lines.lines[line].strip())) and around.belongs(line)

    telling = [number for number, row in enumerate(rows) if tells(row)]
    return tuple(rows[telling[0] : telling[-1] + 1]) if telling else tuple(rows)


def _near(rows: Sequence[Row], context: int) -> Iterator[tuple[Row, ...]]:
    """The runs of rows that are no further than `context` from one that changes."""
    changed = [number for number, row in enumerate(rows) if not row.is_context]
    shown = {near for number in changed for near in range(number - context, number + context + 1)}
    for is_shown, group in groupby(enumerate(rows), key=lambda item: item[0] in shown):
        if is_shown:
            yield tuple(row for _, row in group)
