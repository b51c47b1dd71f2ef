"""One side did all that the other side did, and more."""

from __future__ import annotations

import re

from git_dagpatch.merging.dispute import Dispute
from git_dagpatch.merging.units import Change, changes

_WORD = re.compile(rb"\w+|[^\S\n]+|\n|[^\w\s]")


def contained(dispute: Dispute) -> bytes | None:
    """The side that holds every change of the other, in the same words at the same places."""
    base, ours, theirs = (_WORD.findall(text) for text in dispute.part)
    mine, other = set(changes(base, ours)), set(changes(base, theirs))
    if dispute.language.tokens(b"") is None and any(map(_is_white, (mine, other))):
        return None
    if mine <= other:
        return dispute.part.theirs
    return dispute.part.ours if other <= mine else None


def _is_white(found: set[Change]) -> bool:
    return all(not change.units or b"".join(change.units).isspace() for change in found)
