"""One side changed comments alone, the other side code alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from git_dagpatch.languages.language import Language
from git_dagpatch.merging.dispute import Dispute
from git_dagpatch.merging.tokens import are_apart, units_of
from git_dagpatch.merging.units import Change, Units, changes, merge_units


def comments(dispute: Dispute) -> bytes | None:
    """Both changes, where they are far enough from each other: a comment stays with the code that it stands beside."""
    if dispute.is_generated or dispute.language.tokens(b"") is None:
        return None
    base, ours, theirs = (units_of(dispute, side) for side in range(3))
    if base is None or ours is None or theirs is None:
        return None
    found = [changes(base, side) for side in (ours, theirs)]
    about = [_about_comments(dispute.language, base, some) for some in found]
    if sorted(about, key=str) != [False, True]:
        return None
    side = about.index(True)
    if _is_moved(dispute, base, found[side], dispute.whole[side + 1]):
        return None
    merged = merge_units(base, ours, theirs, apart=are_apart)
    return None if merged is None else b"".join(merged)


def _about_comments(language: Language, base: Units, found: Sequence[Change]) -> bool | None:
    """Whether changes are about comments alone; None if they are about code as well."""
    units = [unit for change in found for unit in (*base[change.start : change.end], *change.units)]
    kinds = {_is_comment(language, unit) for unit in units if not unit.isspace()}
    return kinds.pop() if len(kinds) == 1 else None


def _is_moved(dispute: Dispute, base: Units, found: Sequence[Change], text: bytes) -> bool:
    """Whether a comment that went came elsewhere in `text`: it may say of other code then what it said of this."""
    counts = [dispute.language.comments_of(one) or Counter() for one in (dispute.whole.base, text)]
    here = Counter(_words(unit) for change in found for unit in change.units)
    here.subtract(_words(unit) for change in found for unit in base[change.start : change.end])
    grown = {comment: counts[1][comment] - counts[0][comment] for comment in here if comment}
    return any(here[one] > max(grown[one], 0) or here[one] < min(grown[one], 0) for one in grown)


def _words(unit: bytes) -> bytes:
    return b" ".join(unit.split())


def _is_comment(language: Language, unit: bytes) -> bool:
    return language.comments_of(unit) == Counter((_words(unit),))
