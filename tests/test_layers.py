"""The house stands: imports point down, and each library is spoken to in its own place.

CONTRIBUTING.md says why. Every module is parsed, so imports in functions and under TYPE_CHECKING count, too.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path
from typing import NamedTuple

import pytest

import git_dagpatch

PACKAGE = "git_dagpatch"
ROOT = Path(git_dagpatch.__file__).parent

LAYERS: dict[str, set[str]] = {
    "__main__": {"cli"},
    "cli": {"report", "porcelain", "model"},
    "report": {"model"},
    "porcelain": {"interchange", "engine", "store", "merging", "alignment", "languages", "model"},
    "interchange": {"engine", "discovery", "alignment", "model"},
    "engine": {"discovery", "operations", "merging", "alignment", "languages", "model"},
    "discovery": {"operations", "alignment", "languages", "model"},
    "operations": {"merging", "alignment", "languages", "model"},
    "merging": {"alignment", "languages", "model"},
    "store": {"model"},
    "alignment": {"model"},
    "languages": {"model"},
    "model": set(),
    "__init__": set(),
}
"""Who may import whom, besides itself. All may import the package's `__init__`, which holds the version."""

LIBRARIES = {
    "pygit2": {"store", "alignment"},
    "git": {"store"},
    "rapidfuzz": {"alignment"},
    "unidiff": {"interchange"},
    "re2": {"operations"},
    "pygments": {"report"},
    "dataclasses": {"merging"},
}
"""Libraries that only these layers may import. Values are Structs: to define a dataclass takes 40 times as long."""


class Module(NamedTuple):
    """A module by its place in the package: `("model", "paths")`, `("store", "__init__")`, `("__main__",)`."""

    parts: tuple[str, ...]

    @property
    def layer(self) -> str:
        return self.parts[0]

    @property
    def may_import_late(self) -> bool:
        return self.layer == "cli" or self.parts in {
            ("languages", "__init__"),
            ("porcelain", "repository"),
            ("porcelain", "documents"),
            ("porcelain", "sources"),
            ("porcelain", "apply"),
            ("porcelain", "apply_tree"),
            ("porcelain", "explain"),
            ("engine", "plan"),
            ("engine", "inputs"),
            ("engine", "contents"),
            ("merging", "strategies"),
            ("merging", "settle"),
            ("operations", "__init__"),
            ("operations", "expressions"),
        }


class Import(NamedTuple):
    line: int
    target: str
    late: bool
    """Inside a function, or through importlib."""


def faults(module: Module, source: str) -> list[str]:
    """Each import of `source` that `module` may not have, with its line."""
    found = []
    for line, target, late in imports(module, ast.parse(source)):
        if late and not module.may_import_late:
            found.append(f"{line}: {target} is imported late")
        top, *below = target.split(".")
        if top == PACKAGE:
            layer = below[0] if below else "__init__"
            if layer not in {module.layer, "__init__", *LAYERS[module.layer]}:
                found.append(f"{line}: {module.layer} imports {layer}")
        elif module.layer not in LIBRARIES.get(top, {module.layer}):
            found.append(f"{line}: {module.layer} imports {top}")
    return found


def imports(module: Module, node: ast.AST, late: bool = False) -> Iterator[Import]:
    """Every import at or below `node`."""
    match node:
        case ast.Import():
            for alias in node.names:
                yield Import(node.lineno, alias.name, late)
        case ast.ImportFrom():
            for target in _targets(module, node):
                yield Import(node.lineno, target, late)
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if name in {"import_module", "__import__"}:
            yield Import(node.lineno, _constant(node), late=True)
    late = late or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
    for child in ast.iter_child_nodes(node):
        yield from imports(module, child, late)


def _targets(module: Module, node: ast.ImportFrom) -> Iterator[str]:
    """The modules that a `from` imports; of this package, the layer's name where only the package is given."""
    base = node.module or ""
    if node.level:
        above = (PACKAGE, *module.parts)[: -node.level]
        base = ".".join([*above, *([base] if base else [])])
    for alias in node.names:
        yield f"{PACKAGE}.{alias.name}" if base == PACKAGE and _is_layer(alias.name) else base


def _is_layer(name: str) -> bool:
    return name in LAYERS or (ROOT / name).is_dir() or (ROOT / f"{name}.py").is_file()


def _constant(call: ast.Call) -> str:
    match call.args:
        case [ast.Constant(value=str(name)), *_]:
            return name
    return "a computed name"


def _modules() -> list[Module]:
    return [Module(file.relative_to(ROOT).with_suffix("").parts) for file in sorted(ROOT.rglob("*.py"))]


@pytest.mark.parametrize("module", _modules(), ids=lambda module: ".".join(module.parts))
def test_a_module_keeps_to_its_layer(module: Module) -> None:
    assert module.layer in LAYERS, "a layer that nobody has said who may import"
    assert faults(module, ROOT.joinpath(*module.parts).with_suffix(".py").read_text()) == []


def test_no_layer_is_above_and_below_another() -> None:
    TopologicalSorter(LAYERS).prepare()


@pytest.mark.parametrize(
    ("place", "source", "fault"),
    [
        ("model.paths", "import git_dagpatch.store.libgit", "1: model imports store"),
        ("model.paths", "from git_dagpatch.alignment import lines", "1: model imports alignment"),
        ("model.paths", "from git_dagpatch import alignment", "1: model imports alignment"),
        ("model.paths", "from .. import alignment", "1: model imports alignment"),
        ("model.__init__", "from ..store.protocol import Store", "1: model imports store"),
        ("model.paths", "import git_dagpatch.nowhere", "1: model imports nowhere"),
        ("report.text", "from git_dagpatch.engine.factor import factor", "1: report imports engine"),
        ("cli.show", "from git_dagpatch.engine.factor import factor", "1: cli imports engine"),
        ("merging.lines", "from git_dagpatch.operations import kind_of", "1: merging imports operations"),
        ("discovery.moves", "import git_dagpatch.merging", "1: discovery imports merging"),
        ("engine.plan", "from git_dagpatch.store.protocol import Store", "1: engine imports store"),
        ("__init__", "from git_dagpatch.cli import main", "1: __init__ imports cli"),
        ("engine.plan", "import pygit2", "1: engine imports pygit2"),
        ("porcelain.apply", "from pygit2.enums import SortMode", "1: porcelain imports pygit2"),
        ("alignment.lines", "import git", "1: alignment imports git"),
        ("porcelain.apply", "from git.exc import GitCommandError", "1: porcelain imports git"),
        ("model.paths", "if TYPE_CHECKING:\n    import git_dagpatch.store", "2: model imports store"),
        ("store.libgit", "def read():\n    import re", "2: re is imported late"),
        ("store.libgit", "class A:\n    async def read(self):\n        import re", "3: re is imported late"),
        ("languages.python", "def parse():\n    import ast", "2: ast is imported late"),
        ("store.libgit", "from importlib import import_module\nre = import_module('re')", "2: re is imported late"),
        ("store.libgit", "import importlib\nimportlib.import_module(name)", "2: a computed name is imported late"),
        ("cli.__init__", "def main():\n    __import__('git_dagpatch.store')", "2: cli imports store"),
    ],
)
def test_a_fault_is_found(place: str, source: str, fault: str) -> None:
    assert faults(Module(tuple(place.split("."))), source) == [fault]


@pytest.mark.parametrize(
    ("place", "source"),
    [
        ("model.paths", "import re\nfrom git_dagpatch import __version__\nfrom git_dagpatch.model.text import Text"),
        ("model.paths", "from . import text\nfrom .text import Text\nfrom .. import __version__"),
        ("store.libgit", "import git, pygit2\nfrom git_dagpatch.model import tree"),
        ("alignment.lines", "import pygit2"),
        ("cli.__init__", "def main(verb):\n    import_module(f'git_dagpatch.cli.{verb}')"),
        ("languages.__init__", "def backend():\n    from git_dagpatch.languages import python"),
        ("porcelain.repository", "def open_store():\n    from git_dagpatch.store import gitcommand"),
        ("__main__", "from git_dagpatch.cli import main"),
    ],
)
def test_what_is_allowed_passes(place: str, source: str) -> None:
    assert faults(Module(tuple(place.split("."))), source) == []
