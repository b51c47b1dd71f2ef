"""Languages that tree-sitter reads.

A grammar is written by hand beside its language and may lag behind it, so its faults are not certain. Where a
preprocessor comes first, it cannot be right about every text: see `Conditional` and `Expanded`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import tree_sitter

from git_dagpatch.languages import definition_nodes, order_of_definitions
from git_dagpatch.languages.containers import doubled_names
from git_dagpatch.languages.import_names import imported_twice
from git_dagpatch.languages.kept import Kept
from git_dagpatch.languages.language import Definition, Fault, Language, fault_at
from git_dagpatch.languages.plain import is_text, shebang
from git_dagpatch.languages.preprocessing import alternatives, unbalanced
from git_dagpatch.languages.syntax_nodes import Node
from git_dagpatch.languages.tokens import Tokens
from git_dagpatch.languages.tree_layout import FREE, same_but_layout
from git_dagpatch.languages.tree_nodes import nodes_of_tree
from git_dagpatch.languages.tree_tokens import tree_tokens

_CLOSING = {"(": ")", "[": "]", "{": "}"}
_SHOWN = 40
_KEPT = 400_000
"""Bytes of source of each language whose tokens and trees are kept."""
_HASHED = frozenset(("bash", "ruby"))
"""The languages whose comments start with a hash sign."""


class Parsed(Language):
    """A language by its grammar. An ERROR or MISSING node is a fault."""

    certain = False
    _has_macros = False

    def __init__(self, name: str, grammar: object) -> None:
        self.name = name
        self.transforms = ("layout",) if name in FREE else ()
        self._parser = tree_sitter.Parser(tree_sitter.Language(grammar))
        self._read_tokens = Kept(self._find_tokens, _KEPT)
        self._read_statements = Kept(self._find_statements, _KEPT)
        self._read_nodes = Kept(self._find_nodes, _KEPT)
        self.comments = (b"#",) if name in _HASHED else (b"//", b"/*", b"*")

    def definitions(self, text: bytes) -> list[Definition] | None:
        return definition_nodes.definitions(self._parser.parse(text).root_node)

    def tokens(self, text: bytes) -> Tokens | None:
        return self._read_tokens(text)

    def nodes(self, text: bytes) -> Node | None:
        return self._read_nodes(text)

    def _find_tokens(self, text: bytes) -> Tokens | None:
        return tree_tokens(text, self._parser.parse(text).root_node) if is_text(text) else None

    def _find_nodes(self, text: bytes) -> Node | None:
        return nodes_of_tree(text, self._parser.parse(text).root_node) if is_text(text) else None

    def statements(self, text: bytes) -> Sequence[tuple[int, int]]:
        return self._read_statements(text)

    def _find_statements(self, text: bytes) -> list[tuple[int, int]]:
        # What stands before a statement of PHP may be text that is printed.
        root = self.nodes(text) if self.name != "php" else None
        found: list[tuple[int, int]] = []
        for child in root.children if root else ():
            start = text.rfind(b"\n", 0, child.start) + 1
            end = text.find(b"\n", child.end) + 1 or len(text)
            if found and start < found[-1][1]:
                start = found.pop()[0]
            found.append((start, end))
        return found

    def comments_of(self, text: bytes) -> Counter[bytes] | None:
        root = self.nodes(text)
        if root is None:
            return None
        return Counter(b" ".join(node.text.split()) for node in root.walk() if node.is_comment)

    def doubled(self, text: bytes) -> Counter[str]:
        root = self.nodes(text)
        return Counter() if root is None else doubled_names(self.name, root) + imported_twice(root)

    def name_faults(self, text: bytes) -> Counter[str] | None:
        return self.doubled(text)

    def keeps_meaning(self, before: bytes, after: bytes, transform: str = "layout") -> bool:
        """Equal tokens and trees of equal shape; a text with a fault proves nothing."""
        known = transform in self.transforms and is_text(before) and is_text(after)
        known = known and shebang(before) == shebang(after)
        return known and same_but_layout(self._parser, before, after, macros=self._has_macros)

    def may_change_places(self, before: bytes, after: bytes, owner: str) -> bool:
        if not is_text(before) or not is_text(after):
            return False
        old, new = self._parser.parse(before), self._parser.parse(after)
        return order_of_definitions.may_change_places(self.name, old.root_node, new.root_node, owner)

    def fault(self, text: bytes) -> Fault | None:
        # What git takes for binary may be UTF-16, which is not read here.
        if not is_text(text):
            return None
        root = self._parser.parse(text).root_node
        return _described(text, _first_fault(root)) if root.has_error else None


class Conditional(Parsed):
    """A language with ``#if``: there is a fault if there is one in the text as it stands and with every choice made.

    A grammar knows directives between statements and members, and they may stand anywhere.
    """

    def fault(self, text: bytes) -> Fault | None:
        found = super().fault(text)
        for chosen in alternatives(text) if found else ():
            # What was not chosen is blank, so that places stay; the text with the first branches is the plainest.
            found = super().fault(chosen)
            if found is None:
                return None
        return found


class Expanded(Parsed):
    """A language with macros: only a bracket without its partner is a fault, and only if the grammar agrees.

    A macro may stand for anything, ``int f(int a UNUSED) BEGIN``, so that a grammar takes half the files of common
    projects in C for faulty. Almost no macro opens a bracket that is closed by hand.
    """

    certain = True
    _has_macros = True

    def fault(self, text: bytes) -> Fault | None:
        found = unbalanced(text) if is_text(text) else None
        return found if found and super().fault(text) else None


def _first_fault(node: tree_sitter.Node) -> tree_sitter.Node:
    """The innermost of the first nodes with a fault in them."""
    while True:
        within = next((child for child in node.children if child.has_error or child.is_missing), None)
        if within is None:
            return node
        node = within


def _described(text: bytes, node: tree_sitter.Node) -> Fault:
    if node.is_missing:
        return fault_at(text, node.start_byte, f"`{node.type}` is missing here")
    bracket = _lonely_bracket(node)
    if bracket is not None:
        what = "is never closed" if bracket.type in _CLOSING else "closes nothing"
        return fault_at(text, bracket.start_byte, f"`{bracket.type}` {what}")
    what = text[node.start_byte : node.end_byte].split(b"\n", 1)[0].decode(errors="replace").strip()
    shown = what if len(what) <= _SHOWN else what[:_SHOWN] + "…"
    return fault_at(text, node.start_byte, f"`{shown}` does not fit here")


def _lonely_bracket(error: tree_sitter.Node) -> tree_sitter.Node | None:
    """The last bracket among the children of `error` that has no partner there."""
    opened: list[tree_sitter.Node] = []
    for child in error.children:
        if child.type in _CLOSING:
            opened.append(child)
        elif child.type in _CLOSING.values():
            if not opened or _CLOSING[opened[-1].type] != child.type:
                return child
            opened.pop()
    return opened[-1] if opened else None
