"""What two operations say as one: a name that is changed twice, a file that is made and then changed."""

from __future__ import annotations

import msgspec
from msgspec import UNSET, UnsetType

from git_dagpatch.engine.lineage import Passage
from git_dagpatch.model.operation import Create, Delete, Edit, Mode, Move, Operation, Rename, Whitespace
from git_dagpatch.model.paths import encode
from git_dagpatch.model.text import to_text


def on_one_file(first: Operation | None, second: Operation | None, one: Passage, text: bytes) -> Operation | None:
    """The operation that says what two did to one file, which has `text` after them, if there is one."""
    match first, second:
        case Create(), _ if one.end is not None:
            return Create(target=encode(one.end), mode=one.mode_after, content=to_text(text))
        case _, Delete() if one.start is not None and one.end is None:
            return Delete(target=encode(one.start))
        case Move(symbol_kind=msgspec.UNSET), Move(symbol_kind=msgspec.UNSET) if one.start and one.end:
            return bare(first, source=encode(one.start), target=encode(one.end))
        case Mode(), Mode() if one.end is not None:
            return Mode(target=encode(one.end), mode=one.mode_after)
    return None


def in_turn(first: Operation | None, second: Operation | None) -> Operation | None:
    """The one operation that `first` and then `second` may be, to be proved."""
    match first, second:
        case Rename(), Rename() if first.symbol_kind == second.symbol_kind and _renamed(first) == second.symbol:
            total = first.total and second.total
            return msgspec.structs.replace(
                first, new_name=second.new_name, total=total, confidence=_least(first, second)
            )
        case Move(symbol_kind=str()), Move(symbol_kind=str()) if first.target == second.source:
            confidence = _least(first, second)
            return msgspec.structs.replace(first, target=second.target, after=second.after, confidence=confidence)
        case Whitespace(), Whitespace() if first.transform == second.transform:
            return msgspec.structs.replace(first, confidence=_least(first, second))
    return None


def _renamed(operation: Rename) -> str:
    """The symbol under its new name; empty for a module, which is named by its file."""
    path, _, name = operation.symbol.partition(":")
    owner, dot, _ = name.rpartition(".")
    return f"{path}:{owner}{dot}{operation.new_name}" if name else ""


def _least(first: Operation, second: Operation) -> float | UnsetType:
    told = [one.confidence for one in (first, second) if one.confidence is not UNSET]
    return min(told) if told else UNSET


def bare(operation: Operation, **changes: object) -> Operation:
    """`operation` without what it is called and needs in its patch, and without what is told of it again."""
    description = operation.description
    if isinstance(operation, Edit) and description is not UNSET:
        # What is told of an edit was seen when it was found.
        path = operation.target.partition(":")[0]
        description = UNSET if description.startswith("Edit ") else description.removesuffix(f" in {path}")
    return msgspec.structs.replace(
        operation,
        id=UNSET,
        depends_on=[],
        because=UNSET,
        semantic_tags=UNSET,
        description=description if isinstance(operation, Edit) else UNSET,
        **changes,
    )
