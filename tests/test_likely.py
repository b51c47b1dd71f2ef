"""Which stages of the search for operations are tried: only those that may tell where lines come from."""

from __future__ import annotations

import pytest

from git_dagpatch.discovery.unfinished import Unfinished
from git_dagpatch.engine.likely import Worth

_STAGES = ("layout", "moves", "renames")
_OTHER = b"def other(first_name):\n    return first_name\n"


def worth(old: bytes, new: bytes, numbers: set[int], pieces: tuple[bytes, ...] = ()) -> set[str]:
    files = [Unfinished(b"m.py", old, new, "100644")]
    return {stage for stage in _STAGES if Worth(b"m.py", numbers, pieces)(stage, files)}


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (b"x = find(a,\n         b)\n", b"x = find(a, b)\n", {"layout"}),
        (b"x = 'a text'\n", b'x = "a text"\n', {"layout"}),
        (b"x = load_it(a,\n            b)\n", b"x = read_it(a, b)\n", {"layout"}),
        (b"x = load_it(a)\n", b"x = read_it(a)\n", {"layout", "renames"}),
        (b"x = load_it(a)\n", b"x = read_it(a)\n# load_it load_it\n", {"renames"}),
        (b"x = 1\n", b"x = find(a, b)\n", set()),
        (b"# load_it is\n", b"# read_it is\n", {"layout"}),
        (b'"""\nload_it is\n"""\n', b'"""\nread_it is\n"""\n', {"layout"}),
        (b"return value_of\n", b"import a_module\n", {"layout"}),
        (b"a = load_it(b)\n", b"a = read_it(b)\nload_it(b)\n", {"layout", "renames"}),
        (b"x = find(a, b)\ndef f(): pass\n", b"def f(): pass\nx = find(a, b)\n", {"layout", "moves"}),
    ],
)
def test_a_stage_is_tried_where_it_may_tell(old: bytes, new: bytes, expected: set[str]) -> None:
    asked = {number for number, line in enumerate(new.splitlines()) if line not in (b'"""', b"def f(): pass")}
    assert worth(_OTHER + old, _OTHER + new, {number + 2 for number in asked}) == expected


def test_nothing_is_tried_for_lines_that_are_there_already() -> None:
    assert worth(_OTHER + b"x = load_it(a)\n", _OTHER + b"x = read_it(a)\n", {0, 1}) == set()


def test_a_piece_of_a_line_may_be_laid_out_or_renamed_where_the_rest_is_new() -> None:
    old, new = _OTHER + b"x = load_it(a)\n", _OTHER + b"something(else_, read_it(b), 4)\n"
    assert worth(old, new, {2}) == set()
    assert worth(old, new, {2}, (b"read_it(",)) == {"layout", "renames"}
    assert worth(old, new, {2}, (b", 4",)) == {"layout"}
