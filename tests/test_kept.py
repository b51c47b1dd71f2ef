"""Patches that took long to find are kept, and taken only by the program that made them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from git_dagpatch.model.patch import Patch
from git_dagpatch.porcelain import kept, sources
from git_dagpatch.porcelain.repository import open_store
from git_dagpatch.porcelain.sources import factor_commit, patch_of_commit
from git_dagpatch.store import cache
from tests.command_line import dagpatch
from tests.repositories import Repo


@pytest.fixture
def changed(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> Repo:
    monkeypatch.setattr(kept, "_LONG", 0.0)
    repo.write("a.txt", b"a\n")
    repo.commit("First")
    repo.write("a.txt", b"b\n")
    repo.commit("Second")
    return repo


def place(repo: Repo) -> Path:
    return repo.path / ".git" / "dagpatch" / "cache"


def patch(repo: Repo) -> Patch:
    store = open_store(str(repo.path))
    return patch_of_commit(store.commit("HEAD").oid, store).patch


def test_the_second_time_nothing_is_looked_for(changed: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    first = patch(changed)
    monkeypatch.delattr(sources, "_factored")
    assert patch(changed) == first
    (file,) = place(changed).iterdir()
    assert file.name == f"{changed.oid('HEAD')}-{changed.oid('HEAD~1^{tree}')}"


def test_another_parent_or_another_commit_is_another_patch(changed: Repo) -> None:
    first = patch(changed)
    changed.git("commit", "--quiet", "--amend", "--message", "Said otherwise")
    assert patch(changed).metadata.message == "Said otherwise\n" != first.metadata.message
    assert len(list(place(changed).iterdir())) == 2


@pytest.mark.parametrize("what", ["program", "packages", "cut", "forged"])
def test_what_another_program_left_or_what_is_damaged_is_found_anew(
    changed: Repo, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    first = patch(changed)
    (file,) = place(changed).iterdir()
    if what == "program":
        monkeypatch.setattr(kept, "_program", lambda: "another one")
    elif what == "packages":
        monkeypatch.setattr(kept, "installed", lambda: {"pygit2": "0"})
    elif what == "cut":
        file.write_bytes(file.read_bytes()[:-20])
    else:
        file.write_bytes(file.read_bytes().replace(b'"+b\\n"', b'"+c\\n"'))
    before = file.read_bytes()
    assert patch(changed) == first
    assert file.read_bytes() != before


def test_a_directory_that_cannot_be_written_to_is_no_hindrance(changed: Repo) -> None:
    (changed.path / ".git" / "dagpatch").write_text("in the way")
    assert patch(changed).operations


def test_stats_are_always_computed(changed: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    patch(changed)
    monkeypatch.delattr(sources, "_factored")
    store = open_store(str(changed.path))
    with pytest.raises(NameError):
        factor_commit(store.commit("HEAD").oid, store)


def test_what_was_used_least_lately_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "LIMIT", 10)
    for name in ("one", "two"):
        cache.keep(str(tmp_path), name, b"12345")
        os.utime(tmp_path / "dagpatch" / "cache" / name, (1_000_000_000, 1_000_000_000))
    assert cache.read(str(tmp_path), "one") == b"12345"
    cache.keep(str(tmp_path), "three", b"12345")
    assert [cache.read(str(tmp_path), name) for name in ("one", "two", "three")] == [b"12345", None, b"12345"]


def test_short_work_keeps_nothing(repo: Repo) -> None:
    repo.write("a.txt", b"a\n")
    repo.commit("First")
    assert dagpatch(repo.path, "show").status == 0
    assert not place(repo).exists()
