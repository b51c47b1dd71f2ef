"""One git dagpatch at a time changes a repository. The lock goes with the process, however that ends."""

from __future__ import annotations

import fcntl
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from git_dagpatch.model.errors import SYSTEM_FAILURES, Locked, SystemFailed
from git_dagpatch.store import stale
from git_dagpatch.store.command import Git
from git_dagpatch.store.guard import OWNER, TEST_TREE, Guard, Left, read_left
from git_dagpatch.store.refs import RefUpdate, complete
from git_dagpatch.store.repository import Repository

_PATIENCE = 10.0
"""Seconds to wait for another git dagpatch."""


@contextmanager
def locked(repository: Repository) -> Iterator[None]:
    """Hold the repository's lock, once what a process left that died with it is cleared away.

    Raises Locked if another process holds it and does not let go, and SystemFailed for a full disk and the like.
    """
    path = repository.common_dir / "dagpatch.lock"
    with system_failures():
        handle = os.open(path, os.O_CREAT | os.O_RDWR, 0o666)
        try:
            if _acquire(handle, str(path)):
                with _owned(repository, handle):
                    yield
            else:
                yield
        finally:
            os.close(handle)


@contextmanager
def system_failures() -> Iterator[None]:
    """Raise SystemFailed for a full disk and the like."""
    try:
        yield
    except OSError as error:
        if error.errno not in SYSTEM_FAILURES:
            raise
        raise SystemFailed(
            f"The system says: {error.strerror}.", cause=str(error.filename or ""), hint="Remedy that, then try again."
        ) from error


def _acquire(handle: int, path: str) -> bool:
    """Get the lock; False if a process holds it that waits for this one."""
    end = time.monotonic() + _PATIENCE
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            left = read_left(handle)
            owner = str(left.intent.owner) if left else ""
            if owner and os.environ.get(OWNER) == owner:
                return False
            if time.monotonic() > end:
                raise Locked(
                    "Another git dagpatch works on this repository; nothing was changed.",
                    cause=f"The process {owner} holds {path!r}." if owner else "",
                    hint="Wait until it is done, then try again.",
                ) from None
            time.sleep(0.05)


@contextmanager
def _owned(repository: Repository, handle: int) -> Iterator[None]:
    guard = repository.git.guard = Guard(handle, repository.git_dir, repository.common_dir)
    try:
        left = read_left(handle)
        if left:
            _settle(repository, left)
        guard.begin()
        try:
            yield
        finally:
            guard.end()
    finally:
        repository.git.guard = None


def _settle(repository: Repository, left: Left) -> None:
    """Finish or clear away what a dead process was in the middle of."""
    intent = left.intent
    stale.clear_own(intent.own)
    stale.clear(intent.locks, left.since)
    there = Git(intent.git_dir)
    there.guard = repository.git.guard
    complete(there, [RefUpdate(*each) for each in intent.refs], intent.reason)
    for tree in map(Path, intent.trees):
        if tree.name == tree.parent.name and tree.name.startswith(TEST_TREE):
            shutil.rmtree(tree.parent, ignore_errors=True)
            # git names what it keeps of a linked work tree after its directory.
            shutil.rmtree(repository.common_dir / "worktrees" / tree.name, ignore_errors=True)
