"""The tests' own ground: sealed from the machine, and able to hold what git can hold."""

from __future__ import annotations

import subprocess

import pygit2
import pytest

from tests.repositories import Repo


def test_git_is_sealed(repo: Repo) -> None:
    scopes = {line.split()[0] for line in repo.git("config", "--show-scope", "--list").decode().splitlines()}
    assert scopes == {"global", "local"}
    assert repo.git("config", "user.email") == b"tests@example.com\n"
    assert repo.git("var", "GIT_EDITOR") == b"true\n"


def test_libgit2_is_sealed(repo: Repo) -> None:
    assert pygit2.Repository(repo.path).config["user.email"] == "tests@example.com"
    with pytest.raises(OSError, match="gitconfig"):
        pygit2.Config.get_system_config()


def test_equal_repositories_have_equal_commits(repo: Repo) -> None:
    repo.write("a.txt", b"one\n")
    assert repo.commit("First") == "27a9e70c1357c404a18359c09299a3a390419d00"


def test_the_work_tree_is_committed_as_it_is(repo: Repo) -> None:
    repo.write("gone", b"")
    first = repo.commit("First")
    repo.remove("gone")
    repo.write(b"sub/\xff.sh", b"#!/bin/sh\n", executable=True)
    second = repo.commit("Second")
    assert repo.oid("HEAD^") == first
    tree = repo.git("ls-tree", "-r", "-z", second)
    assert tree.startswith(b"100755 blob ")
    assert tree.endswith(b"\tsub/\xff.sh\0")
    assert repo.read(b"sub/\xff.sh") == b"#!/bin/sh\n"


@pytest.mark.parametrize("bare", [False, True])
def test_a_tree_of_anything_is_committed(repo: Repo, bare: bool) -> None:
    repo = Repo.init(repo.path / "other", bare=bare)
    first = repo.commit_tree({b"a": ("100644", b"one\n")})
    second = repo.commit_tree(
        {
            b".git": ("100664", b"an odd name and an old mode"),
            b"line\nend/\xff": ("100755", b"\0"),
            b"link": ("120000", b"line\nend"),
            b"module": ("160000", first.encode()),
            b"empty": ("40000", repo.git("mktree", input=b"").strip()),
        },
        "Second",
    )
    assert repo.oid("HEAD^") == first
    assert repo.oid("HEAD") == second
    content = repo.git("cat-file", "tree", "HEAD^{tree}")
    assert content.startswith(b"100664 .git\0")
    assert b"40000 empty\0" in content
    assert b"120000 link\0" in content
    assert b"160000 module\0" + bytes.fromhex(first) in content
    assert repo.git("cat-file", "blob", b"HEAD:line\nend/\xff") == b"\0"
    assert bare or [file.name for file in repo.path.iterdir()] == [".git"]


@pytest.mark.parametrize("paths", [(b"a", b"a/b"), (b"a/b", b"a")])
def test_a_file_is_no_directory(repo: Repo, paths: tuple[bytes, bytes]) -> None:
    with pytest.raises(ValueError, match="a file"):
        repo.commit_tree(dict.fromkeys(paths, ("100644", b"")))


def test_a_failure_tells_what_git_said(repo: Repo) -> None:
    with pytest.raises(subprocess.CalledProcessError) as caught:
        repo.git("cat-file", "blob", "nothing")
    assert "nothing" in caught.value.__notes__[0]
