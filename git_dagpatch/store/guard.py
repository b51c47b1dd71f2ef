"""The file that guards a repository: one process has it locked, and it tells what that is in the middle of.

The lock goes with the process, and with those git commands that it hands the file to: whoever gets the lock knows that
none of them lives. What they were in the middle of stands in the file until it is done, for whoever comes next to
finish it or clear it away (docs/decisions/0006-crash-protocol.md).
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import msgspec

from git_dagpatch.model.objects import Oid

ANYTHING = "*"
"""Stands for any content of a lock."""
TEST_TREE = "dagpatch-test-"
"""What the name of a work tree for a test starts with."""
OWNER = "GIT_DAGPATCH_LOCK_OWNER"
"""The variable that tells hooks who holds the lock and waits for them: what they start needs no other."""


class Intent(msgspec.Struct, frozen=True, kw_only=True):
    """What the owner of the lock is in the middle of. Paths are absolute."""

    owner: int
    """Its process, for people."""
    git_dir: str
    """That of the work tree that it works in."""
    locks: list[dict[str, str]] = []
    """Lock files that its git may have made → what it writes to them; each group in the order of taking."""
    own: dict[str, str] = {}
    """Files that it makes itself → what they hold from the start; ANYTHING where nobody else makes such a file."""
    refs: list[tuple[str, Oid | None, Oid | None]] = []
    """Refs that change together: name, new and old value."""
    reason: str = ""
    """Why they change."""
    trees: list[str] = []
    """Work trees for a test, which go after it. Each stands alone in a directory of the same name."""


class Left(NamedTuple):
    """What a dead process was in the middle of."""

    intent: Intent
    since: int
    """When it said so, in nanoseconds of the file system's clock."""


class Guard:
    """The open and locked file."""

    def __init__(self, handle: int, git_dir: Path, common_dir: Path) -> None:
        self.handle = handle
        self.git_dir, self.common_dir = git_dir, common_dir
        self._intent = Intent(owner=os.getpid(), git_dir=str(git_dir))

    @contextmanager
    def doing(
        self,
        *,
        locks: Mapping[str, str] | None = None,
        own: Mapping[str, str] | None = None,
        refs: Sequence[tuple[str, Oid | None, Oid | None]] = (),
        reason: str = "",
        trees: Sequence[str] = (),
    ) -> Iterator[int]:
        """Say what is done while the block runs, besides what was said already; the time at which it was said."""
        before = self._intent
        now = msgspec.structs.replace(
            before,
            locks=[*before.locks, *([dict(locks)] if locks else [])],
            own=before.own | dict(own or {}),
            refs=list(refs) or before.refs,
            reason=reason or before.reason,
            trees=[*before.trees, *trees],
        )
        try:
            self._say(now)
            yield os.fstat(self.handle).st_mtime_ns
        finally:
            # Who comes next finds done what is done, even if that cannot be said any more.
            with suppress(OSError):
                self._say(before)

    def begin(self) -> None:
        """Say whose the lock is now."""
        self._say(self._intent)

    def end(self) -> None:
        """Nothing is left to be done for whoever comes next."""
        with suppress(OSError):
            os.ftruncate(self.handle, 0)

    def _say(self, intent: Intent) -> None:
        # The first line counts, so the old rest behind it does no harm until it is cut off.
        line = msgspec.json.encode(intent) + b"\n"
        if os.pwrite(self.handle, line, 0) != len(line):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        os.ftruncate(self.handle, len(line))
        self._intent = intent


def read_left(handle: int) -> Left | None:
    """What the process that wrote the open file was in the middle of; None if it was done."""
    status = os.fstat(handle)
    line = os.pread(handle, status.st_size, 0).partition(b"\n")[0]
    try:
        return Left(msgspec.json.decode(line, type=Intent), status.st_mtime_ns)
    except msgspec.DecodeError:
        return None
