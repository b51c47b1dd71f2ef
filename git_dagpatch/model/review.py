"""A review: what there is to read of a patch, operation by operation, in reading order. The values of ``review``.

All texts are as they stand in commits: whoever prints them has to make them harmless first.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

import msgspec

FORMAT = "dagpatch-review/1"


class Concern(StrEnum):
    """What an operation is to its reader, the most important first. What is not shown to be less is `BEHAVIOUR`."""

    BEHAVIOUR = "behaviour"
    """What the program does may change."""
    SETTINGS = "settings"
    """How the project is built, packaged or checked changes: files of such names, comments that control tools."""
    TESTS = "tests"
    """Only files of tests change."""
    DOCUMENTS = "documents"
    """What people read changes: files of documents, or proved to be docstrings alone."""
    REFACTORING = "refactoring"
    """The same code under another name, at another place, in another order: proved, in the files that it touches."""
    PROVED = "proved"
    """It is proved that the program does the same as before."""


class Side(StrEnum):
    """The tree that a place is in."""

    BASE = "base"
    RESULT = "result"


class Place(msgspec.Struct, frozen=True):
    """A line that can be gone to."""

    path: str
    line: int
    """From 1."""
    side: Side
    """The result, but for what is gone from it."""


class Segment(msgspec.Struct, frozen=True, array_like=True):
    """A stretch of a line: ``[text, changed]``."""

    text: str
    changed: bool
    """Whether it differs from the line beside it."""


class Line(msgspec.Struct, frozen=True):
    """A line of a file, without its end."""

    number: int
    """From 1, in the state that the dependencies leave; of a new line, with the operation executed."""
    segments: tuple[Segment, ...]
    ended: bool = True
    """Whether a newline ends it; False of the last line of some files."""

    @property
    def text(self) -> str:
        """The whole line."""
        return "".join(segment.text for segment in self.segments)


class Row(msgspec.Struct, frozen=True):
    """What stands beside each other: a line that stays, one that is replaced, or one that only goes or comes."""

    old: Line | None
    new: Line | None

    @property
    def is_context(self) -> bool:
        """Whether the line stays as it is."""
        return (
            self.old is not None
            and self.new is not None
            and self.old.ended == self.new.ended
            and not any(segment.changed for line in (self.old, self.new) for segment in line.segments)
        )


class Hunk(msgspec.Struct, frozen=True):
    """Changed lines with some around them."""

    place: Place
    """Where its first change is."""
    places: int
    """How many of the card's places it shows."""
    symbol: str
    """The definition around that; empty at the top level, or where it is not known."""
    to_read: bool
    """False of what is folded away, because it is proved to be like another hunk, or to be what the card says."""
    rows: tuple[Row, ...]


class FileDiff(msgspec.Struct, frozen=True):
    """One file of an operation."""

    path: str
    """In the state that the dependencies leave; of a new file, where it comes to stand."""
    language: str
    """``plain`` if it is not known."""
    note: str
    """What becomes of the file besides its text; empty where nothing does."""
    removed: int
    """Lines."""
    added: int
    hunks: tuple[Hunk, ...]
    """Empty where none were asked for, and of content that is not text."""


class Journey(msgspec.Struct, frozen=True):
    """Both ends of a move or a copy."""

    source: Place
    target: Place
    lines: int
    """How many move."""


class Card(msgspec.Struct, frozen=True):
    """One operation as a reviewer meets it."""

    id: str
    kind: str
    headline: str
    """A sentence without a full stop."""
    intent: str
    tags: tuple[str, ...]
    domains: tuple[str, ...]
    concern: Concern
    breaking: bool | None
    """Whether others may have to change because of it; None where that is not known."""
    confidence: float
    proof: str
    """What was proved here, a sentence without a full stop; empty if nothing was."""
    holds: bool
    """Whether it was proved here that it is what it says, whatever that means for the program."""
    doubts: tuple[str, ...]
    """Of what moved or was copied as it stood: the names that may mean something else there."""
    target: str
    """The file or symbol that it is about, as documents write it."""
    depends_on: tuple[str, ...]
    because: dict[str, str]
    """Id of a dependency → why it is one, where that is known."""
    inside: tuple[str, ...]
    """Ids of the moves and copies in whose text it changes something."""
    lines_to_read: int
    """By the rule of ``stats``."""
    folded: str
    """Why its lines need not be read, or not all of them; empty if they have to be."""
    places: tuple[Place, ...]
    """Each line that it strikes, once."""
    files: tuple[FileDiff, ...]
    journey: Journey | None = None
    """Only of moves and copies."""


class Verdict(msgspec.Struct, frozen=True):
    """What a reviewer wants to know first."""

    operations: int
    concerns: dict[Concern, int]
    """Concern → how many operations; all of them, in the order of importance."""
    breaking: int
    """How many operations may make others change."""
    lines_to_read: int
    diff_lines: int
    """Added and removed lines of a diff of the same files."""
    files: int
    """How many files the patch touches."""

    @property
    def changes_behaviour(self) -> bool:
        return self.concerns[Concern.BEHAVIOUR] > 0


class Origin(msgspec.Struct, frozen=True):
    """Where what is reviewed comes from. Fields are empty where that is not told."""

    patch: str
    commit: str
    author: str
    date: str
    message: str


class Review(msgspec.Struct, frozen=True, kw_only=True):
    """A whole patch."""

    format: str = FORMAT
    origin: Origin
    base: str
    """Tree id of the state before."""
    result: str
    """Tree id of the state after."""
    verdict: Verdict
    cards: tuple[Card, ...]
    """In reading order."""


class Detail(NamedTuple):
    """How much a review shall hold."""

    folded: bool = True
    """The hunks of what need not be read, too."""
    context: int | None = None
    """Lines around a change; None for what helps to read it: up to 3 of the same definition, none around imports."""
