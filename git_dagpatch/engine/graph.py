"""From executed proposals to operations with edges, each expressed in base and its dependencies.

An edge stays unless the two operations commute (`git_dagpatch.engine.commute`); the lineages find all pairs that do not
in one pass, where commuting each operation leftwards past the others would take a pass for each.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby

import msgspec

from git_dagpatch.discovery.proposal import Proposal, Step
from git_dagpatch.engine.lineage import Lineages
from git_dagpatch.engine.state import State
from git_dagpatch.model.dag import Dag, mask_of, members, reduced
from git_dagpatch.model.effect import Relocate
from git_dagpatch.model.ids import operation_ids
from git_dagpatch.model.operation import Copy, Create, Delete, Move, Operation, Rename
from git_dagpatch.model.tree import Tree
from git_dagpatch.operations import kind_of


def build_graph(base: Tree, steps: Iterable[Step]) -> tuple[list[Operation], list[bytes]]:
    """The operations with ids and edges, in topological order, and the paths of base that they touch."""
    lineages = Lineages(base)
    proposals: list[Proposal] = []
    needs: list[int] = []
    numbers: dict[int, int] = {}
    arrived: dict[bytes, int] = {}
    for step in steps:
        first = len(proposals)
        effects = [(first + at, proposal.effect) for at, proposal in enumerate(step)]
        touched = lineages.add(effects, (1 << first) - 1)
        numbers.update((id(proposal), first + at) for at, proposal in enumerate(step))
        needs += (
            touched[first + at]
            | mask_of(numbers[id(other)] for other in proposal.follows)
            | _told_by(proposal, arrived)
            for at, proposal in enumerate(step)
        )
        for number, effect in effects:
            arrived.update((change.target, number) for change in effect.values() if isinstance(change, Relocate))
        proposals += step
    graph = Dag(reduced(needs))
    recorded = _record(lineages, graph, proposals)
    return _link(graph, recorded), lineages.touched_base_paths()


def _told_by(proposal: Proposal, arrived: Mapping[bytes, int]) -> int:
    """The moves of files by whose new paths `proposal` tells its symbol."""
    if not isinstance(proposal.operation, Rename):
        return 0
    return mask_of(arrived[path] for path in proposal.effect if path in arrived)


def _record(lineages: Lineages, graph: Dag, proposals: Sequence[Proposal]) -> list[Operation]:
    """Each operation with its effect written in the state that its dependencies leave."""
    recorded = [proposal.operation for proposal in proposals]
    numbers = sorted(range(len(proposals)), key=lambda number: graph.closures[number])
    for closure, group in groupby(numbers, key=lambda number: graph.closures[number]):
        same = list(group)
        state = State(lineages, closure)
        effects = lineages.express(mask_of(same), closure)
        for number in same:
            operation = recorded[number]
            recorded[number] = kind_of(operation).record(operation, effects[number], state)
    return recorded


def _link(graph: Dag, operations: Sequence[Operation]) -> list[Operation]:
    """`operations` in topological order, with ids and edges."""
    ids = dict(zip(graph.order, operation_ids([operations[number] for number in graph.order]), strict=True))
    linked = []
    for number in graph.order:
        needs = list(members(graph.needs[number]))
        reasons = {ids[need]: _reason(operations[number], operations[need]) for need in needs}
        linked.append(
            msgspec.structs.replace(
                operations[number],
                id=ids[number],
                depends_on=[ids[need] for need in needs],
                because=reasons or msgspec.UNSET,
            )
        )
    return linked


def _reason(operation: Operation, needed: Operation) -> str:
    """Why `operation` has to come after `needed`."""
    match operation, needed:
        case ((Create() | Copy() | Move()), (Delete() | Move())):
            return "its place is free only after that"
        case Delete(), _:
            return "it takes away what that leaves"
        case Rename(), Rename():
            return "its new name is free only after that"
        case Rename(), Move():
            return "its symbol stands there only after that"
        case _, (Create() | Copy()):
            return "its file comes with that"
    return "its text is expressed after that"
