"""`open_store` takes libgit2 where that reads what git reads, and git elsewhere."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from git_dagpatch.model.errors import MissingObject, NotARepository, UnsupportedRepository
from git_dagpatch.model.objects import FILE, Entry, Objects, hash_object
from git_dagpatch.porcelain.repository import open_store
from git_dagpatch.store.gitcommand import GitStore
from git_dagpatch.store.libgit import LibgitStore
from tests.repositories import Repo

HELLO = b"hello\n"


@pytest.fixture
def repo(repo: Repo) -> Repo:
    repo.write("a.txt", HELLO)
    repo.write("dir/b.txt", b"b\n")
    repo.commit("First")
    return repo


def test_libgit2_reads_ordinary_repositories(repo: Repo) -> None:
    assert isinstance(open_store(str(repo.path / "dir")), LibgitStore)
    repo.git("config", "extensions.worktreeConfig", "true")
    assert isinstance(open_store(str(repo.path)), LibgitStore)


def test_git_reads_what_libgit2_refuses(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "--quiet", "--object-format=sha256", tmp_path / "repo"], check=True)
    store = open_store(str(tmp_path / "repo"))
    assert isinstance(store, GitStore)
    assert store.algorithm == "sha256"


def test_git_dir_names_the_repository(repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = Repo.init(tmp_path / "other")
    other.write("o", b"")
    commit = other.commit("Other")
    monkeypatch.chdir(repo.path)
    monkeypatch.setenv("GIT_DIR", "../other/.git")
    store = open_store()
    assert store.resolve("HEAD") == commit
    assert store.work_tree == str(repo.path), "as for git, where GIT_WORK_TREE does not say otherwise"
    assert open_store(store.git_dir).resolve("HEAD") == commit, "the name counts from the current directory"
    monkeypatch.setenv("GIT_WORK_TREE", "../other")
    assert open_store().work_tree == str(other.path)


def test_a_wrong_git_dir_is_no_repository(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repo.path)
    for value in ("nowhere", ""):
        monkeypatch.setenv("GIT_DIR", value)
        with pytest.raises(NotARepository):
            open_store()


def test_ceilings_end_the_search(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repo.path / "dir")
    assert open_store().resolve("HEAD")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(repo.path))
    with pytest.raises(NotARepository):
        open_store()


def test_objects_come_from_where_the_environment_says(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Repo.init(tmp_path / "other")
    oid = other.git("hash-object", "-w", "--stdin", input=b"elsewhere\n").decode().strip()
    monkeypatch.chdir(repo.path / "dir")
    with pytest.raises(MissingObject):
        open_store().blob(oid)
    monkeypatch.setenv("GIT_ALTERNATE_OBJECT_DIRECTORIES", str(other.path / ".git/objects"))
    assert open_store().blob(oid) == b"elsewhere\n"
    assert open_store().blob(hash_object("blob", HELLO, "sha1")) == HELLO
    # Where the objects of a push wait for a hook to accept them.
    monkeypatch.setenv("GIT_ALTERNATE_OBJECT_DIRECTORIES", str(repo.path / ".git/objects"))
    monkeypatch.setenv("GIT_OBJECT_DIRECTORY", str(other.path / ".git/objects"))
    store = open_store()
    objects = Objects(store)
    new = objects.add_blob(b"new\n")
    store.write(objects)
    assert store.blob(oid) + store.blob(new) + store.blob(repo.oid("HEAD:a.txt")) == b"elsewhere\nnew\nhello\n"
    monkeypatch.delenv("GIT_OBJECT_DIRECTORY")
    monkeypatch.delenv("GIT_ALTERNATE_OBJECT_DIRECTORIES")
    assert other.git("cat-file", "blob", new) == b"new\n"
    with pytest.raises(MissingObject):
        open_store().blob(new)


def test_what_git_refuses_is_refused_in_its_words(repo: Repo) -> None:
    repo.git("config", "core.repositoryFormatVersion", "1")
    repo.git("config", "extensions.fromTheFuture", "true")
    with pytest.raises(UnsupportedRepository) as caught:
        open_store(str(repo.path))
    assert "fromthefuture" in caught.value.cause
    assert "newer git" in caught.value.hint


def test_another_owner_s_repository_is_refused_with_git_s_advice(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "true")
    with pytest.raises(UnsupportedRepository) as caught:
        GitStore(str(repo.path))
    assert "dubious ownership" in caught.value.cause
    assert f"git config --global --add safe.directory {repo.path}" in caught.value.hint


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_libgit2_does_not_read_another_owner_s_repository_either(repo: Repo) -> None:
    for directory in (repo.path, repo.path / ".git"):
        os.chown(directory, 65534, 65534)
    with pytest.raises(UnsupportedRepository, match="git refuses"):
        open_store(str(repo.path))


def test_a_bare_repository_has_to_be_named_where_git_wants_it(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    subprocess.run(["git", "clone", "--quiet", "--bare", repo.path, tmp_path / "bare"], check=True)
    assert isinstance(open_store(str(tmp_path / "bare")), LibgitStore)
    repo.git("config", "--global", "safe.bareRepository", "explicit")
    with pytest.raises(UnsupportedRepository, match="git refuses"):
        open_store(str(tmp_path / "bare"))
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "bare"))
    assert open_store().resolve("HEAD") == repo.oid("HEAD")


def test_a_sparse_index_is_left_to_git(repo: Repo) -> None:
    repo.write("kept/c.txt", b"c\n")
    repo.commit("Second")
    repo.git("sparse-checkout", "set", "--cone", "--sparse-index", "kept")
    assert b"040000" in repo.git("ls-files", "--sparse", "--stage")
    for store in (open_store(str(repo.path)), GitStore(str(repo.path))):
        assert store.entries(store.tree("HEAD:dir")) == {b"b.txt": Entry(FILE, repo.oid("HEAD:dir/b.txt"))}
