"""Hooks: those of git, put before the ones that stand there and taken away without a trace; those of pre-commit."""

from __future__ import annotations

import os
import re
import stat
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from git_dagpatch.model.errors import FileExists, Refused
from git_dagpatch.porcelain import hooks
from git_dagpatch.porcelain.checkout import open_repository
from git_dagpatch.porcelain.hooks import HOOKS, install_hooks, own_hooks_directory, remove_hooks
from tests.applying import offer
from tests.command_line import dagpatch
from tests.repositories import Repo

ROOT = Path(__file__).parent.parent


def _state(directory: Path) -> dict[str, tuple[int, bytes]]:
    """Mode and content of every file, symlinks by their target."""
    return {
        path.name: (path.lstat().st_mode, bytes(path.readlink()) if path.is_symlink() else path.read_bytes())
        for path in directory.iterdir()
    }


_FILES = st.tuples(st.binary(max_size=20), st.sampled_from([0o644, 0o755, 0o700, 0o444]))
_LINKS = st.sampled_from(["nowhere", "pre-commit.sample", "../other"])
_NAMES = st.sampled_from([*HOOKS, "pre-commit.sample", "commit-msg"])


@given(st.dictionaries(_NAMES, _FILES | _LINKS))
def test_hooks_come_and_go_without_a_trace(before: dict[str, tuple[bytes, int] | str]) -> None:
    with TemporaryDirectory() as name:
        directory = Path(name)
        for hook, found in before.items():
            if isinstance(found, str):
                (directory / hook).symlink_to(found)
            else:
                (directory / hook).write_bytes(found[0])
                (directory / hook).chmod(found[1])
        was = _state(directory)
        assert install_hooks(directory) == [directory / hook for hook in HOOKS]
        installed = _state(directory)
        for hook, state in was.items():
            assert installed[hook + ".before-dagpatch" if hook in HOOKS else hook] == state
        assert all(os.access(directory / hook, os.X_OK) for hook in HOOKS)
        assert install_hooks(directory) == []
        assert _state(directory) == installed
        assert remove_hooks(directory) == [directory / hook for hook in HOOKS]
        assert _state(directory) == was
        assert remove_hooks(directory) == []


def test_an_older_shim_is_brought_up_to_date(tmp_path: Path) -> None:
    install_hooks(tmp_path)
    shim = tmp_path / "post-commit"
    current = shim.read_bytes()
    shim.write_bytes(current + b"# An older version.\n")
    assert install_hooks(tmp_path) == [shim]
    assert shim.read_bytes() == current
    assert not (tmp_path / "post-commit.before-dagpatch").exists()


def test_a_hook_that_came_later_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "pre-commit").write_text("first")
    install_hooks(tmp_path)
    (tmp_path / "pre-commit").write_text("later")
    with pytest.raises(FileExists, match=r"pre-commit\.before-dagpatch"):
        install_hooks(tmp_path)
    assert remove_hooks(tmp_path) == [tmp_path / "post-commit", tmp_path / "post-rewrite"]
    assert (tmp_path / "pre-commit").read_text() == "later"
    assert (tmp_path / "pre-commit.before-dagpatch").read_text() == "first"


def test_what_a_killed_installation_left_is_mended(tmp_path: Path) -> None:
    (tmp_path / "pre-commit.before-dagpatch").write_text("mine")
    assert remove_hooks(tmp_path) == [tmp_path / "pre-commit"]
    assert (tmp_path / "pre-commit").read_text() == "mine"
    (tmp_path / "pre-commit").rename(tmp_path / "pre-commit.before-dagpatch")
    install_hooks(tmp_path)
    remove_hooks(tmp_path)
    assert _state(tmp_path).keys() == {"pre-commit"}


def test_shared_directories_are_refused(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repo.path)
    repository = open_repository()
    own = repo.path / ".git/hooks"
    assert own_hooks_directory(repository) == own
    repo.git("config", "core.hooksPath", ".git/hooks")
    assert own_hooks_directory(repository) == own
    repo.git("config", "--global", "core.hooksPath", "~/hooks")
    assert own_hooks_directory(repository) == own
    repo.git("config", "--unset", "core.hooksPath")
    with pytest.raises(Refused, match=r"core\.hooksPath"):
        own_hooks_directory(repository)
    (repo.path / "link").symlink_to(own)
    with pytest.raises(Refused, match="symlink"):
        install_hooks(repo.path / "link")


def test_a_linked_work_tree_has_the_hooks_of_its_repository(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    repo.write("a", b"")
    repo.commit("First")
    repo.git("worktree", "add", "--quiet", "../linked")
    monkeypatch.chdir(repo.path.parent / "linked")
    assert own_hooks_directory(open_repository()) == repo.path / ".git/hooks"


def test_init_installs_the_hooks_and_takes_them_away(repo: Repo) -> None:
    _hook(repo, "pre-commit", "true")
    before = _state(repo.path / ".git/hooks")
    assert dagpatch(repo.path, "init", "--hooks").lines[-3:] == [
        "The hook post-commit records each new commit.",
        "The hook post-rewrite records commits again that a rebase or an amendment wrote anew.",
        "The hook pre-commit checks what is staged; the one that stood there runs first.",
    ]
    installed = _state(repo.path / ".git/hooks")
    assert installed.keys() == before.keys() | {*HOOKS, "pre-commit.before-dagpatch"}
    assert dagpatch(repo.path, "init", "--hooks").lines == ["Everything is set up already."]
    assert _state(repo.path / ".git/hooks") == installed
    assert dagpatch(repo.path, "init").status == 0
    assert _state(repo.path / ".git/hooks") == installed
    assert dagpatch(repo.path, "init", "--remove-hooks", "--hooks").status == 2
    assert dagpatch(repo.path, "init", "--remove-hooks", "origin").status == 2
    assert dagpatch(repo.path, "init", "--remove-hooks").lines == [
        "The hook post-commit is gone.",
        "The hook post-rewrite is gone.",
        "The hook pre-commit is gone; the one that stood there before is back.",
    ]
    assert _state(repo.path / ".git/hooks") == before
    assert dagpatch(repo.path, "init", "--remove-hooks").lines == ["There are no hooks of git dagpatch here."]
    assert _state(repo.path / ".git/hooks") == before


def test_init_tells_of_a_hook_that_came_later(repo: Repo) -> None:
    _hook(repo, "pre-commit", "first")
    dagpatch(repo.path, "init", "--hooks")
    _hook(repo, "pre-commit", "later")
    answer = dagpatch(repo.path, "init", "--remove-hooks")
    assert answer.lines == ["The hook post-commit is gone.", "The hook post-rewrite is gone."]
    assert "pre-commit came later and stays" in answer.err
    assert b"later" in repo.read(".git/hooks/pre-commit")


def test_init_refuses_hooks_that_are_elsewhere_and_changes_nothing(repo: Repo) -> None:
    repo.git("config", "core.hooksPath", "tracked")
    repo.git("remote", "add", "origin", "../nowhere")
    before = repo.read(".git/config")
    answer = dagpatch(repo.path, "init", "--hooks")
    assert answer.status == 3
    assert "core.hooksPath" in answer.err
    assert repo.read(".git/config") == before
    repo.git("config", "--unset", "core.hooksPath")
    dagpatch(repo.path, "init", "--hooks")
    repo.git("config", "core.hooksPath", "tracked")
    assert len(dagpatch(repo.path, "init", "--remove-hooks").lines) == 3
    bare = Repo.init(repo.path.parent / "bare", bare=True)
    assert dagpatch(bare.path, "init", "--hooks").status == 3
    assert not (bare.path / "hooks/pre-commit").exists()


def test_hooks_run_in_a_linked_work_tree(repo: Repo) -> None:
    repo.write("a", b"")
    repo.commit("First")
    repo.git("worktree", "add", "--quiet", "../linked")
    linked = Repo(repo.path.parent / "linked")
    assert dagpatch(linked.path, "init", "--hooks").status == 0
    linked.write("a.py", b"x = (\n")
    linked.git("add", ".")
    assert "a.py:1:5: '(' was never closed" in _commit(linked, "-m", "Broken").stderr
    linked.write("a.py", b"x = 1\n")
    linked.git("add", ".")
    assert _commit(linked, "-m", "Good").returncode == 0
    assert linked.oid("HEAD") in repo.git("notes", "--ref=dagpatch", "list").decode()
    assert dagpatch(repo.path, "init", "--remove-hooks").status == 0
    linked.write("b.py", b"x = (\n")
    linked.git("add", ".")
    assert _commit(linked, "-m", "Broken").returncode == 0


def test_apply_runs_the_hooks(repo: Repo) -> None:
    made = offer(repo, {"a.py": b"x = 1\n"})
    dagpatch(repo.path, "init", "--hooks")
    assert dagpatch(repo.path, "apply", *made.patches).status == 0
    assert repo.oid("HEAD") in repo.git("notes", "--ref=dagpatch", "list").decode()


@pytest.mark.parametrize("pre_commit_first", [False, True])
def test_hooks_get_along_with_pre_commit(repo: Repo, pre_commit_first: bool) -> None:
    """It keeps the hook that it finds as a legacy one, also when it is installed once more."""
    pre_commit = [sys.executable, "-m", "pre_commit", "install"]
    entry = "{id: mine, name: mine, language: system, entry: sh -c 'echo ran >>ran', always_run: true}"
    repo.write(".pre-commit-config.yaml", f"repos: [{{repo: local, hooks: [{entry}]}}]\n".encode())
    repo.write(".gitignore", b"ran\nearlier\n")
    if pre_commit_first:
        subprocess.run(pre_commit, cwd=repo.path, capture_output=True, check=True)
    else:
        _hook(repo, "pre-commit", "echo ran >>earlier")
    dagpatch(repo.path, "init", "--hooks")
    subprocess.run(pre_commit, cwd=repo.path, capture_output=True, check=True)
    repo.write("a.py", b"x = (\n")
    repo.git("add", ".")
    refused = _commit(repo, "-m", "Broken")
    assert refused.returncode == 1
    assert "a.py:1:5: '(' was never closed" in refused.stderr
    repo.write("a.py", b"x = 1\n")
    repo.git("add", ".")
    done = _commit(repo, "-m", "Good")
    assert done.returncode == 0, done.stderr
    assert repo.read("ran") == b"ran\nran\n"
    if not pre_commit_first:
        assert repo.read("earlier") == b"ran\nran\n"


def test_shims_are_short_and_in_the_package() -> None:
    assert {path.name for path in hooks._shims().iterdir()} >= {*HOOKS}
    for hook in HOOKS:
        shim = hooks._shims() / hook
        assert len(shim.read_text().splitlines()) <= 20
        assert shim.stat().st_mode & stat.S_IXUSR
        assert f'"hooks/{hook}" = "git_dagpatch/hooks/{hook}"' in (ROOT / "pyproject.toml").read_text()


def _hook(repo: Repo, name: str, script: str) -> None:
    repo.write(f".git/hooks/{name}", f"#!/bin/sh\n{script}\n".encode(), executable=True)


def _commit(repo: Repo, *options: str) -> subprocess.CompletedProcess[str]:
    command = ["git", "commit", "--quiet", *options]
    return subprocess.run(command, cwd=repo.path, capture_output=True, text=True, check=False)


def test_a_broken_file_is_refused_after_the_hook_that_was_there(repo: Repo) -> None:
    _hook(repo, "pre-commit", "echo earlier >&2; test ! -e forbidden")
    install_hooks(repo.path / ".git/hooks")
    repo.write("a.py", b"x = (\n")
    repo.git("add", ".")
    repo.write("a.py", b"x = 1\n")
    refused = _commit(repo, "-m", "Broken")
    assert refused.returncode == 1
    *said, hint = refused.stderr.splitlines()
    assert said == ["earlier", "a.py:1:5: '(' was never closed"]
    assert "--no-verify" in hint
    repo.git("add", ".")
    repo.write("forbidden", b"")
    assert _commit(repo, "-m", "Forbidden").stderr == "earlier\n"
    repo.remove("forbidden")
    done = _commit(repo, "-m", "Good")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "earlier\n")
    repo.write("a.py", b"x = (\n")
    assert _commit(repo, "--all", "-m", "Broken").returncode == 1, "git commit --all has an index of its own."
    assert _commit(repo, "--only", "a.py", "-m", "Broken").returncode == 1


def test_commits_are_recorded_and_recorded_again_when_rewritten(repo: Repo) -> None:
    _hook(repo, "post-rewrite", 'cat >"$1-input"')
    repo.write("base", b"")
    repo.commit("Base")
    install_hooks(repo.path / ".git/hooks")
    for number in range(3):
        repo.write(f"f{number}.py", b"x = %d\n" % number)
        repo.commit(f"Step {number}")
    noted = repo.git("notes", "--ref=dagpatch", "list").decode()
    assert noted.count("\n") == 3
    repo.git("rebase", "--quiet", "--force-rebase", "--committer-date-is-author-date", "--signoff", "HEAD~3")
    rewritten = repo.git("rev-list", "HEAD~3..HEAD").decode().split()
    listed = repo.git("notes", "--ref=dagpatch", "list").decode()
    assert all(commit in listed for commit in rewritten)
    assert repo.read("rebase-input").decode().split()[1::2] == rewritten[::-1]
    repo.git("commit", "--quiet", "--amend", "--message", "Otherwise")
    assert repo.oid("HEAD") in repo.git("notes", "--ref=dagpatch", "list").decode()
    assert repo.read("amend-input").decode().split()[1] == repo.oid("HEAD")


def test_without_the_program_commits_are_made_with_a_warning(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    install_hooks(repo.path / ".git/hooks")
    elsewhere = [place for place in os.environ["PATH"].split(os.pathsep) if not (Path(place) / "git-dagpatch").exists()]
    monkeypatch.setenv("PATH", os.pathsep.join(elsewhere))
    repo.write("a.py", b"x = (\n")
    repo.git("add", ".")
    done = _commit(repo, "-m", "Unchecked")
    assert done.returncode == 0
    assert done.stderr.count("warning: git dagpatch is not on the PATH") == 2


CONFIGURATION = """\
repos:
  - repo: {project}
    rev: {revision}
    hooks:
      - id: dagpatch-syntax
      - id: dagpatch-imports
"""


_NO_INDEX = re.compile(r"\(from versions: none\)|NewConnectionError|NameResolutionError|ConnectTimeout|ReadTimeout")


def test_pre_commit_runs_the_hooks_of_this_project(repo: Repo, tmp_path: Path) -> None:
    project = Repo.init(tmp_path / "project")
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    for path in map(os.fsdecode, listed.stdout.split(b"\0")[:-1]):
        if (ROOT / path).is_file():
            project.write(path, (ROOT / path).read_bytes(), executable=os.access(ROOT / path, os.X_OK))
    revision = project.commit("The project as it is")
    repo.write(".pre-commit-config.yaml", CONFIGURATION.format(project=project.path, revision=revision).encode())
    repo.write("pkg/__init__.py", b"")
    repo.write("pkg/a.py", b"import os\n\n\ndef f():\n    return os\n")
    repo.write("pkg/b.py", b"from pkg.a import f\n\nprint(f)\n")
    repo.write("data.yaml", b"a: [1]\n")
    repo.git("add", ".")
    program = [sys.executable, "-m", "pre_commit", "install"]
    made_ready = subprocess.run(
        [*program, "--install-hooks"], cwd=repo.path, capture_output=True, text=True, check=False
    )
    if made_ready.returncode and _NO_INDEX.search(made_ready.stdout):
        pytest.skip("the index of Python packages cannot be reached")
    assert made_ready.returncode == 0, made_ready.stdout
    made = _commit(repo, "-m", "Good")
    assert made.returncode == 0, made.stdout + made.stderr
    assert made.stderr.count("Passed") == 2, made.stderr

    repo.write("pkg/b.py", b"from pkg.a import (f\n")
    repo.write("data.yaml", b"a: [1\n")
    repo.write("data.toml", b"a = \n")
    repo.write("data.json", b"[1,]\n")
    repo.write("main.go", b"package main\n\nfunc f( {}\n")
    repo.git("add", ".")
    repo.write("pkg/b.py", b"\n")
    refused = _commit(repo, "-m", "Broken")
    assert refused.returncode == 1
    assert refused.stderr.count("Failed") == 2
    for place in (
        "pkg/b.py:1:19: '(' was never closed",
        "data.yaml:2:1: ",
        "data.toml:1:",
        "data.json:1:",
        "main.go:3:",
    ):
        assert place in refused.stderr
    assert repo.read("pkg/b.py") == b"\n", "What is not staged is there again."

    repo.git("reset", "--quiet", "--hard")
    repo.write("pkg/a.py", b"def renamed():\n    return 1\n")
    repo.write("pkg/b.py", b"from pkg.a import f\n\nprint(f, 1)\n")
    repo.git("add", ".")
    refused = _commit(repo, "-m", "Import gone")
    assert "pkg/b.py:1:19: pkg.a (pkg/a.py) has no f" in refused.stderr
    assert refused.stderr.count("Passed") == 1
