"""Both sides changed the same lines, but not the same words of them, and not words next to each other."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence

from git_dagpatch.merging.dispute import Dispute
from git_dagpatch.merging.structure.independent import agrees
from git_dagpatch.merging.units import Change, Units, came_and_went, changes, merge_units

_APART = 2
"""Words, at the least, that both sides left alone between a change of the one and one of the other."""
_MOST = 40
"""Words that a change brings in, at the most; more than that is no change of words."""
_NAME = re.compile(rb"[^\W\d]\w*")
_SETTING = re.compile(
    rb"""
      [^\S\n]+ | \n
    | (?:(?<=\s)|(?<![\s\S]))[\#;][^\n]*
    | "(?:[^"\\\n]|\\.)*" | '[^'\n]*'
    | [^\s"'(),;\[\]{}]+ | .
    """,
    re.VERBOSE,
)
"""White space, a comment, a string, a word, a sign."""
_SETTINGS = (b".cfg", b".conf", b".ini", b".toml", b".yaml", b".yml", b".json", b".properties")


def tokens(dispute: Dispute) -> bytes | None:
    """Both changes, where they are far enough from each other. Prose is left alone: its words hang together. So are
    files that do not parse."""
    if dispute.is_generated or dispute.path.endswith(_SETTINGS):
        return None
    base, ours, theirs = (units_of(dispute, side) for side in range(3))
    if base is None or ours is None or theirs is None or belong_together(base, ours, theirs):
        return None
    if any(len(_black(change.units)) > _MOST for side in (ours, theirs) for change in changes(base, side)):
        return None
    merged = merge_units(base, ours, theirs, apart=are_apart)
    if merged is None:
        return None
    text = b"".join(merged)
    # Trees are only of what parses.
    return text if agrees(dispute, text) else None


def belong_together(base: Units, ours: Units, theirs: Units) -> bool:
    """Whether what the sides changed in different places is about the same: both brought in one name, or what the one
    changed stands, as it was, in what the other brought in."""
    mine, other = changes(base, ours), changes(base, theirs)
    alike = set(mine) & set(other)
    mine, other = ([change for change in found if change not in alike] for found in (mine, other))
    return both_brought(base, ours, theirs) or any(
        _holds(two.units, _before(base, one))
        for first, second in ((mine, other), (other, mine))
        for one in first
        for two in second
    )


def _before(base: Units, change: Change) -> list[bytes]:
    """What stood there, with the words around it if that was no name or text."""
    old = _black(base[change.start : change.end])
    if any(_NAME.fullmatch(word) or len(word) > 2 for word in old):
        return old
    return [*_black(base[: change.start])[-1:], *old, *_black(base[change.end :])[:1]]


def _holds(units: Units, words: Sequence[bytes]) -> bool:
    found = _black(units)
    size = len(words)
    return any(found[at : at + size] == words for at in range(len(found) - size + 1))


def _black(units: Units) -> list[bytes]:
    return [unit for unit in units if not unit.isspace()]


def both_brought(base: Units, ours: Units, theirs: Units) -> bool:
    """Whether different changes of the sides are about one word, number or string.

    If both brought it in, these may be the same thing, done twice; if one took away what the other brought in, it may
    have moved, or mean something else by now.
    """
    mine, other = changes(base, ours), changes(base, theirs)
    alike = set(mine) & set(other)
    came, went = came_and_went(base, [change for change in mine if change not in alike])
    came_too, went_too = came_and_went(base, [change for change in other if change not in alike])
    return not (came.isdisjoint(came_too | went_too) and came_too.isdisjoint(went))


def are_apart(words: Sequence[bytes]) -> bool:
    """Whether so many words are left alone that what stands before and after them has nothing to do with each other."""
    return len(_black(words)) >= _APART


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
