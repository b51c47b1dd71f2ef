"""The names that parts of a Python text bind and use, by its syntax tree.

Only statements that reach into the asked lines are read, so that the cost follows the change.
"""

from __future__ import annotations

import ast
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence, Set
from functools import cached_property
from itertools import accumulate
from typing import TypeAlias

from git_dagpatch.languages.names import Bound, Names, Used
from git_dagpatch.languages.plain import is_utf8
from git_dagpatch.languages.python_syntax import Placed, sections

_Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
_Placed: TypeAlias = ast.stmt | ast.expr | ast.ExceptHandler | ast.alias | ast.arg | ast.keyword
_WITH_LINES = (ast.stmt, ast.ExceptHandler)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


def names_in(text: bytes, lines: Sequence[int] | None = None, words: Set[str] | None = None) -> Names | None:
    """The names of `text` on `lines`, sorted numbers from 0, on all of them by default; None if it does not parse.

    Of names that are used, all that are in `words` are told.
    """
    if b"\r" in text.replace(b"\r\n", b"\n") or not is_utf8(text):
        return None
    placed = sections(text)
    if placed is None:
        return None
    reader = _Reader(text, lines, words)
    reader.read_sections(placed, _Scope(""))
    return Names(reader.bound, reader.used)


class _Scope:
    """A module, class or function."""

    def __init__(self, name: str, *, function: _Function | None = None, above: _Scope | None = None) -> None:
        self.name = name
        self.function = function
        self.above = above
        self.is_function = function is not None
        self.is_class = function is None and above is not None

    @cached_property
    def names(self) -> frozenset[str]:
        """What is local to the function."""
        return frozenset() if self.function is None else _locals(self.function)

    def function_of(self, name: str) -> str | None:
        """The function in which `name` is a local, seen from here."""
        scope: _Scope | None = self
        while scope is not None:
            if scope.is_function and name in scope.names:
                return scope.name
            scope = scope.above
        return None


class _Reader:
    def __init__(self, text: bytes, lines: Sequence[int] | None, words: Set[str] | None) -> None:
        self.bound: list[Bound] = []
        self.used: list[Used] = []
        self._text = text
        # Python ends lines at line feeds alone here, where bytes.splitlines knows more ends.
        self._starts = [0, *accumulate(len(line) + 1 for line in text.split(b"\n"))]
        self._line = 0
        """The line from which the nodes that are read count theirs."""
        self._lines = lines
        self._words = words

    def read_sections(self, placed: Sequence[Placed], scope: _Scope) -> None:
        for self._line, section in placed:
            self.read_all(section.body, scope)

    def read_all(self, nodes: Sequence[ast.AST], scope: _Scope) -> None:
        for node in nodes:
            if self._lines is None or not isinstance(node, _WITH_LINES) or self._is_asked(node, self._lines):
                self._read(node, scope)

    def _is_asked(self, node: ast.stmt | ast.ExceptHandler, lines: Sequence[int]) -> bool:
        first = min([node.lineno, *(item.lineno for item in getattr(node, "decorator_list", ()))]) - 1
        at = bisect_left(lines, self._line + first)
        return at < len(lines) and lines[at] < self._line + (node.end_lineno or node.lineno)

    def _read(self, node: ast.AST, scope: _Scope) -> None:
        handler = _HANDLERS.get(node.__class__)
        if handler is None or handler(self, node, scope):
            self.read_all(_children(node), scope)

    def _class(self, node: ast.ClassDef, scope: _Scope) -> None:
        self._bind(node.name, self._after_word(node, b"class"), scope)
        self.read_all([*node.decorator_list, *node.bases, *node.keywords], scope)
        self.read_all(node.body, _Scope(node.name, above=scope))

    def _handler(self, node: ast.ExceptHandler, scope: _Scope) -> bool:
        if node.name is not None:
            self._bind(node.name, self._place(node), scope)
        return True

    def _assign(self, node: ast.Assign, _: _Scope) -> bool:
        match node:
            case ast.Assign(targets=[ast.Name(id="__all__")], value=ast.List() | ast.Tuple() as value):
                for item in value.elts:
                    if isinstance(item, ast.Constant) and isinstance(item.value, str):
                        self.used.append(Used(item.value, "global", "", self._place(item)))
        return True

    def _place(self, node: _Placed) -> int:
        return self._starts[self._line + node.lineno - 1] + node.col_offset

    def _after_word(self, node: ast.stmt, word: bytes) -> int:
        """Where the name stands that follows `word` in the head of a definition."""
        start = self._text.find(word, self._place(node)) + len(word)
        return start + len(self._text[start : start + 80]) - len(self._text[start : start + 80].lstrip())

    def _bind(self, name: str, position: int, scope: _Scope) -> None:
        if scope.is_class:
            self.bound.append(Bound(name, "attribute", "", position))
        elif scope.is_function:
            self.bound.append(Bound(name, "local", scope.name, position))
        else:
            self.bound.append(Bound(name, "global", "", position))

    def _function(self, node: _Function, scope: _Scope) -> None:
        name = "<lambda>" if isinstance(node, ast.Lambda) else node.name
        arguments = node.args
        defaults = [default for default in (*arguments.defaults, *arguments.kw_defaults) if default is not None]
        given = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        everything = [*given, *(item for item in (arguments.vararg, arguments.kwarg) if item is not None)]
        self.read_all([*defaults, *(item.annotation for item in everything if item.annotation)], scope)
        inner = _Scope(f"{scope.name}.{name}", function=node, above=scope)
        if not isinstance(node, ast.Lambda):
            self._bind(name, self._after_word(node, b"def"), scope)
            self.read_all([*node.decorator_list, *([node.returns] if node.returns else [])], scope)
            called = scope.name.rpartition(".")[2] if scope.is_class and name == "__init__" else name
            self.bound += (Bound(item.arg, "parameter", called, self._place(item)) for item in given)
        self.bound += (Bound(item.arg, "local", inner.name, self._place(item)) for item in everything)
        self.read_all([node.body] if isinstance(node, ast.Lambda) else node.body, inner)

    def _import(self, node: ast.Import, scope: _Scope) -> None:
        for alias in node.names:
            self._bind(alias.asname or alias.name.partition(".")[0], self._place(alias), scope)
            self.used += (Used(part, "module", "", self._place(alias)) for part in alias.name.split("."))

    def _import_from(self, node: ast.ImportFrom, scope: _Scope) -> None:
        module = (node.module or "").rpartition(".")[2]
        for part in (node.module or "").split("."):
            self.used.append(Used(part, "module", "", self._place(node)))
        for alias in node.names:
            place = self._place(alias)
            self._bind(alias.asname or alias.name, place, scope)
            self.used.append(Used(alias.name, "imported", module, place))
            self.used.append(Used(alias.name, "module", "", place))

    def _name(self, node: ast.Name, scope: _Scope) -> None:
        if not isinstance(node.ctx, ast.Load):
            self._bind(node.id, self._place(node), scope)
            return
        if self._words is not None and node.id not in self._words:
            return
        function = scope.function_of(node.id)
        kind = "global" if function is None else "local"
        self.used.append(Used(node.id, kind, function or "", self._place(node)))
        if scope.is_class:
            self.used.append(Used(node.id, "attribute", "self", self._place(node)))

    def _attribute(self, node: ast.Attribute, _: _Scope) -> bool:
        line, column = node.end_lineno or node.lineno, node.end_col_offset or 0
        position = self._starts[self._line + line - 1] + column - len(node.attr.encode())
        if isinstance(node.ctx, ast.Load):
            self.used.append(Used(node.attr, "attribute", _last_name(node.value), position))
        elif isinstance(node.value, ast.Name) and node.value.id in ("self", "cls"):
            self.bound.append(Bound(node.attr, "attribute", "", position))
        return True

    def _keywords(self, node: ast.Call, _: _Scope) -> bool:
        called = _last_name(node.func)
        for keyword in node.keywords:
            if keyword.arg is not None:
                self.used.append(Used(keyword.arg, "keyword", called, self._place(keyword)))
        return True


_LEAVES = frozenset(
    kind
    for base in (ast.expr_context, ast.operator, ast.boolop, ast.unaryop, ast.cmpop)
    for kind in base.__subclasses__()
) | {ast.Constant}

_HANDLERS: dict[type[ast.AST], Callable[[_Reader, ast.AST, _Scope], bool | None]] = {
    kind: handler  # type: ignore[misc]
    for kinds, handler in (
        (_FUNCTIONS, _Reader._function),
        ((ast.ClassDef,), _Reader._class),
        ((ast.Import,), _Reader._import),
        ((ast.ImportFrom,), _Reader._import_from),
        ((ast.Name,), _Reader._name),
        ((ast.Attribute,), _Reader._attribute),
        ((ast.Call,), _Reader._keywords),
        ((ast.ExceptHandler,), _Reader._handler),
        ((ast.Assign,), _Reader._assign),
    )
    for kind in kinds
}
"""What reads a node of each kind; it says whether the nodes in it are still to be read."""


def _children(node: ast.AST) -> list[ast.AST]:
    """The nodes in `node` that may name something, in order."""
    found: list[ast.AST] = []
    for value in node.__dict__.values():
        if value.__class__ is list:
            found += [item for item in value if isinstance(item, ast.AST) and item.__class__ not in _LEAVES]
        elif isinstance(value, ast.AST) and value.__class__ not in _LEAVES:
            found.append(value)
    return found


def _last_name(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Call(func=function):
            return _last_name(function)
    return ""


def _locals(node: _Function) -> frozenset[str]:
    """The names that are local to a function."""
    arguments = node.args
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
    found = {item.arg for item in every if item is not None}
    elsewhere: set[str] = set()
    for inner in _own_nodes(node):
        match inner:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                found.add(name)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                found.add(name)
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                found.update(alias.asname or alias.name.partition(".")[0] for alias in names)
            case ast.ExceptHandler(name=str(name)):
                found.add(name)
            case ast.Global(names=names) | ast.Nonlocal(names=names):
                elsewhere.update(names)
    return frozenset(found - elsewhere)


def _own_nodes(node: _Function) -> Iterator[ast.AST]:
    """What is in a function and in none of the functions and classes in it, these themselves included."""
    waiting: list[ast.AST] = [node.body] if isinstance(node, ast.Lambda) else list(node.body)
    while waiting:
        inner = waiting.pop()
        yield inner
        if not isinstance(inner, (*_FUNCTIONS, ast.ClassDef)):
            waiting.extend(_children(inner))
