"""What identifiers mean across the files of one tree of Python modules, as far as that is certain.

A name means the symbol that its scope binds, or the one that an import brings, through any number of modules that pass
it on. An attribute is told where its owner is certain: a module that is imported, a class, ``self`` or ``cls``, what is
constructed on the spot, and a local that is bound once, by constructing an object of a class or with its annotation. A
member belongs to the highest class that has it. Whatever is bound twice, assigned from elsewhere or found in more than
one way means nothing here.
"""

from __future__ import annotations

import ast
import builtins
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Set
from contextlib import contextmanager
from typing import NamedTuple, TypeAlias

from msgspec import Struct

from git_dagpatch.languages.python_modules import Found, Module, Modules, Namespace
from git_dagpatch.languages.python_scopes import Collector, Form, Raw, Scope
from git_dagpatch.languages.python_symbols import Key, Sort, Symbols, collected, symbols_of


class Symbol(NamedTuple):
    """What an identifier means: a qualified name and the file that defines it."""

    path: bytes
    qualified: str


class Meant(NamedTuple):
    """An identifier's name, and its symbol where that is certain."""

    name: str
    symbol: Symbol | None


class _Source:
    """A module's scopes and identifiers."""

    def __init__(self, path: bytes, collector: Collector, symbols: Symbols) -> None:
        self.path = path
        self.raw = collector.raw
        self.scopes = collector.scopes
        self.bindings = symbols.bindings
        self.elsewhere = {name for scope in self.scopes for name in scope.elsewhere}
        own = [one for one in self.bindings.values() if one.key.sort is Sort.SYMBOL]
        self.count = Counter(one.qualified for one in own)
        self.body_of = {
            (scope.parent.number, scope.qualified.rpartition(".")[2]): scope
            for scope in self.scopes
            if scope.body and scope.parent is not None
        }

    @property
    def top(self) -> Scope:
        return self.scopes[0]

    def own(self, home: Scope, name: str) -> Symbol | None:
        """The symbol `name` of the scope `home`, if nothing binds it unseen.

        What a module does with ``globals()`` leaves its definitions what they are to those that call them by name.
        """
        binding = self.bindings.get(Key(Sort.SYMBOL, home.number, name))
        if binding is None or self.count[binding.qualified] > 1:
            return None
        called = home is self.top and home.opaque and binding.definitions and not hasattr(builtins, name)
        return Symbol(self.path, binding.qualified) if binding.certain or called else None


class _Class(Struct, frozen=True, eq=False):
    source: _Source
    scope: Scope


class _Object(Struct, frozen=True):
    """An object of a class, or the class in a method of its own."""

    of: _Class


class _Function(Struct, frozen=True, eq=False):
    source: _Source
    scope: Scope


_Thing: TypeAlias = _Class | _Object | _Function | Module | Namespace


class References:
    """The identifiers of a tree; `modules` are its modules, `read` gives what is in a file, or None."""

    def __init__(self, modules: Callable[[], Modules], read: Callable[[bytes], bytes | None]) -> None:
        self._find_modules = modules
        self._modules: Modules | None = None
        self._read = read
        self._sources: dict[bytes, _Source | None] = {}
        self._asked: set[tuple[bytes, int, str]] = set()

    def meaning(self, path: bytes, names: Set[str]) -> dict[int, Meant] | None:
        """Byte → what the identifier there means, of those that are one of `names`; None if the file cannot be read."""
        source = self._source(path)
        if source is None:
            return None
        return {raw.start: Meant(raw.name, self._symbol(source, raw)) for raw in source.raw if raw.name in names}

    def defines(self, symbol: Symbol) -> bool:
        """Whether the file of `symbol` binds one such name."""
        source = self._source(symbol.path)
        return source is not None and source.count[symbol.qualified] > 0

    def imported(self, path: bytes, module: str) -> bytes | None:
        """The file of what the one at `path` calls `module`, with its dots in front; None if that is not certain."""
        source = self._source(path)
        found = None if source is None else self._imported(source, module)
        return found.path if isinstance(found, Module) else None

    def stands_for(self, path: bytes, name: str) -> Symbol | None:
        """The class or function that the module in the file at `path` has as `name`, whatever it is called there."""
        source = self._source(path)
        found = None if source is None else self._bound(source, source.top, name)
        return Symbol(found.source.path, found.scope.qualified) if isinstance(found, _Class | _Function) else None

    def binds(self, path: bytes, name: str) -> bool:
        """Whether the module in the file at `path` is sure to have `name`: of its own, imported, or as a submodule."""
        if self.binds_itself(path, name):
            return True
        found = self._all.below(Module(path, _package(path)), [name]) if self._source(path) is not None else None
        return _thing(found) is not None

    def binds_itself(self, path: bytes, name: str) -> bool:
        """Whether the module in the file at `path` defines, sets or imports `name`."""
        source = self._source(path)
        return source is not None and name in source.top.bound

    def _source(self, path: bytes) -> _Source | None:
        if path not in self._sources:
            text = self._read(path)
            symbols = None if text is None else symbols_of(text)
            found = None if text is None else collected(text)
            self._sources[path] = None if symbols is None or found is None else _Source(path, found, symbols)
        return self._sources[path]

    # Identifiers

    def _symbol(self, source: _Source, raw: Raw) -> Symbol | None:
        match raw.form:
            case Form.NAME:
                return self._name(source, raw.scope, raw.name)
            case Form.LISTED:
                home = raw.scope if raw.scope.kind == "class" else source.top
                return self._name(source, home, raw.name) if raw.name in home.bound else None
            case Form.IMPORTED:
                return self._exported(self._imported(source, str(raw.owner)), raw.name)
            case Form.ATTRIBUTE:
                owner = self._value(source, raw.scope, raw.owner)
                if isinstance(owner, _Class | _Object):
                    return self._member(owner if isinstance(owner, _Class) else owner.of, raw.name)
                return self._exported(owner, raw.name)
            case Form.KEYWORD:
                return self._parameter(source, raw)

    def _name(self, source: _Source, scope: Scope, name: str) -> Symbol | None:
        home = scope.binder(name)
        if home is None:
            return None
        if home.kind == "class":
            return self._member(_Class(source, home), name)
        origin = home.origins.get(name)
        if home.bound.get(name) != "import" or (origin is not None and origin[1] != name):
            return source.own(home, name)
        if origin is None or name in home.rebound or name in source.elsewhere:
            return None
        with self._once(source, home, name) as first:
            return self._exported(self._imported(source, origin[0]), name) if first else None

    def _exported(self, owner: _Thing | None, name: str) -> Symbol | None:
        """What a module has under `name`."""
        source = self._source(owner.path) if isinstance(owner, Module) else None
        return self._name(source, source.top, name) if source and name in source.top.bound else None

    def _parameter(self, source: _Source, raw: Raw) -> Symbol | None:
        called = self._value(source, raw.scope, raw.owner)
        if isinstance(called, _Class):
            called = self._value_of_member(called, "__init__")
        if not isinstance(called, _Function):
            return None
        named = called.scope.parameters[called.scope.positional_only :]
        return called.source.own(called.scope, raw.name) if raw.name in named else None

    # Classes

    def _ancestry(self, of: _Class) -> list[_Class | None]:
        """A class and what it derives from, None for what is not known."""
        found: list[_Class | None] = [of]
        around = of.scope.parent or of.source.top
        for base in of.scope.bases:
            node = base.value if isinstance(base, ast.Subscript) else base
            if isinstance(node, ast.Name) and node.id == "object" and around.binder("object") is None:
                continue
            above = self._value(of.source, around, node)
            with self._once(of.source, of.scope, "") as first:
                found += self._ancestry(above) if first and isinstance(above, _Class) else [None]
        return found

    def _holders(self, of: _Class, name: str) -> list[_Class]:
        """The classes of the ancestry that have `name`, nearest first; none where one that is not known may have it."""
        found: list[_Class] = []
        for one in self._ancestry(of):
            if one is None and not found:
                return []
            if one is not None and (name in one.scope.bound or name in one.scope.attributes):
                found.append(one)
        return found

    def _member(self, of: _Class, name: str) -> Symbol | None:
        holders = self._holders(of, name)
        return holders[-1].source.own(holders[-1].scope, name) if holders else None

    def _value_of_member(self, of: _Class, name: str) -> _Thing | None:
        holders = self._holders(of, name)
        if not holders:
            return None
        top = holders[-1]
        heirs = [
            scope
            for scope in top.source.scopes
            if scope.kind == "class" and name in scope.bound and self._derives(_Class(top.source, scope), top)
        ]
        # An object may be one of a class that overrides it.
        return self._bound(holders[0].source, holders[0].scope, name) if len(heirs) < 2 else None

    def _derives(self, of: _Class, above: _Class) -> bool:
        # Files that hold the same share their scopes.
        path, scope = above.source.path, above.scope
        return any(one is not None and one.scope is scope and one.source.path == path for one in self._ancestry(of))

    # Values

    def _value(self, source: _Source, scope: Scope, node: object) -> _Thing | None:
        """What `node` is as it is read in `scope`, if that is certain."""
        match node:
            case ast.Name(id=name):
                home = scope.binder(name)
                if home is None:
                    return None
                if home.receiver == name and name not in home.rebound and home.parent is not None:
                    return _Object(_Class(source, home.parent))
                return self._bound(source, home, name)
            case ast.Attribute(value=value, attr=name):
                owner = self._value(source, scope, value)
                if isinstance(owner, _Class | _Object):
                    return self._value_of_member(owner if isinstance(owner, _Class) else owner.of, name)
                return self._below(owner, name)
            case ast.Call(func=function):
                made = self._value(source, scope, function)
                return _Object(made) if isinstance(made, _Class) and "__new__" not in made.scope.bound else None
        return None

    def _bound(self, source: _Source, home: Scope, name: str) -> _Thing | None:
        if name in home.rebound or name in source.elsewhere:
            return None
        with self._once(source, home, name) as first:
            return self._bound_once(source, home, name) if first else None

    def _bound_once(self, source: _Source, home: Scope, name: str) -> _Thing | None:
        match home.bound.get(name):
            case "class":
                return _Class(source, source.body_of[home.number, name])
            case "function" | "method":
                return _Function(source, source.body_of[home.number, name])
            case "import" if name in home.modules:
                return self._module(source, home.modules[name])
            case "import" if name in home.origins:
                module, original = home.origins[name]
                return self._below(self._imported(source, module), original)
            case "variable" | "parameter" if home.kind == "function":
                if name in home.annotations:
                    said = self._value(source, home.parent or home, home.annotations[name])
                    return _Object(said) if isinstance(said, _Class) else None
                given = home.given.get(name)
                return self._value(source, home, given) if isinstance(given, ast.Call) else None
        return None

    def _below(self, owner: _Thing | None, name: str) -> _Thing | None:
        """What a module or package has under `name`: what it binds, or a submodule."""
        if isinstance(owner, Module):
            source = self._source(owner.path)
            if source is None:
                return None
            if name in source.top.bound:
                return self._bound(source, source.top, name)
        return _thing(self._all.below(owner, [name])) if isinstance(owner, Module | Namespace) else None

    # Modules

    @property
    def _all(self) -> Modules:
        if self._modules is None:
            self._modules = self._find_modules()
        return self._modules

    def _imported(self, source: _Source, module: str) -> _Thing | None:
        """The module that `source` names in ``from module import``."""
        name = module.lstrip(".")
        level = len(module) - len(name)
        if not level:
            return self._module(source, module)
        directory = source.path.rpartition(b"/")[0]
        for _ in range(level - 1):
            directory = directory.rpartition(b"/")[0]
        start = self._all.package(directory)
        return _thing(self._all.below(start, name.split(".")) if name else start)

    def _module(self, source: _Source, module: str) -> _Thing | None:
        """The module of an absolute name: of a main root, or beside a script; no other can be told for certain."""
        parts = module.split(".")
        found = list(self._all.absolute(parts))
        own = [one for root, one in found if self._all.is_own(root, parts[0])]
        beside = source.path.rpartition(b"/")[0]
        if not own and parts[0] not in sys.stdlib_module_names and all(root == beside for root, _ in found):
            own = [one for _, one in found]
        return _thing(own[0]) if own and all(one == own[0] for one in own) else None

    @contextmanager
    def _once(self, source: _Source, scope: Scope, name: str) -> Iterator[bool]:
        """False where the same is being asked already: what is defined by itself means nothing."""
        asked = source.path, scope.number, name
        if asked in self._asked:
            yield False
            return
        self._asked.add(asked)
        try:
            yield True
        finally:
            self._asked.discard(asked)


def _thing(found: Found | None) -> _Thing | None:
    return found if isinstance(found, Module | Namespace) else None


def _package(path: bytes) -> bytes | None:
    """The directory of submodules, of a package."""
    directory, _, name = path.rpartition(b"/")
    return directory if name == b"__init__.py" else None
