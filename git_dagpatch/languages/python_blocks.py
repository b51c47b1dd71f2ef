"""Statements in a block that is always run, ``if True:``, mean what they mean without it.

So code that gets under a condition is first put in such a block, which changes nothing, and then the block gets its
condition; and the other way round.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import NamedTuple

from git_dagpatch.languages.python_syntax import sections, syntax_tree

BLOCKS = "blocks"
"""The transform that puts statements into such blocks and takes them out."""
HEAD = b"if True:"
_WITH_DOCSTRING = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


class Stretch(NamedTuple):
    """Lines of a text, from 0, that hold whole statements of one block."""

    start: int
    end: int


def differs_in_blocks(before: bytes, after: bytes) -> bool:
    """Whether both texts have the same statements, but for blocks ``if True:`` around some of them.

    Their lines are the same but for their indentation, so that all comments stay where they are.
    """
    if b"\r" in before or b"\r" in after or not _same_lines(before.split(b"\n"), after.split(b"\n")):
        return False
    one, other = syntax_tree(before), syntax_tree(after)
    return one is not None and other is not None and _same_statements(one, other)


def _same_lines(before: Sequence[bytes], after: Sequence[bytes]) -> bool:
    left, right = [line.lstrip(b" \t") for line in before], [line.lstrip(b" \t") for line in after]
    i = j = 0
    while i < len(left) or j < len(right):
        if i < len(left) and j < len(right) and left[i] == right[j]:
            i, j = i + 1, j + 1
        elif i < len(left) and left[i] == HEAD:
            i += 1
        elif j < len(right) and right[j] == HEAD:
            j += 1
        else:
            return False
    return True


def _same_statements(one: ast.AST, other: ast.AST) -> bool:
    stack: list[tuple[object, object]] = [(one, other)]
    while stack:
        node, new = stack.pop()
        if node.__class__ is not new.__class__:
            return False
        if not isinstance(node, ast.AST) or not isinstance(new, ast.AST):
            if node != new:
                return False
            continue
        # A string is a docstring, and an import from the future one, only where it stands before all others.
        if isinstance(node, _WITH_DOCSTRING) and _beginnings(node) != _beginnings(new):
            return False
        for name in node._fields:
            mine, theirs = getattr(node, name, None), getattr(new, name, None)
            if isinstance(mine, list) and isinstance(theirs, list):
                stack += zip_longest(_without_blocks(mine), _without_blocks(theirs), fillvalue=...)
            else:
                stack.append((mine, theirs))
    return True


def _beginnings(node: ast.AST) -> int:
    """How many statements of the body mean something by where they stand."""
    return sum(
        (number == 0 and isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant))
        or (isinstance(one, ast.ImportFrom) and one.module == "__future__")
        for number, one in enumerate(getattr(node, "body", ()))
    )


def _without_blocks(nodes: Sequence[object]) -> Iterator[object]:
    for node in nodes:
        match node:
            case ast.If(ast.Constant(True), body, []):
                yield from _without_blocks(body)
            case _:
                yield node


def stretch_of(text: bytes, start: int, end: int) -> Stretch | None:
    """The lines from `start` to `end` that hold whole statements of one block, the outermost that has any there."""
    tree = syntax_tree(text)
    body: Sequence[ast.stmt] = tree.body if tree is not None else ()
    while body:
        inside = [one for one in body if start <= _first(one) and (one.end_lineno or 0) <= end]
        if inside:
            return Stretch(_first(inside[0]), inside[-1].end_lineno or 0)
        around = [one for one in body if _first(one) < end and start < (one.end_lineno or 0)]
        body = [child for one in around for child in _children(one)]
    return None


def _children(node: ast.stmt) -> Iterator[ast.stmt]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.stmt):
            yield child
        elif isinstance(child, ast.ExceptHandler | ast.match_case):
            yield from child.body


def _first(statement: ast.stmt) -> int:
    """Its first line, from 0, with decorators."""
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    return min([statement.lineno, *(decorator.lineno for decorator in decorators)]) - 1


def lines_in_strings(text: bytes) -> frozenset[int]:
    """The lines, from 0, that start within a string, whose indentation is a part of its value."""
    placed = sections(text) or ()
    return frozenset(start + line for start, section in placed for line in section.lines_in_strings)
