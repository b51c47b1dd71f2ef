"""Where the operations of a patch stand in a drawing: in layers, each below what it needs.

The layered drawing of Sugiyama, Tagawa and Toda (1981) in its simplest form: longest paths give the layers, barycentres
the order in them. Parts of the graph that have nothing to do with each other are put side by side on shelves.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

_PER_ROW = 6
"""Operations that stand side by side in a layer before it goes on in another row."""
_SWEEPS = 4


class Position(NamedTuple):
    """A cell of a grid, in columns and rows from 0; columns may be fractions."""

    column: float
    row: int


class Layout(NamedTuple):
    """Where each operation stands, and how large the grid is."""

    positions: tuple[Position, ...]
    columns: int
    rows: int


class _Block(NamedTuple):
    """One part of the graph, in a grid of its own."""

    positions: dict[int, Position]
    columns: int
    rows: int


def layout(needs: Sequence[Sequence[int]], columns: int) -> Layout:
    """The drawing of a graph in about so many columns; `needs` has the numbers that each operation depends on."""
    blocks = [_block(part, needs) for part in _parts(needs)]
    # What stands alone comes last.
    blocks.sort(key=lambda block: (len(block.positions) == 1, min(block.positions)))
    found: dict[int, Position] = {}
    left = top = height = width = 0
    for block in blocks:
        if left and left + block.columns > columns:
            left, top, height = 0, top + height, 0
        found |= {one: Position(at.column + left, at.row + top) for one, at in block.positions.items()}
        left += block.columns
        height, width = max(height, block.rows), max(width, left)
    return Layout(tuple(found[number] for number in range(len(needs))), width, top + height)


def _parts(needs: Sequence[Sequence[int]]) -> Iterator[list[int]]:
    """The operations that depend on each other, directly or through others, in order of the first of them."""
    beside: dict[int, set[int]] = defaultdict(set)
    for number, others in enumerate(needs):
        for other in others:
            beside[number].add(other)
            beside[other].add(number)
    seen: set[int] = set()
    for start in range(len(needs)):
        if start in seen:
            continue
        part, waiting = [], [start]
        seen.add(start)
        while waiting:
            number = waiting.pop()
            part.append(number)
            waiting += sorted(beside[number] - seen)
            seen |= beside[number]
        yield sorted(part)


def _block(part: Sequence[int], needs: Sequence[Sequence[int]]) -> _Block:
    rows = list(_rows(part, needs))
    columns = max(map(len, rows))
    positions = {
        number: Position(at + (columns - len(row)) / 2, line)
        for line, row in enumerate(rows)
        for at, number in enumerate(row)
    }
    return _Block(positions, columns, len(rows))


def _rows(part: Sequence[int], needs: Sequence[Sequence[int]]) -> Iterator[list[int]]:
    layers = _ordered(_layers(part, needs), needs)
    for layer in layers:
        for start in range(0, len(layer), _PER_ROW):
            yield layer[start : start + _PER_ROW]


def _layers(part: Sequence[int], needs: Sequence[Sequence[int]]) -> list[list[int]]:
    """The operations by the length of the longest path to them."""
    depth: dict[int, int] = {}
    for start in part:
        waiting = [start]
        while waiting:
            number = waiting[-1]
            missing = [other for other in needs[number] if other not in depth]
            if missing:
                waiting += missing
                continue
            waiting.pop()
            depth[number] = max((depth[other] + 1 for other in needs[number]), default=0)
    layers: list[list[int]] = [[] for _ in range(max(depth.values()) + 1)]
    for number in part:
        layers[depth[number]].append(number)
    return layers


def _ordered(layers: list[list[int]], needs: Sequence[Sequence[int]]) -> list[list[int]]:
    """The layers with each operation near what it is joined to, so that few lines cross."""
    users: dict[int, list[int]] = defaultdict(list)
    for number in (one for layer in layers for one in layer):
        for other in needs[number]:
            users[other].append(number)
    for sweep in range(_SWEEPS):
        down = sweep % 2 == 0
        place = {number: at / len(layer) for layer in layers for at, number in enumerate(layer)}
        for layer in layers if down else reversed(layers):
            near = {number: [place[other] for other in (needs[number] if down else users[number])] for number in layer}
            layer.sort(key=lambda one: sum(near[one]) / len(near[one]) if near[one] else place[one])
            place |= {number: at / len(layer) for at, number in enumerate(layer)}
    return layers
