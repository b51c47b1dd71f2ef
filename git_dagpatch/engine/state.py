"""One state of a set of lineages, as operations read it."""

from __future__ import annotations

from git_dagpatch.engine.execute import weave_in
from git_dagpatch.engine.lineage import Lineages
from git_dagpatch.model.codec import dag
from git_dagpatch.model.patch import Patch
from git_dagpatch.model.tree import Tree


class State:
    """The files under the operations of a mask; contents that were read are kept."""

    def __init__(self, lineages: Lineages, mask: int) -> None:
        self._lineages = lineages
        self.mask = mask
        self._texts: dict[bytes, bytes] = {}

    def read(self, path: bytes) -> bytes:
        text = self._texts.get(path)
        if text is None:
            text = self._texts[path] = self._lineages.read(path, self.mask)
        return text

    def mode(self, path: bytes) -> str:
        return self._lineages.mode(path, self.mask)


def state_before(patch: Patch, base: Tree, number: int) -> State:
    """What the dependencies of an operation leave."""
    graph = dag(patch.operations)
    closure = graph.closures[number]
    return State(weave_in(patch.operations, graph, base, closure), closure)
