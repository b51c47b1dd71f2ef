"""Formatters that the reader has configured, as discovery sees them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, Protocol

from git_dagpatch.model.tree import Tree


class Formatted(NamedTuple):
    """What a formatter made."""

    version: str
    """The formatter's own."""
    texts: Mapping[bytes, bytes]
    """Path → text, of the files that it could read."""


class Formatter(Protocol):
    """A program that lays code out."""

    @property
    def name(self) -> str:
        """As the operation calls it."""

    def format(self, texts: Mapping[bytes, bytes], tree: Tree) -> Formatted | None:
        """What it makes of the `texts` of the files at these paths, with the settings in `tree`; None if it fails."""


class Formatting(NamedTuple):
    """Which formatters there are, asked only where one may explain something, and whose settings they read."""

    formatters: Callable[[], Sequence[Formatter]]
    tree: Tree
