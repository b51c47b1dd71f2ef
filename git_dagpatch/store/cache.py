"""Documents that took long to make, kept in the repository's own directory: what is lost there is made again."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

_PLACE = "dagpatch/cache"
LIMIT = 64 << 20
"""Bytes that are kept; those that were used least lately go."""


def read(git_dir: str, name: str) -> bytes | None:
    """What was kept under `name`; None if nothing is there any more."""
    path = _directory(git_dir) / name
    try:
        data = path.read_bytes()
        os.utime(path)
    except OSError:
        return None
    return data


def keep(git_dir: str, name: str, data: bytes) -> None:
    """Keep `data` under `name`, if the directory can be written to."""
    directory = _directory(git_dir)
    with contextlib.suppress(OSError):
        directory.mkdir(parents=True, exist_ok=True)
        _make_room(directory, len(data))
        descriptor, temporary = tempfile.mkstemp(dir=directory)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
            Path(temporary).replace(directory / name)
        except OSError:
            Path(temporary).unlink(missing_ok=True)
            raise


def _make_room(directory: Path, size: int) -> None:
    kept = sorted(((entry.stat(), entry.path) for entry in os.scandir(directory)), key=lambda one: one[0].st_mtime_ns)
    left = LIMIT - size - sum(status.st_size for status, _ in kept)
    for status, path in kept:
        if left >= 0:
            return
        Path(path).unlink(missing_ok=True)
        left += status.st_size


def _directory(git_dir: str) -> Path:
    """One for all work trees of a repository."""
    try:
        common = (Path(git_dir) / "commondir").read_text().strip()
    except OSError:
        common = "."
    return Path(git_dir) / common / _PLACE
