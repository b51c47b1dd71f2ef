"""Definitions that change their order among their siblings: one operation, proved, with the rest left to edits."""

from __future__ import annotations

import itertools
import textwrap
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from git_dagpatch.model.operation import Operation, Reorder
from git_dagpatch.operations import kind_of
from tests.test_moves import HEAD, LOAD, SAVE, SHELF, factored, method, module, proofs, read_lines, state_of

COUNT = b"""def count(items, default=0):
    total = sum(item.weight * item.number for item in items)
    return total or default
"""
FUNCTIONS = [LOAD, SAVE, COUNT, SHELF]


def orders(patch_operations: list[Operation]) -> list[tuple[str, list[str]]]:
    """Target and new order of each reorder."""
    return [
        (operation.target, [operation.siblings[number] for number in operation.order])
        for operation in patch_operations
        if isinstance(operation, Reorder)
    ]


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
def test_functions_in_any_other_order_are_one_operation(order: tuple[int, ...]) -> None:
    before = {b"a.py": module(HEAD, *FUNCTIONS)}
    patch = factored(before, {b"a.py": module(HEAD, *(FUNCTIONS[number] for number in order))})
    assert len(patch.operations) == (order != (0, 1, 2, 3))
    assert read_lines(patch, before) == len(patch.operations)
    assert all(isinstance(operation, Reorder) for operation in patch.operations)


def test_members_of_a_class_change_places() -> None:
    first, second, third = b"class Files:\n", method(SAVE), method(COUNT)
    before = {b"a.py": module(HEAD, first + second + b"\n" + third, LOAD)}
    patch = factored(before, {b"a.py": module(HEAD, first + third + b"\n" + second, LOAD)})
    assert orders(patch.operations) == [("a.py:Files", ["count", "save"])]
    assert read_lines(patch, before) == 1


def test_what_changes_inside_is_an_edit_besides() -> None:
    before = {b"a.py": module(HEAD, LOAD, SAVE)}
    patch = factored(before, {b"a.py": module(HEAD, SAVE, LOAD.replace(b'mode="r"', b'mode="rb"'))})
    assert orders(patch.operations) == [("a.py:", ["save", "load"])]
    assert [operation.type for operation in patch.operations] == ["reorder", "edit"]
    assert read_lines(patch, before) == 3


def test_code_between_definitions_is_never_overtaken_unseen() -> None:
    before = {b"a.py": module(HEAD, LOAD, b"load = wrapped(load)\n", SAVE)}
    patch = factored(before, {b"a.py": module(HEAD, SAVE, b"load = wrapped(load)\n", LOAD)})
    assert orders(patch.operations) == []


NEEDS = [
    ("decorator", b"@load\n" + COUNT, False),
    ("default", COUNT.replace(b"default=0", b"default=load"), False),
    ("base", SHELF.replace(b"Base", b"load"), False),
    ("body of a class", SHELF + b"\n    again = load\n", False),
    ("annotation", COUNT.replace(b"default=0", b"default: load = 0"), False),
    ("annotation, not looked up", COUNT.replace(b"default=0", b"default: load = 0"), True),
    ("call", COUNT.replace(b"total or default", b"load(total)"), True),
]


@pytest.mark.parametrize(("why", "needy", "proved"), NEEDS, ids=[case[0] for case in NEEDS])
def test_an_order_in_which_a_name_is_missed_is_read_in_full(why: str, needy: bytes, proved: bool) -> None:
    head = (b"from __future__ import annotations\n" if why == "annotation, not looked up" else b"") + HEAD
    before = {b"a.py": module(head, LOAD, needy)}
    patch = factored(before, {b"a.py": module(head, needy, LOAD)})
    assert (read_lines(patch, before) == 1) == proved
    assert all(proofs(patch, before).values()) == (proved or not orders(patch.operations))


def test_definitions_of_one_name_are_not_reordered() -> None:
    one, other = SAVE, COUNT.replace(b"count", b"save")
    patch = factored({b"a.py": module(HEAD, one, other)}, {b"a.py": module(HEAD, other, one)})
    assert orders(patch.operations) == []


def test_a_lie_about_an_order_is_not_proved() -> None:
    before = {b"a.py": module(HEAD, LOAD, SAVE, COUNT)}
    patch = factored(before, {b"a.py": module(HEAD, COUNT, SAVE, LOAD)})
    (reorder,) = patch.operations
    assert isinstance(reorder, Reorder)
    assert isinstance(reorder.footprint, dict)
    state = state_of(before)
    spans = reorder.footprint["a.py"] or []
    changed = [(skip, remove, str(insert).replace("item.weight", "item.number")) for skip, remove, insert in spans]
    lower = [(skip, remove, str(insert).replace("path", "way")) for skip, remove, insert in spans]
    lies = [
        msgspec.structs.replace(reorder, order=[0, 1, 2]),
        msgspec.structs.replace(reorder, order=[2, 1, 1]),
        msgspec.structs.replace(reorder, siblings=["load", "save", "other"]),
        msgspec.structs.replace(reorder, target="a.py:Shelf"),
        msgspec.structs.replace(reorder, footprint={"a.py": lower if changed == spans else changed}),
        msgspec.structs.replace(reorder, footprint={"a.py": [(0, 0, "x = 1\n"), *spans]}),
    ]
    kind = kind_of(reorder)
    assert kind.proof(reorder, state)
    for lie in lies:
        assert not kind.proof(lie, state)


@pytest.mark.parametrize("line", range(60, 70))
def test_an_open_quote_that_makes_other_definitions_of_the_rest_stays_exact(line: int) -> None:
    lines = Path(textwrap.__file__).read_bytes().split(b"\n")
    factored({b"a.py": b"\n".join(lines)}, {b"a.py": b"\n".join([*lines[:line], b"'", *lines[line:]])})


@settings(max_examples=40, deadline=None)
@given(st.permutations(range(12)))
def test_many_methods_shuffled(order: list[int]) -> None:
    methods = [
        b"    def m%d(self, value):\n        one = value + %d\n        return one * %d\n" % (n, n, n) for n in range(12)
    ]
    before = {b"a.py": b"class A:\n" + b"\n".join(methods)}
    after = {b"a.py": b"class A:\n" + b"\n".join(methods[number] for number in order)}
    patch = factored(before, after)
    assert all(proofs(patch, before)[str(one.id)] for one in patch.operations if isinstance(one, Reorder))
    assert read_lines(patch, before) <= 2
