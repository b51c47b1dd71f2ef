"""The files that a check looks at: those of the index, or those of a work tree or plain directory.

Both kinds pickle, so that processes can share the work.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

from msgspec import Struct

from git_dagpatch.languages.python_modules import Modules
from git_dagpatch.model.errors import MissingObject, NotARepository, Refused
from git_dagpatch.model.objects import SUBMODULE, SYMLINK, Entry, Oid
from git_dagpatch.porcelain.repository import Store, open_store
from git_dagpatch.store.command import Git
from git_dagpatch.store.staged import index_entries, sizes, staged_files, work_tree_files

_NOT_SOURCE = {".git", "__pycache__", "node_modules"}


class File(NamedTuple):
    """A file to be checked."""

    root: Path
    """The top of its tree, absolute."""
    path: bytes
    """From there."""
    size: int
    """In bytes."""
    oid: Oid | None = None
    """Its staged content; None in a work tree."""
    before: Oid | None = None
    """Its content in HEAD, where it is staged."""

    @property
    def place(self) -> Path:
        """Its path, absolute."""
        return self.root / os.fsdecode(self.path)


class Contents(Protocol):
    def read(self, file: File) -> bytes:
        """What is in `file`. Raises OSError, MissingObject."""

    def committed(self, file: File) -> bytes | None:
        """What was in it before, where that is known."""

    def modules(self, root: Path) -> Modules:
        """The Python modules of the tree with its top at `root`."""


class StagedContents(Struct, frozen=True):
    """The index of a repository. `entries` are all of its files, or none if no modules will be asked for."""

    store: Store
    entries: Mapping[bytes, Entry]

    def read(self, file: File) -> bytes:
        assert file.oid is not None
        return self.store.blob(file.oid)

    def committed(self, file: File) -> bytes | None:
        return None if file.before is None else self.store.blob(file.before)

    def modules(self, root: Path) -> Modules:
        links = {path for path, entry in self.entries.items() if entry.mode in (SYMLINK, SUBMODULE)}
        return Modules(self.entries.keys() - links, self._read_path, links)

    def _read_path(self, path: bytes) -> bytes | None:
        try:
            return self.store.blob(self.entries[path].oid)
        except MissingObject:
            return None


def staged(store: Store, *, modules: bool) -> tuple[list[File], StagedContents]:
    """The files that the next commit adds or changes, and their contents. Raises Refused in a bare repository."""
    if store.work_tree is None:
        raise Refused("This repository is bare: nothing is staged in it.", hint="Name files or directories.")
    git = Git(store.git_dir, store.work_tree)
    root = Path(store.work_tree).resolve()
    found = staged_files(git)
    lengths = sizes(git, [file.oid for file in found])
    files = [File(root, path, size, oid, before) for (path, oid, before), size in zip(found, lengths, strict=True)]
    return files, StagedContents(store, index_entries(git) if modules else {})


class WorkTreeContents(Struct, frozen=True):
    """Files as they are on disk. `trees` has the paths of each tree, or nothing if no modules will be asked for."""

    trees: Mapping[Path, Sequence[bytes]]

    def read(self, file: File) -> bytes:
        return file.place.read_bytes()

    def committed(self, file: File) -> bytes | None:
        return None

    def modules(self, root: Path) -> Modules:
        def read(path: bytes) -> bytes | None:
            try:
                return (root / os.fsdecode(path)).read_bytes()
            except OSError:
                return None

        places = {path: root / os.fsdecode(path) for path in self.trees[root]}
        # A submodule is a directory.
        links = {path for path, place in places.items() if place.is_symlink() or place.is_dir()}
        return Modules(places.keys() - links, read, links)


def on_disk(arguments: Iterable[Path], *, modules: bool) -> tuple[list[File], WorkTreeContents]:
    """The files that `arguments` name, those of directories as git lists them, and their contents."""
    trees = _Trees()
    found: dict[tuple[Path, bytes], File] = {}
    for argument in arguments:
        for root, path in trees.files(argument):
            found.setdefault((root, path), File(root, path, (root / os.fsdecode(path)).stat().st_size))
    roots = {root for root, _ in found} if modules else set()
    return [*found.values()], WorkTreeContents({root: trees.listing(root) for root in roots})


class _Trees:
    """The trees that files lie in: the work tree of a repository or, outside of one, a directory."""

    def __init__(self) -> None:
        self._gits: dict[Path, Git] = {}
        self._root_of: dict[Path, Path | None] = {}

    def files(self, argument: Path) -> Iterator[tuple[Path, bytes]]:
        """Tree and path of the file `argument`, or of each file below the directory."""
        # The last part may be a link to a file, which keeps its name.
        place = argument.absolute()
        place = place.parent.resolve() / place.name
        if not place.is_dir():
            root = self._root(place.parent) or _outermost(place.parent)
            yield root, _relative(place, root)
            return
        place = place.resolve()
        root = self._root(place) or place
        for path in self.listing(root, place):
            full = root / os.fsdecode(path)
            if full.is_file() and not full.is_symlink():
                yield root, path

    def listing(self, root: Path, below: Path | None = None) -> list[bytes]:
        """The paths of the files of the tree `root`, or only of those in the directory `below`."""
        git = self._gits.get(root)
        if git is None:
            return [_relative(place, root) for place in _walk(below or root)]
        return work_tree_files(git, b"" if below in (None, root) else _relative(below, root))

    def _root(self, directory: Path) -> Path | None:
        """The top of the work tree that `directory` lies in, if it lies in one."""
        if directory not in self._root_of:
            known = (root for root in self._gits if directory.is_relative_to(root))
            self._root_of[directory] = next(known, None) or self._opened(directory)
        return self._root_of[directory]

    def _opened(self, directory: Path) -> Path | None:
        try:
            store = open_store(str(directory))
        except NotARepository:
            return None
        root = Path(store.work_tree).resolve() if store.work_tree else None
        if root is None or not directory.is_relative_to(root):
            return None
        self._gits[root] = Git(store.git_dir, store.work_tree)
        return root


def _relative(place: Path, root: Path) -> bytes:
    return os.fsencode(place.relative_to(root))


def _outermost(directory: Path) -> Path:
    """`directory`, or the first above it that is no Python package."""
    while (directory / "__init__.py").exists():
        directory = directory.parent
    return directory


def _walk(directory: Path) -> Iterator[Path]:
    """Every file below `directory` but those of git, of caches and of what package managers bring."""
    for above, directories, names in os.walk(directory):
        directories[:] = sorted(
            name for name in directories if name not in _NOT_SOURCE and not (Path(above) / name / "pyvenv.cfg").exists()
        )
        yield from (Path(above) / name for name in sorted(names))
