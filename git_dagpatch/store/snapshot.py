"""The bytes of work-tree files before they change, kept in git's object database, and put back from there."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path

from git_dagpatch.model.errors import FileExists
from git_dagpatch.model.objects import Objects
from git_dagpatch.model.paths import decode, encode, parents
from git_dagpatch.model.record import Kept, Snapshot
from git_dagpatch.store.repository import Repository


def take(work_tree: Path, paths: Iterable[bytes], objects: Objects) -> Snapshot:
    """Keep the files at `paths`; their contents go to `objects`."""
    return {encode(path): _keep(work_tree / os.fsdecode(path), objects) for path in paths}


def _keep(place: Path, objects: Objects) -> Kept | None:
    try:
        mode = place.lstat().st_mode
        if stat.S_ISLNK(mode):
            return Kept("symlink", objects.add_blob(os.fsencode(place.readlink())))
        if stat.S_ISREG(mode):
            return Kept("file", objects.add_blob(place.read_bytes()), mode & 0o777)
    except (FileNotFoundError, NotADirectoryError):
        pass
    # A directory, of a submodule or of untracked files, is never written nor removed.
    return None


def left_over(work_tree: Path, paths: Iterable[bytes]) -> list[bytes]:
    """Those of `paths` at which a file or symlink stands, under that very name."""
    return [path for path in paths if not _leads_away(work_tree, path) and _stands(work_tree / os.fsdecode(path))]


def _stands(place: Path) -> bool:
    try:
        # Where case does not count, a file of nearly the same name is another one.
        return not stat.S_ISDIR(place.lstat().st_mode) and place in place.parent.iterdir()
    except (FileNotFoundError, NotADirectoryError):
        return False


def put_back(repository: Repository, snapshot: Mapping[str, Kept | None]) -> None:
    """Make the files at the paths of `snapshot` what they were; each is replaced whole.

    Raises FileExists where something that is no file stands in the way.
    """
    for name in sorted(snapshot, key=lambda name: snapshot[name] is not None):
        kept, path = snapshot[name], decode(name)
        place = repository.work_tree / os.fsdecode(path)
        if _leads_away(repository.work_tree, path) or (kept and place.is_dir() and not place.is_symlink()):
            if kept is None:
                continue
            raise FileExists(f"A directory or symlink is in the way of {name!r}.", hint="Move it away, and try again.")
        if kept is None:
            _remove(repository.work_tree, path)
        elif _keep(place, Objects(repository.store)) != kept:
            _write(repository, place, kept)


def _leads_away(work_tree: Path, path: bytes) -> bool:
    """Whether what is above `path` is no directory of the work tree itself."""
    above = [work_tree / os.fsdecode(parent) for parent in parents(path)]
    return any(place.is_symlink() or (place.exists() and not place.is_dir()) for place in above)


def _write(repository: Repository, place: Path, kept: Kept) -> None:
    content = repository.store.blob(kept.oid)
    repository.own_dir.mkdir(exist_ok=True)
    place.parent.mkdir(parents=True, exist_ok=True)
    made = repository.own_dir / "restored"
    _make(made, kept, content)
    try:
        made.replace(place)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        # The repository lies on another file system.
        made.unlink()
        _make(place, kept, content)


def _make(place: Path, kept: Kept, content: bytes) -> None:
    place.unlink(missing_ok=True)
    if kept.kind == "symlink":
        place.symlink_to(os.fsdecode(content))
    else:
        place.write_bytes(content)
        place.chmod(kept.permissions)


def _remove(work_tree: Path, path: bytes) -> None:
    place = work_tree / os.fsdecode(path)
    if place.is_dir() and not place.is_symlink():
        return
    place.unlink(missing_ok=True)
    for directory in parents(path):
        try:
            (work_tree / os.fsdecode(directory)).rmdir()
        except OSError:
            return
