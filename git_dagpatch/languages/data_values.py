"""Values of data as Python has them, and what mutations make of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from copy import deepcopy
from typing import Any

from msgspec import UNSET

from git_dagpatch.model.operation import Mutation, NewValue, Segment, check_depth

_LARGEST = 2**53 - 1
"""Whole numbers beyond are read otherwise by some readers of JSON."""


class CannotMutate(Exception):
    """A mutation cannot be carried out. Its reason is the word for a conflict."""

    reason = "Unsupported"
    """The layout around the value, or the value itself, is none that can be written so that nothing else changes."""


class InvalidPath(CannotMutate):
    """The path does not lead to a value."""

    reason = "InvalidPath"


class InvalidOperation(CannotMutate):
    """What is to be done cannot be done to the value at the path."""

    reason = "InvalidOperation"


def key_of(segment: Segment) -> Any:
    """The name, key or number by which a segment finds a child."""
    return next(part for part in (segment.field, segment.key, segment.index) if part is not UNSET)


def is_portable(value: Any) -> bool:
    """Whether `value` is written to a document, and read again, as it is."""
    try:
        check_depth(value)
        return _is_portable(value)
    except (ValueError, UnicodeEncodeError):
        return False


def _is_portable(value: Any) -> bool:
    match value:
        case None | bool():
            return True
        case int():
            return abs(value) <= _LARGEST
        case float():
            return math.isfinite(value)
        case str():
            return type(value) is str and value.encode() is not None
        case list():
            return all(map(_is_portable, value))
        case dict():
            return all(isinstance(key, str) and _is_portable(key) and _is_portable(item) for key, item in value.items())
    return False


def same(one: Any, other: Any) -> bool:
    """Whether two values are equal, also in type; the order of fields does not matter."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(item, other[key]) for key, item in one.items())
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other) or (one != one and other != other)


def mutated(value: Any, mutations: Sequence[Mutation]) -> Any:
    """`value` after `mutations` one by one; it stays as it is. Raises InvalidPath and InvalidOperation."""
    root = [value]
    own = {id(root)}
    for mutation in mutations:
        operation, path = mutation.operation, [Segment(index=0), *mutation.path]
        appends = isinstance(operation, NewValue) and operation.append is not UNSET
        if len(path) == 1 and (not isinstance(operation, NewValue) or operation.insert is not UNSET):
            raise InvalidOperation
        around: Any = root
        for segment in path if appends else path[:-1]:
            below = child(around, segment)
            # What is changed is copied first, once.
            if isinstance(below, list | dict) and id(below) not in own:
                around[key_of(segment)] = below = below.copy()
                own.add(id(below))
            around = below
        mutate(path, operation, root)
    return root[0]


def check_untouched(base: Any, target: Any, mutations: Sequence[Mutation]) -> None:
    """Raise InvalidOperation where a mutation, made on `base`, would change what `target` has otherwise than that.

    An element that is inserted has a place only among the same elements. Raises InvalidPath, too.
    """
    for mutation in mutations:
        operation, path = mutation.operation, [Segment(index=0), *mutation.path]
        if not isinstance(operation, NewValue) or operation.append is UNSET:
            inserts = isinstance(operation, NewValue) and operation.insert is not UNSET
            one, other = (_standing([value], path[:-1] if inserts else path) for value in (base, target))
            if not same(one, other):
                raise InvalidOperation
        base, target = mutated(base, [mutation]), mutated(target, [mutation])


def _standing(around: Any, path: Sequence[Segment]) -> list[Any]:
    """What stands at the end of `path`; empty if a field could come there."""
    for segment in path[:-1]:
        around = child(around, segment)
    if isinstance(around, dict) and path[-1].index is UNSET and key_of(path[-1]) not in around:
        return []
    return [child(around, path[-1])]


def mutate(path: Sequence[Segment], operation: str | NewValue, around: Any) -> None:
    """Carry out `operation` at `path`, which is not empty, in the list or dict `around`."""
    for segment in path[:-1]:
        around = child(around, segment)
    last = path[-1]
    if not isinstance(operation, NewValue):
        child(around, last)
        del around[key_of(last)]
    elif operation.set is not UNSET:
        if isinstance(around, list):
            child(around, last)
        elif not isinstance(around, dict) or last.index is not UNSET:
            raise InvalidPath
        around[key_of(last)] = deepcopy(operation.set)
    elif operation.append is not UNSET:
        sequence = child(around, last)
        if not isinstance(sequence, list):
            raise InvalidOperation
        sequence.append(deepcopy(operation.append))
    else:
        if not isinstance(around, list) or not isinstance(last.index, int):
            raise InvalidOperation
        at = last.index
        if not 0 <= at <= len(around):
            raise InvalidPath
        around.insert(at, deepcopy(operation.insert))


def child(around: Any, segment: Segment) -> Any:
    """What stands at `segment` of a list or dict."""
    key = key_of(segment)
    if isinstance(around, list):
        if not isinstance(segment.index, int) or not 0 <= segment.index < len(around):
            raise InvalidPath
        return around[segment.index]
    if not isinstance(around, dict) or segment.index is not UNSET or isinstance(key, list | dict) or key not in around:
        raise InvalidPath
    return around[key]
