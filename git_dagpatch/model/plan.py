"""What applying a patch would do: a value that prints, and that nothing was changed for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from git_dagpatch.model.conflict import Conflict, Stages
from git_dagpatch.model.tree import Tree


@dataclass(frozen=True, slots=True)
class Plan:
    """The outcome of replaying a patch on a target."""

    target: Tree
    tree: Tree
    """The result; files in conflict hold markers."""
    conflicts: Sequence[Conflict]
    stages: Mapping[bytes, Stages]
    """Path → versions, for each path in conflict."""

    @property
    def changes_nothing(self) -> bool:
        """Whether all that the patch does is there already."""
        return not self.conflicts and self.tree.id == self.target.id
