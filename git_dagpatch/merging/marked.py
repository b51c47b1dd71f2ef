"""A text with conflict markers, as parts: what stands, and what two sides wanted."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypeAlias

from git_dagpatch.alignment.lines import split_lines
from git_dagpatch.model.conflict import Marked

_MARKER = re.compile(rb"(<{7}|\|{7}|={7}|>{7})(?:[ \t]([^\r\n]*))?\r?(?:\n|\Z)")

Piece: TypeAlias = bytes | Marked


def pieces(text: bytes) -> list[Piece]:
    """`text` cut at its conflicts. Markers that do not belong together are text like any other."""
    found: list[Piece] = []
    lines = split_lines(text)
    plain: list[bytes] = []
    at = 0
    while at < len(lines):
        conflict = _conflict(lines, at)
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


def _conflict(lines: Sequence[bytes], start: int) -> Marked | None:
    """The conflict whose first marker is at line `start`."""
    opening = _marker(lines[start])
    if opening is None or opening[0] != b"<":
        return None
    parts: dict[bytes, list[bytes]] = {b"<": []}
    current = b"<"
    for number in range(start + 1, len(lines)):
        marker = _marker(lines[number])
        if marker is None:
            parts[current].append(lines[number])
            continue
        kind = marker[0]
        if kind == b">" and current == b"=":
            base = b"".join(parts[b"|"]) if b"|" in parts else None
            return Marked(
                b"".join(lines[start : number + 1]),
                b"".join(parts[b"<"]),
                b"".join(parts[b"="]),
                base,
                (opening[1], marker[1]),
                start + 1,
                number + 1,
            )
        if (current, kind) not in {(b"<", b"|"), (b"<", b"="), (b"|", b"=")}:
            return None
        current = kind
        parts[kind] = []
    return None


def _marker(line: bytes) -> tuple[bytes, str] | None:
    """The sort of marker that `line` is, by its character, and its label."""
    found = _MARKER.fullmatch(line)
    return (found[1][:1], (found[2] or b"").decode(errors="replace")) if found else None
