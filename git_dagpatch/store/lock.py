"""One git dagpatch at a time changes a repository. The lock goes with the process, however that ends."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

from git_dagpatch.model.errors import Locked
from git_dagpatch.store.repository import Repository

_PATIENCE = 10.0
"""Seconds to wait for another git dagpatch."""


@contextmanager
def locked(repository: Repository) -> Iterator[None]:
    """Hold the repository's lock. Raises Locked if another process holds it and does not let go."""
    path = repository.common_dir / "dagpatch.lock"
    handle = os.open(path, os.O_CREAT | os.O_RDWR, 0o666)
    try:
        _acquire(handle, str(path))
        os.truncate(handle, 0)
        os.write(handle, f"{os.getpid()}\n".encode())
        yield
    finally:
        os.close(handle)


def _acquire(handle: int, path: str) -> None:
    end = time.monotonic() + _PATIENCE
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() > end:
                owner = os.pread(handle, 20, 0).decode(errors="replace").strip()
                raise Locked(
                    "Another git dagpatch works on this repository; nothing was changed.",
                    cause=f"The process {owner} holds {path!r}." if owner else "",
                    hint="Wait until it is done, then try again.",
                ) from None
            time.sleep(0.05)
