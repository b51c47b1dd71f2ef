"""What the names of a text of Python are bound to, scope by scope, as the compiler tells."""

from __future__ import annotations

import ast
import symtable
import warnings
from collections import defaultdict
from collections.abc import Iterator, Mapping
from importlib.util import decode_source
from typing import TypeAlias
from weakref import WeakKeyDictionary

from git_dagpatch.languages.kept import Kept
from git_dagpatch.languages.python_syntax import Section, sections

_KEPT = 600_000
"""Bytes of source whose tables are kept."""
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)

Meanings: TypeAlias = Mapping[tuple[str, str], frozenset[str]]
"""Scope and name → where the name is bound, and for imports, to what."""


def _read(text: bytes) -> symtable.SymbolTable | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return symtable.symtable(decode_source(text), "<merged>", "exec")
    except (SyntaxError, ValueError, RecursionError):
        return None


symbol_table = Kept(_read, _KEPT)
"""The symbols of a text, as the compiler finds them; None where it does not take it."""


def is_bound(symbol: symtable.Symbol) -> bool:
    """Whether something in its scope gives it a value."""
    return symbol.is_assigned() or symbol.is_imported() or symbol.is_namespace()


def _find_meanings(text: bytes) -> Meanings | None:
    placed, table = sections(text), symbol_table(text)
    if placed is None or table is None:
        return None
    imported: dict[tuple[str, str], set[str]] = defaultdict(set)
    for _, section in placed:
        if section not in _IMPORTED:
            _IMPORTED[section] = tuple(_imports(ast.Module(section.body, []), ""))
        for scope, name, origin in _IMPORTED[section]:
            imported[scope, name].add(origin)
    top = {symbol.get_name() for symbol in table.get_symbols() if is_bound(symbol)}
    found: dict[tuple[str, str], frozenset[str]] = defaultdict(frozenset)
    for scope, name, home in _homes(table, "", (), top):
        found[scope, name] |= {home, *imported.get((home.partition(" ")[2], name), ())}
    return dict(found)


_IMPORTED: WeakKeyDictionary[Section, tuple[tuple[str, str, str], ...]] = WeakKeyDictionary()
"""What the imports of a section bring, as `_imports` tells it."""

meanings = Kept(_find_meanings, _KEPT)
"""What each name means in each scope; None where the text does not parse."""


def _homes(
    table: symtable.SymbolTable, scope: str, around: tuple[tuple[str, symtable.SymbolTable], ...], top: set[str]
) -> Iterator[tuple[str, str, str]]:
    """Scope, name, and in which scope that is bound, for each name of each scope."""
    for symbol in table.get_symbols():
        name = symbol.get_name()
        if table.get_type() == "module" or symbol.is_global():
            yield scope, name, "in " if name in top else "nowhere here"
        elif symbol.is_free():
            owners = [path for path, outer in around if name in outer.get_identifiers() and _is_own(outer, name)]
            yield scope, name, f"in {owners[-1] if owners else '?'}"
        else:
            yield scope, name, f"in {scope}"
    for child in table.get_children():
        path = f"{scope}.{child.get_name()}".lstrip(".")
        within = (*around, (scope, table)) if table.get_type() == "function" else around
        yield from _homes(child, path, within, top)


def _is_own(table: symtable.SymbolTable, name: str) -> bool:
    return table.lookup(name).is_local()


def _imports(node: ast.AST, scope: str) -> Iterator[tuple[str, str, str]]:
    """Scope, name, and what is imported by it."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            for alias in child.names:
                yield scope, alias.asname or alias.name.partition(".")[0], alias.name if alias.asname else ""
        elif isinstance(child, ast.ImportFrom):
            for alias in child.names:
                yield scope, alias.asname or alias.name, f"{'.' * child.level}{child.module or ''}:{alias.name}"
        elif isinstance(child, (*_FUNCTIONS, ast.ClassDef)):
            yield from _imports(child, f"{scope}.{child.name}".lstrip("."))
        elif isinstance(child, (ast.stmt, ast.ExceptHandler, ast.match_case)):
            yield from _imports(child, scope)
