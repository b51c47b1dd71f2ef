"""What became of the commits and operations of one series in another: the values of range-diff."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple, TypeAlias

from msgspec import Struct

from git_dagpatch.model.objects import Oid
from git_dagpatch.model.operation import Operation


class Word(NamedTuple):
    """A stretch of a line."""

    mark: str
    """``-`` for what was there, ``+`` for what is there now, empty for both."""
    text: str


class RowKind(StrEnum):
    OLD = "was"
    """The line is in the old one only."""
    NEW = "now"
    """The line is in the new one only."""
    BOTH = "both"
    """The line is in both, maybe with other words."""
    SKIPPED = "skipped"
    """Lines that are the same in both and not shown; the only word says how many."""


class Row(NamedTuple):
    """A line of a comparison."""

    kind: RowKind
    words: tuple[Word, ...]


class Compared(Struct, frozen=True):
    """An operation, and the number of its commit in its series, from 1."""

    operation: Operation
    commit: int


class Same(Struct, frozen=True):
    """The same transform at the same place."""

    old: Compared
    new: Compared


class Elsewhere(Struct, frozen=True):
    """The same transform, but not at the same places."""

    old: Compared
    new: Compared
    places: tuple[str, ...]
    """What differs about where it is, in sentences without a full stop."""


class Changed(Struct, frozen=True):
    """What the one does in another way in the other."""

    old: Compared
    new: Compared
    rows: tuple[Row, ...]
    place: str = ""
    """Where the old one was, if that was elsewhere."""


class OnlyOld(Struct, frozen=True):
    """Nothing in the new series is like it."""

    old: Compared
    content: tuple[str, ...]
    """Its lines, each with ``+``, ``-`` or ``@`` (a file) before it."""


class OnlyNew(Struct, frozen=True):
    """Nothing in the old series is like it."""

    new: Compared
    content: tuple[str, ...]


Fate: TypeAlias = Same | Elsewhere | Changed | OnlyOld | OnlyNew


class Entry(NamedTuple):
    """A commit or a patch of a series."""

    number: int
    """From 1."""
    commit: Oid
    """Empty for a patch that was made of none."""
    patch: str
    subject: str


class CommitPair(Struct, frozen=True):
    """A commit and what became of it; one side is None where it has no counterpart."""

    old: Entry | None
    new: Entry | None
    message: tuple[Row, ...]
    """How author and message differ; empty where they do not."""
    fates: tuple[Fate, ...]

    @property
    def same(self) -> bool:
        """Whether nothing at all differs."""
        return (
            self.old is not None
            and self.new is not None
            and not self.message
            and all(
                isinstance(fate, Same) and (fate.old.commit, fate.new.commit) == (self.old.number, self.new.number)
                for fate in self.fates
            )
        )
