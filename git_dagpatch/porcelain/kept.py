"""Patches that took long to find are kept for the next command about the same commit.

A kept patch is taken only by the very program that made it, with the same packages beside it: then it is what would be
found again. Its ids are checked as those of any other document.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

import msgspec

import git_dagpatch
from git_dagpatch.engine.generator import installed
from git_dagpatch.model.codec import decode, encode
from git_dagpatch.model.errors import InvalidPatch
from git_dagpatch.model.objects import Oid
from git_dagpatch.model.patch import Patch
from git_dagpatch.store.cache import keep, read
from git_dagpatch.store.protocol import Store

_LONG = 0.2
"""Seconds of the processor from which on a patch is kept."""


class _Kept(msgspec.Struct, frozen=True):
    program: str
    packages: dict[str, str]
    patch: msgspec.Raw


def found_or_kept(store: Store, commit: Oid, parent: Oid, find: Callable[[], Patch]) -> Patch:
    """What `find` finds of `commit` against the tree `parent`, or what it found the last time."""
    name = f"{commit}-{parent}"
    patch = _kept(read(store.git_dir, name))
    if patch is not None and (patch.base, patch.metadata.commit) == (parent, commit):
        return patch
    start = time.process_time()
    patch = find()
    if time.process_time() - start >= _LONG:
        keep(store.git_dir, name, msgspec.json.encode(_Kept(_program(), dict(installed()), msgspec.Raw(encode(patch)))))
    return patch


def _kept(data: bytes | None) -> Patch | None:
    if data is None:
        return None
    try:
        kept = msgspec.json.decode(data, type=_Kept)
        same = (kept.program, kept.packages) == (_program(), installed())
        return decode(bytes(kept.patch)) if same else None
    except (msgspec.MsgspecError, InvalidPatch):
        return None


@cache
def _program() -> str:
    """When the newest file of the program was written: its version alone does not tell of what was changed since."""
    top = Path(git_dagpatch.__file__).parent
    newest = max(
        file.stat().st_mtime_ns
        for directory, _, _ in os.walk(top)
        for file in os.scandir(directory)
        if file.name.endswith(".py")
    )
    return f"{git_dagpatch.__version__} {newest}"
