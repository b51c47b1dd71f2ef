"""The names that imports bind, in the syntax trees of several languages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from git_dagpatch.languages.syntax_nodes import Node

_STATEMENTS = frozenset(
    ("import_statement", "import_declaration", "import", "use_declaration", "namespace_use_declaration")
)
_QUALIFIED = frozenset(("scoped_identifier", "qualified_identifier", "qualified_name", "scoped_type_identifier"))
_NAMES = frozenset(("identifier", "name", "type_identifier"))
_NOT_BOUND = frozenset(("path", "source", "prefix"))
"""What tells where the names come from."""


def imported_twice(root: Node) -> Counter[str]:
    """Names that are bound by more than one import of one block, as phrases."""
    faults: Counter[str] = Counter()
    for node in root.walk():
        statements = [child for child in node.children if child.kind in _STATEMENTS and child.children]
        for name, times in Counter(name for one in statements for name in _bound(one)).items():
            if times > 1:
                faults[f"{name.decode(errors='replace')} is imported twice"] += times - 1
    return faults


def _bound(node: Node) -> Iterator[bytes]:
    words = {child.key for child in node.children}
    if b"static" in words:
        return  # Methods of one name and other parameters go together.
    if node.kind in _NAMES:
        yield node.text
    elif node.kind == "import_spec":
        yield from _of_go(node)
    elif b"as" in words or node.kind in _QUALIFIED or b"." in words:
        last = [child for child in node.walk() if not child.children][-1 - (node.children[-1].key == b";")]
        if last.kind in _NAMES:
            yield last.text
    else:
        for child in node.children:
            if child.field not in _NOT_BOUND or child.kind in _NAMES:
                yield from _bound(child)


def _of_go(node: Node) -> Iterator[bytes]:
    """The package's name, which by custom is the last part of its path but for a version."""
    name, path = node.of_field("name"), node.of_field("path")
    if name is not None:
        if name.text not in (b"_", b"."):
            yield name.text
    elif path is not None:
        parts = path.text.strip(b'"`').split(b"/")
        is_version = len(parts) > 1 and parts[-1][:1] == b"v" and parts[-1][1:].isdigit()
        yield parts[-2] if is_version else parts[-1]
