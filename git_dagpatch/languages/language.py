"""What a language answers about a text."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple, Protocol


class Outline:
    """Which symbol each line of a text belongs to.

    Built from sections: (first line, symbol), in order, the first at line 0. A symbol is a qualified name, empty for
    the top level.
    """

    def __init__(self, sections: Sequence[tuple[int, str]]) -> None:
        self._starts = [start for start, _ in sections]
        self._symbols = [symbol for _, symbol in sections]

    def symbol_at(self, line: int) -> str:
        """The symbol of `line`, counted from 0."""
        return self._symbols[bisect_right(self._starts, line) - 1]

    def section_at(self, line: int) -> int:
        """A number that two lines share if no other symbol stands between them."""
        return bisect_right(self._starts, line)


class Definition(NamedTuple):
    """A class, function or method."""

    name: str
    """Qualified, as in ``Class.method``."""
    kind: str
    start: int
    """First line from 0, decorators included."""
    end: int
    """The line after the last."""


class Language(Protocol):
    """A language as the other layers see it."""

    name: str

    def outline(self, text: bytes) -> Outline | None:
        """Which symbol each line belongs to; None where the language has no symbols, so that blank lines divide."""

    def keeps_meaning(self, before: bytes, after: bytes) -> bool:
        """Whether it is proved that `after` means what `before` means. False where there is no such proof."""

    def parses(self, text: bytes) -> bool:
        """Whether `text` is well formed; True where the language cannot tell."""
