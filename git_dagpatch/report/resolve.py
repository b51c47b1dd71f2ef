"""What waits to be decided after a merge, for people and programs."""

from __future__ import annotations

from typing import Any

from git_dagpatch.model.conflict import Resolved, Waiting
from git_dagpatch.model.paths import encode
from git_dagpatch.model.text import safe
from git_dagpatch.report.patch import Style

_SIDES = {
    frozenset("12"): "changed by ours, deleted by theirs",
    frozenset("13"): "deleted by ours, changed by theirs",
    frozenset("23"): "added by both",
    frozenset("123"): "changed by both; it can only be taken whole",
    frozenset("1"): "deleted by both",
    frozenset("2"): "added by ours",
    frozenset("3"): "added by theirs",
}


def waiting_line(place: Waiting, style: Style) -> str:
    """Number, path and line, symbol, and what the sides are called."""
    conflict = place.conflict
    where = safe(encode(place.path)) + (f":{conflict.first_line}" if conflict else "")
    what = _counts(place) if conflict else _SIDES.get(place.stages, "in conflict")
    symbol = f"  {style(safe(place.symbol), 'kind')}" if place.symbol else ""
    return f"{style(str(place.number), 'id')}  {style(where, 'place')}{symbol}  {what}"


def _counts(place: Waiting) -> str:
    assert place.conflict is not None
    ours, theirs = place.conflict.ours.count(b"\n"), place.conflict.theirs.count(b"\n")
    one, other = (safe(label) or name for label, name in zip(place.conflict.labels, ("ours", "theirs"), strict=True))
    return f"{one}: {_lines(ours)}, {other}: {_lines(theirs)}"


def _lines(count: int) -> str:
    return "1 line" if count == 1 else f"{count} lines"


def resolved_line(done: Resolved) -> str:
    """What was decided in one file, and what is left."""
    places = "one place" if done.places == 1 else f"{done.places} places"
    left = f"{done.left} left" if done.left else "staged"
    return f"{safe(encode(done.path))}: {places} decided, {left}"


def waiting_document(place: Waiting) -> dict[str, Any]:
    """A place that waits, as plain values for JSON."""
    conflict = place.conflict
    return {
        "number": place.number,
        "path": encode(place.path),
        "symbol": place.symbol,
        "lines": [conflict.first_line, conflict.last_line] if conflict else None,
        "labels": list(conflict.labels) if conflict else None,
        "stages": sorted(map(int, place.stages)),
    }


def resolved_document(done: Resolved) -> dict[str, Any]:
    """What was decided in one file, as plain values for JSON."""
    return {"path": encode(done.path), "places": done.places, "left": done.left}
