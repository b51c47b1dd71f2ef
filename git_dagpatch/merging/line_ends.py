"""How lines end, whether the last one does, and the mark of the byte order: merged beside what the lines say."""

from __future__ import annotations

from typing import NamedTuple, TypeVar

from git_dagpatch.merging.dispute import Dispute, Texts
from git_dagpatch.merging.effort import Effort

_T = TypeVar("_T")
_MARK = b"\xef\xbb\xbf"
_MIXED = b"mixed"


class _Ends(NamedTuple):
    lines: bytes
    """How the lines end; empty where none does."""
    is_ended: bool
    """Whether the last line of the file does."""
    is_marked: bool


def with_line_ends(dispute: Dispute, merged: bytes) -> bytes | None:
    """`merged` with the line ends that either side changed; None where both did so in two ways, or not throughout."""
    base, ours, theirs = (_ends_of(dispute, side) for side in range(3))
    if base == ours == theirs or not merged:
        return merged
    lines = _merged(base.lines, ours.lines or base.lines, theirs.lines or base.lines)
    if lines is None or (lines == _MIXED and base.lines != _MIXED):
        return None
    plain = merged.removeprefix(_MARK)
    if lines and lines != _MIXED:
        plain = plain.replace(b"\r\n", b"\n").replace(b"\n", lines)
    if dispute.ends[0] == len(dispute.whole.base):
        end = b"\r\n" if lines == b"\r\n" else b"\n"
        is_ended = _merged(base.is_ended, ours.is_ended, theirs.is_ended)
        plain = plain.removesuffix(end) + (end if is_ended else b"")
    return (_MARK if _merged(base.is_marked, ours.is_marked, theirs.is_marked) else b"") + plain


def with_line_ends_of_file(path: bytes, versions: Texts, merged: bytes) -> bytes | None:
    """The same for `merged` as the whole file."""
    base, ours, theirs = map(len, versions)
    return with_line_ends(Dispute(path, versions, (0, 0, 0), (base, ours, theirs), Effort(0)), merged)


def _merged(base: _T, ours: _T, theirs: _T) -> _T | None:
    """What the side has that changed it; None if both made something else of it."""
    if ours == theirs or theirs == base:
        return ours
    return theirs if ours == base else None


def _ends_of(dispute: Dispute, side: int) -> _Ends:
    text = dispute.part[side]
    count, pairs = text.count(b"\n"), text.count(b"\r\n")
    lines = b"" if not count else b"\r\n" if pairs == count else _MIXED if pairs else b"\n"
    whole = dispute.whole[side]
    return _Ends(lines, not whole or whole.endswith(b"\n"), dispute.starts[side] == 0 and text.startswith(_MARK))
