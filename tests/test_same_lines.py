"""Which lines of Python are those of an older text, at another place or indentation."""

from __future__ import annotations

from git_dagpatch.engine.same_lines import same_lines

_COLOUR = b"try:\n    import termcolor\nexcept ImportError:\n    termcolor = None\n"
_SERVER = b"try:\n    import SocketServer as server\nexcept ImportError:\n    import socketserver as server\n"
_SSL = b"try:\n    import ssl\nexcept ImportError:\n    ssl = None\n"


def pairs(old: bytes, new: bytes) -> list[tuple[int, int]]:
    return sorted((j, i) for j, i in same_lines(old, new).items() if new.splitlines()[j])


def test_a_moved_block_takes_the_short_lines_along_that_stand_elsewhere_too() -> None:
    old, new = _COLOUR + b"\n" + _SSL, _SSL + b"\n" + _COLOUR
    assert pairs(old, new) == [(0, 5), (1, 6), (2, 7), (3, 8), (5, 0), (6, 1), (7, 2), (8, 3)]


def test_a_line_belongs_to_the_block_with_more_words() -> None:
    # A diff pairs `try:` and `except ImportError:` of what went with those of what came in its place.
    come = b"try:\n    import http\nexcept ImportError:\n    import oldhttp as http\n"
    old, new = (
        b"a = 1\n" + _COLOUR + b"\n" + _SSL + _SERVER,
        b"a = 1\n" + come + b"\n" + _SSL + _SERVER + b"\n" + _COLOUR,
    )
    at = new.splitlines().index(b"    import termcolor")
    assert [same_lines(old, new).get(line) for line in range(at - 1, at + 3)] == [1, 2, 3, 4]
    assert 1 not in same_lines(old, new)


def test_a_short_line_alone_tells_nothing() -> None:
    old, new = b"if a:\n    x = 1\nb()\nc()\n", b"if a:\n    d()\nb()\nx = 1\nc()\n"
    assert pairs(old, new) == [(0, 0), (2, 2), (4, 3)]
    old, new = old.replace(b"x = 1", b"colour_of_the_shelf = 1"), new.replace(b"x = 1", b"colour_of_the_shelf = 1")
    assert pairs(old, new) == [(0, 0), (2, 2), (3, 1), (4, 3)]


def test_lines_in_strings_are_none_of_a_block() -> None:
    text = b'"""\n    first_line_of_a_long_text\n    second_line_of_a_long_text\n"""\n'
    old, new = b"a = 1\n" + text + b"b = 2\nc = 3\n", b"b = 2\nc = 3\na = 1\n" + text
    found = same_lines(old, new)
    assert not found.keys() & {number for number, line in enumerate(new.splitlines()) if b"long_text" in line}
