"""One side changed nothing but how the code is written: the other side's code stands."""

from __future__ import annotations

from git_dagpatch.alignment.lines import distance
from git_dagpatch.merging.dispute import Dispute


def form(dispute: Dispute) -> bytes | None:
    """What the side made that changed more than the form; where both made the same code, the form nearer to base."""
    language = dispute.language
    base, ours, theirs = dispute.part
    whole = dispute.whole.base

    def same(one: bytes, other: bytes) -> bool:
        return language.means_the_same(dispute.base_with(one), dispute.base_with(other))

    if language.means_the_same(whole, dispute.base_with(ours)):
        return theirs
    if language.means_the_same(whole, dispute.base_with(theirs)):
        return ours
    if same(ours, theirs):
        return min(ours, theirs, key=lambda text: (distance(base, text), text))
    return None
