"""One state of a set of lineages, as operations read it."""

from __future__ import annotations

from git_dagpatch.engine.lineage import Lineages


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
