"""What elsewhere uses what a patch changes. The values of ``review --impact`` and ``--affected-tests``."""

from __future__ import annotations

import msgspec

FORMAT = "dagpatch-impact/1"


class Caller(msgspec.Struct, frozen=True):
    """A line that uses something that changes."""

    path: str
    line: int
    """From 1, in the result."""
    symbol: str
    """The definition that the line is in; empty at the top level."""
    certain: bool
    """Whether the name there resolves to what changes; else it only has the name."""


class Changed(msgspec.Struct, frozen=True):
    """A definition that changes, and who uses it."""

    path: str
    symbol: str
    """Its qualified name."""
    line: int
    """From 1; in base, of one that is gone."""
    gone: bool
    """Whether the result has it no more."""
    callers: tuple[Caller, ...]


class Impact(msgspec.Struct, frozen=True, kw_only=True):
    """What a patch may change elsewhere."""

    format: str = FORMAT
    changed: tuple[Changed, ...]
    tests: tuple[str, ...]
    """Files and node ids that pytest takes, in order."""
    known: int
    """How many tests were found, each parametrized one counted once."""
    reasons: tuple[str, ...]
    """Why all of the tests are listed, if so."""
