"""Syntax trees of Python texts.

Parsing costs more than all else that is asked. So a text is read by sections, parts of it that parse alone, and those
of the last texts are kept: of a text that is much like another one, only what differs is parsed.
"""

from __future__ import annotations

import ast
import re
import warnings
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import accumulate
from typing import NamedTuple

from git_dagpatch.languages.kept import Kept

_KEPT = 1_500_000
"""Bytes of source whose trees are kept; a tree takes about a hundred times as much."""
_DEFINITION = re.compile(rb"\n(?:(@)|(?:async[ \t]+def|def|class)[ \t])")
_ENCODING = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)", re.MULTILINE)
_CONTINUED = (b"\\\n", b"\\\r\n")
_BOM = b"\xef\xbb\xbf"


class Section:
    """A part of a text that parses alone, and to the same as where it stands. Nobody may change its tree."""

    def __init__(self, text: bytes, body: list[ast.stmt]) -> None:
        self.text = text
        self.body = body
        """Its statements; they count lines from its start."""

    @cached_property
    def lines(self) -> list[bytes]:
        """Its lines without their ends."""
        return self.text.splitlines()

    @cached_property
    def lines_in_strings(self) -> frozenset[int]:
        """Those of its lines, from 0, that start within a string."""
        found: set[int] = set()
        waiting: list[ast.AST] = [*self.body]
        while waiting:
            node = waiting.pop()
            if isinstance(node, ast.expr | ast.stmt) and node.end_lineno == node.lineno and not _has_decorators(node):
                continue  # What is on one line holds nothing that is on two.
            if isinstance(node, ast.Constant | ast.JoinedStr):
                found.update(range(node.lineno, node.end_lineno or 0))
            waiting += ast.iter_child_nodes(node)
        return frozenset(found)

    @cached_property
    def height(self) -> int:
        """By how many lines what follows it stands further down."""
        return self.text.count(b"\n")


def _has_decorators(node: ast.expr | ast.stmt) -> bool:
    """They stand above its first line."""
    return bool(getattr(node, "decorator_list", None))


class Placed(NamedTuple):
    """A section and the line, from 0, at which it starts in a text."""

    line: int
    section: Section


def parsed(text: bytes | str) -> ast.Module | None:
    """A syntax tree of `text` of the caller's own, or None if Python does not take it."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def sections(text: bytes) -> Sequence[Placed] | None:
    """`text` by sections in their order, or None if Python does not take it."""
    found = _sections(text)
    return None if found is None else found.placed


def parses(text: bytes) -> bool:
    """Whether Python takes `text`."""
    return _sections(text) is not None


def whole(placed: Sequence[Placed]) -> ast.Module:
    """The module of `placed`, for who asks for no lines: these are counted from the start of each section."""
    return ast.Module([node for _, section in placed for node in section.body], [])


class Found:
    """The sections of a text in their order."""

    def __init__(self, text: bytes, every: list[Section], ends: list[int]) -> None:
        self.text = text
        self.every = every
        self.ends = ends
        """Where each of them ends, in bytes."""

    @cached_property
    def placed(self) -> Sequence[Placed]:
        lines = accumulate((section.height for section in self.every), initial=0)
        return tuple(map(Placed, lines, self.every))


class Finder:
    """Finds the sections of texts; what one has in common with the last, at both its ends, is not read again."""

    def __init__(self) -> None:
        self._last = Found(b"", [], [])

    def __call__(self, text: bytes) -> Found | None:
        found = self._in_parts(text) if _reads_in_parts(text) else None
        if found is not None:
            self._last = found
            return found
        # What looked like the start of a definition may stand in a string, so only the whole text tells.
        tree = parsed(text)
        return None if tree is None else Found(text, [Section(text, tree.body)], [len(text)])

    def _in_parts(self, text: bytes) -> Found | None:
        """The sections of `text`, None if a part of it does not parse alone.

        Where a section starts, the text from there on tells where the next ones do. So if two texts have a section's
        start, and the same text behind it, they have the same sections from there on; likewise from their beginning.
        """
        old = self._last
        same = _common(old.text, text)
        tail = len(old.text) - _common_end(old.text, text, len(old.text) - same)
        growth = len(text) - len(old.text)
        # What stands behind the last common section may tell now that it goes on.
        kept = max(bisect_right(old.ends, same) - 1, 0)
        every, ends = old.every[:kept], old.ends[:kept]
        start = ends[-1] if kept else 0
        for part in parts(text, start):
            at = bisect_right(old.ends, start - growth)
            if start - growth >= tail and 0 < at < len(old.ends) and old.ends[at - 1] == start - growth:
                every += old.every[at:]
                ends += [end + growth for end in old.ends[at:]]
                break
            section = _section(part)
            if section is None:
                return None
            every.append(section)
            start += len(part)
            ends.append(start)
        return Found(text, every, ends)


def _common(one: bytes, other: bytes) -> int:
    """How many bytes at the start two texts have in common."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _common_end(one: bytes, other: bytes, limit: int) -> int:
    """The same at the end, `limit` bytes at most."""
    low, high = 0, min(limit, len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[len(one) - middle : len(one) - low] == other[len(other) - middle : len(other) - low]:
            low = middle
        else:
            high = middle - 1
    return low


def parts(text: bytes, start: int = 0) -> Iterator[bytes]:
    """`text` from `start`, at which it may be cut, cut where a definition at the top level seems to start.

    What only seems so stands in a string or in brackets, which are not closed in the part before. Where both sides of a
    cut parse, it is one between statements: the part before is over with its last line, and what starts a definition
    belongs to no statement before it.
    """
    decorated = text.startswith(b"@", start)
    for match in _DEFINITION.finditer(text, start):
        end = match.start() + 1
        if not decorated and not text.endswith(_CONTINUED, start, end):
            yield text[start:end]
            start = end
        decorated = match[1] is not None
    yield text[start:]


def _reads_in_parts(text: bytes) -> bool:
    """Whether parts of `text` read as they do in it: it is UTF-8 whose lines end at line feeds alone, and imports no
    other syntax."""
    if b"\r" in text or b"\0" in text or b"barry_as_FLUFL" in text or text.startswith(_BOM):
        return False
    head = text[: text.find(b"\n", text.find(b"\n") + 1) + 1] or text
    if b"coding" in head and any(name.lower() not in (b"utf-8", b"utf8") for name in _ENCODING.findall(head)):
        return False
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


def _parse_section(part: bytes) -> Section | None:
    tree = parsed(part.decode())
    return None if tree is None else Section(part, tree.body)


_section = Kept(_parse_section, _KEPT)
_sections = Kept(Finder(), _KEPT)


def syntax_tree(text: bytes) -> ast.Module | None:
    """The syntax tree of `text` as a whole, or None if Python does not take it. It is shared: nobody may change it."""
    return _tree(text)


_tree = Kept(parsed, _KEPT)
