"""Where the imports of Python modules lead, among the files that can be read.

A relative import is told from the path of the file that it stands in, an absolute one from the top of the tree, or from
the directory of sources there. Where two files answer to a name, where it is one of the standard library, or where the
name is bound in more than one way, it leads nowhere.
"""

from __future__ import annotations

import builtins
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from git_dagpatch.languages.python_scopes import Scope
from git_dagpatch.languages.python_symbols import Key, Sort, Symbols, symbols_of

_ROOTS = (b"", b"src", b"lib", b"python")
_PACKAGE = b"/__init__.py"
_DEPTH = 8
"""Through how many modules a name is followed."""
_EMPTY = frozenset(("abc:ABC", "typing:Generic", "typing:Protocol", "typing_extensions:Protocol"))
"""Classes without members that a class may have, too."""


class Origin(NamedTuple):
    """A symbol, or a module if it has no name."""

    path: bytes
    qualified: str


class Origins:
    """What stands in other files, which `read` gives, or None for those that cannot be read."""

    def __init__(self, read: Callable[[bytes], bytes | None]) -> None:
        self._read = read
        self._symbols: dict[bytes, Symbols | None] = {}
        self._modules: dict[tuple[bytes, str], bytes | None] = {}

    def meaning(self, path: bytes, key: Key) -> Origin | None:
        """What an identifier of the file at `path` means that is not bound there, if that is certain."""
        match key.sort:
            case Sort.IMPORT | Sort.MEMBER | Sort.PART:
                return self._found(path, key.origin)
            case Sort.OBJECT:
                owner = self._found(path, key.module)
                return self._member(owner, key.name) if owner is not None and owner.qualified else None
            case Sort.KEYWORD if key.module:
                return self._parameter(self._found(path, key.module), key.name)
            case Sort.FREE if not hasattr(builtins, key.name):
                return self._starred(path, key.name, _DEPTH)
        return None

    def module(self, path: bytes, name: str) -> bytes | None:
        """The file of the module that the file at `path` calls `name`, if that is certain."""
        asked = _parent(path, 1), name
        if asked not in self._modules:
            self._modules[asked] = self._found_module(path, name)
        return self._modules[asked]

    def _found_module(self, path: bytes, name: str) -> bytes | None:
        below = name.lstrip(".")
        parts = below.split(".") if below else []
        level = len(name) - len(below)
        if level:
            return self._file(_parent(path, level), parts) if level <= path.count(b"/") + 1 else None
        if parts[0] in sys.stdlib_module_names:
            return None
        found = {self._file(root, parts) for root in (*_ROOTS, _parent(path, 1))} - {None}
        main = {self._file(root, parts) for root in _ROOTS} - {None}
        return main.pop() if len(main) == len(found) == 1 else None

    def may_lead(self, path: bytes, module: str, home: bytes) -> bool:
        """Whether what the file at `path` has from `module` may come from the file at `home`: from it, or from a
        package above it."""
        name = module.partition(":")[0]
        below = name.lstrip(".")
        parts = below.split(".") if below else []
        if parts and not name.startswith(".") and parts[0] in sys.stdlib_module_names:
            return False
        place = self.module(path, name)
        stem = _stem(home)
        if place is not None:
            return place == home or (place.endswith(_PACKAGE) and _is_below(stem, _stem(place)))
        if name.startswith("."):
            return _is_below(stem, b"/".join([_parent(path, len(name) - len(below)), *(_bytes(parts))]).lstrip(b"/"))
        names = stem.split(b"/")
        return any(names[at : at + len(parts)] == list(_bytes(parts)) for at in range(len(names)))

    def stars(self, path: bytes) -> Iterator[bytes | None]:
        """The modules that the file at `path` imports all of; None for those that are not known."""
        symbols = self.symbols(path)
        return (self.module(path, name) for name in (symbols.stars if symbols else ()))

    def symbols(self, path: bytes) -> Symbols | None:
        if path not in self._symbols:
            text = self._read(path)
            self._symbols[path] = None if text is None else symbols_of(text)
        return self._symbols[path]

    def above(self, path: bytes, of: Scope) -> Iterator[tuple[bytes, Scope] | str]:
        """The classes of other files that a class derives from, at any distance; of others the origin."""
        seen: set[Origin] = set()
        waiting = [(path, of)]
        while waiting:
            here, scope = waiting.pop()
            symbols = self.symbols(here)
            for origin in symbols.outside(scope) if symbols else [""]:
                found = self._found(here, origin) if origin else None
                scopes = self._classes(found) if found else []
                if found is None or len(scopes) != 1:
                    if origin not in _EMPTY:
                        yield origin
                elif found not in seen:
                    seen.add(found)
                    waiting.append((found.path, scopes[0]))
                    yield found.path, scopes[0]

    # Modules

    def _file(self, directory: bytes, parts: Iterable[str]) -> bytes | None:
        place = b"/".join([*([directory] if directory else []), *_bytes(parts)])
        package = place + _PACKAGE if place else _PACKAGE[1:]
        return next((file for file in (package, place + b".py") if self._read(file) is not None), None)

    # Symbols

    def _found(self, path: bytes, origin: str, depth: int = _DEPTH) -> Origin | None:
        """What has an origin that the file at `path` names."""
        module, _, names = origin.partition(":")
        place = self.module(path, module) if module else None
        found = Origin(place, "") if place is not None else None
        for name in names.split(".") if names else ():
            found = self._below(found, name, depth) if found is not None else None
        return found

    def _below(self, owner: Origin, name: str, depth: int) -> Origin | None:
        if owner.qualified:
            return self._member(owner, name)
        symbols = self.symbols(owner.path)
        if symbols is None or not depth:
            return None
        top = symbols.scopes[0]
        if name not in top.bound:
            package = owner.path.removesuffix(_PACKAGE) if owner.path.endswith(_PACKAGE) else None
            below = self._file(package, [name]) if package is not None else None
            return Origin(below, "") if below is not None else self._starred(owner.path, name, depth)
        if top.bound[name] != "import":
            return Origin(owner.path, name)
        if name in top.rebound:
            return None
        if name in top.origins:
            module, original = top.origins[name]
            return self._found(owner.path, f"{module}:{original}", depth - 1)
        place = self.module(owner.path, top.modules[name])
        return Origin(place, "") if place is not None else None

    def _starred(self, path: bytes, name: str, depth: int) -> Origin | None:
        """What a star brings as `name` to a module that does not bind it; None if one that is not known may do so."""
        found: set[Origin | None] = set()
        for place in self.stars(path) if depth and not name.startswith("_") else ():
            symbols = self.symbols(place) if place is not None else None
            if place is None or symbols is None:
                return None
            if name in symbols.scopes[0].bound or symbols.stars:
                found.add(self._below(Origin(place, ""), name, depth - 1))
        return found.pop() if len(found) == 1 else None

    # Classes and functions

    def _classes(self, origin: Origin) -> list[Scope]:
        symbols = self.symbols(origin.path)
        return symbols.classes(origin.qualified) if symbols else []

    def _line(self, path: bytes, of: Scope) -> Iterator[tuple[bytes, Symbols, Scope]]:
        """A class and those beyond its module, one above the other, as far as each has one such base."""
        for _ in range(_DEPTH):
            symbols = self.symbols(path)
            if symbols is None:
                return
            yield path, symbols, of
            outside = [origin for origin in symbols.outside(of) if origin not in _EMPTY]
            found = self._found(path, outside[0]) if len(outside) == 1 else None
            scopes = self._classes(found) if found is not None else []
            if found is None or len(scopes) != 1:
                return
            path, of = found.path, scopes[0]

    def _member(self, owner: Origin, name: str) -> Origin | None:
        scopes = self._classes(owner)
        for path, symbols, scope in self._line(owner.path, scopes[0]) if len(scopes) == 1 else ():
            key = symbols.member(scope, name)
            if key is not None:
                return Origin(path, symbols.bindings[key].qualified) if key in symbols.bindings else None
        return None

    def _parameter(self, called: Origin | None, name: str) -> Origin | None:
        """What an argument `name` means at a call of a function, or of a class."""
        symbols = self.symbols(called.path) if called is not None else None
        if called is None or symbols is None:
            return None
        scopes = symbols.classes(called.qualified)
        if len(scopes) == 1:
            return self._of_constructor(called.path, scopes[0], name)
        functions = [one for one in symbols.scopes if one.body and one.qualified == called.qualified]
        # An object may be one of a class that overrides it.
        alike = symbols.functions(symbols.meaning[functions[0].body]) if functions else []
        return _taken(called.path, functions[0], name) if len(functions) == len(alike) == 1 else None

    def _of_constructor(self, path: bytes, of: Scope, name: str) -> Origin | None:
        for here, symbols, scope in self._line(path, of):
            if symbols.member(scope, "__init__") is not None:
                function = symbols.function(scope, "__init__")
                return _taken(here, function, name) if function is not None else None
            if symbols.is_field(scope, name):
                field = symbols.member(scope, name)
                return Origin(here, symbols.bindings[field].qualified) if field in symbols.bindings else None
        return None


def _taken(path: bytes, function: Scope, name: str) -> Origin | None:
    """The parameter of a function that takes an argument `name`."""
    if name not in function.parameters[function.positional_only :]:
        return None
    return Origin(path, f"{function.qualified}.{name}")


def _parent(path: bytes, level: int) -> bytes:
    for _ in range(level):
        path = path.rpartition(b"/")[0]
    return path


def _stem(path: bytes) -> bytes:
    return path.removesuffix(b".py").removesuffix(b"/__init__").removesuffix(b"__init__")


def _is_below(stem: bytes, above: bytes) -> bool:
    """Whether the module at `stem` is the one `above`, or in that package."""
    return not above or stem == above or stem.startswith(above + b"/")


def _bytes(parts: Iterable[str]) -> Iterator[bytes]:
    return (part.encode() for part in parts)
