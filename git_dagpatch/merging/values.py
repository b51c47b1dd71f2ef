"""Whether merged data holds the values that three versions lead to: what a side set is there, what it took is gone."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

from git_dagpatch.languages import is_data, value_of
from git_dagpatch.languages.data_values import CannotMutate, same
from git_dagpatch.merging.dispute import Texts

_NONE = object()
"""The value of a field that is not there."""


def fault_of_values(path: bytes, texts: Texts, ours: bytes, theirs: bytes, *, decided: bool) -> str:
    """What speaks against a merge of data, as a phrase; empty if nothing does, or if the texts cannot be read for sure.

    `ours` and `theirs` are what comes out with the one or the other side in the places that stay open. `decided` says
    that a rule was asked for by which one of two values may be taken.
    """
    if not is_data(path):
        return ""
    try:
        versions = _Versions(*(value_of(path, text) for text in (*texts, ours, theirs)))
    except CannotMutate:
        return ""
    wrong = next(_wrong(versions, decided), None)
    return "" if wrong is None else f"the value of {'.'.join(wrong) or 'the whole'} is not what the sides lead to"


def told_twice(path: bytes, texts: Texts, merged: bytes) -> str:
    """What both sides added to one list of data, each in its own way, as a phrase; empty if nothing, or if the texts
    cannot be read for sure.

    An element is known by its first field, if that is a text that all elements of the list have, each another one.
    """
    if not is_data(path):
        return ""
    try:
        _, ours, theirs, found = (value_of(path, text) for text in (*texts, merged))
    except CannotMutate:
        return ""
    return next(_twice(ours, theirs, found, ()), "")


def _twice(ours: Any, theirs: Any, merged: Any, place: tuple[str, ...]) -> Iterator[str]:
    if all(isinstance(one, dict) for one in (ours, theirs, merged)):
        for name in (name for name in ours if name in theirs and name in merged):
            yield from _twice(ours[name], theirs[name], merged[name], (*place, str(name)))
    elif all(isinstance(one, list) and one and all(isinstance(field, dict) for field in one) for one in (ours, merged)):
        field = next(iter(merged[0]), None)
        names = [_names(field, one) for one in (ours, theirs, merged)]
        if all(names) and all(max(known.values()) == 1 for known in names[:2]):
            for name in (name for name, count in names[2].items() if count > 1):
                yield f"{'.'.join(place) or 'the whole'} has two with {field} {name}"


def _names(field: object, elements: Any) -> Counter[str]:
    """What the elements of a list have in a field; empty if one has no text there."""
    if not isinstance(elements, list):
        return Counter()
    found = [element.get(field) if isinstance(element, dict) else None for element in elements]
    names = [name for name in found if isinstance(name, str)]
    return Counter(names) if len(names) == len(found) else Counter()


class _Versions(NamedTuple):
    """The values of one field."""

    base: Any
    ours: Any
    theirs: Any
    mine: Any
    """In the result, with our side where it is open."""
    other: Any
    """In the result, with their side where it is open."""


def _wrong(at: _Versions, decided: bool) -> Iterator[tuple[str, ...]]:
    """The paths of fields that hold something else than they shall."""
    if _same(at.mine, at.ours) and _same(at.other, at.theirs):
        # Both sides have it so, or the place is open.
        return
    if _same(at.mine, at.other):
        for one, changed in (at.ours, at.theirs), (at.theirs, at.ours):
            if _same(one, at.base) and _same(at.mine, changed):
                return
        if decided and (_same(at.mine, at.ours) or _same(at.mine, at.theirs)):
            return
    if all(isinstance(one, dict) for one in at[1:]) and (isinstance(at.base, dict) or at.base is _NONE):
        fields = [{} if one is _NONE else one for one in at]
        for name in dict.fromkeys(name for one in fields for name in one):
            for path in _wrong(_Versions(*(one.get(name, _NONE) for one in fields)), decided):
                yield str(name), *path
    elif not all(isinstance(one, list) for one in at) or not (_elements_fit(at) or _positions_fit(at, decided)):
        yield ()


def _elements_fit(at: _Versions) -> bool:
    """Whether each element is there as often as the sides lead to, and not both brought their own of one thing."""
    if not _told(at.ours, at.base, at.theirs).isdisjoint(_told(at.theirs, at.base, at.ours)):
        return False
    was, here, there, *found = (Counter(json.dumps(one, sort_keys=True, default=str) for one in some) for some in at)
    for element in was | here | there | found[0] | found[1]:
        counts = {here[element], there[element], max(0, here[element] + there[element] - was[element])}
        if found[0] == found[1] and was[element] in (here[element], there[element]):
            # One side changed how often it is there, or none did.
            counts = {here[element] + there[element] - was[element]}
        if not all(min(counts) <= one[element] <= max(counts) for one in found):
            return False
    return True


def _told(side: list[Any], base: list[Any], other: list[Any]) -> set[tuple[str, str]]:
    """The texts in fields of the elements that this side alone has, but for those that an element of base has."""
    own = [one for one in side if not any(_same(one, known) for known in (*base, *other))]
    mine, known = (
        {(name, text) for one in some if isinstance(one, dict) for name, text in one.items() if isinstance(text, str)}
        for some in (own, base)
    )
    return mine - known


def _positions_fit(at: _Versions, decided: bool) -> bool:
    """Whether no element came, went or moved on a side, and each is what the sides lead to."""
    if len({len(one) for one in at}) != 1:
        return False
    for side in (at.ours, at.theirs):
        changed = [one for one, before in zip(side, at.base, strict=True) if not _same(one, before)]
        if any(_same(one, before) for one in changed for before in at.base):
            return False
    return all(next(_wrong(_Versions(*row), decided), None) is None for row in zip(*at, strict=True))


def _same(one: Any, other: Any) -> bool:
    return one is other if one is _NONE or other is _NONE else same(one, other)
