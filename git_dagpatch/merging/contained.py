"""One side did all that the other side did, and more."""

from __future__ import annotations

import re
from collections.abc import Sequence

from git_dagpatch.merging.dispute import Dispute
from git_dagpatch.merging.tokens import units_of
from git_dagpatch.merging.units import Change, changes, comes_back

_WORD = re.compile(rb"\d+(?:\.\w+)+|\w+|[^\S\n]+|\n|[^\w\s]")
_APART = 2
"""Words of prose, at the least, between what both sides made and what one of them made besides."""


def contained(dispute: Dispute) -> bytes | None:
    """The side that holds every change of the other, in the same words at the same places.

    Of code the words count, however they are laid out. Not where one side took something away that the other moved.
    """
    if dispute.is_generated:
        return None
    is_prose = dispute.language.tokens(b"") is None
    versions = _words_of(dispute) if is_prose else _code_of(dispute)
    if versions is None:
        return None
    base, ours, theirs = versions
    mine, other = changes(base, ours), changes(base, theirs)
    if not mine or not other:
        return None
    more, less, side = (mine, other, 1) if set(other) < set(mine) else (other, mine, 2)
    if (
        comes_back(base, ours, theirs)
        or not set(less) < set(more)
        or (is_prose and not _is_set_apart(base, less, more))
    ):
        return None
    return dispute.part[side]


def _words_of(dispute: Dispute) -> list[list[bytes]]:
    return [_WORD.findall(text) for text in dispute.part]


def _code_of(dispute: Dispute) -> list[list[bytes]] | None:
    """The words of each version, with comments, without white space; None if one cannot be read."""
    versions = [units_of(dispute, side) for side in range(3)]
    return [_black(units) for units in versions if units is not None] if None not in versions else None


def _black(units: Sequence[bytes]) -> list[bytes]:
    return [b" ".join(unit.split()) if unit[:1].isspace() else unit for unit in units if not unit.isspace()]


def _is_set_apart(base: Sequence[bytes], less: Sequence[Change], more: Sequence[Change]) -> bool:
    """Whether what one side made besides is more than white space, and stands for itself."""
    if _is_white(less):
        return False
    extra = [change for change in more if change not in less]
    return not _is_white(extra) and all(
        len(_black(base[min(one.end, two.end) : max(one.start, two.start)])) >= _APART for one in less for two in extra
    )


def _is_white(found: Sequence[Change]) -> bool:
    return all(not change.units or b"".join(change.units).isspace() for change in found)
