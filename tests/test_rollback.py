"""rollback: what an apply did is taken back, and nothing else; where it cannot simply go back, it says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.applying import LINES, changed, journal, look, offer
from tests.command_line import dagpatch
from tests.repositories import Repo


def test_the_last_apply_is_taken_back(repo: Repo) -> None:
    made = offer(repo, {"text.txt": changed(3)}, {"new/file.txt": b"new\n", "other.txt": None})
    first = look(repo)
    dagpatch(repo.path, "apply", made.patches[0])
    before = look(repo)
    dagpatch(repo.path, "apply", made.patches[1])
    answer = dagpatch(repo.path, "rollback")
    assert answer.status == 0
    assert answer.lines == [f"rollback: Step 2; main is at {repo.oid('HEAD')[:12]}"]
    assert look(repo) == before
    assert not (repo.path / "new").exists()
    assert dagpatch(repo.path, "rollback").status == 0
    assert look(repo) == first
    refused = dagpatch(repo.path, "rollback")
    assert refused.status == 3
    assert "no such apply" in refused.err
    assert repo.git("status", "--porcelain") == b""


def test_several_applies_are_taken_back_at_once(repo: Repo) -> None:
    made = offer(repo, {"text.txt": changed(3)}, {"text.txt": changed(3, 4)}, {"new.txt": b"new\n"})
    before = look(repo)
    dagpatch(repo.path, "apply", *made.patches)
    after = look(repo)
    refused = dagpatch(repo.path, "rollback", "--count", "4")
    assert refused.status == 3
    assert "Only 3 applies" in refused.err
    assert look(repo) == after
    (document,) = dagpatch(repo.path, "rollback", "--count", "3", "--json").documents
    assert len(document["undoes"]) == 3
    assert look(repo) == before
    assert [state for _, state in journal(repo)] == ["done", "undone", "undone", "undone"]
    assert dagpatch(repo.path, "rollback", "--redo").status == 0
    assert look(repo) == after


def test_an_apply_is_named_by_its_record_or_its_patch(repo: Repo) -> None:
    made = offer(repo, {"text.txt": changed(3)}, {"new.txt": b"new\n"})
    before = look(repo)
    dagpatch(repo.path, "apply", *made.patches)
    newest, oldest = dagpatch(repo.path, "log", "--json").documents
    refused = dagpatch(repo.path, "rollback", oldest["patch"])
    assert refused.status == 3
    assert "--revert" in refused.err
    assert dagpatch(repo.path, "rollback", newest["id"][:8]).status == 2, "Both begin like this."
    assert dagpatch(repo.path, "rollback", newest["patch"][:10]).status == 0
    assert dagpatch(repo.path, "rollback", oldest["id"]).status == 0
    assert look(repo) == before
    assert dagpatch(repo.path, "rollback", "ffffffff").status == 3


def test_an_apply_is_named_by_a_file(repo: Repo) -> None:
    made = offer(repo, {"folder/deep.txt": b"deep\n"}, {"text.txt": changed(3)})
    dagpatch(repo.path, "apply", *made.patches)
    refused = dagpatch(repo.path / "folder", "rollback", "--file", "deep.txt")
    assert refused.status == 3
    assert "--revert" in refused.err
    assert dagpatch(repo.path / "folder", "rollback", "--file", "../text.txt").status == 0
    assert dagpatch(repo.path, "rollback", "--file", "folder/deep.txt").status == 0
    assert repo.oid("HEAD") == repo.oid("base")
    assert dagpatch(repo.path, "rollback", "--file", "/etc/passwd").status == 2


@pytest.mark.parametrize(
    "arguments",
    [("abc", "--count", "2"), ("--redo", "--revert"), ("--redo", "abc"), ("--file", "a", "abc"), ("--count", "0")],
)
def test_two_ways_of_saying_what_are_refused(repo: Repo, arguments: tuple[str, ...]) -> None:
    offer(repo, {"text.txt": changed(3)})
    assert dagpatch(repo.path, "rollback", *arguments).status == 2


def test_later_commits_are_not_lost(repo: Repo) -> None:
    made = offer(repo, {"text.txt": changed(3)})
    dagpatch(repo.path, "apply", *made.patches)
    repo.write("later.txt", b"later\n")
    repo.commit("Later")
    before = look(repo)
    refused = dagpatch(repo.path, "rollback")
    assert refused.status == 3
    assert "--revert" in refused.err
    assert look(repo) == before
    answer = dagpatch(repo.path, "rollback", "--revert")
    assert answer.status == 0
    assert repo.git("log", "-1", "--format=%s") == b'Revert "Step 1"\n'
    assert repo.git("log", "-1", "--format=%an") == b"The Tests\n"
    assert repo.read("text.txt") == LINES
    assert repo.read("later.txt") == b"later\n"
    assert repo.git("status", "--porcelain") == b""
    assert dagpatch(repo.path, "rollback").status == 0
    assert look(repo) == before


def test_a_revert_takes_several_back(repo: Repo) -> None:
    made = offer(repo, {"text.txt": changed(3)}, {"text.txt": changed(3, 4), "new.txt": b"new\n"})
    dagpatch(repo.path, "apply", *made.patches)
    assert dagpatch(repo.path, "rollback", "--revert", "--count", "2").status == 0
    assert repo.git("log", "--format=%s", "-2") == b'Revert "Step 1"\nRevert "Step 2"\n'
    assert repo.oid("HEAD^{tree}") == repo.oid("base^{tree}")


def test_a_revert_that_conflicts_changes_nothing(repo: Repo) -> None:
    made = offer(repo, {"text.txt": changed(3)})
    dagpatch(repo.path, "apply", *made.patches)
    repo.write("text.txt", changed(3, to="again"))
    repo.commit("Later")
    before = look(repo)
    refused = dagpatch(repo.path, "rollback", "--revert")
    assert refused.status == 3
    assert "text.txt" in refused.err
    assert look(repo) == before
    assert dagpatch(repo.path, "apply", "--abort").status == 3


def test_a_revert_of_what_is_gone_already_says_so(repo: Repo) -> None:
    made = offer(repo, {"text.txt": changed(3)})
    dagpatch(repo.path, "apply", *made.patches)
    repo.git("revert", "--no-edit", "HEAD")
    before = look(repo)
    answer = dagpatch(repo.path, "rollback", "--revert")
    assert answer.status == 0
    assert "There already" in answer.err
    assert look(repo) == before


def test_another_branch_is_left_alone(repo: Repo) -> None:
    made = offer(repo, {"text.txt": changed(3)})
    dagpatch(repo.path, "apply", *made.patches)
    repo.git("switch", "--quiet", "--create", "elsewhere")
    before = look(repo)
    assert dagpatch(repo.path, "rollback").status == 3
    assert look(repo) == before


def test_work_elsewhere_stays_as_it_is(repo: Repo) -> None:
    base = {"text.txt": LINES, "a": b"a\n", "b": b"b\n", "c": b"c\n"}
    made = offer(repo, {"text.txt": changed(3), "new.txt": b"new\n"}, base=base)
    dagpatch(repo.path, "apply", *made.patches)
    repo.write("a", b"staged\n")
    repo.git("add", "a")
    repo.write("a", b"and changed again\n")
    repo.write("b", b"not staged\n")
    repo.git("rm", "--quiet", "--cached", "c")
    repo.write("untracked", b"untracked\n")
    before = repo.git("status", "--porcelain")
    staged = repo.git("diff", "--cached")
    for arguments in (["rollback"], ["rollback", "--redo"], ["rollback"]):
        assert dagpatch(repo.path, *arguments).status == 0
        assert repo.git("status", "--porcelain") == before
        assert repo.git("diff", "--cached") == staged
    assert repo.read("a") == b"and changed again\n"
    assert repo.read("text.txt") == LINES


@pytest.mark.parametrize("staged", [False, True])
def test_work_in_the_same_files_is_not_lost(repo: Repo, staged: bool) -> None:
    made = offer(repo, {"text.txt": changed(3), "other.txt": None, "new.txt": b"new\n"})
    dagpatch(repo.path, "apply", *made.patches)
    repo.write("new.txt", b"changed since\n")
    repo.write("other.txt", b"made since\n")
    if staged:
        repo.git("add", "--all")
    before = look(repo)
    refused = dagpatch(repo.path, "rollback")
    assert refused.status == 3
    assert "new.txt" in refused.err
    assert look(repo) == before
    repo.write("new.txt", b"new\n")
    repo.git("add", "new.txt")
    refused = dagpatch(repo.path, "rollback")
    assert refused.status == 3
    assert "other.txt" in refused.err
    assert repo.read("other.txt") == b"made since\n"


def test_ignored_files_in_a_directory_that_was_a_file_are_not_lost(repo: Repo) -> None:
    made = offer(repo, {"thing": None, "thing/inner.txt": b"inner\n"}, base={"thing": b"a file\n"})
    dagpatch(repo.path, "apply", *made.patches)
    repo.write(".git/info/exclude", b"*.log\n")
    repo.write("thing/mine.log", b"the user's\n")
    before = look(repo)
    refused = dagpatch(repo.path, "rollback")
    assert refused.status == 3
    assert "thing/mine.log" in refused.err
    assert look(repo) == before


def test_an_apply_without_a_commit_goes_back_to_the_very_files(repo: Repo) -> None:
    repo.git("config", "core.autocrlf", "input")
    made = offer(repo, {"text.txt": changed(3), "other.txt": b"changed\n"})
    # To git these are the same files.
    repo.write("text.txt", LINES.replace(b"\n", b"\r\n"))
    repo.git("-c", "core.safecrlf=false", "add", "text.txt")
    (repo.path / "other.txt").chmod(0o600)
    before = look(repo)
    assert dagpatch(repo.path, "apply", "-n", *made.patches).status == 0
    after = look(repo)
    assert repo.read("text.txt") == changed(3)
    assert dagpatch(repo.path, "rollback").status == 0
    assert look(repo) == before
    assert (repo.path / "other.txt").stat().st_mode & 0o777 == 0o600
    assert dagpatch(repo.path, "rollback", "--redo").status == 0
    assert look(repo) == after


def test_applies_without_a_commit_are_taken_back_one_by_one_or_together(repo: Repo) -> None:
    made = offer(repo, {"text.txt": changed(3)}, {"text.txt": changed(3, 4)})
    before = look(repo)
    dagpatch(repo.path, "apply", "-n", *made.patches)
    after = look(repo)
    assert dagpatch(repo.path, "rollback").status == 0
    assert repo.read("text.txt") == changed(3)
    assert dagpatch(repo.path, "rollback").status == 0
    assert look(repo) == before
    assert dagpatch(repo.path, "rollback", "--redo").status == 0
    assert dagpatch(repo.path, "rollback", "--redo").status == 0
    assert look(repo) == after
    assert dagpatch(repo.path, "rollback", "--redo").status == 3
    assert dagpatch(repo.path, "rollback", "--count", "2").status == 0
    assert look(repo) == before


def test_what_was_staged_and_then_committed_is_not_taken_back(repo: Repo) -> None:
    made = offer(repo, {"text.txt": changed(3)})
    dagpatch(repo.path, "apply", "-n", *made.patches)
    repo.git("commit", "--quiet", "--message", "Mine now")
    before = look(repo)
    refused = dagpatch(repo.path, "rollback")
    assert refused.status == 3
    assert look(repo) == before
    assert dagpatch(repo.path, "rollback", "--revert").status == 0
    assert repo.read("text.txt") == LINES


def test_what_was_staged_is_taken_back_after_another_commit(repo: Repo) -> None:
    made = offer(repo, {"text.txt": changed(3)})
    dagpatch(repo.path, "apply", "-n", *made.patches)
    repo.write("other.txt", b"committed\n")
    repo.git("commit", "--quiet", "--message", "Another", "other.txt")
    assert dagpatch(repo.path, "rollback").status == 0
    assert repo.git("status", "--porcelain") == b""
    assert repo.read("text.txt") == LINES
    assert repo.read("other.txt") == b"committed\n"


def test_redo_ends_where_something_else_was_done(repo: Repo) -> None:
    made = offer(repo, {"text.txt": changed(3)}, {"new.txt": b"new\n"})
    assert dagpatch(repo.path, "rollback", "--redo").status == 3
    dagpatch(repo.path, "apply", made.patches[0])
    assert dagpatch(repo.path, "rollback", "--redo").status == 3
    dagpatch(repo.path, "rollback")
    dagpatch(repo.path, "apply", made.patches[1])
    before = look(repo)
    refused = dagpatch(repo.path, "rollback", "--redo")
    assert refused.status == 3
    assert look(repo) == before


def test_garbage_collection_leaves_what_rollback_needs(repo: Repo) -> None:
    made = offer(repo, {"text.txt": changed(3)}, {"new.txt": b"new\n"})
    before = look(repo)
    dagpatch(repo.path, "apply", "-n", *made.patches)
    after = look(repo)
    collect(repo)
    assert dagpatch(repo.path, "rollback", "--count", "2").status == 0
    assert look(repo) == before
    collect(repo)
    assert dagpatch(repo.path, "rollback", "--redo").status == 0
    assert look(repo) == after
    assert repo.git("fsck", "--full", "--no-dangling") == b""


def test_a_commit_that_is_gone_cannot_be_brought_back(repo: Repo) -> None:
    made = offer(repo, {"text.txt": changed(3)})
    dagpatch(repo.path, "apply", *made.patches)
    gone = repo.oid("HEAD")
    dagpatch(repo.path, "rollback")
    collect(repo)
    before = look(repo)
    refused = dagpatch(repo.path, "rollback", "--redo")
    assert refused.status == 3
    assert gone in refused.err
    assert look(repo) == before
    assert dagpatch(repo.path, "apply", "--abort").status == 3


def collect(repo: Repo) -> None:
    """Remove everything that no ref leads to."""
    repo.git("reflog", "expire", "--expire=now", "--all")
    repo.git("gc", "--quiet", "--prune=now")


def test_a_deleted_backup_branch_is_not_missed(repo: Repo) -> None:
    made = offer(repo, {"text.txt": changed(3)})
    before = look(repo)
    dagpatch(repo.path, "apply", *made.patches)
    (record,) = dagpatch(repo.path, "log", "--json").documents
    repo.git("update-ref", "-d", record["backup"])
    assert dagpatch(repo.path, "rollback").status == 0
    assert look(repo) == before


def test_rollback_needs_a_repository(tmp_path: Path) -> None:
    assert dagpatch(tmp_path, "rollback").status == 3
