"""A plan and its conflicts, for programs and people."""

from __future__ import annotations

from typing import Any

from git_dagpatch.model.conflict import Conflict
from git_dagpatch.model.paths import encode
from git_dagpatch.model.plan import Plan, Settlement


def conflict_line(conflict: Conflict) -> str:
    """``path<TAB>operation<TAB>reason``."""
    return f"{encode(conflict.path)}\t{conflict.operation}\t{conflict.reason}"


def plan_document(plan: Plan) -> dict[str, Any]:
    """A plan as plain values for JSON."""
    return {
        "tree": plan.tree.id,
        "target": plan.target.id,
        "unchanged": plan.changes_nothing,
        "conflicts": [conflict_document(conflict) for conflict in plan.conflicts],
        "settled": [settlement_document(found) for found in plan.settled],
    }


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
