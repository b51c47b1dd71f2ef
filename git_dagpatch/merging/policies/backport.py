"""On a branch that left the patch's earlier: what the patch itself does, without what came between."""

from __future__ import annotations

from collections.abc import Sequence

from git_dagpatch.alignment.lines import split_lines
from git_dagpatch.merging.dispute import Dispute
from git_dagpatch.merging.tokens import units_of
from git_dagpatch.merging.touching import touching
from git_dagpatch.merging.units import Change, changes


def backport(dispute: Dispute) -> bytes | None:
    """The patch's change alone, where the target has the lines as they were when its history left that of base."""
    if dispute.is_generated or not dispute.is_behind:
        return None
    lines = lines_of_both(dispute)
    return lines if lines is not None else words_of_both(dispute)


def lines_of_both(dispute: Dispute) -> bytes | None:
    """What both sides made of their lines, where these touch without overlapping, and only one of them adds there."""
    base, ours, theirs = (split_lines(text) for text in dispute.part)
    if any(side and not side[-1].endswith(b"\n") for side in (base, ours, theirs)):
        return None
    lines = touching(base, changes(base, ours), changes(base, theirs))
    return None if lines is None else b"".join(lines)


def words_of_both(dispute: Dispute) -> bytes | None:
    """What both made of their words, where theirs may have replaced what differs in ours."""
    base, ours, theirs = (units_of(dispute, side) for side in range(3))
    if base is None or ours is None or theirs is None:
        return None
    mine, other = changes(base, ours), changes(base, theirs)
    words = touching(base, [one for one in mine if not _is_replaced(one, other)], other)
    return None if words is None else b"".join(words)


def _is_replaced(one: Change, other: Sequence[Change]) -> bool:
    """Whether what ours has there in other words is what theirs put others in the place of."""
    return bool(one.units) and any(two.units and two.start <= one.start < one.end <= two.end for two in other)
