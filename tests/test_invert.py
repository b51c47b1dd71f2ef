"""The inverse of a patch: executed on what the patch made, it brings the base back, byte for byte."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings

from git_dagpatch.engine.execute import execute
from git_dagpatch.engine.factor import factor
from git_dagpatch.engine.invert import invert
from git_dagpatch.engine.plan import plan
from git_dagpatch.model.codec import decode, encode
from git_dagpatch.model.objects import Objects, Together
from git_dagpatch.model.patch import Author, Metadata, Patch
from git_dagpatch.model.tree import Tree
from tests.samples import lines
from tests.strategies import Pair, pairs
from tests.test_made_cases import CASES, Case
from tests.trees import File, Files, files_of, script, text, tree_id, tree_of

REVERT = Metadata(author=Author("A Name", "a@example.com", "2026-01-02T03:04:05+01:00"), message='Revert "Something"\n')

quick = settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


def executed(patch: Patch, base: Tree) -> Tree:
    return execute(patch.operations, base, Objects(base.source))


def both_ways(before: Tree, after: Tree) -> tuple[Patch, Patch]:
    """A patch and its inverse, after checking the law."""
    patch = factor(before, after, Metadata())
    inverse = invert(patch, before, REVERT)
    result = executed(patch, before)
    assert result.id == inverse.base == after.id
    assert executed(inverse, result).id == inverse.result == before.id
    return patch, inverse


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_made_commit_and_back(case: Case) -> None:
    before = tree_of(case.before, case.before_spellings)
    _, inverse = both_ways(before, tree_of(case.after, case.after_spellings))
    assert before.id == tree_id(case.before, case.before_spellings)
    assert decode(encode(inverse)) == inverse
    assert invert(inverse, tree_of(case.after, case.after_spellings), Metadata()).result == inverse.base


@quick
@given(pairs())
def test_any_patch_and_back(pair: Pair) -> None:
    before, after = tree_of(*pair.before), tree_of(*pair.after)
    _, inverse = both_ways(before, after)
    assert files_of(executed(inverse, after)) == pair.before.files
    assert executed(invert(inverse, after, Metadata()), before).id == after.id


def inverse_of(before: Files, after: Files) -> Patch:
    return both_ways(tree_of(before), tree_of(after))[1]


@pytest.mark.parametrize(
    ("before", "after", "kinds"),
    [
        ({}, {b"a": text(b"x\n")}, ["delete"]),
        ({b"a": text(b"x\n")}, {}, ["create"]),
        ({b"a": text(lines().encode())}, {b"b": text(lines().encode())}, ["move"]),
        ({b"a": text(lines().encode())}, {b"a": text(lines().encode()), b"b": text(lines().encode())}, ["delete"]),
        ({b"a": text(b"x\n")}, {b"a": script(b"x\n")}, ["mode"]),
        ({b"a": text(b"x \ny\n")}, {b"a": text(b"x\ny\n")}, ["edit"]),
        ({b"a": text(b"x\0y")}, {b"a": text(b"x\0z")}, ["binary_delta"]),
        ({b"a": text(b"x\0y")}, {b"a": text(b"xy")}, ["binary_delta"]),
    ],
)
def test_kinds_of_an_inverse(before: Files, after: Files, kinds: list[str]) -> None:
    inverse = inverse_of(before, after)
    assert [operation.type for operation in inverse.operations] == kinds


def test_an_inverse_tells_of_itself_and_not_of_the_patch() -> None:
    inverse = inverse_of({b"a": text(lines().encode())}, {b"a": text(lines((3, "third")).encode())})
    assert inverse.metadata == REVERT
    (operation,) = inverse.operations
    assert operation.author == "A Name"
    assert operation.description == "Edit a"


def test_the_symbol_of_an_edit_is_kept() -> None:
    module = b"def f():\n    return 1\n\n\ndef g():\n    return 2\n"
    inverse = inverse_of({b"m.py": text(module)}, {b"m.py": text(module.replace(b"1", b"10").replace(b"2", b"20"))})
    assert sorted(operation.description or "" for operation in inverse.operations) == [
        "Edit f in m.py",
        "Edit g in m.py",
    ]


def test_an_inverse_takes_back_the_patch_and_nothing_else() -> None:
    """A revert, after more has happened."""
    before = {b"a.txt": text(lines().encode()), b"gone.txt": text(b"gone\n")}
    after = {b"b.txt": text(lines((3, "third")).encode()), b"new.txt": text(b"new\n")}
    inverse = inverse_of(before, after)
    since: dict[bytes, File] = after | {
        b"b.txt": text(lines((3, "third"), (10, "tenth")).encode()),
        b"later.txt": text(b"later\n"),
    }
    target = tree_of(since)
    base = tree_of(after)
    objects = Objects(Together(base.source, target.source))
    outcome = plan(inverse, base, Tree(objects, target.id), objects)
    assert not outcome.conflicts
    assert files_of(outcome.tree) == {
        b"a.txt": text(lines((10, "tenth")).encode()),
        b"gone.txt": text(b"gone\n"),
        b"later.txt": text(b"later\n"),
    }
