"""Recorded patches: ``refs/dagpatch/patches``, a tree that fans out by id and only grows.

``ab/cdef…/patch.json`` is a patch's document, ``ab/cdef…/base`` the files of base that it touches, so that they survive
garbage collection and travel along. Two sides merge by union, without conflict.
"""

from __future__ import annotations

import re

from git_dagpatch.model.errors import MissingObject, Refused, UnknownRevision
from git_dagpatch.model.objects import Entries, Oid
from git_dagpatch.model.tree import Tree
from git_dagpatch.store.names import PATCHES
from git_dagpatch.store.protocol import Store

_PREFIX = re.compile("[0-9a-f]{4,40}")


def is_prefix(text: str) -> bool:
    """Whether `text` could be the start of a patch's id."""
    return _PREFIX.fullmatch(text) is not None


def find(store: Store, prefix: str) -> list[str]:
    """The ids of recorded patches that start with `prefix`."""
    fan = _fan_out(store).get(prefix[:2].encode())
    if fan is None or not is_prefix(prefix):
        return []
    names = (prefix[:2] + name.decode() for name in store.entries(fan.oid))
    return sorted(name for name in names if name.startswith(prefix))


def read(store: Store, identity: str) -> bytes | None:
    """The document of a recorded patch; None if there is none, or what stands there is damaged."""
    root = _root(store)
    try:
        return Tree(store, root).read(place_of(identity) + b"/patch.json") if root else None
    except (MissingObject, Refused):
        return None


def place_of(identity: str) -> bytes:
    """The directory of a patch in the tree."""
    return f"{identity[:2]}/{identity[2:]}".encode()


def _root(store: Store) -> Oid:
    try:
        return store.tree(PATCHES)
    except UnknownRevision:
        return ""


def _fan_out(store: Store) -> Entries:
    root = _root(store)
    return store.entries(root) if root else {}
