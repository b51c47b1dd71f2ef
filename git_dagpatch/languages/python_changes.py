"""The statements in which one Python text may differ from another one, so that the cost follows the change.

Two texts that share their first and last sections are compared by what stands between these.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

from git_dagpatch.languages.python_syntax import Placed, sections, whole

_DocstringOwner: TypeAlias = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
DOCSTRING_OWNERS = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


class Changed(NamedTuple):
    """Sections of two texts; those before and after them are the same in both."""

    old: Sequence[Placed]
    new: Sequence[Placed]
    at_start: bool
    """Whether nothing stands before them."""


def changed_sections(before: bytes, after: bytes) -> Changed | None:
    """In which sections `after` may differ from `before`; None if either does not parse."""
    old, new = sections(before), sections(after)
    if old is None or new is None:
        return None
    most = min(len(old), len(new))
    head = next((at for at in range(most) if old[at].section.text != new[at].section.text), most)
    most -= head
    tail = next((at for at in range(most) if old[-1 - at].section.text != new[-1 - at].section.text), most)
    return Changed(old[head : len(old) - tail], new[head : len(new) - tail], at_start=head == 0)


def same_but_comments(before: bytes, after: bytes) -> bool:
    """Whether it is proved that the two differ in comments and layout alone."""
    changed = changed_sections(before, after)
    return changed is not None and _same(whole(changed.old), whole(changed.new))


def same_but_docstrings(before: bytes, after: bytes) -> bool:
    """Whether it is proved that the two differ in docstrings, comments and layout alone."""
    changed = changed_sections(before, after)
    if changed is None:
        return False
    if changed.at_start:
        # What follows decides whether a docstring is all that there is.
        one, other = sections(before), sections(after)
        return one is not None and other is not None and _same(whole(one), whole(other), docstrings=False)
    return _same(whole(changed.old).body, whole(changed.new).body, docstrings=False)


def _same(old: object, new: object, *, docstrings: bool = True) -> bool:
    """Whether two syntax trees are the same, places apart; without `docstrings`, also if these differ."""
    waiting = [(old, new)]
    while waiting:
        one, other = waiting.pop()
        if one is other:
            continue
        if one.__class__ is not other.__class__:
            return False
        if isinstance(one, ast.AST):
            for name in one._fields:
                mine, theirs = getattr(one, name, None), getattr(other, name, None)
                if mine is not theirs:
                    if name == "body" and not docstrings:
                        mine, theirs = _without_docstring(one), _without_docstring(other)
                    waiting.append((mine, theirs))
        elif isinstance(one, list) and isinstance(other, list):
            if len(one) != len(other):
                return False
            waiting.extend(zip(one, other, strict=True))
        elif repr(one) != repr(other):
            # Of numbers, equal ones may be different: 0.0 and -0.0.
            return False
    return True


def _without_docstring(node: object) -> object:
    body = getattr(node, "body", None)
    if isinstance(node, DOCSTRING_OWNERS) and body and is_text(body[0]):
        # A body of nothing but a docstring is one with `pass`, without it.
        return body[1:] or [ast.Pass()]
    return body


def is_text(node: ast.stmt) -> bool:
    """Whether `node` is a string that stands alone."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
