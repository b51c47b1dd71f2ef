"""What stands in the way of changing files: uncommitted work, and what git does not track."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from git_dagpatch.model.errors import DirtyPaths
from git_dagpatch.model.objects import SUBMODULE
from git_dagpatch.model.paths import encode, parents
from git_dagpatch.model.tree import Tree
from git_dagpatch.store.index import HeldIndex
from git_dagpatch.store.repository import Repository

_LISTED = 10


def refuse_obstacles(
    repository: Repository, index: HeldIndex, before: Tree, after: Tree, paths: Sequence[bytes]
) -> None:
    """Raise DirtyPaths unless `paths` are as in `before`, staged and in the work tree, and free for `after`."""
    dirty = index.changed(before.id, paths)
    if dirty:
        raise DirtyPaths(
            "Uncommitted changes stand in files that would change; nothing was changed.",
            cause=_listing(dirty),
            hint="Commit or stash them first.",
        )
    found = (place for path in paths for place in _untracked(repository, before, after, path))
    blocked = list(dict.fromkeys(found))
    if blocked:
        raise DirtyPaths(
            "Files that git does not track stand where files would be written; nothing was changed.",
            cause=_listing(blocked),
            hint="Move them away first.",
        )


def _untracked(repository: Repository, before: Tree, after: Tree, path: bytes) -> Iterator[bytes]:
    """What git does not track, ignored or not, and stands at `path`, above it or below it, where a file shall stand."""
    entry, wanted = before.file(path), after.file(path)
    if wanted is None:
        return
    if entry is not None:
        if entry.mode == SUBMODULE != wanted.mode:
            yield from _files_below(repository, path)
        return
    for above in reversed(parents(path)):
        mode = _mode(repository, above)
        if mode is None or not stat.S_ISDIR(mode):
            if mode is not None and before.file(above) is None:
                yield above
            return
    mode = _mode(repository, path)
    if mode is None:
        return
    if not stat.S_ISDIR(mode):
        yield path
    elif wanted.mode != SUBMODULE:
        # Of a submodule, git makes no more than its directory.
        yield from _in_directory(repository, before, path)


def _in_directory(repository: Repository, before: Tree, path: bytes) -> Iterator[bytes]:
    """What is not tracked in a directory that goes; the directory itself where nothing in it is tracked."""
    if before.entry(path) is None:
        yield path
        return
    yield from (place for place in _files_below(repository, path) if before.file(place) is None)


def _mode(repository: Repository, path: bytes) -> int | None:
    try:
        return (repository.work_tree / os.fsdecode(path)).lstat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return None


def _files_below(repository: Repository, path: bytes) -> Iterator[bytes]:
    """All that is no directory, below the directory `path`."""
    for directory, directories, files in os.walk(repository.work_tree / os.fsdecode(path)):
        here = Path(directory)
        links = [name for name in directories if (here / name).is_symlink()]
        for name in (*files, *links):
            yield os.fsencode((here / name).relative_to(repository.work_tree))


def _listing(paths: Sequence[bytes]) -> str:
    shown = ", ".join(encode(path) for path in paths[:_LISTED])
    return shown + (f" and {len(paths) - _LISTED} more" if len(paths) > _LISTED else "")
