"""split: one patch as a series of smaller ones, in an order that its graph allows.

Layout comes first, then renames, then moves, then each change. A step is a set of operations; the state after it is
closed under dependency, so every step executes. Where a file would not parse between two steps though it did before the
first and does after the last, steps are merged until it does.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import TypeAlias

from msgspec import UNSET, Struct

from git_dagpatch.discovery.files import find_spellings
from git_dagpatch.discovery.proposal import Proposal
from git_dagpatch.discovery.proposal import Step as DiscoveryStep
from git_dagpatch.engine.describe import undescribed
from git_dagpatch.engine.execute import weave_in
from git_dagpatch.engine.factor import assemble
from git_dagpatch.engine.lineage import Life, Lineages
from git_dagpatch.engine.select import paths
from git_dagpatch.languages import well_formed
from git_dagpatch.model.codec import dag
from git_dagpatch.model.dag import Dag, members
from git_dagpatch.model.effect import SpellDirectory
from git_dagpatch.model.errors import ProofFailed
from git_dagpatch.model.objects import EXECUTABLE, FILE, Objects
from git_dagpatch.model.operation import (
    Copy,
    Create,
    Delete,
    Move,
    Operation,
    Rename,
    Reorder,
    StringReplace,
    Whitespace,
)
from git_dagpatch.model.patch import Metadata, Patch
from git_dagpatch.model.text import Text
from git_dagpatch.model.tree import Tree
from git_dagpatch.operations.domains import domains_of


class Grouping(StrEnum):
    """What becomes one step."""

    OPERATION = "operation"
    """Each operation is one."""
    INTENT = "intent"
    """Layout, renames, moves, changes that need each other, others of one intent and domain, tests, documents."""
    FILE = "file"
    """What changes one file; operations on several files are steps of their own."""


class Step(Struct, frozen=True):
    """One patch of the series, on what those before it leave."""

    operations: int
    """Mask of the operations of the patch that is split."""
    state: int
    """The same with all that came before."""
    tree: Tree
    """What stands after it."""


_Key: TypeAlias = tuple[int, str]
"""What the operations of one step have in common: the phase, in whose order steps come, and what tells them apart."""

_LAYOUT, _RENAME, _MOVE, _CHANGE, _TESTS, _DOCUMENTATION, _SETTINGS = range(7)
_IMPORTS = frozenset(("import-added", "import-removed", "imports-changed", "exports-changed"))
_PROSE = frozenset(("documentation", "docstring-changed", "comment-changed"))
_OF_PROJECT = frozenset(("dependency-changed", "version-changed", "configuration-changed", "directive-changed"))


def split(patch: Patch, base: Tree, by: Grouping, objects: Objects) -> list[Step]:
    """`patch` as steps; the last one's tree is the patch's result. New objects are kept in `objects`.

    Raises ProofFailed if that is not so.
    """
    graph = dag(patch.operations)
    if not patch.operations:
        return []
    keys = {
        Grouping.OPERATION: _by_operation,
        Grouping.INTENT: _by_intent,
        Grouping.FILE: _by_file,
    }[by](patch.operations, graph)
    return _carried_out(patch, base, scheduled(graph, keys), objects)


def part_in_two(patch: Patch, base: Tree, first: int, objects: Objects) -> list[Step]:
    """`patch` as two steps: the operations in the mask `first`, which is closed under dependency, and the others.

    It is one step if a file would not parse between them.
    """
    graph = dag(patch.operations)
    masks = [mask for mask in (first, graph.everything & ~first) if mask]
    return _carried_out(patch, base, masks, objects)


def _carried_out(patch: Patch, base: Tree, masks: Sequence[int], objects: Objects) -> list[Step]:
    graph = dag(patch.operations)
    lineages = weave_in(patch.operations, graph, base, graph.everything)
    parsing = _Parsing(lineages, graph.everything, Objects(base.source))
    steps: list[Step] = []
    state, before = 0, base.id
    for mask in _merged(masks, graph, parsing):
        tree = lineages.tree(state | mask, objects)
        pending = steps.pop().operations if steps and tree.id == before else 0
        state |= mask
        steps.append(Step(mask | pending, state, tree))
        before = tree.id
    if before != patch.result:
        raise ProofFailed(
            "The series does not end with the tree of the patch, so it is not given out.",
            cause=f"It ends with {before}, not {patch.result}.",
            hint="This is a bug of git dagpatch; please report the commit.",
        )
    return steps


def patches_of(patch: Patch, base: Tree, steps: Sequence[Step], messages: Sequence[Text]) -> Iterator[Patch]:
    """The patch of each step, on the tree that the one before it leaves, with its message. Raises ProofFailed."""
    graph = dag(patch.operations)
    lineages = weave_in(patch.operations, graph, base, graph.everything)
    before, state = base, 0
    for step, message in zip(steps, messages, strict=True):
        found: list[DiscoveryStep] = []
        for number in graph.order:
            if step.operations >> number & 1:
                effect = lineages.express(1 << number, state)[number]
                state |= 1 << number
                if not any(isinstance(change, SpellDirectory) for change in effect.values()):
                    found.append((Proposal(undescribed(patch.operations[number]), effect),))
        # How the modes of directories are written depends on which of them stand between the steps.
        found += find_spellings(before, step.tree)
        metadata = Metadata(author=patch.metadata.author, message=message)
        yield assemble(before, step.tree, metadata, found)
        before = step.tree


# What belongs together


def _by_operation(operations: Sequence[Operation], graph: Dag) -> list[_Key]:
    return [(_phase(number, operations, graph), str(number)) for number in range(len(operations))]


def _by_file(operations: Sequence[Operation], graph: Dag) -> list[_Key]:
    keys: list[_Key] = []
    for number, operation in enumerate(operations):
        named = sorted(paths(operation))
        keys.append((_phase(number, operations, graph), f"#{number}") if len(named) > 1 else (_CHANGE, "".join(named)))
    return keys


def _by_intent(operations: Sequence[Operation], graph: Dag) -> list[_Key]:
    phases = [_phase(number, operations, graph) for number in range(len(operations))]
    together = _Together(len(operations))
    changes = [number for number, phase in enumerate(phases) if phase == _CHANGE]
    for number in changes:
        for need in members(graph.needs[number]):
            if phases[need] == _CHANGE:
                together.join(number, need)
    sizes = Counter(together.find(number) for number in changes)
    keys: list[_Key] = []
    for number, operation in enumerate(operations):
        phase = phases[number]
        if phase != _CHANGE:
            intent = operation.intent if phase == _SETTINGS else ""
            keys.append((phase, str(intent)))
        elif sizes[together.find(number)] > 1:
            keys.append((phase, f"#{together.find(number)}"))
        else:
            keys.append((phase, " ".join([str(operation.intent), *domains_of(operation)])))
    for number, operation in enumerate(operations):
        if operation.intent in _IMPORTS:
            keys[number] = _key_of_import(number, operations, graph, keys)
    return keys


def _key_of_import(number: int, operations: Sequence[Operation], graph: Dag, keys: Sequence[_Key]) -> _Key:
    """Imports come and go with what uses them: with the first that needs them, with the last that they need, or with
    what else changes in their file."""
    others = [other for other in range(len(operations)) if operations[other].intent not in _IMPORTS]
    users = [other for other in others if graph.needs[other] >> number & 1]
    if users:
        return min(keys[other] for other in users)
    needs = [other for other in others if graph.needs[number] >> other & 1]
    if needs:
        return max(keys[other] for other in needs)
    named = paths(operations[number])
    near = Counter(keys[other] for other in others if keys[other][0] == _CHANGE and paths(operations[other]) & named)
    return near.most_common(1)[0][0] if near else keys[number]


def _phase(number: int, operations: Sequence[Operation], graph: Dag) -> int:
    operation = operations[number]
    needs = [operations[need] for need in members(graph.needs[number])]
    users = [operations[user] for user in members(graph.users(1 << number) & ~(1 << number))]
    match operation:
        case Whitespace():
            return _LAYOUT
        case Rename(symbol_kind="module") | Move() | Copy() | Reorder():
            return _MOVE
        case Rename():
            return _RENAME
        case StringReplace() if any(isinstance(need, Rename) for need in needs):
            return _RENAME
        case Create() if any(isinstance(user, Move) and user.symbol_kind is not UNSET for user in users):
            return _MOVE
        case Delete() if any(isinstance(need, Move) for need in needs):
            return _MOVE
    domains = set(domains_of(operation))
    if operation.intent in _PROSE or domains == {"docs"}:
        return _DOCUMENTATION
    if operation.intent in _OF_PROJECT or domains & {"packaging", "ci", "build"}:
        return _SETTINGS
    return _TESTS if domains == {"tests"} or str(operation.intent).startswith("test-") else _CHANGE


class _Together:
    """Which numbers were joined, directly or through others."""

    def __init__(self, size: int) -> None:
        self._above = list(range(size))

    def find(self, number: int) -> int:
        while self._above[number] != number:
            number = self._above[number]
        return number

    def join(self, one: int, other: int) -> None:
        first, second = sorted((self.find(one), self.find(other)))
        self._above[second] = first


# The order of the steps


def scheduled(graph: Dag, keys: Sequence[_Key]) -> list[int]:
    """Masks of operations, each closed together with those before it; those of one key together where they can be."""
    groups: dict[_Key, list[int]] = defaultdict(list)
    for number in graph.order:
        groups[keys[number]].append(number)
    masks: list[int] = []
    state = 0
    while groups:
        ready = {key: _ready(graph, group, state) for key, group in groups.items()}
        phase = min(key[0] for key, mask in ready.items() if mask)
        # Of those that wait for each other, or for a later phase, the part that is ready goes when nothing else does.
        key = min(
            (key for key, mask in ready.items() if mask and key[0] == phase),
            key=lambda key: (len(groups[key]) > ready[key].bit_count(), ready[key] & -ready[key]),
        )
        masks.append(ready[key])
        state |= ready[key]
        groups[key] = [number for number in groups[key] if not state >> number & 1]
        if not groups[key]:
            del groups[key]
    return masks


def _ready(graph: Dag, group: Sequence[int], state: int) -> int:
    """The operations of `group`, in topological order, that need nothing but each other and what is in `state`."""
    taken = 0
    for number in group:
        if not graph.needs[number] & ~(state | taken):
            taken |= 1 << number
    return taken


# What parses on the way


class _Parsing:
    """Which files are well formed in states between base and result."""

    def __init__(self, lineages: Lineages, everything: int, objects: Objects) -> None:
        self._lineages = lineages
        self._everything = everything
        self._lives = lineages.lives(everything, objects)
        self._on: dict[int, list[Life]] = defaultdict(list)
        """Operation → the files that it is on."""
        for life in self._lives:
            for number in members(life.operations):
                self._on[number].append(life)
        self._both: dict[int, bool] = {}

    def faults(self, state: int, added: int) -> int:
        """The operations on files that `added` changes and that do not parse in `state`, though they do in base and in
        the result, as far as they stand there."""
        mask = 0
        lives = {id(life): life for number in members(added) for life in self._on[number]}
        for life in lives.values():
            path = life.lineage.path(state)
            if path is None or life.lineage.mode(state) not in (FILE, EXECUTABLE):
                continue
            if not self._parses(path, state) and self._parses_at_both_ends(life):
                mask |= life.operations
        return mask

    def _parses_at_both_ends(self, life: Life) -> bool:
        if id(life) not in self._both:
            self._both[id(life)] = self._parses(life.start, 0) and self._parses(life.end, self._everything)
        return self._both[id(life)]

    def _parses(self, path: bytes | None, state: int) -> bool:
        return path is None or well_formed(path, self._lineages.read(path, state))


def _merged(masks: Sequence[int], graph: Dag, parsing: _Parsing) -> Iterator[int]:
    """`masks`, joined where a file would not parse after one of them."""
    waiting = list(masks)
    state = 0
    while waiting:
        mask = waiting.pop(0)
        while (faults := parsing.faults(state | mask, mask)) and waiting:
            mask = _grown(mask, state, waiting, graph, parsing, faults)
            waiting = [left for other in waiting if (left := other & ~mask)]
        yield mask
        state |= mask


def _grown(mask: int, state: int, waiting: Sequence[int], graph: Dag, parsing: _Parsing, on_files: int) -> int:
    """`mask` with the first of those that wait, and what it needs, that mends the files; else with more of what is on
    them."""
    candidates = [graph.closed(other) & ~state | mask for other in waiting if other & on_files]
    for candidate in candidates:
        if not parsing.faults(state | candidate, candidate):
            return candidate
    return candidates[0] if candidates else mask | waiting[0]
