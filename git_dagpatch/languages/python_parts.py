"""A Python module as parts that are reached one by one, and what each of them mentions.

A part is a function, a method, the head of a class, a value that is bound at the top or in a class, an import, or any
other statement there. What is inside a function belongs to it. Annotations of functions are not mentions: they make no
objects and call nothing, unless a decorator may read them.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import Enum
from typing import NamedTuple, TypeAlias

import msgspec

_Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
_DOTTED = re.compile(r"[A-Za-z_]\w*(?:[.:][A-Za-z_]\w*)*\Z")
_WORD = re.compile(r"[A-Za-z_]\w*")
_OF_PROPERTIES = ("setter", "getter", "deleter")
_CHECKS = ("isinstance", "issubclass")

HARMLESS = frozenset(
    {
        "property",
        "setter",
        "getter",
        "deleter",
        "staticmethod",
        "classmethod",
        "wraps",
        "overload",
        "abstractmethod",
        "cached_property",
        "lru_cache",
        "cache",
        "contextmanager",
        "asynccontextmanager",
        "dataclass",
        "total_ordering",
        "fixture",
        "final",
        "override",
        "parametrize",
        "skipif",
        "skip",
        "xfail",
        "usefixtures",
        "filterwarnings",
        "timeout",
    }
)
"""Decorators that hand what they decorate to nobody."""


class PartKind(Enum):
    FUNCTION = "function"
    CLASS = "class"
    VALUE = "value"
    IMPORT = "import"
    STATEMENT = "statement"


class How(Enum):
    """In which way a part mentions a name."""

    NAME = "name"
    CHAIN = "chain"
    """Attributes of a name that the module has, with it: ``a.b.c``."""
    OWN = "own"
    """An attribute of ``self``, ``cls`` or ``super()``."""
    ATTRIBUTE = "attribute"
    """An attribute of something that is not known."""
    CHECK = "check"
    """A class that objects are only compared with."""
    TEXT = "text"
    """A string that may be the name of something, with dots."""
    PIECE = "piece"
    """A piece of a string from which a name may be put together."""
    PARAMETER = "parameter"
    """What a function takes: pytest gives it what a fixture of that name returns."""

    __hash__ = object.__hash__


class Mention(NamedTuple):
    how: How
    name: str


class Origin(NamedTuple):
    """What an import binds: ``from module import name``, or the module itself where `name` is empty."""

    module: str
    name: str


class Part(msgspec.Struct, eq=False):
    """One part of a module."""

    path: bytes
    kind: PartKind
    qualified: str
    """Empty of a statement that binds nothing."""
    owner: str
    """The class that it is in; empty at the top."""
    line: int
    last: int
    content: str
    """Equal where two parts do the same."""
    mentions: frozenset[Mention] = frozenset()
    early: frozenset[Mention] = frozenset()
    """Those that may be called when the module is imported."""
    decorators: tuple[str, ...] = ()
    words: frozenset[str] = frozenset()
    """The names and strings in its decorators."""
    bases: tuple[str, ...] = ()
    """Of a class: as chains; empty text for what is no chain."""
    origin: Origin | None = None
    texts: frozenset[str] = frozenset()
    """The strings in it."""

    @property
    def name(self) -> str:
        return self.qualified.rpartition(".")[2]


class Parts(msgspec.Struct):
    """A module's parts, the modules that it imports, and those of which it takes all names."""

    parts: list[Part] = msgspec.field(default_factory=list)
    imports: set[str] = msgspec.field(default_factory=set)
    stars: set[str] = msgspec.field(default_factory=set)


def parts_of(path: bytes, text: bytes, *, compared: bool) -> Parts | None:
    """The parts of a module; None if it cannot be parsed. Only if it is `compared`, they have their contents."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    reader = _Reader(path, ast.dump if compared else _nothing)
    reader.body(tree.body, "")
    for node in ast.walk(tree):
        reader.imported(node)
    return reader.found


def _nothing(_: ast.AST) -> str:
    return ""


class _Reader:
    def __init__(self, path: bytes, content: Callable[[ast.AST], str]) -> None:
        self._path = path
        self._content = content
        self.found = Parts()

    def body(self, statements: Iterable[ast.stmt], owner: str) -> None:
        for statement in statements:
            self._statement(statement, owner)

    def _statement(self, node: ast.stmt, owner: str) -> None:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self._function(node, owner)
            case ast.ClassDef():
                self._class(node, owner)
            case ast.Import() | ast.ImportFrom() | ast.Pass():
                return
            case ast.Assign(targets=targets) if all(map(_is_plain, targets)):
                self._value(node, targets, owner)
            case ast.AnnAssign(target=ast.Name() as target):
                self._value(node, [target], owner)
            case ast.Expr(value=ast.Constant(value=value)):
                self._add(node, PartKind.VALUE, _join(owner, "__doc__"), owner, repr(value))
            case ast.If() | ast.For() | ast.While() | ast.With() | ast.Try():
                self._block(node, owner)
            case _:
                self._other(node, [node], owner)

    def _block(self, node: ast.If | ast.For | ast.While | ast.With | ast.Try, owner: str) -> None:
        heads = [child for child in ast.iter_child_nodes(node) if not isinstance(child, ast.stmt | ast.ExceptHandler)]
        if heads:
            self._other(node, heads, owner)
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.stmt):
                self._statement(child, owner)
            elif isinstance(child, ast.ExceptHandler):
                self.body(child.body, owner)

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef, owner: str) -> None:
        decorators = [one for one in node.decorator_list if _last(_chain(one)) not in _OF_PROPERTIES]
        defaults = [one for one in _defaults(node.args) if _calls(one)]
        mentions, texts = _mentions([node])
        self._add(
            node,
            PartKind.FUNCTION,
            _join(owner, node.name),
            owner,
            self._content(node),
            mentions=mentions,
            early=_mentions([*decorators, *defaults])[0],
            decorators=tuple(_chain(_called(one)) for one in node.decorator_list),
            words=_words(node.decorator_list),
            texts=texts,
        )

    def _class(self, node: ast.ClassDef, owner: str) -> None:
        head = [*node.decorator_list, *node.bases, *node.keywords]
        mentions, texts = _mentions([*node.decorator_list, *node.keywords], compared=node.bases)
        qualified = _join(owner, node.name)
        self._add(
            node,
            PartKind.CLASS,
            qualified,
            owner,
            "".join(map(self._content, head)),
            mentions=mentions,
            early=mentions,
            decorators=tuple(_chain(_called(one)) for one in node.decorator_list),
            words=_words(node.decorator_list),
            bases=tuple(_chain(one.value if isinstance(one, ast.Subscript) else one) for one in node.bases)
            + tuple("" for _ in node.keywords),
            texts=texts,
        )
        self.body(node.body, qualified)

    def _value(self, node: ast.Assign | ast.AnnAssign, targets: Sequence[ast.expr], owner: str) -> None:
        inside: list[ast.AST] = [node.value] if node.value is not None else []
        if isinstance(node, ast.AnnAssign):
            inside.append(node.annotation)
        mentions, texts = _mentions(inside)
        for name in (name for target in targets for name in _names(target)):
            self._add(
                node,
                PartKind.VALUE,
                _join(owner, name),
                owner,
                self._content(node),
                mentions=mentions,
                early=mentions if any(map(_calls, inside)) else frozenset(),
                texts=texts,
            )

    def _other(self, node: ast.stmt, inside: Sequence[ast.AST], owner: str) -> None:
        mentions, texts = _mentions(inside)
        content = "".join(map(self._content, inside))
        self._add(node, PartKind.STATEMENT, "", owner, content, mentions=mentions, early=mentions, texts=texts)

    def imported(self, node: ast.AST) -> None:
        """Take an import in, wherever it stands: what it brings is looked for as if it stood at the top."""
        match node:
            case ast.Import(names=names):
                for alias in names:
                    self.found.imports.add(alias.name)
                    bound = alias.asname or alias.name.partition(".")[0]
                    self._import(node, bound, Origin(alias.name if alias.asname else bound, ""))
            case ast.ImportFrom(names=names):
                module = "." * node.level + (node.module or "")
                self.found.imports.add(module)
                for alias in names:
                    if alias.name == "*":
                        self.found.stars.add(module)
                        self._add(node, PartKind.STATEMENT, "", "", self._content(node))
                        continue
                    self.found.imports.add(module + ("" if module.endswith(".") else ".") + alias.name)
                    self._import(node, alias.asname or alias.name, Origin(module, alias.name))

    def _import(self, node: ast.stmt, bound: str, origin: Origin) -> None:
        self._add(node, PartKind.IMPORT, bound, "", repr(origin), origin=origin)

    def _add(
        self,
        node: ast.stmt,
        kind: PartKind,
        qualified: str,
        owner: str,
        content: str,
        *,
        mentions: frozenset[Mention] = frozenset(),
        early: frozenset[Mention] = frozenset(),
        decorators: tuple[str, ...] = (),
        words: frozenset[str] = frozenset(),
        bases: tuple[str, ...] = (),
        origin: Origin | None = None,
        texts: frozenset[str] = frozenset(),
    ) -> None:
        part = Part(
            self._path, kind, qualified, owner, node.lineno, node.end_lineno or node.lineno, content,
            mentions, early, decorators, words, bases, origin, texts,
        )  # fmt: skip
        self.found.parts.append(part)


def _join(owner: str, name: str) -> str:
    return f"{owner}.{name}" if owner else name


def _is_plain(target: ast.expr) -> bool:
    match target:
        case ast.Name():
            return True
        case ast.Tuple(elts=inner) | ast.List(elts=inner):
            return all(map(_is_plain, inner))
        case ast.Starred(value=value):
            return _is_plain(value)
    return False


def _names(target: ast.expr) -> Iterator[str]:
    return (node.id for node in ast.walk(target) if isinstance(node, ast.Name))


def _defaults(arguments: ast.arguments) -> list[ast.expr]:
    return [one for one in (*arguments.defaults, *arguments.kw_defaults) if one is not None]


def _parameters(arguments: ast.arguments) -> Iterator[str]:
    for one in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg):
        if one is not None:
            yield one.arg


def _annotations(arguments: ast.arguments) -> Iterator[ast.expr]:
    for one in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg):
        if one is not None and one.annotation is not None:
            yield one.annotation


def _calls(node: ast.AST) -> bool:
    """Whether something is called when `node` is evaluated."""
    if isinstance(node, ast.Lambda):
        return False
    return isinstance(node, ast.Call) or any(map(_calls, ast.iter_child_nodes(node)))


def _called(node: ast.expr) -> ast.expr:
    return _called(node.func) if isinstance(node, ast.Call) else node


def _chain(node: ast.AST) -> str:
    """``a.b.c`` as text; empty if `node` is something else."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value, attr=name):
            above = _chain(value)
            return f"{above}.{name}" if above else ""
    return ""


def _last(chain: str) -> str:
    return chain.rpartition(".")[2]


def _words(nodes: Iterable[ast.AST]) -> frozenset[str]:
    found: set[str] = set()
    for node in (inner for one in nodes for inner in ast.walk(one)):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.keyword(arg=str(name)):
                found.add(name)
            case ast.Constant(value=str(name)):
                found.add(name)
    return frozenset(found)


def _mentions(nodes: Iterable[ast.AST], compared: Iterable[ast.expr] = ()) -> tuple[frozenset[Mention], frozenset[str]]:
    """What `nodes` mention, and the strings in them; of the classes `compared`, no objects are made here."""
    reader = _Mentions()
    for node in nodes:
        reader.read(node, frozenset())
    for node in compared:
        reader.check(node, frozenset())
    return frozenset(reader.found), frozenset(reader.texts)


class _Mentions:
    def __init__(self) -> None:
        self.found: set[Mention] = set()
        self.texts: set[str] = set()

    def _add(self, how: How, name: str) -> None:
        self.found.add(Mention(how, name))

    def read(self, node: ast.AST, local: frozenset[str]) -> None:
        """`local` are the names of the functions around."""
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Lambda():
                self._function(node, local)
                return
            case ast.Name(id=name):
                if name not in local:
                    self._add(How.NAME, name)
            case ast.Attribute():
                self._attribute(node, local)
                return
            case ast.AnnAssign() if local:
                self.read(node.target, local)
                if node.value is not None:
                    self.read(node.value, local)
                return
            case ast.Call(func=ast.Name(id=called), args=[first, second]) if called in _CHECKS:
                self.read(first, local)
                self.check(second, local)
                return
            case ast.Call(func=function) if not _chain(function) or _chain(function) in local:
                self._add(How.ATTRIBUTE, "__call__")
            case ast.ExceptHandler(type=ast.expr() as caught):
                self.check(caught, local)
                for statement in node.body:
                    self.read(statement, local)
                return
            case ast.JoinedStr() | ast.BinOp():
                self._pieces(node)
            case ast.Constant(value=str(text)):
                self._text(text)
        for child in ast.iter_child_nodes(node):
            self.read(child, local)

    def _text(self, text: str) -> None:
        self.texts.add(text)
        if _DOTTED.match(text):
            self._add(How.TEXT, text)

    def _function(self, node: _Function, local: frozenset[str]) -> None:
        decorators = [] if isinstance(node, ast.Lambda) else node.decorator_list
        for outer in (*_defaults(node.args), *decorators):
            self.read(outer, local)
        if not local and not isinstance(node, ast.Lambda):
            for name in _parameters(node.args):
                self._add(How.PARAMETER, name)
        if any(_last(_chain(_called(one))) not in HARMLESS for one in decorators):
            for annotation in _annotations(node.args):
                self.read(annotation, local)
        inner = local | _locals(node) | {"self", "cls"} & {*_parameters(node.args)}
        body: list[ast.AST] = [node.body] if isinstance(node, ast.Lambda) else [*_without_docstring(node.body)]
        for one in body:
            self.read(one, inner)

    def _attribute(self, node: ast.Attribute, local: frozenset[str]) -> None:
        chain = _chain(node)
        root, _, rest = chain.partition(".")
        match node.value:
            case ast.Name(id="self" | "cls") | ast.Call(func=ast.Name(id="super")):
                self._add(How.OWN, node.attr)
                return
        if chain and root not in local:
            self._add(How.CHAIN, chain)
        elif chain:
            first, *others = rest.split(".")
            self._add(How.OWN if root in ("self", "cls") else How.ATTRIBUTE, first)
            for name in others:
                self._add(How.ATTRIBUTE, name)
        else:
            self._add(How.ATTRIBUTE, node.attr)
            self.read(node.value, local)

    def check(self, node: ast.expr, local: frozenset[str]) -> None:
        """Read classes that something is compared with."""
        match node:
            case ast.Tuple(elts=inner):
                for one in inner:
                    self.check(one, local)
            case ast.Subscript(value=value):
                self.check(value, local)
            case ast.Name(id=name) if name not in local:
                self._add(How.CHECK, name)
            case ast.Attribute() if (chain := _chain(node)) and chain.partition(".")[0] not in local:
                self._add(How.CHECK, chain)
            case _:
                self.read(node, local)

    def _pieces(self, node: ast.AST) -> None:
        for inner in ast.walk(node):
            if isinstance(inner, ast.Constant) and isinstance(inner.value, str):
                for word in _WORD.findall(inner.value):
                    if word.startswith("_") != word.endswith("_"):
                        self._add(How.PIECE, word)


def _without_docstring(body: list[ast.stmt]) -> list[ast.stmt]:
    match body:
        case [ast.Expr(value=ast.Constant(value=str())), *rest]:
            return rest
    return body


def _locals(node: _Function) -> frozenset[str]:
    """The names that a function itself binds; those of comprehensions and imports are left to be looked for."""
    found = set(_parameters(node.args))
    elsewhere: set[str] = set()
    waiting: list[ast.AST] = [node.body] if isinstance(node, ast.Lambda) else list(node.body)
    while waiting:
        inner = waiting.pop()
        match inner:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                found.add(name)
            case ast.Global(names=names) | ast.Nonlocal(names=names):
                elsewhere.update(names)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                found.add(name)
                continue
            case ast.Lambda() | ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                continue
            case ast.ExceptHandler(name=str(name)):
                found.add(name)
        waiting.extend(ast.iter_child_nodes(inner))
    return frozenset(found - elsewhere)
