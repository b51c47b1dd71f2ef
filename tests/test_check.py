"""check: the files that are staged, or on disk, and what is said about them."""

from __future__ import annotations

from pathlib import Path

import pytest

from git_dagpatch.porcelain.check import check_paths, check_staged
from git_dagpatch.porcelain.repository import open_store
from tests.command_line import called_by_git, dagpatch
from tests.repositories import Repo


def test_what_is_staged_is_checked_and_not_what_is_on_disk(repo: Repo) -> None:
    repo.write("staged.py", b"x = (\n")
    repo.write("fixed.py", b"x = 1\n")
    repo.git("add", ".")
    repo.write("staged.py", b"x = 1\n")
    repo.write("fixed.py", b"x = (\n")
    repo.write("new.py", b"x = (\n")
    answer = dagpatch(repo.path, "check", "--staged")
    assert (answer.status, answer.lines) == (1, ["staged.py:1:5: '(' was never closed"])
    assert answer.err == "2 files checked, 1 fault found.\n"
    assert dagpatch(repo.path, "check", "staged.py").status == 0
    assert {line.split(":")[0] for line in dagpatch(repo.path, "check").lines} == {"fixed.py", "new.py"}


def test_only_what_the_next_commit_changes_is_checked(repo: Repo) -> None:
    repo.write("old.py", b"x = (\n")
    repo.write("moved.py", b"y = (\n" * 9)
    repo.write("gone.py", b"z = (\n")
    repo.commit("Broken")
    assert dagpatch(repo.path, "check", "--staged").err == "0 files checked, 0 faults found.\n"
    repo.git("mv", "moved.py", "new.py")
    repo.git("rm", "-q", "gone.py")
    repo.git("update-index", "--add", "--cacheinfo", f"120000,{repo.oid('HEAD:old.py')},link.py")
    repo.git("update-index", "--add", "--cacheinfo", f"160000,{repo.oid('HEAD')},module.py")
    assert dagpatch(repo.path, "check", "--staged").lines == ["new.py:9:5: '(' was never closed"]


def test_paths_are_given_from_the_current_directory(repo: Repo) -> None:
    repo.write(b"d/caf\xe9: 1%.py", b"(")
    repo.write("e.json", b"")
    repo.git("add", ".")
    lines = ["caf%E9%3A 1%25.py:1:1: '(' was never closed", "../e.json:1:1: expecting value"]
    assert dagpatch(repo.path / "d", "check", "--staged").lines == lines
    assert dagpatch(repo.path / "d", "check", "..").lines == lines
    documents = dagpatch(repo.path / "d", "check", "--json", ".", "../e.json").documents
    assert documents[0] == {
        "path": "caf%E9%3A 1%25.py",
        "line": 1,
        "column": 1,
        "message": "'(' was never closed",
        "check": "syntax",
        "language": "python",
    }
    assert documents[1]["path"] == "../e.json"


def test_directories_are_listed_as_git_lists_them(repo: Repo) -> None:
    repo.write(".gitignore", b"build/\n")
    repo.write("build/a.py", b"(")
    repo.write("d/tracked.py", b"(")
    repo.git("add", ".")
    repo.write("d/new.py", b"(")
    repo.write("d/gone.py", b"(")
    repo.git("add", "d/gone.py")
    repo.remove("d/gone.py")
    repo.write("*", b"")
    (repo.path / "d/link.py").symlink_to("tracked.py")
    assert [line.split(":")[0] for line in dagpatch(repo.path, "check").lines] == ["d/new.py", "d/tracked.py"]
    assert len(dagpatch(repo.path, "check", "d", "d/new.py", "d/link.py", "build/a.py").lines) == 4


def test_files_outside_of_a_repository_are_checked(tmp_path: Path) -> None:
    (tmp_path / "a/node_modules").mkdir(parents=True)
    (tmp_path / "venv").mkdir()
    (tmp_path / "venv/pyvenv.cfg").touch()
    for place in ("a/b.py", "a/node_modules/c.py", "venv/d.py"):
        (tmp_path / place).write_bytes(b"(")
    assert dagpatch(tmp_path, "check").lines == ["a/b.py:1:1: '(' was never closed"]
    assert dagpatch(tmp_path, "check", "a/b.py", "venv/d.py").err == "2 files checked, 2 faults found.\n"
    refused = dagpatch(tmp_path, "check", "--staged")
    assert refused.status == 3
    assert "error:" in refused.err


def test_wrong_calls_are_refused(repo: Repo) -> None:
    assert dagpatch(repo.path, "check", "--staged", ".").status == 2
    assert dagpatch(repo.path, "check", "nowhere.py").status == 2
    bare = Repo.init(repo.path / "bare", bare=True)
    assert dagpatch(bare.path, "check", "--staged").status == 3


def test_a_file_that_its_grammar_never_took_is_not_held_against_a_commit(repo: Repo) -> None:
    beyond_the_grammar = b"package main\n\nvar p = new(int64(1))\n"
    repo.write("a.go", beyond_the_grammar)
    repo.git("add", ".")
    assert dagpatch(repo.path, "check", "--staged").status == 1, "The grammar knows this now; find something else."
    repo.commit("First")
    repo.write("a.go", beyond_the_grammar + b"\nvar q = 1\n")
    repo.git("mv", "a.go", "b.go")
    repo.git("add", ".")
    answer = dagpatch(repo.path, "check", "--staged")
    assert (answer.status, answer.lines) == (0, [])
    assert "Syntax not checked: 1 go file: its grammar does not take what is committed either." in answer.err
    assert dagpatch(repo.path, "check", "b.go").status == 1, "Nobody asked what is committed."


def test_nothing_that_a_terminal_obeys_is_printed(repo: Repo) -> None:
    repo.write("a.js", b"let x = \x1b[31m1;\n")
    (line,) = dagpatch(repo.path, "check").lines
    assert "\\x1b" in line
    assert "\x1b" not in line


def test_files_that_cannot_be_read_or_are_too_large_are_counted(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("git_dagpatch.porcelain.check._LARGEST", 1 << 20)
    repo.write("large.json", b"[" * ((1 << 20) + 1))
    check = check_paths([repo.path])
    (checked,) = check.run()
    assert checked.unchecked == "larger than 1 MiB"
    repo.remove("large.json")
    repo.write("a.py", b"(")
    check = check_paths([repo.path])
    repo.remove("a.py")
    (checked,) = check.run()
    assert "a.py" in checked.unchecked


def test_many_files_are_checked_by_processes_with_the_same_result(repo: Repo) -> None:
    for number in range(150):
        repo.write(f"d{number % 7}/f{number}.py", b"x = (\n" if number % 50 == 0 else b"import os\n" * number)
    repo.write("d0/g.py", b"from f7 import missing\n")
    repo.git("add", ".")
    for check in (check_staged, lambda store, **options: check_paths([repo.path], **options)):
        alone = list(check(open_store(str(repo.path)), imports=True, jobs=1).run())
        together = list(check(open_store(str(repo.path)), imports=True, jobs=3).run())
        assert alone == together
        assert sum(len(checked.findings) for checked in alone) == 4
    assert dagpatch(repo.path, "check", "-j2").err == "151 files checked, 3 faults found.\n"


def test_git_calls_it(repo: Repo) -> None:
    repo.write("a.py", b"(")
    answer = called_by_git(repo.path, "dagpatch", "--quiet", "check")
    assert (answer.status, answer.lines, answer.err) == (1, ["a.py:1:1: '(' was never closed"], "")
