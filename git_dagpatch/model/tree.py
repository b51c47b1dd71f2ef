"""A tree of files: immutable, read on demand, changed in one pass through a builder."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping

from msgspec import Struct

from git_dagpatch.model.errors import WrongBase
from git_dagpatch.model.objects import DIRECTORY, SUBMODULE, BlobSource, Entry, Objects, Oid
from git_dagpatch.model.paths import encode

_SUBMODULE_TEXT = b"Subproject commit "


def read_entry(source: BlobSource, entry: Entry) -> bytes:
    """The content of a file; of a submodule, the line that git's own diff shows for it."""
    if entry.mode == SUBMODULE:
        return _SUBMODULE_TEXT + entry.oid.encode() + b"\n"
    return source.blob(entry.oid)


def make_entry(objects: Objects, mode: str, content: bytes) -> Entry:
    """The entry for `content`, which is kept in `objects`. Raises WrongBase for a submodule that names no commit."""
    if mode != SUBMODULE:
        return Entry(mode, objects.add_blob(content))
    oid = content.removeprefix(_SUBMODULE_TEXT).strip().decode("ascii", "replace")
    width = hashlib.new(objects.algorithm).digest_size * 2
    if len(oid) != width or any(digit not in "0123456789abcdef" for digit in oid):
        raise WrongBase(
            "A submodule of the patch names no commit that this repository could hold.",
            cause=f"Its content is {content[:80]!r}.",
        )
    return Entry(mode, oid)


class Tree(Struct, frozen=True):
    """path → entry, below one tree object of a source."""

    source: BlobSource
    id: Oid

    def entry(self, path: bytes) -> Entry | None:
        """What stands at `path`, a directory included, or None."""
        oid = self.id
        *directories, name = path.split(b"/")
        for directory in directories:
            entry = self.source.entries(oid).get(directory)
            if entry is None or not entry.is_directory:
                return None
            oid = entry.oid
        return self.source.entries(oid).get(name)

    def file(self, path: bytes) -> Entry | None:
        """What stands at `path` unless it is a directory, or None."""
        entry = self.entry(path)
        return None if entry is None or entry.is_directory else entry

    def read(self, path: bytes) -> bytes:
        """The content of the file at `path`. Raises WrongBase if there is none."""
        entry = self.file(path)
        if entry is None:
            raise WrongBase(f"There is no file {encode(path)!r} in the tree {self.id[:12]}.")
        return read_entry(self.source, entry)

    def files(self, below: bytes = b"") -> Iterator[tuple[bytes, Entry]]:
        """Every file under the directory `below`, with its path, in git's order."""
        top = self.entry(below) if below else Entry(DIRECTORY, self.id)
        stack: list[Iterator[tuple[bytes, Entry]]] = []
        if top is not None and top.is_directory:
            stack.append(self._children(below, top.oid))
        while stack:
            found = next(stack[-1], None)
            if found is None:
                stack.pop()
            elif found[1].is_directory:
                stack.append(self._children(found[0], found[1].oid))
            else:
                yield found

    def _children(self, below: bytes, oid: Oid) -> Iterator[tuple[bytes, Entry]]:
        prefix = below + b"/" if below else b""
        return ((prefix + name, entry) for name, entry in self.source.entries(oid).items())

    def with_changes(
        self, objects: Objects, changes: Mapping[bytes, Entry | None], spellings: Mapping[bytes, str] | None = None
    ) -> Tree:
        """This tree with each path of `changes` set, or removed where the entry is None.

        `spellings` says how the modes of directories are written, where not as before. Directories that become empty
        go; new tree objects are kept in `objects`. Raises WrongBase if a file stands where a directory is needed, or
        the other way round.
        """
        pending: dict[int, dict[bytes, dict[bytes, Entry | None]]] = {}
        for path, entry in changes.items():
            directory, _, name = path.rpartition(b"/")
            pending.setdefault(_depth(directory), {}).setdefault(directory, {})[name] = entry
        spelled = spellings or {}
        for path in spelled:
            pending.setdefault(_depth(path), {}).setdefault(path, {})
        if not pending:
            return Tree(objects, self.id)
        root: Entry | None = None
        emptied: set[bytes] = set()
        for depth in range(max(pending), -1, -1):
            for directory, names in pending.get(depth, {}).items():
                old = self.entry(directory) if directory else Entry(DIRECTORY, self.id)
                made = self._directory(objects, directory, old, names, emptied)
                if made is not None and directory in spelled:
                    made = Entry(spelled[directory], made.oid)
                if depth == 0:
                    root = made
                    continue
                above, _, name = directory.rpartition(b"/")
                siblings = pending.setdefault(depth - 1, {}).setdefault(above, {})
                if made is not None:
                    if siblings.get(name, None if _is_directory(old) else old) is not None:
                        raise WrongBase(f"{encode(directory)!r} would be a file and a directory at once.")
                    siblings[name] = made
                elif _is_directory(old):
                    emptied.add(directory)
                    siblings.setdefault(name, None)
        return Tree(objects, root.oid if root else objects.add_tree({}))

    def _directory(
        self,
        objects: Objects,
        path: bytes,
        old: Entry | None,
        changes: Mapping[bytes, Entry | None],
        emptied: set[bytes],
    ) -> Entry | None:
        """The directory `path`, so far `old`, after `changes` of its own names, or None if nothing is left in it."""
        entries: dict[bytes, Entry] = {}
        if old is not None and old.is_directory:
            entries.update(self.source.entries(old.oid))
        mode = old.mode if old is not None and old.is_directory else DIRECTORY
        for name, entry in changes.items():
            if entry is None:
                entries.pop(name, None)
                continue
            was = entries.get(name)
            place = path + b"/" + name if path else name
            if was is not None and was.is_directory and not entry.is_directory and place not in emptied:
                raise WrongBase(f"A directory stands at {encode(place)!r}, where a file would be written.")
            entries[name] = entry
        return Entry(mode, objects.add_tree(entries)) if entries else None


def _is_directory(entry: Entry | None) -> bool:
    return entry is not None and entry.is_directory


def _depth(directory: bytes) -> int:
    return directory.count(b"/") + 1 if directory else 0


def empty_tree(source: BlobSource | None = None, algorithm: str = "sha1") -> Tree:
    """The tree with no files, over `source` or on its own."""
    objects = Objects(source, algorithm)
    return Tree(objects, objects.add_tree({}))
