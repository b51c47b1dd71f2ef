"""Messages that are drafted from what is staged."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.command_line import dagpatch
from tests.repositories import Repo

MODULE = b"def load(path):\n    return open(path).read()\n\n\nprint(load('a'))\n"


@pytest.fixture
def staged(repo: Repo) -> Repo:
    """A repository with the hook, in which a rename and a new file are staged."""
    repo.write("m.py", MODULE)
    repo.commit("Before")
    assert dagpatch(repo.path, "init", "--hooks", "--drafts").status == 0
    repo.write("m.py", MODULE.replace(b"load", b"read"))
    repo.write("notes.txt", b"Notes.\n")
    repo.git("add", "--all")
    return repo


def message(repo: Repo) -> str:
    return repo.git("log", "-1", "--format=%B").decode().rstrip("\n")


def test_a_message_that_nobody_wrote_is_drafted(staged: Repo) -> None:
    staged.git("commit", "--quiet")
    assert message(staged) == (
        "Rename function load to read, and 1 more change\n\n"
        "- Rename function load to read, 2 places in m.py\n- Add notes.txt"
    )


def test_what_is_committed_past_the_index_is_told(staged: Repo) -> None:
    staged.git("commit", "--quiet", "--message", "First")
    (staged.path / "notes.txt").write_text("Other notes.\n")
    staged.git("commit", "--quiet", "--all")
    assert message(staged) == "Edit notes.txt"


@pytest.mark.parametrize("options", [("-m", "Said"), ("-m", "Said", "--amend"), ("-C", "HEAD")])
def test_a_message_that_is_there_stays(staged: Repo, options: tuple[str, ...]) -> None:
    staged.git("commit", "--quiet", *options)
    assert message(staged) == ("Said" if "Said" in options else "Before")


def test_a_template_stays_below_and_the_hook_that_was_there_runs_first(repo: Repo, tmp_path: Path) -> None:
    hook = repo.path / ".git/hooks/prepare-commit-msg"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text('#!/bin/sh\necho "By a hook" >>"$1"\n')
    hook.chmod(0o755)
    assert dagpatch(repo.path, "init", "--hooks", "--drafts").status == 0
    template = tmp_path / "template"
    template.write_text("Ticket:\n")
    repo.write("a.txt", b"a\n")
    repo.git("add", "a.txt")
    repo.git("-c", f"commit.template={template}", "commit", "--quiet", "--allow-empty-message")
    assert message(repo).splitlines() == ["Add a.txt", "", "Ticket:", "", "By a hook"]


def test_no_draft_is_no_reason_not_to_commit(staged: Repo, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "git-dagpatch"
    program.write_text('#!/bin/sh\n[ "$2" != review ]\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", os.pathsep.join([str(tmp_path), os.environ["PATH"]]))
    staged.git("commit", "--quiet", "-m", "Said")
    staged.write("more.txt", b"more\n")
    staged.git("add", "more.txt")
    monkeypatch.setenv("GIT_EDITOR", "echo Mine >")
    staged.git("commit", "--quiet")
    assert message(staged) == "Mine"


def test_drafts_are_wanted_or_not(repo: Repo) -> None:
    assert dagpatch(repo.path, "init", "--drafts").status == 2
    assert dagpatch(repo.path, "init", "--hooks").status == 0
    assert not (repo.path / ".git/hooks/prepare-commit-msg").exists()
    assert dagpatch(repo.path, "init", "--hooks", "--drafts").status == 0
    assert dagpatch(repo.path, "init", "--remove-hooks").status == 0
    assert not (repo.path / ".git/hooks/prepare-commit-msg").exists()
    assert dagpatch(repo.path, "review", "--draft").status == 2
