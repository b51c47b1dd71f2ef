"""What applying a patch would do: a value that prints, and that nothing was changed for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from git_dagpatch.model.conflict import Conflict, Stages
from git_dagpatch.model.tree import Tree


class Settlement(Struct, frozen=True):
    """Places of a file that both sides changed, and that were settled all the same."""

    path: bytes
    step: str
    """What is certain about them, or the policy that decided."""
    places: int
    advice: str = ""
    """What is left to do by hand."""


class Reach(Struct, frozen=True):
    """A line of the result in which one side names what the other one renamed."""

    path: bytes
    line: int
    """From 1."""
    operation: str
    """The id of the patch's operation, or which rename of the target it is."""


class Doubt(Struct, frozen=True):
    """A file whose lines go together, so that git merges it in the same way, though something speaks against that."""

    path: bytes
    fault: str
    """What that is, as a phrase."""


class Plan(Struct, frozen=True):
    """The outcome of replaying a patch on a target."""

    target: Tree
    tree: Tree
    """The result; files in conflict hold markers."""
    conflicts: Sequence[Conflict]
    stages: Mapping[bytes, Stages]
    """Path → versions, for each path in conflict."""
    settled: Sequence[Settlement] = ()
    reached: Sequence[Reach] = ()
    """Where a name was changed to the new one, which neither side has there."""
    unreached: Sequence[Reach] = ()
    """Where the old name may mean something else, so that it was left alone."""
    doubts: Sequence[Doubt] = ()

    @property
    def changes_nothing(self) -> bool:
        """Whether all that the patch does is there already."""
        return not self.conflicts and self.tree.id == self.target.id
