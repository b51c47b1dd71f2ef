"""One side replaced the same words by the same name all over the file; the other side changed other words there."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from git_dagpatch.alignment.tokens import token_diff
from git_dagpatch.languages import language_of
from git_dagpatch.merging.dispute import Dispute
from git_dagpatch.merging.tokens import units_of
from git_dagpatch.merging.units import Change, Units, changes, merge_units

_PLACES = 2
"""Where the same was done, at the least."""
_NAME = re.compile(rb"[^\W\d][\w.]*")
_Words = tuple[bytes, ...]


class _Replaced(NamedTuple):
    """What a side did to the words of a file."""

    places: Counter[tuple[_Words, _Words]]
    """Words of base and what took their place → how often."""
    words: Sequence[bytes]
    """What the side has."""


def repeated(dispute: Dispute) -> bytes | None:
    """Both changes, word by word, where all that one side did there is what it did elsewhere, too, and nowhere left
    undone: so it has nothing to do with what the other side changed."""
    if dispute.is_generated or dispute.language.tokens(b"") is None:
        return None
    units = [units_of(dispute, side) for side in range(3)]
    base, ours, theirs = units
    if base is None or ours is None or theirs is None:
        return None
    before, mine, other = map(_black, (base, ours, theirs))
    found = changes(before, mine), changes(before, other)
    is_known = [_is_repeated(dispute, side, before, found[side - 1], found[2 - side]) for side in (1, 2)]
    merged = merge_units(base, ours, theirs) if any(is_known) else None
    return None if merged is None else b"".join(merged)


def _is_repeated(dispute: Dispute, side: int, base: Units, mine: Sequence[Change], other: Sequence[Change]) -> bool:
    """Whether a side replaced everywhere in the file what it replaced here, and the other brings nothing of it back."""
    pairs = {(tuple(base[change.start : change.end]), change.units) for change in mine}
    if not pairs or not all(any(map(_NAME.fullmatch, old)) and _NAME.fullmatch(b"".join(new)) for old, new in pairs):
        return False
    whole = _replaced(dispute.path, dispute.whole.base, dispute.whole[side])
    return whole is not None and all(
        whole.places[old, new] >= _PLACES and not _holds(whole.words, old) and not _bring(other, old)
        for old, new in pairs
    )


def _bring(found: Sequence[Change], words: _Words) -> bool:
    return any(_holds(change.units, words) for change in found)


def _holds(text: Sequence[bytes], words: _Words) -> bool:
    size = len(words)
    return any(tuple(text[at : at + size]) == words for at in _positions(text, words[0]))


def _positions(text: Sequence[bytes], word: bytes) -> Iterator[int]:
    return (at for at, one in enumerate(text) if one == word)


@lru_cache(maxsize=4)
def _replaced(path: bytes, before: bytes, after: bytes) -> _Replaced | None:
    language = language_of(path, before)
    one, other = language.tokens(before), language.tokens(after)
    if one is None or other is None:
        return None
    old, new = _black(one.texts), _black(other.texts)
    places = Counter(
        (tuple(old[start:end]), tuple(new[first:last])) for start, end, first, last in token_diff(old, new)
    )
    return _Replaced(places, new)


def _black(units: Units) -> list[bytes]:
    return [unit for unit in units if not unit.isspace()]
