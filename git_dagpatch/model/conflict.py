"""A conflict: a value that says where two changes meet and why neither was taken."""

from __future__ import annotations

from enum import StrEnum
from typing import TypeAlias

from msgspec import Struct

from git_dagpatch.model.objects import Entry
from git_dagpatch.model.paths import encode
from git_dagpatch.model.strategy import Strategy

Intents: TypeAlias = tuple[tuple[str, ...], tuple[str, ...]]
"""What ours and theirs did there, in words."""


class Conflict(Struct, frozen=True):
    """One place at which patch and target collide."""

    path: bytes
    operation: str
    """Id of the patch's operation."""
    reason: str
    lines: tuple[int, int] | None = None
    """First and last line of the markers in the merged file, from 1; None where the whole file is meant."""
    symbol: str = ""
    """What the place belongs to, empty where that is not known."""
    intents: Intents = ((), ())
    proposals: tuple[Proposal, ...] = ()


class Stages(Struct, frozen=True):
    """The three versions of a file in conflict, as git's index holds them in stages 1 to 3."""

    base: Entry | None
    ours: Entry | None
    theirs: Entry | None


class Marked(Struct, frozen=True):
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


class State(StrEnum):
    """What became of a conflict since the merge left it."""

    WAITS = "waits"
    """It stands as it was left."""
    EDITED = "edited"
    """Something in it was changed by hand, and markers or the question remain."""
    DECIDED = "decided"
    """No marker is left of it."""
    UNCLEAR = "unclear"
    """Its markers cannot be told from the text of the file."""


class Proposal(Struct, frozen=True):
    """What is likely to be meant where sides collide. It is taken only if a person says so."""

    label: str
    """Which rule says so: the name of a step or policy, `lines`, `words`, `change` or `deletion`."""
    text: bytes
    """What would stand there."""
    instead: bytes
    """What stands there on our side."""
    first_line: int
    """The lines of what the merge left (from 1, inclusive) in whose place `text` comes, markers included."""
    last_line: int
    advice: str = ""
    """What is left to do by hand then."""
    side: Strategy | None = None
    """Where the file is taken whole: which side that is."""


class Waiting(Struct, frozen=True):
    """A place in the work tree that waits to be decided."""

    number: int
    """Counted from 1, over all files that the merge left in conflict, in the order of their paths, decided or not."""
    path: bytes
    symbol: str
    """What the place belongs to, empty where that is not known."""
    conflict: Marked | None
    """As the merge left it; None where the file is to be taken whole, from one side or the other."""
    stages: frozenset[str]
    """Which versions the index holds: 1 is the base, 2 ours, 3 theirs."""
    state: State
    lines: tuple[int, int] | None = None
    """First and last line in the file now, from 1; None where the whole file is meant."""
    intents: Intents = ((), ())
    proposals: tuple[Proposal, ...] = ()
    """Numbered from 1 for whoever chooses."""

    @property
    def name(self) -> str:
        """What the place is called as long as the merge is not over: path, and line in what the merge left."""
        return encode(self.path) + (f":{self.conflict.first_line}" if self.conflict else "")


class Resolved(Struct, frozen=True):
    """What was decided in one file."""

    path: bytes
    places: int
    left: int
    """How many places of the file still wait."""
    markers: tuple[int, ...] = ()
    """Lines, from 1, that look like markers and keep the file from being staged."""

    @property
    def staged(self) -> bool:
        """Whether nothing of the file waits any more."""
        return not self.left and not self.markers
