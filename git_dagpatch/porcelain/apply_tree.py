"""apply-tree: what a patch makes of another tree, without touching refs or work tree."""

from __future__ import annotations

from functools import partial

from msgspec.structs import replace

from git_dagpatch.engine.plan import plan
from git_dagpatch.model.objects import Objects
from git_dagpatch.model.plan import Plan
from git_dagpatch.model.strategy import MergeOptions
from git_dagpatch.model.tree import Tree
from git_dagpatch.porcelain.fork import fork_of
from git_dagpatch.porcelain.policies import marker_size, policies_by_attributes
from git_dagpatch.porcelain.sources import Based
from git_dagpatch.store.protocol import Store


def apply_tree(based: Based, treeish: str, store: Store, options: MergeOptions, *, propose: bool = False) -> Plan:
    """The plan of `based` on `treeish`; its objects are written. With `propose`, conflicts have what may be meant."""
    objects = Objects(based.base.source)
    options = replace(options, attributes=policies_by_attributes(store), marker_size=marker_size(store))
    fork = partial(fork_of, based, treeish, store)
    outcome = plan(based.patch, based.base, Tree(objects, store.tree(treeish)), objects, options, fork)
    if isinstance(based.base.source, Objects):
        store.write(based.base.source)
    store.write(objects)
    if not outcome.conflicts:
        return outcome
    # Loaded here, because there is nothing to explain of most merges.
    from git_dagpatch.porcelain.explain import explained

    return explained(outcome, based.patch, options, propose=propose)
