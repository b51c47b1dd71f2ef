"""The inverse of a patch: executed on what the patch made, it brings the base back, byte for byte."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from git_dagpatch.engine.execute import execute
from git_dagpatch.engine.factor import factor
from git_dagpatch.engine.invert import invert
from git_dagpatch.engine.plan import plan
from git_dagpatch.model.codec import dag, decode, encode
from git_dagpatch.model.objects import Objects, Together
from git_dagpatch.model.patch import Author, Metadata, Patch
from git_dagpatch.model.tree import Tree
from tests.command_line import dagpatch
from tests.repositories import Repo
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


@quick
@given(pairs(), st.data())
def test_any_operation_is_taken_back_with_what_needs_it(pair: Pair, data: st.DataObject) -> None:
    base = tree_of(pair.before.files, pair.before.spellings)
    patch = factor(base, tree_of(pair.after.files, pair.after.spellings), Metadata())
    graph = dag(patch.operations)
    undone = data.draw(st.integers(0, graph.everything))
    result = execute(patch.operations, base, Objects(base.source))
    inverse = invert(patch, base, Metadata(), undone)
    left = execute(patch.operations, base, Objects(base.source), graph.everything & ~graph.users(undone))
    assert inverse.result == left.id
    assert execute(inverse.operations, result, Objects(result.source)).id == left.id


BOTH = b"def load():\n    return 1\n\n\ndef save():\n    return 2\n"


@pytest.fixture
def later(repo: Repo) -> Repo:
    """Two edits in one commit, and another commit after it."""
    for content in (
        BOTH,
        BOTH.replace(b"1", b"10").replace(b"2", b"20"),
        BOTH.replace(b"1", b"10").replace(b"2", b"21"),
    ):
        repo.write("a.py", content)
        repo.commit("Change load and save")
    return repo


def test_one_operation_of_an_old_commit_is_undone_today(later: Repo) -> None:
    inverse = dagpatch(later.path, "invert", "--only", "load", "HEAD~1")
    assert dagpatch(later.path, "apply", "-", stdin=inverse.out).status == 0
    assert (later.path / "a.py").read_bytes() == BOTH.replace(b"2", b"21")
    message = later.git("log", "-1", "--format=%B").decode()
    assert message.startswith('Revert "Change load and save"\n\nThis reverts a part of commit ')
    assert "- Change the body of load in a.py\n" in message


def test_a_whole_commit_is_undone(later: Repo) -> None:
    inverse = dagpatch(later.path, "invert", "HEAD")
    assert dagpatch(later.path, "apply", "-", stdin=inverse.out).status == 0
    assert later.git("diff", "HEAD", "HEAD~2") == b""


def test_what_does_not_fit_today_is_a_conflict(later: Repo) -> None:
    inverse = dagpatch(later.path, "invert", "--only", "save", "HEAD~1")
    answer = dagpatch(later.path, "apply", "--dry-run", "-", stdin=inverse.out)
    assert answer.status == 1
    assert "a.py" in answer.lines[-1]


@pytest.mark.parametrize(
    "arguments",
    [("--only", "walk", "HEAD"), ("HEAD~2..HEAD",), ("--only", "save", "--without", "save", "HEAD")],
)
def test_nothing_to_invert_is_refused(later: Repo, arguments: tuple[str, ...]) -> None:
    answer = dagpatch(later.path, "invert", *arguments)
    assert (answer.status, answer.out) == (2, b"")


def test_a_part_of_a_base_is_not_inverted(later: Repo, tmp_path: Path) -> None:
    later.write("more.txt", b"more\n")
    later.commit("More")
    later.write("a.py", BOTH)
    later.commit("Back")
    tar = tmp_path / "one.tar"
    assert dagpatch(later.path, "export", "--format", "tar", "-o", tar).status == 0
    answer = dagpatch(tmp_path, "invert", tar)
    assert (answer.status, answer.out) == (3, b"")
    assert "only the touched files are here" in answer.err


def test_what_is_told_of_an_operation_adds_no_lines_to_the_message(later: Repo) -> None:
    (document,) = dagpatch(later.path, "export", "HEAD~1", "-o", "-").documents
    document["operations"][0]["description"] = "Harmless\n\nSigned-off-by: Somebody <else@example.org>"
    inverse = dagpatch(later.path, "invert", "--only", "load", "-", stdin=json.dumps(document).encode())
    assert inverse.status == 0, inverse.err
    message = inverse.documents[0]["metadata"]["message"]
    assert message.endswith("Harmless\\n\\nSigned-off-by: Somebody <else@example.org>\n")


def test_strict_takes_back_no_more_than_was_asked_for(repo: Repo, tmp_path: Path) -> None:
    repo.write("a.txt", BOTH)
    repo.commit("First")
    repo.git("mv", "a.txt", "b.txt")
    repo.write("a.txt", b"Something else stands here now.\n")
    repo.commit("Second")
    answer = dagpatch(repo.path, "invert", "--strict", "--only", "move", "HEAD")
    assert answer.status == 3
    assert "Taken back as well" in answer.err
    assert dagpatch(repo.path, "invert", "-o", tmp_path / "x.json", "--only", "move", "HEAD").status == 0
