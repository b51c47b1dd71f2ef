"""The graph of a patch as DOT, Mermaid and SVG. An arrow goes from an operation to one that needs it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from html import escape
from textwrap import wrap
from typing import NamedTuple

from git_dagpatch.model.operation import Operation, said
from git_dagpatch.model.patch import Patch
from git_dagpatch.model.text import safe
from git_dagpatch.report.graph_layout import Layout, layout

_LONGEST = 120
"""Characters of a sentence that are drawn."""
_WIDTH, _HEIGHT, _GAP, _DEPTH = 232, 72, 24, 40
"""Pixels of a box, and between boxes beside and below each other."""
_LINE = 34
"""Characters of a line in a box."""
_COLUMNS = 6


class Edge(NamedTuple):
    """That one operation, by number, needs another."""

    need: int
    user: int
    reason: str


def edges(operations: Sequence[Operation]) -> list[Edge]:
    """The edges of the graph, by the number of the operation that needs another one."""
    numbers = {str(operation.id): number for number, operation in enumerate(operations)}
    return [
        Edge(numbers[need], number, safe((operation.because or {}).get(need, "")))
        for number, operation in enumerate(operations)
        for need in operation.depends_on
    ]


def _label(number: int, operation: Operation) -> tuple[str, str]:
    told = said(operation)
    return f"#{number} {safe(operation.type)}", told if len(told) <= _LONGEST else f"{told[: _LONGEST - 1]}…"


# DOT


def dot(patch: Patch) -> Iterator[str]:
    """The lines of a graph for Graphviz."""
    yield "digraph dagpatch {"
    yield f"  graph [label={_quoted(patch.id[:12])}, rankdir=TB];"
    yield '  node [shape=box, fontname="sans-serif", fontsize=10];'
    yield '  edge [fontname="sans-serif", fontsize=8];'
    for number, operation in enumerate(patch.operations):
        kind, told = _label(number, operation)
        broken = ", color=red" if operation.breaking_change is True else ""
        lines = "\\n".join(_inner(line) for line in (kind, *wrap(told, _LINE)))
        yield f'  n{number} [label="{lines}", tooltip={_quoted(str(operation.id))}{broken}];'
    for edge in edges(patch.operations):
        yield f"  n{edge.need} -> n{edge.user}" + (f" [label={_quoted(edge.reason)}];" if edge.reason else ";")
    yield "}"


def _quoted(text: str) -> str:
    return f'"{_inner(text)}"'


def _inner(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


# Mermaid


def mermaid(patch: Patch) -> Iterator[str]:
    """The lines of a flowchart for Mermaid."""
    yield "flowchart TB"
    for number, operation in enumerate(patch.operations):
        kind, told = _label(number, operation)
        yield f'  n{number}["{_coded(kind)}<br/>{_coded(told)}"]'
    for edge in edges(patch.operations):
        reason = f'|"{_coded(edge.reason)}"|' if edge.reason else ""
        yield f"  n{edge.need} -->{reason} n{edge.user}"
    broken = [f"n{number}" for number, one in enumerate(patch.operations) if one.breaking_change is True]
    if broken:
        yield "  classDef breaking stroke:#c00,stroke-width:2px"
        yield f"  class {','.join(broken)} breaking"


def _coded(text: str) -> str:
    """`text` with every character that means something to Mermaid or to HTML as a number."""
    return "".join(c if c.isalnum() or c in " ,:-_/" else f"#{ord(c)};" for c in text)


# SVG

_STYLE = """\
svg{--ink:#1f2328;--quiet:#59636e;--paper:#fff;--box:#f6f8fa;--line:#8c959f;--break:#cf222e;background:var(--paper)}
@media(prefers-color-scheme:dark){svg{--ink:#e6edf3;--quiet:#9198a1;--paper:#0d1117;--box:#161b22;--line:#6e7681;--break:#f85149}}
text{font:11px system-ui,sans-serif;fill:var(--ink)}.kind{font-weight:600}
rect{fill:var(--box);stroke:var(--line)}.breaking rect{stroke:var(--break);stroke-width:2}
path{fill:none;stroke:var(--line)}#tip path{fill:var(--line);stroke:none}"""


def svg(patch: Patch) -> Iterator[str]:
    """The lines of a drawing that needs no other file and no program but one that shows it."""
    found = edges(patch.operations)
    needs: list[list[int]] = [[] for _ in patch.operations]
    for edge in found:
        needs[edge.user].append(edge.need)
    placed = layout(needs, _COLUMNS)
    width, height = placed.columns * (_WIDTH + _GAP) + _GAP, placed.rows * (_HEIGHT + _DEPTH) + _GAP
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        'role="img">'
    )
    yield f"<title>{escape(f'The {len(patch.operations)} operations of {patch.id[:12]}')}</title>"
    yield f"<style>{_STYLE}</style>"
    yield (
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        '<path d="M0 0L8 4L0 8z"/></marker></defs>'
    )
    corners = _corners(placed)
    for edge in found:
        yield _arrow(corners[edge.need], corners[edge.user], edge)
    for number, operation in enumerate(patch.operations):
        yield from _box(corners[number], number, operation)
    yield "</svg>"


def _corners(placed: Layout) -> list[tuple[int, int]]:
    """The upper left corner of each box, in pixels."""
    return [(round(at.column * (_WIDTH + _GAP)) + _GAP, at.row * (_HEIGHT + _DEPTH) + _GAP) for at in placed.positions]


def _arrow(above: tuple[int, int], below: tuple[int, int], edge: Edge) -> str:
    x, y = above[0] + _WIDTH // 2, above[1] + _HEIGHT
    to_x, to_y = below[0] + _WIDTH // 2, below[1]
    bend = max(_DEPTH // 2, (to_y - y) // 2)
    told = f"<title>{escape(edge.reason)}</title>" if edge.reason else ""
    return f'<path d="M{x} {y}C{x} {y + bend} {to_x} {to_y - bend} {to_x} {to_y}" marker-end="url(#tip)">{told}</path>'


def _box(corner: tuple[int, int], number: int, operation: Operation) -> Iterator[str]:
    x, y = corner
    kind, told = _label(number, operation)
    look = ' class="breaking"' if operation.breaking_change is True else ""
    yield f"<g{look}><title>{escape(f'{operation.id} {said(operation)}')}</title>"
    yield f'<rect x="{x}" y="{y}" width="{_WIDTH}" height="{_HEIGHT}" rx="6"/>'
    yield f'<text class="kind" x="{x + 10}" y="{y + 18}">{escape(kind)}</text>'
    lines = wrap(told, _LINE, max_lines=3, placeholder=" …") or [""]
    for at, line in enumerate(lines):
        yield f'<text x="{x + 10}" y="{y + 34 + 14 * at}">{escape(line)}</text>'
    yield "</g>"


FORMATS: Mapping[str, Callable[[Patch], Iterator[str]]] = {"dot": dot, "mermaid": mermaid, "svg": svg}
"""Name → what draws a patch in it."""
