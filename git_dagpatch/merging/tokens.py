"""Both sides changed the same lines, but not the same words of them, and not words next to each other."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from git_dagpatch.alignment.tokens import token_diff
from git_dagpatch.merging.dispute import Dispute

_APART = 2
"""Words, at the least, that both sides left alone between a change of the one and one of the other."""
_SETTING = re.compile(rb"""[^\S\n]+|\n|[^\s"'(),;\[\]{}]+|.""")
_SETTINGS = (b".cfg", b".conf", b".ini", b".toml", b".yaml", b".yml", b".json", b".properties")


class _Change(NamedTuple):
    start: int
    end: int
    words: tuple[bytes, ...]


def tokens(dispute: Dispute) -> bytes | None:
    """Both changes, where they are far enough from each other. Prose is left alone: its words hang together. So are
    files that do not parse."""
    units = [_units(dispute, side) for side in range(3)]
    base, ours, theirs = units
    if base is None or ours is None or theirs is None:
        return None
    mine, other = set(_changes(base, ours)), set(_changes(base, theirs))
    both = mine & other
    changes = sorted([(change, 0) for change in mine - both] + [(change, 1) for change in other - both])
    for (before, side), (after, another) in pairwise(changes):
        if side != another and not _apart(base, before, after):
            return None
    merged: list[bytes] = []
    position = 0
    for change in sorted(mine | other):
        if change.start < position:
            return None
        merged += [*base[position : change.start], *change.words]
        position = change.end
    return b"".join([*merged, *base[position:]])


def _apart(base: Sequence[bytes], before: _Change, after: _Change) -> bool:
    return sum(not word.isspace() for word in base[before.end : after.start]) >= _APART


def _units(dispute: Dispute, side: int) -> list[bytes] | None:
    """What one version has in the disputed place, as words and what parts them; None for prose."""
    text, start, end = dispute.whole[side], dispute.starts[side], dispute.ends[side]
    if dispute.path.endswith(_SETTINGS):
        return _SETTING.findall(text[start:end])
    found = dispute.language.tokens(text)
    if found is None or not dispute.language.parses(text):
        return None
    units: list[bytes] = []
    first = bisect_left(found.starts, start)
    last = bisect_left(found.starts, end, hi=len(found.texts))
    if first > 0 and found.starts[first - 1] + len(found.texts[first - 1]) > start:
        return None  # It starts in the middle of a string.
    if last > 0 and found.starts[last - 1] + len(found.texts[last - 1]) > end:
        return None
    position = start
    for at, word in zip(found.starts[first:last], found.texts[first:last], strict=True):
        units += [text[position:at], word] if at > position else [word]
        position = at + len(word)
    return [*units, text[position:end]] if position < end else units


def _changes(base: Sequence[bytes], side: Sequence[bytes]) -> list[_Change]:
    return [
        _Change(block.old_start, block.old_end, tuple(side[block.new_start : block.new_end]))
        for block in token_diff(base, side)
    ]
