"""What was found in the texts that were asked about last."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

_T = TypeVar("_T")


class Kept(Generic[_T]):
    """A function of a text that remembers its last answers, of texts with so many bytes together."""

    def __init__(self, find: Callable[[bytes], _T], limit: int) -> None:
        self._find = find
        self._limit = limit
        self._found: OrderedDict[bytes, _T] = OrderedDict()
        self._size = 0

    def __call__(self, text: bytes) -> _T:
        if text in self._found:
            self._found.move_to_end(text)
            return self._found[text]
        found = self._find(text)
        if len(text) <= self._limit:
            self._found[text] = found
            self._size += len(text)
        while self._size > self._limit:
            self._size -= len(self._found.popitem(last=False)[0])
        return found
