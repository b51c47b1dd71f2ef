"""Where files and lines of base and the two sides stand in the result of a merge."""

from __future__ import annotations

from typing import NamedTuple

from msgspec import Struct, field

from git_dagpatch.model.plan import Reach

OURS, THEIRS = 1, 2
"""The sides, as `Texts` and `Standing` have them; what is left of 3 is the other one."""


class Standing(NamedTuple):
    """Where base and the sides have a file of the result; None where one has it not."""

    base: bytes | None
    ours: bytes | None
    theirs: bytes | None


class Place(NamedTuple):
    """A line of the result, from 0, and by how much it is further in than where it came from."""

    path: bytes
    line: int
    shift: int


class Landed(NamedTuple):
    """A moved definition that has the other side's change, at its new place."""

    source: bytes
    name: str
    """Qualified, at the old place."""
    path: bytes
    line: int
    """From 1."""
    mover: int


class Replayed(Struct):
    """What replay makes of a merged tree."""

    texts: dict[bytes, bytes] = field(default_factory=dict)
    """Path → what it holds now, of the files that a rename reached."""
    reached: list[Reach] = field(default_factory=list)
    unreached: list[Reach] = field(default_factory=list)
    unproved: list[bytes] = field(default_factory=list)
    """Files merged under renames, in which a name does not mean then what it shall."""
