"""Blocks of imports as sets: what either side imports anew, without what either no longer imports."""

from __future__ import annotations

import ast
import re
from collections import Counter
from functools import partial

from git_dagpatch.languages.python_syntax import parsed
from git_dagpatch.merging.dispute import Dispute
from git_dagpatch.merging.units import Key, Units, in_order, joined, merge_units, order_of

_IMPORT = re.compile(rb"(import|from)[ \t]+([\w.]+)")


def imports(dispute: Dispute) -> bytes | None:
    """Nothing but imports, each on lines of its own: lines of both sides, in the order that both keep, else ours first
    where both add."""
    if dispute.language.name != "python" or not all(map(_imports_only, dispute.part)):
        return None
    base, ours, theirs = (_statements(text) for text in dispute.part)
    key = order_of((_by_kind, _by_module), *(_around(dispute, side) for side in (1, 2)))
    merged = merge_units(base, ours, theirs, add=partial(_together, key=key))
    if merged is None:
        return None
    doubled = Counter(unit.strip() for unit in merged if unit.strip())
    return None if max(doubled.values(), default=0) > 1 else b"".join(merged)


def _together(ours: Units, theirs: Units, *, key: Key | None) -> Units:
    return in_order(joined(ours, theirs), key)


def _around(dispute: Dispute, side: int) -> list[bytes]:
    """The imports of the block in which the disputed lines are, as one side has them."""
    text = dispute.whole[side]
    start = text.rfind(b"\n\n", 0, dispute.starts[side]) + 1
    end = text.find(b"\n\n", dispute.ends[side])
    return [line for line in text[start : end if end >= 0 else None].splitlines() if _IMPORT.match(line)]


def _by_kind(unit: bytes) -> tuple[bytes, bytes]:
    """``import a`` before ``from a import b``."""
    found = _IMPORT.search(unit)
    return (b"0" if found and found[1] == b"import" else b"1", found[2].lower() if found else b"")


def _by_module(unit: bytes) -> bytes:
    found = _IMPORT.search(unit)
    return found[2].lower() if found else b""


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
