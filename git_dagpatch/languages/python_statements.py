"""What a Python module's statements are for, and where docstrings stand."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from git_dagpatch.languages.python_changes import is_text
from git_dagpatch.languages.python_syntax import sections

_DIRECTIVE = re.compile(
    rb"#\s*(?:type:|noqa|pragma|pylint:|fmt:|isort:|yapf:|ruff:|mypy:|pyright:|flake8:|nosec|bandit:|coverage:|-\*-|!)|"
    rb"^#!|coding[:=]",
    re.IGNORECASE | re.MULTILINE,
)
_OWNERS = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


class Statement(NamedTuple):
    """A statement at the top level of a module, or under an ``if``, ``try`` or ``with`` there."""

    kind: str
    """import, assignment, exports, docstring, definition, other; typing is the head of ``if TYPE_CHECKING:``."""
    names: tuple[str, ...]
    """What it binds; of an import as it is written: ``os``, ``dates.parse``, ``numpy as np``."""
    start: int
    """First line from 0."""
    end: int
    """The line after the last."""


def statements(text: bytes) -> list[Statement] | None:
    """The statements of the module `text`; None if it does not parse."""
    found = sections(text)
    if found is None:
        return None
    return [
        one
        for number, (line, section) in enumerate(found)
        for one in _statements(section.body, line, is_first=number == 0)
    ]


def _statements(body: list[ast.stmt], line: int, *, is_first: bool = False) -> Iterator[Statement]:
    """The statements of `body`, which counts its lines from `line`."""
    for number, node in enumerate(body):
        match node:
            case ast.If() | ast.Try() | ast.With():
                if isinstance(node, ast.If) and _is_for_types(node):
                    yield Statement("typing", (), line + node.lineno - 1, line + node.lineno)
                for within in ("body", "orelse", "finalbody"):
                    yield from _statements(getattr(node, within, []), line)
                for handler in getattr(node, "handlers", ()):
                    yield from _statements(handler.body, line)
            case _:
                kind, names = _purpose(node)
                if is_first and number == 0 and is_text(node):
                    kind = "docstring"
                start = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", ()))])
                yield Statement(kind, names, line + start - 1, line + (node.end_lineno or node.lineno))


def _is_for_types(node: ast.If) -> bool:
    """Whether its head is ``if TYPE_CHECKING:``, which is false where the program runs."""
    match node.test:
        case ast.Name(id="TYPE_CHECKING") | ast.Attribute(value=ast.Name(), attr="TYPE_CHECKING"):
            return node.test.end_lineno == node.lineno
    return False


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
    found: set[int] = set()
    for number, (line, section) in enumerate(sections(text) or ()):
        for node in _docstrings(section.body, is_body=number == 0):
            found.update(range(line + node.lineno - 1, line + (node.end_lineno or node.lineno)))
    return frozenset(found)


def _docstrings(body: Sequence[ast.stmt], *, is_body: bool = True) -> Iterator[ast.stmt]:
    """The docstrings of the definitions in `body`, and, if it is all of a definition or module, of that."""
    if is_body and body and is_text(body[0]):
        yield body[0]
    for node in body:
        if isinstance(node, _OWNERS):
            yield from _docstrings(node.body)


def directs_a_tool(lines: bytes) -> bool:
    """Whether a comment in `lines` is read by a program: a type comment, ``noqa``, an encoding."""
    return _DIRECTIVE.search(lines) is not None
