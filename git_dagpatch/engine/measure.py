"""How long a patch is for its reader: its description, and the lines that are left to review."""

from __future__ import annotations

from collections.abc import Sequence

from git_dagpatch.engine.lineage import Lineages
from git_dagpatch.engine.state import State
from git_dagpatch.model.dag import Dag
from git_dagpatch.model.ids import canonical, meaning
from git_dagpatch.model.operation import Operation
from git_dagpatch.operations import kind_of


def description(operations: Sequence[Operation]) -> bytes:
    """Meanings and hunks alone, as canonical JSON: no ids, edges, metadata, nor footprints that replay reproduces."""
    return canonical([meaning(operation) for operation in operations])


def review_lines(operations: Sequence[Operation], graph: Dag, lineages: Lineages) -> int:
    """The lines that a reviewer has to read, by the rule of each kind."""
    return sum(
        kind_of(operation).review_lines(operation, State(lineages, graph.closures[number]))
        for number, operation in enumerate(operations)
    )
