"""A plan while it is made."""

from __future__ import annotations

from msgspec import Struct, field

from git_dagpatch.engine.inputs import Inputs
from git_dagpatch.engine.lineage import Life
from git_dagpatch.engine.placed import Landed, Place, Standing
from git_dagpatch.model.conflict import Conflict, Stages
from git_dagpatch.model.objects import Entry
from git_dagpatch.model.plan import Doubt, Reach, Settlement
from git_dagpatch.model.strategy import Strategy


class Draft(Struct):
    """What becomes of the files, as far as that is decided."""

    inputs: Inputs
    changes: dict[bytes, Entry | None] = field(default_factory=dict)
    conflicts: list[Conflict] = field(default_factory=list)
    stages: dict[bytes, Stages] = field(default_factory=dict)
    settled: list[Settlement] = field(default_factory=list)
    doubts: list[Doubt] = field(default_factory=list)
    standings: dict[bytes, Standing] = field(default_factory=dict)
    """Path in the result → where base and the sides have the file, of those that the patch touches."""
    disputed: set[bytes] = field(default_factory=set)
    """The files whose lines conflict, whatever the strategy makes of that, or that are gone where they were changed."""
    clean: dict[bytes, bytes] = field(default_factory=dict)
    """Path → what became of a file that both sides changed, where nothing is left open."""
    stirred: set[bytes] = field(default_factory=set)
    """Those of them in which a side has definitions in another order, or has not all."""
    moved_lines: dict[tuple[int, bytes, int], Place] = field(default_factory=dict)
    """Side, path in the result and line of what stands elsewhere then → where."""
    landed: list[Landed] = field(default_factory=list)
    along: list[Reach] = field(default_factory=list)
    """The files that went with a directory."""

    def conflict(
        self,
        life: Life,
        path: bytes,
        reason: str,
        stages: Stages,
        authors: int = 0,
        lines: tuple[int, int] | None = None,
    ) -> None:
        """Take note of a conflict about a file, or about lines of it, which `authors` brought."""
        operation = next(self.inputs.ids(authors or life.operations))
        self.conflicts.append(Conflict(path, operation, reason, lines))
        self.stages[path] = stages

    def refuse(self, start: bytes | None, reason: str) -> None:
        """A conflict about a file of base as a whole; one side's file, where the strategy says so."""
        inputs = self.inputs
        life = inputs.by_start[start] if start is not None else None
        path = next((end for end, standing in self.standings.items() if standing.base == start), None)
        if life is None or path is None:
            return
        standing = self.standings[path]
        old = inputs.base.file(standing.base) if standing.base else None
        ours = inputs.target.file(standing.ours) if standing.ours else None
        stages = Stages(old, ours, life.entry)
        if inputs.options.strategy in (Strategy.MANUAL, Strategy.UNION):
            self.conflict(life, path, reason, stages)
        elif path in self.changes:
            self.changes[path] = stages.ours if inputs.options.strategy is Strategy.OURS else stages.theirs
