"""Definitions and elements that both sides added at one place where order has no meaning: both, ours first."""

from __future__ import annotations

import re
from itertools import pairwise

from git_dagpatch.merging.dispute import Dispute
from git_dagpatch.merging.policies.spaced import Spaced, with_blank_lines
from git_dagpatch.merging.units import Units, changed_beside, changes, joined, merge_units

_MEMBER = re.compile(rb"[ \t]*(?:@|def |async def |class |[\"'][^\"'\n]*[\"'],?\s*(?:#.*)?$)")
_STRING = re.compile(rb"\s*[\"']")
_FRAGMENT = re.compile(rb"\s*([\"'])[^\n]*?\1\s*(?:#.*)?$")
_NAME = re.compile(rb"(?:def|class)\s+(\w+)")


def members(dispute: Dispute) -> bytes | None:
    """Whole definitions, and strings that have a line each, such as those of ``__all__``."""
    if dispute.language.name != "python":
        return None
    base, ours, theirs = map(_members, dispute.part)
    if base is None or ours is None or theirs is None:
        return None
    if changed_beside(changes(base.units, ours.units), changes(base.units, theirs.units)):
        return None
    merged = merge_units(base.units, ours.units, theirs.units, add=_joined)
    widest = max((*ours.gaps, *theirs.gaps), key=len)
    if merged is None or _goes_on(merged):
        return None
    return with_blank_lines(merged, (ours, theirs, base), lambda _: "", widest)


def _goes_on(units: Units) -> bool:
    """Whether a string stands next to another one without a comma: together they are one."""
    return any(_FRAGMENT.match(one) and _STRING.match(two) for one, two in pairwise(units))


def _joined(ours: Units, theirs: Units) -> Units | None:
    """Both; None where they define one name in two ways."""
    mine, other = ({found[1] for unit in units if (found := _NAME.search(unit))} for units in (ours, theirs))
    is_told_twice = not mine.isdisjoint(other) and not set(ours) <= set(theirs) and not set(theirs) <= set(ours)
    return None if is_told_twice else joined(ours, theirs)


def _members(text: bytes) -> Spaced | None:
    """Definitions with their decorators and bodies, and lines of strings; None where something else stands there."""
    units: list[bytes] = []
    gaps = [b""]
    depth = None
    decorated = False
    for line in text.splitlines(keepends=True):
        words = line.lstrip()
        if not words:
            gaps[-1] += line
            continue
        indentation = len(line) - len(words)
        if depth is None:
            depth = indentation
        inside = indentation > depth or (indentation == depth and words[:1] in b")]}")
        if (inside and not units) or indentation < depth or not (inside or _MEMBER.match(line)):
            return None
        if inside or decorated:
            units[-1] += gaps.pop() + line
        else:
            units.append(line)
        gaps.append(b"")
        decorated = words.startswith(b"@") if not inside else decorated
    return Spaced(units, gaps)
