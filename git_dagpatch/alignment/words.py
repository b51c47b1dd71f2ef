"""Two texts compared line by line, and lines that are much alike word by word."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from rapidfuzz.distance import Indel

from git_dagpatch.alignment.lines import diff
from git_dagpatch.alignment.tokens import token_diff
from git_dagpatch.model.comparison import Row, RowKind, Word

_WORD = re.compile(r"\w+|\s+|[^\w\s]")
_ALIKE = 0.5
"""The least likeness of two lines that are told apart word by word."""
_LONG = 20_000
"""Bytes of a text beyond which only its start tells how like another one it is."""
_MANY = 200
"""Lines of a block that are looked through for one that is like another."""


def likeness(old: bytes, new: bytes, least: float = 0.0) -> float:
    """How much alike two texts are, from 0 to 1: twice their longest common subsequence by the length of both.

    0 also of those that are less alike than `least`, which is found out sooner.
    """
    return Indel.normalized_similarity(old[:_LONG], new[:_LONG], score_cutoff=least)


def compare_lines(old: Sequence[bytes], new: Sequence[bytes], context: int) -> list[Row]:
    """The lines, without line ends, that differ, and of the others `context` on each side; how many there are else."""
    rows: list[Row] = []
    at_old = 0
    for block in diff(_joined(old), _joined(new)):
        rows += (_whole(RowKind.BOTH, line) for line in old[at_old : block.old_start])
        rows += _block(old[block.old_start : block.old_end], new[block.new_start : block.new_end])
        at_old = block.old_end
    rows += (_whole(RowKind.BOTH, line) for line in old[at_old:])
    return list(_near(rows, context))


def differ(row: Row) -> bool:
    """Whether the row shows a difference."""
    return row.kind is not RowKind.BOTH or any(word.mark for word in row.words)


def words_of(old: bytes, new: bytes) -> tuple[Word, ...]:
    """`old` and `new` as one line."""
    one, other = (_WORD.findall(line.decode(errors="replace")) for line in (old, new))
    words: list[Word] = []
    at = 0
    for block in token_diff(*([piece.encode() for piece in pieces] for pieces in (one, other))):
        words += _words("", one[at : block.old_start])
        words += _words("-", one[block.old_start : block.old_end])
        words += _words("+", other[block.new_start : block.new_end])
        at = block.old_end
    return (*words, *_words("", one[at:]))


def _words(mark: str, pieces: Sequence[str]) -> list[Word]:
    return [Word(mark, "".join(pieces))] if pieces else []


def _joined(lines: Sequence[bytes]) -> bytes:
    return b"".join(line + b"\n" for line in lines)


def _whole(kind: RowKind, line: bytes) -> Row:
    return Row(kind, (Word("", line.decode(errors="replace")),))


def _block(old: Sequence[bytes], new: Sequence[bytes]) -> Iterator[Row]:
    """Lines that were replaced: those that are alike in one row, in the order of both."""
    at = 0
    for line in old:
        found = _alike(line, new, at)
        if found is None:
            yield _whole(RowKind.OLD, line)
            continue
        yield from (_whole(RowKind.NEW, other) for other in new[at:found])
        yield Row(RowKind.BOTH, words_of(line, new[found]))
        at = found + 1
    yield from (_whole(RowKind.NEW, line) for line in new[at:])


def _alike(line: bytes, others: Sequence[bytes], start: int) -> int | None:
    best, place = _ALIKE, None
    for number, other in enumerate(others[start : start + _MANY], start):
        # What a line of a diff starts with says whether it comes or goes.
        found = likeness(line.strip(), other.strip(), best) if line[:1] == other[:1] and line.strip() else 0.0
        if found > best:
            best, place = found, number
    return place


def _near(rows: Sequence[Row], context: int) -> Iterator[Row]:
    changed = [number for number, row in enumerate(rows) if differ(row)]
    shown = {near for number in changed for near in range(number - context, number + context + 1)}
    for is_shown, group in groupby(enumerate(rows), key=lambda item: item[0] in shown):
        found = [row for _, row in group]
        if is_shown:
            yield from found
        else:
            yield Row(RowKind.SKIPPED, (Word("", str(len(found))),))
