"""Definitions that are copied: found, exact, proved; what differs inside the copy is an edit of its own."""

from __future__ import annotations

import random
from typing import Any

import msgspec
import pytest

from git_dagpatch.engine.execute import execute
from git_dagpatch.model.codec import dag
from git_dagpatch.model.objects import Objects
from git_dagpatch.model.operation import Copy, Edit
from git_dagpatch.model.patch import Patch
from git_dagpatch.operations import kind_of
from tests.planting import plants
from tests.test_moves import HEAD, LOAD, SAVE, SHELF, factored, method, module, proofs, read_lines, state_of
from tests.trees import files_of, text, tree_of

BEFORE = {b"a.py": module(HEAD, LOAD, SAVE, SHELF), b"b.py": module(HEAD, SAVE)}
AFTER = BEFORE | {b"a.py": BEFORE[b"a.py"].replace(b"import os\n", b"import os\nimport re\n")}
"""Originals are looked for in files that change, too."""
FETCH = LOAD.replace(b"load", b"fetch")


def copies(patch: Patch) -> list[tuple[str, str]]:
    return [(one.source, one.target) for one in patch.operations if isinstance(one, Copy) and one.symbol_kind]


def test_a_copy_under_another_name_is_one_line_and_what_differs() -> None:
    other = FETCH.replace(b"if line.strip()]", b"if line]")
    after = BEFORE | {b"a.py": module(HEAD, LOAD, other, SAVE, SHELF)}
    patch = factored(BEFORE, after)
    assert copies(patch) == [("a.py:load", "a.py:fetch")]
    assert [operation.type for operation in patch.operations] == ["copy", "edit"]
    assert read_lines(patch, BEFORE) == 3
    copy = patch.operations[0]
    assert isinstance(copy, Copy)
    assert (copy.symbol_kind, copy.after) == ("function", "a.py:load")


def test_a_function_is_copied_to_another_file_and_into_a_class() -> None:
    for change, target, lines in (
        ({b"b.py": module(HEAD, SAVE, LOAD)}, "b.py:load", 1),
        # Nobody knows what the class inherits.
        ({b"a.py": AFTER[b"a.py"] + b"\n" + method(LOAD)}, "a.py:Shelf.load", 10),
    ):
        patch = factored(BEFORE, AFTER | change)
        assert copies(patch) == [("a.py:load", target)]
        assert len(patch.operations) == 2
        assert read_lines(patch, BEFORE) == 1 + lines


def test_methods_are_copied_into_a_class_that_is_new() -> None:
    rest = b"class Box(Base):\n    size = 2\n\n    def close(self):\n        self.size = 0\n"
    found = SHELF[SHELF.index(b"    def find") : SHELF.index(b"    def count")].rstrip() + b"\n"
    patch = factored(BEFORE, AFTER | {b"b.py": module(HEAD, SAVE, rest + b"\n" + found)})
    assert copies(patch) == [("a.py:Shelf.find", "b.py:Box.find")]


def test_of_originals_that_fit_as_well_always_the_same_is_taken() -> None:
    steps = [b"    step(%d)\n" % number for number in range(12)]
    for other in range(1, 12):
        one, two = (
            b"def %b(path):\n" % name + b"".join([*steps[:at], b"    skip()\n", *steps[at + 1 :]])
            for name, at in ((b"one", other), (b"two", 0))
        )
        three = b"def three(path):\n" + b"".join(steps)
        before = {b"a.py": module(HEAD, one, two, SHELF)}
        assert copies(factored(before, {b"a.py": module(HEAD, one, two, three, SHELF)})) == [("a.py:one", "a.py:three")]


def test_what_was_taken_out_of_a_definition_is_no_copy_of_it() -> None:
    start = SAVE.index(b"    for")
    steps = b"".join(b"    step(%d)\n" % number for number in range(9))
    whole, rest = SAVE[:start] + steps, SAVE[:start] + b"    run(path)\n"
    before = {b"a.py": module(HEAD, whole, SHELF)}
    taken = whole.replace(b"def save(path, lines)", b"def run(path)")
    assert copies(factored(before, {b"a.py": module(HEAD, whole, taken, SHELF)}))
    assert not copies(factored(before, {b"a.py": module(HEAD, rest, taken, SHELF)}))


def test_what_has_little_in_common_or_is_short_is_no_copy() -> None:
    other = FETCH.replace(b"line", b"row").replace(b"path", b"place").replace(b"mode", b"how")
    short = b"def size(self):\n    return 1\n"
    for known, new in ((LOAD, other), (short, short.replace(b"size", b"weight"))):
        before = {b"a.py": module(HEAD, known, SHELF)}
        assert not copies(factored(before, {b"a.py": module(HEAD, known, new, SHELF)}))


def test_a_copy_needs_what_its_original_was_changed_by_before() -> None:
    spaced = LOAD.replace(b"(path, mode)", b"(path,mode)").replace(b"with open", b"with  open")
    before = {b"a.py": module(HEAD, spaced, SAVE, SHELF)}
    patch = factored(before, {b"a.py": module(HEAD, LOAD, SAVE, FETCH, SHELF)})
    (copy,) = (one for one in patch.operations if isinstance(one, Copy))
    assert [operation.type for operation in patch.operations] == ["whitespace", "copy"]
    assert copy.depends_on == [patch.operations[0].id]
    assert proofs(patch, before)[str(copy.id)]


def test_an_original_that_moves_is_copied_before() -> None:
    before = {b"a.py": module(HEAD, LOAD, SHELF), b"b.py": module(HEAD, SAVE), b"c.py": HEAD}
    after = {b"a.py": module(HEAD, SHELF), b"b.py": module(HEAD, SAVE, LOAD), b"c.py": module(HEAD, FETCH)}
    patch = factored(before, after)
    assert sorted(operation.type for operation in patch.operations) == ["copy", "move"]
    assert read_lines(patch, before) == 2


def test_a_lie_about_a_copy_is_not_proved() -> None:
    patch = factored(BEFORE, AFTER | {b"b.py": module(HEAD, SAVE, FETCH)})
    (copy,) = (one for one in patch.operations if isinstance(one, Copy))
    kind, files = kind_of(copy), state_of(BEFORE)
    assert kind.proof(copy, files)
    assert isinstance(copy.footprint, dict)
    spans = copy.footprint["b.py"]
    assert spans is not None
    ((skip, size, inserted),) = spans
    assert isinstance(inserted, str)
    lies: list[dict[str, Any]] = [
        {"source": "a.py:save"},
        {"source": "a.py:Shelf.load"},
        {"source": "c.py:load"},
        {"target": "b.py:load"},
        {"target": "a.py:fetch"},
        {"footprint": {"b.py": [(skip, size, inserted.replace("line.strip()", "line"))]}},
        {"footprint": {"b.py": [(0, 10, ""), (skip - 10, size, inserted)]}},
        {"footprint": {"b.py": [(skip, size, inserted + "\n\nprint()\n")]}},
        {"footprint": {"b.py": [(skip, size, inserted)], "a.py": [(0, 0, "print()\n")]}},
    ]
    for lie in lies:
        assert not kind.proof(msgspec.structs.replace(copy, **lie), files), lie


@pytest.mark.parametrize("seed", range(25))
def test_a_change_planted_into_a_copy_is_in_an_edit(seed: int) -> None:
    chance = random.Random(seed)
    whole = SHELF if seed % 2 else LOAD
    name = b"Shelf" if seed % 2 else b"load"
    planted = chance.choice(list(plants(whole, chance))).into(whole).replace(b" " + name, b" other", 1)
    patch = factored(BEFORE, AFTER | {b"b.py": module(HEAD, SAVE, planted)})
    assert copies(patch)
    graph = dag(patch.operations)
    unedited = sum(1 << n for n, operation in enumerate(patch.operations) if not isinstance(operation, Edit))
    base = tree_of({path: text(content) for path, content in BEFORE.items()})
    made = files_of(execute(patch.operations, base, Objects(base.source), graph.closed(unedited)))
    assert whole.replace(b" " + name, b" other", 1) in made[b"b.py"].content
