"""Blocks of imports as sets: what either side imports anew, without what either no longer imports."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Sequence

from git_dagpatch.languages.python_syntax import parsed
from git_dagpatch.merging.dispute import Dispute
from git_dagpatch.merging.units import (
    LONG_ENOUGH,
    Units,
    changed_beside,
    changes,
    in_order,
    joined,
    merge_units,
    order_of,
)

_IMPORT = re.compile(rb"(import|from)[ \t]+([\w.]+)")


def imports(dispute: Dispute) -> bytes | None:
    """Nothing but imports, each on lines of its own: those of both sides, in the order that both keep.

    Of few, ours stand first. None where many keep no order, where one that went stands next to one that came, and
    where two statements would import from one module.
    """
    if dispute.language.name != "python" or not all(map(_imports_only, dispute.part)):
        return None
    (base, before), (ours, mine), (theirs, other) = (_statements(text) for text in dispute.part)
    end = mine if mine == other or before == other else other if before == mine else None
    if end is None or changed_beside(changes(base, ours), changes(base, theirs)):
        return None
    blocks = [_around(dispute, side) for side in (1, 2)]
    key = order_of((_by_kind, _by_module), *blocks)
    merged = merge_units(base, ours, theirs, add=joined)
    if key is None and max(map(len, blocks)) >= LONG_ENOUGH:
        return None
    if merged is None or _is_split(merged, (base, ours, theirs), blocks):
        return None
    doubled = Counter(unit.strip() for unit in merged if unit.strip())
    if max(doubled.values(), default=0) > 1:
        return None
    is_plain = all(_IMPORT.match(unit) for unit in merged)
    return b"".join(in_order(merged, key) if is_plain else merged) + end


def _is_split(merged: Units, versions: Sequence[Units], blocks: Sequence[Units]) -> bool:
    """Whether more statements import from one module than in any version, though nobody does that here."""
    known: Counter[bytes] = Counter()
    for units in versions:
        known |= _modules(units)
    is_usual = any(count > 1 for block in blocks for count in _modules(block).values())
    return not is_usual and any(count > max(1, known[module]) for module, count in _modules(merged).items())


def _modules(units: Units) -> Counter[bytes]:
    """Module → how many statements import names from it."""
    return Counter(found[2] for unit in units if (found := _IMPORT.search(unit)) and found[1] == b"from")


def _around(dispute: Dispute, side: int) -> list[bytes]:
    """The imports of the block in which the disputed lines are, as one side has them."""
    text = dispute.whole[side]
    start = text.rfind(b"\n\n", 0, dispute.starts[side]) + 1
    end = text.find(b"\n\n", dispute.ends[side])
    return [line for line in text[start : end if end >= 0 else None].splitlines() if _IMPORT.match(line)]


def _by_kind(unit: bytes) -> tuple[bytes, bytes, bytes]:
    """``import a`` before ``from a import b``."""
    found = _IMPORT.search(unit)
    return (b"0" if found and found[1] == b"import" else b"1", *_by_module(unit))


def _by_module(unit: bytes) -> tuple[bytes, bytes]:
    found = _IMPORT.search(unit)
    return (found[2].lower(), unit[found.end() :].lower()) if found else (b"", b"")


def _imports_only(text: bytes) -> bool:
    tree = parsed(text)
    if tree is None or not all(isinstance(node, (ast.Import, ast.ImportFrom)) for node in tree.body):
        return False
    return bool(tree.body) or not text.strip()


def _statements(text: bytes) -> tuple[list[bytes], bytes]:
    """Each import with the comments and blank lines above it, and what is below the last one."""
    tree = parsed(text)
    lines = text.splitlines(keepends=True)
    units = []
    position = 0
    for node in tree.body if tree else ():
        end = node.end_lineno or node.lineno
        if end > position:
            units.append(b"".join(lines[position:end]))
            position = end
    return units, b"".join(lines[position:])
