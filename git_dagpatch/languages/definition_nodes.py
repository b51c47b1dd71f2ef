"""Which nodes of a grammar's syntax tree define something, and what they are called.

Tables: nothing here knows the text of a language. A node type means the same in every grammar that has it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import tree_sitter

from git_dagpatch.languages.language import CONTAINERS, Definition

_KINDS = {
    "function": (
        "function_declaration",  # Go, JavaScript, Kotlin
        "generator_function_declaration",
        "function_signature",  # TypeScript
        "function_definition",  # C, C++, PHP, Bash
        "function_item",  # Rust
        "function_signature_item",
        "macro_definition",
        "preproc_function_def",  # C, C++
        "method_declaration",  # Go, Java, C#, PHP
        "method_definition",  # JavaScript
        "abstract_method_signature",
        "method_signature",
        "method",  # Ruby
        "singleton_method",
        "constructor_declaration",  # Java, C#
        "compact_constructor_declaration",
        "secondary_constructor",  # Kotlin
        "destructor_declaration",  # C#
        "operator_declaration",
        "conversion_operator_declaration",
        "indexer_declaration",
        "annotation_type_element_declaration",  # Java
    ),
    "class": (
        "class_declaration",
        "abstract_class_declaration",
        "class_specifier",
        "class",
        "record_declaration",
        "object_declaration",
        "companion_object",
    ),
    "struct": ("struct_item", "union_item", "struct_specifier", "union_specifier", "struct_declaration"),
    "interface": ("interface_declaration", "annotation_type_declaration"),
    "enum": ("enum_declaration", "enum_item", "enum_specifier"),
    "trait": ("trait_item", "trait_declaration"),
    "impl": ("impl_item",),
    "module": (
        "namespace_definition",
        "namespace_declaration",
        "mod_item",
        "module",
        "internal_module",
    ),
    "type": (
        "type_spec",
        "type_alias",
        "type_item",
        "type_alias_declaration",
        "type_definition",
        "delegate_declaration",
    ),
    "property": ("property_declaration", "event_declaration"),
}
_KIND_OF = {node: kind for kind, nodes in _KINDS.items() for node in nodes}

_ONLY_WITH_BODY = frozenset(
    ("struct_specifier", "union_specifier", "enum_specifier", "class_specifier", "namespace_definition")
)
"""What, without a body, names a thing and does not define it, or goes on to the end of the file, as in PHP."""

_FUNCTION_VALUES = frozenset(
    ("arrow_function", "function_expression", "generator_function", "function", "class", "lambda_literal")
)
_WITH_FUNCTION = {
    "variable_declarator": ("name", "value"),
    "assignment_expression": ("left", "right"),
    "field_definition": ("property", "value"),
    "public_field_definition": ("name", "value"),
}
"""JavaScript: what gives a function a name, as the fields of the name and of the value."""

_PASSED = frozenset(
    (
        "ambient_declaration",
        "body_statement",
        "class_body",
        "compound_statement",
        "declaration",
        "declaration_list",
        "enum_body",
        "enum_body_declarations",
        "enum_class_body",
        "enum_declaration_list",
        "export_statement",
        "expression_statement",
        "field_declaration",
        "field_declaration_list",
        "interface_body",
        "annotation_type_body",
        "lexical_declaration",
        "linkage_specification",
        "preproc_elif",
        "preproc_else",
        "preproc_if",
        "preproc_ifdef",
        "program",
        "singleton_class",
        "source_file",
        "statement_block",
        "template_declaration",
        "translation_unit",
        "compilation_unit",
        "type_declaration",
        "variable_declaration",
    )
)
"""What may hold definitions without being one."""

_WRAPPERS = frozenset(
    (
        "ambient_declaration",
        "declaration",
        "export_statement",
        "expression_statement",
        "field_declaration",
        "lexical_declaration",
        "template_declaration",
        "type_declaration",
        "variable_declaration",
    )
)
"""What belongs to the definition in it, from its first line to its last."""

_ABOVE = frozenset(
    ("attribute_item", "block_comment", "comment", "decorator", "line_comment", "multiline_comment", "attribute_list")
)
"""What stands above a definition and belongs to it."""

_NAME_ENDS = frozenset(
    (
        "identifier",
        "field_identifier",
        "type_identifier",
        "qualified_identifier",
        "destructor_name",
        "operator_name",
        "template_function",
    )
)

_DEEPEST = 100
"""Levels of nesting in which definitions are looked for."""


class Defined(NamedTuple):
    """A definition and the node that makes it."""

    definition: Definition
    node: tree_sitter.Node


def definitions(root: tree_sitter.Node) -> list[Definition]:
    """All definitions that are in no function, in the order of their first line."""
    return [one.definition for one in defined(root)]


def defined(root: tree_sitter.Node) -> list[Defined]:
    """The same with their nodes."""
    return sorted(_within(root, "", "", None, 0), key=lambda one: (one.definition.start, -one.definition.end))


def _within(
    node: tree_sitter.Node, scope: str, kind: str, wrapped: tuple[int, int] | None, depth: int
) -> Iterator[Defined]:
    """The definitions among the children of `node`, which is in `scope`, the name of something of `kind`.

    `wrapped` are the lines of what `node` is a wrapper in.
    """
    if depth > _DEEPEST:
        return
    above = _above(node)
    last = node.start_point[0] - 1 if above >= 0 else -1
    for child in node.named_children:
        start, end = child.start_point[0], _last_line(child)
        if child.type in _ABOVE and start > last and not _is_shebang(child):
            above = above if above >= 0 and start <= last + 1 else start
        else:
            first = above if above >= 0 and start <= last + 1 else start
            above = -1
            yield from _one(child, scope, kind, wrapped or (first, end + 1), depth)
        last = end


def _one(node: tree_sitter.Node, scope: str, kind: str, lines: tuple[int, int], depth: int) -> Iterator[Defined]:
    what, name = _defined(node)
    if not what or not name:
        if node.type in _PASSED:
            yield from _within(node, scope, kind, lines if node.type in _WRAPPERS else None, depth + 1)
        return
    if what == "function" and (kind in CONTAINERS - {"module"} or "." in name):
        what = "method"
    qualified = f"{scope}.{name}" if scope else name
    yield Defined(Definition(qualified, what, *lines), node)
    if what in CONTAINERS:
        body = node.child_by_field_name("body") or _child(node, _PASSED)
        if body is not None:
            yield from _within(body, qualified, what, None, depth + 1)


def _above(body: tree_sitter.Node) -> int:
    """The first line of the comments right above `body`, which Ruby's grammar leaves outside of it; -1 if none are."""
    line = -1
    comment = body.prev_named_sibling
    while comment is not None and comment.type in _ABOVE and _last_line(comment) + 1 >= body.start_point[0]:
        line, body = comment.start_point[0], comment
        comment = comment.prev_named_sibling
    return line


def _is_shebang(node: tree_sitter.Node) -> bool:
    return node.start_byte == 0 and _text(node).startswith("#!")


def _defined(node: tree_sitter.Node) -> tuple[str, str]:
    """The kind and the name of what `node` defines; empty if it defines nothing that is told apart."""
    fields = _WITH_FUNCTION.get(node.type)
    if fields is not None:
        value = node.child_by_field_name(fields[1])
        if value is None or value.type not in _FUNCTION_VALUES:
            return "", ""
        return "function", _text(node.child_by_field_name(fields[0])).replace(".prototype.", ".")
    kind = _KIND_OF.get(node.type, "")
    if not kind or (node.type in _ONLY_WITH_BODY and node.child_by_field_name("body") is None):
        return "", ""
    return kind, _name(node)


def _name(node: tree_sitter.Node) -> str:
    if node.type == "impl_item":
        return _plain(node.child_by_field_name("type"))
    if node.type in ("companion_object", "secondary_constructor"):
        found = node.child_by_field_name("name")
        return _text(found) if found else node.type.partition("_")[0]
    named = node.child_by_field_name("name") or _declared(node)
    name = _text(named).replace("::", ".").replace("\\", ".").strip("\"'")
    receiver = node.child_by_field_name("receiver")
    if receiver is not None and node.type == "method_declaration":
        return f"{_receiver(receiver)}.{name}"
    return name


def _declared(node: tree_sitter.Node) -> tree_sitter.Node | None:
    """The name in the declarator of C and C++, which may be nested; else the first name there is."""
    found = node.child_by_field_name("declarator")
    while found is not None and found.type not in _NAME_ENDS:
        found = found.child_by_field_name("declarator") or _first(found)
    return found or _child(node, _NAME_ENDS | {"variable_declaration"})


def _receiver(node: tree_sitter.Node) -> str:
    """The type that a method of Go belongs to."""
    parameter = _first(node)
    return _plain(parameter.child_by_field_name("type") if parameter else None)


def _plain(node: tree_sitter.Node | None) -> str:
    """A type without its parameters, references and pointers."""
    while node is not None and node.type in ("pointer_type", "generic_type", "reference_type"):
        node = node.child_by_field_name("type") or _first(node)
    return _text(node).replace("::", ".")


def _first(node: tree_sitter.Node) -> tree_sitter.Node | None:
    return node.named_child(0) if node.named_child_count else None


def _child(node: tree_sitter.Node, types: frozenset[str]) -> tree_sitter.Node | None:
    return next((child for child in node.named_children if child.type in types), None)


def _text(node: tree_sitter.Node | None) -> str:
    text = node.text if node is not None else None
    return (text or b"").decode(errors="replace")


def _last_line(node: tree_sitter.Node) -> int:
    """The last line of `node`; one that holds its line end is over before the next line."""
    row, column = node.end_point
    return row if column else max(row - 1, node.start_point[0])
