"""The scopes of a Python module, what each binds, and every identifier with the byte at which it stands.

One pass over the syntax tree; what an identifier means is found after it, in `git_dagpatch.languages.python_symbols`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Sequence
from enum import Enum
from itertools import accumulate
from typing import NamedTuple

from msgspec import Struct, field

from git_dagpatch.languages.python_syntax import Placed


class Form(Enum):
    """What an identifier is in the syntax."""

    NAME = "name"
    """A name of a scope, be it bound or read."""
    ATTRIBUTE = "attribute"
    """What follows a dot."""
    KEYWORD = "keyword"
    """An argument's name at a call."""
    IMPORTED = "imported"
    """The name that a module is asked for, where the importing one calls it otherwise."""
    LISTED = "listed"
    """A name in a string: of ``__all__`` or ``__slots__``."""


class Scope(Struct, eq=False):
    """A module, class, function, lambda or comprehension."""

    number: int
    kind: str
    qualified: str
    """Its name; of a lambda or comprehension, the name of what is around it."""
    parent: Scope | None
    start: int
    end: int
    body: int = 0
    """Where its head begins, after decorators."""
    bound: dict[str, str] = field(default_factory=dict)
    """Name → what it is bound as first."""
    attributes: set[str] = field(default_factory=set)
    """Of a class: what its methods store in the object."""
    elsewhere: dict[str, str] = field(default_factory=dict)
    """Name → ``global`` or ``nonlocal``."""
    parameters: tuple[str, ...] = ()
    positional_only: int = 0
    receiver: str = ""
    """The first parameter of a method, which holds the object or the class."""
    bases: Sequence[ast.expr] = ()
    decorators: Sequence[ast.expr] = ()
    opaque: bool = False
    """Whether something in it may read or bind its names as it runs."""
    rebound: set[str] = field(default_factory=set)
    """Names that are bound more than once."""
    modules: dict[str, str] = field(default_factory=dict)
    """Name → the module that ``import`` binds it to."""
    origins: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Name → the module and the name that ``from`` brings it from."""
    given: dict[str, ast.expr] = field(default_factory=dict)
    """Name → the value that an assignment to it alone gives it; told of names that are bound once."""
    annotations: dict[str, ast.expr] = field(default_factory=dict)
    """Name → what is said to be in it."""

    def binder(self, name: str) -> Scope | None:
        """The scope that binds `name`, as it is read here; None if none does."""
        current: Scope | None = self
        while current is not None:
            how = current.elsewhere.get(name)
            if how == "global":
                return current.top
            if how is None and name in current.bound and (current is self or current.kind != "class"):
                return current
            current = current.parent
        return None

    @property
    def top(self) -> Scope:
        """The module."""
        scope = self
        while scope.parent is not None:
            scope = scope.parent
        return scope


class Raw(NamedTuple):
    """An identifier, before it is known what it means."""

    start: int
    name: str
    form: Form
    scope: Scope
    owner: ast.expr | ast.ClassDef | str | None
    """The receiver of an attribute, the function of a call, the module of an import, the class of a slot."""


_WORD = re.compile(rb"[A-Za-z_\x80-\xff][\w\x80-\xff]*")
_READS_SCOPE = frozenset(("locals", "vars", "eval", "exec", "dir"))
_READS_MODULE = frozenset(("globals", "eval", "exec", "vars", "locals"))
_SPELLS = re.compile(rb"[\s)]*=")
"""What follows an expression in braces that is told with its value."""
_SIMPLE_STRING = re.compile(rb"(\"|')([A-Za-z_][\w.\[\], |]*)\1")


class Unlocated(Exception):
    """An identifier does not stand where the syntax tree says."""


class Collector:
    """Scopes and identifiers of one module."""

    def __init__(self, text: bytes, placed: Sequence[Placed]) -> None:
        self.text = text
        self.starts = [0, *accumulate(len(line) + 1 for line in text.split(b"\n"))]
        if text.startswith(b"\xef\xbb\xbf"):
            self.starts[0] = 3
        self.scopes: list[Scope] = []
        self.raw: list[Raw] = []
        self.stars: set[str] = set()
        """Modules that a star is imported from."""
        self.spelled: set[int] = set()
        """Where identifiers stand that are text as well: those in ``f"{x=}"``."""
        self.scope = self._open("module", "", None, 0, len(text))
        self._line = 0
        """The line from which the nodes that are visited count theirs."""
        for self._line, section in placed:
            self.all(section.body)

    # Places

    def at(self, node: ast.expr | ast.stmt | ast.arg | ast.keyword | ast.alias | ast.pattern) -> int:
        return self.starts[self._line + node.lineno - 1] + node.col_offset

    def end(self, node: ast.expr | ast.stmt | ast.alias | ast.pattern) -> int:
        assert node.end_lineno is not None and node.end_col_offset is not None
        return self.starts[self._line + node.end_lineno - 1] + node.end_col_offset

    def note(self, start: int, name: str, form: Form, owner: ast.expr | ast.ClassDef | str | None = None) -> None:
        if not self.text.startswith(name.encode(), start):
            raise Unlocated(name)
        self.raw.append(Raw(start, name, form, self.scope, owner))

    def find(self, name: str, start: int, end: int) -> int:
        """Where `name` stands as a word between two bytes."""
        wanted = name.encode()
        for match in _WORD.finditer(self.text, start, end):
            if match[0] == wanted:
                return match.start()
        raise Unlocated(name)

    # Scopes

    def _open(self, kind: str, qualified: str, parent: Scope | None, start: int, end: int) -> Scope:
        scope = Scope(len(self.scopes), kind, qualified, parent, start, end)
        self.scopes.append(scope)
        return scope

    def _inside(self, scope: Scope, body: Callable[[], None]) -> None:
        around, self.scope = self.scope, scope
        body()
        self.scope = around

    def bind(self, name: str, kind: str, scope: Scope | None = None) -> None:
        scope = scope or self.scope
        if name in scope.bound:
            scope.rebound.add(name)
            if kind in ("class", "function", "method") and scope.bound[name] in ("variable", "attribute"):
                scope.bound[name] = kind
        else:
            scope.bound[name] = kind

    def _variable(self) -> str:
        return "attribute" if self.scope.kind == "class" else "variable"

    # The walk

    def visit(self, node: ast.AST) -> None:
        handler = _HANDLERS.get(node.__class__)
        if handler is None:
            self.children(node)
        else:
            handler(self, node)

    def children(self, node: ast.AST) -> None:
        for value in node.__dict__.values():
            if value.__class__ is list:
                for item in value:
                    if isinstance(item, ast.AST):
                        self.visit(item)
            elif isinstance(value, ast.AST) and value.__class__ not in _LEAVES:
                self.visit(value)

    def all(self, nodes: Sequence[ast.AST | None]) -> None:
        for node in nodes:
            if node is not None:
                self.visit(node)

    def name(self, node: ast.Name) -> None:
        self.note(self.at(node), node.id, Form.NAME)
        if isinstance(node.ctx, ast.Store):
            self.bind(node.id, self._variable())

    def attribute(self, node: ast.Attribute) -> None:
        self.visit(node.value)
        self.note(self.end(node) - len(node.attr.encode()), node.attr, Form.ATTRIBUTE, node.value)
        if isinstance(node.ctx, ast.Store):
            self._store(node)

    def _store(self, node: ast.Attribute) -> None:
        """``self.x = …`` binds a name of the class."""
        if not isinstance(node.value, ast.Name):
            return
        scope: Scope | None = self.scope
        while scope is not None:
            if node.value.id in scope.bound:
                if scope.receiver == node.value.id and scope.parent is not None:
                    scope.parent.attributes.add(node.attr)
                return
            scope = scope.parent

    def call(self, node: ast.Call) -> None:
        self.visit(node.func)
        if isinstance(node.func, ast.Name):
            self._dynamic(node.func.id, bool(node.args))
        for argument in node.args:
            self.visit(argument)
        for keyword in node.keywords:
            if keyword.arg is not None:
                self.note(self.at(keyword), keyword.arg, Form.KEYWORD, node.func)
            self.visit(keyword.value)

    def _dynamic(self, name: str, given: bool) -> None:
        """Mark what `name`, when called, may read by name."""
        if name in _READS_SCOPE and not (given and name in ("vars", "dir")):
            scope: Scope | None = self.scope
            while scope is not None:
                if scope.kind not in ("module", "class") or scope is self.scope:
                    scope.opaque = True
                scope = scope.parent
        if name in _READS_MODULE and not (given and name == "vars"):
            self.scopes[0].opaque |= name != "locals" or self.scope.kind == "module"

    def definition(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> None:
        if getattr(node, "type_params", ()):
            raise Unlocated(node.name)
        first = node.decorator_list[0] if node.decorator_list else node
        start, body = self.at(first), self.at(node)
        if node.decorator_list:
            start = self.text.rindex(b"@", 0, start)
        self.all(node.decorator_list)
        place = self.find(node.name, body, self.end(node))
        self.note(place, node.name, Form.NAME)
        around = self.scope.qualified
        qualified = f"{around}.{node.name}" if around else node.name
        is_class = isinstance(node, ast.ClassDef)
        kind = "class" if is_class else "method" if self.scope.kind == "class" else "function"
        self.bind(node.name, kind)
        scope = self._open("class" if is_class else "function", qualified, self.scope, start, self.end(node))
        scope.body = place
        scope.decorators = node.decorator_list
        if isinstance(node, ast.ClassDef):
            self._class(node, scope)
        else:
            self._function(node, scope)

    def _class(self, node: ast.ClassDef, scope: Scope) -> None:
        scope.bases = node.bases
        self.all(node.bases)
        for keyword in node.keywords:
            self.visit(keyword.value)
        self._inside(scope, lambda: self.all(node.body))

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef, scope: Scope) -> None:
        arguments = node.args
        self._outside_of(arguments)
        if node.returns is not None:
            self.annotation(node.returns)
        every = [*arguments.posonlyargs, *arguments.args]
        static = any(isinstance(item, ast.Name) and item.id == "staticmethod" for item in node.decorator_list)
        if self.scope.kind == "class" and every and not static:
            scope.receiver = every[0].arg
        self._inside(scope, lambda: self._body(arguments, node.body))

    def _outside_of(self, arguments: ast.arguments) -> None:
        """Defaults and annotations belong to the scope around a function."""
        self.all([*arguments.defaults, *arguments.kw_defaults])
        for argument in _every(arguments):
            if argument.annotation is not None:
                self.annotation(argument.annotation)

    def _body(self, arguments: ast.arguments, body: Sequence[ast.AST]) -> None:
        for argument in _every(arguments):
            self.note(self.at(argument), argument.arg, Form.NAME)
            self.bind(argument.arg, "parameter")
            if argument.annotation is not None and argument not in (arguments.vararg, arguments.kwarg):
                self.scope.annotations[argument.arg] = argument.annotation
        named = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        self.scope.parameters = tuple(argument.arg for argument in named)
        self.scope.positional_only = len(arguments.posonlyargs)
        self.all(body)

    def function_expression(self, node: ast.Lambda) -> None:
        self._outside_of(node.args)
        scope = self._open("lambda", self.scope.qualified, self.scope, self.at(node), self.end(node))
        self._inside(scope, lambda: self._body(node.args, [node.body]))

    def comprehension(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) -> None:
        first, *more = node.generators
        self.visit(first.iter)
        scope = self._open("comprehension", self.scope.qualified, self.scope, self.at(node), self.end(node))

        def body() -> None:
            self.all([first.target, *first.ifs])
            for generator in more:
                self.all([generator.target, generator.iter, *generator.ifs])
            self.all([node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt])

        self._inside(scope, body)

    def formatted(self, node: ast.FormattedValue) -> None:
        first = len(self.raw)
        self.visit(node.value)
        if _SPELLS.match(self.text, self.end(node.value)):
            self.spelled.update(raw.start for raw in self.raw[first:])
        if node.format_spec is not None:
            self.visit(node.format_spec)

    def walrus(self, node: ast.NamedExpr) -> None:
        self.visit(node.value)
        scope = self.scope
        while scope.kind == "comprehension" and scope.parent is not None:
            scope = scope.parent
        self.note(self.at(node.target), node.target.id, Form.NAME)
        self.bind(node.target.id, "attribute" if scope.kind == "class" else "variable", scope)

    def imports(self, node: ast.Import) -> None:
        for alias in node.names:
            if alias.asname is None:
                name = alias.name.partition(".")[0]
                self.note(self.at(alias), name, Form.NAME)
                self.scope.modules[name] = name
            else:
                name = alias.asname
                self.note(self.end(alias) - len(name.encode()), name, Form.NAME)
                self.scope.modules[name] = alias.name
            self.bind(name, "import")

    def imports_from(self, node: ast.ImportFrom) -> None:
        module = "." * node.level + (node.module or "")
        for alias in node.names:
            if alias.name == "*":
                self.stars.add(module)
                continue
            if alias.asname is None or alias.asname == alias.name:
                self.scope.origins[alias.name] = (module, alias.name)
            if alias.asname is None:
                self.note(self.at(alias), alias.name, Form.NAME)
            else:
                self.note(self.at(alias), alias.name, Form.IMPORTED, module)
                self.note(self.end(alias) - len(alias.asname.encode()), alias.asname, Form.NAME)
                self.scope.origins[alias.asname] = (module, alias.name)
            self.bind(alias.asname or alias.name, "import")

    def handler(self, node: ast.ExceptHandler) -> None:
        if node.type is not None:
            self.visit(node.type)
            if node.name is not None:
                self.note(self.find(node.name, self.end(node.type), self.at(node.body[0])), node.name, Form.NAME)
                self.bind(node.name, self._variable())
        self.all(node.body)

    def elsewhere(self, node: ast.Global | ast.Nonlocal) -> None:
        start = self.at(node) + len("global" if isinstance(node, ast.Global) else "nonlocal")
        for name in node.names:
            place = self.find(name, start, self.end(node))
            self.scope.elsewhere[name] = "global" if isinstance(node, ast.Global) else "nonlocal"
            self.note(place, name, Form.NAME)
            start = place + len(name.encode())

    def captures(self, node: ast.MatchAs | ast.MatchStar) -> None:
        if isinstance(node, ast.MatchAs) and node.pattern is not None:
            self.visit(node.pattern)
        if node.name is not None:
            self.note(self.end(node) - len(node.name.encode()), node.name, Form.NAME)
            self.bind(node.name, self._variable())

    def mapping(self, node: ast.MatchMapping) -> None:
        self.all([*node.keys, *node.patterns])
        if node.rest is not None:
            after = max([self.at(node), *(self.end(pattern) for pattern in node.patterns)])
            self.note(self.find(node.rest, after, self.end(node)), node.rest, Form.NAME)
            self.bind(node.rest, self._variable())

    def pattern(self, node: ast.MatchClass) -> None:
        self.visit(node.cls)
        self.all(node.patterns)
        place = max([self.end(node.cls), *(self.end(pattern) for pattern in node.patterns)])
        for name, value in zip(node.kwd_attrs, node.kwd_patterns, strict=True):
            self.note(self.find(name, place, self.at(value)), name, Form.ATTRIBUTE, None)
            self.visit(value)
            place = self.end(value)

    def annotated(self, node: ast.AnnAssign) -> None:
        self.visit(node.target)
        if isinstance(node.target, ast.Name):
            self.scope.annotations[node.target.id] = node.annotation
        self.annotation(node.annotation)
        if node.value is not None:
            self.visit(node.value)

    def annotation(self, node: ast.expr) -> None:
        """An annotation that is a string is code, too."""
        if not (isinstance(node, ast.Constant) and isinstance(node.value, str)):
            self.visit(node)
            return
        match = _SIMPLE_STRING.fullmatch(self.text, self.at(node), self.end(node))
        if match is None:
            return
        try:
            code = ast.parse(match[2], mode="eval").body
        except SyntaxError:
            return
        for inner in ast.walk(code):
            if isinstance(inner, ast.expr):
                inner.lineno, inner.end_lineno = node.lineno, node.lineno
                inner.col_offset += node.col_offset + 1
                inner.end_col_offset = (inner.end_col_offset or 0) + node.col_offset + 1
        self.visit(code)

    def assignment(self, node: ast.Assign | ast.AugAssign) -> None:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        self.visit(node.value)
        self.all(targets)
        if isinstance(node, ast.Assign) and len(targets) == 1 and isinstance(targets[0], ast.Name):
            self.scope.given[targets[0].id] = node.value
        listed = {target.id for target in targets if isinstance(target, ast.Name)} & {"__all__", "__slots__"}
        if listed and self.scope.kind in ("module", "class"):
            self._listed(node.value)

    def _listed(self, value: ast.expr) -> None:
        for node in ast.walk(value):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                match = _SIMPLE_STRING.fullmatch(self.text, self.at(node), self.end(node))
                if match is not None and node.value.isidentifier():
                    self.note(match.start(2), node.value, Form.LISTED)


def _every(arguments: ast.arguments) -> list[ast.arg]:
    optional = [argument for argument in (arguments.vararg, arguments.kwarg) if argument is not None]
    return [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, *optional]


_LEAVES = frozenset(
    kind
    for base in (ast.expr_context, ast.operator, ast.boolop, ast.unaryop, ast.cmpop)
    for kind in base.__subclasses__()
) | {ast.Constant}

_HANDLERS: dict[type[ast.AST], Callable[[Collector, ast.AST], None]] = {
    kind: handler  # type: ignore[misc]
    for kinds, handler in (
        ((ast.Name,), Collector.name),
        ((ast.Attribute,), Collector.attribute),
        ((ast.Call,), Collector.call),
        ((ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef), Collector.definition),
        ((ast.Lambda,), Collector.function_expression),
        ((ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp), Collector.comprehension),
        ((ast.FormattedValue,), Collector.formatted),
        ((ast.NamedExpr,), Collector.walrus),
        ((ast.Import,), Collector.imports),
        ((ast.ImportFrom,), Collector.imports_from),
        ((ast.ExceptHandler,), Collector.handler),
        ((ast.Global, ast.Nonlocal), Collector.elsewhere),
        ((ast.MatchAs, ast.MatchStar), Collector.captures),
        ((ast.MatchMapping,), Collector.mapping),
        ((ast.MatchClass,), Collector.pattern),
        ((ast.AnnAssign,), Collector.annotated),
        ((ast.Assign, ast.AugAssign), Collector.assignment),
    )
    for kind in kinds
}
