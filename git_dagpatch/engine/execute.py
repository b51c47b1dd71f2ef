"""Execute a patch on its base: by footprints alone, in no order, each operation where its dependencies left things."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from git_dagpatch.engine.lineage import Lineages
from git_dagpatch.engine.state import State
from git_dagpatch.model.codec import dag
from git_dagpatch.model.dag import Dag, members
from git_dagpatch.model.effect import Appear, Effect, Rewrite, Vanish
from git_dagpatch.model.errors import InvalidPatch
from git_dagpatch.model.objects import Objects
from git_dagpatch.model.operation import Operation
from git_dagpatch.model.patch import Patch
from git_dagpatch.model.tree import Tree
from git_dagpatch.operations import kind_of


def execute(operations: Sequence[Operation], base: Tree, objects: Objects, chosen: int | None = None) -> Tree:
    """The tree that `operations` make of `base`; new objects are kept in `objects`.

    `chosen` is a mask of operations that is closed under dependency, all of them by default. Raises WrongBase where
    the operations do not fit `base`, InvalidPatch where two collide of which neither depends on the other.
    """
    graph = dag(operations)
    everything = graph.everything if chosen is None else chosen
    return weave_in(operations, graph, base, everything).tree(everything, objects)


def weave_in(operations: Sequence[Operation], graph: Dag, base: Tree, chosen: int) -> Lineages:
    """The lineages of `base` through the operations of the mask `chosen`."""
    lineages = Lineages(base, operations=[operations[number] for number in graph.order if chosen >> number & 1])
    for closure, group in by_closure(graph, chosen):
        state = State(lineages, closure)
        effects = [(number, kind_of(operations[number]).effect(operations[number], state)) for number in group]
        for batch in batches(effects):
            check_independent(operations, closure, lineages.add(batch, closure))
    return lineages


def by_closure(graph: Dag, chosen: int) -> Iterator[tuple[int, list[int]]]:
    """The operations of the mask `chosen` by what they depend on, what is needed first."""
    # An operation's closure is larger than that of each operation in it.
    numbers = sorted(members(chosen), key=lambda number: (graph.closures[number].bit_count(), graph.closures[number]))
    for closure, group in groupby(numbers, key=lambda number: graph.closures[number]):
        yield closure, list(group)


def batches(effects: list[tuple[int, Effect]]) -> list[list[tuple[int, Effect]]]:
    """All that only rewrites text at once, since that is fast; the rest one by one, what makes room first."""
    rewrites = [item for item in effects if all(isinstance(change, Rewrite) for change in item[1].values())]
    rest = [item for item in effects if any(not isinstance(change, Rewrite) for change in item[1].values())]
    return [*([item] for item in sorted(rest, key=room)), rewrites]


def room(item: tuple[object, Effect]) -> int:
    """What to sort by so that what makes room at a path comes before what needs it."""
    changes = item[1].values()
    if any(isinstance(change, Vanish) for change in changes):
        return 0
    return 2 if any(isinstance(change, Appear) for change in changes) else 1


def check_independent(operations: Sequence[Operation], closure: int, touched: Mapping[int, int]) -> None:
    """Raise InvalidPatch if one of the operations just taken in touches another that is not in `closure`."""
    for number, mask in touched.items():
        for other in members(mask & ~closure):
            raise InvalidPatch(
                f"The operations {operations[number].id} and {operations[other].id} change the same place, "
                "but neither depends on the other.",
                hint="A dependency has to say which comes first.",
            )


def state_before(patch: Patch, base: Tree, number: int) -> State:
    """What the dependencies of an operation leave."""
    graph = dag(patch.operations)
    closure = graph.closures[number]
    return State(weave_in(patch.operations, graph, base, closure), closure)
