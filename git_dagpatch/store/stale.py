"""Files that a dead process left: told from those of living ones, and removed."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

from git_dagpatch.store.guard import ANYTHING

_BIRTH = 10 * 10**9
"""Nanoseconds after it was announced in which a lock was taken, if it was at all."""
_STEADY = 10**9
"""Nanoseconds for which no living git leaves such a lock as it is."""


def clear(groups: Iterable[Mapping[str, str]], since: int) -> None:
    """Remove the locks of a dead process. Each group was announced at `since`, and taken in its order.

    A lock is its own if it holds what only that process writes. An empty one is if the one before it in its group was,
    or where it is the first; and if it was born just after it was announced, and nobody touched it for longer than any
    git keeps it. All others stay.
    """
    for group in groups:
        proven, first = False, True
        for name, content in group.items():
            path = Path(name)
            if content and _reads(path, content):
                path.unlink(missing_ok=True)
                proven = True
            elif (proven or first) and _is_left(path, content, since):
                path.unlink(missing_ok=True)
            elif content and _reads(path.with_suffix(""), content):
                # git had got as far as putting it in its place.
                proven = True
            first = False


def clear_own(files: Mapping[str, str]) -> None:
    """Remove files that hold what only the process wrote that is done, or dead; and those that only it makes."""
    for path, content in ((Path(name), content) for name, content in files.items()):
        if content == ANYTHING or _reads(path, content):
            path.unlink(missing_ok=True)


def _reads(path: Path, content: str) -> bool:
    ours = content.encode()
    try:
        with path.open("rb") as stream:
            return stream.read(len(ours) + 1) == ours
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return False


def _is_left(path: Path, content: str, since: int) -> bool:
    try:
        status = path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    if (status.st_size and content != ANYTHING) or not since <= status.st_mtime_ns <= since + _BIRTH:
        return False
    time.sleep(max(0, status.st_mtime_ns + _STEADY - time.time_ns()) / 10**9)
    return path.exists() and _identity(path.lstat()) == _identity(status)


def _identity(status: os.stat_result) -> tuple[int, int, int]:
    return status.st_ino, status.st_mtime_ns, status.st_size
