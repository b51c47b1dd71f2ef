"""What a text of Python that parses does wrong with names: a merge may not bring in any of that.

Names are looked up as the compiler does it. Those that are set from elsewhere at run time it does not know.
"""

from __future__ import annotations

import ast
import builtins
import symtable
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple
from weakref import WeakKeyDictionary

from git_dagpatch.languages.python_bound import is_bound, symbol_table
from git_dagpatch.languages.python_syntax import Section, sections, whole

_KNOWN = frozenset(dir(builtins)) | {"__file__", "__path__", "__builtins__", "__annotations__", "WindowsError"}

_ADDING = frozenset(("overload", "register", "setter", "getter", "deleter", "expression", "comparator", "resolver"))
"""The last names of decorators that add to what has the same name already."""


def name_faults(text: bytes) -> Counter[str] | None:
    """Each fault as a phrase, as often as it is made: names that nothing defines, local ones that nothing reads,
    definitions that another one of their name replaces, keys that a dictionary has twice. None where `text` does not
    parse."""
    placed = sections(text)
    if placed is None:
        return None
    table = symbol_table(text)
    if table is None:
        return None
    found = [_of_section(section) for _, section in placed]
    known = None if any(one.has_star for one in found) else _known(table)
    doubled = (key for one in found for key in one.doubled)
    return Counter((*_of_names(table, "", known), *_replaced(whole(placed).body, ""), *doubled))


class _Seen(NamedTuple):
    """What there is to see in a section by itself."""

    has_star: bool
    """Whether something imports everything."""
    doubled: tuple[str, ...]


def _of_section(section: Section) -> _Seen:
    if section not in _SEEN:
        nodes = [node for statement in section.body for node in ast.walk(statement)]
        has_star = any(isinstance(node, ast.ImportFrom) and node.names[0].name == "*" for node in nodes)
        _SEEN[section] = _Seen(has_star, tuple(_doubled_keys(nodes)))
    return _SEEN[section]


_SEEN: WeakKeyDictionary[Section, _Seen] = WeakKeyDictionary()


def _known(table: symtable.SymbolTable) -> frozenset[str] | None:
    """The names that the module has; None where that cannot be told."""
    found = {symbol.get_name() for symbol in table.get_symbols() if is_bound(symbol)}
    waiting = list(table.get_children())
    while waiting:
        child = waiting.pop()
        waiting.extend(child.get_children())
        found.update(
            symbol.get_name() for symbol in child.get_symbols() if symbol.is_declared_global() and symbol.is_assigned()
        )
    return _KNOWN | found


def _of_names(table: symtable.SymbolTable, within: str, known: frozenset[str] | None) -> Iterator[str]:
    is_function = table.get_type() == "function"
    for symbol in table.get_symbols():
        name = symbol.get_name()
        if known is not None and symbol.is_referenced() and symbol.is_global() and name not in known:
            yield f"{name} in {within or 'the module'} is defined nowhere"
        if (
            is_function
            and symbol.is_local()
            and symbol.is_assigned()
            and not symbol.is_referenced()
            and not symbol.is_parameter()
            and not any(name in child.get_identifiers() for child in table.get_children())
        ):
            yield f"{name} in {within} is read nowhere"
    if table.get_type() == "module" and known is not None:
        for symbol in table.get_symbols():
            if symbol.is_referenced() and not is_bound(symbol) and symbol.get_name() not in known:
                yield f"{symbol.get_name()} in the module is defined nowhere"
    for child in table.get_children():
        yield from _of_names(child, f"{within}.{child.get_name()}".lstrip("."), known)


def _replaced(body: Sequence[ast.stmt], within: str) -> Iterator[str]:
    seen = set()
    for node in body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            if node.name in seen and not any(_goes_on(decorator, node.name) for decorator in node.decorator_list):
                yield f"{within}{node.name} is defined twice"
            seen.add(node.name)
            yield from _replaced(node.body, f"{within}{node.name}.")


def _goes_on(decorator: ast.expr, name: str) -> bool:
    """Whether what it decorates adds to what has its name already, as a setter or an overload does."""
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    match called:
        case ast.Attribute(value=ast.Name(id=owner), attr=attribute):
            return owner == name or attribute in _ADDING
        case ast.Attribute(attr=attribute):
            return attribute in _ADDING
        case ast.Name(id=own):
            return own in _ADDING
    return False


def _doubled_keys(nodes: Iterable[ast.AST]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Dict):
            keys = Counter(repr(key.value) for key in node.keys if isinstance(key, ast.Constant))
            for key, times in keys.items():
                if times > 1:
                    yield f"the key {key} is there twice"
