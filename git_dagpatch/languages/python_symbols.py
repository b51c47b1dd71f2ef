"""What each identifier of a Python module means, as far as that is certain.

Identifiers that mean the same are one `Binding`. What only running the code can tell, such as an attribute of an object
that came from somewhere, is told apart from what is certain, and joined by name alone.
"""

from __future__ import annotations

import ast
import builtins
from collections import Counter
from collections.abc import Iterator, Sequence
from enum import Enum
from functools import lru_cache
from operator import itemgetter
from typing import NamedTuple, TypeAlias

from msgspec import Struct, field

from git_dagpatch.languages.python_scopes import Collector, Form, Raw, Scope, Unlocated
from git_dagpatch.languages.python_syntax import sections


class Sort(Enum):
    """How much is known about what identifiers mean."""

    SYMBOL = "symbol"
    """A name that this module binds, or a member of one of its classes: certain."""
    IMPORT = "import"
    """A name that this module imports, under the name that it has there."""
    MODULE = "module"
    """A name that is the imported module's own: ``import os``."""
    MEMBER = "member"
    """What is asked of an imported module: ``json.load``, or the name after ``from json import``."""
    PART = "part"
    """An attribute of an imported name that may be a module or anything else."""
    OBJECT = "object"
    """An attribute of an object of an imported class, if that is what was called to make it."""
    FREE = "free"
    """A name that nothing here binds: a builtin, or what a star brought."""
    RECEIVER = "receiver"
    """An attribute of something that is not known."""
    KEYWORD = "keyword"
    """An argument's name at a call of something that is imported, or not known."""
    APART = "apart"
    """An attribute of a literal or of an object of a builtin class, or an argument's name at a call of a builtin or of
    a function that has no such parameter: no symbol of any module."""

    # There is one of each, and as a part of keys they are looked up all the time.
    __hash__ = object.__hash__


WHOLE = frozenset((Sort.SYMBOL, Sort.IMPORT, Sort.MODULE))
"""Those of which all identifiers certainly mean the same, so that none is renamed without the others."""


class Key(NamedTuple):
    """What identifiers with the same meaning share."""

    sort: Sort
    scope: int
    """The number of the scope that binds it; -1 where none does."""
    name: str
    module: str = ""
    """Of an import and what is asked of one, the module that it comes from; after a colon, what is asked of that first.
    Of an argument's name, likewise what is called."""

    @property
    def origin(self) -> str:
        """What is asked of which module, the name included."""
        return below(self.module, self.name)


def below(origin: str, name: str) -> str:
    """The origin of what is called `name` in what has an `origin`."""
    return f"{origin}.{name}" if ":" in origin else f"{origin}:{name}"


class Binding(Struct):
    """All identifiers of one meaning."""

    key: Key
    kind: str
    """A kind of symbol, or empty where it is no symbol of this module."""
    qualified: str
    """The symbol's qualified name; of a local, within its function."""
    certain: bool = True
    """False where something may read or bind it unseen."""
    starts: list[int] = field(default_factory=list)
    definitions: list[int] = field(default_factory=list)
    """Those of `starts` where a class or function is defined."""


class Definition(NamedTuple):
    """A class or function and where it stands in the text."""

    qualified: str
    kind: str
    start: int
    end: int
    place: int
    """Where its name stands."""
    parent: int
    """The number of the definition around it, -1 at the top."""


class Symbols:
    """The bindings of a module."""

    def __init__(self, collector: Collector) -> None:
        self._resolver = resolver = _Resolver(collector)
        self.scopes = collector.scopes
        self.stars = frozenset(collector.stars)
        self.spelled = frozenset(collector.spelled)
        """Where identifiers stand that are text as well."""
        self.called: dict[int, str] = {}
        """Where an argument's name stands → the last name of what is called."""
        self.bindings: dict[Key, Binding] = {}
        self.meaning: dict[int, Key] = {}
        """Byte → the key of the identifier that starts there."""
        self.scope_of: dict[int, int] = {}
        """Byte → the number of the scope in which the identifier stands."""
        for raw in sorted(collector.raw, key=itemgetter(0)):
            key = resolver.resolve(raw)
            if key is None:
                continue
            binding = self.bindings.get(key)
            if binding is None:
                binding = self.bindings[key] = resolver.binding(key)
            binding.starts.append(raw.start)
            self.meaning[raw.start] = key
            if raw.form is Form.KEYWORD:
                self.called[raw.start] = _last_name(raw.owner)
            binding.certain &= raw.start not in self.spelled
            self.scope_of[raw.start] = raw.scope.number
        for key in resolver.mixed():
            if key in self.bindings:
                self.bindings[key].certain = False
        self.definitions = list(self._definitions())
        for definition in self.definitions:
            self.bindings[self.meaning[definition.place]].definitions.append(definition.place)

    def _definitions(self) -> Iterator[Definition]:
        numbers: dict[int, int] = {}
        count = 0
        for scope in self.scopes:
            parent = -1 if scope.parent is None else numbers.get(scope.parent.number, -1)
            if scope.body:
                numbers[scope.number] = count
                count += 1
                binding = self.bindings[self.meaning[scope.body]]
                yield Definition(scope.qualified, binding.kind, scope.start, scope.end, scope.body, parent)
            else:
                numbers[scope.number] = parent

    def classes(self, qualified: str) -> list[Scope]:
        """The classes of that name."""
        return [scope for scope in self.scopes if scope.kind == "class" and scope.qualified == qualified]

    def member(self, of: Scope, name: str) -> Key | None:
        """What a class of this module, or one above it here, has under `name`."""
        return self._resolver.member(of, name)

    def family(self, of: Scope) -> list[Scope]:
        """A class and those of this module that derive from it."""
        return [one for one in self.scopes if one.kind == "class" and of in self._resolver.ancestry(one)]

    def outside(self, of: Scope) -> list[str]:
        """The origins of what a class derives from that is not in this module; empty where that is not known.

        Those of builtin classes are in a module ``builtins``.
        """
        return self._resolver.outside(of)

    def function(self, of: Scope, name: str) -> Scope | None:
        """The function that an object of just that class has as `name`, if it is one of this module for certain."""
        return self._resolver.function(of, name)

    def functions(self, key: Key) -> list[Scope]:
        """The functions that are defined as `key`."""
        return [scope for scope in self.scopes if scope.kind == "function" and self.meaning.get(scope.body) == key]

    def is_field(self, of: Scope, name: str) -> bool:
        """Whether an argument `name` at a call of a class is its attribute: no ``__init__`` takes it, so what a base or
        a decorator makes of the attributes does."""
        return self._resolver.is_field(of, name)


class _Own(Struct, frozen=True):
    """A class of this module or an object of it."""

    scope: Scope
    is_class: bool = False
    above: bool = False
    """Whether only what it derives from is asked: ``super()``."""


class _From(Struct, frozen=True):
    """What is imported, or an object of it if it is a class."""

    origin: str
    is_object: bool = False


class _Builtin:
    """A literal, something builtin, or an object of it."""


_BUILTIN = _Builtin()
_Value: TypeAlias = _Own | _From | _Builtin


class _Resolver:
    def __init__(self, collector: Collector) -> None:
        self._scopes = collector.scopes
        self._names: dict[tuple[int, str], Key] = {}
        self._attributes: dict[tuple[int, str, str], Key] = {}
        """By scope, name of the owner, and own name."""
        self._values: dict[tuple[int, str], _Value | None] = {}
        """By scope and name; None while it is asked, and where it is not known."""
        self._stars = bool(collector.stars)
        self._top = collector.scopes[0]
        self._functions: dict[Key, list[Scope]] = {}
        self._direct = Counter(
            (raw.scope.number, raw.name) for raw in collector.raw if raw.form is Form.NAME and raw.scope.kind == "class"
        )
        self._declared = {name for scope in self._scopes for name in scope.elsewhere}
        self._classes: dict[int, list[Scope]] = {}
        """The bases of each class that are classes of this module, whole ancestry, nearest first."""
        classes = {
            (scope.parent.number if scope.parent else -1, scope.qualified.rpartition(".")[2]): scope
            for scope in self._scopes
            if scope.kind == "class"
        }
        self._class_at = classes
        for scope in self._scopes:
            if scope.body and scope.parent is not None:
                name = scope.qualified.rpartition(".")[2]
                self._functions.setdefault(self._bound(scope.parent, name), []).append(scope)

    # Names

    def _name(self, scope: Scope, name: str) -> Key:
        known = self._names.get((scope.number, name))
        if known is None:
            known = self._names[scope.number, name] = self._found_name(scope, name)
        return known

    def _found_name(self, scope: Scope, name: str) -> Key:
        home = scope.binder(name)
        if home is None or (home is self._top and name not in home.bound and scope is not self._top):
            return Key(Sort.SYMBOL, 0, name) if name in self._declared else Key(Sort.FREE, -1, name)
        return self._bound(home, name)

    def _bound(self, home: Scope, name: str) -> Key:
        if home.kind == "class":
            return self.member(home, name) or Key(Sort.SYMBOL, home.number, name)
        if home.bound.get(name) == "import":
            module, original = home.origins.get(name, ("", ""))
            if original == name:
                return Key(Sort.IMPORT, home.number, name, module)
            if home.modules.get(name) == name:
                return Key(Sort.MODULE, home.number, name, name)
        return Key(Sort.SYMBOL, home.number, name)

    # Classes

    def ancestry(self, scope: Scope) -> list[Scope]:
        """`scope` and the classes of this module that it derives from."""
        known = self._classes.get(scope.number)
        if known is None:
            known = self._classes[scope.number] = [scope]
            for base in scope.bases:
                above = self._class_of_name(base, scope.parent or self._top)
                if above is not None:
                    known.extend(one for one in self.ancestry(above) if one not in known)
        return known

    def outside(self, of: Scope) -> list[str]:
        found: list[str] = []
        for scope in self.ancestry(of):
            around = scope.parent or self._top
            for base in scope.bases:
                node = base.value if isinstance(base, ast.Subscript) else base
                value = self._value(node, around)
                if isinstance(value, _From) and not value.is_object:
                    found.append(value.origin)
                elif value is _BUILTIN and isinstance(node, ast.Name):
                    found.append(below("builtins", node.id))
                elif not isinstance(value, _Own) or self._class_of_name(base, around) is None:
                    found.append("")
        return [origin for origin in dict.fromkeys(found) if origin != "builtins:object"]

    def _class_of_name(self, node: ast.expr, scope: Scope) -> Scope | None:
        """The class that `node` names, if that is certain."""
        if not isinstance(node, ast.Name):
            return None
        home = scope.binder(node.id)
        if home is None or home.bound.get(node.id) != "class" or node.id in home.rebound:
            return None
        return self._class_at.get((home.number, node.id))

    def member(self, scope: Scope, name: str) -> Key | None:
        """A member of a class. It belongs to the highest class of this module that has it, whose heirs override it."""
        return self._held(self.ancestry(scope), name)

    def _held(self, classes: Sequence[Scope], name: str) -> Key | None:
        holders = [one for one in classes if name in one.bound or name in one.attributes]
        top = self._highest(holders) or next(iter(holders), None)
        return Key(Sort.SYMBOL, top.number, name) if top is not None else None

    def _highest(self, holders: Sequence[Scope]) -> Scope | None:
        """The one that all of them derive from."""
        if len(holders) == 1:
            return holders[0]
        return next((one for one in holders if all(one in self.ancestry(other) for other in holders)), None)

    def mixed(self) -> Iterator[Key]:
        """The members that a class has from several that have nothing to do with each other: one hides the others."""
        for scope in self._scopes:
            classes = self.ancestry(scope) if scope.kind == "class" else []
            if all(len(one.bases) < 2 for one in classes):
                continue
            count = Counter(name for one in classes for name in {*one.bound, *one.attributes})
            for name in (name for name, number in count.items() if number > 1):
                holders = [one for one in classes if name in one.bound or name in one.attributes]
                if self._highest(holders) is None:
                    yield from (Key(Sort.SYMBOL, one.number, name) for one in holders)

    def _member_of(self, own: _Own, name: str) -> Key | None:
        return self._held(self.ancestry(own.scope)[own.above :], name)

    def _above(self, own: _Own) -> str:
        """The origin of the one class outside of this module that may have what a class of it has not; or empty."""
        found = self.outside(own.scope)
        return found[0] if len(found) == 1 else ""

    # Values

    def _value(self, node: object, scope: Scope) -> _Value | None:
        """What `node` is as it is read in `scope`, if that is certain."""
        match node:
            case ast.Name(id=name):
                place = scope.number, name
                if place not in self._values:
                    self._values[place] = None
                    self._values[place] = self._value_of_name(scope, name)
                return self._values[place]
            case ast.Attribute(value=owner, attr=name):
                return self._below(self._value(owner, scope), name)
            case ast.Call(func=ast.Name(id="super"), args=arguments) if scope.binder("super") is None:
                return self._super(arguments, scope)
            case ast.Call(func=called):
                return self._made(called, scope)
            case ast.NamedExpr(value=value):
                return self._value(value, scope)
            case ast.Constant(value=value):
                return None if value is None else _BUILTIN
        return _BUILTIN if isinstance(node, _LITERALS) else None

    def _value_of_name(self, scope: Scope, name: str) -> _Value | None:
        home = scope.binder(name)
        if home is None:
            return _BUILTIN if hasattr(builtins, name) and not self._stars and name not in self._declared else None
        if name in home.rebound:
            return None
        if home.receiver == name:
            return _Own(home.parent) if home.parent is not None else None
        if name in self._declared:
            return None
        match home.bound.get(name):
            case "class":
                found = self._class_at.get((home.number, name))
                return _Own(found, is_class=True) if found is not None else None
            case "import" if name in home.modules:
                return _From(home.modules[name])
            case "import" if name in home.origins:
                module, original = home.origins[name]
                return _From(below(module, original))
            case "variable" | "parameter" if name in home.annotations:
                return self._said(home.annotations[name], home.parent or home)
            case "variable" if name in home.given:
                return self._value(home.given[name], home)
        return None

    def _below(self, owner: _Value | None, name: str) -> _Value | None:
        """What `owner` has under `name`."""
        match owner:
            case _From(origin, False):
                return _From(below(origin, name))
            case _Own(scope, True):
                found = self._class_at.get((scope.number, name))
                return _Own(found, is_class=True) if found is not None and name not in scope.rebound else None
        return None

    def _made(self, called: ast.expr, scope: Scope) -> _Value | None:
        """What a call makes: an object, if a class is called."""
        match self._value(called, scope):
            case _Own(found, True) if self.member(found, "__new__") is None:
                return _Own(found)
            case _From(origin, False):
                return _From(origin, is_object=True)
            case _Builtin() if isinstance(called, ast.Name):
                made = getattr(builtins, called.id, None)
                known = called.id in _MAKE_BUILTINS or (isinstance(made, type) and made not in (type, super))
                return _BUILTIN if known else None
        return None

    def _super(self, arguments: Sequence[ast.expr], scope: Scope) -> _Value | None:
        inner: Scope | None = scope
        while inner is not None and not (inner.receiver and inner.parent is not None):
            inner = inner.parent
        if inner is None or inner.parent is None:
            return None
        own = inner.parent
        if arguments and self._class_of_name(arguments[0], scope) is not own:
            return None
        return _Own(own, above=True)

    def _said(self, node: ast.expr, scope: Scope) -> _Value | None:
        """An object of what an annotation names; None may be allowed beside it."""
        match node:
            case ast.Constant(value=str(text)):
                try:
                    return self._said(ast.parse(text, mode="eval").body, scope)
                except (SyntaxError, ValueError):
                    return None
            case ast.BinOp(left=said, op=ast.BitOr(), right=ast.Constant(value=None)):
                return self._said(said, scope)
            case ast.Subscript(value=ast.Name(id="Optional") | ast.Attribute(attr="Optional"), slice=said):
                return self._said(said, scope)
            case ast.Name(id=name):
                value = self._value(node, scope)
                if value is _BUILTIN:
                    return _BUILTIN if isinstance(getattr(builtins, name), type) and name not in _ANY else None
            case ast.Attribute():
                value = self._value(node, scope)
            case _:
                return None
        match value:
            case _Own(found, True):
                return _Own(found)
            case _From(origin, False):
                return _From(origin, is_object=True)
        return None

    # Attributes

    def _attribute(self, raw: Raw) -> Key:
        owner = raw.owner
        if not isinstance(owner, ast.Name):
            return self._found_attribute(raw)
        place = raw.scope.number, owner.id, raw.name
        known = self._attributes.get(place)
        if known is None:
            known = self._attributes[place] = self._found_attribute(raw)
        return known

    def _found_attribute(self, raw: Raw) -> Key:
        match self._value(raw.owner, raw.scope):
            case _Own() as own:
                found = self._member_of(own, raw.name)
                if found is not None:
                    return found
                above = self._above(own)
                if above:
                    return Key(Sort.OBJECT, -1, raw.name, above)
            case _From(origin, True):
                return Key(Sort.OBJECT, -1, raw.name, origin)
            case _From(origin, False):
                return Key(Sort.PART if ":" in origin else Sort.MEMBER, -1, raw.name, origin)
            case _Builtin():
                return Key(Sort.APART, -1, raw.name)
        return Key(Sort.RECEIVER, -1, raw.name)

    # Calls

    def _keyword(self, raw: Raw) -> Key:
        if not isinstance(raw.owner, ast.expr):
            return Key(Sort.KEYWORD, -1, raw.name)
        functions = self._called(raw.owner, raw.scope)
        if len(functions) == 1:
            function = functions[0]
            if raw.name in function.parameters[function.positional_only :]:
                return Key(Sort.SYMBOL, function.number, raw.name)
            return Key(Sort.KEYWORD if function.decorators else Sort.APART, -1, raw.name)
        match self._value(raw.owner, raw.scope):
            case _Own(found, True) if self.is_field(found, raw.name):
                field = self.member(found, raw.name)
                assert field is not None
                return field
            case _Own(_, True) as own:
                above = "" if self.member(own.scope, "__init__") else self._above(own)
                return Key(Sort.KEYWORD, -1, raw.name, above)
            case _From(origin, False):
                return Key(Sort.KEYWORD, -1, raw.name, origin)
            case _Builtin():
                return Key(Sort.APART, -1, raw.name)
        if isinstance(raw.owner, ast.Attribute):
            match self._value(raw.owner.value, raw.scope):
                case _From(origin, True):
                    return Key(Sort.KEYWORD, -1, raw.name, below(origin, raw.owner.attr))
                case _Own() as own if self._member_of(own, raw.owner.attr) is None and (above := self._above(own)):
                    return Key(Sort.KEYWORD, -1, raw.name, below(above, raw.owner.attr))
                case _Builtin():
                    return Key(Sort.APART, -1, raw.name)
        return Key(Sort.KEYWORD, -1, raw.name)

    def is_field(self, of: Scope, name: str) -> bool:
        if self.member(of, "__init__") is not None or self.member(of, "__new__") is not None:
            return False
        holders = [one for one in self.ancestry(of) if name in one.bound]
        return bool(holders) and (
            all(name in one.annotations for one in holders) or (bool(of.decorators) and not self.outside(of))
        )

    def function(self, of: Scope, name: str, *, above: bool = False) -> Scope | None:
        """The function that an object of just that class has as `name`, if that is certain; not its own if `above`."""
        classes = self.ancestry(of)
        holder = next((one for one in classes[above:] if name in one.bound or name in one.attributes), None)
        if holder is None or name in holder.rebound or name in holder.attributes:
            return None
        # Which of several bases comes first, their own bases say, too.
        if holder is not of and (
            self.outside(of) != self.outside(holder) or any(len(one.bases) > 1 for one in classes)
        ):
            return None
        key = self._bound(holder, name)
        found = [one for one in self._functions.get(key, ()) if one.parent is holder and one.kind == "function"]
        return found[0] if len(found) == 1 else None

    def _called(self, node: ast.expr, scope: Scope) -> list[Scope]:
        """The functions that a call of `node` may reach, if that is certain."""
        key: Key | None = None
        match self._value(node, scope):
            case _Own(found, True):
                function = self.function(found, "__init__")
                return [function] if function is not None else []
            case None if isinstance(node, ast.Name):
                key = self._name(scope, node.id)
            case None if isinstance(node, ast.Attribute):
                owner = self._value(node.value, scope)
                if isinstance(owner, _Own) and (owner.above or owner.is_class):
                    function = self.function(owner.scope, node.attr, above=owner.above)
                    return [function] if function is not None else []
                key = self._member_of(owner, node.attr) if isinstance(owner, _Own) else None
        if key is None:
            return []
        found_functions = self._functions.get(key, [])
        return [one for one in found_functions if one.kind == "function"] if len(found_functions) == 1 else []

    # All

    def resolve(self, raw: Raw) -> Key | None:
        if raw.form is Form.NAME:
            return self._name(raw.scope, raw.name)
        match raw.form:
            case Form.ATTRIBUTE:
                return self._attribute(raw)
            case Form.KEYWORD:
                return self._keyword(raw)
            case Form.IMPORTED:
                return Key(Sort.MEMBER, -1, raw.name, str(raw.owner))
            case Form.LISTED:
                if raw.scope.kind == "class":
                    return self.member(raw.scope, raw.name)
                return self._bound(self._top, raw.name) if raw.name in self._top.bound else None

    def binding(self, key: Key) -> Binding:
        if key.sort not in WHOLE:
            return Binding(key, "", key.name)
        home = self._scopes[key.scope]
        kind = home.bound.get(key.name, "attribute")
        if kind in ("variable", "import"):
            kind = "attribute" if home is self._top else "variable"
        qualified = f"{home.qualified}.{key.name}" if home.qualified else key.name
        # The name that another module has is not to be changed here.
        given = home.origins.get(key.name, ("", ""))[1] == key.name or home.modules.get(key.name) == key.name
        unseen = (
            (given and kind != "import" and key.sort is Sort.SYMBOL)
            or home.opaque
            or (home is self._top and hasattr(builtins, key.name))
            or _mangled(key.name)
        )
        if home.kind == "class" and self._direct[home.number, key.name] > 1:
            # What the body of a class reads, it may find around the class as well.
            around = home.parent and home.parent.binder(key.name)
            unseen |= around is not None or hasattr(builtins, key.name)
        return Binding(key, kind if key.sort is Sort.SYMBOL else "", qualified, certain=not unseen)


def _mangled(name: str) -> bool:
    return name.startswith("__") and not name.endswith("__")


def gives_by_name(scope: Scope) -> bool:
    """Whether something unseen may call a function with arguments by name: a decorator, or what runs tests."""
    return scope.qualified.rpartition(".")[2].startswith("test") or any(
        _last_name(one.func if isinstance(one, ast.Call) else one) not in _PLAIN_DECORATORS for one in scope.decorators
    )


def _last_name(node: object) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


_PLAIN_DECORATORS = frozenset(
    (
        *("abstractmethod", "asynccontextmanager", "cache", "cached_property", "classmethod", "contextmanager"),
        *("deleter", "final", "getter", "lru_cache", "overload", "override", "property", "setter", "staticmethod"),
        "wraps",
    )
)
"""Of these it is known that they call a function only as they are called."""


_LITERALS = (
    ast.List,
    ast.Dict,
    ast.Set,
    ast.Tuple,
    ast.ListComp,
    ast.SetComp,
    ast.DictComp,
    ast.GeneratorExp,
    ast.JoinedStr,
    ast.Lambda,
)
_MAKE_BUILTINS = frozenset(("input", "len", "open", "repr", "sorted"))
"""Functions of which the result is no object of a class of a module."""
_ANY = frozenset(("object", "type"))
"""What an object of any class is said to be."""


@lru_cache(maxsize=64)
def symbols_of(text: bytes) -> Symbols | None:
    """The bindings of the module `text`; None if Python does not take it, or places in it cannot be told."""
    try:
        found = collected(text)
        return None if found is None else Symbols(found)
    except (UnicodeDecodeError, RecursionError, MemoryError, Unlocated):
        return None


@lru_cache(maxsize=64)
def collected(text: bytes) -> Collector | None:
    """The scopes and identifiers of the module `text`, which nobody may change; None as above."""
    if b"\r" in text.replace(b"\r\n", b"") or b"\f" in text:
        return None
    try:
        text.decode()
        placed = sections(text)
        return None if placed is None else Collector(text, placed)
    except (UnicodeDecodeError, RecursionError, MemoryError, Unlocated):
        return None
