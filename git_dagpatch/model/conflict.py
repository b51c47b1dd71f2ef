"""A conflict: a value that says where two changes meet and why neither was taken."""

from __future__ import annotations

from dataclasses import dataclass

from git_dagpatch.model.objects import Entry


@dataclass(frozen=True, slots=True)
class Conflict:
    """One place at which patch and target collide."""

    path: bytes
    operation: str
    """Id of the patch's operation."""
    reason: str
    lines: tuple[int, int] | None = None
    """First and last line of the markers in the merged file, from 1; None where the whole file is meant."""


@dataclass(frozen=True, slots=True)
class Stages:
    """The three versions of a file in conflict, as git's index holds them in stages 1 to 3."""

    base: Entry | None
    ours: Entry | None
    theirs: Entry | None


@dataclass(frozen=True, slots=True)
class Marked:
    """A conflict in a text, between its markers."""

    text: bytes
    """All of it, markers included."""
    ours: bytes
    theirs: bytes
    base: bytes | None
    """None where the style of the markers does not show it."""
    labels: tuple[str, str]
    """What is behind the first marker, and behind the last."""
    first_line: int
    """From 1."""
    last_line: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """A place in the work tree that waits to be decided."""

    number: int
    """Counted from 1, over all files, in the order of their paths."""
    path: bytes
    symbol: str
    """What the place belongs to, empty where that is not known."""
    conflict: Marked | None
    """None where the file is to be taken whole, from one side or the other."""
    stages: frozenset[str]
    """Which versions the index holds: 1 is the base, 2 ours, 3 theirs."""


@dataclass(frozen=True, slots=True)
class Resolved:
    """What was decided in one file."""

    path: bytes
    places: int
    left: int
    """How many places of the file still wait; it is staged when there are none."""
