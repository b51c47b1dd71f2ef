"""File names as diffs write them: quoted, with a prefix such as ``a/``, with a date behind them.

The rules are those of ``git apply`` (``apply.c``, ``quote.c``), except that how much of a name is prefix is found out:
git's own diffs come with and without ``a/`` and ``b/``.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

from git_dagpatch.interchange.changes import malformed

DEV_NULL = b"/dev/null"
_PREFIXES = 200
"""By how many bytes the prefixes of two names may differ in length."""
_QUOTED = re.compile(rb'"((?:[^"\\\n]|\\.)*)"')
_ESCAPE = re.compile(rb"\\([0-3][0-7]{2}|.)")
_ESCAPES = {b"a": b"\a", b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v"}
_DATE = rb"\d\d(?:\d\d)?-\d\d-\d\d(?: \d\d:\d\d:\d\d(?:\.\d+)?)?(?: [+-]\d\d:?\d\d)?"
_TRAILING_DATE = re.compile(rb" +" + _DATE + rb"\s*\Z")
_TIMESTAMP = re.compile(rb"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)(?:\.0+)? ([+-]\d\d):?(\d\d)\s*\Z")


def unquote(text: bytes, line: int) -> bytes:
    """A name that may stand in double quotes, with C's escapes."""
    match = _QUOTED.fullmatch(text)
    return _unescape(match[1], line) if match else text


def _unescape(text: bytes, line: int) -> bytes:
    def character(match: re.Match[bytes]) -> bytes:
        escaped = match[1]
        if len(escaped) == 3:
            return bytes([int(escaped, 8)])
        if escaped in _ESCAPES:
            return _ESCAPES[escaped]
        if escaped in (b'"', b"\\"):
            return escaped
        raise malformed(line, "a quoted file name has an escape that git does not write.")

    return _ESCAPE.sub(character, text)


def name_of(text: bytes, line: int) -> bytes:
    """The name on a ``---`` or ``+++`` line, without what follows it."""
    text = text.rstrip(b"\r\n")
    quoted = _QUOTED.match(text)
    if quoted:
        return _unescape(quoted[1], line)
    name, tab, _ = text.partition(b"\t")
    return name if tab else _TRAILING_DATE.sub(b"", text)


def is_epoch(text: bytes) -> bool:
    """Whether a ``---`` or ``+++`` line has the date 0, by which GNU diff says that there is no such file."""
    match = _TIMESTAMP.search(text.rpartition(b"\t")[2])
    if not match:
        return False
    try:
        moment = datetime.strptime(b" ".join([match[1], match[2] + match[3]]).decode(), "%Y-%m-%d %H:%M:%S %z")
    except ValueError:
        return False
    return moment == datetime(1970, 1, 1, tzinfo=UTC)


def stripped(name: bytes, strip: int) -> bytes | None:
    """`name` without its first `strip` directories, or None if it has fewer."""
    if name == DEV_NULL or (strip == 0 and name.startswith(b"./")):
        return None
    rest = re.sub(rb"/{2,}", b"/", name)
    for _ in range(strip):
        directory, _, rest = rest.partition(b"/")
        if not directory:
            return None
    return rest or None


def common_name(rest: bytes, strip: int, line: int) -> bytes | None:
    """The name that stands twice on a ``diff --git`` line, after both prefixes; None if they differ."""
    if rest.startswith(b'"'):
        first = _QUOTED.match(rest)
        if first is None or rest[first.end() : first.end() + 1] != b" ":
            return None
        return _same(_unescape(first[1], line), unquote(rest[first.end() + 1 :], line), strip)
    if rest.endswith(b'"'):
        first_name, _, second = rest.partition(b' "')
        return _same(first_name, unquote(b'"' + second, line), strip)
    middle = len(rest) // 2
    for space in re.compile(rb"[ \t]").finditer(rest, max(0, middle - _PREFIXES), middle + _PREFIXES):
        found = _same(rest[: space.start()], rest[space.end() :], strip)
        if found is not None:
            return found
    return None


def _same(one: bytes, other: bytes, strip: int) -> bytes | None:
    name = stripped(one, strip)
    return name if name is not None and name == stripped(other, strip) else None
