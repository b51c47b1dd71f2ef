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

    def same(one: bytes, other: bytes) -> bool:
        if language.words_of_code(one) != language.words_of_code(other) or not dispute.may_prove(2):
            return False
        return language.means_the_same(dispute.near_with(one), dispute.near_with(other))

    if same(ours, theirs):
        return min(ours, theirs, key=lambda text: (distance(base, text), text))
    if same(base, ours):
        return _written_anew(dispute, theirs)
    if same(base, theirs):
        return _written_anew(dispute, ours)
    return None


def _written_anew(dispute: Dispute, edited: bytes) -> bytes:
    """The edit in the form that the other side gave to the rest, if that is proved to be the same code."""
    if not dispute.language.words_of_code(dispute.part.base):
        return edited  # Blank lines came or went.
    if dispute.language.name in SETS_ONLY or not dispute.may_prove(2):
        return edited
    found = structure(dispute, (Policy.TOKENS,))
    if found is None or not dispute.language.means_the_same(dispute.near_with(found), dispute.near_with(edited)):
        return edited
    return found
