"""The syntax tree that tree-sitter makes, as nodes of the common form."""

from __future__ import annotations

import re

import tree_sitter

from git_dagpatch.languages.syntax_nodes import Node, with_all_text

_DEEPEST = 150
"""Levels of nesting; what is deeper is not taken apart."""
# Nodes inside of which white space has a meaning.
_WHOLE = re.compile(
    r"(?:^|_)(?:string|str|char|character|rune|heredoc|nowdoc|regex|comment|text|quote|quoted|word|shell|command"
    r"|preproc|directive|fragment|lit|html|jsx|template_string|template_literal)(?:_|$)"
)
_NOT_WHOLE = frozenset(("using_directive", "using_namespace_directive"))


_NESTED = frozenset(("union_type", "intersection_type"))
"""What a grammar nests to the left although it is a list."""


def nodes_of_tree(source: bytes, root: tree_sitter.Node) -> Node | None:
    """The nodes of `root`, the tree of `source`; None if there is a fault in it."""
    return None if root.has_error else _converted(source, root, "", 0)


def _converted(source: bytes, node: tree_sitter.Node, field: str, depth: int) -> Node:
    start, end = node.start_byte, node.end_byte
    is_whole = depth > _DEEPEST or (node.type not in _NOT_WHOLE and _WHOLE.search(node.type) is not None)
    children = []
    if not is_whole:
        for at, child in enumerate(node.children):
            made = _converted(source, child, node.field_name_for_child(at) or "", depth + 1)
            if made.text.strip():
                children.append(made)
    if node.type in _NESTED and children and children[0].kind == node.type:
        children = [*children[0].children, *children[1:]]
    if children:
        children = list(with_all_text(source, start, end, children))
        start, end = children[0].start, children[-1].end
    else:
        # A comment may hold the end of its line.
        text = source[start:end]
        end = start + len(text.rstrip())
        start += len(text) - len(text.lstrip())
    kind = "derive_list" if node.type == "token_tree" and _is_derive(node) else node.type
    return Node(kind, source, start, max(start, end), tuple(children), field, not node.is_named)


def _is_derive(node: tree_sitter.Node) -> bool:
    """Whether `node` holds the traits that Rust derives, which its grammar takes for any tokens."""
    name = node.prev_named_sibling
    return name is not None and name.text == b"derive" and name.type == "identifier"
