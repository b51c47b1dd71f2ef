"""One side did all that the other side did, and more."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from git_dagpatch.languages import language_of
from git_dagpatch.languages.language import Language
from git_dagpatch.merging.dispute import Dispute
from git_dagpatch.merging.tokens import units_of
from git_dagpatch.merging.units import Change, changes, comes_back, telling

_WORD = re.compile(rb"\d+(?:\.\w+)+|\w+|[^\S\n]+|\n|[^\w\s]")
_ENOUGH = 3
"""Words that tell something, at the least, in lines that both sides have among others."""
_APART = 2
"""Words of prose, at the least, between what both sides made and what one of them made besides."""


def contained(dispute: Dispute) -> bytes | None:
    """The side that holds every change of the other, in the same words at the same places, or took away what the other
    took a part of.

    Of code the words count, however they are laid out. Not where one side took something away that the other moved.
    """
    if dispute.is_generated:
        return None
    is_prose = dispute.language.tokens(b"") is None
    if is_prose or not dispute.whole.base:
        longer = _of_additions(dispute)
        if longer is not None or is_prose:
            return longer or _of_prose(dispute)
    versions = _code_of(dispute)
    if versions is None or comes_back(*versions):
        return None
    base, ours, theirs = versions
    mine, other = changes(base, ours), changes(base, theirs)
    return next((dispute.part[side] for less, more, side in _pairs(mine, other) if _holds(more, less)), None)


def _of_additions(dispute: Dispute) -> bytes | None:
    """The side that has the other's new lines, and more of them, in one and the same place."""
    before, *sides = (text.splitlines(keepends=True) for text in dispute.part)
    mine, other = (changes(before, lines) for lines in sides)
    if len(mine) != 1 or len(other) != 1 or mine[0][:2] != other[0][:2]:
        return None
    for less, more, side in ((other[0].units, mine[0].units, 1), (mine[0].units, other[0].units, 2)):
        added = changes(less, more)
        if any(change.start < change.end for change in added):
            continue
        extra = [line for change in added for line in change.units]
        if not telling(extra) or _came_elsewhere(dispute, extra, 3 - side):
            return None
        # What stands between others may be the same by chance, if it says little.
        needed = 1 if less in (more[: len(less)], more[-len(less) :]) else _ENOUGH
        return dispute.part[side] if len(telling(_WORD.findall(b"".join(less)))) >= needed else None
    return None


def _came_elsewhere(dispute: Dispute, lines: Sequence[bytes], side: int) -> bool:
    """Whether a side has one of these lines as well, more often than base."""
    known, found = (Counter(map(bytes.strip, text.splitlines())) for text in (dispute.whole.base, dispute.whole[side]))
    return any(found[line] > known[line] for line in map(bytes.strip, lines) if telling((line,)))


def only_takes_away(path: bytes, before: bytes, after: bytes) -> bool:
    """Whether a file lost words of code, or whole lines, and got none, so that deleting it does that, too."""
    language = language_of(path, before)
    units = [_units(language, text) for text in (before, after)]
    base, side = units
    if base is None or side is None:
        return False
    found = changes(base, side)
    return all(not change.units for change in found) and (bool(found) or language.means_the_same(before, after))


def _units(language: Language, text: bytes) -> list[bytes] | None:
    """The words of code without white space, or the lines of prose."""
    if language.tokens(b"") is None:
        return text.splitlines(keepends=True)
    found = language.tokens(text)
    return None if found is None else _black(found.texts)


def _of_prose(dispute: Dispute) -> bytes | None:
    base, ours, theirs = _words_of(dispute)
    mine, other = changes(base, ours), changes(base, theirs)
    for less, more, side in _pairs(mine, other):
        if set(less) < set(more) and _is_set_apart(base, less, more) and not comes_back(base, ours, theirs):
            return dispute.part[side]
    before, *sides = (text.splitlines(keepends=True) for text in dispute.part)
    for less, more, side in _pairs(*(changes(before, lines) for lines in sides)):
        if not any(change.units for change in less) and _holds(more, less) and not comes_back(before, *sides):
            return dispute.part[side]
    return None


def _pairs(mine: Sequence[Change], other: Sequence[Change]) -> Iterator[tuple[Sequence[Change], Sequence[Change], int]]:
    """Each side's changes with those of the other one, which is named."""
    if mine and other and set(mine) != set(other):
        yield other, mine, 1
        yield mine, other, 2


def _holds(more: Sequence[Change], less: Sequence[Change]) -> bool:
    """Whether each of the changes was made by the other side, too, which may have taken away more around it."""
    return all(
        one in more or (not one.units and any(_is_within(one, other) for other in more if not other.units))
        for one in less
    )


def _is_within(one: Change, other: Change) -> bool:
    return other.start <= one.start and one.end <= other.end


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
