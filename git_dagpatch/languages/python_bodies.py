"""Where statements of Python stand, at the top level and in classes, so that some can be read without the others."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from itertools import accumulate
from typing import TypeAlias

from git_dagpatch.languages.kept import Kept
from git_dagpatch.languages.language import Body
from git_dagpatch.languages.plain import is_utf8
from git_dagpatch.languages.python_syntax import sections

_KEPT = 2_000_000
"""Bytes of texts of which the statements are kept."""
_Placed: TypeAlias = tuple[int, ast.stmt]
"""A statement and the line, from 0, from which it counts its own."""


def statements_of_python(text: bytes) -> Sequence[tuple[int, int]]:
    """The bytes of the whole lines of the statements at the top level; those that share a line are one."""
    return _top(text)


def body_around(text: bytes, start: int, end: int) -> Body:
    """The statements among which the bytes `start` to `end` are: those of the innermost class that has some on both
    sides of them, or of the module."""
    lines = _lines(text)
    if lines is None:
        return Body(b"", ())
    head, body = b"", lines.top
    while (holder := lines.class_around(body, start, end)) is not None:
        line, node = holder
        body = [(line, one) for one in node.body]
        head += lines.indentation(line, node) + b"class _:\n" + lines.indentation(*body[-1]) + b"pass\n"
    return Body(head, lines.ranges(body) if head else _top(text))


class _Lines:
    """A text and the statements at its top level."""

    def __init__(self, text: bytes) -> None:
        self._text = text
        self._starts = [0, *accumulate(map(len, text.splitlines(keepends=True)))]
        self.top: list[_Placed] = [(line, node) for line, section in sections(text) or () for node in section.body]

    def ranges(self, body: Sequence[_Placed]) -> list[tuple[int, int]]:
        """The bytes of the whole lines of statements; those that share a line are one."""
        found: list[tuple[int, int]] = []
        for line, node in body:
            start, end = self._starts[line + _first(node) - 1], self._starts[line + (node.end_lineno or node.lineno)]
            if found and start < found[-1][1]:
                start = found.pop()[0]
            found.append((start, end))
        return found

    def class_around(self, body: Sequence[_Placed], start: int, end: int) -> tuple[int, ast.ClassDef] | None:
        """The class of `body` that has a statement before the bytes and one that ends after them.

        What its first statement is may depend on that it is the first.
        """
        for line, node in body:
            if isinstance(node, ast.ClassDef) and len(node.body) > 1:
                inside = self.ranges([(line, one) for one in node.body])
                if inside[0][1] <= start and end < inside[-1][1] and len(inside) > 1:
                    return line, node
        return None

    def indentation(self, line: int, node: ast.stmt) -> bytes:
        start = self._starts[line + _first(node) - 1]
        row = self._text[start : self._starts[line + _first(node)]]
        return row[: len(row) - len(row.lstrip(b" \t\f"))]


def _first(node: ast.stmt) -> int:
    """Its first line, from 1, with decorators."""
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(decorator.lineno for decorator in decorators)])


def _read(text: bytes) -> _Lines | None:
    # Elsewhere Python may count lines otherwise.
    return None if b"\r" in text.replace(b"\r\n", b"\n") or not is_utf8(text) else _Lines(text)


def _find_top(text: bytes) -> list[tuple[int, int]]:
    lines = _lines(text)
    return [] if lines is None else lines.ranges(lines.top)


_lines = Kept(_read, _KEPT)
_top = Kept(_find_top, _KEPT)
