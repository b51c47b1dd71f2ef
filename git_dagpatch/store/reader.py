"""What the backends have in common: contents by id, with trees kept as they were parsed."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod

from git_dagpatch.model.errors import MissingObject, UnsupportedRepository
from git_dagpatch.model.objects import Entries, Objects, Oid, missing_object, parse_tree

_KEPT_TREES = 4096
_KEPT_BLOBS = 16_000_000
"""Bytes of the blobs that were read last: who compares versions of a file asks for them several times."""
_OIDS = {"sha1": re.compile("[0-9a-f]{40}"), "sha256": re.compile("[0-9a-f]{64}")}


class Reader(ABC):
    """Reads objects. What is no id of this repository's algorithm names none of them."""

    def __init__(self, algorithm: str) -> None:
        self.algorithm = algorithm
        self._trees: dict[Oid, Entries] = {}
        self._blobs: dict[Oid, bytes] = {}
        self._size = 0

    def blob(self, oid: Oid) -> bytes:
        content = self._blobs.get(oid)
        if content is None:
            content = self._content(oid, "blob")
            if self._size + len(content) > _KEPT_BLOBS:
                self._blobs.clear()
                self._size = 0
            if len(content) <= _KEPT_BLOBS:
                self._blobs[oid] = content
                self._size += len(content)
        return content

    def entries(self, oid: Oid) -> Entries:
        entries = self._trees.get(oid)
        if entries is None:
            if len(self._trees) >= _KEPT_TREES:
                self._trees.clear()
            entries = self._trees[oid] = parse_tree(self._content(oid, "tree"), self.algorithm)
        return entries

    def _content(self, oid: Oid, wanted: str) -> bytes:
        if not self._is_oid(oid):
            raise missing_object(oid)
        kind, content = self._read(oid)
        if kind != wanted:
            raise MissingObject(f"The object {oid} is a {kind}, where a {wanted} is needed.")
        return content

    def _is_oid(self, text: str) -> bool:
        return _OIDS[self.algorithm].fullmatch(text) is not None

    def _check_algorithm(self, objects: Objects) -> None:
        """Raise UnsupportedRepository for objects whose ids this repository cannot hold."""
        if objects.algorithm != self.algorithm:
            raise UnsupportedRepository(
                f"Objects named by {objects.algorithm} cannot be kept where {self.algorithm} names them."
            )

    @abstractmethod
    def _read(self, oid: Oid) -> tuple[str, bytes]:
        """The kind and content of an object. Raises MissingObject, or GitFailed for a damaged one."""
