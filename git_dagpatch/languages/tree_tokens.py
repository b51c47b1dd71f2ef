"""The tokens of a text as the leaves of its syntax tree, and the shape of that tree."""

from __future__ import annotations

import re
from collections.abc import Iterator

import tree_sitter

from git_dagpatch.languages.tokens import Tokens, tokens_of

# Nodes inside of which white space has a meaning; they are not taken apart.
_WHOLE = re.compile(
    r"(?:^|_)(?:string|str|char|character|rune|template|heredoc|nowdoc|regex|comment|text|quote|quoted|symbol|word|shell"
    r"|command|preproc|directive|content|fragment|lit|html)(?:_|$)"
)
_SPACE = b" \t\r\n\f"
_PART = re.compile(rb"([ \t\r\n\f]*)([^ \t\r\n\f](?:.*[^ \t\r\n\f])?)", re.DOTALL)


def tree_tokens(text: bytes, root: tree_sitter.Node) -> Tokens:
    """The leaves of `root`, the tree of `text`, and what stands between two leaves and is no white space."""
    gaps: list[bytes] = []
    texts: list[bytes] = []
    position = 0
    for start, end, is_comment in _leaves(root):
        position = max(position, _between(text[position:start], gaps, texts) + position)
        if end <= position:
            continue
        leaf = text[max(start, position) : end]
        leaf = leaf.rstrip(_SPACE) if is_comment else leaf
        if leaf:
            gaps.append(text[position : max(start, position)])
            texts.append(leaf)
            position = max(start, position) + len(leaf)
    position += _between(text[position:], gaps, texts)
    return tokens_of([*gaps, text[position:]], texts, texts)


def _between(gap: bytes, gaps: list[bytes], texts: list[bytes]) -> int:
    """Take what is no white space in `gap` for a token; returns how many bytes were used up."""
    part = _PART.match(gap)
    if part is None:
        return 0
    gaps.append(part[1])
    texts.append(part[2])
    return part.end()


def _leaves(root: tree_sitter.Node) -> Iterator[tuple[int, int, bool]]:
    """Where each leaf starts and ends, and whether it is a comment, which may hold the end of its line."""
    cursor = root.walk()
    while True:
        node = cursor.node
        assert node is not None
        if not _WHOLE.search(node.type) and cursor.goto_first_child():
            continue
        yield node.start_byte, node.end_byte, "comment" in node.type
        while not cursor.goto_next_sibling():
            if not cursor.goto_parent():
                return


def shape(root: tree_sitter.Node) -> Iterator[tuple[str, int]]:
    """The kind of each node and how deep it stands, in order: two texts of the same tokens and shape mean the same."""
    cursor = root.walk()
    while True:
        node = cursor.node
        assert node is not None
        yield node.type, cursor.depth
        if cursor.goto_first_child():
            continue
        while not cursor.goto_next_sibling():
            if not cursor.goto_parent():
                return
