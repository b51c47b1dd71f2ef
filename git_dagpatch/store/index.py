"""git's index: held while it changes, and published by one rename, as git itself does."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path

from git_dagpatch.model.conflict import Stages
from git_dagpatch.model.errors import Locked, WorkInProgress
from git_dagpatch.model.objects import SUBMODULE, Entry, Oid
from git_dagpatch.store import stale
from git_dagpatch.store.guard import ANYTHING
from git_dagpatch.store.interrupts import uninterrupted
from git_dagpatch.store.repository import Repository

_ARGUMENTS = 500
"""Paths that one command line takes."""
_PATIENCE = 5.0
"""Seconds to wait for another process to release the index."""


class HeldIndex:
    """The index while it is held: a copy that git commands change, published when all else has succeeded."""

    def __init__(self, repository: Repository, index: Path) -> None:
        self._repository = repository
        self._index = index
        # With a name of its own: a hook may start another git dagpatch.
        self._copy = index.with_name(f"{index.name}.dagpatch-{os.getpid()}")
        self._lock = index.with_name(index.name + ".lock")
        self._made = self._copy.with_name(self._copy.name + ".token")
        # No index starts like this, so whoever finds the lock without its owner knows whose it was.
        self._token = f"git dagpatch {os.getpid()}\n"
        self.environment = {"GIT_INDEX_FILE": str(self._copy)}
        """For the git commands, and hooks, that shall see the copy."""

    @property
    def files(self) -> dict[str, str]:
        """What is made to hold the index, as Intent.own has it."""
        copies = (self._copy, self._copy.with_name(self._copy.name + ".lock"), self._made)
        return {str(self._lock): self._token} | {str(path): ANYTHING for path in copies}

    def acquire(self) -> None:
        """Make the lock, with the token in it from the start. Raises Locked."""
        self._made.write_text(self._token)
        end = time.monotonic() + _PATIENCE
        while not _linked(self._made, self._lock, self._token):
            if time.monotonic() > end:
                raise Locked(
                    "Another git process holds the index; nothing was changed.",
                    cause=f"{str(self._lock)!r} exists.",
                    hint="If no git process runs any more, remove that file and try again.",
                )
            time.sleep(0.02)

    def release(self) -> None:
        """Let others have the index again."""
        stale.clear_own(self.files)

    def renew(self) -> None:
        """Take a new copy of the index; what was done to the old one is forgotten."""
        self.discard()
        if self._index.exists():
            # With its time: from that git tells which files it has to compare by content.
            shutil.copy2(self._index, self._copy)

    def discard(self) -> None:
        """Remove the copy."""
        self._copy.with_name(self._copy.name + ".lock").unlink(missing_ok=True)
        self._copy.unlink(missing_ok=True)

    def publish(self) -> None:
        """Make the copy the index. It stays held."""
        self._refresh()
        if self._copy.exists():
            self._copy.replace(self._index)

    def run(self, *arguments: str, stdin: bytes = b"") -> bytes:
        """What a git command prints that works on the copy. Raises GitFailed."""
        return self._repository.git.run(*arguments, stdin=stdin, environment=self.environment, keeps_lock=True)

    def _refresh(self) -> None:
        self._repository.git.ask("update-index", "-q", "--refresh", environment=self.environment, keeps_lock=True)

    def changed(self, tree: Oid, paths: Sequence[bytes]) -> list[bytes]:
        """Those of `paths` whose staged or work-tree content is not that of `tree`; of a submodule, what is staged.

        Raises WorkInProgress if the index holds conflicts, wherever they are.
        """
        self._refresh()
        staged = self.run("diff-index", "--cached", "--name-only", "-z", "--no-renames", "--no-ext-diff", tree)
        unstaged = self.run("diff-files", "--name-status", "-z", "--no-ext-diff", "--ignore-submodules=all")
        dirty = set(staged.split(b"\0"))
        fields = iter(unstaged.split(b"\0")[:-1])
        for kind, path in zip(fields, fields, strict=True):
            if kind == b"U":
                raise WorkInProgress(
                    f"The index holds a conflict in {os.fsdecode(path)!r}; nothing was changed.",
                    hint="Resolve it, and say so with `git add`.",
                )
            dirty.add(path)
        return [path for path in paths if path in dirty]

    def move(self, before: Oid, after: Oid) -> None:
        """Take index and work tree from one tree to another; what does not differ between them stays as it is.

        Raises GitFailed where uncommitted work is in the way.
        """
        self.run("read-tree", "-m", "-u", "--no-recurse-submodules", before, after)

    def conflict(self, stages: Mapping[bytes, Stages]) -> None:
        """Hold the three versions of each path in stages 1 to 3."""
        self._show(stages)
        self.run("update-index", "-z", "--index-info", stdin=b"".join(_stage_lines(stages, self._zeros())))

    def _show(self, paths: Iterable[bytes]) -> None:
        """Write the files that a sparse checkout left out."""
        entries, _ = self.entries(paths)
        hidden = [path for path, entry in entries.items() if entry.mode != SUBMODULE and not self._stands(path)]
        if hidden:
            names = b"".join(path + b"\0" for path in hidden)
            self.run("update-index", "--no-skip-worktree", "-z", "--stdin", stdin=names)
            self.run("checkout-index", "-q", "-u", "-z", "--stdin", stdin=names)

    def _stands(self, path: bytes) -> bool:
        return os.path.lexists(self._repository.work_tree / os.fsdecode(path))

    def put_back(self, entries: Mapping[bytes, Entry | None], *, anew: bool = False) -> None:
        """Set the entries of paths, or remove them, where they are not as asked; the files stand there already.

        With `anew` all are set, so that git looks at the files again: by a file's size alone it takes one for changed.
        """
        now, unmerged = self.entries(entries)
        lines, hidden = [], []
        for path, entry in entries.items():
            if now.get(path) == entry and path not in unmerged and not anew:
                continue
            lines.append(b"0 %b\t%b\0" % (self._zeros(), path))
            if entry is not None:
                lines.append(b"%b %b\t%b\0" % (entry.mode.encode(), entry.oid.encode(), path))
                if entry.mode != SUBMODULE and not self._stands(path):
                    hidden.append(path + b"\0")
        if lines:
            self.run("update-index", "-z", "--index-info", stdin=b"".join(lines))
        if hidden:
            # A file that is tracked and not there had been left out by a sparse checkout.
            self.run("update-index", "--skip-worktree", "-z", "--stdin", stdin=b"".join(hidden))

    def entries(self, paths: Iterable[bytes]) -> tuple[dict[bytes, Entry], list[bytes]]:
        """The staged entry of each path, and the paths that are unmerged."""
        asked = list(paths)
        # A file may be called `*` or `:(top)`, so paths are taken to the letter.
        environment = self.environment | {"GIT_LITERAL_PATHSPECS": "1"}
        listing = b""
        for at in range(0, len(asked), _ARGUMENTS):
            names = [os.fsdecode(path) for path in asked[at : at + _ARGUMENTS]]
            listing += self._repository.git.run("ls-files", "--stage", "-z", "--", *names, environment=environment)
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

    def _zeros(self) -> bytes:
        return b"0" * (64 if self._repository.store.algorithm == "sha256" else 40)


def _stage_lines(stages: Mapping[bytes, Stages], zeros: bytes) -> Iterator[bytes]:
    for path, versions in stages.items():
        yield b"0 %b\t%b\0" % (zeros, path)
        for number, entry in enumerate((versions.base, versions.ours, versions.theirs), 1):
            if entry is not None:
                yield b"%b %b %d\t%b\0" % (entry.mode.encode(), entry.oid.encode(), number, path)


@contextmanager
def held_index(repository: Repository) -> Iterator[HeldIndex]:
    """Hold the index against every other git process. Raises Locked if one holds it and does not let go."""
    held = HeldIndex(repository, index_path(repository))
    guard = repository.git.guard
    with guard.doing(own=held.files) if guard else nullcontext():
        try:
            held.acquire()
            held.renew()
            yield held
        finally:
            with uninterrupted():
                held.release()


def index_path(repository: Repository) -> Path:
    """Where the index of this work tree is."""
    path = repository.git.run("rev-parse", "--git-path", "index").rstrip(b"\n")
    return repository.work_tree / os.fsdecode(path)


def _linked(made: Path, lock: Path, token: str) -> bool:
    """Give the file `made` the name of the lock as well, unless that exists."""
    try:
        lock.hardlink_to(made)
    except FileExistsError:
        return False
    except OSError:
        # A file system without hard links.
        try:
            stream = lock.open("x")
        except FileExistsError:
            return False
        try:
            with stream:
                stream.write(token)
        except BaseException:
            lock.unlink()
            raise
    return True
