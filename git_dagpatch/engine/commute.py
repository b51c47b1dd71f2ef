"""The primitive of patch theory: two effects in sequence, with the same result in the other order, or not at all.

Changes of different files commute unless one file's path would lie inside the other. Changes of one text commute where
their spans are apart by at least one byte. A file that moves takes changes to it along. Everything else does not
commute: what brings a file or takes it away, two modes, two places.
"""

from __future__ import annotations

from collections.abc import Sequence

from git_dagpatch.model.effect import Appear, Change, Effect, Relocate, Rewrite, SetMode, Span, Vanish
from git_dagpatch.model.paths import parents


def commute(first: Effect, second: Effect) -> tuple[Effect, Effect] | None:
    """For `second` in the state that `first` leaves: the pair (second', first') with the same effect, or None.

    second' is in the state before `first`, first' in the state that second' leaves.
    """
    if _places_clash(first, second):
        return None
    arrivals = {change.target: path for path, change in first.items() if isinstance(change, Relocate)}
    earlier: dict[bytes, Change] = {}
    later = dict(first)
    for path, change in second.items():
        before = arrivals.get(path, path)
        other = first.get(before)
        pair = _one_file(other, change) if other is not None else (change, None)
        if pair is None:
            return None
        earlier[before], after = pair
        if after is None:
            continue
        del later[before]
        later[change.target if isinstance(change, Relocate) else before] = after
    return earlier, later


def _one_file(first: Change, second: Change) -> tuple[Change, Change | None] | None:
    """Two changes of the same file: (second', first'), or None."""
    match first, second:
        case Rewrite(one), Rewrite(other):
            return _texts(one, other)
        case ((Rewrite() | SetMode()), Relocate()):
            return second, first
        case Relocate(), (Rewrite() | SetMode()):
            return second, None
        case (Rewrite(), SetMode()) | (SetMode(), Rewrite()):
            return second, first
    return None


def _texts(first: Sequence[Span], second: Sequence[Span]) -> tuple[Rewrite, Rewrite] | None:
    """Spans of one text, `second` in the text that `first` leaves."""
    earlier: list[Span] = []
    later: list[Span] = []
    at = 0
    grown = shifted = 0
    for start, end, insert in second:
        while at < len(first) and first[at].start + grown + len(first[at].insert) < start:
            later.append(_moved(first[at], shifted))
            grown += first[at].growth
            at += 1
        if at < len(first) and first[at].start + grown <= end:
            return None
        earlier.append(Span(start - grown, end - grown, insert))
        shifted += earlier[-1].growth
    later += (_moved(span, shifted) for span in first[at:])
    return Rewrite(tuple(earlier)), Rewrite(tuple(later))


def _moved(span: Span, by: int) -> Span:
    return Span(span.start + by, span.end + by, span.insert)


def _places_clash(first: Effect, second: Effect) -> bool:
    """Whether a place that one fills or frees is needed free, or as a directory, by the other."""
    one, other = _places(first), _places(second)
    if not one or not other:
        return False
    return any(place in other or _under(place, other) for place in one) or any(_under(place, one) for place in other)


def _places(effect: Effect) -> set[bytes]:
    """The paths at which a file comes to stand or stops to."""
    places = set()
    for path, change in effect.items():
        if isinstance(change, Appear | Vanish | Relocate):
            places.add(path)
        if isinstance(change, Relocate):
            places.add(change.target)
    return places


def _under(place: bytes, others: set[bytes]) -> bool:
    return any(directory in others for directory in parents(place))
