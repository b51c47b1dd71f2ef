"""What a side of a merge did to lines of a file, in words: those of the operations that a patch of it would have."""

from __future__ import annotations

from collections.abc import Sequence

from git_dagpatch.engine.execute import weave_in
from git_dagpatch.engine.factor import factor
from git_dagpatch.model.codec import dag
from git_dagpatch.model.dag import members
from git_dagpatch.model.objects import FILE, Entry, Objects
from git_dagpatch.model.patch import Metadata
from git_dagpatch.model.tree import Tree, empty_tree

LONGEST = 200_000
"""Bytes of a text about which nothing is said any more."""
_MOST = 3
"""Operations that are told of one place."""


def what_was_done(
    path: bytes, before: bytes | None, after: bytes | None, places: Sequence[tuple[int, int]]
) -> list[list[str]]:
    """For each of `places`, first and last byte (exclusive) of `after`: what was done there, the first things of it.

    A version that is None is no file.
    """
    if before is None or after is None:
        said = "Add the file" if before is None and after is not None else "Delete the file"
        return [[said] for _ in places]
    if before == after or max(len(before), len(after)) > LONGEST:
        return [[] for _ in places]
    objects = Objects()
    empty = Tree(objects, empty_tree(objects).id)
    one, other = (empty.with_changes(objects, {path: Entry(FILE, objects.add_blob(text))}) for text in (before, after))
    operations = factor(one, other, Metadata()).operations
    graph = dag(operations)
    lineages = weave_in(operations, graph, one, graph.everything)
    (life,) = lineages.lives(graph.everything, objects)
    found = []
    for start, end in places:
        done = [operations[number] for number in members(lineages.authors(life, start, end, graph.everything))]
        found.append(list(dict.fromkeys(str(one.description or one.type) for one in done))[:_MOST])
    return found
