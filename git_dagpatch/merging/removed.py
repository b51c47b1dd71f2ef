"""Both sides took lines away, next to each other but not the same ones."""

from __future__ import annotations

import re

from git_dagpatch.merging.beside import is_setting
from git_dagpatch.merging.dispute import Dispute
from git_dagpatch.merging.units import Units, changes, merge_units

_IMPORT = re.compile(rb"^\s*(?:import|from|use|using|#\s*include)\b", re.MULTILINE)


def removed(dispute: Dispute) -> bytes | None:
    """What both left, of code and settings.

    The lines of prose hang together; imports are a set, of which nobody knows what the other side still needs.
    """
    is_known = dispute.language.tokens(b"") is not None or is_setting(dispute.path)
    if dispute.is_generated or not is_known or _IMPORT.search(dispute.part.base):
        return None
    base, *sides = (text.splitlines(keepends=True) for text in dispute.part)
    mine, other = (changes(base, lines) for lines in sides)
    if not mine or not other or any(change.units for change in (*mine, *other)):
        return None
    if any(one.start < two.end and two.start < one.end for one in mine for two in other):
        return None
    merged = merge_units(base, *sides, add=_nothing)
    return None if merged is None else b"".join(merged)


def _nothing(ours: Units, theirs: Units) -> Units:
    """What stands where nothing came."""
    return ()
