"""What is settled beyond the merge by lines, what is left alone, and what is refused because nothing proves it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from git_dagpatch.merging.dispute import Texts
from git_dagpatch.merging.proof import fault_of_merge
from git_dagpatch.merging.strategies import merge_texts
from tests.strategies import contents

_SETTLED = {
    "one side only writes it otherwise": (
        b"m.py",
        Texts(b"f(a,b)\n", b"f(a, b)\n", b"f(a,b,c)\n"),
        b"f(a,b,c)\n",
        "form",
    ),
    "both made the same code": (
        b"m.py",
        Texts(b"f(a)\n", b"f(a, 'b')\n", b'f(\n    a, "b"\n)\n'),
        b"f(a, 'b')\n",
        "form",
    ),
    "one side did more": (
        b"a.txt",
        Texts(b"one two\nthree\n", b"one 2\nthree\n", b"one 2\nthree four\n"),
        b"one 2\nthree four\n",
        "contained",
    ),
    "other words of one statement": (
        b"m.py",
        Texts(b"x = load(path, mode, size)\n", b"y = load(path, mode, size)\n", b"x = load(path, mode, limit)\n"),
        b"y = load(path, mode, limit)\n",
        "tokens",
    ),
    "lines next to each other": (
        b"setup.cfg",
        Texts(
            b"packages = true\nrequires = 3.6\n",
            b"packages = true\nrequires = 3.7\n",
            b"packages = True\nrequires = 3.6\n",
        ),
        b"packages = True\nrequires = 3.7\n",
        "tokens",
    ),
}
_OPEN = {
    "indentation is no form": (
        b"m.py",
        Texts(b"if a:\n    b()\n    c()\n", b"if a:\n    b()\nc()\n", b"if a:\n    b()\n    d()\n"),
    ),
    "a word each, side by side": (b"m.py", Texts(b"f(a)\n", b"g(a)\n", b"f(b)\n")),
    "both add here": (b"m.py", Texts(b"a = 1\n", b"a = 1\nb = 2\n", b"a = 1\nc = 3\n")),
    "prose": (
        b"a.txt",
        Texts(b"One of the old words here.\n", b"Two of the old words here.\n", b"One of the old words there.\n"),
    ),
    "a docstring is prose": (
        b"m.py",
        Texts(
            b'"""One of the old words.\n"""\n', b'"""Two of the old words.\n"""\n', b'"""One of the old lines.\n"""\n'
        ),
    ),
    "inside of a long string": (
        b"m.py",
        Texts(
            b'a = """\none of two words\n"""\n',
            b'a = """\nsome of two words\n"""\n',
            b'a = """\none of two lines\n"""\n',
        ),
    ),
    "white space of prose": (b"a.txt", Texts(b"one two\n", b"one  two\n", b"one two three\n")),
    "a name that goes": (
        b"m.py",
        Texts(
            b"def f(a, b):\n    c = a\n    return g(a, a, b)\n",
            b"def f(a, b):\n    d = a\n    return g(a, a, b)\n",
            b"def f(a, b):\n    c = a\n    return g(a, a, c)\n",
        ),
    ),
    "a file that does not parse": (
        b"m.py",
        Texts(b"print load(path, mode, size)\n", b"print read(path, mode, size)\n", b"print load(path, mode, limit)\n"),
    ),
}


@pytest.mark.parametrize("name", _SETTLED)
@pytest.mark.parametrize("swapped", [False, True], ids=["", "swapped"])
def test_what_is_certain_is_settled(name: str, *, swapped: bool) -> None:
    path, (base, ours, theirs), wanted, step = _SETTLED[name]
    if swapped:
        ours, theirs = theirs, ours
    merged = merge_texts(base, ours, theirs, path=path)
    assert (merged.text, merged.open, merged.steps) == (wanted, (), (step,))


@pytest.mark.parametrize("name", _OPEN)
def test_what_is_not_certain_stays_open(name: str) -> None:
    path, (base, ours, theirs) = _OPEN[name]
    merged = merge_texts(base, ours, theirs, path=path)
    assert merged == merge_texts(base, ours, theirs, path=path, certain=False)
    assert merged.open


def test_of_several_places_those_are_settled_that_are_proved() -> None:
    base = b"x = load(path, mode, size)\n" + b"\n" * 8 + b"def f(a, b):\n    c = a\n    return g(a, a, b)\n"
    ours = base.replace(b"x =", b"y =").replace(b"c = a", b"d = a")
    theirs = base.replace(b"size", b"limit").replace(b"g(a, a, b)", b"g(a, a, c)")
    merged = merge_texts(base, ours, theirs, path=b"m.py")
    assert merged.text.startswith(b"y = load(path, mode, limit)\n")
    assert len(merged.open) == 1


@given(contents(), contents(), contents(), st.sampled_from([b"m.py", b"a.txt", b"s.cfg", b"a.yaml"]))
def test_either_side_may_be_called_ours(base: bytes, ours: bytes, theirs: bytes, path: bytes) -> None:
    one, other = (merge_texts(base, *sides, path=path) for sides in ((ours, theirs), (theirs, ours)))
    assert len(one.open) == len(other.open)
    assert one.open or one.text == other.text


@pytest.mark.parametrize(
    ("merged", "fault"),
    [
        (b"import a\na(1)  # why\n", ""),
        (b"<<<<<<< ours\nimport a\na(1)  # why\n", "a conflict marker is left in it"),
        (b"import a\na(1  # why\n", "it does not parse"),
        (b"import a\na(1)\n", "a comment is lost"),
        (b"a(1)  # why\n", "a in the module is defined nowhere"),
        (b"import a\na(1)  # why\ndef f(): pass\ndef f(): pass\n", "f is defined twice"),
        (b"import a\na(1)  # why\ndef f():\n    b = 1\n", "b in f is read nowhere"),
    ],
)
def test_what_speaks_against_a_merge(merged: bytes, fault: str) -> None:
    texts = Texts(b"import a\na(1)  # why\n", b"import a\na(2)  # why\n", b"import a\na(1)  # why\n\n")
    assert fault_of_merge(b"m.py", texts, merged) == fault


def test_what_was_wrong_already_may_stay_wrong() -> None:
    texts = Texts(b"nowhere(1)\n", b"nowhere(2)\n", b"nowhere(1)\n")
    assert fault_of_merge(b"m.py", texts, b"nowhere(3)\n") == ""
