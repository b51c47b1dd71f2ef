"""A patch on a branch that left its history earlier: what came in between is told from what the target changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from git_dagpatch.merging.strategies import Merged, merge_texts
from git_dagpatch.model.strategy import Policy
from git_dagpatch.store.gitcommand import GitStore
from git_dagpatch.store.libgit import LibgitStore
from tests.command_line import dagpatch
from tests.repositories import Repo

_FIRST = "def first():\n    return 1\n"
_LATER = "\n\ndef later():\n    return 2\n"
_ADDED = "\n\ndef added():\n    return 3\n"

_BEHIND = {
    "a function below one that the target never had": (
        _FIRST + _LATER,
        _FIRST,
        _FIRST + _LATER + _ADDED,
        _FIRST + _ADDED,
    ),
    "a function above one whose head is another one there": (
        "def old(a: int) -> int:\n    return a\n",
        "def old(a):\n    return a\n",
        "def new():\n    pass\n\n\ndef old(a: int) -> int:\n    return a\n",
        "def new():\n    pass\n\n\ndef old(a):\n    return a\n",
    ),
    "a method, with a comment and a decorator": (
        "class A:\n    def old(self, a: int):\n        return a\n",
        "class A:\n    def old(self, a):\n        return a\n",
        "class A:\n    # New.\n    @property\n    def new(self):\n        return 1\n\n"
        "    def old(self, a: int):\n        return a\n",
        "class A:\n    # New.\n    @property\n    def new(self):\n        return 1\n\n"
        "    def old(self, a):\n        return a\n",
    ),
    "one that ends as the one beside it does": (
        _FIRST + "\n\ndef later():\n    check()\n    return 1\n",
        _FIRST,
        _FIRST + "\n\ndef later():\n    check()\n    return 1\n\n\ndef added():\n    return 1\n",
        _FIRST + "\n\ndef added():\n    return 1\n",
    ),
}

_LEFT_OPEN = {
    "it belongs to a class that the target never had": (
        _FIRST + "\n\nclass A:\n    a = 1\n",
        _FIRST,
        _FIRST + "\n\nclass A:\n    a = 1\n\n    def added(self):\n        return 3\n",
    ),
    "it calls what the target never had": (
        _FIRST + _LATER,
        _FIRST,
        _FIRST + _LATER + "\n\ndef added():\n    return later()\n",
    ),
    "something else is changed there, too": (
        _FIRST + _LATER,
        _FIRST,
        _FIRST + _LATER.replace("2", "22") + _ADDED,
    ),
    "the target has something of its own there": (
        _FIRST + _LATER,
        _FIRST + "\n\ndef own():\n    return 4\n",
        _FIRST + _LATER + _ADDED,
    ),
    "lines are added, not definitions": (
        "def f(a: int):\n    return a\n",
        "def f(a):\n    return a\n",
        "def f(a: int):\n    check(a)\n    return a\n",
    ),
    "no definitions are known of such files": (
        "first\nlater\n",
        "first\n",
        "first\nlater\nadded\n",
    ),
}

_ALONE = {
    "lines that touch what differs": (
        b"m.py",
        "if isinstance(a, ast.A):\n    b(\n        c)\n",
        "if isinstance(a, A):\n    b(\n        c)\n",
        "if isinstance(a, ast.A):\n    b(d,\n        c)\n",
        "if isinstance(a, A):\n    b(d,\n        c)\n",
    ),
    "words that take the place of those that differ": (
        b"m.py",
        "limit = load(path, 20)\n",
        "limit = load(path, 10)\n",
        "limit = load(path, 30)\n",
        "limit = load(path, 30)\n",
    ),
    "a name of a list": (b"AUTHORS", "Ann\nBob\n", "Ann\n", "Ann\nAnton\nBob\n", "Ann\nAnton\n"),
}


def merged(
    path: bytes, base: str, ours: str, theirs: str, fork: str | None, policies: tuple[Policy, ...] = ()
) -> Merged:
    before = None if fork is None else fork.encode()
    versions = (text.encode() for text in (base, ours, theirs))
    return merge_texts(*versions, path=path, policies=policies, fork=lambda: before)


@pytest.mark.parametrize("name", _BEHIND)
def test_definitions_land_beside_what_the_target_never_had(name: str) -> None:
    base, ours, theirs, expected = _BEHIND[name]
    found = merged(b"m.py", base, ours, theirs, fork=ours)
    assert (found.text.decode(), found.steps) == (expected, ("behind",))


@pytest.mark.parametrize("name", _BEHIND)
def test_nothing_is_known_without_a_history(name: str) -> None:
    base, ours, theirs, _ = _BEHIND[name]
    assert merged(b"m.py", base, ours, theirs, fork=None).open


@pytest.mark.parametrize("name", _BEHIND)
def test_what_the_target_changed_itself_is_another_matter(name: str) -> None:
    base, ours, theirs, _ = _BEHIND[name]
    assert merged(b"m.py", base, ours, theirs, fork=base).open


@pytest.mark.parametrize("name", _LEFT_OPEN)
def test_what_is_not_certain_stays_open(name: str) -> None:
    base, ours, theirs = _LEFT_OPEN[name]
    fork = _FIRST if "own" in name else ours
    assert merged(b"m.txt" if "no definitions" in name else b"m.py", base, ours, theirs, fork).open


@pytest.mark.parametrize("name", _ALONE)
def test_the_policy_takes_the_patch_alone(name: str) -> None:
    path, base, ours, theirs, expected = _ALONE[name]
    found = merged(path, base, ours, theirs, ours, (Policy.BACKPORT,))
    assert (found.text.decode(), found.steps) == (expected, ("backport",))
    assert merged(path, base, ours, theirs, base, (Policy.BACKPORT,)).open
    assert merged(path, base, ours, theirs, ours).open


def test_the_policy_leaves_open_what_is_inside_of_what_came_later() -> None:
    found = merged(b"m.py", "a = 1\nb = 2\nc = 3\n", "a = 1\n", "a = 1\nb = 22\nc = 3\n", "a = 1\n", (Policy.BACKPORT,))
    assert found.open


class Commits:
    """A main line `base`, `later`, `patch`; and the branch `stable` that left it at `base`."""

    def __init__(self, repo: Repo) -> None:
        self.repo = repo
        self.patch = ""

    def make(self, base: dict[str, bytes], later: dict[str, bytes | None], patch: dict[str, bytes | None]) -> None:
        self._commit("base", dict(base))
        self.repo.git("branch", "stable")
        self._commit("later", later)
        self.patch = self._commit("patch", patch)
        self.repo.git("checkout", "-q", "stable")

    def own(self, files: dict[str, bytes | None]) -> None:
        """A commit of the branch's own."""
        self._commit("own", files)

    def _commit(self, message: str, files: dict[str, bytes | None]) -> str:
        for path, content in files.items():
            if content is None:
                self.repo.remove(path)
            else:
                self.repo.write(path, content)
        return self.repo.commit(message)


@pytest.fixture
def commits(repo: Repo) -> Commits:
    return Commits(repo)


def _of_definitions(commits: Commits) -> None:
    texts = (text.encode() for text in (_FIRST, _FIRST + _LATER, _FIRST + _LATER + _ADDED))
    base, later, patch = texts
    commits.make({"m.py": base}, {"m.py": later}, {"m.py": patch})


def test_apply_knows_where_the_branch_left(commits: Commits) -> None:
    _of_definitions(commits)
    repo = commits.repo
    commits.own({"own.txt": b"own\n"})
    done = dagpatch(repo.path, "apply-tree", commits.patch, "stable")
    assert done.status == 0
    assert "m.py: one place changed by both sides settled: behind." in done.err
    assert repo.git("show", f"{done.lines[0]}:m.py").decode() == _FIRST + _ADDED
    assert dagpatch(repo.path, "apply", commits.patch).status == 0
    assert repo.read("m.py").decode() == _FIRST + _ADDED


def test_a_tree_has_no_history(commits: Commits) -> None:
    _of_definitions(commits)
    assert dagpatch(commits.repo.path, "apply-tree", commits.patch, "stable^{tree}").status == 1


def test_a_patch_from_elsewhere_has_no_history(commits: Commits, tmp_path: Path) -> None:
    _of_definitions(commits)
    document = tmp_path / "patch.json"
    document.write_bytes(dagpatch(commits.repo.path, "export", "-o", "-", commits.patch).out)
    assert dagpatch(commits.repo.path, "apply-tree", document, "stable").status == 0
    other = Repo.init(tmp_path / "other")
    commits.repo.git("branch", "later", f"{commits.patch}^")
    other.git("fetch", "-q", commits.repo.path, "later:later", "stable:stable")
    assert dagpatch(other.path, "apply-tree", document, "stable").status == 1


def test_what_the_patch_deletes_goes_as_it_was(commits: Commits) -> None:
    base: dict[str, bytes] = {"a.txt": b"a\n", "b.txt": b"b\n"}
    commits.make(base, {"a.txt": b"later\n"}, {"a.txt": None})
    done = dagpatch(commits.repo.path, "apply-tree", commits.patch, "stable")
    assert (done.status, "a.txt: one place changed by both sides settled: behind." in done.err) == (0, True)
    assert commits.repo.git("ls-tree", "--name-only", done.lines[0]) == b"b.txt\n"
    commits.own({"a.txt": b"own\n"})
    assert dagpatch(commits.repo.path, "apply-tree", commits.patch, "stable").status == 1


def test_a_file_that_never_was_there_is_left_out_where_it_is_asked_for(commits: Commits) -> None:
    commits.make({"a.txt": b"a\n"}, {"new.txt": b"new\n"}, {"new.txt": b"newer\n", "a.txt": b"aa\n"})
    repo = commits.repo
    done = dagpatch(repo.path, "apply-tree", commits.patch, "stable")
    assert [line.split("\t")[0] for line in done.lines[1:]] == ["new.txt"]
    done = dagpatch(repo.path, "apply-tree", "--policy", "backport", commits.patch, "stable")
    assert (done.status, "settled: backport. It came to base later" in done.err) == (0, True)
    assert repo.git("ls-tree", "--name-only", done.lines[0]) == b"a.txt\n"
    assert repo.git("show", f"{done.lines[0]}:a.txt") == b"aa\n"


@pytest.mark.parametrize("elsewhere", ["old/new.txt", None])
def test_a_file_that_may_stand_elsewhere_or_was_deleted_is_a_conflict(commits: Commits, elsewhere: str | None) -> None:
    base: dict[str, bytes] = {"a.txt": b"a\n", elsewhere or "new.txt": b"quite different\n"}
    later: dict[str, bytes | None] = {"old/new.txt": None} if elsewhere else {}
    commits.make(base, {**later, "new.txt": b"new\n"}, {"new.txt": b"newer\n"})
    if elsewhere is None:
        commits.own({"new.txt": None})
    assert dagpatch(commits.repo.path, "apply-tree", "--policy", "all", commits.patch, "stable").status == 1


@pytest.mark.parametrize("kind", [LibgitStore, GitStore])
def test_where_histories_part(commits: Commits, kind: type[LibgitStore] | type[GitStore]) -> None:
    _of_definitions(commits)
    repo = commits.repo
    store = kind(str(repo.path))
    assert store.merge_base(commits.patch, repo.oid("stable")) == repo.oid("stable")
    repo.git("checkout", "-q", "--orphan", "alone")
    assert store.merge_base(commits.patch, repo.commit("alone")) is None
