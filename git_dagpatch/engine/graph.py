"""From executed proposals to operations with edges, each expressed in base and its dependencies.

An edge stays unless the two operations commute (`git_dagpatch.engine.commute`); the lineages find all pairs that do not
in one pass, where commuting each operation leftwards past the others would take a pass for each. To these come edges of
definition and use (`git_dagpatch.engine.uses`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

import msgspec

from git_dagpatch.discovery.proposal import Proposal, Step
from git_dagpatch.engine.lineage import Lineages
from git_dagpatch.engine.state import State
from git_dagpatch.engine.uses import Use, find_uses, introducers_first, with_uses
from git_dagpatch.model.dag import Dag, mask_of, members, reduced
from git_dagpatch.model.effect import Relocate
from git_dagpatch.model.ids import operation_ids
from git_dagpatch.model.operation import Copy, Create, Delete, Move, Operation, Rename
from git_dagpatch.model.tree import Tree
from git_dagpatch.operations import kind_of


class _Woven(NamedTuple):
    """Executed proposals, numbered, with those that each does not commute with."""

    lineages: Lineages
    proposals: list[Proposal]
    needs: list[int]


def build_graph(base: Tree, steps: Iterable[Step]) -> tuple[list[Operation], list[bytes]]:
    """The operations with ids and edges, in topological order, and the paths of base that they touch."""
    found = list(steps)
    woven = _weave(base, found)
    uses = find_uses(woven.lineages, len(woven.proposals))
    needs, taken = with_uses(woven.needs, uses)
    if len(taken) < len(uses):
        # Of two that touch and were found together either may need the other: the one that uses a name of the other.
        woven = _weave(base, found, uses)
        needs, taken = with_uses(woven.needs, find_uses(woven.lineages, len(woven.proposals)))
    graph = Dag(reduced(needs))
    recorded = _record(woven.lineages, graph, woven.proposals)
    reasons = {
        (use.user, use.introducer): use.reason for use in taken if not woven.needs[use.user] >> use.introducer & 1
    }
    return _link(graph, recorded, reasons), woven.lineages.touched_base_paths()


def _weave(base: Tree, steps: Sequence[Step], uses: Sequence[Use] = ()) -> _Woven:
    """`steps` executed. Within a step, what introduces a name has a lower number than what uses it, by `uses`."""
    woven = _Woven(Lineages(base), [], [])
    numbers: dict[int, int] = {}
    arrived: dict[bytes, int] = {}
    for step in steps:
        first = len(woven.proposals)
        order = introducers_first(range(first, first + len(step)), uses)
        number_of = {place: first + at for at, place in enumerate(order)}
        # In the order of the texts, whatever the numbers are: what is inserted at one place stays in it.
        effects = [(number_of[first + at], proposal.effect) for at, proposal in enumerate(step)]
        touched = woven.lineages.add(effects, (1 << first) - 1)
        ordered = [step[place - first] for place in order]
        numbers.update((id(proposal), first + at) for at, proposal in enumerate(ordered))
        woven.needs.extend(
            touched[first + at]
            | mask_of(numbers[id(other)] for other in proposal.follows)
            | _told_by(proposal, arrived)
            for at, proposal in enumerate(ordered)
        )
        for number, effect in effects:
            arrived.update((change.target, number) for change in effect.values() if isinstance(change, Relocate))
        woven.proposals.extend(ordered)
    return woven


def _told_by(proposal: Proposal, arrived: Mapping[bytes, int]) -> int:
    """The moves of files by whose new paths `proposal` tells its symbol."""
    if not isinstance(proposal.operation, Rename) or proposal.operation.symbol_kind == "module":
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


def _link(graph: Dag, operations: Sequence[Operation], told: Mapping[tuple[int, int], str]) -> list[Operation]:
    """`operations` in topological order, with ids and edges; `told` are the reasons that are known of edges."""
    ids = dict(zip(graph.order, operation_ids([operations[number] for number in graph.order]), strict=True))
    linked = []
    for number in graph.order:
        needs = list(members(graph.needs[number]))
        reasons = {
            ids[need]: told.get((number, need)) or _reason(operations[number], operations[need]) for need in needs
        }
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
        case (Move(symbol_kind=str()), Delete() | Move()) | (Create() | Copy() | Move(), Move(symbol_kind=str())):
            return "its text is expressed after that"
        case ((Create() | Copy() | Move()), (Delete() | Move())):
            return "its place is free only after that"
        case Delete(), _:
            return "it takes away what that leaves"
        case Rename(symbol_kind="module"), Move():
            return "what it imports stands there only after that"
        case Rename(), Rename():
            return "its new name is free only after that"
        case Rename(), Move():
            return "its symbol stands there only after that"
        case _, (Create() | Copy()):
            return "its file comes with that"
    return "its text is expressed after that"
