"""One operation of a patch as several smaller ones with the same effect, or with others in its place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec
from msgspec import UNSET

from git_dagpatch.alignment.lines import whole_lines
from git_dagpatch.engine.describe import described, undescribed
from git_dagpatch.engine.execute import state_before, weave_in
from git_dagpatch.engine.select import with_ids, with_operations
from git_dagpatch.engine.state import State
from git_dagpatch.model.codec import dag
from git_dagpatch.model.effect import Effect, Rewrite
from git_dagpatch.model.errors import ProofFailed
from git_dagpatch.model.objects import Objects
from git_dagpatch.model.operation import Edit, Operation, Recorded, Rename, StringReplace, Whitespace
from git_dagpatch.model.patch import Patch
from git_dagpatch.model.paths import encode
from git_dagpatch.model.tree import Tree
from git_dagpatch.operations import kind_of
from git_dagpatch.operations.footprint import write_footprint


def pieces(operation: Operation, files: State) -> list[Operation]:
    """`operation` as smaller ones, all in the state `files` that its dependencies leave; empty where it is one thing.

    An edit goes by its hunks, a rename and a change of layout by files, text that is replaced by files and in one file
    by places. A rename of a part of its places in a file would be none.
    """
    effect = kind_of(operation).effect(operation, files)
    if not all(isinstance(change, Rewrite) for change in effect.values()):
        return []
    match operation:
        case Edit():
            found = [_edit(operation, part, files) for part in _by_place(_whole(effect, files))]
        case StringReplace() if len(effect) == 1:
            found = [_recorded(operation, part, total=False) for part in _by_place(effect)]
        case StringReplace():
            found = [_recorded(operation, part, total=operation.total) for part in _by_file(effect)]
        case Rename():
            found = [_recorded(operation, part, total=False) for part in _by_file(effect)]
        case Whitespace():
            found = [_recorded(operation, part) for part in _by_file(effect)]
        case _:
            return []
    return found if len(found) > 1 else []


def _whole(effect: Effect, files: State) -> Effect:
    """`effect` with spans of whole lines, as edits have them."""
    return {
        path: Rewrite(whole_lines(files.read(path), change.spans))
        for path, change in effect.items()
        if isinstance(change, Rewrite)
    }


def _by_file(effect: Effect) -> Iterator[Effect]:
    return ({path: change} for path, change in sorted(effect.items()))


def _by_place(effect: Effect) -> Iterator[Effect]:
    for path, change in effect.items():
        if isinstance(change, Rewrite):
            yield from ({path: Rewrite((span,))} for span in change.spans)


def _edit(operation: Edit, effect: Effect, files: State) -> Operation:
    return kind_of(operation).record(undescribed(operation), effect, files)


def _recorded(operation: Recorded, effect: Effect, **fields: bool) -> Operation:
    scope = sorted(encode(path) for path in effect)
    return msgspec.structs.replace(operation, footprint=write_footprint(effect), scope=scope, **fields)


def parts(patch: Patch, base: Tree, number: int) -> list[Operation]:
    """An operation as smaller ones, in the state that its dependencies leave; empty where it is one thing."""
    return pieces(patch.operations[number], state_before(patch, base, number))


def divided(patch: Patch, base: Tree, number: int) -> tuple[Patch, int]:
    """`patch` with an operation in smaller ones, and how many; 1 if it is one thing. They stand in its place.

    What depends on it depends on each of them. Raises ProofFailed rather than change what the patch makes.
    """
    found = parts(patch, base, number)
    if not found:
        return patch, 1
    made = replaced(patch, base, number, found)
    if made.result != patch.result:
        raise ProofFailed(
            "The smaller operations do not make what the one makes, so they are not given out.",
            cause=f"They make the tree {made.result}, not {patch.result}.",
            hint="This is a bug of git dagpatch; please report the commit.",
        )
    return made, len(found)


def replaced(patch: Patch, base: Tree, number: int, others: Sequence[Operation]) -> Patch:
    """`patch` with `others` in the place of an operation, in the state that this one was in.

    What depends on it depends on all of them. Raises WrongBase or InvalidPatch where that does not execute.
    """
    old = patch.operations[number]
    named = [f"{old.id}/{at}" for at in range(len(others))]
    new = [
        described(
            msgspec.structs.replace(other, id=name, depends_on=old.depends_on, because=old.because), patch.metadata
        )
        for name, other in zip(named, others, strict=True)
    ]
    left = [*patch.operations[:number], *new, *patch.operations[number + 1 :]]
    operations = with_ids([_relinked(operation, str(old.id), named) for operation in left])
    graph = dag(operations)
    result = weave_in(operations, graph, base, graph.everything).tree(graph.everything, Objects(base.source))
    return with_operations(patch, base, operations, result.id)


def _relinked(operation: Operation, old: str, new: Sequence[str]) -> Operation:
    if old not in operation.depends_on:
        return operation
    needs = [other for need in operation.depends_on for other in (new if need == old else [need])]
    because = operation.because
    if because is not UNSET:
        because = {other: why for need, why in because.items() for other in (new if need == old else [need])}
    return msgspec.structs.replace(operation, depends_on=needs, because=because)
