"""What Python does while it makes definitions, before any of them is called, and whether their order matters to that.

To make a definition its decorators, defaults, annotations and bases are evaluated, and the body of a class is executed.
Two definitions may change places if making neither of them looks up the other, and if at most one runs code that is not
known, which then can reach nothing of the other.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator, Sequence
from enum import IntEnum
from typing import NamedTuple, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from git_dagpatch.languages.python_following import dotted
from git_dagpatch.languages.python_scopes import Scope
from git_dagpatch.languages.python_symbols import symbols_of
from git_dagpatch.languages.python_syntax import syntax_tree

_Definition: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
_Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_OTHER_BINDINGS = (ast.NamedExpr, ast.Global, ast.Nonlocal, ast.Import, ast.ImportFrom, ast.Delete)
_LATER = b"from __future__ import annotations"
"""With this, annotations are not evaluated."""

_CONTAINED = frozenset(
    (
        *(f"builtins.{name}" for name in ("staticmethod", "classmethod", "property")),
        *(f"functools.{name}" for name in ("cache", "cached_property", "lru_cache", "total_ordering", "wraps")),
        *(f"abc.{name}" for name in ("abstractmethod", "abstractproperty")),
        *(f"contextlib.{name}" for name in ("contextmanager", "asynccontextmanager")),
        *(
            f"{module}.{name}"
            for module in ("typing", "typing_extensions")
            for name in ("final", "no_type_check", "overload", "override", "runtime_checkable")
        ),
        "dataclasses.dataclass",
        "enum.unique",
    )
)
"""Decorators that touch nothing but what they decorate."""
_PROPERTY = "builtins.property"
_ACCESSORS = frozenset(("setter", "getter", "deleter"))
_PLAIN_BASES = frozenset(("abc.ABC", "typing.Generic", "typing.NamedTuple", "typing.Protocol", "typing.TypedDict"))
"""Bases besides the builtin ones that do nothing when a class derives from them but to make it."""
_PLAIN_VALUES = frozenset(
    f"builtins.{name}"
    for name in ("bool", "bytes", "dict", "float", "frozenset", "int", "list", "object", "set", "tuple")
)
"""What makes a new object of constants and does nothing else."""


class _Does(IntEnum):
    """What making a definition may do besides binding its name, the least first."""

    NOTHING = 0
    READS = 1
    """It asks objects for attributes."""
    RUNS = 2
    """It runs code of which nothing is known."""
    BINDS = 3
    """It also binds other names, or changes objects by name."""


class _Made(NamedTuple):
    """What making one statement takes."""

    name: str
    looked_up: frozenset[str]
    does: _Does


def names_when_made(node: ast.AST, *, with_annotations: bool) -> Iterator[str]:
    """The names that are looked up while `node` is executed, but not what is in the functions that it makes."""
    waiting: list[ast.AST] = [node]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Name):
            yield node.id
        for name, value in ast.iter_fields(node):
            if (name == "body" and isinstance(node, _FUNCTIONS)) or (
                name in ("annotation", "returns") and not with_annotations
            ):
                continue
            children = value if isinstance(value, list) else [value]
            waiting += [child for child in children if isinstance(child, ast.AST)]


def evaluates_annotations(text: bytes) -> bool:
    """Whether the annotations of the module `text` are evaluated, as far as can be told."""
    return _LATER not in text


def may_change_places(before: bytes, after: bytes, owner: str) -> bool:
    """Whether it is proved that the definitions of the class `owner`, or of the module for an empty name, stand in
    another order in `after` and are made to be what they are in `before`."""
    old, new = _Body.read(before, owner), _Body.read(after, owner)
    if old is None or new is None:
        return False
    places: dict[object, list[int]] = defaultdict(list)
    for number, key in enumerate(new.keys):
        places[key].append(number)
    if sorted(map(repr, old.keys)) != sorted(map(repr, new.keys)):
        return False
    now = [places[key].pop(0) for key in old.keys]
    exchanged = [(one, other) for other in range(len(now)) for one in range(other) if now[one] > now[other]]
    return all(old.are_independent(one, other) for one, other in exchanged)


class _Body(Struct):
    """The statements of a module or class in their order."""

    keys: Sequence[tuple[int, tuple[bytes, ...]]]
    """What tells them apart: their column and their lines."""
    statements: Sequence[ast.stmt]
    making: _Making
    owner: str

    @classmethod
    def read(cls, text: bytes, owner: str) -> _Body | None:
        """None if Python does not take the text, or `owner` is not there once."""
        tree, making = syntax_tree(text), _Making.of(text)
        if tree is None or making is None:
            return None
        node: ast.Module | ast.ClassDef = tree
        for name in owner.split(".") if owner else ():
            found = [one for one in node.body if isinstance(one, ast.ClassDef) and one.name == name]
            if len(found) != 1:
                return None
            node = found[0]
            making = making.within(node)
            if node.keywords:
                # A metaclass may see what comes into the class one by one.
                return None
        lines = text.split(b"\n")
        keys = [(one.col_offset, tuple(lines[_first_line(one) - 1 : one.end_lineno])) for one in node.body]
        return cls(keys, node.body, making, owner)

    def are_independent(self, one: int, other: int) -> bool:
        """Whether two statements do the same in both orders."""
        first, second = self.statements[one], self.statements[other]
        if not isinstance(first, _DEFINITIONS) or not isinstance(second, _DEFINITIONS):
            return False
        mine, theirs = self.making.made(first), self.making.made(second)
        if mine.name == theirs.name or mine.name in theirs.looked_up or theirs.name in mine.looked_up:
            return False
        quiet, busy = sorted((mine, theirs), key=lambda made: made.does)
        if busy.does < _Does.RUNS:
            return True
        if busy.does > _Does.RUNS or quiet.does > _Does.NOTHING:
            return False
        return not self.making.can_rebind(quiet.looked_up) and (bool(self.owner) or not self._is_in_reach(quiet.name))

    def _is_in_reach(self, name: str) -> bool:
        """Whether any code of the module names what is called `name`, so that unknown code might come to it."""
        return self.making.is_opaque or any(
            isinstance(node, ast.Name | ast.Attribute)
            and name == (node.id if isinstance(node, ast.Name) else node.attr)
            for statement in self.statements
            for node in ast.walk(statement)
            if not (isinstance(statement, _DEFINITIONS) and statement.name == name)
        )


def _first_line(statement: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    return min([statement.lineno, *(item.lineno for item in decorators)])


def _bound_in(node: ast.ClassDef) -> Iterator[str]:
    """The names that the body of a class may bind."""
    for inner in ast.walk(node):
        if isinstance(inner, ast.Name) and not isinstance(inner.ctx, ast.Load):
            yield inner.id
        elif isinstance(inner, _DEFINITIONS):
            yield inner.name


class _Making(Struct, frozen=True):
    """What is known of the module that definitions are made in."""

    top: Scope
    stars: bool
    with_annotations: bool
    rebound: frozenset[str]
    """Names that some function binds in the module."""
    hidden: frozenset[str] = frozenset()
    """Names of classes around, which mean something else there."""
    properties: frozenset[str] = frozenset()
    """The properties of the class around."""

    @classmethod
    def of(cls, text: bytes) -> _Making | None:
        symbols = symbols_of(text)
        if symbols is None:
            return None
        rebound = frozenset(name for scope in symbols.scopes for name in scope.elsewhere)
        return cls(symbols.scopes[0], bool(symbols.stars), evaluates_annotations(text), rebound)

    def within(self, node: ast.ClassDef) -> _Making:
        """The same for the body of a class."""
        properties = {
            one.name
            for one in node.body
            if isinstance(one, ast.FunctionDef) and any(self.origin(item) == _PROPERTY for item in one.decorator_list)
        }
        return replace(self, hidden=self.hidden.union(_bound_in(node)), properties=frozenset(properties))

    @property
    def is_opaque(self) -> bool:
        return self.top.opaque

    def can_rebind(self, names: frozenset[str]) -> bool:
        """Whether code of this module may give one of `names` another value as it runs."""
        return self.is_opaque or not names.isdisjoint(self.rebound)

    def origin(self, node: ast.expr) -> str:
        """What `node` is by its full name, if it is a builtin or what an import brings; else empty."""
        root, _, rest = dotted(node).partition(".")
        if not root or root in self.hidden or root in self.rebound or root in self.top.rebound:
            return ""
        how = self.top.bound.get(root)
        if how is None:
            found = "" if self.stars else f"builtins.{root}"
        elif how != "import":
            return ""
        elif root in self.top.origins:
            found = ".".join(self.top.origins[root])
        else:
            found = self.top.modules.get(root, "")
        return f"{found}.{rest}" if rest and found else found

    # What is done

    def made(self, node: _Definition) -> _Made:
        looked_up = frozenset(names_when_made(node, with_annotations=self.with_annotations))
        return _Made(node.name, looked_up, self._definition(node))

    def _definition(self, node: _Definition) -> _Does:
        found = max((self._decorator(one) for one in node.decorator_list), default=_Does.NOTHING)
        return max(found, self._class(node) if isinstance(node, ast.ClassDef) else self._function(node))

    def _decorator(self, node: ast.expr) -> _Does:
        match node:
            case ast.Call(func=function, args=args, keywords=keywords):
                given = max(
                    (self._value(one) for one in (*args, *(one.value for one in keywords))), default=_Does.NOTHING
                )
                return max(given, self._decorator(function))
            case ast.Attribute(value=ast.Name(id=name), attr=attr) if name in self.properties and attr in _ACCESSORS:
                return _Does.NOTHING
        return _Does.NOTHING if self.origin(node) in _CONTAINED else max(_Does.RUNS, self._value(node))

    def _function(self, node: _Function) -> _Does:
        arguments = node.args
        defaults = [one for one in (*arguments.defaults, *arguments.kw_defaults) if one is not None]
        found = max(map(self._value, defaults), default=_Does.NOTHING)
        if self.with_annotations and not isinstance(node, ast.Lambda):
            every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
            said = [one.annotation for one in every if one is not None and one.annotation is not None]
            said += [node.returns] if node.returns is not None else []
            found = max([found, *map(self._annotation, said)])
        return found

    def _annotation(self, node: ast.expr) -> _Does:
        """Subscripts and unions of imported and builtin types make types, and that is all."""
        match node:
            case ast.Constant() | ast.Name():
                return _Does.NOTHING
            case ast.Attribute():
                return _Does.NOTHING if self.origin(node) else _Does.READS
            case ast.Subscript(value=value, slice=inner):
                return max(self._annotation(inner), _Does.NOTHING if self.origin(value) else _Does.RUNS)
            case ast.BinOp(left=left, op=ast.BitOr(), right=right):
                known = [one for one in (left, right) if not isinstance(one, ast.Name) or self.origin(one)]
                return max(self._annotation(left), self._annotation(right), _Does.NOTHING if known else _Does.RUNS)
            case ast.Tuple(elts=items) | ast.List(elts=items):
                return max(map(self._annotation, items), default=_Does.NOTHING)
        return max(_Does.RUNS, self._value(node))

    def _class(self, node: ast.ClassDef) -> _Does:
        found = max((self._base(one) for one in node.bases), default=_Does.NOTHING)
        if node.keywords:
            found = max(found, _Does.RUNS)
        inside = self.within(node)
        return max([found, *map(inside._statement, node.body)])

    def _base(self, node: ast.expr) -> _Does:
        value = node.value if isinstance(node, ast.Subscript) else node
        name = self.origin(value)
        return (
            _Does.NOTHING
            if name in _PLAIN_BASES or name.startswith("builtins.")
            else max(_Does.RUNS, self._value(node))
        )

    def _statement(self, node: ast.stmt) -> _Does:
        """What a statement in the body of a class does."""
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                return self._definition(node)
            case ast.Pass() | ast.Expr(value=ast.Constant()):
                return _Does.NOTHING
            case ast.Assign(targets=targets, value=value) if all(isinstance(one, ast.Name) for one in targets):
                return self._member(value)
            case ast.AnnAssign(target=ast.Name(), annotation=annotation, value=value):
                said = self._annotation(annotation) if self.with_annotations else _Does.NOTHING
                return said if value is None else max(said, self._member(value))
        return _Does.BINDS

    def _member(self, node: ast.expr) -> _Does:
        """A value is asked whether it wants to know the name that it gets in a class; those of builtin types do not."""
        return max(_Does.RUNS if isinstance(node, ast.Name | ast.Attribute) else _Does.NOTHING, self._value(node))

    def _value(self, node: ast.expr) -> _Does:
        match node:
            case ast.Constant() | ast.Name():
                return _Does.NOTHING
            case ast.Attribute(value=value):
                return max(_Does.READS, self._value(value))
            case ast.UnaryOp(operand=ast.Constant()) | ast.BinOp(left=ast.Constant(), right=ast.Constant()):
                return _Does.NOTHING
            case ast.Tuple(elts=items) | ast.List(elts=items):
                return max(map(self._value, items), default=_Does.NOTHING)
            case ast.Set(elts=items) if all(isinstance(one, ast.Constant) for one in items):
                return _Does.NOTHING
            case ast.Dict(keys=keys, values=values) if all(isinstance(one, ast.Constant) for one in keys):
                return max(map(self._value, values), default=_Does.NOTHING)
            case ast.Lambda():
                return self._function(node)
            case ast.Call(func=function, args=args, keywords=[]) if self.origin(function) in _PLAIN_VALUES:
                constant = all(isinstance(one, ast.Constant) for one in args)
                return _Does.NOTHING if constant else _Does.RUNS
        binds = any(isinstance(one, _OTHER_BINDINGS) for one in ast.walk(node))
        return _Does.BINDS if binds else _Does.RUNS
