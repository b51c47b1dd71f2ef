"""Two patches on one base as one: the graph of both, or the conflicts that replaying one on the other gives.

What collides is for `git_dagpatch.engine.plan` to say, and no second opinion is held here: each patch is planned on
what the other makes. Only if neither order has a conflict and both make the same tree is there a union; it makes that
tree, too.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from msgspec import Struct

from git_dagpatch.alignment.files import differences
from git_dagpatch.engine.compose import compose, steps_of
from git_dagpatch.engine.execute import execute
from git_dagpatch.engine.factor import assemble, factor
from git_dagpatch.engine.plan import plan
from git_dagpatch.engine.select import paths
from git_dagpatch.model.codec import dag
from git_dagpatch.model.conflict import Conflict
from git_dagpatch.model.dag import members
from git_dagpatch.model.errors import InvalidPatch, WrongBase
from git_dagpatch.model.objects import Objects
from git_dagpatch.model.operation import Operation
from git_dagpatch.model.patch import Metadata, Patch
from git_dagpatch.model.paths import encode
from git_dagpatch.model.tree import Tree


class Collision(Struct, frozen=True):
    """Two patches that cannot be united."""

    conflicts: Sequence[Conflict]
    """Each names an operation of the patch that was replayed."""


def unite(first: Patch, second: Patch, base: Tree, metadata: Metadata) -> Patch | Collision:
    """The patch on `base` that does what both do, whichever comes first.

    Raises WrongBase where one of them was made on another tree.
    """
    for patch in (first, second):
        if patch.base != base.id:
            raise WrongBase(
                f"The patch {patch.id[:12]} was made on the tree {patch.base[:12]}, the other one on {base.id[:12]}.",
                hint="Patches of one base can be united; replay one on the other's base first.",
            )
    objects = Objects(base.source)
    made = [execute(patch.operations, base, objects) for patch in (first, second)]
    replayed = plan(second, base, made[0], objects)
    other_way = plan(first, base, made[1], objects)
    conflicts = [*replayed.conflicts] or [*other_way.conflicts]
    if not conflicts and replayed.tree.id != other_way.tree.id:
        conflicts = _differing(second, replayed.tree, other_way.tree)
    if conflicts:
        return Collision(conflicts)
    # In an order of their own, so that it does not matter which was named first.
    in_order = sorted(zip((first, second), made, strict=True), key=lambda item: item[0].id)
    (one, after_one), (other, _) = in_order
    return _graph_of_both(one, other, base, replayed.tree, metadata) or compose(
        [one, factor(after_one, replayed.tree, Metadata())], base, metadata
    )


def _differing(patch: Patch, one: Tree, other: Tree) -> list[Conflict]:
    """The files that come out otherwise in the other order."""
    found = []
    for change in differences(one, other):
        operations = [o for o in patch.operations if encode(change.path) in paths(o)] or patch.operations
        reason = "the patches make something else of it in the other order"
        found.append(Conflict(change.path, str(operations[0].id), reason))
    return found


def _graph_of_both(one: Patch, other: Patch, base: Tree, result: Tree, metadata: Metadata) -> Patch | None:
    """The operations of both side by side, those that they share once; None where texts touch."""
    shared = _with_needs(one) & _with_needs(other)
    operations = [*one.operations, *(o for o in other.operations if o.id not in {identity for identity, _ in shared})]
    if len({operation.id for operation in operations}) < len(operations):
        return None
    both = msgspec.structs.replace(one, operations=operations)
    try:
        steps = steps_of(both, base)
        if execute(operations, base, Objects(base.source)).id != result.id:
            return None
    except (InvalidPatch, WrongBase):
        return None
    return assemble(base, result, metadata, steps)


def _with_needs(patch: Patch) -> set[tuple[str, frozenset[str]]]:
    """The id of each operation with those of all that it depends on: together they tell its effect."""

    def ids(mask: int) -> frozenset[str]:
        return frozenset(str(patch.operations[number].id) for number in members(mask))

    operations: Sequence[Operation] = patch.operations
    closures = dag(operations).closures
    return {(str(operation.id), ids(closures[number])) for number, operation in enumerate(operations)}
