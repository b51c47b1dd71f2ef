"""Where in the trees of a patch the bytes are that one of its operations changes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from git_dagpatch.alignment.lines import Lines, lines_of, whole_lines
from git_dagpatch.engine.lineage import Lineages, Passage
from git_dagpatch.model.effect import Span
from git_dagpatch.model.paths import encode
from git_dagpatch.model.review import Place, Side


class Places:
    """The files of a patch, from base to result."""

    def __init__(self, lineages: Lineages, everything: int) -> None:
        self._lineages = lineages
        self._everything = everything
        self._lines: dict[tuple[int, int], Lines] = {}
        """Lineage and end → its text there, as lines."""

    def of_spans(self, path: bytes, before: int, after: int, spans: Sequence[Span]) -> Iterator[Place]:
        """Where each of `spans` strikes that lead from the state `before`, with a file at `path`, to `after`.

        In the result, but for lines that only go, and for a file that the result does not have. Blank lines that lead a
        change are passed over.
        """
        passage = self._lineages.standing(path, before)
        result, base = self._way(passage, after, self._everything), self._way(passage, before, 0)
        text = self._lineages.read(path, before)
        growth = 0
        for span in spans:
            gone = span.start < span.end and not whole_lines(text, (span,))[0].insert
            where = span.start + _blank(text[span.start : span.end] if gone else span.insert)
            if base is not None and (gone or result is None):
                yield Place(base.path, base.line(where if gone else span.start), Side.BASE)
            elif result is not None:
                yield Place(result.path, result.line(where + growth), Side.RESULT)
            else:
                # An operation brought the file, and another one took it away.
                yield Place(encode(path), lines_of(text).number_at(span.start) + 1, Side.BASE)
            growth += span.growth

    def of_file(self, path: bytes, state: int, side: Side) -> Place:
        """The start of the file that stands at `path` in `state`: on that side, if it is there."""
        passage = self._lineages.standing(path, state)
        ends = {Side.BASE: 0, Side.RESULT: self._everything}
        for one in (side, *Side):
            found = self._lineages.path_of(passage, ends[one])
            if found is not None:
                return Place(encode(found), 1, one)
        return Place(encode(path), 1, side)

    def _way(self, passage: Passage, state: int, end: int) -> _Way | None:
        """From `state` to `end`; None if the file does not stand there."""
        path = self._lineages.path_of(passage, end)
        if path is None:
            return None
        key = id(passage.lineage), end
        if key not in self._lines:
            self._lines[key] = lines_of(self._lineages.text_of(passage, end))
        return _Way(encode(path), self._lines[key], self._lineages, passage, state, end)


def _blank(text: bytes) -> int:
    """The bytes of the blank lines that a text starts with, none if it is nothing else."""
    lead = len(text) - len(text.lstrip())
    return text.rfind(b"\n", 0, lead) + 1 if lead < len(text) else 0


class _Way(NamedTuple):
    """How positions in one state of a file become lines in another one."""

    path: str
    lines: Lines
    lineages: Lineages
    passage: Passage
    state: int
    end: int

    def line(self, position: int) -> int:
        """The line, from 1, at which the byte `position` of the first text stands in the second, or stood last."""
        there = self.lineages.follow(self.passage, position, self.state, self.end)
        return min(self.lines.number_at(there), max(len(self.lines.lines) - 1, 0)) + 1
