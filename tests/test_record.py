"""Recorded patches: found through notes, used only where they are the commit's own, shared without conflict."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from git_dagpatch.cli.main import run
from git_dagpatch.model.errors import DamagedState
from git_dagpatch.porcelain.checkout import open_repository
from git_dagpatch.porcelain.record import record
from git_dagpatch.porcelain.sources import factor_commit, patch_of_commit, recorded_patch
from git_dagpatch.store import recording
from tests.repositories import Repo

MODULE = b"def f():\n    return 1\n\n\ndef g():\n    return 2\n"


def history(repo: Repo, count: int = 3) -> list[str]:
    """A few commits to one module; their ids, oldest first."""
    commits = []
    for number in range(count):
        repo.write("m.py", MODULE + b"\n\ndef h%d():\n    return %d\n" % (number, number))
        repo.write("kept.txt", b"text %d\n" % number)
        commits.append(repo.commit(f"Step {number}"))
    return commits


def clone(source: Repo, path: Path) -> Repo:
    subprocess.run(["git", "clone", "--quiet", str(source.path), str(path)], check=True)
    return Repo(path)


def recorded(repo: Repo) -> set[str]:
    listing = repo.git("ls-tree", "-r", "--name-only", "refs/dagpatch/patches").decode().splitlines()
    return {name[:2] + name[3:41] for name in listing if name.endswith("/patch.json")}


def notes(repo: Repo) -> dict[str, str]:
    listing = repo.git("notes", "--ref=dagpatch", "list").decode().splitlines()
    return {line.split()[1]: repo.git("cat-file", "blob", line.split()[0]).decode() for line in listing}


def test_a_recorded_patch_is_found_through_its_note(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    commits = history(repo)
    monkeypatch.chdir(repo.path)
    repository = open_repository()
    made = dict(record(repository, commits))
    assert set(made) == set(commits)
    assert recorded(repo) == {patch.id for patch in made.values()}
    for commit, text in notes(repo).items():
        assert f"Dagpatch-Id: {made[commit].id}" in text
        assert recorded_patch(commit, repository.store) == made[commit]
    assert dict(record(repository, commits)) == {}, "What is recorded already is left as it is."


def test_git_log_shows_the_note(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    history(repo, 1)
    monkeypatch.chdir(repo.path)
    assert run(["record"]) == 0
    shown = repo.git("log", "-1", "--notes=dagpatch").decode()
    assert "Notes (dagpatch):" in shown
    assert "Add m.py" in shown


def test_a_patch_that_an_amend_left_behind_is_not_used(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    *_, last = history(repo)
    monkeypatch.chdir(repo.path)
    repository = open_repository()
    list(record(repository, [last]))
    repo.write("m.py", MODULE)
    repo.git("commit", "--quiet", "--all", "--amend", "--message", "Otherwise")
    amended = repo.oid("HEAD")
    repo.git("notes", "--ref=dagpatch", "copy", last, amended)
    store = repository.store
    assert recorded_patch(amended, store) is None
    assert patch_of_commit(amended, store).patch.result == repo.oid("HEAD^{tree}")


def test_a_patch_that_a_rebase_carried_over_is_used_only_with_its_own_trees(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    history(repo, 2)
    monkeypatch.chdir(repo.path)
    repo.git("checkout", "--quiet", "-b", "topic")
    repo.write("topic.txt", b"one\n")
    topic = repo.commit("Topic")
    repository = open_repository()
    list(record(repository, [topic]))
    repo.git("checkout", "--quiet", "main")
    repo.write("more.txt", b"more\n")
    repo.commit("More")
    repo.git("-c", "notes.rewriteRef=refs/notes/dagpatch", "rebase", "--quiet", "main", "topic")
    rebased = repo.oid("topic")
    assert rebased in notes(repo), "The rebase should have carried the note over."
    assert recorded_patch(rebased, repository.store) is None
    assert factor_commit(rebased, repository.store).patch.base == repo.oid("main^{tree}")


@pytest.mark.parametrize("damage", ["nonsense", "Dagpatch-Id: zz", "Dagpatch-Id: " + "0" * 40, ""])
def test_a_damaged_note_counts_as_none(repo: Repo, monkeypatch: pytest.MonkeyPatch, damage: str) -> None:
    (commit,) = history(repo, 1)
    monkeypatch.chdir(repo.path)
    list(record(open_repository(), [commit]))
    repo.git("notes", "--ref=dagpatch", "add", "--force", "--allow-empty", "--message", damage, commit)
    assert recorded_patch(commit, open_repository().store) is None
    assert run(["verify", commit]) == 0


def test_a_damaged_record_counts_as_none(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    (commit,) = history(repo, 1)
    monkeypatch.chdir(repo.path)
    repository = open_repository()
    ((_, patch),) = record(repository, [commit])
    blob = repo.git("hash-object", "-w", "--stdin", input=b"{}").decode().strip()
    inner = repo.git("mktree", input=f"100644 blob {blob}\tpatch.json\n".encode()).decode().strip()
    fan = repo.git("mktree", input=f"040000 tree {inner}\t{patch.id[2:]}\n".encode()).decode().strip()
    root = repo.git("mktree", input=f"040000 tree {fan}\t{patch.id[:2]}\n".encode()).decode().strip()
    damaged = repo.git("commit-tree", root, "-m", "damaged").decode().strip()
    repo.git("update-ref", "refs/dagpatch/patches", damaged)
    assert recorded_patch(commit, open_repository().store) is None
    assert run(["verify", commit]) == 0


def follow(repo: Repo, hint: str, ref: str, good: str) -> None:
    """Do what the hint on a damaged ref says."""
    log = repo.path / ".git/logs" / ref
    assert str(log) in hint
    assert good in [line.split()[1] for line in log.read_text().splitlines()]
    if f"git update-ref -d {ref}" in hint:
        repo.git("update-ref", "-d", ref)
    else:
        assert f"Remove {str(repo.path / '.git' / ref)!r}" in hint
        repo.remove(f".git/{ref}")
    assert f"git update-ref {ref} COMMIT" in hint
    repo.git("update-ref", ref, good)


REFS = ("refs/dagpatch/patches", "refs/notes/dagpatch")
WRONG = ("garbage", "0123456789012345678901234567890123456789", "HEAD:m.py")


@pytest.mark.parametrize("ref", REFS)
@pytest.mark.parametrize("wrong", WRONG)
def test_a_damaged_ref_is_said_and_can_be_set_back(
    repo: Repo, monkeypatch: pytest.MonkeyPatch, ref: str, wrong: str
) -> None:
    first, second = history(repo, 2)
    monkeypatch.chdir(repo.path)
    list(record(open_repository(), [first]))
    good = {name: repo.oid(name) for name in REFS}
    broken = repo.oid(wrong) if ":" in wrong else wrong
    repo.write(f".git/{ref}", f"{broken}\n".encode())
    assert run(["verify", first, second]) == 0
    with pytest.raises(DamagedState, match=f"{ref}, is damaged") as caught:
        list(record(open_repository(), [second]))
    (other,) = set(REFS) - {ref}
    assert repo.oid(other) == good[other], "Nothing was recorded."
    follow(repo, caught.value.hint, ref, good[ref])
    list(record(open_repository(), [second]))
    assert recorded_patch(first, open_repository().store) is not None
    assert recorded_patch(second, open_repository().store) is not None


def test_an_id_or_its_start_names_a_recorded_patch(
    repo: Repo, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    commits = history(repo)
    monkeypatch.chdir(repo.path)
    made = dict(record(open_repository(), commits))
    for commit, patch in made.items():
        for name in (patch.id, patch.id[:12]):
            assert run(["show", "--json", name]) == 0
            assert json.loads(capsys.readouterr().out)["metadata"]["commit"] == commit
    assert run(["show", "0123456789abcdef"]) == 3


def test_what_it_needs_survives_garbage_collection(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    commits = history(repo)
    monkeypatch.chdir(repo.path)
    ((_, patch),) = record(open_repository(), commits[-1:])
    place = f"refs/dagpatch/patches:{patch.id[:2]}/{patch.id[2:]}"
    base = repo.git("rev-parse", f"{commits[-2]}:m.py").decode().strip()
    assert repo.git("rev-parse", f"{place}/base/m.py").decode().strip() == base
    assert repo.git("ls-tree", "--name-only", f"{place}/base").split() == [b"kept.txt", b"m.py"]


def test_clones_that_recorded_different_things_have_all_after_push_and_fetch(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commits = history(repo, 5)
    subprocess.run(["git", "clone", "--quiet", "--bare", str(repo.path), str(tmp_path / "shared.git")], check=True)
    shared = Repo(tmp_path / "shared.git")
    one, other = clone(shared, tmp_path / "one"), clone(shared, tmp_path / "other")
    for each, range_ in ((one, commits[:3]), (other, commits[2:])):
        monkeypatch.chdir(each.path)
        assert run(["init"]) == 0
        assert run(["record", *range_]) == 0
        assert run(["push"]) == 0
    monkeypatch.chdir(one.path)
    one.git("fetch", "--quiet")
    assert one.git("for-each-ref", "refs/dagpatch/remotes/origin/patches"), "A plain fetch brings patches along."
    assert run(["fetch"]) == 0
    assert recorded(one) == recorded(other) == recorded(shared)
    assert len(recorded(one)) == 5
    assert notes(one) == notes(other)
    assert set(notes(one)) == set(commits)
    one.git("fsck", "--strict")


def test_a_plain_push_sends_no_patches(repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    history(repo)
    subprocess.run(["git", "clone", "--quiet", "--bare", str(repo.path), str(tmp_path / "shared.git")], check=True)
    one = clone(Repo(tmp_path / "shared.git"), tmp_path / "one")
    monkeypatch.chdir(one.path)
    before = one.git("config", "--get-regexp", "^remote")
    assert run(["init"]) == 0
    assert run(["init"]) == 0, "A second time changes nothing."
    assert run(["record"]) == 0
    one.write("m.py", MODULE)
    one.commit("Later")
    one.git("push", "--quiet")
    assert b"push" not in one.git("config", "--get-regexp", "^remote").replace(before, b"")
    assert not Repo(tmp_path / "shared.git").git("for-each-ref", "refs/dagpatch", "refs/notes")
    assert len(one.git("config", "--get-all", "remote.origin.fetch").splitlines()) == 3


def test_fetching_from_a_remote_without_patches_works(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    history(repo)
    one = clone(repo, tmp_path / "one")
    monkeypatch.chdir(one.path)
    assert run(["init"]) == 0
    one.git("fetch")
    assert run(["fetch"]) == 0
    assert run(["push"]) == 3, "Nothing is recorded here."


def test_union_is_the_same_from_both_sides(repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commits = history(repo, 4)
    other = clone(repo, tmp_path / "other")
    monkeypatch.chdir(repo.path)
    list(record(open_repository(), commits[:3]))
    monkeypatch.chdir(other.path)
    list(record(open_repository(), commits[1:]))
    trees = []
    for here, there in ((repo, other), (other, repo)):
        tip = there.oid("refs/dagpatch/patches")
        here.git("fetch", "--quiet", str(there.path), tip)
        monkeypatch.chdir(here.path)
        recording.merge(open_repository(), tip)
        trees.append(here.oid("refs/dagpatch/patches^{tree}"))
        if here is repo:
            repo.git("update-ref", "refs/dagpatch/patches", "refs/dagpatch/patches^1")
    assert trees[0] == trees[1]


def test_gc_deletes_old_backups_only(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    (commit,) = history(repo, 1)
    monkeypatch.chdir(repo.path)
    old = "refs/heads/dagpatch/backup/20200101T000000.000000Z-0123456789ab"
    new = "refs/heads/dagpatch/backup/29990101T000000.000000Z-0123456789ab"
    other = "refs/heads/dagpatch/backup/mine"
    for name in (old, new, other):
        repo.git("update-ref", name, commit)
    assert run(["gc", "--dry-run"]) == 0
    assert repo.git("for-each-ref", old)
    assert run(["gc"]) == 0
    assert not repo.git("for-each-ref", old)
    assert repo.git("for-each-ref", new)
    assert repo.git("for-each-ref", other)
