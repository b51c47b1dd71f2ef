"""Whether a definition of Python is the same as before but for names: then its new name means what the old one did.

A function keeps its signature and its body, a variable its values, a parameter its place and its default, a class its
members, at least half of them as they were. Docstrings may change.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import TypeAlias

_Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef
_Definition: TypeAlias = _Function | ast.ClassDef
_NAMED = ("id", "attr", "arg", "name", "asname")
"""Fields of nodes that hold an identifier."""
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_DEFINITIONS = (*_FUNCTIONS, ast.ClassDef)


def is_the_same(before: bytes, old: str, after: bytes, new: str, names: Mapping[str, str]) -> bool:
    """Whether `new` in the text `after` is what `old` is in `before`, where `names` may have changed, old → new.

    `old` and `new` are qualified by what is around them. False where that cannot be told.
    """
    try:
        return _Comparison(names).are_the_same(_tree(before), old.split("."), _tree(after), new.split("."))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False


@lru_cache(maxsize=8)
def _tree(text: bytes) -> ast.Module:
    """The tree of a text, kept: a commit may rename a thousand things in one file. It must not be changed."""
    return ast.parse(text)


class _Comparison:
    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = names

    def are_the_same(self, one: ast.Module, mine: Sequence[str], other: ast.Module, theirs: Sequence[str]) -> bool:
        above, below = _found(one, mine[:-1]), _found(other, theirs[:-1])
        if above is None or below is None:
            return False
        old, new = _definition(above, mine[-1]), _definition(below, theirs[-1])
        if old is not None and new is not None:
            if isinstance(old, ast.ClassDef) and isinstance(new, ast.ClassDef):
                return self._classes(old, new)
            return self._alike(old, new)
        if old is not None or new is not None:
            return False
        if isinstance(above, _FUNCTIONS) and isinstance(below, _FUNCTIONS):
            places = _parameters(above), _parameters(below)
            if mine[-1] in places[0] or theirs[-1] in places[1]:
                return len(places[0]) == len(places[1]) and self._alike(
                    places[0].get(mine[-1]), places[1].get(theirs[-1])
                )
        values = list(_values(above, mine[-1])), list(_values(below, theirs[-1]))
        return bool(values[0]) and self._alike(*values)

    def _alike(self, one: object, other: object, field: str = "") -> bool:
        """Whether two nodes, or what a `field` of two nodes holds, are the same but for names."""
        if isinstance(one, ast.AST) and isinstance(other, ast.AST):
            return type(one) is type(other) and all(
                self._alike(_of(one, name), _of(other, name), name) for name in one._fields
            )
        if isinstance(one, list | tuple) and isinstance(other, list | tuple):
            return len(one) == len(other) and all(self._alike(*pair, field) for pair in zip(one, other, strict=True))
        if field in _NAMED and isinstance(one, str):
            return other in (one, self._names.get(one))
        return type(one) is type(other) and one == other

    def _classes(self, one: ast.ClassDef, other: ast.ClassDef) -> bool:
        mine, theirs = _members(one), _members(other)
        pairs = [(nodes, theirs.get(name, theirs.get(self._names.get(name, "")))) for name, nodes in mine.items()]
        same = sum(self._alike(*pair) for pair in pairs)
        return (
            all(self._alike(_of(one, field), _of(other, field)) for field in ("bases", "keywords", "decorator_list"))
            and len(mine) == len(theirs)
            and all(found is not None for _, found in pairs)
            and 2 * same >= len(pairs)
        )


def _of(node: ast.AST, field: str) -> object:
    """What a field holds, without a docstring."""
    value = getattr(node, field, None)
    if field == "body" and isinstance(node, _DEFINITIONS) and ast.get_docstring(node, clean=False) is not None:
        return node.body[1:]
    return value


def _found(tree: ast.Module, parts: Sequence[str]) -> ast.Module | _Definition | None:
    scope: ast.Module | _Definition | None = tree
    for part in parts:
        scope = _definition(scope, part) if scope is not None else None
    return scope


def _definition(scope: ast.AST, name: str) -> _Definition | None:
    """The only definition of `name` in `scope`; None if there is none, or more than one."""
    found = [node for node in _own(scope) if isinstance(node, _DEFINITIONS) and node.name == name]
    return found[0] if len(found) == 1 else None


def _own(scope: ast.AST) -> Iterator[ast.AST]:
    """The nodes in `scope` that are in no definition within it, these themselves included."""
    for node in ast.iter_child_nodes(scope):
        yield node
        if not isinstance(node, _DEFINITIONS):
            yield from _own(node)


def _members(scope: ast.ClassDef) -> dict[str, list[ast.AST]]:
    """Name → what it is, of what the body of a class binds."""
    found: dict[str, list[ast.AST]] = {}
    for node in _own(scope):
        if isinstance(node, _DEFINITIONS):
            found.setdefault(node.name, []).append(node)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.setdefault(node.id, []).extend(_values(scope, node.id))
    return found


def _parameters(function: _Function) -> dict[str, tuple[object, ...]]:
    """Name → its place and its default."""
    arguments = function.args
    positional = [*arguments.posonlyargs, *arguments.args]
    defaults = [None] * (len(positional) - len(arguments.defaults)) + [*arguments.defaults]
    found: dict[str, tuple[object, ...]] = {
        one.arg: (at, default) for at, (one, default) in enumerate(zip(positional, defaults, strict=True))
    }
    for one, given in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        found[one.arg] = "keyword", given
    for mark, rest in ("*", arguments.vararg), ("**", arguments.kwarg):
        if rest is not None:
            found[rest.arg] = (mark,)
    return found


def _values(scope: ast.AST, name: str) -> Iterator[ast.AST]:
    """What is bound to `name` in `scope`, or in a class to the attribute of that name by its methods."""
    for node in ast.walk(scope) if isinstance(scope, ast.ClassDef) else _own(scope):
        match node:
            case ast.Assign(targets=targets, value=value) if any(_binds(target, name) for target in targets):
                yield value
            case (
                ast.AnnAssign(target=target)
                | ast.AugAssign(target=target)
                | ast.For(target=target)
                | ast.NamedExpr(target=target)
            ) if _binds(target, name):
                yield _bare(node)
            case ast.withitem(optional_vars=ast.expr() as target, context_expr=value) if _binds(target, name):
                yield value


def _bare(node: ast.AST) -> ast.AST:
    """What a statement binds, without what it does besides."""
    return node.iter if isinstance(node, ast.For) else node


def _binds(target: ast.expr, name: str) -> bool:
    match target:
        case ast.Name(id=found):
            return found == name
        case ast.Attribute(value=ast.Name(), attr=found):
            return found == name
        case ast.Tuple(elts=parts) | ast.List(elts=parts):
            return any(_binds(part, name) for part in parts)
        case ast.Starred(value=value):
            return _binds(value, name)
    return False
