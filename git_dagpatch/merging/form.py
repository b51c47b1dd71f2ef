"""One side changed nothing but how the code is written: the other side's code stands."""

from __future__ import annotations

from git_dagpatch.alignment.lines import distance
from git_dagpatch.merging.dispute import Dispute
from git_dagpatch.merging.structure.steps import SETS_ONLY, structure
from git_dagpatch.model.strategy import Policy


def form(dispute: Dispute) -> bytes | None:
    """What the side made that changed more than the form; where both made the same code, the form nearer to base."""
    language = dispute.language
    base, ours, theirs = dispute.part
    whole = dispute.whole.base
    if language.means_the_same(dispute.base_with(ours), dispute.base_with(theirs)):
        return min(ours, theirs, key=lambda text: (distance(base, text), text))
    if language.means_the_same(whole, dispute.base_with(ours)):
        return _written_anew(dispute, theirs)
    if language.means_the_same(whole, dispute.base_with(theirs)):
        return _written_anew(dispute, ours)
    return None


def _written_anew(dispute: Dispute, edited: bytes) -> bytes:
    """The edit in the form that the other side gave to the rest, if that is proved to be the same code."""
    if dispute.language.name in SETS_ONLY:
        return edited
    found = structure(dispute, (Policy.TOKENS,))
    if found is None or not dispute.language.means_the_same(dispute.base_with(found), dispute.base_with(edited)):
        return edited
    return found
