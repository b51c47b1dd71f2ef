"""Definitions that mean the same wherever they stand among their siblings, in languages that tree-sitter reads.

Tables: what is named here is there before anything is executed, or does nothing but to bind its name. Classes of C++,
JavaScript, PHP and Ruby, properties and fields are not: their bases and values are evaluated where they stand. In C and
C++ what is used has to stand above. In an interface of C# the order may be part of what is called.
"""

from __future__ import annotations

import tree_sitter

from git_dagpatch.languages.definition_nodes import defined

_SCRIPT = frozenset(
    (
        "function_declaration",
        "generator_function_declaration",
        "method_definition",
        "interface_declaration",
        "type_alias_declaration",
        "variable_declarator",
    )
)
_FREE = {
    "bash": frozenset(("function_definition",)),
    "c-sharp": frozenset(
        (
            "method_declaration",
            "constructor_declaration",
            "destructor_declaration",
            "operator_declaration",
            "conversion_operator_declaration",
            "indexer_declaration",
            "class_declaration",
            "struct_declaration",
            "interface_declaration",
            "enum_declaration",
            "record_declaration",
            "delegate_declaration",
        )
    ),
    "go": frozenset(("function_declaration", "method_declaration", "type_spec", "type_alias")),
    "java": frozenset(
        (
            "method_declaration",
            "constructor_declaration",
            "compact_constructor_declaration",
            "class_declaration",
            "interface_declaration",
            "enum_declaration",
            "record_declaration",
            "annotation_type_declaration",
            "annotation_type_element_declaration",
        )
    ),
    "javascript": _SCRIPT,
    "kotlin": frozenset(("function_declaration", "class_declaration", "secondary_constructor")),
    "php": frozenset(("function_definition", "method_declaration")),
    "ruby": frozenset(("method", "singleton_method")),
    "rust": frozenset(
        (
            "function_item",
            "function_signature_item",
            "struct_item",
            "union_item",
            "enum_item",
            "trait_item",
            "impl_item",
            "type_item",
        )
    ),
    "tsx": _SCRIPT,
    "typescript": _SCRIPT,
}
_BOUND_OWNERS = {"c-sharp": frozenset(("interface",))}
"""The kinds of definitions whose members are called by their number."""
_EVALUATED = frozenset(("decorator", "computed_property_name", "class"))
"""What is evaluated where it stands: above a definition, in its name, or as its value."""


def may_change_places(language: str, before: tree_sitter.Node, after: tree_sitter.Node, owner: str) -> bool:
    """Whether it is proved that the members of `owner` that are in another order in `after` mean the same there.

    The trees are of texts with the same members. What keeps its place at the start or the end may be anything.
    """
    if before.has_error or after.has_error:
        return False
    if any(
        one.definition.name == owner and one.definition.kind in _BOUND_OWNERS.get(language, ())
        for one in defined(before)
    ):
        return False
    old, new = _members(before, owner), _members(after, owner)
    texts, others = [node.text for node in old], [node.text for node in new]
    while texts and others and texts[0] == others[0]:
        del texts[0], others[0], old[0]
    while texts and others and texts[-1] == others[-1]:
        del texts[-1], others[-1], old[-1]
    free = _FREE.get(language, frozenset())
    return all(node.type in free and not _is_evaluated(node) for node in old)


def _members(root: tree_sitter.Node, owner: str) -> list[tree_sitter.Node]:
    """All definitions that stand where those of `owner` do, in their order: some may be named after something else."""
    around: list[tree_sitter.Node] = []
    found: list[tuple[tree_sitter.Node | None, tree_sitter.Node]] = []
    places: set[tree_sitter.Node | None] = set()
    for definition, node in defined(root):
        while around and around[-1].end_byte <= node.start_byte:
            around.pop()
        place = around[-1] if around else None
        found.append((place, node))
        if definition.name.rpartition(".")[0] == owner:
            places.add(place)
        around.append(node)
    return [node for place, node in found if place in places]


def _is_evaluated(node: tree_sitter.Node) -> bool:
    beside = node.prev_named_sibling
    return any(child.type in _EVALUATED for child in node.children) or (
        beside is not None and beside.type == "decorator"
    )
