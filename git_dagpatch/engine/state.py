"""One state of a set of lineages, as operations read it."""

from __future__ import annotations

from collections.abc import Sequence

from git_dagpatch.engine.lineage import Lineages
from git_dagpatch.model.operation import Operation


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

    @property
    def base(self) -> State:
        return State(self._lineages, 0)

    @property
    def result(self) -> State:
        return State(self._lineages, self._lineages.everything)

    @property
    def operations(self) -> Sequence[Operation]:
        return self._lineages.operations
