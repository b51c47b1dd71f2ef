"""Both sides changed the same lines, but not the same words of them, and not words next to each other."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Collection, Sequence

from git_dagpatch.merging.dispute import Dispute
from git_dagpatch.merging.structure.steps import trees_agree
from git_dagpatch.merging.units import Change, Units, changes, merge_units

_APART = 2
"""Words, at the least, that both sides left alone between a change of the one and one of the other."""
_NAME = re.compile(rb"[^\W\d]\w*")
_SETTING = re.compile(rb"""[^\S\n]+|\n|[^\s"'(),;\[\]{}]+|.""")
_SETTINGS = (b".cfg", b".conf", b".ini", b".toml", b".yaml", b".yml", b".json", b".properties")


def tokens(dispute: Dispute) -> bytes | None:
    """Both changes, where they are far enough from each other. Prose is left alone: its words hang together. So are
    files that do not parse."""
    if not all(map(dispute.language.parses, dispute.whole)):
        return None
    base, ours, theirs = (units_of(dispute, side) for side in range(3))
    if base is None or ours is None or theirs is None or both_brought(base, ours, theirs):
        return None
    merged = merge_units(base, ours, theirs, apart=_apart)
    if merged is None:
        return None
    text = b"".join(merged)
    return text if trees_agree(dispute, text) else None


def both_brought(base: Units, ours: Units, theirs: Units) -> bool:
    """Whether both sides brought in the same name in different changes: these may be the same thing, done twice."""
    mine, other = changes(base, ours), changes(base, theirs)
    alike = set(mine) & set(other)
    return not _names(base, mine, alike).isdisjoint(_names(base, other, alike))


def _names(base: Units, found: Sequence[Change], alike: Collection[Change]) -> set[bytes]:
    """The names in changes that are not `alike`, but for those that stood there before."""
    return {
        unit
        for change in found
        if change not in alike
        for unit in change.units
        if _NAME.fullmatch(unit) and unit not in base[change.start : change.end]
    }


def _apart(words: Sequence[bytes]) -> bool:
    return sum(not word.isspace() for word in words) >= _APART


def units_of(dispute: Dispute, side: int) -> list[bytes] | None:
    """What one version has in the disputed place, as words and what parts them; None for prose."""
    text, start, end = dispute.whole[side], dispute.starts[side], dispute.ends[side]
    if dispute.path.endswith(_SETTINGS):
        return _SETTING.findall(text[start:end])
    found = dispute.language.tokens(text)
    if found is None:
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
