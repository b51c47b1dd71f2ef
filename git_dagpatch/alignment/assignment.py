"""The cheapest way to give each of some rows a column of its own (the Hungarian method, by shortest augmenting paths).

After R. Jonker and A. Volgenant, "A shortest augmenting path algorithm for dense and sparse linear assignment problems"
(1987), as git's range-diff; without their shortcuts at the start.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

_INFINITY = float("inf")


def assign(costs: Sequence[Sequence[float]]) -> list[int]:
    """For each row the column that it gets, so that the sum of the costs is least; at least as many columns as rows."""
    rows, columns = len(costs), len(costs[0]) if costs else 0
    if rows > columns:
        raise ValueError(f"{rows} rows cannot have a column each of {columns}.")
    # The last of these stands for the row that is being given a column.
    owner = [-1] * (columns + 1)
    of_row, of_column = [0.0] * rows, [0.0] * (columns + 1)
    for row in range(rows):
        owner[columns] = row
        least, before = [_INFINITY] * columns, [columns] * columns
        visited = [False] * (columns + 1)
        at = columns
        while owner[at] != -1:
            visited[at] = True
            here = owner[at]
            step, nearest = _INFINITY, columns
            for column in range(columns):
                if visited[column]:
                    continue
                reduced = costs[here][column] - of_row[here] - of_column[column]
                if reduced < least[column]:
                    least[column], before[column] = reduced, at
                if least[column] < step:
                    step, nearest = least[column], column
            for column in range(columns + 1):
                if visited[column]:
                    of_row[owner[column]] += step
                    of_column[column] -= step
                elif column < columns:
                    least[column] -= step
            at = nearest
        while at != columns:
            owner[at] = owner[before[at]]
            at = before[at]
    given = [0] * rows
    for column in range(columns):
        if owner[column] >= 0:
            given[owner[column]] = column
    return given


def pair_up(likeness: Sequence[Sequence[float]], least: float) -> list[tuple[int, int]]:
    """Pairs of a row and a column, each in one at most, with the largest sum of likeness (0 to 1) over `least`.

    Pairs whose likeness is below `least` are not made. Rows and columns that nothing links are no matter to each other.
    """
    pairs: list[tuple[int, int]] = []
    for rows, columns in _linked(likeness, least):
        # As many more columns as rows, so that every row may stay alone.
        costs = [
            [1.0 - likeness[row][column] if likeness[row][column] >= least else 2.0 for column in columns]
            + [1.0 - least] * len(rows)
            for row in rows
        ]
        pairs += ((rows[at], columns[given]) for at, given in enumerate(assign(costs)) if given < len(columns))
    return sorted(pairs)


def _linked(likeness: Sequence[Sequence[float]], least: float) -> Iterator[tuple[list[int], list[int]]]:
    """The rows and columns that are linked by pairs which may be made, directly or through others."""
    of_row = [[column for column, value in enumerate(row) if value >= least] for row in likeness]
    of_column: dict[int, list[int]] = defaultdict(list)
    for row, linked in enumerate(of_row):
        for column in linked:
            of_column[column].append(row)
    seen: set[int] = set()
    for start, linked in enumerate(of_row):
        if start in seen or not linked:
            continue
        rows, columns, waiting = {start}, set[int](), [start]
        while waiting:
            for column in of_row[waiting.pop()]:
                if column not in columns:
                    columns.add(column)
                    waiting += [row for row in of_column[column] if row not in rows]
                    rows.update(of_column[column])
        seen |= rows
        yield sorted(rows), sorted(columns)
