"""What an operation does to files, said in positions and bytes: the form that everything is executed in.

An effect is expressed in one state of the files; the same operation has another effect in another state.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, TypeAlias

from msgspec import Struct


class Span(NamedTuple):
    """Replace the bytes from `start` to `end` (exclusive) by `insert`."""

    start: int
    end: int
    insert: bytes

    @property
    def growth(self) -> int:
        """By how many bytes the text gets longer."""
        return len(self.insert) - self.end + self.start


class Rewrite(Struct, frozen=True):
    """The text of a file changes at `spans`: in order, apart from each other by at least one byte."""

    spans: tuple[Span, ...]


class Appear(Struct, frozen=True):
    """A file comes into being where none was."""

    mode: str
    content: bytes


class Vanish(Struct, frozen=True):
    """A file goes."""


class SetMode(Struct, frozen=True):
    """The mode of a file changes."""

    mode: str


class Relocate(Struct, frozen=True):
    """A file goes to `target`, with its content and mode, whatever these are then."""

    target: bytes


class SpellDirectory(Struct, frozen=True):
    """A directory's mode is written otherwise. Old programs wrote ``040000``, and the tree's id depends on it."""

    mode: str


FileChange: TypeAlias = Rewrite | Appear | Vanish | SetMode | Relocate
Change: TypeAlias = FileChange | SpellDirectory

Effect: TypeAlias = Mapping[bytes, Change]
"""Path → what happens to the file there. A relocation stands under the path that the file leaves."""


def rewrite(text: bytes, spans: tuple[Span, ...]) -> bytes:
    """`text` after `spans`, which lie inside it, in order."""
    pieces: list[bytes] = []
    position = 0
    for start, end, insert in spans:
        pieces += (text[position:start], insert)
        position = end
    pieces.append(text[position:])
    return b"".join(pieces)
