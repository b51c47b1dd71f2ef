"""What an operation does to files, said in positions and bytes: the form that everything is executed in.

An effect is expressed in one state of the files; the same operation has another effect in another state.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias


class Span(NamedTuple):
    """Replace the bytes from `start` to `end` (exclusive) by `insert`."""

    start: int
    end: int
    insert: bytes

    @property
    def growth(self) -> int:
        """By how many bytes the text gets longer."""
        return len(self.insert) - self.end + self.start


@dataclass(frozen=True, slots=True)
class Rewrite:
    """The text of a file changes at `spans`: in order, apart from each other by at least one byte."""

    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Appear:
    """A file comes into being where none was."""

    mode: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Vanish:
    """A file goes."""


@dataclass(frozen=True, slots=True)
class SetMode:
    """The mode of a file changes."""

    mode: str


@dataclass(frozen=True, slots=True)
class Relocate:
    """A file goes to `target`, with its content and mode, whatever these are then."""

    target: bytes


@dataclass(frozen=True, slots=True)
class SpellDirectory:
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
