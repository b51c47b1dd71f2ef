"""What the names at the top level of a Python module and in its classes are bound to, comparable across modules."""

from __future__ import annotations

import ast
import builtins
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property, lru_cache
from typing import NamedTuple, TypeAlias

from git_dagpatch.languages.python_following import named, stem_of
from git_dagpatch.languages.python_scopes import Collector, Form, Raw, Scope, Unlocated
from git_dagpatch.languages.python_syntax import sections, syntax_tree
from git_dagpatch.model.paths import parents

_ROOTS = (b"", b"src", b"lib", b"python")
"""Directories that absolute names may start from, besides those above the file."""
_DEPTH = 8
"""Through how many modules a name is followed."""


class Own(NamedTuple):
    """What a module defines or assigns itself; of a member, with the class before it."""

    path: bytes
    qualified: str


class Imported(NamedTuple):
    """What an import brings: a name of a module, or the module itself for an empty name."""

    path: bytes
    """The file that imports it."""
    module: str
    """With leading dots if it is relative."""
    name: str

    def stems(self) -> list[bytes]:
        """Where the module may be, without suffix; of names of the standard library nowhere."""
        below = self.module.lstrip(".")
        if below != self.module:
            return [named(self.path, len(self.module) - len(below), below, b"")]
        if below.partition(".")[0] in sys.stdlib_module_names:
            return []
        return [named(self.path, 0, below, root) for root in dict.fromkeys((*_ROOTS, *parents(self.path)))]

    def is_of(self, path: bytes) -> bool:
        """Whether it is of the module in the file at `path`, as far as names tell."""
        return stem_of(path) in self.stems()

    def same_as(self, other: Imported) -> bool:
        if self.name != other.name:
            return False
        if self.module.startswith(".") or other.module.startswith("."):
            first, second = (self, other) if self.module.startswith(".") else (other, self)
            return first.stems()[0] in second.stems()
        return self.module == other.module


class Package(NamedTuple):
    """A package of which modules are imported by their names, so that they are to be had from it."""

    modules: frozenset[str]

    def as_used_in(self, module: Scoped, name: str, code: bytes) -> Package | Imported:
        """What it is to `code` of `module`, which has the words of the modules that it uses; `name` is the package."""
        used = frozenset(one for one in self.modules if one.split(".")[1].encode() in code)
        return Package(used) if used else Imported(module.path, name, "")


class Builtin(NamedTuple):
    """A name that Python itself binds."""

    name: str


class Starred(NamedTuple):
    """A name that an import of everything may bring."""

    name: str
    modules: frozenset[str]
    path: bytes


class Tried(NamedTuple):
    """A name that is imported from where it is found first."""

    statement: str


class Nothing(NamedTuple):
    """A name that nothing binds."""


class Unknown(NamedTuple):
    """A name that is bound in more than one way."""


Meaning: TypeAlias = Own | Imported | Package | Builtin | Starred | Tried | Nothing | Unknown


class Scoped:
    """A module of Python: its scopes, and the identifiers in them."""

    def __init__(self, path: bytes, collector: Collector) -> None:
        self.path = path
        self.text = collector.text
        self.scopes: Sequence[Scope] = collector.scopes
        self.raw: Sequence[Raw] = collector.raw
        self.stars = frozenset(collector.stars)
        self.rebound = frozenset(name for scope in collector.scopes for name in scope.elsewhere)
        """Names that some function binds at the top level."""

    @classmethod
    def read(cls, path: bytes, text: bytes) -> Scoped | None:
        """None if Python does not take the text, or places in it cannot be told."""
        return _read(path, text)

    @classmethod
    def empty(cls, path: bytes) -> Scoped:
        return cls(path, Collector(b"", ()))

    @cached_property
    def tree(self) -> ast.Module:
        return syntax_tree(self.text) or ast.Module([], [])

    @property
    def top(self) -> Scope:
        return self.scopes[0]

    def scope(self, qualified: str) -> Scope | None:
        """The one class or function of that name."""
        found = [one for one in self.scopes if one.body and one.qualified == qualified]
        return found[0] if len(found) == 1 else None

    def class_(self, qualified: str) -> Class | None:
        scope = self.scope(qualified)
        return Class(self, scope) if scope is not None and scope.kind == "class" else None

    def identifiers(self, start: int, end: int) -> Iterator[Raw]:
        """All names between two bytes, those of attributes and arguments included."""
        return (raw for raw in self.raw if start <= raw.start < end)

    def reads_at_top(self, name: str, start: int, end: int) -> bool:
        """Whether `name` stands anywhere but from `start` to `end` where it means what the top level binds."""
        return any(
            raw.name == name
            and raw.form is Form.NAME
            and not start <= raw.start < end
            and raw.scope.binder(name) in (None, self.top)
            and raw.start not in self._imports
            for raw in self.raw
        )

    @cached_property
    def _imports(self) -> set[int]:
        """Where names stand that an import at the top level brings."""
        starts = [0]
        for line in self.text.split(b"\n"):
            starts.append(starts[-1] + len(line) + 1)
        return {
            starts[alias.lineno - 1] + alias.col_offset
            for node in ast.walk(self.tree)
            if isinstance(node, ast.Import | ast.ImportFrom)
            for alias in node.names
        }

    def meaning(self, name: str, scope: Scope | None = None) -> Meaning:
        """What `name` is bound to at the top level, or as it is read in the class `scope`."""
        home = (scope or self.top).binder(name)
        if home is not None and home.kind == "class":
            return Own(self.path, f"{home.qualified}.{name}")
        how = self.top.bound.get(name)
        if how is None:
            if name in self.rebound:
                return Own(self.path, name)
            if self.stars:
                return Starred(name, self.stars, self.path)
            return Builtin(name) if hasattr(builtins, name) else Nothing()
        if how != "import" and not (name in self.top.origins or name in self.top.modules):
            return Own(self.path, name)
        modules = self._named_modules.get(name, frozenset())
        if modules and name not in self.rebound and (name not in self.top.rebound or self._only_imports(name)):
            return Imported(self.path, name, "") if modules == {name} else Package(modules - {name})
        if name in self.top.rebound or name in self.rebound:
            return self._tried(name)
        if name in self.top.origins:
            return Imported(self.path, *self.top.origins[name])
        return Imported(self.path, self.top.modules[name], "")

    @cached_property
    def _named_modules(self) -> dict[str, frozenset[str]]:
        """Name → the modules that statements at the top level import by it; `os` imports `os.path` itself."""
        found: dict[str, set[str]] = defaultdict(set)
        for alias in (alias for one in self.tree.body if isinstance(one, ast.Import) for alias in one.names):
            if alias.asname is None:
                found[alias.name.partition(".")[0]].add("os" if alias.name == "os.path" else alias.name)
        return {name: frozenset(modules) for name, modules in found.items()}

    def _only_imports(self, name: str) -> bool:
        """Whether nothing at the top level binds `name` but imports of modules by their names."""
        return all(
            isinstance(one, ast.Import) and all(alias.asname != name for alias in one.names)
            for one in self.tree.body
            if name in _bound_by(one)
        )

    def _tried(self, name: str) -> Meaning:
        """What is bound by one ``try`` that imports absolute names alone."""
        found = [one for one in self.tree.body if name in _bound_by(one)]
        if len(found) != 1 or name in self.rebound or not isinstance(found[0], ast.Try):
            return Unknown()
        harmless = (ast.Try, ast.ExceptHandler, ast.Import, ast.ImportFrom, ast.alias, ast.Name, ast.Load, ast.Store)
        for node in ast.walk(found[0]):
            is_value = isinstance(node, ast.Assign | ast.Constant | ast.Pass)
            if not isinstance(node, harmless) and not is_value:
                return Unknown()
            if isinstance(node, ast.ImportFrom) and node.level:
                return Unknown()
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and not hasattr(builtins, node.id):
                return Unknown()
        return Tried(ast.dump(found[0]))

    def bound_above(self, position: int) -> set[str]:
        """The names that statements at the top level bind above the one that reaches over the byte `position`."""
        line = self.text.count(b"\n", 0, position) + 1
        return {name for one in self.tree.body if (one.end_lineno or one.lineno) < line for name in _bound_by(one)}


class Class(NamedTuple):
    """A class and the module that defines it."""

    module: Scoped
    scope: Scope

    @property
    def place(self) -> Own:
        return Own(self.module.path, self.scope.qualified)

    def has(self, name: str) -> bool:
        return name in self.scope.bound or name in self.scope.attributes


class Modules:
    """The modules of one state, which `read` gives."""

    def __init__(self, read: Callable[[bytes], bytes | None]) -> None:
        self._read = read

    def at(self, path: bytes) -> Scoped | None:
        text = self._read(path)
        return None if text is None else Scoped.read(path, text)

    def leads(self, meaning: Imported, path: bytes) -> bool:
        """Whether `meaning` is of the module in the file at `path`, and no other file answers to its name."""
        return meaning.is_of(path) and len(self._files(meaning)) < 2

    def _files(self, meaning: Imported) -> list[bytes]:
        places = [stem + end for stem in meaning.stems() for end in (b".py", b"/__init__.py")]
        return [place for place in places if self._read(place) is not None]

    def same(self, one: Meaning, other: Meaning) -> bool:
        """Whether both are certainly the same, also where modules pass it on."""
        match one, other:
            case (Own(path, qualified), Imported() as brought) | (Imported() as brought, Own(path, qualified)):
                if brought.name == qualified and self.leads(brought, path):
                    return True
        return _same(one, other) or (isinstance(first := self._defined(one), Own) and first == self._defined(other))

    def _defined(self, meaning: Meaning) -> Meaning:
        """What an import leads to, as far as the modules can be read."""
        for _ in range(_DEPTH):
            if not isinstance(meaning, Imported) or not meaning.name:
                break
            places = self._files(meaning)
            module = self.at(places[0]) if len(places) == 1 else None
            if module is None or meaning.name not in module.top.bound:
                break
            meaning = module.meaning(meaning.name)
        return meaning

    def _bases(self, of: Class) -> Iterator[Class | Builtin | None]:
        """What a class derives from; None for what is not known."""
        for base in of.scope.bases:
            meaning = self._defined(of.module.meaning(base.id)) if isinstance(base, ast.Name) else Unknown()
            if isinstance(meaning, Builtin):
                yield meaning
                continue
            yield self._class(meaning) if isinstance(meaning, Own) else None

    def _class(self, own: Own) -> Class | None:
        module = self.at(own.path)
        return None if module is None or own.qualified in module.top.rebound else module.class_(own.qualified)

    def finds(self, of: Class, above: Class, name: str) -> bool:
        """Whether an object of the class `of`, without a member `name` of its own, finds that of `above`."""
        waiting = [*self._bases(of)]
        seen: set[Own] = set()
        while waiting:
            one = waiting.pop(0)
            if one is None or isinstance(one, Builtin):
                return False
            if one.place == above.place:
                return True
            if one.place in seen or one.has(name):
                return False
            seen.add(one.place)
            waiting[:0] = self._bases(one)
        return False

    def may_override(self, of: Class, name: str) -> bool:
        """Whether a class above `of` may have a member `name`."""
        waiting = [*self._bases(of)]
        seen: set[Own] = set()
        while waiting:
            one = waiting.pop()
            if one is None:
                return True
            if isinstance(one, Builtin):
                if one.name != "object" and hasattr(getattr(builtins, one.name), name):
                    return True
            elif one.place not in seen:
                if one.has(name):
                    return True
                seen.add(one.place)
                waiting += self._bases(one)
        return False


def _same(one: Meaning, other: Meaning) -> bool:
    match one, other:
        case Imported(), Imported():
            return one.same_as(other)
        case Package(modules), Package(others):
            return modules <= others
        case Imported(_, module, ""), Package(others):
            return all(other.startswith(f"{module}.") for other in others)
        case Own(path, qualified), Starred(name, modules, importer) if len(modules) == 1:
            (module,) = modules
            public = not name.startswith("_") and not hasattr(builtins, name)
            return public and name == qualified and Imported(importer, module, name).is_of(path)
        case Starred(name, modules), Starred(other_name, other_modules):
            absolute = not any(module.startswith(".") for module in modules)
            return name == other_name and modules == other_modules and absolute
    return one == other


def _bound_by(node: ast.stmt) -> set[str]:
    """The names that a statement at the top level may bind there."""
    found: set[str] = set()
    waiting: list[ast.AST] = [node]
    while waiting:
        inner = waiting.pop()
        match inner:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                found.add(name)
                continue
            case ast.Lambda():
                continue
            case ast.Name(id=name, ctx=ast.Store()) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                found.add(name)
            case ast.alias(name=name, asname=other):
                found.add(other or name.partition(".")[0])
        waiting.extend(ast.iter_child_nodes(inner))
    return found


@lru_cache(maxsize=64)
def _read(path: bytes, text: bytes) -> Scoped | None:
    if b"\r" in text.replace(b"\r\n", b"") or b"\f" in text:
        return None
    try:
        text.decode()
        placed = sections(text)
        return None if placed is None else Scoped(path, Collector(text, placed))
    except (UnicodeDecodeError, RecursionError, MemoryError, Unlocated):
        return None
