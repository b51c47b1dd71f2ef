"""A graph of operations as SVG: boxes in layers, with an arrow from each to those that need it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from textwrap import wrap
from typing import NamedTuple

from git_dagpatch.report.graph_layout import layout

_WIDTH, _HEIGHT, _GAP, _DEPTH = 232, 72, 24, 40
"""Pixels of a box, and between boxes beside and below each other."""
_LINE, _LINES = 34, 3
"""Characters of a line in a box, and how many there are."""
_COLUMNS = 6


class Box(NamedTuple):
    """One operation."""

    head: str
    told: str
    """A sentence, harmless already."""
    breaking: bool
    needs: Mapping[int, str]
    """Number of an operation that it depends on → why."""
    attributes: Mapping[str, str] = {}
    """Of its element, besides the class."""


def drawing(boxes: Sequence[Box], style: str = "", title: str = "") -> Iterator[str]:
    """The lines of the drawing, which looks as `style` says, or the page that it is a part of."""
    placed = layout([[*box.needs] for box in boxes], _COLUMNS)
    corners = [
        (round(at.column * (_WIDTH + _GAP)) + _GAP, at.row * (_HEIGHT + _DEPTH) + _GAP) for at in placed.positions
    ]
    width, height = placed.columns * (_WIDTH + _GAP) + _GAP, placed.rows * (_HEIGHT + _DEPTH) + _GAP
    size = f'width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
    yield f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">'
    if title:
        yield f"<title>{escape(title)}</title>"
    if style:
        yield f"<style>{style}</style>"
    yield (
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        '<path d="M0 0L8 4L0 8z"/></marker></defs>'
    )
    for number, box in enumerate(boxes):
        for need, reason in box.needs.items():
            yield _arrow(corners[need], corners[number], reason)
    for corner, box in zip(corners, boxes, strict=True):
        yield from _box(corner, box)
    yield "</svg>"


def _arrow(above: tuple[int, int], below: tuple[int, int], reason: str) -> str:
    x, y = above[0] + _WIDTH // 2, above[1] + _HEIGHT
    to_x, to_y = below[0] + _WIDTH // 2, below[1]
    bend = max(_DEPTH // 2, (to_y - y) // 2)
    told = f"<title>{escape(reason)}</title>" if reason else ""
    return f'<path d="M{x} {y}C{x} {y + bend} {to_x} {to_y - bend} {to_x} {to_y}" marker-end="url(#tip)">{told}</path>'


def _box(corner: tuple[int, int], box: Box) -> Iterator[str]:
    x, y = corner
    attributes = {"class": "breaking"} | dict(box.attributes) if box.breaking else box.attributes
    said = "".join(f' {name}="{escape(value)}"' for name, value in attributes.items())
    yield f"<g{said}><title>{escape(f'{box.head} {box.told}')}</title>"
    yield f'<rect x="{x}" y="{y}" width="{_WIDTH}" height="{_HEIGHT}" rx="6"/>'
    yield f'<text class="kind" x="{x + 10}" y="{y + 18}">{escape(box.head)}</text>'
    for at, line in enumerate(wrap(box.told, _LINE, max_lines=_LINES, placeholder=" …")):
        yield f'<text x="{x + 10}" y="{y + 34 + 14 * at}">{escape(line)}</text>'
    yield "</g>"
