"""How conflicts are decided and written."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from msgspec import Struct, field

MARKER_SIZE = 7
"""Characters of a conflict marker, where nothing says otherwise."""


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


class Policy(StrEnum):
    """A team's rule for what is not certain; each is taken only where it is asked for."""

    VERSION = "version"
    """Of the versions of the project, in lines that differ in them alone, the higher."""
    PINS = "pins"
    """Of the versions of an action, hook or requirement, the higher."""
    IMPORTS = "imports"
    """Blocks of imports as sets: what either side added, without what either took away."""
    LIST = "list"
    """Authors, ignored files, requirements: the lines of both."""
    MEMBERS = "members"
    """Definitions and elements of lists of strings that both added at one place: both, ours first."""
    TOKENS = "tokens"
    """Words of one statement or setting that the sides changed without overlap."""
    CHANGELOG = "changelog"
    """Entries of both, ours first; no heading is doubled."""
    LOCKFILE = "lockfile"
    """A file that a package manager writes: ours, which has to be written again."""
    BACKPORT = "backport"
    """On a branch that left the patch's earlier: the patch alone, without what came between."""


class Labels(Struct, frozen=True):
    """What stands behind the markers."""

    ours: str = "ours"
    base: str = "base"
    theirs: str = "theirs"


class MergeOptions(Struct, frozen=True):
    """How conflicts are decided and shown."""

    strategy: Strategy = Strategy.MANUAL
    style: ConflictStyle = ConflictStyle.MERGE
    labels: Labels = field(default_factory=Labels)
    policies: frozenset[Policy] = frozenset()
    """Those for every file."""
    attributes: Callable[[bytes], frozenset[Policy]] | None = None
    """Path → those for this file besides."""
    marker_size: Callable[[bytes], int] = lambda _: MARKER_SIZE
    """Path → characters of a marker in this file."""

    def policies_for(self, path: bytes) -> frozenset[Policy]:
        """The policies that decide about the file at `path`."""
        return self.policies | (self.attributes(path) if self.attributes else frozenset())
