"""Settings: of one list, one side took elements away, and the other side added some."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from git_dagpatch.merging.beside import is_in_text
from git_dagpatch.merging.dispute import Dispute
from git_dagpatch.merging.tokens import both_brought, units_of
from git_dagpatch.merging.units import Change, Units, changes, merge_units

_FILES = (b".cfg", b".conf", b".ini", b".toml")
_ELEMENT = re.compile(rb"\w|[\"'][^\"']*\w")


def elements(dispute: Dispute) -> bytes | None:
    """The list with what came and without what went: words or strings with commas between, of which one stays, at the
    least, between a change of the one side and one of the other."""
    if dispute.is_generated or not dispute.path.endswith(_FILES):
        return None
    base, ours, theirs = (units_of(dispute, side) for side in range(3))
    if base is None or ours is None or theirs is None or both_brought(base, ours, theirs):
        return None
    mine, other = changes(base, ours), changes(base, theirs)
    if not any(_adds(base, one) and _takes(base, two) for one, two in ((mine, other), (other, mine))):
        return None
    merged = merge_units(base, ours, theirs, apart=lambda between: any(map(_ELEMENT.match, between)))
    if merged is None or any(is_in_text(dispute, side) for side in range(3)):
        return None
    return b"".join(merged)


def _adds(base: Units, found: Sequence[Change]) -> bool:
    """Whether all that is done is to add elements, or to lay them out anew."""
    return all(_are_elements(change.units) and _is_white(base[change.start : change.end]) for change in found)


def _takes(base: Units, found: Sequence[Change]) -> bool:
    """Whether all that is done is to take elements away, or to lay them out anew."""
    return all(_are_elements(base[change.start : change.end]) and _is_white(change.units) for change in found)


def _are_elements(units: Units) -> bool:
    """Whether these are words or strings and as many commas, in turn, or white space."""
    black = [unit for unit in units if not unit.isspace()]
    return len(black) % 2 == 0 and all(
        (one == b",") != (two == b",") and all(unit == b"," or _ELEMENT.match(unit) for unit in (one, two))
        for one, two in pairwise(black)
    )


def _is_white(units: Units) -> bool:
    return all(map(bytes.isspace, units))
