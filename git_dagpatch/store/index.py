"""git's index: held while it changes, and published by one rename, as git itself does."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from git_dagpatch.model.conflict import Stages
from git_dagpatch.model.errors import Locked
from git_dagpatch.model.objects import Entry, Oid
from git_dagpatch.store.repository import Repository

_ARGUMENTS = 500
"""Paths that one command line takes."""
_PATIENCE = 5.0
"""Seconds to wait for another process to release the index."""


class HeldIndex:
    """The index while it is held: a copy that git commands change, published when all else has succeeded."""

    def __init__(self, repository: Repository, lock: Path, copy: Path) -> None:
        self._repository = repository
        self._lock = lock
        self._copy = copy
        self.published = False
        self.environment = {"GIT_INDEX_FILE": str(copy)}
        """For the git commands, and hooks, that shall see the copy."""

    def run(self, *arguments: str, stdin: bytes = b"") -> bytes:
        """What a git command prints that works on the copy. Raises GitFailed."""
        return self._repository.git.run(*arguments, stdin=stdin, environment=self.environment)

    def changed(self, tree: Oid, paths: Sequence[bytes]) -> list[bytes]:
        """Those of `paths` whose staged or work-tree content is not that of `tree`."""
        if not paths:
            return []
        self._repository.git.ask("update-index", "-q", "--refresh", environment=self.environment)
        staged = self.run("diff-index", "--cached", "--name-only", "-z", "--no-renames", "--no-ext-diff", tree)
        unstaged = self.run("diff-files", "--name-only", "-z", "--no-ext-diff", "--ignore-submodules=dirty")
        dirty = {*staged.split(b"\0"), *unstaged.split(b"\0")}
        return [path for path in paths if path in dirty]

    def move(self, before: Oid, after: Oid) -> None:
        """Take index and work tree from one tree to another; what does not differ between them stays as it is.

        Raises GitFailed, and changes nothing, where uncommitted work is in the way.
        """
        self.run("read-tree", "-m", "-u", before, after)

    def conflict(self, stages: Mapping[bytes, Stages]) -> None:
        """Hold the three versions of each path in stages 1 to 3."""
        self.run("update-index", "-z", "--index-info", stdin=b"".join(_stage_lines(stages, self._zeros())))

    def put_back(self, entries: Mapping[bytes, Entry | None]) -> None:
        """Set the entries of paths, or remove them, without looking at the work tree."""
        lines = []
        for path, entry in entries.items():
            lines.append(b"0 %b\t%b\0" % (self._zeros(), path))
            if entry is not None:
                lines.append(b"%b %b\t%b\0" % (entry.mode.encode(), entry.oid.encode(), path))
        self.run("update-index", "-z", "--index-info", stdin=b"".join(lines))

    def _zeros(self) -> bytes:
        return b"0" * (64 if self._repository.store.algorithm == "sha256" else 40)

    def publish(self) -> None:
        """Make the copy the index."""
        self._repository.git.ask("update-index", "-q", "--refresh", environment=self.environment)
        with self._lock.open("wb") as stream:
            if self._copy.exists():
                with self._copy.open("rb") as source:
                    shutil.copyfileobj(source, stream)
            stream.flush()
            os.fsync(stream.fileno())
        self._lock.replace(self._lock.with_suffix(""))
        self.published = True


def _stage_lines(stages: Mapping[bytes, Stages], zeros: bytes) -> Iterator[bytes]:
    for path, versions in stages.items():
        yield b"0 %b\t%b\0" % (zeros, path)
        for number, entry in enumerate((versions.base, versions.ours, versions.theirs), 1):
            if entry is not None:
                yield b"%b %b %d\t%b\0" % (entry.mode.encode(), entry.oid.encode(), number, path)


@contextmanager
def held_index(repository: Repository) -> Iterator[HeldIndex]:
    """Hold the index against every other git process. Raises Locked if one holds it and does not let go."""
    index = index_path(repository)
    lock = index.with_name(index.name + ".lock")
    _acquire(lock)
    copy = repository.own_dir / f"index.{os.getpid()}"
    held = HeldIndex(repository, lock, copy)
    try:
        if index.exists():
            shutil.copyfile(index, copy)
        yield held
    finally:
        if not held.published:
            lock.unlink(missing_ok=True)
        copy.unlink(missing_ok=True)
        copy.with_name(copy.name + ".lock").unlink(missing_ok=True)


def index_path(repository: Repository) -> Path:
    """Where the index of this work tree is."""
    path = repository.git.line("rev-parse", "--git-path", "index")
    return repository.work_tree / path


def _acquire(lock: Path) -> None:
    end = time.monotonic() + _PATIENCE
    while True:
        try:
            os.close(os.open(lock, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
            return
        except FileExistsError:
            if time.monotonic() > end:
                raise Locked(
                    "Another git process holds the index; nothing was changed.",
                    cause=f"{str(lock)!r} exists.",
                    hint="If no git process runs any more, remove that file and try again.",
                ) from None
            time.sleep(0.02)


def entries_at(repository: Repository, paths: Iterable[bytes]) -> tuple[dict[bytes, Entry], list[bytes]]:
    """The staged entry of each path, and the paths that are unmerged."""
    asked = list(paths)
    # A file may be called `*` or `:(top)`, so paths are taken to the letter.
    literal = {"GIT_LITERAL_PATHSPECS": "1"}
    listing = b""
    for at in range(0, len(asked), _ARGUMENTS):
        names = [os.fsdecode(path) for path in asked[at : at + _ARGUMENTS]]
        listing += repository.git.run("ls-files", "--stage", "-z", "--", *names, environment=literal)
    wanted, entries, unmerged = set(asked), dict[bytes, Entry](), []
    for line in listing.split(b"\0")[:-1]:
        head, _, path = line.partition(b"\t")
        mode, oid, stage = head.decode().split(" ")
        if path not in wanted:
            continue
        if stage == "0":
            entries[path] = Entry(mode, oid)
        elif path not in unmerged:
            unmerged.append(path)
    return entries, unmerged
