"""What counts one line for a reader is proved, alone, from its footprint; and no change of behaviour hides in it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import NamedTuple

import msgspec
import pytest

from git_dagpatch.engine.execute import weave_in
from git_dagpatch.engine.factor import factor
from git_dagpatch.engine.lineage import Lineages
from git_dagpatch.engine.state import State
from git_dagpatch.model.codec import dag
from git_dagpatch.model.objects import Objects
from git_dagpatch.model.operation import BinaryDelta, Create, Delete, Edit, Operation, Recorded
from git_dagpatch.model.patch import Metadata, Patch
from git_dagpatch.model.text import to_bytes
from git_dagpatch.operations import kind_of
from git_dagpatch.operations.footprint import write_footprint
from tests.demo import FORMATS, REWORKED, WORDS
from tests.planting import Plant, plants
from tests.test_made_cases import CASES, Case
from tests.trees import Files, Snapshot, applied, files_of, text, tree_of

REWORK = Case(
    {b"shelf/formats.py": text(FORMATS), b"shelf/__init__.py": text(b"")},
    {b"shelf/formats.py": text(REWORKED), b"shelf/words.py": text(WORDS), b"shelf/__init__.py": text(b"")},
    "create edit edit move rename rename rename reorder whitespace whitespace whitespace whitespace whitespace",
)
READ_IN_FULL = (Edit, Create, Delete, BinaryDelta)
"""Kinds of which a reader is shown every line."""


class Folded(NamedTuple):
    """An operation of which a reader is shown one line or two, in the state that its dependencies leave."""

    operation: Operation
    number: int
    lineages: Lineages
    state: State

    @property
    def proof(self) -> str:
        return kind_of(self.operation).proof(self.operation, self.state)


def factored(before: Files, after: Files) -> Patch:
    return factor(tree_of(before), tree_of(after), Metadata())


def folded(patch: Patch, before: Files) -> Iterator[Folded]:
    graph = dag(patch.operations)
    lineages = weave_in(patch.operations, graph, tree_of(before), graph.everything)
    for number, operation in enumerate(patch.operations):
        state = State(lineages, graph.closures[number])
        # White space that nothing proves to mean nothing has less than full confidence, and all its lines are shown.
        if not isinstance(operation, READ_IN_FULL) and (operation.type, operation.confidence) != ("whitespace", 0.9):
            yield Folded(operation, number, lineages, state)


def test_the_sample_has_an_operation_of_each_kind_that_is_proved() -> None:
    kinds = sorted(operation.type for operation in factored(REWORK.before, REWORK.after).operations)
    assert " ".join(kinds) == REWORK.kinds


@pytest.mark.parametrize("case", [*CASES.values(), REWORK], ids=[*CASES, "rework"])
def test_each_is_proved_and_does_alone_what_its_footprint_says(case: Case) -> None:
    for one in folded(factored(case.before, case.after), case.before):
        assert one.proof, one.operation.description
        without, alone = (made(one, case.before, mask) for mask in (one.state.mask, one.state.mask | 1 << one.number))
        effect = kind_of(one.operation).effect(one.operation, one.state)
        assert applied(effect, Snapshot(without, {})).files == alone


def made(one: Folded, before: Files, mask: int) -> Files:
    return files_of(one.lineages.tree(mask, Objects(tree_of(before).source)))


def test_a_document_that_claims_more_is_not_believed() -> None:
    """A footprint that also drops the first letter of a line that the operation has nothing to do with."""
    tried = set()
    for one in folded(factored(REWORK.before, REWORK.after), REWORK.before):
        effect = kind_of(one.operation).effect(one.operation, one.state)
        if not isinstance(one.operation, Recorded):
            continue
        footprint = dict(write_footprint(effect))
        path = next(iter(footprint))
        spans = list(footprint[path] or [])
        skip, remove, insert = spans[-1]
        spans[-1] = (skip, remove, to_bytes(insert).decode() + "planted()\n")
        lying = msgspec.structs.replace(one.operation, footprint=footprint | {path: spans})
        assert not kind_of(lying).proof(lying, one.state), one.operation.description
        tried.add(one.operation.type)
    assert tried == {"whitespace", "move", "rename", "reorder"}


def sample() -> list[tuple[bytes, Plant]]:
    """Of every way to change a little one in three, the same each time."""
    chance = random.Random(1)
    found = [
        (path, plant)
        for path in (b"shelf/formats.py", b"shelf/words.py")
        for plant in plants(REWORK.after[path].content, chance)
    ]
    return chance.sample(found, len(found) // 3)


@pytest.mark.parametrize(
    ("path", "plant"), sample(), ids=lambda value: value.kind if isinstance(value, Plant) else None
)
def test_a_planted_change_is_shown(path: bytes, plant: Plant) -> None:
    planted = plant.into(REWORK.after[path].content)
    patch = factored(REWORK.before, REWORK.after | {path: text(planted)})
    assert all(one.proof for one in folded(patch, REWORK.before))
    mark = b"+" if plant.insert else b"-"
    seen = {line.strip() for operation in patch.operations for line in shown(operation, mark)}
    if plant.insert:
        start = planted.rfind(b"\n", 0, plant.start) + 1
        line = planted[start : planted.index(b"\n", plant.start)]
    else:
        line = REWORK.after[path].content[plant.start : plant.end]
    assert line.strip() in seen


def shown(operation: Operation, mark: bytes) -> Iterator[bytes]:
    match operation:
        case Edit(hunks=hunks):
            lines = [to_bytes(line) for hunk in hunks for line in hunk.lines]
            yield from (line[1:] for line in lines if line.startswith(mark))
        case Create(content=content) if mark == b"+":
            yield from to_bytes(content).splitlines()
