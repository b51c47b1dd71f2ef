"""Syntax trees of Python texts.

Parsing costs more than all else that is asked. So a text is read by sections, parts of it that parse alone, and those
of the last texts are kept: of a text that is much like another one, only what differs is parsed.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator, Sequence
from functools import cached_property
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
        return frozenset(
            line
            for statement in self.body
            for node in ast.walk(statement)
            if isinstance(node, ast.Constant | ast.JoinedStr) and node.end_lineno != node.lineno
            for line in range(node.lineno, node.end_lineno or 0)
        )


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
    return _sections(text)


def parses(text: bytes) -> bool:
    """Whether Python takes `text`."""
    return _sections(text) is not None


def whole(placed: Sequence[Placed]) -> ast.Module:
    """The module of `placed`, for who asks for no lines: these are counted from the start of each section."""
    return ast.Module([node for _, section in placed for node in section.body], [])


def _find_sections(text: bytes) -> tuple[Placed, ...] | None:
    found: list[Placed] = []
    line = 0
    for part in parts(text) if _reads_in_parts(text) else ():
        section = _section(part)
        if section is None:
            break
        found.append(Placed(line, section))
        line += part.count(b"\n")
    else:
        if found:
            return tuple(found)
    # What looked like the start of a definition may stand in a string, so only the whole text tells.
    tree = parsed(text)
    return None if tree is None else (Placed(0, Section(text, tree.body)),)


def parts(text: bytes) -> Iterator[bytes]:
    """`text` cut where a definition at the top level seems to start.

    What only seems so stands in a string or in brackets, which are not closed in the part before. Where both sides of a
    cut parse, it is one between statements: the part before is over with its last line, and what starts a definition
    belongs to no statement before it.
    """
    start = 0
    decorated = text.startswith(b"@")
    for match in _DEFINITION.finditer(text):
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
_sections = Kept(_find_sections, _KEPT)


def syntax_tree(text: bytes) -> ast.Module | None:
    """The syntax tree of `text` as a whole, or None if Python does not take it. It is shared: nobody may change it."""
    return _tree(text)


_tree = Kept(parsed, _KEPT)
