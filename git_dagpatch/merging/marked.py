"""A text with conflict markers, as parts: what stands, and what two sides wanted.

Lines that look like markers may be text: a heading that is underlined, an example of a conflict. The versions that were
merged tell: between its markers a conflict has lines of one side, then of the other, and what a version holds with
markers and all is no conflict.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TypeAlias

from git_dagpatch.alignment.lines import split_lines
from git_dagpatch.merging.dispute import Texts
from git_dagpatch.model.conflict import Marked
from git_dagpatch.model.strategy import MARKER_SIZE

Piece: TypeAlias = bytes | Marked

_MARKER = re.compile(rb"([<|=>])\1*(?=[ \t\r\n]|\Z)(?:[ \t]([^\r\n]*))?\r?(?:\n|\Z)")


class Unclear(Exception):
    """Where a conflict ends cannot be told from the text in it."""


def pieces(text: bytes, size: int = MARKER_SIZE, versions: Texts | None = None) -> list[Piece]:
    """`text` cut at its conflicts, whose markers have `size` characters.

    Markers that do not belong together are text like any other. Raises Unclear where the merged `versions` are known
    and a conflict could end in two places.
    """
    found: list[Piece] = []
    lines = split_lines(text)
    sides = None if versions is None else Texts(*map(_ended, versions))
    plain: list[bytes] = []
    at = 0
    while at < len(lines):
        conflict = _conflict(lines, at, size, sides)
        if conflict is None:
            plain.append(lines[at])
            at += 1
            continue
        if plain:
            found.append(b"".join(plain))
        plain = []
        found.append(conflict)
        at = conflict.last_line
    return [*found, b"".join(plain)] if plain else found


def markers(lines: Sequence[bytes], size: int) -> Iterator[int]:
    """The places of the lines that look like markers."""
    return (number for number, line in enumerate(lines) if _marker(line, size) is not None)


def _conflict(lines: Sequence[bytes], start: int, size: int, sides: Texts | None) -> Marked | None:
    """The conflict whose first marker is at line `start`."""
    opening = _marker(lines[start], size)
    if opening is None or opening[0] != b"<":
        return None
    simple = _simple(lines, start, size)
    if sides is None:
        return simple
    fitting = list(islice(_fitting(lines, start, size, sides), 2))
    if len(fitting) > 1:
        raise Unclear(f"The conflict in line {start + 1} could end in two places.")
    if fitting:
        return fitting[0]
    # What made the conflict may have changed lines that no version has so, as a merge driver does.
    return None if simple is None or _is_text(simple.text, sides) else simple


def _simple(lines: Sequence[bytes], start: int, size: int) -> Marked | None:
    """The conflict at `start` if each line that looks like a marker is one."""
    ends: list[int] = []
    expected = {b"<": b"|=", b"|": b"=", b"=": b">"}
    current = b"<"
    for number in range(start + 1, len(lines)):
        marker = _marker(lines[number], size)
        if marker is None:
            continue
        if marker[0] not in expected[current]:
            return None
        ends.append(number)
        current = marker[0]
        if current == b">":
            return _made(lines, size, start, *ends)
    return None


def _fitting(lines: Sequence[bytes], start: int, size: int, sides: Texts) -> Iterator[Marked]:
    """The conflicts that could begin at `start`, by what the versions hold."""
    for middle in _ends(lines, start, size, b"|=", sides.ours):
        kind = (_marker(lines[middle], size) or (b"", ""))[0]
        equals = [middle] if kind == b"=" else _ends(lines, middle, size, b"=", sides.base)
        for second in equals:
            for last in _ends(lines, second, size, b">", sides.theirs):
                ends = (second, last) if kind == b"=" else (middle, second, last)
                found = _made(lines, size, start, *ends)
                if not _is_text(found.text, sides) and not _goes_on(lines, last, size, sides):
                    yield found


def _goes_on(lines: Sequence[bytes], last: int, size: int, sides: Texts) -> bool:
    """Whether a marker follows that no version has as text, so that the conflict does not end at `last`."""
    for number in range(last + 1, len(lines)):
        marker = _marker(lines[number], size)
        if marker is not None:
            return marker[0] != b"<" and not _is_text(lines[number], sides)
    return False


def _ends(lines: Sequence[bytes], start: int, size: int, kinds: bytes, side: bytes) -> Iterator[int]:
    """The markers below `start` up to which all lines stand in `side`, one below the other."""
    for number in range(start + 1, len(lines)):
        marker = _marker(lines[number], size)
        if marker is None:
            continue
        if not _stands(b"".join(lines[start + 1 : number]), side):
            return
        if marker[0] in kinds:
            yield number


def _stands(part: bytes, text: bytes) -> bool:
    return text.startswith(part) or b"\n" + part in text


def _is_text(part: bytes, sides: Texts) -> bool:
    """Whether a version holds `part`, markers and all."""
    return any(_stands(_ended(part), side) for side in sides)


def _made(lines: Sequence[bytes], size: int, start: int, *ends: int) -> Marked:
    """The conflict between the markers at `start` and `ends`, of which there is one more if it shows the base."""
    *base, middle, last = ends
    labels = [(_marker(lines[number], size) or (b"", ""))[1] for number in (start, last)]
    return Marked(
        b"".join(lines[start : last + 1]),
        b"".join(lines[start + 1 : base[0] if base else middle]),
        b"".join(lines[middle + 1 : last]),
        b"".join(lines[base[0] + 1 : middle]) if base else None,
        (labels[0], labels[1]),
        start + 1,
        last + 1,
    )


def _marker(line: bytes, size: int) -> tuple[bytes, str] | None:
    """The sort of marker that `line` is, by its character, and its label."""
    if line[:1] not in (b"<", b"|", b"=", b">"):
        return None
    found = _MARKER.fullmatch(line)
    if found is None or found.end(1) == 0:
        return None
    length = len(line) - len(line.lstrip(found[1]))
    return (found[1], (found[2] or b"").decode(errors="replace")) if length == size else None


def _ended(text: bytes) -> bytes:
    return text + b"\n" if text and not text.endswith(b"\n") else text
