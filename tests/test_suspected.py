"""What tells by words alone that one side may have done something that concerns the other."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from git_dagpatch.engine.changed import Find, Reworded
from git_dagpatch.engine.suspected import Lost, words

_DEFINED = re.compile(rb"^def (\w+)", re.MULTILINE)
LINES = st.lists(st.sampled_from([b"a", b"ab", b"a b", b"1ab", b"def a", b"def ab()", b" def b", b"", b"\xc3\xa4 b\r"]))


def _defined(text: bytes) -> set[bytes]:
    return set(_DEFINED.findall(text))


@pytest.mark.parametrize("find", [words, _defined])
@given(LINES, LINES, st.none() | st.sets(st.sampled_from([b"a", b"b", b"ab", b"\xc3\xa4"])))
def test_what_comes_and_goes_is_that_of_the_whole_texts(
    find: Find, one: list[bytes], other: list[bytes], wanted: set[bytes] | None
) -> None:
    before, after = b"\n".join(one), b"\n".join(other)
    found = Reworded(before, after)
    asked = find(before) | find(after) if wanted is None else wanted
    assert found.gone(find, wanted) == (find(before) - find(after)) & asked
    assert found.came(find, wanted) == (find(after) - find(before)) & asked


def test_a_mention_in_text_means_the_module_that_is_named_by_the_most_of_it() -> None:
    lost = Lost({}, {b"pkg/__init__.py", b"pkg/cli.py", b"pkg/cli/main.py"}, {})
    text = b"run = pkg.cli.main:run\n"
    assert [path for path, _, pattern in lost.patterns(text) if pattern.search(text)] == [
        b"pkg/cli/main.py",
        b"pkg/cli.py",
        b"pkg/__init__.py",
    ]
