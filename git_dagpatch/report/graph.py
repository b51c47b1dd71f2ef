"""The graph of a patch as DOT, Mermaid and SVG. An arrow goes from an operation to one that needs it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from textwrap import wrap
from typing import NamedTuple

from git_dagpatch.model.operation import Operation, said
from git_dagpatch.model.patch import Patch
from git_dagpatch.model.text import safe
from git_dagpatch.report.drawing import Box, drawing

_LONGEST = 120
"""Characters of a sentence that are drawn."""
_LINE = 34
"""Characters of a line in a box."""


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
    needs: list[dict[int, str]] = [{} for _ in patch.operations]
    for edge in edges(patch.operations):
        needs[edge.user][edge.need] = edge.reason
    boxes = [
        Box(*_label(number, operation), operation.breaking_change is True, needs[number])
        for number, operation in enumerate(patch.operations)
    ]
    return drawing(boxes, _STYLE, f"The {len(boxes)} operations of {patch.id[:12]}")


FORMATS: Mapping[str, Callable[[Patch], Iterator[str]]] = {"dot": dot, "mermaid": mermaid, "svg": svg}
"""Name → what draws a patch in it."""
