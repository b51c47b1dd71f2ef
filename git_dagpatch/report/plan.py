"""A plan and its conflicts, for programs and people."""

from __future__ import annotations

from typing import Any

from git_dagpatch.model.conflict import Conflict
from git_dagpatch.model.paths import encode
from git_dagpatch.model.plan import Plan


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
    }


def conflict_document(conflict: Conflict) -> dict[str, Any]:
    """A conflict as plain values for JSON."""
    return {
        "path": encode(conflict.path),
        "operation": conflict.operation,
        "reason": conflict.reason,
        "lines": list(conflict.lines) if conflict.lines else None,
    }
