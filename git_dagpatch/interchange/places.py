"""Where the hunks of a diff fit in a text: at their own lines, or at one other place. Never nearly.

As with ``git apply``, every line of a hunk has to match; a hunk that starts at line 1 fits at the start of the text
only, and one that shows no line below its last change at the end only. So one without any context fits nowhere, unless
it is the whole text.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import NamedTuple

from msgspec import Struct

from git_dagpatch.alignment.lines import count_lines, lines_of, split_lines
from git_dagpatch.interchange.changes import Hunk, malformed
from git_dagpatch.model.effect import Span, rewrite

Places = Sequence[int]
"""For each hunk the byte at which its old lines start. They are in order and apart."""


class Fit(Struct, frozen=True):
    """The only way in which the hunks fit."""

    places: Places


class Misfit(Struct, frozen=True):
    """`hunk` fits nowhere after those before it, which are given with their places."""

    hunk: Hunk
    before: Sequence[tuple[Hunk, int]]


class Choice(Struct, frozen=True):
    """`hunk` fits at two places at least, so which is meant cannot be told."""

    hunk: Hunk
    first: int
    last: int


_COMPARED = 1_000_000
"""How many lines are compared to find the place that a hunk fits best which fits nowhere."""


def at_lines(text: bytes, hunks: Sequence[Hunk], *, exact: bool = False) -> Places | None:
    """The places that the hunks' own line numbers name, if all fit there.

    `exact`: the text is known to be the one that the hunks were made on, so that line numbers alone decide.
    """
    lines = lines_of(text)
    places = []
    for hunk in hunks:
        if hunk.at > len(lines.lines):
            return None
        place = lines.starts[hunk.at]
        if not _fits(text, hunk, place, exact=exact):
            return None
        places.append(place)
    return places


def _fits(text: bytes, hunk: Hunk, place: int, *, exact: bool = False) -> bool:
    """Whether a hunk fits at one place."""
    end = place + len(hunk.old)
    starts_line = place == 0 or text[place - 1 : place] == b"\n"
    ends_line = not hunk.old or hunk.old.endswith(b"\n") or end == len(text)
    anchored = (place == 0 or not (hunk.at_start or hunk.is_bare)) and (end == len(text) or not hunk.at_end)
    return starts_line and ends_line and (exact or anchored) and text.startswith(hunk.old, place)


def find_places(text: bytes, hunks: Sequence[Hunk]) -> Fit | Misfit | Choice:
    """Where the hunks fit in order, whatever their line numbers say."""
    first = _first_places(text, hunks)
    if isinstance(first, Misfit):
        return first
    last = _last_places(text, hunks)
    for hunk, one, other in zip(hunks, first, last, strict=True):
        if one != other:
            return Choice(hunk, one, other)
    return Fit(first)


def _first_places(text: bytes, hunks: Sequence[Hunk]) -> Places | Misfit:
    """The first places where the hunks fit in order."""
    led = b"\n" + text
    places: list[int] = []
    free = 0
    for hunk in hunks:
        if hunk.at_start or hunk.at_end:
            place = _anchor(text, hunk)
            fits = place >= free and _fits(text, hunk, place)
        else:
            place = led.find(b"\n" + hunk.old, free)
            fits = place >= 0
        if not fits:
            return Misfit(hunk, list(zip(hunks, places, strict=False)))
        places.append(place)
        free = place + len(hunk.old)
    return places


def _last_places(text: bytes, hunks: Sequence[Hunk]) -> Places:
    """The last places where the hunks fit in order, which they do."""
    mirrored = (b"\n" + text)[::-1]
    places: list[int] = []
    free = 0
    for hunk in reversed(hunks):
        if hunk.at_start or hunk.at_end:
            place = _anchor(text, hunk)
        else:
            place = len(text) - len(hunk.old) - mirrored.find((b"\n" + hunk.old)[::-1], free)
        places.append(place)
        free = len(text) - place
    return places[::-1]


def _anchor(text: bytes, hunk: Hunk) -> int:
    """Where a hunk has to start that belongs to the start or the end of the text."""
    return 0 if hunk.at_start else len(text) - len(hunk.old)


def apply_hunks(text: bytes, hunks: Sequence[Hunk], places: Places) -> bytes:
    """`text` after the hunks at their places. Raises InvalidPatch if a line without its end would stand amid it."""
    spans = []
    for hunk, place in zip(hunks, places, strict=True):
        end = place + len(hunk.old)
        if hunk.new and not hunk.new.endswith(b"\n") and end < len(text):
            raise malformed(hunk.line, "a hunk would leave a line without its end amid the file.")
        spans.append(Span(place, end, hunk.new))
    return rewrite(text, tuple(spans))


def line_at(text: bytes, place: int) -> int:
    """The number of the line, from 1, that starts at byte `place`."""
    return text.count(b"\n", 0, place) + 1


class Divergence(NamedTuple):
    """The first line at which a hunk and a text differ."""

    line: int
    """In the text, from 1."""
    expected: bytes | None
    """None for the end of the text."""
    found: bytes | None


def diverges(text: bytes, misfit: Misfit) -> Divergence:
    """Where a hunk that fits nowhere differs from `text`: at the place that the most of its first lines fit."""
    hunk, before = misfit.hunk, misfit.before
    lines, old = lines_of(text), split_lines(hunk.old)
    near, free = hunk.at, 0
    if before:
        last, place = before[-1]
        free = line_at(text, place) - 1 + count_lines(last.old)
        near = hunk.at + free - last.at - count_lines(last.old)
    near = min(max(near, free), len(lines.lines))
    starts = {near}
    if old and not hunk.at_start:
        equal = (number for number in range(free, len(lines.lines)) if lines.lines[number] == old[0])
        starts.update(islice(equal, _COMPARED // len(old)))
    shared = {start: _shared(lines.lines[start : start + len(old)], old) for start in starts}
    start = min(starts, key=lambda start: (-shared[start], abs(start - near)))
    line = start + shared[start]
    expected, found = old[shared[start] :][:1], lines.lines[line : line + 1]
    return Divergence(line + 1, next(iter(expected), None), next(iter(found), None))


def _shared(lines: Sequence[bytes], others: Sequence[bytes]) -> int:
    """How many lines are equal at the start."""
    count = 0
    for one, other in zip(lines, others, strict=False):
        if one != other:
            break
        count += 1
    return count
