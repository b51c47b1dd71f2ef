"""A part of a patch: the operations that were asked for, and all that they depend on."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from fnmatch import fnmatchcase

import msgspec
from msgspec import UNSET, Struct

from git_dagpatch.engine.base_files import base_files
from git_dagpatch.engine.execute import weave_in
from git_dagpatch.model.codec import dag
from git_dagpatch.model.dag import members
from git_dagpatch.model.errors import Refused, UsageError
from git_dagpatch.model.ids import operation_ids, patch_id
from git_dagpatch.model.objects import Objects, Oid
from git_dagpatch.model.operation import Operation, Recorded, said
from git_dagpatch.model.patch import Patch
from git_dagpatch.model.tar import base_tar
from git_dagpatch.model.tree import Tree

_NUMBER = re.compile(r"#(\d{1,9})")
_HEX = re.compile(r"[0-9a-f]{4,40}")


class Terms(Struct, frozen=True):
    """What a person asks for, in the words of `matching`."""

    only: tuple[str, ...] = ()
    """Operations of any of these terms; all operations if there are none."""
    without: tuple[str, ...] = ()
    """Operations that are left out, whatever `only` says."""
    strict: bool = False
    """Refuse rather than take or leave more than was asked for."""

    def __bool__(self) -> bool:
        return bool(self.only or self.without)


class Selection(Struct, frozen=True):
    """The operations that are taken, closed under dependency, and what that cost."""

    chosen: int
    added: int
    """Taken because something that was asked for depends on them."""
    dropped: int
    """Left out because they depend on something that is left out."""


def choose(operations: Sequence[Operation], terms: Terms) -> Selection:
    """The selection that `terms` stand for.

    Raises UsageError for a term that could mean two things; Refused where `strict` forbids what closing under
    dependency asks for.
    """
    graph = dag(operations)
    wanted, unwanted = meant(operations, terms)
    kept = graph.everything & ~graph.users(unwanted)
    asked = wanted & ~unwanted
    chosen = graph.closed(asked & kept)
    selection = Selection(chosen, chosen & ~asked, asked & ~kept)
    if terms.strict and (selection.added or selection.dropped):
        raise Refused(
            "The selection is not closed under dependency.",
            cause=" ".join(explained(operations, selection)),
            hint="Leave out --strict to take that along.",
        )
    return selection


def meant(operations: Sequence[Operation], terms: Terms) -> tuple[int, int]:
    """The operations that are asked for, and those that are to be left out, whatever depends on them."""
    graph = dag(operations)
    return _any(operations, terms.only) if terms.only else graph.everything, _any(operations, terms.without)


def matched(operations: Sequence[Operation], terms: Terms) -> frozenset[str]:
    """The terms that name an operation."""
    return frozenset(term for term in (*terms.only, *terms.without) if matching(operations, term))


def explained(operations: Sequence[Operation], selection: Selection) -> Iterator[str]:
    """A sentence for each operation that is taken or left without having been asked for."""
    graph = dag(operations)
    for number in members(selection.added):
        users = [other for other in members(selection.chosen) if graph.needs[other] >> number & 1]
        yield f"Taken as well: {_told(operations[number])}, which {_told(operations[users[0]])} needs."
    for number in members(selection.dropped):
        needs = members(graph.closures[number] & ~selection.chosen)
        yield f"Left out as well: {_told(operations[number])}, which needs {_told(operations[next(needs)])}."


def explained_inverse(operations: Sequence[Operation], asked: int) -> Iterator[str]:
    """A sentence for each operation that is taken back because it depends on one of `asked`."""
    graph = dag(operations)
    for number in members(graph.users(asked) & ~asked):
        needs = members(graph.closures[number] & asked)
        yield f"Taken back as well: {_told(operations[number])}, which needs {_told(operations[next(needs)])}."


def select(patch: Patch, base: Tree, chosen: int) -> Patch:
    """The patch of the operations in the mask `chosen`, which is closed under dependency, on the same base."""
    graph = dag(patch.operations)
    if chosen == graph.everything:
        return patch
    picked = [patch.operations[number] for number in members(chosen)]
    result = weave_in(patch.operations, graph, base, chosen).tree(chosen, Objects(base.source))
    # A part is not the commit, even where it leads to the same tree.
    part = msgspec.structs.replace(patch, metadata=msgspec.structs.replace(patch.metadata, commit=UNSET))
    return with_operations(part, base, with_ids(picked), result.id)


def with_operations(patch: Patch, base: Tree, operations: list[Operation], result: Oid) -> Patch:
    """`patch` with other operations, whose ids are set, and what they make of its base.

    Where that is another tree, the patch is the commit's no more, but still of its author, with its message.
    """
    archive = base_tar(base_files(operations, base), base.source)
    metadata = patch.metadata
    if result != patch.result:
        metadata = msgspec.structs.replace(metadata, commit=UNSET)
    return msgspec.structs.replace(
        patch,
        id=patch_id(archive, operations, metadata),
        result=result,
        base_tar=archive,
        metadata=metadata,
        operations=operations,
    )


def with_ids(operations: Sequence[Operation]) -> list[Operation]:
    """`operations` with the ids that they have among themselves: equal ones are counted. Edges follow."""
    ids = dict(zip((str(operation.id) for operation in operations), operation_ids(operations), strict=True))
    return [
        msgspec.structs.replace(
            operation,
            id=ids[str(operation.id)],
            depends_on=[ids[need] for need in operation.depends_on],
            because=UNSET
            if operation.because is UNSET
            else {ids[need]: why for need, why in operation.because.items()},
        )
        for operation in operations
    ]


def _any(operations: Sequence[Operation], terms: Sequence[str]) -> int:
    mask = 0
    for term in terms:
        mask |= matching(operations, term)
    return mask


def matching(operations: Sequence[Operation], term: str) -> int:
    """The operations that `term` names. Raises UsageError if it could mean two things.

    A term is the number of an operation in the patch, as in ``#3``, an id or its first 4 hex digits or more, a kind, a
    semantic tag, a path (a directory or a pattern with ``*``, too), a symbol or ``path:symbol``. With ``id:``,
    ``kind:``, ``tag:``, ``path:`` or ``symbol:`` before it, it is that and nothing else.
    """
    if number := _NUMBER.fullmatch(term):
        at = int(number[1])
        return 1 << at if at < len(operations) else 0
    named, colon, rest = term.partition(":")
    if colon and named in _TESTS:
        found = {named: _mask(operations, _TESTS[named], rest)}
    else:
        found = {name: mask for name, test in _TESTS.items() if (mask := _mask(operations, test, term))}
    meanings = {mask for mask in found.values() if mask}
    if len(meanings) > 1:
        raise UsageError(f"{term!r} could mean {' or '.join(f'{name}:{term}' for name in found)}.", hint="Say which.")
    return meanings.pop() if meanings else 0


def _mask(operations: Sequence[Operation], test: Callable[[Operation, str], bool], term: str) -> int:
    return sum(1 << number for number, operation in enumerate(operations) if test(operation, term))


def _by_id(operation: Operation, term: str) -> bool:
    return bool(_HEX.fullmatch(term)) and str(operation.id).startswith(term)


def _by_kind(operation: Operation, term: str) -> bool:
    return operation.type == term


def _by_tag(operation: Operation, term: str) -> bool:
    return operation.semantic_tags is not UNSET and term in operation.semantic_tags


def _by_path(operation: Operation, term: str) -> bool:
    below = term.rstrip("/") + "/"
    return any(path == term or path.startswith(below) or fnmatchcase(path, term) for path in paths(operation))


def _by_symbol(operation: Operation, term: str) -> bool:
    """A whole file's symbol is empty, so that it is named by its path alone."""
    path, _, symbol = term.rpartition(":")
    for place in _places(operation):
        file, _, name = place.partition(":")
        if name and path in ("", file) and (name == symbol or name.startswith(symbol + ".")):
            return True
    return False


_TESTS: dict[str, Callable[[Operation, str], bool]] = {
    "id": _by_id,
    "kind": _by_kind,
    "tag": _by_tag,
    "path": _by_path,
    "symbol": _by_symbol,
}


def _places(operation: Operation) -> Iterator[str]:
    """The targets that an operation names."""
    for name in ("target", "source", "symbol"):
        place = getattr(operation, name, None)
        if isinstance(place, str):
            yield place


def paths(operation: Operation) -> set[str]:
    """The files that an operation changes or names, as the document writes them."""
    named = {place.partition(":")[0] for place in _places(operation)}
    if isinstance(operation, Recorded) and operation.footprint is not UNSET:
        named |= operation.footprint.keys()
    return named


def _told(operation: Operation) -> str:
    return f"{str(operation.id)[:8]} ({said(operation)})"
