"""The kinds of operations: one kind a file, with its meaning, its footprint and its examples."""

from __future__ import annotations

from typing import Any

from git_dagpatch.model.errors import UnknownKind
from git_dagpatch.model.operation import Operation
from git_dagpatch.operations.binary_delta import BinaryDeltaKind
from git_dagpatch.operations.copy import CopyKind
from git_dagpatch.operations.create import CreateKind
from git_dagpatch.operations.delete import DeleteKind
from git_dagpatch.operations.edit import EditKind
from git_dagpatch.operations.kind import Kind
from git_dagpatch.operations.mode import ModeKind
from git_dagpatch.operations.move import MoveKind
from git_dagpatch.operations.mutate import MutateKind
from git_dagpatch.operations.rename import RenameKind
from git_dagpatch.operations.reorder import ReorderKind
from git_dagpatch.operations.string_replace import StringReplaceKind
from git_dagpatch.operations.whitespace import WhitespaceKind

ALL_KINDS: tuple[Kind[Any], ...] = (
    CreateKind(),
    DeleteKind(),
    MoveKind(),
    CopyKind(),
    RenameKind(),
    StringReplaceKind(),
    ReorderKind(),
    ModeKind(),
    EditKind(),
    WhitespaceKind(),
    MutateKind(),
    BinaryDeltaKind(),
)
_BY_OPERATION: dict[type[Operation], Kind[Any]] = {kind.operation: kind for kind in ALL_KINDS}


def kind_of(operation: Operation) -> Kind[Any]:
    """How operations of this kind behave. Raises UnknownKind for a kind that this version does not know."""
    kind = _BY_OPERATION.get(type(operation))
    if kind is None:
        raise UnknownKind(
            f"The patch holds an operation of the kind {operation.type!r}, which this version cannot carry out.",
            hint="Use a newer git dagpatch.",
        )
    return kind
