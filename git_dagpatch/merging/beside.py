"""Settings and requirements: both sides changed entries that stand next to each other, but not the same ones."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from git_dagpatch.languages import language_of
from git_dagpatch.merging.dispute import Dispute
from git_dagpatch.merging.units import Change, Units, changes, merge_units

_LISTS = re.compile(
    rb"\.(?:cfg|conf|ini|toml|ya?ml|properties)$|(?:^|/)requirements[^/]*\.(?:txt|in)$|(?:^|/)requirements/[^/]+\.(?:txt|in)$"
)
_KEY = re.compile(rb"""[\s"'\-#]*([^\s"'=:;,<>~!\[]*)""")


_COMMENT = (b"#", b";", b"//")
_HEADING = re.compile(rb"\s*\[")
_NO_VALUE = re.compile(rb"[ \t]*(?:- )?[^=:\n]*")
_PROSE = 3
"""Words, at the most, of a line with no key that is an entry; what has more of them is a text, or a command."""


class _Lines(NamedTuple):
    base: list[bytes]
    ours: list[bytes]
    theirs: list[bytes]


def beside(dispute: Dispute) -> bytes | None:
    """The lines of both, where each line is an entry that one side changed, or some that one added or took away.

    A value is one unit: of what stands in it nobody knows what hangs together. Comments, and texts that run over lines,
    are prose.
    """
    if dispute.is_generated or not is_setting(dispute.path):
        return None
    lines = _Lines(*(text.splitlines(keepends=True) for text in dispute.part))
    if any(side and not side[-1].endswith(b"\n") for side in lines):
        return None
    merged = _entries(lines)
    if merged is None or any(is_in_text(dispute, side) for side in range(3)):
        return None
    return b"".join(merged)


def is_setting(path: bytes) -> bool:
    """Whether a file holds settings or requirements, told by its name."""
    return _LISTS.search(path) is not None


def _changes(base: Units, ours: Units, theirs: Units) -> tuple[list[Change], list[Change]]:
    """What each side changed that the other did not change alike."""
    mine, other = changes(base, ours), changes(base, theirs)
    return [change for change in mine if change not in other], [change for change in other if change not in mine]


def _entries(lines: _Lines) -> list[bytes] | None:
    base = lines.base
    mine, other = _changes(*lines)
    if not all(_is_plain(base, change) for change in (*mine, *other)):
        return None
    if any(map(_is_prose, _lines_of(base, (*mine, *other)))):
        return None
    if not _keys_of(base, mine).isdisjoint(_keys_of(base, other)):
        return None
    if not all(_may_stand_beside(base, one, two) for one in mine for two in other):
        return None
    return merge_units(*lines, add=_none)


def is_in_text(dispute: Dispute, side: int) -> bool:
    """Whether one of the lines may be part of a text that has several; only a parser tells."""
    whole = dispute.whole[side]
    found = _long_texts(dispute.path, whole)
    if found is None:
        return True
    first = whole.count(b"\n", 0, dispute.starts[side])
    last = first + dispute.part[side].count(b"\n")
    return any(start <= last and first < end for start, end in found)


@lru_cache(maxsize=6)
def _long_texts(path: bytes, text: bytes) -> list[tuple[int, int]] | None:
    """The lines of texts that have several; None where that cannot be told."""
    language = language_of(path, text)
    return language.long_texts(text) if not language.unchecked and language.parses(text) else None


def _lines_of(base: Units, found: Sequence[Change]) -> list[bytes]:
    """All lines that changes have, before and after."""
    return [line for change in found for line in (*base[change.start : change.end], *change.units)]


def _is_prose(line: bytes) -> bool:
    plain = _NO_VALUE.fullmatch(line.rstrip()) is not None
    return line.lstrip().startswith(_COMMENT) or (plain and len(line.split()) > _PROSE)


def _none(ours: Units, theirs: Units) -> None:
    """Of what both add at one place nobody knows the order."""


def _is_plain(base: Units, change: Change) -> bool:
    """Whether entries came, or went, or became others of the same keys."""
    before, after = list(map(_key, base[change.start : change.end])), list(map(_key, change.units))
    return not before or not after or (before == after and all(before))


def _keys_of(base: Units, found: Sequence[Change]) -> set[bytes]:
    """What the changes are about; lines without a word tell nothing."""
    lines = _lines_of(base, found)
    return {key for line in lines if (key := _key(line))}


def _may_stand_beside(base: Units, one: Change, two: Change) -> bool:
    """Whether two changes are apart, or so that none may go on in the other: not one that takes away what stands
    where the other adds, nor lines that are indented in another way, but for a section that begins below."""
    if one.end < two.start or two.end < one.start:
        return True
    first, second = sorted((one, two))
    if any(map(_HEADING.match, _lines_of(base, (first,)))):
        return False  # What follows would stand in another section.
    if (not first.units and second.start == second.end) or (not second.units and first.start == first.end):
        return False
    if second.start == second.end and second.units and not second.units[0].strip():
        return True
    lines = _lines_of(base, (one, two))
    return len({len(line) - len(line.lstrip()) for line in lines if line.strip()}) <= 1


def _key(line: bytes) -> bytes:
    found = _KEY.match(line)
    return found[1] if found else b""
