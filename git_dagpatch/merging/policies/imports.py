"""Blocks of imports as sets: what either side imports anew, without what either no longer imports."""

from __future__ import annotations

import ast
from collections import Counter

from git_dagpatch.languages.python_syntax import parsed
from git_dagpatch.merging.dispute import Dispute
from git_dagpatch.merging.units import joined, merge_units


def imports(dispute: Dispute) -> bytes | None:
    """Nothing but imports, each on lines of its own: lines of both sides, ours first where both add."""
    if dispute.language.name != "python" or not all(map(_imports_only, dispute.part)):
        return None
    base, ours, theirs = (_statements(text) for text in dispute.part)
    merged = merge_units(base, ours, theirs, add=joined)
    if merged is None:
        return None
    doubled = Counter(unit.strip() for unit in merged if unit.strip())
    return None if max(doubled.values(), default=0) > 1 else b"".join(merged)


def _imports_only(text: bytes) -> bool:
    tree = parsed(text)
    if tree is None or not all(isinstance(node, (ast.Import, ast.ImportFrom)) for node in tree.body):
        return False
    return bool(tree.body) or not text.strip()


def _statements(text: bytes) -> list[bytes]:
    """Each import with the comments and blank lines above it; what is below the last one by itself."""
    tree = parsed(text)
    lines = text.splitlines(keepends=True)
    units = []
    position = 0
    for node in tree.body if tree else ():
        end = node.end_lineno or node.lineno
        if end > position:
            units.append(b"".join(lines[position:end]))
            position = end
    rest = b"".join(lines[position:])
    return [*units, rest] if rest else units
