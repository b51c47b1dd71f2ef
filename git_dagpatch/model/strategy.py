"""How conflicts are decided and written."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Strategy(StrEnum):
    """Decides conflicts, and nothing else."""

    MANUAL = "manual"
    OURS = "ours"
    THEIRS = "theirs"
    UNION = "union"


class ConflictStyle(StrEnum):
    """How markers are written; git's ``merge.conflictStyle``."""

    MERGE = "merge"
    DIFF3 = "diff3"
    ZDIFF3 = "zdiff3"


@dataclass(frozen=True, slots=True)
class Labels:
    """What stands behind the markers."""

    ours: str = "ours"
    base: str = "base"
    theirs: str = "theirs"


@dataclass(frozen=True, slots=True)
class MergeOptions:
    """How conflicts are decided and shown."""

    strategy: Strategy = Strategy.MANUAL
    style: ConflictStyle = ConflictStyle.MERGE
    labels: Labels = field(default_factory=Labels)
