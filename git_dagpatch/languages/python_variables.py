"""Python: the names that get a value where a module or a class is made, and the attributes that ``__init__`` sets."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator, Sequence

from git_dagpatch.languages.language import Definition
from git_dagpatch.languages.python_syntax import sections


def python_variables(text: bytes) -> list[Definition]:
    """What gets a value by one statement alone, which has its lines for itself, in the order of the lines.

    Empty where Python does not take the text, or counts its lines otherwise: a carriage return alone ends one there.
    """
    if b"\r" in text.replace(b"\r\n", b"\n"):
        return []
    found = [
        one._replace(start=one.start + line, end=one.end + line)
        for line, section in sections(text) or ()
        for one in _of_body(section.body, "", "variable")
    ]
    lines = Counter(line for one in found for line in (one.start, one.end - 1) if one.end - one.start > 1)
    lines.update(one.start for one in found if one.end - one.start == 1)
    names = Counter(one.name for one in found)
    return sorted(
        (one for one in found if names[one.name] == 1 and lines[one.start] == 1 == lines[one.end - 1]),
        key=lambda one: one.start,
    )


def _of_body(body: Sequence[ast.stmt], within: str, kind: str) -> Iterator[Definition]:
    for place, statement in enumerate(body):
        if isinstance(statement, ast.ClassDef):
            yield from _of_body(statement.body, f"{within}{statement.name}.", "attribute")
        elif isinstance(statement, ast.FunctionDef):
            if kind == "attribute" and statement.name == "__init__" and statement.args.args:
                yield from _set_by(statement, within)
        elif (target := _target(statement)) is not None and isinstance(target, ast.Name) and _is_alone(body, place):
            yield _definition(f"{within}{target.id}", kind, statement)


def _set_by(init: ast.FunctionDef, within: str) -> Iterator[Definition]:
    """The attributes of the instance, whose name is that of the first parameter."""
    own = init.args.args[0].arg
    for place, statement in enumerate(init.body):
        match _target(statement):
            case ast.Attribute(value=ast.Name(name), attr=attribute) if name == own and _is_alone(init.body, place):
                yield _definition(f"{within}{attribute}", "attribute", statement)


def _target(statement: ast.stmt) -> ast.expr | None:
    match statement:
        case ast.Assign(targets=[target]):
            return target
        case ast.AnnAssign(target=target, value=ast.expr()):
            return target
    return None


def _is_alone(body: Sequence[ast.stmt], place: int) -> bool:
    """Whether neither of its neighbours shares a line with the statement, and the block does not start on its line."""
    last = body[place].end_lineno or body[place].lineno
    before = body[place - 1].end_lineno or 0 if place else 0
    after = body[place + 1].lineno if place + 1 < len(body) else last + 1
    return before < body[place].lineno and last < after


def _definition(name: str, kind: str, statement: ast.stmt) -> Definition:
    return Definition(name, kind, statement.lineno - 1, statement.end_lineno or statement.lineno)
