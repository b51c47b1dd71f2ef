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
