"""Taking a part of a patch: what a term means, and that the part is closed, exact and says what it costs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from git_dagpatch.engine.execute import execute
from git_dagpatch.engine.factor import factor
from git_dagpatch.engine.select import Terms, choose, explained, matching, select
from git_dagpatch.model.codec import dag, decode, encode
from git_dagpatch.model.errors import Refused, UsageError
from git_dagpatch.model.objects import Objects
from git_dagpatch.model.patch import Metadata, Patch
from git_dagpatch.model.tree import Tree
from tests.command_line import dagpatch
from tests.repositories import Repo
from tests.strategies import Pair, pairs
from tests.trees import Files, files_of, text, tree_of

OLD = b"".join(b"value_%d = %d\n" % (n, n * n) for n in range(20))
BEFORE: Files = {
    b"src/app.py": text(b"one = 1 \n\n\ndef run():\n    return load()\n"),
    b"src/old.py": text(OLD),
    b"docs/page.txt": text(b"first\n\nsecond\n"),
}
AFTER: Files = {
    b"src/app.py": text(b"one = 1\n\n\ndef run():\n    return load() + 1\n"),
    b"src/new.py": text(OLD),
    b"src/old.py": text(b"import new\n\nprint(new.__doc__)\n"),
    b"docs/page.txt": text(b"first!\n\nsecond\n"),
}


@pytest.fixture(scope="module")
def patch() -> Patch:
    return factor(tree_of(BEFORE), tree_of(AFTER), Metadata())


def told(patch: Patch, term: str) -> list[str]:
    mask = matching(patch.operations, term)
    return [str(op.description) for number, op in enumerate(patch.operations) if mask >> number & 1]


@pytest.mark.parametrize(
    ("term", "expected"),
    [
        ("move", {"Move src/old.py to src/new.py"}),
        ("kind:move", {"Move src/old.py to src/new.py"}),
        ("src/new.py", {"Move src/old.py to src/new.py"}),
        ("create", {"Add src/old.py"}),
        ("docs", {"page.txt"}),
        ("docs/*.txt", {"page.txt"}),
        ("path:docs/", {"page.txt"}),
        ("run", {"run"}),
        ("src/app.py:run", {"run"}),
        ("symbol:src/app.py:run", {"run"}),
        ("formatting", {"Strip trailing white space in src/app.py"}),
        ("tag:formatting", {"Strip trailing white space in src/app.py"}),
    ],
)
def test_a_term_names_operations(patch: Patch, term: str, expected: set[str]) -> None:
    found = told(patch, term)
    assert len(found) == len(expected)
    assert all(part in description for part, description in zip(sorted(expected), sorted(found), strict=True))


def test_an_id_or_its_start_names_one(patch: Patch) -> None:
    for number, operation in enumerate(patch.operations):
        assert matching(patch.operations, str(operation.id)) == 1 << number
        assert matching(patch.operations, f"id:{str(operation.id)[:12]}") == 1 << number


@pytest.mark.parametrize("term", ["", "nothing", "kind:src/app.py", "id:run", "src/app.py:walk", "rename", "docs/*.md"])
def test_a_term_may_name_nothing(patch: Patch, term: str) -> None:
    assert matching(patch.operations, term) == 0


def test_a_term_that_could_mean_two_things_is_refused() -> None:
    before = {b"move": text(b"one\n"), b"a": text(b"a file of its own\n")}
    operations = factor(tree_of(before), tree_of({b"move": text(b"two\n"), b"b": before[b"a"]}), Metadata()).operations
    with pytest.raises(UsageError, match="kind:move or path:move"):
        matching(operations, "move")
    assert matching(operations, "kind:move") != matching(operations, "path:move")


def test_what_is_needed_comes_along_and_is_said(patch: Patch) -> None:
    selection = choose(patch.operations, Terms(only=("create",)))
    (sentence,) = explained(patch.operations, selection)
    assert re.fullmatch(
        r"Taken as well: \w{8} \(Move src/old.py to src/new.py\), which \w{8} \(Add src/old.py\) needs\.", sentence
    )
    assert part(patch, selection.chosen) == {
        **BEFORE,
        b"src/new.py": AFTER[b"src/new.py"],
        b"src/old.py": AFTER[b"src/old.py"],
    }


def test_what_needs_something_left_out_is_left_out_and_said(patch: Patch) -> None:
    selection = choose(patch.operations, Terms(without=("move",)))
    (sentence,) = explained(patch.operations, selection)
    assert re.fullmatch(
        r"Left out as well: \w{8} \(Add src/old.py\), which needs \w{8} \(Move src/old.py to src/new.py\)\.",
        sentence,
    )
    assert part(patch, selection.chosen) == {
        **BEFORE,
        b"src/app.py": AFTER[b"src/app.py"],
        b"docs/page.txt": AFTER[b"docs/page.txt"],
    }


def part(patch: Patch, chosen: int) -> Files:
    """What the chosen part makes of BEFORE."""
    base = tree_of(BEFORE)
    return files_of(execute(select(patch, base, chosen).operations, base, Objects(base.source)))


@pytest.mark.parametrize("terms", [Terms(only=("create",), strict=True), Terms(without=("move",), strict=True)])
def test_strict_refuses_what_was_not_asked_for(patch: Patch, terms: Terms) -> None:
    with pytest.raises(Refused, match="not closed"):
        choose(patch.operations, terms)


def test_strict_takes_what_is_closed(patch: Patch) -> None:
    assert choose(patch.operations, Terms(only=("move",), strict=True)).chosen == matching(patch.operations, "move")


def test_all_may_be_left_out(patch: Patch) -> None:
    assert choose(patch.operations, Terms(only=("docs",), without=("docs",))).chosen == 0


@given(pairs(), st.data())
def test_a_part_executes_to_what_it_says(pair: Pair, data: st.DataObject) -> None:
    base = tree_of(pair.before.files, pair.before.spellings)
    whole = factor(base, tree_of(pair.after.files, pair.after.spellings), Metadata())
    graph = dag(whole.operations)
    chosen = graph.closed(data.draw(st.integers(0, graph.everything)))
    part = select(whole, base, chosen)
    made = execute(decode(encode(part)).operations, base, Objects(base.source))
    assert made.id == part.result
    assert isinstance(made, Tree)
    assert made.id == execute(whole.operations, base, Objects(base.source), chosen).id


@pytest.fixture
def cut(repo: Repo) -> Repo:
    """A repository on the commit before one that moves, creates and edits files."""
    for files in (BEFORE, AFTER):
        for path in repo.path.glob("*/*"):
            if ".git" not in path.parts:
                path.unlink()
        for name, file in files.items():
            repo.write(name.decode(), file.content)
        repo.commit("Change")
    return repo


def test_export_writes_the_part_and_says_what_it_took(cut: Repo, tmp_path: Path) -> None:
    answer = dagpatch(cut.path, "export", "-o", tmp_path / "part.json", "--only", "create")
    assert answer.status == 0
    assert "Taken as well: " in answer.err
    patch = decode((tmp_path / "part.json").read_bytes())
    assert [operation.type for operation in patch.operations] == ["move", "create"]
    assert dagpatch(cut.path, "verify", tmp_path / "part.json").status == 0


def test_export_leaves_out_a_commit_of_which_nothing_is_left(cut: Repo, tmp_path: Path) -> None:
    answer = dagpatch(cut.path, "export", "-o", tmp_path, "--only", "move", "HEAD~1", "HEAD")
    assert (answer.status, len(answer.lines)) == (0, 1)


@pytest.mark.parametrize("output", ["-", "new", "part.json"])
def test_an_export_of_nothing_is_refused(cut: Repo, tmp_path: Path, output: str) -> None:
    place = output if output == "-" else tmp_path / output
    answer = dagpatch(cut.path, "export", "-o", place, "--only", "move", "--without", "move", "HEAD")
    assert (answer.status, answer.out) == (2, b"")
    assert "error: The selection leaves no operation" in answer.err
    assert not (tmp_path / output).exists()


def test_a_review_of_nothing_is_refused(cut: Repo) -> None:
    answer = dagpatch(cut.path, "review", "--only", "move", "--without", "move", "HEAD")
    assert (answer.status, answer.out) == (2, b"")
    assert "error: The selection leaves no operation" in answer.err


def test_numbers_are_those_that_show_tells(cut: Repo) -> None:
    (whole,) = dagpatch(cut.path, "export", "-o", "-").documents
    for number, operation in enumerate(whole["operations"]):
        assert f"#{number} {operation['type']}".encode() in dagpatch(cut.path, "show").out
        (part,) = dagpatch(cut.path, "export", "--only", f"#{number}", "-o", "-").documents
        assert operation["id"] in [one["id"] for one in part["operations"]]
        assert {one["id"] for one in part["operations"]} == {operation["id"], *_needs(whole, operation)}
    beyond = dagpatch(cut.path, "export", "--only", f"#{len(whole['operations'])}", "-o", "-")
    assert beyond.status == 2
    assert "No operation is meant" in beyond.err


def _needs(patch: dict[str, Any], operation: dict[str, Any]) -> set[str]:
    found = set(operation.get("depends_on", ()))
    for other in patch["operations"]:
        if other["id"] in found:
            found |= _needs(patch, other)
    return found


def test_a_term_that_means_nothing_anywhere_writes_nothing(cut: Repo, tmp_path: Path) -> None:
    answer = dagpatch(cut.path, "export", "-o", tmp_path / "new", "--only", "move", "--without", "walk", "HEAD")
    assert answer.status == 2
    assert "No operation is meant by 'walk'" in answer.err
    assert not (tmp_path / "new").exists()


def test_apply_lands_the_part(cut: Repo) -> None:
    cut.git("checkout", "--quiet", "-b", "other", "HEAD~1")
    assert dagpatch(cut.path, "apply", "--without", "docs", "main").status == 0
    assert cut.git("diff", "--name-only", "main") == b"docs/page.txt\n"
    assert dagpatch(cut.path, "apply", "--only", "docs", "main").status == 0
    assert cut.git("diff", "--name-only", "main") == b""


def test_apply_tree_makes_the_part(cut: Repo) -> None:
    answer = dagpatch(cut.path, "apply-tree", "--only", "run", "HEAD", "HEAD~1")
    assert cut.git("diff", "--name-only", "HEAD~1", answer.lines[0]) == b"src/app.py\n"


def test_strict_changes_nothing(cut: Repo) -> None:
    cut.git("checkout", "--quiet", "-b", "other", "HEAD~1")
    assert dagpatch(cut.path, "apply", "--strict", "--only", "create", "main").status == 3
    assert cut.git("status", "--porcelain") == b""
