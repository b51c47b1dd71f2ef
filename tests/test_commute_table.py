"""The table of kinds that commute: every cell is executed, in both orders."""

from __future__ import annotations

import re
from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings

from git_dagpatch.engine.commutation import SORTS, Verdict, cell, sort_of, swap
from git_dagpatch.engine.execute import weave_in
from git_dagpatch.engine.factor import factor
from git_dagpatch.model.codec import dag
from git_dagpatch.model.effect import Effect, Rewrite, Span, SpellDirectory
from git_dagpatch.model.objects import FILE
from git_dagpatch.model.operation import Edit, Operation, Rename, Transform, Whitespace
from git_dagpatch.model.patch import Metadata
from git_dagpatch.model.text import Text
from git_dagpatch.operations import all_kinds, kind_of
from tests.commute_page import examples
from tests.commuting import BASE, MAKERS, State, apart, tries
from tests.strategies import Pair, pairs
from tests.trees import File, Files, Snapshot, applied, tree_of

PAIRS = list(product(SORTS, SORTS))


def executed(first: Operation, second: Operation) -> tuple[Effect, Effect, Files]:
    """The effects of two operations in sequence, and the files after both."""
    one = kind_of(first).effect(first, State(BASE))
    middle = applied(one, Snapshot(BASE, {})).files
    two = kind_of(second).effect(second, State(middle))
    return one, two, applied(two, Snapshot(middle, {})).files


def test_every_kind_has_a_row() -> None:
    kinds = {str(kind.operation.__struct_config__.tag) for kind in all_kinds()}
    assert {sort.partition(" of ")[0] for sort in SORTS} == kinds
    assert MAKERS.keys() == set(SORTS)


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_a_cell_is_as_its_examples_are(first: str, second: str) -> None:
    found = list(tries(first, second))
    if not found:
        assert cell(first, second).why == "they are never about one file"
        found = list(apart(first, second))
    verdicts = {one.swapped is not None for one in found}
    expected = {Verdict.COMMUTES: {True}, Verdict.NEVER: {False}, Verdict.IF: {True, False}}
    assert verdicts == expected[cell(first, second).verdict]
    assert {(sort_of(one.first), sort_of(one.second)) for one in found} == {(first, second)}
    assert {one.swapped is not None for one in examples(first, second)} == verdicts


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_swapping_keeps_the_effect_and_is_its_own_inverse(first: str, second: str) -> None:
    for one in [*tries(first, second), *apart(first, second)]:
        if one.swapped is not None:
            before, after = executed(one.first, one.second), executed(*one.swapped)
            assert after[2] == before[2]
            assert swap(*one.swapped, State(BASE)) == (one.first, one.second)


# On meanings

CALLING = b"def load():\n    return 1\n\n\nx = load()\n"


def files_with(text: bytes) -> Files:
    return {b"m.py": File(FILE, text)}


def rename_in(text: bytes) -> Rename:
    """load becomes read, wherever it stands in `text`."""
    spans = tuple(Span(found.start(), found.end(), b"read") for found in re.finditer(rb"\bload\b", text))
    operation = Rename(symbol="m.py:load", symbol_kind="function", new_name="read", scope=["m.py"])
    recorded = kind_of(operation).record(operation, {b"m.py": Rewrite(spans)}, State(files_with(text)))
    assert isinstance(recorded, Rename)
    return recorded


def edit_in(text: bytes, old: bytes, new: bytes) -> Edit:
    """The line `old` of `text` becomes `new`."""
    start = text.index(old)
    effect = {b"m.py": Rewrite((Span(start, start + len(old), new),))}
    recorded = kind_of(EDIT).record(EDIT, effect, State(files_with(text)))
    assert isinstance(recorded, Edit)
    return recorded


EDIT = Edit(target="m.py:", hunks=[])
READING = CALLING.replace(b"load", b"read")


def test_a_rename_passes_an_edit_of_a_line_that_it_changes() -> None:
    change = edit_in(READING, b"x = read()\n", b"x = [read(), read()]\n")
    swapped = swap(rename_in(CALLING), change, State(files_with(CALLING)))
    changed = CALLING.replace(b"x = load()", b"x = [load(), load()]")
    assert swapped == (edit_in(CALLING, b"x = load()\n", b"x = [load(), load()]\n"), rename_in(changed))
    assert swap(*swapped, State(files_with(CALLING))) == (rename_in(CALLING), change)


def test_a_rename_passes_an_edit_that_takes_a_place_away() -> None:
    swapped = swap(rename_in(CALLING), edit_in(READING, b"x = read()\n", b""), State(files_with(CALLING)))
    assert swapped == (edit_in(CALLING, b"x = load()\n", b""), rename_in(CALLING.replace(b"x = load()\n", b"")))


@pytest.mark.parametrize("line", [b"x = read(\n", b"load = read()\n"])
def test_a_rename_does_not_pass_what_would_make_it_another_one(line: bytes) -> None:
    """Neither what does not parse, nor what binds its old name to something else."""
    assert swap(rename_in(CALLING), edit_in(READING, b"x = read()\n", line), State(files_with(CALLING))) is None


def test_trailing_space_passes_an_edit_that_has_none() -> None:
    text, files = b"one \ntwo \n", files_with(b"one \ntwo \n")
    strip = strip_in((3, 1, ""), (4, 1, ""))
    swapped = swap(strip, edit_in(b"one\ntwo\n", b"one\n", b"three\n"), State(files))
    assert swapped == (edit_in(text, b"one \n", b"three\n"), strip_in((9, 1, "")))
    assert swap(strip, edit_in(b"one\ntwo\n", b"one\n", b"three \n"), State(files)) is None


def strip_in(*spans: tuple[int, int, Text]) -> Whitespace:
    return Whitespace(transform=Transform("trailing-space"), scope=["m.py"], footprint={"m.py": list(spans)})


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(pairs())
def test_neighbours_of_any_patch(pair: Pair) -> None:
    base = tree_of(*pair.before)
    operations = factor(base, tree_of(*pair.after), Metadata()).operations
    graph = dag(operations)
    lineages = weave_in(operations, graph, base, graph.everything)
    done, files, earlier = 0, Snapshot(pair.before.files, {}), None
    for number in graph.order:
        effect = lineages.express(1 << number, done)[number]
        if any(isinstance(change, SpellDirectory) for change in effect.values()):
            return
        operation = kind_of(operations[number]).record(operations[number], effect, State(files.files))
        after = applied(effect, files)
        if earlier is not None:
            before, first = earlier
            swapped = swap(first, operation, State(before))
            if swapped is not None:
                one = kind_of(swapped[0]).effect(swapped[0], State(before))
                middle = applied(one, Snapshot(before, {}))
                two = kind_of(swapped[1]).effect(swapped[1], State(middle.files))
                assert applied(two, middle).files == after.files
                assert swap(*swapped, State(before)) == (first, operation)
        earlier = (files.files, operation)
        done, files = done | 1 << number, after
