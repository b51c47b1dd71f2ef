"""The text of one file through many operations: every piece that ever stood in it, and who brought and removed it.

A weave (the structure of SCCS, and of patch theory's graphs of lines) holds the text under any set of operations at
once: a piece is visible if the operation that brought it is in the set, and none that removed it is. So operations
that do not need each other are executed in no order at all, and an operation is expressed in any state by reading its
pieces off there.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from git_dagpatch.model.dag import members
from git_dagpatch.model.effect import Span
from git_dagpatch.model.errors import WrongBase

ORIGINAL = -1
"""The bringer of the text that stood there before any operation."""

_NEVER = 1 << 62
_NEIGHBOURS = 1000
"""How far `_contacts` looks back through removals that touch each other."""
_RUN = 32
"""Pieces that are read together."""
_READINGS = 8
"""States of which is kept what a run of pieces reads in them."""


class _Piece(NamedTuple):
    text: bytes
    """The whole text that the piece is a part of, so that cutting copies nothing."""
    start: int
    end: int
    bringer: int
    removers: int
    """Mask of the operations that removed it."""

    def visible(self, state: int) -> bool:
        return not self.removers & state and (self.bringer < 0 or bool(state >> self.bringer & 1))

    def cut(self, at: int) -> tuple[_Piece, _Piece]:
        return self._replace(end=self.start + at), self._replace(start=self.start + at)


class _Run:
    """Pieces that follow each other: what does not differ between two states is read once, and passed over as one."""

    def __init__(self, pieces: Sequence[_Piece]) -> None:
        self.pieces = pieces
        self.owners = 0
        """Mask of the operations that brought or removed a part of it; in other respects states are no matter to it."""
        for piece in pieces:
            self.owners |= piece.removers | (1 << piece.bringer if piece.bringer >= 0 else 0)
        self._readings: dict[int, bytes] = {}

    def text(self, state: int) -> bytes:
        key = state & self.owners
        text = self._readings.get(key)
        if text is None:
            if len(self._readings) == _READINGS:
                self._readings.clear()
            text = self._readings[key] = _read(self.pieces, state)
        return text


def _read(pieces: Sequence[_Piece], state: int) -> bytes:
    return b"".join(p.text[p.start : p.end] for p in pieces if p.visible(state))


class Weave:
    """One file's text. States are masks of operations; positions are bytes in the text of a state."""

    def __init__(self, text: bytes, bringer: int = ORIGINAL) -> None:
        self._pieces = [_Piece(text, 0, len(text), bringer, 0)] if text else []
        self._cut: list[_Run] | None = None

    def text(self, state: int) -> bytes:
        """The text in `state`."""
        if len(self._pieces) <= _RUN:
            return _read(self._pieces, state)
        return b"".join([run.text(state) for run in self._runs()])

    def _runs(self) -> list[_Run]:
        if self._cut is None:
            self._cut = [_Run(self._pieces[at : at + _RUN]) for at in range(0, len(self._pieces), _RUN)]
        return self._cut

    def add(self, changes: Sequence[tuple[int, Iterable[Span]]], state: int) -> dict[int, int]:
        """Take in operations whose spans are all expressed in `state`; spans of different operations may touch.

        Returns, per operation, the mask of those whose pieces its spans overlap or touch. Raises WrongBase where
        spans overlap or lie outside the text.
        """
        spans = sorted(((s.start, s.end, number, s.insert) for number, own in changes for s in own), key=_place)
        touched = _contacts(spans)
        self._touch(spans, state, touched)
        self._insert(spans, state)
        return touched

    def _touch(self, spans: Sequence[_Placed], state: int, touched: dict[int, int]) -> None:
        ends = [end for _, end, _, _ in spans]
        offset = 0
        for piece in self._pieces:
            start = offset
            if piece.visible(state):
                offset += piece.end - piece.start
            if piece.bringer < 0 and not piece.removers:
                continue
            owners = piece.removers | (1 << piece.bringer if piece.bringer >= 0 else 0)
            at = bisect_left(ends, start)
            while at < len(spans) and spans[at][0] <= offset:
                touched[spans[at][2]] |= owners
                at += 1

    def _insert(self, spans: Sequence[_Placed], state: int) -> None:
        woven: list[_Piece] = []
        waiting = self._pieces[::-1]
        offset = 0

        def advance(target: int, remover: int) -> None:
            nonlocal offset
            while offset < target:
                if not waiting:
                    raise WrongBase(f"A change lies at byte {target}, beyond the text's {offset}.")
                piece = waiting.pop()
                if piece.visible(state):
                    if piece.end - piece.start > target - offset:
                        piece, rest = piece.cut(target - offset)
                        waiting.append(rest)
                    offset += piece.end - piece.start
                    piece = piece._replace(removers=piece.removers | remover)
                woven.append(piece)

        for start, end, number, insert in spans:
            if start < 0 or end < start:
                raise WrongBase(f"A change covers the bytes {start} to {end}, which is no range.")
            advance(start, 0)
            if insert:
                woven.append(_Piece(insert, 0, len(insert), number, 0))
            advance(end, 1 << number)
        woven.extend(reversed(waiting))
        self._pieces = woven
        self._cut = None

    def express(self, wanted: int, state: int) -> dict[int, list[Span]]:
        """Per operation of the mask `wanted`, its spans in `state`, which leaves it out."""
        starts: dict[int, list[int]] = defaultdict(list)
        ends: dict[int, list[int]] = defaultdict(list)
        inserts: dict[int, list[list[bytes]]] = defaultdict(list)
        offset = 0

        def note(number: int, start: int, end: int, insert: bytes) -> None:
            if ends[number] and ends[number][-1] == start:
                ends[number][-1] = end
                inserts[number][-1].append(insert)
            else:
                starts[number].append(start)
                ends[number].append(end)
                inserts[number].append([insert])

        for run in self._runs():
            if not run.owners & wanted:
                offset += len(run.text(state))
                continue
            for piece in run.pieces:
                size = piece.end - piece.start
                if piece.bringer >= 0 and wanted >> piece.bringer & 1:
                    if not piece.removers & state:
                        note(piece.bringer, offset, offset, piece.text[piece.start : piece.end])
                    continue
                if piece.visible(state):
                    for number in members(piece.removers & wanted):
                        note(number, offset, offset + size, b"")
                    offset += size
        return {
            number: [
                Span(start, end, b"".join(parts))
                for start, end, parts in zip(starts[number], ends[number], inserts[number], strict=True)
            ]
            for number in starts
        }

    def brought(self, state: int) -> list[tuple[int, int, int]]:
        """Start, end and operation of each piece of the text in `state` that an operation brought."""
        found = []
        offset = 0
        for piece in self._pieces:
            if piece.visible(state):
                end = offset + piece.end - piece.start
                if piece.bringer >= 0:
                    found.append((offset, end, piece.bringer))
                offset = end
        return found

    def authors(self, start: int, end: int, state: int) -> int:
        """Mask of the operations that brought or removed what lies between two bytes of the text in `state`."""
        mask = offset = 0
        for run in self._runs():
            length = len(run.text(state))
            if offset + length < start or not run.owners & state:
                offset += length
                continue
            if offset > end:
                break
            for piece in run.pieces:
                if offset > end:
                    break
                size = piece.end - piece.start if piece.visible(state) else 0
                if offset + size >= start and (size == 0 or (offset < end and offset + size > start)):
                    mask |= piece.removers | (1 << piece.bringer if piece.bringer >= 0 else 0)
                offset += size
        return mask & state

    def undo(self, number: int, state: int) -> list[Span]:
        """The spans that take operation `number` out of `state`, which holds it and none that needs it."""
        return self.change(state, state & ~(1 << number))

    def undo_each(self, wanted: int, state: int) -> dict[int, list[Span]]:
        """The spans that take each operation of the mask `wanted` out of `state`, and none of the others.

        None of them may need another one, and nothing in `state` any of them.
        """
        found: dict[int, list[Span]] = defaultdict(list)
        offset = 0
        for piece in self._pieces:
            size = piece.end - piece.start
            removers = piece.removers & state
            if not removers:
                if not _holds(state, piece.bringer):
                    continue
                if piece.bringer >= 0 and wanted >> piece.bringer & 1:
                    _extend(found[piece.bringer], Span(offset, offset + size, b""))
                offset += size
            elif removers & wanted and not removers & (removers - 1) and _holds(state, piece.bringer):
                text = piece.text[piece.start : piece.end]
                _extend(found[removers.bit_length() - 1], Span(offset, offset, text))
        return found

    def change(self, before: int, after: int) -> list[Span]:
        """The spans that turn the text in the state `before` into the text in the state `after`."""
        spans: list[Span] = []
        offset = 0
        for run in self._runs():
            if not run.owners & (before ^ after):
                offset += len(run.text(before))
                continue
            for piece in run.pieces:
                here, there = piece.visible(before), piece.visible(after)
                size = piece.end - piece.start
                if here != there:
                    end = offset + size if here else offset
                    insert = b"" if here else piece.text[piece.start : piece.end]
                    _extend(spans, Span(offset, end, insert))
                offset += size * here
        return spans

    def follow(self, position: int, before: int, after: int) -> int:
        """Where the byte `position` of the text in the state `before` stands in the text in `after`, or stood last.

        What is gone stood where the change begins that took it.
        """
        here = there = 0
        runs = self._runs()
        for number, run in enumerate(runs):
            length = len(run.text(before))
            if here + length > position:
                brought = _brought_last(runs[:number], before, after)
                break
            here, there = here + length, there + len(run.text(after))
        else:
            return there
        for piece in run.pieces:
            size = piece.end - piece.start
            stands, stays = piece.visible(before), piece.visible(after)
            if stands and here + size > position:
                return there + position - here if stays else there - brought
            here, there = here + size * stands, there + size * stays
            brought = 0 if stands and stays else brought + size * stays
        raise AssertionError("The position lies in the run.")


def _brought_last(runs: Sequence[_Run], before: int, after: int) -> int:
    """The bytes at the end of the text in `after` of `runs` that follow all that stands in `before`, too."""
    brought = 0
    for run in reversed(runs):
        for piece in reversed(run.pieces):
            stays = piece.visible(after)
            if stays and piece.visible(before):
                return brought
            brought += (piece.end - piece.start) * stays
    return brought


def _holds(state: int, bringer: int) -> bool:
    return bringer < 0 or bool(state >> bringer & 1)


def _extend(spans: list[Span], more: Span) -> None:
    """Put `more` behind `spans`, or into the last one where they touch."""
    if spans and spans[-1].end == more.start:
        last = spans.pop()
        more = Span(last.start, more.end, last.insert + more.insert)
    spans.append(more)


_Placed = tuple[int, int, int, bytes]
"""Start, end, operation, insert."""


def _place(span: _Placed) -> tuple[int, int]:
    return span[0], span[1]


def _contacts(spans: Sequence[_Placed]) -> dict[int, int]:
    """Per operation, the mask of earlier ones whose spans in the same state touch its own.

    Two spans touch if nothing is left between them when the later one is executed: what stood there was removed before,
    and what is inserted there comes after.
    """
    touched: dict[int, int] = defaultdict(int)
    for at, (start, _, number, _) in enumerate(spans):
        if at and spans[at - 1][1] > start:
            raise WrongBase("Two changes of one text overlap.", cause=f"Both cover byte {start}.")
        edge, removed, inserted = start, -1, _NEVER
        for other_start, other_end, other, insert in reversed(spans[max(0, at - _NEIGHBOURS) : at]):
            if other_end != edge:
                break
            if other != number and removed < max(number, other) < inserted:
                touched[max(number, other)] |= 1 << min(number, other)
            if insert and other_start < other_end:
                break
            if insert:
                inserted = min(inserted, other)
            else:
                removed = max(removed, other)
            edge = other_start
    return touched
