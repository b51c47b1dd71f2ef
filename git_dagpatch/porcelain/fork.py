"""Where the history of a target left that of the commit that a patch was made of."""

from __future__ import annotations

from git_dagpatch.model.errors import Refused
from git_dagpatch.model.objects import Oid
from git_dagpatch.model.tree import Tree
from git_dagpatch.porcelain.sources import Based
from git_dagpatch.store.protocol import Store


def fork_of(based: Based, target: Oid, store: Store) -> Tree | None:
    """The tree of the last commit that the patch's base and the commit `target` both come of.

    None where the target comes of base itself, or where the patch's commit is not here.
    """
    named = based.patch.metadata.commit
    if not isinstance(named, str):
        return None
    try:
        parents = store.commit(named).parents
        before = store.commit(parents[0]) if parents else None
        here = store.commit(target)
    except Refused:
        return None
    if before is None or before.tree != based.patch.base:
        return None
    found = store.merge_base(before.oid, here.oid)
    return Tree(store, store.commit(found).tree) if found is not None and found != before.oid else None
