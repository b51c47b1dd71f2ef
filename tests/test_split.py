"""split: a series whose last tree is the commit's, whose steps execute, and that can be taken back."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings

from git_dagpatch.engine.execute import execute
from git_dagpatch.engine.factor import factor
from git_dagpatch.engine.split import Grouping, part_in_two, patches_of, scheduled, split
from git_dagpatch.languages.python_syntax import syntax_tree
from git_dagpatch.model.codec import dag, decode, encode, from_document
from git_dagpatch.model.dag import Dag, members
from git_dagpatch.model.errors import ProofFailed
from git_dagpatch.model.objects import Objects
from git_dagpatch.model.patch import Metadata, Patch
from git_dagpatch.model.tree import Tree
from tests.command_line import contents, dagpatch
from tests.repositories import Repo
from tests.strategies import Pair, pairs
from tests.test_made_cases import CASES, Case
from tests.trees import text, tree_of

quick = settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


def series(patch: Patch, base: Tree, by: Grouping) -> list[Patch]:
    """The patches of the series, after checking what holds of every series."""
    steps = split(patch, base, by, Objects(base.source))
    graph = dag(patch.operations)
    assert sum(step.operations for step in steps) == graph.everything
    assert all(graph.closed(step.state) == step.state for step in steps)
    made = list(patches_of(patch, base, steps, ["A step\n"] * len(steps)))
    tree = base
    for one, step in zip(made, steps, strict=True):
        assert one.base == tree.id
        tree = execute(decode(encode(one)).operations, tree, Objects(base.source))
        assert tree.id == one.result == step.tree.id
        tree = step.tree
    assert tree.id == patch.result
    return made


@pytest.mark.parametrize("by", Grouping)
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_made_commit_in_steps(case: Case, by: Grouping) -> None:
    before = tree_of(case.before, case.before_spellings)
    patch = factor(before, tree_of(case.after, case.after_spellings), Metadata())
    series(patch, before, by)


@quick
@given(pairs())
def test_any_patch_in_steps(pair: Pair) -> None:
    before = tree_of(*pair.before)
    patch = factor(before, tree_of(*pair.after), Metadata())
    for by in Grouping:
        series(patch, before, by)


def test_what_waits_for_each_other_is_parted() -> None:
    # 0 and 2 are of one group, and 1 stands between them.
    assert scheduled(Dag([0, 0b001, 0b010]), [(0, "a"), (1, "b"), (0, "a")]) == [0b001, 0b010, 0b100]
    # What waits for a later phase does not keep the rest of its group waiting.
    assert scheduled(Dag([0, 0, 0b010]), [(0, "a"), (1, "b"), (0, "a")]) == [0b001, 0b010, 0b100]
    # Of one phase, what is whole goes first.
    assert scheduled(Dag([0, 0, 0b010]), [(0, "a"), (0, "b"), (0, "a")]) == [0b010, 0b101]
    assert scheduled(Dag([0, 0, 0]), [(1, "a"), (0, "b"), (1, "a")]) == [0b010, 0b101]


BEFORE = b"""\
def load(path):
    return open(path).read()


def save(path, text):
    open(path, 'w').write(text)


def main():
    save('b', load('a'))
"""
AFTER = b"""\
def read(path):
    return open(path).read().strip()


def save(path, text):
    open(path, "w").write(text)


def main():
    save("b", read("a"))
"""


@pytest.fixture
def tangled(repo: Repo) -> Repo:
    """A commit that renames a function, changes it, writes strings otherwise, and tells of it."""
    repo.write("app.py", BEFORE)
    repo.write("README.md", b"Loads and saves.\n")
    repo.commit("First")
    repo.write("app.py", AFTER)
    repo.write("README.md", b"Reads and saves.\n")
    repo.git("add", "--all")
    repo.git("commit", "-qm", "Change much\n\nAll at once.\n\nSigned-off-by: A <a@example.com>")
    return repo


def subjects(repo: Repo, revisions: str) -> list[str]:
    return repo.git("log", "--reverse", "--format=%s", revisions).decode().splitlines()


STEPS = [
    "Change the layout of app.py",
    "Rename function load to read",
    "Change the body of read in app.py",
    "Edit README.md",
]


def test_the_commit_of_head_becomes_a_series(tangled: Repo) -> None:
    old = tangled.oid("HEAD")
    answer = dagpatch(tangled.path, "split")
    assert answer.status == 0, answer.err
    assert [line[13:] for line in answer.lines] == STEPS
    assert subjects(tangled, "main~4..main") == STEPS
    assert tangled.oid("main~4") == tangled.oid(f"{old}^")
    assert tangled.oid("main^{tree}") == tangled.oid(f"{old}^{{tree}}")
    assert tangled.git("log", "-4", "--format=%an %ae %ad") == tangled.git("log", "-1", "--format=%an %ae %ad", old) * 4
    for number in range(4):
        module = tangled.git("show", f"main~{number}:app.py")
        assert syntax_tree(module) is not None


def test_messages_tell_where_a_part_comes_from_and_lose_nothing(tangled: Repo) -> None:
    old = tangled.oid("HEAD")
    dagpatch(tangled.path, "split")
    first, last = (tangled.git("log", "-1", "--format=%B", name).decode() for name in ("main~3", "main"))
    assert f'Part 1 of 4 of {old[:12]} "Change much"' in first
    assert "All at once." in last
    assert "All at once." not in first
    assert all(message.count("Signed-off-by: A <a@example.com>\n") == 1 for message in (first, last))
    for name, message in (("main~3", first), ("main", last)):
        trailer = message.strip().splitlines()[-1]
        assert trailer.startswith("Dagpatch-Id: ")
        parent, tree = tangled.oid(f"{name}^^{{tree}}"), tangled.oid(f"{name}^{{tree}}")
        assert parent != tree


def test_index_and_work_tree_stay_and_rollback_brings_the_commit_back(tangled: Repo) -> None:
    old = tangled.oid("HEAD")
    tangled.write("app.py", AFTER + b"# unfinished\n")
    tangled.write("README.md", b"staged\n")
    tangled.git("add", "README.md")
    tangled.write("new.txt", b"untracked\n")
    status = tangled.git("status", "--porcelain")
    assert dagpatch(tangled.path, "split").status == 0
    new = tangled.oid("HEAD")
    assert new != old
    (backup,) = tangled.git("for-each-ref", "--format=%(objectname)", "refs/heads/dagpatch/backup").split()
    assert backup.decode() == old
    assert tangled.git("status", "--porcelain") == status
    assert dagpatch(tangled.path, "rollback").status == 0
    assert tangled.oid("HEAD") == old
    assert tangled.git("status", "--porcelain") == status
    assert dagpatch(tangled.path, "rollback", "--redo").status == 0
    assert tangled.oid("HEAD") == new
    assert tangled.read("app.py") == AFTER + b"# unfinished\n"
    tangled.git("fsck", "--strict")


def test_a_split_has_no_inverse_to_commit(tangled: Repo) -> None:
    dagpatch(tangled.path, "split")
    answer = dagpatch(tangled.path, "rollback", "--revert")
    assert answer.status == 3
    assert "changed no file" in answer.err


def test_a_plan_writes_nothing(tangled: Repo) -> None:
    before = contents(tangled.path)
    answer = dagpatch(tangled.path, "split", "--plan")
    assert answer.status == 0
    assert [line[4:] for line in answer.lines if "/4 " in line] == STEPS
    (document,) = dagpatch(tangled.path, "split", "--plan", "--json").documents
    assert [part["message"].partition("\n")[0] for part in document["parts"]] == STEPS
    assert document["parts"][-1]["tree"] == tangled.oid("HEAD^{tree}")
    assert contents(tangled.path) == before


def test_another_commit_becomes_a_new_branch_that_is_never_overwritten(tangled: Repo) -> None:
    old = tangled.oid("HEAD")
    tangled.write("later.txt", b"later\n")
    head = tangled.commit("Later")
    answer = dagpatch(tangled.path, "split", "--json", "HEAD~1")
    (document,) = answer.documents
    assert document["branch"] == f"split/{old[:12]}"
    assert tangled.oid(document["branch"]) == document["parts"][-1]["commit"]
    assert tangled.oid(f"{document['branch']}^{{tree}}") == tangled.oid(f"{old}^{{tree}}")
    assert tangled.oid("HEAD") == head
    again = dagpatch(tangled.path, "split", "HEAD~1")
    assert again.status == 3
    assert "exists" in again.err
    assert dagpatch(tangled.path, "split", "HEAD~1", "--branch", "other", "--by", "file").status == 0
    assert subjects(tangled, f"{old}^..other") == [
        "Rename function load to read, and 3 more changes",
        "Edit README.md",
    ]


def test_head_stays_if_a_branch_is_named(tangled: Repo) -> None:
    old = tangled.oid("HEAD")
    assert dagpatch(tangled.path, "split", "--branch", "parts", "--by", "operation").status == 0
    assert tangled.oid("HEAD") == old
    assert tangled.oid("parts~5") == tangled.oid("HEAD~1")


@pytest.mark.parametrize(("taken", "name"), [("split", None), ("main", "main/x"), ("a/b", "a")])
def test_a_branch_for_which_there_is_no_room_is_told(tangled: Repo, taken: str, name: str | None) -> None:
    if taken != "main":
        tangled.git("branch", taken)
    tangled.write("later.txt", b"later\n")
    tangled.commit("Later")
    answer = dagpatch(tangled.path, "split", "HEAD~1", *(["--branch", name] if name else []))
    assert answer.status == 3
    assert f"beside {taken!r}" in answer.err


def test_what_becomes_one_commit_is_said_in_one_way(tangled: Repo) -> None:
    assert dagpatch(tangled.path, "split", "-i", "--by", "file", stdin=b"y\nn\n").status == 2


@pytest.mark.parametrize("name", ["-x", "a..b", "a b", "", "@{-1}"])
def test_a_name_that_is_none_is_refused(tangled: Repo, name: str) -> None:
    before = contents(tangled.path)
    answer = dagpatch(tangled.path, "split", "HEAD", f"--branch={name}")
    assert answer.status == 2
    assert contents(tangled.path) == before


def test_merges_and_single_steps_are_refused_with_a_reason(repo: Repo) -> None:
    repo.write("a.txt", b"a\n")
    repo.commit("First")
    one = dagpatch(repo.path, "split")
    assert one.status == 3
    assert "one operation only" in one.err
    repo.git("checkout", "-qb", "side")
    repo.write("b.txt", b"b\n")
    repo.commit("Side")
    repo.git("checkout", "-q", "main")
    repo.write("c.txt", b"c\n")
    repo.commit("Main")
    repo.git("merge", "-q", "-m", "Merge", "side")
    merge = dagpatch(repo.path, "split")
    assert merge.status == 3
    assert "is a merge" in merge.err


def test_a_root_commit_is_split(repo: Repo) -> None:
    repo.write("a.py", b"a = 1\n")
    repo.write("README.md", b"A\n")
    repo.commit("First")
    assert dagpatch(repo.path, "split").status == 0
    assert repo.git("rev-list", "--count", "HEAD").strip() == b"2"
    assert dagpatch(repo.path, "rollback").status == 0
    assert subjects(repo, "HEAD") == ["First"]


def test_an_author_in_another_encoding_is_kept(repo: Repo) -> None:
    repo.write("a.txt", b"a\n")
    repo.commit("First")
    repo.write("a.py", b"a = 1\n")
    repo.write("README.md", b"A\n")
    repo.git("add", "--all")
    repo.git("config", "i18n.commitEncoding", "ISO-8859-1")
    repo.git("commit", "-qm", b"Gr\xfc\xdfe", "--author", b"J\xfcrgen <j@example.com>")
    assert dagpatch(repo.path, "split").status == 0
    repo.git("config", "--unset", "i18n.commitEncoding")
    assert repo.git("log", "-2", "--format=%an").decode() == "Jürgen\nJürgen\n"
    assert '"Grüße"' in repo.git("log", "-1", "--format=%b").decode()


def test_bytes_of_no_encoding_are_kept(repo: Repo) -> None:
    repo.write("a.txt", b"a\n")
    repo.commit("First")
    repo.write("a.py", b"a = 1\n")
    repo.write("README.md", b"A\n")
    repo.commit("Second")
    head = repo.git("cat-file", "commit", "HEAD")
    odd = head.replace(b"Second\n", b"Gr\xfc\xdfe\n\nSigned-off-by: J\xf6rg <j@example.org>\n")
    repo.git("reset", "--quiet", repo.git("hash-object", "-t", "commit", "-w", "--stdin", input=odd).decode().strip())
    assert dagpatch(repo.path, "split").status == 0
    for revision in ("HEAD", "HEAD~1"):
        message = repo.git("cat-file", "commit", revision)
        assert b"Signed-off-by: J\xf6rg" in message
        assert b'"Gr\xfc\xdfe"' in message


def hand_made(*edits: tuple[int, list[str]], base: bytes) -> tuple[Patch, Tree]:
    """A patch of edits that do not know of each other."""
    tree = tree_of({b"m.py": text(base)})
    operations = [{"type": "edit", "target": "m.py:", "hunks": [{"at": at, "lines": rows}]} for at, rows in edits]
    raw = {"format": "dagpatch/1", "base": tree.id, "base_tar": "0" * 64, "metadata": {}, "operations": operations}
    patch = from_document(raw | {"result": tree.id})
    result = execute(patch.operations, tree, Objects(tree.source))
    return from_document(raw | {"result": result.id}), tree


def test_steps_are_merged_where_a_file_would_not_parse_between_them() -> None:
    patch, base = hand_made(
        (1, ["-a = 1\n", "+a = (1,\n"]),
        (3, ["-2\n", "+3,\n"]),
        (5, ["-c = 3\n", "+)\n"]),
        (7, ["-d = 4\n", "+d = 5\n"]),
        base=b"a = 1\n\n2\n\nc = 3\n\nd = 4\n",
    )
    steps = split(patch, base, Grouping.OPERATION, Objects(base.source))
    # Nothing parses between the first and the third; what does not need them stays alone.
    assert [list(members(step.operations)) for step in steps] == [[0, 2], [1], [3]]
    assert all(syntax_tree(step.tree.read(b"m.py")) is not None for step in steps)


def test_three_that_only_parse_together_are_one_step() -> None:
    patch, base = hand_made(
        (1, ["-a = 1\n", "+a = ((1,\n"]),
        (3, ["-2\n", "+3),\n"]),
        (5, ["-c = 3\n", "+)\n"]),
        base=b"a = 1\n\n2\n\nc = 3\n",
    )
    steps = split(patch, base, Grouping.OPERATION, Objects(base.source))
    assert [list(members(step.operations)) for step in steps] == [[0, 1, 2]]


def test_a_file_that_does_not_parse_after_keeps_nothing_together() -> None:
    patch, base = hand_made((1, ["-a = 1\n", "+a = (\n"]), (3, ["-b = 2\n", "+b = 3\n"]), base=b"a = 1\n\nb = 2\n")
    steps = split(patch, base, Grouping.OPERATION, Objects(base.source))
    assert [step.operations for step in steps] == [0b01, 0b10]


def test_a_series_that_ends_elsewhere_is_not_given_out() -> None:
    patch, base = hand_made((1, ["-a = 1\n", "+a = 2\n"]), base=b"a = 1\n")
    wrong = msgspec.structs.replace(patch, result="0" * 40)
    with pytest.raises(ProofFailed):
        split(wrong, base, Grouping.OPERATION, Objects(base.source))


def test_two_parts_by_choice() -> None:
    patch, base = hand_made((1, ["-a = 1\n", "+a = 2\n"]), (3, ["-b = 2\n", "+b = 3\n"]), base=b"a = 1\n\nb = 2\n")
    steps = part_in_two(patch, base, 0b10, Objects(base.source))
    assert [step.operations for step in steps] == [0b10, 0b01]
    assert steps[0].tree.read(b"m.py") == b"a = 1\n\nb = 3\n"


def test_the_json_of_a_split_names_what_came(tangled: Repo, tmp_path: Path) -> None:
    answer = dagpatch(tangled.path, "split", "--json")
    document = json.loads(answer.out)
    assert document["branch"] == "main"
    assert tangled.oid(document["backup"]) == document["commit"]
    assert [part["commit"] for part in document["parts"]] == tangled.git(
        "rev-list", "--reverse", "main~4..main"
    ).decode().split()
