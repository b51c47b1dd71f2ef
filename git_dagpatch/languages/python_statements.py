"""What a Python module's statements are for, and where docstrings stand."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from git_dagpatch.languages.python_changes import DOCSTRING_OWNERS, is_text
from git_dagpatch.languages.python_syntax import syntax_tree

_DIRECTIVE = re.compile(
    rb"#\s*(?:type:|noqa|pragma|pylint:|fmt:|isort:|yapf:|ruff:|mypy:|pyright:|flake8:|nosec|bandit:|coverage:|-\*-|!)|"
    rb"^#!|coding[:=]",
    re.IGNORECASE | re.MULTILINE,
)
_DocstringOwner: TypeAlias = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


class Statement(NamedTuple):
    """A statement at the top level of a module, or under an ``if``, ``try`` or ``with`` there."""

    kind: str
    """import, assignment, exports, docstring, definition, other."""
    names: tuple[str, ...]
    """What it binds; of an import as it is written: ``os``, ``dates.parse``, ``numpy as np``."""
    start: int
    """First line from 0."""
    end: int
    """The line after the last."""


def statements(text: bytes) -> list[Statement] | None:
    """The statements of the module `text`; None if it does not parse."""
    tree = syntax_tree(text)
    return None if tree is None else list(_statements(tree.body, is_first=True))


def _statements(body: list[ast.stmt], *, is_first: bool = False) -> Iterator[Statement]:
    for number, node in enumerate(body):
        match node:
            case ast.If() | ast.Try() | ast.With():
                for within in ("body", "orelse", "finalbody"):
                    yield from _statements(getattr(node, within, []))
                for handler in getattr(node, "handlers", ()):
                    yield from _statements(handler.body)
            case _:
                kind, names = _purpose(node)
                if is_first and number == 0 and is_text(node):
                    kind = "docstring"
                start = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", ()))])
                yield Statement(kind, names, start - 1, node.end_lineno or node.lineno)


def _purpose(node: ast.stmt) -> tuple[str, tuple[str, ...]]:
    match node:
        case ast.Import(names=names):
            return "import", tuple(_imported(alias) for alias in names)
        case ast.ImportFrom(module=module, names=names, level=level):
            source = "." * level + (module or "")
            dot = "" if source.endswith(".") else "."
            return "import", tuple(f"{source}{dot}{_imported(alias)}" for alias in names)
        case (
            ast.Assign(targets=[ast.Name(id=name)])
            | ast.AnnAssign(target=ast.Name(id=name))
            | ast.AugAssign(target=ast.Name(id=name))
        ):
            return "exports" if name == "__all__" else "assignment", (name,)
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return "definition", (name,)
    return "other", ()


def _imported(alias: ast.alias) -> str:
    return f"{alias.name} as {alias.asname}" if alias.asname else alias.name


def bound_by(imported: str) -> str:
    """The name that an import binds, written as in `Statement.names`."""
    path, _, alias = imported.partition(" as ")
    return alias or path.rpartition(".")[2]


@lru_cache(maxsize=32)
def docstring_lines(text: bytes) -> frozenset[int]:
    """The lines, from 0, on which the docstrings of definitions stand; none if `text` does not parse."""
    tree = syntax_tree(text)
    found: set[int] = set()
    waiting: list[_DocstringOwner] = [] if tree is None else [tree]
    while waiting:
        owner = waiting.pop()
        if owner.body and is_text(owner.body[0]):
            found.update(range(owner.body[0].lineno - 1, owner.body[0].end_lineno or owner.body[0].lineno))
        waiting += (node for node in owner.body if isinstance(node, DOCSTRING_OWNERS))
    return frozenset(found)


def directs_a_tool(lines: bytes) -> bool:
    """Whether a comment in `lines` is read by a program: a type comment, ``noqa``, an encoding."""
    return _DIRECTIVE.search(lines) is not None
