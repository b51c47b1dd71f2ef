"""Words of one line that the sides changed without overlap, in code and settings."""

from __future__ import annotations

from git_dagpatch.merging.beside import is_in_text
from git_dagpatch.merging.dispute import Dispute
from git_dagpatch.merging.structure.steps import trees_agree
from git_dagpatch.merging.tokens import belong_together, units_of
from git_dagpatch.merging.units import merge_units


def words(dispute: Dispute) -> bytes | None:
    """Both changes, wherever they do not touch; also in Python that does not parse. Comments and strings are words."""
    if dispute.is_generated:
        return None
    base, ours, theirs = (units_of(dispute, side) for side in range(3))
    if base is None or ours is None or theirs is None or belong_together(base, ours, theirs):
        return None
    merged = merge_units(base, ours, theirs, apart=lambda between: any(not word.isspace() for word in between))
    if merged is None or (dispute.language.tokens(b"") is None and any(is_in_text(dispute, side) for side in range(3))):
        return None
    text = b"".join(merged)
    return text if trees_agree(dispute, text) else None
