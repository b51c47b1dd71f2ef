"""Which names does Python look up while it makes a definition, not only when that is called?"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from git_dagpatch.languages.python_syntax import syntax_tree

_LATER = b"from __future__ import annotations"
"""With this, annotations are not looked up."""


def names_when_made(text: bytes, around: bytes) -> frozenset[str] | None:
    """Those in decorators, defaults, annotations, bases, and in the body of a class; None if Python does not take it.

    `text` is the lines of a definition at whatever indentation, `around` the module.
    """
    tree = syntax_tree(b"if True:\n" + text if text[:1] in (b" ", b"\t") else text)
    return None if tree is None else frozenset(_names(tree, with_annotations=_LATER not in around))


def _names(tree: ast.AST, *, with_annotations: bool) -> Iterator[str]:
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Name):
            yield node.id
        is_called = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        for name, value in ast.iter_fields(node):
            if (name == "body" and is_called) or (name in ("annotation", "returns") and not with_annotations):
                continue
            children = value if isinstance(value, list) else [value]
            waiting += [child for child in children if isinstance(child, ast.AST)]
