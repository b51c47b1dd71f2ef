"""One operation with what it changes, word by word, for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from git_dagpatch.model.comparison import Row, RowKind
from git_dagpatch.model.operation import Operation
from git_dagpatch.model.text import safe
from git_dagpatch.report.patch import Style
from git_dagpatch.report.range_diff import words

_SHOWN = 100
"""Lines that are shown of one operation."""


def operation_lines(
    operation: Operation, files: Sequence[tuple[str, str, Sequence[Row]]], style: Style
) -> Iterator[str]:
    """The operation's kind and description, then for each file its path, what becomes of it, and the lines."""
    yield f"{style(operation.type, 'kind')}  {safe(operation.description or '')}".rstrip()
    lines = [line for path, what, rows in files for line in _file(path, what, rows, style)]
    yield from lines[:_SHOWN]
    if len(lines) > _SHOWN:
        yield style(f"… {len(lines) - _SHOWN:,} more lines", "quiet")


def _file(path: str, what: str, rows: Sequence[Row], style: Style) -> Iterator[str]:
    yield style(f"@ {safe(path)}{f'  {what}' if what else ''}", "place")
    for row in rows:
        if row.kind is RowKind.SKIPPED:
            yield style("  …", "quiet")
        elif row.kind is RowKind.BOTH:
            changed = any(word.mark for word in row.words)
            yield f"{'~' if changed else ' '} {words(row, style)}".rstrip()
        else:
            mark, look = ("-", "removed") if row.kind is RowKind.OLD else ("+", "added")
            yield style(f"{mark} {safe(row.words[0].text)}".rstrip(), look)
