"""What each identifier of a Python module means, as far as that is certain.

Identifiers that mean the same are one `Binding`. What only running the code can tell, such as an attribute of an object
that came from somewhere, is told apart from what is certain, and joined by name alone.
"""

from __future__ import annotations

import ast
import builtins
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache
from operator import itemgetter
from typing import NamedTuple

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
    FREE = "free"
    """A name that nothing here binds: a builtin, or what a star brought."""
    RECEIVER = "receiver"
    """An attribute of something that is not known."""
    KEYWORD = "keyword"
    """An argument's name at a call of something that is not known."""

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
    """The module that it comes from, of an import and what is asked of one."""


@dataclass(slots=True)
class Binding:
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
        resolver = _Resolver(collector)
        self.scopes = collector.scopes
        self.stars = frozenset(collector.stars)
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
            self.scope_of[raw.start] = raw.scope.number
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


class _Resolver:
    def __init__(self, collector: Collector) -> None:
        self._scopes = collector.scopes
        self._names: dict[tuple[int, str], Key] = {}
        self._attributes: dict[tuple[int, str, str], Key] = {}
        """By scope, name of the owner, and own name."""
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
            return self._member(home, name) or Key(Sort.SYMBOL, home.number, name)
        if home.bound.get(name) == "import":
            module, original = home.origins.get(name, ("", ""))
            if original == name:
                return Key(Sort.IMPORT, home.number, name, module)
            if home.modules.get(name) == name:
                return Key(Sort.MODULE, home.number, name, name)
        return Key(Sort.SYMBOL, home.number, name)

    # Classes

    def _ancestry(self, scope: Scope) -> list[Scope]:
        """`scope` and the classes of this module that it derives from."""
        known = self._classes.get(scope.number)
        if known is None:
            known = self._classes[scope.number] = [scope]
            for base in scope.bases:
                above = self._class_of_name(base, scope.parent or self._top)
                if above is not None:
                    known.extend(one for one in self._ancestry(above) if one not in known)
        return known

    def _class_of_name(self, node: ast.expr, scope: Scope) -> Scope | None:
        """The class that `node` names, if that is certain."""
        if not isinstance(node, ast.Name):
            return None
        home = scope.binder(node.id)
        if home is None or home.bound.get(node.id) != "class" or node.id in home.rebound:
            return None
        return self._class_at.get((home.number, node.id))

    def _member(self, scope: Scope, name: str) -> Key | None:
        """A member of a class. It belongs to the highest class of this module that has it, whose heirs override it."""
        holders = [one for one in self._ancestry(scope) if name in one.bound or name in one.attributes]
        return Key(Sort.SYMBOL, holders[-1].number, name) if holders else None

    def _receiver(self, node: ast.expr, scope: Scope) -> Scope | None:
        """The class that `node` is, or is an object of, if that is certain."""
        if isinstance(node, ast.Name):
            home = scope.binder(node.id)
            if home is not None and home.receiver == node.id and node.id not in home.rebound:
                return home.parent
            return self._class_of_name(node, scope)
        return None

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
        owner = raw.owner
        if isinstance(owner, ast.expr):
            of_class = self._receiver(owner, raw.scope)
            if of_class is not None:
                found = self._member(of_class, raw.name)
                if found is not None:
                    return found
            root, path = _dotted(owner)
            home = raw.scope.binder(root) if root else None
            if home is not None and home.bound.get(root) == "import" and root not in home.rebound:
                if root in home.modules:
                    return Key(Sort.MEMBER, -1, raw.name, ".".join([home.modules[root], *path]))
                if root in home.origins:
                    return Key(Sort.PART, -1, raw.name, ".".join([*home.origins[root], *path]))
        return Key(Sort.RECEIVER, -1, raw.name)

    # Calls

    def _keyword(self, raw: Raw) -> Key:
        functions = self._called(raw.owner, raw.scope) if isinstance(raw.owner, ast.expr) else []
        if len(functions) == 1:
            function = functions[0]
            if raw.name in function.parameters[function.positional_only :]:
                return Key(Sort.SYMBOL, function.number, raw.name)
        return Key(Sort.KEYWORD, -1, raw.name)

    def _called(self, node: ast.expr, scope: Scope) -> list[Scope]:
        """The functions that a call of `node` may reach, if that is certain."""
        if isinstance(node, ast.Name):
            of_class = self._class_of_name(node, scope)
            key = self._member(of_class, "__init__") if of_class else self._name(scope, node.id)
        elif isinstance(node, ast.Attribute):
            of_class = self._receiver(node.value, scope)
            key = self._member(of_class, node.attr) if of_class else None
        else:
            key = None
        if key is None:
            return []
        found = self._functions.get(key, [])
        return [one for one in found if one.kind == "function"] if len(found) == 1 else []

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
                    return self._member(raw.scope, raw.name)
                return self._bound(self._top, raw.name) if raw.name in self._top.bound else None

    def binding(self, key: Key) -> Binding:
        if key.sort not in WHOLE:
            return Binding(key, "", key.name)
        home = self._scopes[key.scope]
        kind = home.bound.get(key.name, "attribute")
        if kind in ("variable", "import"):
            kind = "attribute" if home is self._top else "variable"
        qualified = f"{home.qualified}.{key.name}" if home.qualified else key.name
        unseen = home.opaque or (home is self._top and hasattr(builtins, key.name)) or _mangled(key.name)
        if home.kind == "class" and self._direct[home.number, key.name] > 1:
            # What the body of a class reads, it may find around the class as well.
            around = home.parent and home.parent.binder(key.name)
            unseen |= around is not None or hasattr(builtins, key.name)
        return Binding(key, kind if key.sort is Sort.SYMBOL else "", qualified, certain=not unseen)


def _mangled(name: str) -> bool:
    return name.startswith("__") and not name.endswith("__")


def _dotted(node: ast.expr) -> tuple[str, list[str]]:
    """The name that a dotted expression starts with, and the others; an empty name if it is none."""
    path: list[str] = []
    while isinstance(node, ast.Attribute):
        path.append(node.attr)
        node = node.value
    return (node.id, path[::-1]) if isinstance(node, ast.Name) else ("", [])


@lru_cache(maxsize=64)
def symbols_of(text: bytes) -> Symbols | None:
    """The bindings of the module `text`; None if Python does not take it, or places in it cannot be told."""
    if b"\r" in text.replace(b"\r\n", b"") or b"\f" in text:
        return None
    try:
        text.decode()
        placed = sections(text)
        return None if placed is None else Symbols(Collector(text, placed))
    except (UnicodeDecodeError, RecursionError, MemoryError, Unlocated):
        return None
