"""The bytes of work-tree files before they change, kept in git's object database, and put back from there."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path

from git_dagpatch.model.objects import Objects
from git_dagpatch.model.paths import decode, encode, parents
from git_dagpatch.model.record import Kept, Snapshot
from git_dagpatch.store.protocol import Store


def take(work_tree: Path, paths: Iterable[bytes], objects: Objects) -> Snapshot:
    """Keep the files at `paths`; their contents go to `objects`."""
    return {encode(path): _keep(work_tree / os.fsdecode(path), objects) for path in paths}


def _keep(place: Path, objects: Objects) -> Kept | None:
    try:
        mode = place.lstat().st_mode
        if stat.S_ISLNK(mode):
            return Kept("symlink", objects.add_blob(os.fsencode(place.readlink())))
        if stat.S_ISREG(mode):
            return Kept("executable" if mode & stat.S_IXUSR else "file", objects.add_blob(place.read_bytes()))
    except (FileNotFoundError, NotADirectoryError):
        pass
    # A directory, of a submodule or of untracked files, is never written nor removed.
    return None


def put_back(work_tree: Path, snapshot: Mapping[str, Kept | None], store: Store) -> None:
    """Make the files at the paths of `snapshot` what they were; each is replaced whole."""
    for name in sorted(snapshot, key=lambda name: snapshot[name] is not None):
        kept, path = snapshot[name], decode(name)
        place = work_tree / os.fsdecode(path)
        if kept is None:
            _remove(work_tree, path)
            continue
        place.parent.mkdir(parents=True, exist_ok=True)
        if _stands(place, kept, store):
            continue
        temporary = place.with_name(f".dagpatch-{os.getpid()}")
        temporary.unlink(missing_ok=True)
        content = store.blob(kept.oid)
        if kept.kind == "symlink":
            temporary.symlink_to(os.fsdecode(content))
        else:
            temporary.write_bytes(content)
            mode = place.stat().st_mode if place.is_file() else 0o666 & ~_umask()
            executable = (mode | (mode & 0o444) >> 2) if kept.kind == "executable" else mode & ~0o111
            temporary.chmod(executable)
        temporary.replace(place)


def _stands(place: Path, kept: Kept, store: Store) -> bool:
    now = _keep(place, Objects(store))
    return now == kept


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


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
