"""Where the lines of a file come from, as a value."""

from __future__ import annotations

from typing import NamedTuple

from git_dagpatch.model.objects import Oid


class Origin(NamedTuple):
    """A file of a commit."""

    commit: Oid
    path: bytes


class LookedThrough(NamedTuple):
    """What one commit did to a line without changing what it says."""

    commit: Oid
    operations: tuple[str, ...]
    """What each operation did, in a sentence."""


class BlamedLine(NamedTuple):
    """The commit that a line comes from."""

    origin: Origin
    line: int
    """Its number there, from 0; of a line that was laid out otherwise since, where its text stood."""
    looked_through: tuple[LookedThrough, ...]
    """The latest first."""


class Blame(NamedTuple):
    """The origins of lines of a file."""

    origin: Origin
    """The file that was asked about."""
    text: bytes
    lines: dict[int, BlamedLine]
    """By number, from 0; those that were asked for."""
    previous: dict[Origin, Origin]
    """Origin → what the file was in the commit's first parent that has it."""
    boundaries: frozenset[Oid]
    """The commits beyond which nothing was looked for."""
