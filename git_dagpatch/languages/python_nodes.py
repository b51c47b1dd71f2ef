"""The syntax tree of a Python text, as nodes of the common form: Python's own tree, with its tokens as leaves."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple

from git_dagpatch.languages.plain import is_utf8
from git_dagpatch.languages.python_layout import cookie
from git_dagpatch.languages.python_syntax import parsed
from git_dagpatch.languages.python_tokens import python_tokens
from git_dagpatch.languages.syntax_nodes import Node

_UTF_8 = (b"", b"utf-8", b"utf8")
_SIGNS = frozenset(b"( ) [ ] { } , : ; . = == -> * ** @ + - / % | & ^ ~ < > <= >= !=".split())


class _Span(NamedTuple):
    start: int
    end: int
    kind: str
    field: str = ""


@lru_cache(maxsize=8)
def nodes_of_python(text: bytes) -> Node | None:
    """The nodes of `text`; None if it does not parse, or if it is not in UTF-8: Python counts columns in that."""
    tree = parsed(text) if _is_utf8(text) else None
    tokens = python_tokens(text) if tree is not None else None
    if tree is None or tokens is None:
        return None
    places = _Places(text)
    leaves = []
    for start, word in zip(tokens.starts, tokens.texts, strict=False):
        kind = "comment" if word.startswith(b"#") else "token"
        if word.strip():
            leaves.append(Node(kind, text, start, start + len(word), is_word=word in _SIGNS))
    # Of two that cover the same, the outer one comes first.
    spans = sorted(dict.fromkeys(_spans(tree, places, "")), key=lambda span: (span.start, -span.end))
    nodes = _nested(text, leaves, spans)
    if not nodes:
        return Node("Module", text, 0, 0)
    return Node("Module", text, nodes[0].start, nodes[-1].end, nodes)


def _is_utf8(text: bytes) -> bool:
    return text.isascii() or (is_utf8(text) and cookie(text).lower() in _UTF_8)


class _Places:
    """Bytes of lines and columns."""

    def __init__(self, text: bytes) -> None:
        self._starts = [0, *accumulate(map(len, text.splitlines(keepends=True)))]
        self._mark = 3 if text.startswith(b"\xef\xbb\xbf") else 0

    def start(self, node: ast.AST) -> int:
        line: int = node.lineno  # type: ignore[attr-defined]
        column: int = node.col_offset  # type: ignore[attr-defined]
        return self._starts[line - 1] + column + (self._mark if line == 1 else 0)

    def end(self, node: ast.AST) -> int:
        line: int = node.end_lineno  # type: ignore[attr-defined]
        column: int = node.end_col_offset  # type: ignore[attr-defined]
        return self._starts[line - 1] + column + (self._mark if line == 1 else 0)


def _spans(node: ast.AST, places: _Places, field: str) -> Iterator[_Span]:
    """Where each node is; a body of statements and an entry of a dictionary are nodes, too."""
    if hasattr(node, "lineno"):
        decorators = getattr(node, "decorator_list", [])
        start = min([places.start(node), *(places.start(decorator) - 1 for decorator in decorators)])
        yield _Span(start, places.end(node), type(node).__name__, field)
    if isinstance(node, (ast.JoinedStr, ast.Constant)) or type(node).__name__ == "TemplateStr":
        return
    if isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            if key is not None:
                yield _Span(places.start(key), places.end(value), "Entry")
    for name, value in ast.iter_fields(node):
        if isinstance(value, ast.AST):
            yield from _spans(value, places, name)
        elif isinstance(value, list):
            children = [child for child in value if isinstance(child, ast.AST)]
            if children and isinstance(children[0], ast.stmt) and not isinstance(node, ast.Module):
                spans = [next(_spans(child, places, "")) for child in (children[0], children[-1])]
                yield _Span(spans[0].start, spans[1].end, f"{type(node).__name__}.{name}", name)
            for child in children:
                yield from _spans(child, places, "")


def _nested(source: bytes, leaves: Sequence[Node], spans: Sequence[_Span]) -> tuple[Node, ...]:
    """The leaves below the spans that they are in; a span that no leaf starts or ends with is left out."""
    starts = {leaf.start for leaf in leaves}
    ends = {leaf.end for leaf in leaves}
    open_spans: list[tuple[_Span, list[Node]]] = []
    top: list[Node] = []
    waiting = [span for span in spans if span.start in starts and span.end in ends]
    at = 0

    def close(position: int) -> None:
        while open_spans and open_spans[-1][0].end <= position:
            span, children = open_spans.pop()
            around = open_spans[-1][1] if open_spans else top
            only = children[0] if len(children) == 1 else None
            if only is not None and not only.children:
                made = Node(span.kind, source, span.start, span.end, (), span.field)
            else:
                made = Node(span.kind, source, span.start, span.end, tuple(children), span.field)
            around.append(made)

    for leaf in leaves:
        close(leaf.start)
        while at < len(waiting) and waiting[at].start <= leaf.start:
            span = waiting[at]
            at += 1
            if span.start == leaf.start and (not open_spans or span.end <= open_spans[-1][0].end):
                open_spans.append((span, []))
        (open_spans[-1][1] if open_spans else top).append(leaf)
    close(len(source) + 1)
    return tuple(top)
