"""Syntax trees of Python texts. Parsing costs more than all else that is asked, so the last trees are kept."""

from __future__ import annotations

import ast
import warnings
from collections import OrderedDict

_KEPT = 1_500_000
"""Bytes of source whose trees are kept; a tree takes about a hundred times as much."""


class _Trees:
    """The trees of the texts that were asked for last."""

    def __init__(self) -> None:
        self._trees: OrderedDict[bytes, ast.Module | None] = OrderedDict()
        self._size = 0

    def of(self, text: bytes) -> ast.Module | None:
        if text in self._trees:
            self._trees.move_to_end(text)
            return self._trees[text]
        tree = parsed(text)
        if len(text) <= _KEPT:
            self._trees[text] = tree
            self._size += len(text)
        while self._size > _KEPT:
            self._size -= len(self._trees.popitem(last=False)[0])
        return tree


_trees = _Trees()


def syntax_tree(text: bytes) -> ast.Module | None:
    """The syntax tree of `text`, or None if Python does not take it. It is shared: nobody may change it."""
    return _trees.of(text)


def parsed(text: bytes) -> ast.Module | None:
    """A syntax tree of `text` of the caller's own, or None if Python does not take it."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
