"""The kinds of operations: one kind a file, with its meaning, its footprint and its examples.

A kind is loaded when the first operation of it is met.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import Any

from git_dagpatch.model.errors import UnknownKind
from git_dagpatch.model.operation import KINDS, Operation
from git_dagpatch.operations.kind import Kind


def kind_of(operation: Operation) -> Kind[Any]:
    """How operations of this kind behave. Raises UnknownKind for a kind that this version does not know."""
    if type(operation) not in KINDS:
        raise UnknownKind(
            f"The patch holds an operation of the kind {operation.type!r}, which this version cannot carry out.",
            hint="Use a newer git dagpatch.",
        )
    return _kind(type(operation))


def all_kinds() -> tuple[Kind[Any], ...]:
    """Every kind there is."""
    return tuple(map(_kind, KINDS))


@cache
def _kind(operation: type[Operation]) -> Kind[Any]:
    module = import_module(f"{__name__}.{operation.__struct_config__.tag}")
    kind: Kind[Any] = getattr(module, f"{operation.__name__}Kind")()
    return kind
