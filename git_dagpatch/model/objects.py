"""git's objects as values: blobs, entries of trees, and the protocol that contents come through."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from contextlib import suppress
from typing import NamedTuple, Protocol

from git_dagpatch.model.errors import MissingObject

Oid = str
"""An object id in hexadecimal: 40 digits in a SHA-1 repository, 64 in a SHA-256 one."""

DIRECTORY = "40000"
FILE = "100644"
EXECUTABLE = "100755"
SYMLINK = "120000"
SUBMODULE = "160000"


class Entry(NamedTuple):
    """One line of a tree. `mode` is written as git stored it, so that old, odd spellings survive."""

    mode: str
    oid: Oid

    @property
    def is_directory(self) -> bool:
        return self.mode.lstrip("0") == DIRECTORY


Entries = Mapping[bytes, Entry]
"""Name → entry, in the order in which git stored them."""


class BlobSource(Protocol):
    """Where contents come from: a repository, or objects held in memory."""

    @property
    def algorithm(self) -> str:
        """`sha1` or `sha256`."""

    def blob(self, oid: Oid) -> bytes:
        """The content of a blob. Raises MissingObject."""

    def entries(self, oid: Oid) -> Entries:
        """The entries of a tree. Raises MissingObject."""


def missing_object(oid: Oid) -> MissingObject:
    """The error for an object that is not here."""
    return MissingObject(
        f"The object {oid} is not in this repository.",
        hint="Fetch the history that the patch was made from, or use a patch in tar form.",
    )


def hash_object(kind: str, data: bytes, algorithm: str) -> Oid:
    """The id that git gives to an object."""
    digest = hashlib.new(algorithm, f"{kind} {len(data)}\0".encode())
    digest.update(data)
    return digest.hexdigest()


def tree_bytes(entries: Entries) -> bytes:
    """A tree object's content. git sorts directories as if their names ended in a slash."""
    ordered = sorted(entries.items(), key=lambda item: item[0] + b"/" if item[1].is_directory else item[0])
    return b"".join(b"%b %b\0%b" % (e.mode.encode(), name, bytes.fromhex(e.oid)) for name, e in ordered)


def parse_tree(data: bytes, algorithm: str) -> dict[bytes, Entry]:
    """The entries of a tree object's content."""
    width = hashlib.new(algorithm).digest_size
    entries: dict[bytes, Entry] = {}
    position, end = 0, len(data)
    while position < end:
        space = data.index(b" ", position)
        zero = data.index(b"\0", space)
        entries[data[space + 1 : zero]] = Entry(data[position:space].decode(), data[zero + 1 : zero + 1 + width].hex())
        position = zero + 1 + width
    return entries


class Together:
    """Several sources as one; each object comes from the first that has it."""

    def __init__(self, first: BlobSource, *others: BlobSource) -> None:
        self._sources = (first, *others)

    @property
    def algorithm(self) -> str:
        return self._sources[0].algorithm

    def blob(self, oid: Oid) -> bytes:
        for source in self._sources[:-1]:
            with suppress(MissingObject):
                return source.blob(oid)
        return self._sources[-1].blob(oid)

    def entries(self, oid: Oid) -> Entries:
        for source in self._sources[:-1]:
            with suppress(MissingObject):
                return source.entries(oid)
        return self._sources[-1].entries(oid)


class Objects:
    """New objects held in memory over a source; nothing is written until someone asks for it.

    `new` maps each new object's id to its kind and content, children before the trees that hold them.
    """

    def __init__(self, source: BlobSource | None = None, algorithm: str = "sha1") -> None:
        self._source = source
        self._algorithm = source.algorithm if source else algorithm
        self._entries: dict[Oid, Entries] = {hash_object("tree", b"", self._algorithm): {}}
        """Of the trees that are new, and of the empty one."""
        self.new: dict[Oid, tuple[str, bytes]] = {}

    @property
    def algorithm(self) -> str:
        return self._algorithm

    def blob(self, oid: Oid) -> bytes:
        found = self.new.get(oid)
        return found[1] if found else self._below(oid).blob(oid)

    def entries(self, oid: Oid) -> Entries:
        found = self._entries.get(oid)
        return found if found is not None else self._below(oid).entries(oid)

    def add_blob(self, data: bytes) -> Oid:
        return self.add("blob", data)

    def add(self, kind: str, data: bytes) -> Oid:
        """Keep an object of any kind."""
        oid = hash_object(kind, data, self._algorithm)
        self.new[oid] = (kind, data)
        return oid

    def add_tree(self, entries: Entries) -> Oid:
        oid = self.add("tree", tree_bytes(entries))
        self._entries[oid] = entries
        return oid

    def _below(self, oid: Oid) -> BlobSource:
        if self._source is None:
            raise missing_object(oid)
        return self._source
