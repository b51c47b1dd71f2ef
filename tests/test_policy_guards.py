"""Where policies leave a conflict open rather than guess, and how changelogs are set apart."""

from __future__ import annotations

import pytest

from git_dagpatch.merging.strategies import Merged, merge_texts
from git_dagpatch.model.strategy import Policy

_LOG = """\
Version 3
---------

- Three.

Version 2
---------

- Two.

Version 1
---------

- One.
"""


def _merge(path: bytes, base: str, ours: str, theirs: str, policy: Policy) -> Merged:
    return merge_texts(base.encode(), ours.encode(), theirs.encode(), path=path, policies=(policy,))


@pytest.mark.parametrize("swapped", [False, True], ids=["", "swapped"])
def test_an_entry_beside_one_that_was_changed_is_left_open(*, swapped: bool) -> None:
    ours = _LOG.replace("- Two.\n", "- Two.\n- Two and a half.\n")
    theirs = _LOG.replace("- Two.\n", "- Two, at last.\n")
    if swapped:
        ours, theirs = theirs, ours
    assert _merge(b"CHANGES.rst", _LOG, ours, theirs, Policy.CHANGELOG).open


def test_entries_of_both_go_together_where_nothing_was_changed() -> None:
    ours = _LOG.replace("- Two.\n", "- Two.\n- Ours.\n")
    theirs = _LOG.replace("- Two.\n", "- Two.\n- Theirs.\n")
    merged = _merge(b"CHANGES.rst", _LOG, ours, theirs, Policy.CHANGELOG)
    assert merged.text.decode() == _LOG.replace("- Two.\n", "- Two.\n- Ours.\n- Theirs.\n")


def test_a_heading_keeps_the_lines_above_it_that_are_usual() -> None:
    new = "Version 3.1\n-----------\n\n- More.\n"
    ours = f"Version 4\n---------\n\n- Four.\n\n{_LOG}"
    theirs = f"{new}\n\n\n{_LOG}"
    merged = _merge(b"CHANGES.rst", _LOG, ours, theirs, Policy.CHANGELOG)
    assert merged.text.decode() == f"Version 4\n---------\n\n- Four.\n\n{new}\n{_LOG}"


@pytest.mark.parametrize("swapped", [False, True], ids=["", "swapped"])
def test_a_name_that_both_brought_in_is_not_doubled(*, swapped: bool) -> None:
    base, ours, theirs = "import app.core.main\n", "import new.app.core.main\n", "import app.core.new.main\n"
    if swapped:
        ours, theirs = theirs, ours
    assert _merge(b"m.py", base, ours, theirs, Policy.TOKENS).open
    if swapped:
        ours, theirs = theirs, ours
    theirs = theirs.replace("core.new", "core.old")
    assert _merge(b"m.py", base, ours, theirs, Policy.TOKENS).text == b"import new.app.core.old.main\n"


@pytest.mark.parametrize("swapped", [False, True], ids=["", "swapped"])
@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("- Fixed what was slow. #12\n", "- It is faster. #12\n"),
        ("- Ours.\n", "\nVersion 0\n---------\n\n- Theirs.\n"),
    ],
    ids=["one issue, told twice", "an entry where the other starts a section"],
)
def test_entries_that_may_belong_elsewhere_are_left_open(ours: str, theirs: str, *, swapped: bool) -> None:
    if swapped:
        ours, theirs = theirs, ours
    assert _merge(b"CHANGES.rst", _LOG, _LOG + ours, _LOG + theirs, Policy.CHANGELOG).open


@pytest.mark.parametrize(
    ("path", "ours", "theirs"),
    [
        (b"AUTHORS", "Ann Lee <ann@a.org>\n", '"Ann Lee" <ann@a.org>\n'),
        (b"requirements.txt", "six>=1\n", "six>=2\n"),
    ],
)
def test_what_both_name_differently_is_not_listed_twice(path: bytes, ours: str, theirs: str) -> None:
    assert _merge(path, "a==1\n", "a==1\n" + ours, "a==1\n" + theirs, Policy.LIST).open
    other = "Bob <bob@a.org>\n"
    merged = _merge(path, "a==1\n", "a==1\n" + ours, "a==1\n" + other, Policy.LIST)
    assert merged.text.decode() == "a==1\n" + ours + other
