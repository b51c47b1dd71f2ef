"""Several processes at once, beside a person who commits: each does its whole work or none of it."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Sequence
from itertools import count
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.applying import LINES, changed, offer
from tests.command_line import PROGRAM, dagpatch
from tests.repositories import Repo

PROCESSES = 8


class Ended(NamedTuple):
    """What one process said at its end."""

    status: int
    error: str


def at_once(
    repo: Repo, commands: Sequence[Sequence[str | Path]], meanwhile: Callable[[], object] = lambda: time.sleep(0.05)
) -> list[Ended]:
    """Run git dagpatch once for each command, all at a time, and do something else again and again until all ended."""
    started = [
        subprocess.Popen(
            [PROGRAM, *map(str, command)],
            cwd=repo.path,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        for command in commands
    ]
    while any(process.poll() is None for process in started):
        meanwhile()
    return [Ended(process.returncode, error) for process in started for error in [process.communicate()[1].decode()]]


def commit(repo: Repo, number: int) -> None:
    """What a person does; where git finds index or branch locked, it is tried again, as a person would."""
    repo.write(f"person/{number}.txt", b"by hand\n")
    for command in (("add", "person"), ("commit", "--quiet", "--message", f"By hand {number}", "--", "person")):
        for _ in range(1000):
            done = subprocess.run(["git", *command], cwd=repo.path, capture_output=True, check=False)
            if done.returncode == 0:
                break
            said = done.stderr + done.stdout
            assert b"lock" in said or b"nothing to commit" in said, said
            time.sleep(0.005)
        else:
            pytest.fail(f"git {command[0]} never got its lock.")
    # Long enough that some patches land, and some are refused.
    time.sleep(0.1)


def assert_whole(repo: Repo) -> None:
    """No lock is left, no object is missing, and nothing is in progress."""
    assert [file.name for file in (repo.path / ".git").rglob("*.lock")] == ["dagpatch.lock"]
    assert (repo.path / ".git/dagpatch.lock").read_bytes() == b""
    assert repo.git("fsck", "--no-dangling", "--connectivity-only") == b""
    assert dagpatch(repo.path, "apply", "--abort").status == 3


def subjects(repo: Repo) -> list[str]:
    return repo.git("log", "--format=%s", "base..main").decode().splitlines()


def test_applies_beside_commits_lose_nothing(repo: Repo) -> None:
    steps: list[dict[str, bytes | None]] = [
        {f"new/{number}.txt": b"%d\n" % number, "text.txt": changed(*range(0, 2 * number + 1, 2))}
        for number in range(PROCESSES)
    ]
    made = offer(repo, *steps)
    repo.write("user/untracked.txt", b"untracked\n")
    repo.write("other.txt", b"not staged\n")
    commits = count()
    ended = at_once(repo, [("apply", patch) for patch in made.patches], lambda: commit(repo, next(commits)))
    landed = [number for number, end in enumerate(ended) if end.status == 0]
    for number, end in enumerate(ended):
        assert end.status in (0, 3), (number, end)
        if end.status == 3:
            assert "changed" in end.error, (number, end)
    stands = subjects(repo)
    assert sorted(stands) == sorted(
        [f"Step {number + 1}" for number in landed] + [f"By hand {number}" for number in range(next(commits))]
    )
    for number in range(PROCESSES):
        assert (repo.path / f"new/{number}.txt").exists() == (number in landed)
    # Each patch changes one line more than the one before it.
    assert repo.read("text.txt") == changed(*(2 * number for number in landed))
    assert repo.read("user/untracked.txt") == b"untracked\n"
    assert repo.read("other.txt") == b"not staged\n"
    assert repo.git("status", "--porcelain", "--untracked-files=all") == b" M other.txt\n?? user/untracked.txt\n"
    assert_whole(repo)
    # Those that were refused land now.
    for number, end in enumerate(ended):
        if end.status == 3:
            assert dagpatch(repo.path, "apply", made.patches[number]).status == 0
    assert repo.read("text.txt") == changed(*range(0, 2 * PROCESSES, 2))


def test_a_commit_that_comes_between_is_not_lost(repo: Repo) -> None:
    """Someone moves the branch while the hook runs, just before it would move to the new commit."""
    made = offer(repo, {"text.txt": changed(3)})
    tree, base = repo.oid("main^{tree}"), repo.oid("main")
    between = repo.git("commit-tree", "-p", base, "-m", "Between", tree).decode().strip()
    repo.write(".git/hooks/pre-commit", f"#!/bin/sh\ngit update-ref refs/heads/main {between}\n".encode(), True)
    answer = dagpatch(repo.path, "apply", *made.patches)
    assert answer.status == 3
    assert subjects(repo) == ["Between"]
    assert repo.read("text.txt") == LINES
    assert repo.git("status", "--porcelain") == b""
    assert_whole(repo)


def test_only_one_of_several_takes_an_apply_back(repo: Repo) -> None:
    made = offer(repo, {"text.txt": changed(3)})
    assert dagpatch(repo.path, "apply", *made.patches).status == 0
    ended = at_once(repo, [("rollback",)] * PROCESSES)
    assert sorted(end.status for end in ended) == [0] + [3] * (PROCESSES - 1)
    assert subjects(repo) == []
    assert repo.read("text.txt") == LINES
    assert_whole(repo)


def test_patches_that_are_recorded_at_once_are_all_there(repo: Repo) -> None:
    steps: list[dict[str, bytes | None]] = [{f"new/{number}.txt": b"%d\n" % number} for number in range(PROCESSES)]
    offer(repo, *steps)
    commits = repo.git("rev-list", "base..theirs").decode().split()
    ended = at_once(repo, [("record", f"{commit}~1..{commit}") for commit in commits])
    done = [oid for oid, end in zip(commits, ended, strict=True) if end.status == 0]
    assert done
    for oid, end in zip(commits, ended, strict=True):
        assert end.status in (0, 3), end
        if end.status == 0:
            assert repo.git("notes", "--ref=dagpatch", "show", oid)
    assert repo.git("fsck", "--no-dangling", "--connectivity-only") == b""
