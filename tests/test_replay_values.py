"""Replay of mutations: values that both sides changed side by side; the same value is a conflict."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from git_dagpatch.engine.values import merged_values
from git_dagpatch.merging.dispute import Texts
from tests.replaying import both_ways, texts

PACKAGE = '{\n  "name": "a",\n  "version": "1.0",\n  "private": true,\n  "files": [\n    "src",\n    "lib"\n  ]\n}\n'
TOML = '[project]\nname = "a"  # The name.\nversion = "1.0"\nrequires = ["b"]\n'
SETTLED = {
    "neighbours": ("a.json", PACKAGE, ('"1.0"', '"1.1"'), ("true", "false")),
    "a field beside a value": ("a.json", PACKAGE, ('"1.0"', '"1.1"'), ('"name": "a"', '"name": "b"')),
    "toml": ("a.toml", TOML, ('"1.0"', '"1.1"'), ('["b"]', '["b", "c"]')),
    "yaml": ("a.yaml", "a: 1\nb: 2\nc: 3\n", ("a: 1", "a: 10"), ("b: 2", "b: 20")),
}


@pytest.mark.parametrize("name", SETTLED)
def test_values_beside_each_other(name: str) -> None:
    """Git has a conflict here."""
    path, base, one, other = SETTLED[name]
    found = both_ways({path: base}, {path: base.replace(*one)}, {path: base.replace(*other)})
    assert not found.conflicts
    assert texts(found.tree) == {path: base.replace(*one).replace(*other)}


REFUSED = {
    "the same value": ('"1.0"', '"1.1"', '"1.0"', '"1.2"', "InvalidOperation"),
    "what is gone": ('"version": "1.0",\n  ', "", '"1.0"', '"1.2"', "InvalidOperation"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_done_to_the_other_value_is_a_conflict(name: str) -> None:
    old, new, other_old, other_new, reason = REFUSED[name]
    found = both_ways(
        {"a.json": PACKAGE}, {"a.json": PACKAGE.replace(old, new)}, {"a.json": PACKAGE.replace(other_old, other_new)}
    )
    (conflict,) = found.conflicts
    assert conflict.reason.startswith(f"{reason}: ")


def test_a_comment_that_changes_beside_a_value_is_a_conflict() -> None:
    one, other = TOML.replace("# The name.", "# Its name."), TOML.replace('version = "1.0"', 'version = "1.1"')
    found = both_ways({"a.toml": TOML}, {"a.toml": one.replace('"b"', '"d"')}, {"a.toml": other.replace('"b"', '"e"')})
    assert found.conflicts


values = st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 2) | st.lists(st.integers(0, 2), max_size=3))


@settings(max_examples=150)
@given(values, values, values)
def test_the_values_are_those_of_a_merge(
    base: dict[str, object], one: dict[str, object], other: dict[str, object]
) -> None:
    written = [(json.dumps(value, indent=1) + "\n").encode() for value in (base, one, other)]
    found = merged_values(b"a.json", Texts(*written))
    assert found == merged_values(b"a.json", Texts(written[0], written[2], written[1])) or isinstance(found, str)
    if isinstance(found, str):
        return
    made = json.loads(found)
    for key in base.keys() | one.keys() | other.keys():
        before, first, second = base.get(key), one.get(key), other.get(key)
        if not all(isinstance(value, list) for value in (before, first, second)):
            assert first in (before, second) or second == before
            assert made.get(key) == (second if first == before else first)
