"""The running text of a file as lines that keep their identity while others come and go."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from git_dagpatch.alignment.lines import split_lines
from git_dagpatch.model.effect import Span

END = -1
"""Stands for the end of the text where a row is asked for."""


class Change:
    """What several owners do to the rows of one file at once."""

    def __init__(self) -> None:
        self.removed: dict[int, int] = {}
        """Row → its remover."""
        self.inserted: dict[int, list[tuple[int, Sequence[int]]]] = defaultdict(list)
        """Row, or `END` → who puts which new rows before it, in order."""


class Rows:
    """A file's lines, by numbers that they keep."""

    def __init__(self, text: bytes) -> None:
        self._lines = split_lines(text)
        self.order = list(range(len(self._lines)))
        self._gone: set[int] = set()

    def standing(self, start: int, end: int) -> list[int]:
        """Which of the rows from `start` to `end` have not been removed."""
        return [row for row in range(start, end) if row not in self._gone]

    def text(self, rows: Sequence[int] | None = None) -> bytes:
        """The whole text, or that of some rows."""
        return b"".join([self._lines[row] for row in (self.order if rows is None else rows)])

    def bring(self, lines: Sequence[bytes]) -> list[int]:
        """Rows for new lines, which stand nowhere yet."""
        first = len(self._lines)
        self._lines += lines
        return list(range(first, len(self._lines)))

    def change(self, change: Change) -> Mapping[int, tuple[Span, ...]]:
        """Carry out `change`; what each owner does, as spans of the text before."""
        spans: dict[int, list[Span]] = defaultdict(list)
        order: list[int] = []
        offset = 0
        for row in [*self.order, END]:
            for owner, rows in change.inserted.get(row, ()):
                _extend(spans[owner], Span(offset, offset, self.text(rows)))
                order += rows
            if row == END:
                break
            size = len(self._lines[row])
            remover = change.removed.get(row)
            if remover is None:
                order.append(row)
            else:
                _extend(spans[remover], Span(offset, offset + size, b""))
            offset += size
        self.order = order
        self._gone.update(change.removed)
        return {owner: tuple(own) for owner, own in spans.items()}


def _extend(spans: list[Span], span: Span) -> None:
    """Add `span`, joined to the last one if they touch."""
    if spans and spans[-1].end == span.start:
        last = spans.pop()
        span = Span(last.start, span.end, last.insert + span.insert)
    spans.append(span)
