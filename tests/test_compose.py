"""A series of patches as one, and two patches on one base united."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from git_dagpatch.engine.compose import compose
from git_dagpatch.engine.execute import execute
from git_dagpatch.engine.factor import factor
from git_dagpatch.engine.invert import invert
from git_dagpatch.engine.plan import plan
from git_dagpatch.engine.split import Step, patches_of
from git_dagpatch.engine.union import Collision, unite
from git_dagpatch.model.codec import dag
from git_dagpatch.model.errors import WrongBase
from git_dagpatch.model.objects import Objects
from git_dagpatch.model.patch import Author, Metadata, Patch
from git_dagpatch.model.tree import Tree
from tests.command_line import dagpatch
from tests.repositories import Repo
from tests.samples import lines
from tests.strategies import chains, mutated, trees
from tests.trees import File, Files, Snapshot, files_of, script, text, tree_id, tree_of

thorough = settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


CUT_ANEW = ("edit", "mode", "binary_delta")


def series_of(*states: Files) -> list[Patch]:
    trees = [tree_of(files) for files in states]
    return [factor(one, other, Metadata()) for one, other in pairwise(trees)]


def composed(*states: Files) -> Patch:
    """The steps between the states as one patch, which is executed."""
    base = tree_of(states[0])
    patch = compose(series_of(*states), base, Metadata())
    assert files_of(execute(patch.operations, base, Objects(base.source))) == states[-1]
    return patch


def kinds(patch: Patch) -> list[str]:
    return sorted(operation.type for operation in patch.operations)


def chain_of(snapshots: list[Snapshot]) -> tuple[list[Tree], list[Patch]]:
    trees = [tree_of(*snapshot) for snapshot in snapshots]
    return trees, [factor(one, other, Metadata()) for one, other in pairwise(trees)]


@thorough
@given(chains(4))
def test_composing_is_executing_one_after_the_other(snapshots: list[Snapshot]) -> None:
    trees, patches = chain_of(snapshots)
    patch = compose(patches, trees[0], Metadata())
    made = execute(patch.operations, trees[0], Objects(trees[0].source))
    assert (patch.base, patch.result) == (trees[0].id, trees[-1].id)
    assert made.id == tree_id(*snapshots[-1])


def test_a_directory_that_went_and_came_again_has_lost_its_old_spelling() -> None:
    there = {b"d/a": text(b"a\n")}
    trees, patches = chain_of([Snapshot(there, {b"d": "040000"}), Snapshot({}, {}), Snapshot(there, {})])
    patch = compose(patches, trees[0], Metadata())
    assert (patch.result, [one.type for one in patch.operations]) == (trees[2].id, ["mode"])


@thorough
@given(chains(4))
def test_composing_is_associative(snapshots: list[Snapshot]) -> None:
    trees, (one, two, three) = chain_of(snapshots)
    left = compose([compose([one, two], trees[0], Metadata()), three], trees[0], Metadata())
    right = compose([one, compose([two, three], trees[1], Metadata())], trees[0], Metadata())
    assert (left.base, left.result) == (right.base, right.result)


@thorough
@given(chains(2), st.data())
def test_a_closed_part_and_then_the_rest_is_the_whole(snapshots: list[Snapshot], data: st.DataObject) -> None:
    (base, after), (patch,) = chain_of(snapshots)
    graph = dag(patch.operations)
    chosen = graph.closed(data.draw(st.integers(0, graph.everything)))
    objects = Objects(base.source)
    middle = execute(patch.operations, base, objects, chosen)
    steps = [Step(chosen, chosen, middle), Step(graph.everything & ~chosen, graph.everything, after)]
    part, rest = patches_of(patch, base, steps, ["Part\n", "Rest\n"])
    assert part.result == rest.base == middle.id
    assert execute(rest.operations, middle, Objects(objects)).id == patch.result
    assert compose([part, rest], base, Metadata()).result == patch.result


@thorough
@given(chains(2))
def test_inverting_twice_is_the_identity(snapshots: list[Snapshot]) -> None:
    (base, after), (patch,) = chain_of(snapshots)
    twice = invert(invert(patch, base, Metadata()), after, Metadata())
    assert (twice.base, twice.result) == (patch.base, patch.result)
    assert execute(twice.operations, base, Objects(base.source)).id == tree_id(*snapshots[1])


@thorough
@given(chains(3))
def test_what_is_left_is_no_more_than_there_was(snapshots: list[Snapshot]) -> None:
    """But for the edits that are cut anew, and for how the modes of directories are written."""
    trees, patches = chain_of(snapshots)
    before = [o for patch in patches for o in patch.operations if o.type not in CUT_ANEW]
    after = [o for o in compose(patches, trees[0], Metadata()).operations if o.type not in CUT_ANEW]
    assert len(after) <= len(before)


@thorough
@given(chains(2))
def test_a_patch_and_its_inverse_are_nothing(snapshots: list[Snapshot]) -> None:
    trees, (patch,) = chain_of(snapshots)
    inverse = invert(patch, trees[0], Metadata())
    assert compose([patch, inverse], trees[0], Metadata()).operations == []


MODULE = (
    b"def load(path):\n    return path\n\n\ndef walk(path):\n    return load(path)\n\n\ndef save(path):\n    pass\n"
)
LONG = lines().encode()


def module(*replacements: tuple[bytes, bytes]) -> File:
    content = MODULE
    for old, new in replacements:
        content = content.replace(old, new)
    return text(content)


READ = (b"load", b"read")
FETCH = (b"load", b"fetch")
ONE, TWO = (b"pass", b"one()"), (b"pass", b"two()")


@pytest.mark.parametrize(
    ("states", "left"),
    [
        ([{b"a": text(LONG)}, {b"b": text(LONG)}, {b"c": text(LONG)}], ["move"]),
        ([{b"a": text(LONG)}, {b"b": text(LONG)}, {b"a": text(LONG)}], []),
        ([{}, {b"a": text(LONG)}, {}], []),
        ([{}, {b"a": text(LONG)}, {b"a": text(LONG.replace(b"3", b"three"))}], ["create"]),
        ([{}, {b"a": text(LONG)}, {b"b": script(LONG)}], ["create"]),
        ([{b"a": text(LONG)}, {b"a": text(LONG.replace(b"3", b"three"))}, {}], ["delete"]),
        ([{b"a": text(LONG)}, {b"b": text(LONG)}, {}], ["delete"]),
        ([{b"a": text(b"x\n")}, {b"a": script(b"x\n")}, {b"a": text(b"x\n")}], []),
        ([{b"m.py": module()}, {b"m.py": module(READ)}, {b"m.py": module(FETCH)}], ["rename"]),
        ([{b"m.py": module()}, {b"m.py": module(READ)}, {b"m.py": module()}], []),
        (
            [{b"m.py": module()}, {b"m.py": module(ONE)}, {b"m.py": module(TWO)}],
            ["edit"],
        ),
        (
            [{b"m.py": module()}, {b"m.py": module(READ)}, {b"m.py": module(READ, ONE)}],
            ["edit", "rename"],
        ),
        (
            [
                {b"m.py": module()},
                {b"m.py": module(READ, ONE)},
                {b"m.py": module(ONE)},
            ],
            ["edit"],
        ),
        ([{b"a": text(b"x\0y")}, {b"a": text(b"x\0z")}, {b"a": text(b"x\0w")}], ["binary_delta"]),
    ],
)
def test_what_follows_on_itself_is_one_step(states: list[Files], left: list[str]) -> None:
    assert kinds(composed(*states)) == left


def test_a_rename_and_then_another_is_one_with_all_its_places() -> None:
    (rename,) = composed({b"m.py": module()}, {b"m.py": module(READ)}, {b"m.py": module(FETCH)}).operations
    assert rename.description == "Rename function load to fetch, 2 places in m.py"
    assert rename.confidence == 1.0


def test_what_is_told_of_an_operation_stays_and_so_does_its_author() -> None:
    one = Metadata(author=Author("One", "one@example.com", "2026-01-02T03:04:05+01:00"))
    two = Metadata(author=Author("Two", "two@example.com", "2026-01-03T03:04:05+01:00"))
    states = [tree_of({b"m.py": file}) for file in (module(), module(READ), module(READ, ONE))]
    patches = [factor(states[0], states[1], one), factor(states[1], states[2], two)]
    patch = compose(patches, states[0], two)
    for operation, (origin,) in zip(patch.operations, (patch.operations for patch in patches), strict=True):
        told = (operation.description, operation.intent, operation.author, operation.timestamp)
        assert told == (origin.description, origin.intent, origin.author, origin.timestamp)


def test_a_series_with_a_gap_is_refused() -> None:
    first, _, third = series_of({}, {b"a": text(b"x\n")}, {b"a": text(b"y\n")}, {b"a": text(b"z\n")})
    with pytest.raises(WrongBase, match="starts from the tree"):
        compose([first, third], tree_of({}), Metadata())


# Union


@thorough
@given(st.data())
def test_a_union_is_commutative_and_replays_either_way(data: st.DataObject) -> None:
    base_files = data.draw(trees())
    base = tree_of(base_files)
    sides = [tree_of(data.draw(mutated(base_files))) for _ in range(2)]
    one, other = (factor(base, side, Metadata()) for side in sides)
    united, other_way = unite(one, other, base, Metadata()), unite(other, one, base, Metadata())
    objects = Objects(base.source)
    made = [execute(patch.operations, base, objects) for patch in (one, other)]
    replayed = [plan(other, base, made[0], objects), plan(one, base, made[1], objects)]
    if isinstance(united, Collision):
        assert isinstance(other_way, Collision)
        found = [*replayed[0].conflicts] or [*replayed[1].conflicts]
        assert united.conflicts == found or replayed[0].tree.id != replayed[1].tree.id
        return
    assert united == other_way
    assert not replayed[0].conflicts
    assert not replayed[1].conflicts
    assert united.result == replayed[0].tree.id == replayed[1].tree.id
    assert execute(united.operations, base, objects).id == united.result


def united(before: Files, one: Files, other: Files) -> Patch | Collision:
    base = tree_of(before)
    first, second = (factor(base, tree_of(after), Metadata()) for after in (one, other))
    return unite(first, second, base, Metadata())


def test_what_is_apart_is_united_with_its_meaning() -> None:
    before = {b"m.py": module(), b"a": text(LONG)}
    patch = united(
        before,
        before | {b"m.py": module(READ)},
        before | {b"m.py": module(ONE), b"a": text(LONG.replace(b"3", b"three"))},
    )
    assert isinstance(patch, Patch)
    assert kinds(patch) == ["edit", "edit", "rename"]
    assert [operation.depends_on for operation in patch.operations] == [[], [], []]


def test_what_both_do_is_done_once() -> None:
    before = {b"m.py": module(), b"a": text(LONG)}
    patch = united(before, before | {b"m.py": module(READ)}, before | {b"m.py": module(READ), b"a": script(LONG)})
    assert isinstance(patch, Patch)
    assert kinds(patch) == ["mode", "rename"]


def test_what_collides_is_told_as_replay_tells_it() -> None:
    collision = united(
        {b"a": text(LONG)}, {b"a": text(LONG.replace(b"3", b"x"))}, {b"a": text(LONG.replace(b"3", b"y"))}
    )
    assert isinstance(collision, Collision)
    (conflict,) = collision.conflicts
    assert (conflict.path, conflict.lines) == (b"a", (3, 7))


# The command


@pytest.fixture
def renamed(repo: Repo) -> Repo:
    """A base, two commits on `main`, and one beside them on `side`."""
    repo.write("m.py", MODULE)
    repo.commit("Base")
    repo.git("branch", "side")
    for file in (module(READ), module(FETCH)):
        repo.write("m.py", file.content)
        repo.commit("Rename")
    repo.git("checkout", "--quiet", "side")
    repo.write("m.py", module(ONE).content)
    repo.commit("Save")
    repo.git("checkout", "--quiet", "main")
    return repo


def test_a_range_as_one_patch(renamed: Repo, tmp_path: Path) -> None:
    answer = dagpatch(renamed.path, "compose", "main~2..main", "-o", tmp_path / "one.json")
    assert (answer.status, answer.lines) == (0, [str(tmp_path / "one.json")])
    assert answer.err == "2 operations became 1.\n"
    assert dagpatch(renamed.path, "verify", tmp_path / "one.json").status == 0
    (document,) = dagpatch(renamed.path, "compose", "main~1", "main").documents
    assert document == json.loads((tmp_path / "one.json").read_bytes())
    assert document["metadata"]["message"] == "* Rename\n* Rename\n"
    assert document["result"] == renamed.oid("main^{tree}")


def by(repo: Repo, name: bytes, message: bytes) -> None:
    author = b"%b <%b@example.org>" % (name, name.lower())
    repo.git("commit", "--quiet", "--amend", b"--author=" + author, b"--message=" + message)


def test_authors_and_encodings_are_kept(renamed: Repo, tmp_path: Path) -> None:
    renamed.git("config", "i18n.commitEncoding", "ISO-8859-1")
    by(renamed, b"J\xf6rg", b"Gr\xfc\xdfe")
    renamed.write("new.txt", b"new\n")
    renamed.commit("New")
    by(renamed, b"Zo\xeb", b"Neu")
    renamed.git("config", "--unset", "i18n.commitEncoding")
    (document,) = dagpatch(renamed.path, "compose", "main~2..main").documents
    assert document["metadata"]["author"]["name"] == "Zoë"
    assert document["metadata"]["message"] == "* Grüße\n* Neu\n\nCo-authored-by: Jörg <jörg@example.org>\n"


def test_the_authors_of_a_union_do_not_hang_on_the_order(renamed: Repo) -> None:
    renamed.git("checkout", "--quiet", "side")
    by(renamed, b"Alice", b"Save")
    documents = [
        dagpatch(renamed.path, "compose", "--union", *order).documents[0]["metadata"]
        for order in (("main~1", "side"), ("side", "main~1"))
    ]
    assert documents[0] == documents[1]
    assert documents[0]["message"].count("Co-authored-by: ") == 1


def test_a_tar_is_no_part_of_json(renamed: Repo) -> None:
    assert dagpatch(renamed.path, "compose", "--json", "--format", "tar", "main").status == 2


def test_a_union_with_a_series(renamed: Repo) -> None:
    answer = dagpatch(renamed.path, "compose", "--union", "--json", "main~2..main", "side")
    (told,) = answer.documents
    assert (answer.status, told["conflicts"], told["operations_before"], told["operations"]) == (0, [], 3, 2)
    assert [operation["type"] for operation in told["document"]["operations"]] == ["rename", "edit"]


def test_a_union_that_collides(renamed: Repo, tmp_path: Path) -> None:
    renamed.git("checkout", "--quiet", "side")
    renamed.write("m.py", module((b"def load", b"def open")).content)
    renamed.git("commit", "--quiet", "--all", "--amend", "--message", "Open")
    answer = dagpatch(renamed.path, "compose", "--union", "main~1", "side", "-o", tmp_path / "x.json")
    assert answer.status == 1
    assert {line.split("\t")[0] for line in answer.lines} == {"m.py"}
    assert not (tmp_path / "x.json").exists()
    (told,) = dagpatch(renamed.path, "compose", "--union", "--json", "main~1", "side").documents
    assert (told["patch"], [conflict["path"] for conflict in told["conflicts"]]) == (None, ["m.py", "m.py"])


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        ((), 2),
        (("main..main",), 2),
        (("--union", "main"), 2),
        (("--union", "main", "side", "main~1"), 2),
        (("--union", "main", "side"), 3),
        (("main", "side"), 3),
        (("main", "main~1"), 3),
    ],
)
def test_what_cannot_be_composed_is_refused(renamed: Repo, arguments: tuple[str, ...], status: int) -> None:
    answer = dagpatch(renamed.path, "compose", *arguments)
    assert (answer.status, answer.out) == (status, b"")
