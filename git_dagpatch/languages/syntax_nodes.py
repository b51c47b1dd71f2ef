"""Syntax trees of any language in one form: nodes with their text, and nothing but white space between them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cached_property

from msgspec import Struct

_WORD = re.compile(rb"[^ \t\r\n\f](?:.*[^ \t\r\n\f])?", re.DOTALL)


class Node(Struct, frozen=True, eq=False, dict=True):
    """A node of a syntax tree, from byte `start` to `end` of its source."""

    kind: str
    source: bytes
    start: int
    end: int
    children: tuple[Node, ...] = ()
    field: str = ""
    """What it is to its parent, such as the name or the body; empty where the grammar does not say."""
    is_word: bool = False
    """Whether it is a keyword, a bracket or a sign between others."""

    @cached_property
    def text(self) -> bytes:
        return self.source[self.start : self.end]

    @cached_property
    def key(self) -> bytes:
        """Equal for nodes that differ in white space alone."""
        if not self.children:
            return self.text
        return b"\0".join(child.key for child in self.children)

    def of_field(self, field: str) -> Node | None:
        """The first child that is `field` to it."""
        return next((child for child in self.children if child.field == field), None)

    def of_kind(self, *kinds: str) -> Node | None:
        """The first child of one of `kinds`."""
        return next((child for child in self.children if child.kind in kinds), None)

    @property
    def is_comment(self) -> bool:
        return "comment" in self.kind

    def walk(self) -> Iterator[Node]:
        """This node and all below it."""
        waiting = [self]
        while waiting:
            node = waiting.pop()
            yield node
            waiting.extend(reversed(node.children))


def with_all_text(source: bytes, start: int, end: int, children: Sequence[Node]) -> tuple[Node, ...]:
    """`children`, and leaves for whatever stands between them and is no white space."""
    found: list[Node] = []
    position = start
    for child in (*children, None):
        limit = child.start if child else end
        word = _WORD.search(source, position, max(position, limit))
        if word is not None:
            found.append(Node("text", source, word.start(), word.end(), is_word=True))
        if child is not None:
            found.append(child)
            position = max(position, child.end)
    return tuple(found)
