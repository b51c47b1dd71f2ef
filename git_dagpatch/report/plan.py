"""A plan and its conflicts, for programs and people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from git_dagpatch.model.conflict import Conflict, Proposal
from git_dagpatch.model.paths import encode
from git_dagpatch.model.plan import Doubt, Plan, Reach, Settlement
from git_dagpatch.model.text import safe


def conflict_line(conflict: Conflict) -> str:
    """``path<TAB>operation<TAB>reason``."""
    return f"{encode(conflict.path)}\t{conflict.operation}\t{conflict.reason}"


def intents_line(conflict: Conflict) -> str:
    """Where a conflict is and what both sides did there; empty if neither is known."""
    if not any(conflict.intents):
        return ""
    ours, theirs = map(told, conflict.intents)
    where = encode(conflict.path) + (f":{conflict.lines[0]}" if conflict.lines else "")
    symbol = f" ({safe(conflict.symbol)})" if conflict.symbol else ""
    return f"{where}{symbol}: the target: {ours}; the patch: {theirs}"


def told(intents: Sequence[str]) -> str:
    """What one side did, in one phrase."""
    return ", ".join(map(safe, intents)) or "unknown"


def proposal_document(number: int, proposal: Proposal) -> dict[str, Any]:
    """A proposal as plain values for JSON. Text that is not UTF-8 is shown with replacement characters."""
    return {
        "number": number,
        "label": proposal.label,
        "text": proposal.text.decode(errors="replace"),
        "instead": proposal.instead.decode(errors="replace"),
        "advice": proposal.advice,
    }


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
        "doubts": [doubt_document(found) for found in plan.doubts],
    }


def reach_document(found: Reach) -> dict[str, Any]:
    """Where a rename reached, or might have, as plain values for JSON."""
    return {"path": encode(found.path), "line": found.line, "operation": found.operation}


def doubt_document(found: Doubt) -> dict[str, Any]:
    """What speaks against a file, as plain values for JSON."""
    return {"path": encode(found.path), "fault": found.fault}


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
        "symbol": conflict.symbol,
        "intents": {"ours": list(conflict.intents[0]), "theirs": list(conflict.intents[1])},
        "proposals": [proposal_document(number, found) for number, found in enumerate(conflict.proposals, 1)],
    }
