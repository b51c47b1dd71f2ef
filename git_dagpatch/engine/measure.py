"""How long a patch is for its reader: its description, and the lines that are left to review."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from git_dagpatch.alignment.lines import lines_of
from git_dagpatch.engine.lineage import Lineages
from git_dagpatch.engine.state import State
from git_dagpatch.languages import language_of
from git_dagpatch.model.dag import Dag
from git_dagpatch.model.effect import Rewrite
from git_dagpatch.model.ids import canonical, meaning
from git_dagpatch.model.operation import Edit, Operation
from git_dagpatch.model.paths import split_target
from git_dagpatch.operations import kind_of


def description(operations: Sequence[Operation]) -> bytes:
    """Meanings and hunks alone, as canonical JSON: no ids, edges, metadata, nor footprints that replay reproduces."""
    return canonical([meaning(operation) for operation in operations])


def review_lines(operations: Sequence[Operation], graph: Dag, lineages: Lineages) -> int:
    """The lines that a reviewer has to read, by the rule of each kind."""
    states = _states(graph, lineages)
    return sum(kind_of(one).review_lines(one, state) for one, state in zip(operations, states, strict=True))


def consistent(operations: Sequence[Operation], graph: Dag, lineages: Lineages) -> int:
    """How many operations have one intent and change one symbol.

    Of an edit it is looked up where its spans lie. Every other kind has one meaning, wherever it strikes.
    """
    each = zip(operations, _states(graph, lineages), strict=True)
    return sum(not isinstance(one, Edit) or _is_of_one_symbol(one, state) for one, state in each)


def _states(graph: Dag, lineages: Lineages) -> Iterator[State]:
    """What the dependencies of each operation leave; neighbours that have the same share it."""
    state = State(lineages, 0)
    for closure in graph.closures:
        if closure != state.mask:
            state = State(lineages, closure)
        yield state


def _is_of_one_symbol(operation: Edit, files: State) -> bool:
    path, symbol = split_target(operation.target)
    text = files.read(path)
    outline = language_of(path, text).outline(text)
    change = kind_of(operation).effect(operation, files)[path]
    if outline is None or not isinstance(change, Rewrite):
        return True
    lines = lines_of(text)
    for span in change.spans:
        for line in range(lines.number_at(span.start), lines.number_at(span.end)):
            within = outline.symbol_at(line)
            if lines.lines[line].strip() and within != symbol and not (symbol and within.startswith(f"{symbol}.")):
                return False
    return True
