"""Whether the imports of a Python file lead anywhere: in its tree, in the standard library, or in what is installed.

Nothing is imported. What reading cannot decide is let pass:

- A module of the tree may be found from every directory that can be a source root; see `Modules`.
- Of installed packages, and of the standard library, only the first part of a name is looked up.
- An import may fail where the code is prepared for it: under ``try`` with a handler for that, under
  ``contextlib.suppress``, and under an ``if`` that asks for ``TYPE_CHECKING``, a version or a platform.
- A module that binds names as it runs may have any name; see `names_of`.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from git_dagpatch.languages.language import Fault
from git_dagpatch.languages.python_modules import Found, Module, Modules
from git_dagpatch.languages.python_syntax import syntax_tree
from git_dagpatch.model.objects import SUBMODULE, SYMLINK
from git_dagpatch.model.paths import encode
from git_dagpatch.model.tree import Tree

_MISSING_MODULE = {"ImportError", "ModuleNotFoundError", "Exception", "BaseException"}
_CONDITIONS = {"TYPE_CHECKING", "version_info", "hexversion", "platform", "implementation", "find_spec", "PY2", "PY3"}
_NESTS = (ast.stmt, ast.excepthandler, ast.match_case)
_SKIPS_TEST = re.compile(rb"importorskip\(\s*['\"](\w+)")


class _Import(NamedTuple):
    """One name of an import statement. `name` is empty for a plain ``import``."""

    at: ast.alias
    level: int
    parts: list[str]
    name: str


def modules_of(tree: Tree) -> Modules:
    """The Python modules of `tree`."""
    entries = {path: entry.mode for path, entry in tree.files()}
    links = [path for path, mode in entries.items() if mode in (SYMLINK, SUBMODULE)]
    return Modules(entries.keys() - set(links), tree.read, links)


def unresolved_imports(path: bytes, text: bytes, modules: Modules) -> list[Fault]:
    """A fault for each import of the Python file at `path` that leads nowhere; none if the file does not parse."""
    tree = syntax_tree(text)
    if tree is None:
        return []
    optional = {name.decode() for name in _SKIPS_TEST.findall(text)}
    lines = text.split(b"\n")
    faults = []
    for wanted in _imports(tree):
        if wanted.level:
            message = _relative(path, wanted, modules)
        else:
            message = "" if wanted.parts[0] in optional else _absolute(wanted, modules)
        if message:
            before = lines[wanted.at.lineno - 1][: wanted.at.col_offset]
            faults.append(Fault(wanted.at.lineno, len(before.decode(errors="replace")) + 1, message))
    return sorted(faults)


def _imports(tree: ast.Module) -> Iterator[_Import]:
    stack: list[ast.AST] = [tree]
    while stack:
        node = stack.pop()
        match node:
            case ast.Import(names=names):
                yield from (_Import(alias, 0, alias.name.split("."), "") for alias in names)
            case ast.ImportFrom(module=module, names=names, level=level):
                parts = module.split(".") if module else []
                yield from (_Import(alias, level, parts, alias.name) for alias in names)
            case _ if not _is_prepared(node):
                stack.extend(child for child in ast.iter_child_nodes(node) if isinstance(child, _NESTS))


def _is_prepared(node: ast.AST) -> bool:
    """Whether the code knows that an import in `node` may fail, or may not be reached."""
    match node:
        case ast.Try(handlers=handlers) | ast.TryStar(handlers=handlers):
            return any(handler.type is None or _names(handler.type) & _MISSING_MODULE for handler in handlers)
        case ast.With(items=items):
            return any(isinstance(i.context_expr, ast.Call) and _names(i.context_expr) & _MISSING_MODULE for i in items)
        case ast.If(test=test):
            return bool(_names(test) & _CONDITIONS) or "os.name" in ast.unparse(test)
    return False


def _names(expression: ast.expr) -> set[str]:
    """The names and attributes in `expression`."""
    nodes = list(ast.walk(expression))
    return {node.id for node in nodes if isinstance(node, ast.Name)} | {
        node.attr for node in nodes if isinstance(node, ast.Attribute)
    }


def _relative(path: bytes, wanted: _Import, modules: Modules) -> str:
    """What is wrong with a relative import, or nothing."""
    directory = path.rpartition(b"/")[0]
    for _ in range(wanted.level - 1):
        if not directory:
            return "the import leads out of the tree"
        directory = directory.rpartition(b"/")[0]
    start = modules.package(directory)
    found = modules.below(start, wanted.parts)
    dotted = "." * wanted.level + ".".join(wanted.parts)
    if found is None:
        return f"there is no module {dotted}"
    if not wanted.parts and isinstance(found, Module) and found.path == path and wanted.name != "*":
        # The package has the name by this very import.
        return "" if modules.has_submodule(found, wanted.name) else f"there is no module {dotted}{wanted.name}"
    return "" if _gives(modules, found, wanted.name) else _lacks(dotted, found, wanted.name)


def _absolute(wanted: _Import, modules: Modules) -> str:
    """What is wrong with an absolute import, or nothing."""
    top = wanted.parts[0]
    if top in sys.stdlib_module_names or top == "__main__":
        return ""
    dotted = ".".join(wanted.parts)
    lacking = f"there is no module {dotted}"
    own = False
    for root, found in modules.absolute(wanted.parts):
        if found is not None and _gives(modules, found, wanted.name):
            return ""
        if modules.is_own(root, top):
            own = True
            lacking = _lacks(dotted, found, wanted.name) if found is not None else lacking
    if own:
        return lacking
    if _is_installed(top, [*wanted.parts[1:], wanted.name]):
        return ""
    return f"{lacking} in the tree, the standard library or what is installed"


def _gives(modules: Modules, found: Found, name: str) -> bool:
    return name in ("", "*") or modules.has(found, name)


def _lacks(dotted: str, found: Found, name: str) -> str:
    place = f" ({encode(found.path)})" if isinstance(found, Module) else ""
    return f"{dotted}{place} has no {name}"


def _is_installed(top: str, rest: Sequence[str]) -> bool:
    """Whether the environment has the package or module `top`; of a namespace, also the next part of the name."""
    spec = _spec(top)
    if spec is None:
        return False
    if spec.origin is not None or not spec.submodule_search_locations or not rest[0]:
        return True
    portions = [Path(portion) for portion in spec.submodule_search_locations]
    return any((portion / rest[0]).is_dir() or any(portion.glob(f"{rest[0]}.*")) for portion in portions)


@cache
def _spec(top: str) -> ModuleSpec | None:
    try:
        return find_spec(top)
    except (ImportError, ValueError, AttributeError):
        return None
