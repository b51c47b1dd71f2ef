"""What waits to be decided after a merge, for people and programs."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import unified_diff
from itertools import islice
from typing import Any

from git_dagpatch.model.conflict import Proposal, Resolved, State, Waiting
from git_dagpatch.model.paths import encode
from git_dagpatch.model.text import safe
from git_dagpatch.report.patch import Style
from git_dagpatch.report.plan import proposal_document, told

_SIDES = {
    frozenset("12"): "changed by ours, deleted by theirs",
    frozenset("13"): "deleted by ours, changed by theirs",
    frozenset("23"): "added by both",
    frozenset("123"): "changed by both; it can only be taken whole",
    frozenset("1"): "deleted by both",
    frozenset("2"): "added by ours",
    frozenset("3"): "added by theirs",
}


_STATES = {
    State.EDITED: "changed by hand, not decided",
    State.DECIDED: "decided by hand; `git add` says so",
    State.UNCLEAR: "markers and text cannot be told apart; decide it by hand",
}


def waiting_line(place: Waiting, style: Style) -> str:
    """Number, path and line, symbol, and what the sides are called."""
    symbol = f"  {style(safe(place.symbol), 'kind')}" if place.symbol else ""
    return f"{style(str(place.number), 'id')}  {style(safe(place.name), 'place')}{symbol}  {_what(place)}"


def _what(place: Waiting) -> str:
    if place.state is not State.WAITS:
        return _STATES[place.state]
    if place.conflict is None:
        return _SIDES.get(place.stages, "in conflict")
    moved = place.lines is not None and place.lines[0] != place.conflict.first_line
    return _counts(place) + (f" (line {place.lines[0]} now)" if moved and place.lines else "")


def _counts(place: Waiting) -> str:
    assert place.conflict is not None
    ours, theirs = place.conflict.ours.count(b"\n"), place.conflict.theirs.count(b"\n")
    one, other = (safe(label) or name for label, name in zip(place.conflict.labels, ("ours", "theirs"), strict=True))
    return f"{one}: {_lines(ours)}, {other}: {_lines(theirs)}"


def detail_lines(place: Waiting, style: Style) -> Iterator[str]:
    """What both sides did at a place, and each proposal as a diff against our side."""
    if any(place.intents):
        ours, theirs = map(told, place.intents)
        yield f"    ours: {ours}"
        yield f"    theirs: {theirs}"
    for number, proposal in enumerate(place.proposals, 1):
        yield f"    {style(f'proposal {number}', 'id')}: {proposal.label}"
        if proposal.advice:
            yield f"      {safe(proposal.advice)}"
        yield from (f"      {line}" for line in _diff(proposal, style))


def _diff(proposal: Proposal, style: Style) -> Iterator[str]:
    if proposal.text == proposal.instead:
        yield "our side as it is"
        return
    before, after = (text.decode(errors="replace").splitlines() for text in (proposal.instead, proposal.text))
    for line in islice(unified_diff(before, after, lineterm=""), 2, None):
        role = {"+": "added", "-": "removed", "@": "place"}.get(line[:1], "")
        yield style(safe(line), role) if role else safe(line)


def _lines(count: int) -> str:
    return "1 line" if count == 1 else f"{count} lines"


def resolved_line(done: Resolved) -> str:
    """What was decided in one file, and what is left."""
    places = "one place" if done.places == 1 else f"{done.places} places"
    if done.markers:
        lines = ", ".join(map(str, done.markers))
        left = f"not staged: markers are left in line {lines}" if len(done.markers) == 1 else ""
        left = left or f"not staged: markers are left in lines {lines}"
    else:
        left = f"{done.left} left" if done.left else "staged"
    return f"{safe(encode(done.path))}: {places} decided, {left}"


def waiting_document(place: Waiting) -> dict[str, Any]:
    """A place that waits, as plain values for JSON."""
    conflict = place.conflict
    return {
        "number": place.number,
        "name": place.name,
        "path": encode(place.path),
        "symbol": place.symbol,
        "state": place.state.value,
        "lines": list(place.lines) if place.lines else None,
        "labels": list(conflict.labels) if conflict else None,
        "stages": sorted(map(int, place.stages)),
        "intents": {"ours": list(place.intents[0]), "theirs": list(place.intents[1])},
        "proposals": [proposal_document(number, found) for number, found in enumerate(place.proposals, 1)],
    }


def resolved_document(done: Resolved) -> dict[str, Any]:
    """What was decided in one file, as plain values for JSON."""
    return {
        "path": encode(done.path),
        "places": done.places,
        "left": done.left,
        "staged": done.staged,
        "markers": list(done.markers),
    }
