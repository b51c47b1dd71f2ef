"""``git config dagpatch.*``: every key does what its page says, and a value that cannot be read is refused."""

from __future__ import annotations

import os
import pty
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest

from git_dagpatch.cli.configuration import KEYS, setting, text
from git_dagpatch.model.errors import UsageError
from git_dagpatch.store import journal
from tests.applying import LINES, Offer, backups, changed, look, offer
from tests.command_line import dagpatch
from tests.repositories import Repo


@pytest.fixture
def small(repo: Repo) -> Offer:
    """A patch that changes one line and adds a file."""
    return offer(repo, {"text.txt": changed(3), "new.txt": b"new\n"})


def _refused(made: Offer, reason: str, *options: str) -> None:
    before = look(made.repo)
    answer = dagpatch(made.repo.path, "apply", *options, *made.patches)
    assert answer.status == 3, answer
    assert reason in answer.err
    assert look(made.repo) == before


def _lands(made: Offer, *options: str) -> None:
    answer = dagpatch(made.repo.path, "apply", *options, *made.patches)
    assert answer.status == 0, answer


def test_validate(repo: Repo) -> None:
    made = offer(repo, {"m.py": b"def f(:\n"}, base={"m.py": b"def f():\n    pass\n"})
    _refused(made, "m.py:1:7: invalid syntax")
    repo.git("config", "dagpatch.validate", "false")
    _refused(made, "m.py:1:7: invalid syntax", "--validate", "syntax")
    _lands(made)


def test_validate_imports(repo: Repo) -> None:
    files = {"a.py": b"def f():\n    pass\n", "b.py": b"from a import f\n"}
    made = offer(repo, {"a.py": b"def g():\n    pass\n"}, base=files)
    repo.git("config", "dagpatch.validateImports", "true")
    _refused(made, "b.py:1:15: a (a.py) has no f")
    _lands(made, "--validate", "syntax")
    dagpatch(repo.path, "rollback")
    repo.git("config", "dagpatch.validateImports", "false")
    _lands(made)


def test_test(small: Offer) -> None:
    # Of a linked work tree, .git is a file; and what is not committed there is not in it.
    small.repo.write("elsewhere.txt", b"untracked\n")
    aside = "test -f .git && test -e new.txt && test ! -e elsewhere.txt"
    small.repo.git("config", "dagpatch.test", f"{aside} && echo it fails here && false")
    _refused(small, "it fails here")
    small.repo.git("config", "dagpatch.test", aside)
    _lands(small)


def test_run_tests_after(small: Offer) -> None:
    small.repo.write("elsewhere.txt", b"untracked\n")
    in_place = "test -d .git && test -e new.txt && test -e elsewhere.txt"
    small.repo.git("config", "dagpatch.runTestsAfter", "true")
    small.repo.git("config", "dagpatch.test", f"{in_place} && echo it fails here && false")
    _refused(small, "it fails here")
    assert not (small.repo.path / "new.txt").exists()
    small.repo.git("config", "dagpatch.test", in_place)
    _lands(small)


def test_create_backups(small: Offer) -> None:
    small.repo.git("config", "dagpatch.createBackups", "false")
    _lands(small)
    assert backups(small.repo) == []
    dagpatch(small.repo.path, "rollback")
    small.repo.git("config", "dagpatch.createBackups", "true")
    head = small.repo.oid("HEAD")
    _lands(small)
    assert backups(small.repo) == [head]


@pytest.mark.parametrize("directory", ["../kept", "~/kept", "{}/kept"])
def test_backup_dir(small: Offer, directory: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    small.repo.git("config", "dagpatch.backupDir", directory.format(tmp_path))
    assert small.repo.path.parent == tmp_path
    _lands(small)
    (folder,) = (tmp_path / "kept").iterdir()
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == {"text.txt": LINES}


def test_a_backup_that_cannot_be_written_refuses_the_patch(small: Offer) -> None:
    small.repo.write(".git/file", b"")
    small.repo.git("config", "dagpatch.backupDir", ".git/file")
    _refused(small, ".git/file")


def test_backup_max_age_days(repo: Repo) -> None:
    repo.write("a", b"")
    repo.commit("First")
    names = {
        days: f"dagpatch/backup/{journal.now() - timedelta(days):%Y%m%dT%H%M%S.%fZ}-{'0' * 12}" for days in (5, 40)
    }
    for name in names.values():
        repo.git("branch", name)
    assert dagpatch(repo.path, "gc", "--dry-run").lines == [names[40]]
    repo.git("config", "dagpatch.backupMaxAgeDays", "50")
    assert dagpatch(repo.path, "gc").lines == []
    repo.git("config", "dagpatch.backupMaxAgeDays", "3")
    assert dagpatch(repo.path, "gc", "--days", "30").lines == [names[40]]
    assert dagpatch(repo.path, "gc").lines == [names[5]]
    assert backups(repo) == []


def test_strategy(repo: Repo) -> None:
    made = offer(repo, {"text.txt": changed(5, to="theirs")})
    repo.write("text.txt", changed(5, to="ours"))
    repo.commit("Ours")
    repo.git("config", "dagpatch.strategy", "theirs")
    _lands(made)
    assert repo.read("text.txt") == changed(5, to="theirs")
    dagpatch(repo.path, "rollback")
    assert dagpatch(repo.path, "apply", "--strategy", "manual", *made.patches).status == 1


def _asked(made: Offer, word: bytes) -> tuple[int, str]:
    """Status and output of an apply whose question is answered at a terminal."""
    master, slave = pty.openpty()
    try:
        os.write(master, word + b"\n")
        command = ["git", "dagpatch", "apply", *map(str, made.patches)]
        done = subprocess.run(command, cwd=made.repo.path, stdin=slave, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout
    finally:
        os.close(master)
        os.close(slave)


def test_require_dry_run(small: Offer) -> None:
    small.repo.git("config", "dagpatch.requireDryRun", "true")
    before = look(small.repo)
    answer = dagpatch(small.repo.path, "apply", *small.patches)
    assert answer.status == 2
    assert " lands: tree " in answer.out.decode()
    assert "--yes" in answer.err
    assert look(small.repo) == before
    status, output = _asked(small, b"n")
    assert status == 130
    assert " lands: tree " in output
    assert look(small.repo) == before
    assert _asked(small, b"y")[0] == 0
    assert small.repo.git("log", "--format=%s", "base..") == b"Step 1\n"
    dagpatch(small.repo.path, "rollback")
    assert look(small.repo) == before
    _lands(small, "--yes")


def test_max_changes(repo: Repo) -> None:
    made = offer(repo, {"text.txt": changed(3, 4, 5)})
    repo.git("config", "dagpatch.maxChanges", "5")
    _refused(made, "changes 6 lines; dagpatch.maxChanges allows 5")
    assert dagpatch(repo.path, "apply", "--dry-run", *made.patches).status == 3
    repo.git("config", "dagpatch.maxChanges", "6")
    _lands(made)


def test_formatter(repo: Repo) -> None:
    repo.write("m.py", b"x=1\n")
    repo.commit("before")
    repo.write("m.py", b"x = 1\n")
    repo.commit("after")
    repo.git("config", "dagpatch.formatter", "black")
    assert b"Format with black" in dagpatch(repo.path, "show").out
    repo.git("config", "dagpatch.formatter", "./run")
    answer = dagpatch(repo.path, "show")
    assert answer.status == 2
    assert "dagpatch.formatter is './run'" in answer.err


def test_review_show(repo: Repo) -> None:
    history_with_layout(repo)
    assert b"def f(" not in dagpatch(repo.path, "review").out
    repo.git("config", "dagpatch.review.show", "tests, formatting")
    assert b"def f(" in dagpatch(repo.path, "review").out


def test_review_hide(repo: Repo) -> None:
    history_with_layout(repo)
    assert b"Lay code out" in dagpatch(repo.path, "review").out
    repo.git("config", "dagpatch.review.hide", "whitespace")
    assert b"Lay code out" not in dagpatch(repo.path, "review").out


def history_with_layout(repo: Repo) -> None:
    """Two commits, of which the second one changes layout alone."""
    repo.write("m.py", b"def f( ):\n    pass\n\n\ndef g():\n    pass\n")
    repo.commit("First")
    repo.write("m.py", b"def f():\n    pass\n\n\ndef g():\n    pass\n")
    repo.commit("Second")


def test_every_key_is_tested_and_told_of() -> None:
    tests = {name.removeprefix("test_").replace("_", "") for name in globals() if name.startswith("test_")}
    assert {key.name.lower().replace(".", "") for key in KEYS} <= tests
    assert all(f"dagpatch.{key.name}\n" in text() for key in KEYS)


@pytest.mark.parametrize("value", ["true", "True", "yes", "on", "1", "2", "1k", "false", "no", "off", "0", "FALSE", ""])
def test_truth_is_read_as_git_reads_it(value: str, repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repo.path)
    repo.git("config", "dagpatch.validateImports", value)
    of_git = repo.git("config", "--type=bool", "dagpatch.validateImports").strip()
    assert setting("validateImports") is (of_git == b"true")


def test_a_key_without_a_value_is_true(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repo.path)
    with (repo.path / ".git/config").open("a") as file:
        file.write("[dagpatch]\n\tvalidateImports\n")
    assert repo.git("config", "--type=bool", "dagpatch.validateImports") == b"true\n"
    assert setting("validateImports") is True


@pytest.mark.parametrize("value", ["0", "7", "2k", "1M"])
def test_numbers_are_read_as_git_reads_them(value: str, repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repo.path)
    repo.git("config", "dagpatch.maxChanges", value)
    assert setting("maxChanges") == int(repo.git("config", "--type=int", "dagpatch.maxChanges"))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        *(("validate", "maybe"), ("createBackups", "-"), ("maxChanges", "many"), ("maxChanges", "-1")),
        *(("backupMaxAgeDays", "k"), ("strategy", "mine"), ("requireDryRun", "tru")),
    ],
)
def test_what_cannot_be_read_is_refused(key: str, value: str, repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repo.path)
    repo.git("config", f"dagpatch.{key}", value)
    with pytest.raises(UsageError, match=f"dagpatch.{key} is '{value}'"):
        setting(key)
