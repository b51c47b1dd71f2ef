"""Merged data holds what the sides lead to."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from git_dagpatch.merging.dispute import Texts
from git_dagpatch.merging.strategies import merge_texts
from git_dagpatch.merging.values import fault_of_values
from git_dagpatch.model.strategy import Policy

SCALARS = st.sampled_from([0, 1, "a", True, None])
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3)
)
OBJECTS = st.dictionaries(st.sampled_from("abcd"), VALUES, max_size=4)


def text(value: Any) -> bytes:
    return (json.dumps(value, indent=1) + "\n").encode()


def test_what_one_side_put_elsewhere_is_no_part_of_what_the_other_put_there() -> None:
    base, ours = {"a": 0, "b": list[int]()}, {"a": 0, "b": [0, 0, 0], "c": 0}
    theirs = {"b": 0, "a": [0, 0, 0], "c": 0}
    assert merge_texts(text(base), text(ours), text(theirs), path=b"a.json").open
    assert merge_texts(text(base), text(theirs), text(ours), path=b"a.json").open


@pytest.mark.parametrize(
    ("merged", "decided", "fault"),
    [
        ({"a": 2, "b": 2, "c": [1, 2, 3]}, False, ""),
        ({"a": 1, "b": 2, "c": [1, 2, 3]}, False, "a"),
        ({"a": 2, "b": 1, "c": [1, 2, 3]}, False, "b"),
        ({"a": 2, "b": 2, "c": [1, 2]}, False, "c"),
        ({"a": 2, "b": 2, "c": [1, 2, 3, 3]}, False, "c"),
        ({"a": 2, "b": 2, "c": [1, 2, 3], "d": 1}, False, "d"),
        ({"a": 2, "b": 2}, False, "c"),
        ({"a": 2, "b": 2, "c": [3]}, True, "c"),
    ],
)
def test_each_field_is_what_the_sides_lead_to(merged: dict[str, Any], decided: bool, fault: str) -> None:
    texts = Texts(
        text({"a": 1, "b": 1, "c": [1]}), text({"a": 2, "b": 1, "c": [1, 2]}), text({"a": 1, "b": 2, "c": [1, 3]})
    )
    found = fault_of_values(b"x.json", texts, text(merged), text(merged), decided=decided)
    assert found == (f"the value of {fault} is not what the sides lead to" if fault else "")


@pytest.mark.parametrize(
    ("ours", "theirs", "merged", "fits"),
    [
        ([{"n": 1, "x": 2}, {"n": 2, "x": 1}], [{"n": 1, "y": 1}, {"n": 2, "x": 1}], [{"n": 1, "y": 1}] * 2, False),
        (
            [{"n": 3, "x": 1}, {"n": 2, "x": 1}],
            [{"n": 1, "x": 9}, {"n": 2, "x": 1}],
            [{"n": 3, "x": 9}, {"n": 2, "x": 1}],
            True,
        ),
        (
            [{"n": 3, "x": 1}, {"n": 2, "x": 1}],
            [{"n": 1, "x": 9}, {"n": 2, "x": 1}],
            [{"n": 3, "x": 1}, {"n": 2, "x": 1}],
            False,
        ),
        (
            [{"n": 2, "x": 1}, {"n": 1, "x": 1}],
            [{"n": 1, "x": 9}, {"n": 2, "x": 1}],
            [{"n": 2, "x": 9}, {"n": 1, "x": 1}],
            False,
        ),
    ],
    ids=["another element", "both changed one", "one of two changes", "what one side moved"],
)
def test_each_element_is_what_the_sides_lead_to(ours: Any, theirs: Any, merged: Any, fits: bool) -> None:
    base = [{"n": 1, "x": 1}, {"n": 2, "x": 1}]
    texts = Texts(*(text({"a": one}) for one in (base, ours, theirs)))
    found = fault_of_values(b"x.json", texts, text({"a": merged}), text({"a": merged}), decided=False)
    assert bool(found) is not fits


def test_what_both_sides_brought_as_an_element_of_their_own_is_not_there_twice() -> None:
    base, hook = [{"repo": "a", "rev": "1"}], {"repo": "b", "rev": "1"}
    texts = Texts(text(base), text([hook, *base]), text([*base, hook | {"args": ["c"]}]))
    twice = text([hook, *base, hook | {"args": ["c"]}])
    assert fault_of_values(b"x.json", texts, twice, twice, decided=False)
    other = Texts(texts.base, texts.ours, text([*base, {"repo": "c", "rev": "1"}]))
    both = text([hook, *base, {"repo": "c", "rev": "1"}])
    assert fault_of_values(b"x.json", other, both, both, decided=False) == ""


def test_of_two_values_one_is_taken_only_by_a_rule() -> None:
    texts = Texts(text({"v": "1.0"}), text({"v": "1.1"}), text({"v": "1.2"}))
    for decided in (False, True):
        assert bool(fault_of_values(b"x.json", texts, texts.theirs, texts.theirs, decided=decided)) is not decided
    assert fault_of_values(b"x.json", texts, texts.ours, texts.theirs, decided=False) == "", "It is open."
    assert fault_of_values(b"x.py", texts, b"", b"", decided=False) == "", "It is no data."


@given(OBJECTS, OBJECTS, OBJECTS)
def test_no_step_settles_data_to_other_values(base: Any, ours: Any, theirs: Any) -> None:
    versions = Texts(text(base), text(ours), text(theirs))
    merged = merge_texts(*versions, path=b"a.json")
    if merged.open or not merged.steps:
        return
    assert fault_of_values(b"a.json", versions, merged.text, merged.text, decided=False) == ""


@given(OBJECTS, OBJECTS, OBJECTS)
def test_no_policy_does_so_either(base: Any, ours: Any, theirs: Any) -> None:
    versions = Texts(text(base), text(ours), text(theirs))
    merged = merge_texts(*versions, path=b"a.json", policies=frozenset(Policy))
    if merged.open or not merged.steps:
        return
    assert fault_of_values(b"a.json", versions, merged.text, merged.text, decided=True) == ""
