"""Unified diffs and mails as patches on the tree that the patches before them leave."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from git_dagpatch.engine.plan import plan
from git_dagpatch.interchange.patches import is_diff, patches_from_text
from git_dagpatch.model.errors import NotARepository, Refused, UnbornBranch
from git_dagpatch.model.objects import Objects, Oid, Together
from git_dagpatch.model.strategy import MergeOptions, Strategy
from git_dagpatch.model.tree import Tree, empty_tree
from git_dagpatch.porcelain.sources import Based, Document
from git_dagpatch.store.protocol import Store

__all__ = ["Texts", "is_diff"]


class Texts:
    """The diffs and mails of one call, each read on what the patches before it make of `target`, or of HEAD."""

    def __init__(self, store: Store | None, target: Tree | None) -> None:
        self._store = store
        self._target = target
        self._objects: Objects | None = None

    def read(self, document: Document, earlier: Sequence[Based]) -> list[Based]:
        """The patches in `document`; `earlier` are those of other documents that came since the last one was read.

        Raises NotARepository outside of a repository, and what `patches_from_text` raises.
        """
        if self._store is None:
            raise NotARepository(
                f"What {document.name} changes can be told in a repository only: a diff does not bring its base."
            )
        target = self._after(earlier, self._store)
        assert self._objects is not None
        found = patches_from_text(document.data, target, self._find_blob, objects=self._objects, now=_now())
        self._target = Tree(self._objects, found[-1].patch.result)
        return [Based(one.patch, one.base, tuple(one.differing)) for one in found]

    def _after(self, earlier: Sequence[Based], store: Store) -> Tree:
        """What `earlier` make of the tree so far. Where they conflict with it, their side counts: it is what they say
        that the next diff was made on, and the conflict is told when they are applied."""
        target = self._target or _head(store)
        for based in earlier:
            objects = Objects(Together(based.base.source, target.source))
            target = plan(based.patch, based.base, Tree(objects, target.id), objects, _THEIRS).tree
        if self._objects is None or earlier:
            self._objects = Objects(target.source)
        return Tree(self._objects, target.id)

    def _find_blob(self, prefix: str) -> Oid | None:
        assert self._store is not None
        try:
            oid = self._store.resolve(f"{prefix}^{{blob}}")
        except Refused:
            return None
        # A ref may be named like the start of an id.
        return oid if oid.startswith(prefix) else None


_THEIRS = MergeOptions(Strategy.THEIRS)


def _now() -> bytes:
    """The date, as git stores it, of a mail that has none."""
    now = datetime.now().astimezone()
    return f"{int(now.timestamp())} {now:%z}".encode()


def _head(store: Store) -> Tree:
    try:
        return Tree(store, store.tree("HEAD"))
    except UnbornBranch:
        return empty_tree(store)
