"""The names that a Python module has once it was imported, as far as reading tells."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from git_dagpatch.languages.python_syntax import sections, whole

# Whoever writes this binds names that no statement shows. Looking up other modules in sys.modules binds none.
_BINDS_AS_IT_RUNS = re.compile(
    rb"""
      (?<![\w.])(?:globals|vars)\(\s*\) | (?<![\w.])exec\( | \b__all__\.(?:append|extend)\(
    | \bfrom\ sys\ import\b[^\n]*\bmodules\b
    | \bsys\.modules\b[^\n]*(?:\b__(?:name|package|spec|dict)__\b)
    | \b(?:setattr|vars)\([^\n]*\bsys\.modules\b
    | (?<!\bin\ )\bsys\.modules\b(?!\.(?:get|pop)\(|\[[^\]\n]*\](?!\s*=[^=]|\.\w+\s*=[^=]))
    """,
    re.VERBOSE,
)
_EVERY_MODULE_HAS = frozenset(
    ("__name__", "__doc__", "__file__", "__path__", "__spec__", "__loader__", "__package__", "__cached__", "__dict__")
)
_OWN_SCOPE = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)


def names_of(text: bytes) -> frozenset[str] | None:
    """The names at the top of the module `text`; None if it may have any.

    It may where it does not parse, imports a star, has a ``__getattr__``, or binds names as it runs.
    """
    found = None if _BINDS_AS_IT_RUNS.search(text) else sections(text)
    if found is None:
        return None
    tree = whole(found)
    names = {*_bound(tree)}
    if b"global" in text:
        names.update(name for node in ast.walk(tree) if isinstance(node, ast.Global) for name in node.names)
    if "*" in names or "__getattr__" in names:
        return None
    return _EVERY_MODULE_HAS | names | {*_listed(tree)}


def _bound(tree: ast.Module) -> Iterator[str]:
    """What statements bind at the top, under whatever condition; ``*`` for a star import."""
    stack: list[ast.AST] = [tree]
    while stack:
        node = stack.pop()
        match node:
            case ast.Name(id=name, ctx=ast.Store()):
                yield name
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                yield from (alias.asname or alias.name.partition(".")[0] for alias in names)
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                yield name
            case ast.MatchMapping(rest=str(name)):
                yield name
        if not isinstance(node, _OWN_SCOPE):
            stack.extend(ast.iter_child_nodes(node))


def _listed(tree: ast.Module) -> Iterator[str]:
    """The strings that ``__all__`` is given."""
    for statement in tree.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id="__all__")], value=value):
                pass
            case ast.AnnAssign(target=ast.Name(id="__all__"), value=ast.expr() as value):
                pass
            case ast.AugAssign(target=ast.Name(id="__all__"), value=value):
                pass
            case _:
                continue
        for node in ast.walk(value):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value
