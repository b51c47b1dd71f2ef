"""From executed proposals to operations with edges, each expressed in base and its dependencies.

An edge stays unless the two operations commute (`git_dagpatch.engine.commute`); the lineages find all pairs that do not
in one pass, where commuting each operation leftwards past the others would take a pass for each. To these come edges of
definition and use (`git_dagpatch.engine.uses`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

import msgspec

from git_dagpatch.alignment.lines import lines_of
from git_dagpatch.discovery.proposal import Proposal, Step
from git_dagpatch.engine.lineage import Lineages, Passage
from git_dagpatch.engine.state import State
from git_dagpatch.engine.uses import Readings, Use, find_uses, introducers_first, with_uses
from git_dagpatch.languages import language_of, well_formed
from git_dagpatch.model.dag import Dag, mask_of, members, reduced
from git_dagpatch.model.effect import Relocate
from git_dagpatch.model.ids import operation_ids
from git_dagpatch.model.operation import Copy, Create, Delete, Edit, Move, Operation, Rename, Reorder
from git_dagpatch.model.paths import split_target
from git_dagpatch.model.tree import Tree
from git_dagpatch.operations import kind_of

UNPROVED = 0.9
"""Confidence where nothing proves that definitions mean the same at their new place."""


class _Woven(NamedTuple):
    """Executed proposals, numbered, with those that each does not commute with."""

    lineages: Lineages
    proposals: list[Proposal]
    needs: list[int]
    told: dict[tuple[int, int], str]
    """Why one follows another, where it says so itself."""


def build_graph(base: Tree, steps: Iterable[Step]) -> tuple[list[Operation], list[bytes]]:
    """The operations with ids and edges, in topological order, and the paths of base that they touch."""
    found = list(steps)
    woven = _weave(base, found)
    readings: Readings = {}
    uses = find_uses(woven.lineages, len(woven.proposals), readings)
    needs, taken = with_uses(woven.needs, uses)
    # Of two that touch and were found together either may need the other: the one that uses a name of the other.
    left = set(uses) - set(taken)
    turning: Sequence[Use] = uses if left else ()
    while turning:
        turned = _weave(base, found, turning)
        needs_then, taken_then = with_uses(turned.needs, find_uses(turned.lineages, len(turned.proposals), readings))
        broken = set(_broken(turned, needs_then, woven))
        if not broken:
            woven, needs, taken = turned, needs_then, taken_then
            break
        # What parses goes before a name that is missing.
        kept = [use for use in turning if use in left and not broken & _paths(woven, use)]
        turning = kept if len(kept) < len(turning) else ()
    graph = Dag(reduced(needs))
    woven.lineages.operations = [proposal.operation for proposal in woven.proposals]
    recorded = _record(woven.lineages, graph, woven.proposals)
    reasons = {
        (use.user, use.introducer): use.reason for use in taken if not woven.needs[use.user] >> use.introducer & 1
    }
    return _link(graph, recorded, reasons | woven.told), woven.lineages.touched_base_paths()


def _weave(base: Tree, steps: Sequence[Step], uses: Sequence[Use] = ()) -> _Woven:
    """`steps` executed. Within a step, what introduces a name has a lower number than what uses it, by `uses`."""
    woven = _Woven(Lineages(base), [], [], {})
    numbers: dict[int, int] = {}
    told = Told(woven.lineages)
    for step in steps:
        first = len(woven.proposals)
        order = introducers_first(range(first, first + len(step)), [*uses, *_freed_within(step, first)])
        number_of = {place: first + at for at, place in enumerate(order)}
        # In the order of the texts, whatever the numbers are: what is inserted at one place stays in it.
        effects = [(number_of[first + at], proposal.effect) for at, proposal in enumerate(step)]
        ordered = [step[place - first] for place in order]
        copied = [told.copied(proposal.operation, (1 << first) - 1) for proposal in ordered]
        touched = woven.lineages.add(effects, (1 << first) - 1)
        numbers.update((id(proposal), first + at) for at, proposal in enumerate(ordered))
        for at, proposal in enumerate(ordered):
            follows = mask_of(numbers[id(other)] for other in proposal.follows)
            reasons = proposal.reasons or (proposal.reason,) * len(proposal.follows)
            told_of = zip(proposal.follows, reasons, strict=True)
            woven.told.update(((first + at, numbers[id(other)]), reason) for other, reason in told_of if reason)
            woven.needs.append(touched[first + at] | follows | copied[at] | told.by(proposal))
            told.add(proposal, first + at)
        woven.proposals.extend(ordered)
    return woven


def _paths(woven: _Woven, use: Use) -> set[bytes]:
    return {path for number in (use.user, use.introducer) for path in woven.proposals[number].effect}


def _broken(woven: _Woven, needs: Sequence[int], before: _Woven) -> Iterator[bytes]:
    """The files that an edit, with what it needs or without what needs it, would leave so that they do not parse.

    They parse before all operations and after them. Of edits that need what they needed in `before` that was looked
    at when they were found.
    """
    graph = Dag(reduced(needs))
    lineages = woven.lineages
    for number in _turned(woven, before):
        without = graph.everything & ~graph.users(1 << number)
        for passage in lineages.passages(1 << number, graph.closures[number]):
            states = (0, graph.everything, graph.closures[number] | 1 << number, without)
            parse = [_parses(lineages, passage, state) for state in states]
            if all(parse[:2]) and not all(parse[2:]):
                yield from woven.proposals[number].effect


def _turned(woven: _Woven, before: _Woven) -> Iterator[int]:
    """The edits that need other operations than in `before`."""
    needed = {id(one): _needed(before, number) for number, one in enumerate(before.proposals)}
    for number, one in enumerate(woven.proposals):
        if isinstance(one.operation, Edit) and _needed(woven, number) != needed[id(one)]:
            yield number


def _needed(woven: _Woven, number: int) -> set[int]:
    return {id(woven.proposals[need]) for need in members(woven.needs[number])}


def _parses(lineages: Lineages, passage: Passage, state: int) -> bool:
    path = lineages.path_of(passage, state)
    return path is None or well_formed(path, lineages.text_of(passage, state))


class Told:
    """By which operations the symbols stand where, and under the names, that others tell them by."""

    def __init__(self, lineages: Lineages) -> None:
        self._lineages = lineages
        self._arrived: dict[bytes, int] = {}
        """Path → the move of the file that stands there."""
        self._named: dict[str, int] = {}
        """Symbol → the rename that gave it this name."""
        self._freed: dict[str, int] = {}
        """Symbol → the operation since which nothing is called so."""

    def add(self, proposal: Proposal, number: int) -> None:
        self._arrived.update(
            (change.target, number) for change in proposal.effect.values() if isinstance(change, Relocate)
        )
        match proposal.operation:
            case Rename(symbol=symbol, new_name=name) if _own_name(symbol):
                self._named[f"{symbol[: -len(_own_name(symbol))]}{name}"] = number
                self._freed[symbol] = number
            case Move(symbol_kind=str(), source=source):
                self._freed[source] = number

    def by(self, proposal: Proposal) -> int:
        """The operations that `proposal` needs to find its symbol, and the place that it is brought to."""
        match proposal.operation:
            case Rename(symbol_kind="module"):
                return 0
            case Rename():
                return mask_of(self._arrived[path] for path in proposal.effect if path in self._arrived)
            case (
                Move(symbol_kind=str(), source=source, target=target)
                | Copy(symbol_kind=str(), source=source, target=target)
            ):
                paths = (split_target(place)[0] for place in (source, target))
                names = [name for place in (source, target) for name in _with_owners(place)]
                return (
                    mask_of(self._arrived[path] for path in paths if path in self._arrived)
                    | mask_of(self._named[name] for name in names if name in self._named)
                    | (1 << self._freed[target] if target in self._freed else 0)
                )
            case Reorder(target=target, siblings=siblings):
                names = [*_with_owners(target), *(_member(target, name) for name in siblings)]
                return mask_of(self._named[name] for name in names if name in self._named)
        return 0

    def copied(self, operation: Operation, state: int) -> int:
        """The operations that wrote what `operation` copies, as it stands in `state`."""
        if not isinstance(operation, Copy) or not operation.symbol_kind:
            return 0
        path, name = split_target(operation.source)
        text = self._lineages.read(path, state)
        starts = lines_of(text).starts
        mask = 0
        for one in language_of(path).definitions(text) or ():
            if one.name == name:
                mask |= self._lineages.writers(path, starts[one.start], starts[min(one.end, len(starts) - 1)], state)
        return mask


def _member(owner: str, name: str) -> str:
    return f"{owner}{name}" if owner.endswith(":") else f"{owner}.{name}"


def _own_name(symbol: str) -> str:
    return symbol.rpartition(":")[2].rpartition(".")[2]


def _with_owners(symbol: str) -> Iterator[str]:
    """`symbol` and the symbols that it is in."""
    path, _, name = symbol.partition(":")
    while name:
        yield f"{path}:{name}"
        name = name.rpartition(".")[0]


def _freed_within(step: Step, first: int) -> list[Use]:
    """Which moves of a step, numbered from `first`, come to a name that another one of it frees?"""
    operations = [proposal.operation for proposal in step]
    moves = [(first + at, one) for at, one in enumerate(operations) if isinstance(one, Move) and one.symbol_kind]
    sources = {move.source: number for number, move in moves}
    return [
        Use(number, sources[move.target], ()) for number, move in moves if sources.get(move.target, number) != number
    ]


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
            recorded[number] = _as_sure(kind_of(operation).record(operation, effects[number], state), state)
    return recorded


def _as_sure(operation: Operation, state: State) -> Operation:
    """`operation` with less confidence if definitions go elsewhere and nothing proves that they mean the same there."""
    is_of_definitions = isinstance(operation, Reorder) or (
        isinstance(operation, Move | Copy) and bool(operation.symbol_kind)
    )
    claims_all = operation.confidence is msgspec.UNSET or operation.confidence == 1.0
    if not is_of_definitions or not claims_all or kind_of(operation).proof(operation, state):
        return operation
    return msgspec.structs.replace(operation, confidence=UNPROVED)


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
        case (
            Move(symbol_kind=str(), target=target),
            (Move(symbol_kind=str(), source=freed) | Rename(symbol=freed)),
        ) if target == freed:
            return "its name is free there only after that"
        case (Reorder(), Rename()):
            return "what it names is called so only after that"
        case (Move(symbol_kind=str()) | Copy(symbol_kind=str()), Rename()):
            return "its symbol, or what it comes into, is called so only after that"
        case (Copy(symbol_kind=str()), _) if needed.type not in ("create", "copy"):
            return "it duplicates what that wrote"
        case (Move(symbol_kind=str()), Delete() | Move()) | (Create() | Copy() | Move(), Move(symbol_kind=str())):
            return "its text is expressed after that"
        case ((Create() | Copy() | Move()), (Delete() | Move())):
            return "its place is free only after that"
        case Delete(), _:
            return "it takes away what that leaves"
        case Rename(), Rename():
            return "its new name is free only after that"
        case Rename(), Move():
            return "its symbol stands there only after that"
        case _, (Create() | Copy(symbol_kind=msgspec.UNSET)):
            return "its file comes with that"
    return "its text is expressed after that"
