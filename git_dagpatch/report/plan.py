"""A plan and its conflicts, for programs and people."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from git_dagpatch.model.conflict import Conflict
from git_dagpatch.model.paths import encode
from git_dagpatch.model.plan import Plan, Reach, Settlement


def conflict_line(conflict: Conflict) -> str:
    """``path<TAB>operation<TAB>reason``."""
    return f"{encode(conflict.path)}\t{conflict.operation}\t{conflict.reason}"


def reach_lines(reached: Iterable[Reach], unreached: Iterable[Reach]) -> list[str]:
    """``reached<TAB>path:line<TAB>operation`` for each line that a rename reached, and ``unreached`` likewise."""
    found = [("reached", reach) for reach in reached] + [("unreached", reach) for reach in unreached]
    return [f"{what}\t{encode(reach.path)}:{reach.line}\t{reach.operation}" for what, reach in found]


def plan_document(plan: Plan) -> dict[str, Any]:
    """A plan as plain values for JSON."""
    return {
        "tree": plan.tree.id,
        "target": plan.target.id,
        "unchanged": plan.changes_nothing,
        "conflicts": [conflict_document(conflict) for conflict in plan.conflicts],
        "settled": [settlement_document(found) for found in plan.settled],
        "reached": [reach_document(found) for found in plan.reached],
        "unreached": [reach_document(found) for found in plan.unreached],
    }


def reach_document(found: Reach) -> dict[str, Any]:
    """Where a rename reached, or might have, as plain values for JSON."""
    return {"path": encode(found.path), "line": found.line, "operation": found.operation}


def settlement_document(found: Settlement) -> dict[str, Any]:
    """What was settled, as plain values for JSON."""
    return {"path": encode(found.path), "step": found.step, "places": found.places, "advice": found.advice}


def conflict_document(conflict: Conflict) -> dict[str, Any]:
    """A conflict as plain values for JSON."""
    return {
        "path": encode(conflict.path),
        "operation": conflict.operation,
        "reason": conflict.reason,
        "lines": list(conflict.lines) if conflict.lines else None,
    }
