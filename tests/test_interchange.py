"""Diffs and mails of the real git, read into patches: what git would make of them is what they make."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from git_dagpatch.engine.execute import execute
from git_dagpatch.interchange.patches import Imported, is_diff, patches_from_text
from git_dagpatch.model.objects import FILE, Objects
from git_dagpatch.model.tree import Tree
from git_dagpatch.store.libgit import LibgitStore
from tests.repositories import Repo
from tests.strategies import Pair, pairs
from tests.trees import File, Files, Snapshot, text, tree_of

_OPTIONS = [
    *([], ["-M"], ["-M", "-C"], ["-M10%", "-C10%", "--find-copies-harder"], ["-B", "-M"], ["-B", "-M", "-C"]),
    *(["--no-prefix"], ["-M", "--no-prefix"], ["--src-prefix=old/", "--dst-prefix=b/"], ["-M", "--src-prefix=1/"]),
    *(["-U0"], ["-U1"], ["-U100"], ["-W"], ["--no-indent-heuristic", "--patience"], ["--irreversible-delete"]),
]


def imported(data: bytes, target: Tree, blobs: Mapping[str, str] | None = None) -> list[Imported]:
    """The patches in `data`; `blobs` are at hand under these ids."""
    found = blobs or {}
    return patches_from_text(data, target, found.get)


def result_of(data: bytes, target: Tree) -> str:
    """The tree that the patches in `data` make of `target`, each executed on its own."""
    state = target.id
    for one in imported(data, target):
        assert one.patch.base == one.base.id == state
        assert one.differing == ()
        state = execute(one.patch.operations, one.base, Objects(one.base.source)).id
        assert one.patch.result == state
    return state


def kinds(one: Imported) -> list[str]:
    return sorted(operation.type for operation in one.patch.operations)


# Any two trees


def _as_git_writes(files: Files) -> Files:
    """A diff says of a file's mode only whether it is executable; an id of zeros means in it that there is none."""
    plain = {"100664": FILE}
    return {
        path: File(plain.get(file.mode, file.mode), file.content.replace(b"0" * 40, b"c" * 40))
        for path, file in files.items()
    }


def _applies(data: bytes, tree: str, repo: Repo) -> bool:
    """Whether git can apply its own diff. With -B it does not say that what stood at the target of a rename goes."""
    repo.git("read-tree", tree)
    try:
        repo.git("apply", "--cached", "--check", input=data)
    except subprocess.CalledProcessError:
        return False
    return True


@settings(max_examples=200, suppress_health_check=[*HealthCheck])
@given(pairs(), st.sampled_from(_OPTIONS))
@example(
    Pair(
        Snapshot({b"a": text(b"x\n" * 9), b"b": text(b"y\n" * 9)}, {}),
        Snapshot({b"a": text(b"y\n" * 9), b"b": text(b"x\n" * 9)}, {}),
    ),
    ["-B", "-M"],
)
def test_a_diff_makes_of_one_tree_the_other(repo: Repo, pair: Pair, options: list[str]) -> None:
    store = LibgitStore(str(repo.path))
    before, after = (tree_of(_as_git_writes(snapshot.files)) for snapshot in pair)
    for tree in (before, after):
        store.write(tree.source)  # type: ignore[arg-type]
    data = repo.git("diff", "--binary", "--full-index", *options, before.id, after.id)
    assert is_diff(data) == bool(data)
    if data and ("-B" not in options or _applies(data, before.id, repo)):
        assert result_of(data, Tree(store, before.id)) == after.id
