"""Patches between texts, carried out on other texts."""

from __future__ import annotations

from git_dagpatch.engine.factor import factor
from git_dagpatch.engine.plan import plan
from git_dagpatch.model.objects import Objects, Together
from git_dagpatch.model.patch import Metadata
from git_dagpatch.model.plan import Plan, Reach
from git_dagpatch.model.strategy import MergeOptions, Strategy
from git_dagpatch.model.tree import Tree
from tests.trees import text, tree_of

Texts = dict[str, str]


def merged(base: Texts, target: Texts, theirs: Texts, strategy: Strategy = Strategy.MANUAL) -> Plan:
    """The patch from `base` to `theirs`, on `target`."""
    trees = [
        tree_of({path.encode(): text(content.encode()) for path, content in files.items()})
        for files in (base, target, theirs)
    ]
    objects = Objects(Together(*(tree.source for tree in trees)))
    before, onto, after = (Tree(objects, tree.id) for tree in trees)
    return plan(factor(before, after, Metadata()), before, onto, objects, MergeOptions(strategy))


def texts(tree: Tree) -> Texts:
    return {path.decode(): tree.read(path).decode() for path, _ in tree.files()}


def lines(found: Plan, reaches: list[Reach]) -> list[str]:
    """What stands at the places that are told."""
    return [texts(found.tree)[reach.path.decode()].split("\n")[reach.line - 1].strip() for reach in reaches]


def both_ways(base: Texts, refactored: Texts, other: Texts) -> Plan:
    """The merge of two changes of `base`, the first of which renames; the other way round gives the same."""
    one = merged(base, {**base, **other}, {**base, **refactored})
    swapped = merged(base, {**base, **refactored}, {**base, **other})
    assert bool(one.conflicts) == bool(swapped.conflicts)
    if one.conflicts:
        return one
    assert one.tree.id == swapped.tree.id
    assert [(reach.path, reach.line) for reach in one.reached] == [(r.path, r.line) for r in swapped.reached]
    assert [(reach.path, reach.line) for reach in one.unreached] == [(r.path, r.line) for r in swapped.unreached]
    return one
