"""Imports that name a module by its new place, and whether that is all that differs between two texts of a file.

A module is told by its file and by the directory that dotted names start from, so that relative imports and absolute
ones can be compared.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple, TypeAlias, TypeGuard

from git_dagpatch.languages.python_syntax import parsed

_Import: TypeAlias = ast.Import | ast.ImportFrom
_MODULE, _CHAIN = ".", ".."
"""What stands for the module in the trees that are compared; no identifier is written so."""


class Place(NamedTuple):
    """A module: its path without suffix, and the directory in which its dotted name starts."""

    stem: bytes
    root: bytes

    @staticmethod
    def of(path: bytes, root: bytes) -> Place:
        return Place(stem_of(path), root)

    @property
    def name(self) -> str:
        """The dotted name."""
        below = self.stem[len(self.root) + 1 :] if self.root else self.stem
        return below.decode(errors="replace").replace("/", ".")


def stem_of(path: bytes) -> bytes:
    """`path` of a module without its suffix; of a package, its directory."""
    return path.removesuffix(b".py").removesuffix(b"/__init__")


def named(path: bytes, level: int, module: str, root: bytes) -> bytes:
    """The stem of what the file at `path` calls `module`, after `level` dots."""
    start = root
    if level:
        start = path
        for _ in range(level):
            start = start.rpartition(b"/")[0]
    below = module.encode().replace(b".", b"/")
    return b"/".join(part for part in (start, below) if part)


class Wanted(NamedTuple):
    """What one name of an import statement brings."""

    bound: str
    """The name that it has here; of a plain ``import a.b``, the first part."""
    asked: str | None
    """The name that the module is asked for; None for the module itself."""
    plain: bool
    """Whether it is written ``import a.b``, so that the whole name is used."""


def brings(path: bytes, statement: ast.stmt, alias: ast.alias, place: Place) -> Wanted | None:
    """What `alias` brings of the module at `place`; None if it is of another one."""
    bound = alias.asname or alias.name
    match statement:
        case ast.Import() if alias.name == place.name:
            plain = alias.asname is None and "." in alias.name
            return Wanted(bound.partition(".")[0] if plain else bound, None, plain)
        case ast.ImportFrom(module=module, level=level):
            stem = named(path, level, module or "", place.root)
            if stem == place.stem:
                return Wanted(bound, alias.name, plain=False)
            if alias.name != "*" and named(path, level, f"{module or ''}.{alias.name}".strip("."), place.root) == (
                place.stem
            ):
                return Wanted(bound, None, plain=False)
    return None


class Following(NamedTuple):
    """What went from one module to another: names, and the module itself."""

    old: Place
    new: Place
    moved: Callable[[str | None], bool]
    """Whether a name of the module, or for None the module itself, is to be had at the new place alone."""

    def explains(self, path: bytes, before: bytes, after: bytes) -> bool:
        """Whether the file at `path` imports in `after` from the new place what it did from the old, and is else the
        same code."""
        one, other = parsed(before), parsed(after)
        if one is None or other is None:
            return False
        old, new = self._locals(path, one, self.old), self._locals(path, other, self.new)
        mine = theirs = ""
        if old != new and old and new:
            if len(old) != 1 or len(new) != 1:
                return False
            (mine,), (theirs,) = old, new
            if theirs in _identifiers(one) or mine in _identifiers(other) or mine in _bound(one):
                return False
        shape = _Shape(path, self, mine, self.chain(path, one, self.old))
        was = ast.dump(shape.visit(one))
        return shape.met and was == ast.dump(_Shape(path, self, theirs, self.chain(path, other, self.new)).visit(other))

    def chain(self, path: bytes, tree: ast.Module, place: Place) -> str:
        """The dotted name by which code reaches the module, where ``import a.b`` brought it; else empty."""
        plain = any((wanted := brings(path, *both, place)) and wanted.plain for both in imports_of(tree))
        return place.name if plain and place.name.partition(".")[0] not in _bound(tree) else ""

    def _locals(self, path: bytes, tree: ast.Module, place: Place) -> set[str]:
        """The names under which the module itself is known."""
        if not self.moved(None):
            return set()
        found = [wanted for statement, alias in imports_of(tree) if (wanted := brings(path, statement, alias, place))]
        return {wanted.bound for wanted in found if wanted.asked is None and not wanted.plain}


def imports_of(tree: ast.Module) -> Iterator[tuple[_Import, ast.alias]]:
    for node in ast.walk(tree):
        if _is_import(node):
            for alias in node.names:
                yield node, alias


class _Shape(ast.NodeTransformer):
    """A tree in which what follows is written in one way, whether it follows yet or not."""

    def __init__(self, path: bytes, following: Following, local: str, chain: str) -> None:
        self.path = path
        self.following = following
        self.local = local
        self.chain = chain
        self.met = False
        """Whether anything is imported from the old place."""

    def generic_visit(self, node: ast.AST) -> ast.AST:
        super().generic_visit(node)
        for name, value in ast.iter_fields(node):
            if isinstance(value, list) and any(map(_is_import, value)):
                setattr(node, name, list(self._gathered(value)))
        return node

    def _gathered(self, statements: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
        for are_imports, group in groupby(statements, key=_is_import):
            if not are_imports:
                yield from group
                continue
            told = [self._told(one, alias) for one in group if _is_import(one) for alias in one.names]
            bound = [one[0] for one in told]
            in_order = "*" in bound or len(set(bound)) < len(bound)
            # No source code has a statement like this, so nothing else looks like it.
            yield ast.Global([" ".join(one) for one in (told if in_order else sorted(told))])

    def _told(self, statement: _Import, alias: ast.alias) -> tuple[str, ...]:
        for place in (self.following.old, self.following.new):
            wanted = brings(self.path, statement, alias, place)
            if wanted is not None and self.following.moved(wanted.asked):
                self.met |= place == self.following.old
                bound = _MODULE if wanted.asked is None and wanted.bound == self.local else wanted.bound
                return bound, wanted.asked or "", _CHAIN if wanted.plain else _MODULE
        origin = "." * statement.level + (statement.module or "") if isinstance(statement, ast.ImportFrom) else " "
        return alias.asname or alias.name, alias.name, origin

    def visit_Name(self, node: ast.Name) -> ast.AST:
        if self.local and node.id == self.local:
            node.id = _MODULE
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        return ast.Name(_CHAIN, node.ctx) if self.chain and dotted(node) == self.chain else self.generic_visit(node)


def _is_import(node: object) -> TypeGuard[_Import]:
    return isinstance(node, ast.Import | ast.ImportFrom)


def dotted(node: ast.expr) -> str:
    """The name that a chain of attributes spells, empty if it does not start at a name."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(parts)]) if isinstance(node, ast.Name) else ""


def _identifiers(tree: ast.Module) -> set[str]:
    """The names that are bound or read anywhere in scopes."""
    found = _bound(tree) | {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return found | {(alias.asname or alias.name).partition(".")[0] for _, alias in imports_of(tree)}


def _bound(tree: ast.Module) -> set[str]:
    """The names that something else than an import binds."""
    found: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                found.add(name)
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()) | ast.arg(arg=name):
                found.add(name)
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                found.add(name)
            case ast.MatchMapping(rest=str(name)):
                found.add(name)
            case ast.Global(names=names) | ast.Nonlocal(names=names):
                found.update(names)
    return found
