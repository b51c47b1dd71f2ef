"""Where the order of what stands side by side has no meaning, and what tells one such thing from another.

Tables of node types, one for each language; nothing here knows the text of a language.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from enum import Enum
from itertools import pairwise
from typing import NamedTuple

from git_dagpatch.languages.syntax_nodes import Node


class Sort(Enum):
    """What a container holds."""

    IMPORTS = "imports"
    MEMBERS = "members"


class Container(NamedTuple):
    """Children of a node whose order has no meaning."""

    sort: Sort
    kinds: frozenset[str] | None = None
    """Their kinds; None for all. Others may stand between them, and keep their places."""
    is_keyed: bool = True
    """Whether two of one name would be a mistake."""


def _imports(*kinds: str) -> Container:
    return Container(Sort.IMPORTS, frozenset(kinds) or None, is_keyed=False)


def _members(*kinds: str) -> Container:
    return Container(Sort.MEMBERS, frozenset(kinds) or None)


_JAVA_TYPES = (
    "class_declaration",
    "interface_declaration",
    "enum_declaration",
    "record_declaration",
    "annotation_type_declaration",
)
_JAVA_MEMBERS = _members(
    *_JAVA_TYPES,
    "field_declaration",
    "method_declaration",
    "constructor_declaration",
    "compact_constructor_declaration",
    "constant_declaration",
    "annotation_type_element_declaration",
)
_SCRIPT_DEFINITIONS = _members(
    "function_declaration",
    "generator_function_declaration",
    "class_declaration",
    "abstract_class_declaration",
    "interface_declaration",
    "type_alias_declaration",
    "enum_declaration",
    "export_statement:function",
    "export_statement:class",
    "export_statement:interface",
    "export_statement:type",
    "export_statement:enum",
)
_SCRIPT_MEMBERS = _members(
    "method_definition",
    "method_signature",
    "abstract_method_signature",
    "field_definition",
    "public_field_definition",
    "property_signature",
    "index_signature",
)
_SCRIPT = {
    "program": (_imports("import_statement"), _SCRIPT_DEFINITIONS),
    "named_imports": (_imports(),),
    "export_clause": (_members(),),
    "class_body": (_SCRIPT_MEMBERS,),
    "object": (_members("pair", "method_definition", "shorthand_property_identifier"),),
    "object_pattern": (_members("pair_pattern", "shorthand_property_identifier_pattern", "object_assignment_pattern"),),
}
_TYPED_SCRIPT = {
    **_SCRIPT,
    "statement_block": (_SCRIPT_DEFINITIONS,),
    "interface_body": (_SCRIPT_MEMBERS,),
    "object_type": (_SCRIPT_MEMBERS,),
    "enum_body": (_members(),),
    "union_type": (_members(),),
    "implements_clause": (_members(),),
}
_RUST_DEFINITIONS = _members(
    "function_item",
    "function_signature_item",
    "struct_item",
    "enum_item",
    "union_item",
    "trait_item",
    "impl_item",
    "type_item",
    "associated_type",
    "const_item",
    "static_item",
    "mod_item",
)
_CPP_MEMBERS = _members("field_declaration", "function_definition", "declaration", "template_declaration")
_CPP_DEFINITIONS = _members("function_definition", "template_declaration", "class_specifier", "struct_specifier")
_C_SHARP_TYPES = (
    "class_declaration",
    "struct_declaration",
    "interface_declaration",
    "enum_declaration",
    "record_declaration",
    "delegate_declaration",
)
_C_SHARP_MEMBERS = _members(
    *_C_SHARP_TYPES,
    "method_declaration",
    "constructor_declaration",
    "destructor_declaration",
    "property_declaration",
    "field_declaration",
    "event_field_declaration",
    "event_declaration",
    "operator_declaration",
    "conversion_operator_declaration",
    "indexer_declaration",
)
_PHP_DEFINITIONS = _members(
    "function_definition", "class_declaration", "interface_declaration", "trait_declaration", "enum_declaration"
)

CONTAINERS: dict[str, dict[str, tuple[Container, ...]]] = {
    "java": {
        "program": (_imports("import_declaration"), _members(*_JAVA_TYPES)),
        "class_body": (_JAVA_MEMBERS,),
        "interface_body": (_JAVA_MEMBERS,),
        "enum_body": (_members("enum_constant"),),
        "enum_body_declarations": (_JAVA_MEMBERS,),
        "annotation_type_body": (_JAVA_MEMBERS,),
        "modifiers": (_members(),),
        "annotation_argument_list": (_members("element_value_pair"),),
        "throws": (_members(),),
        "type_list": (_members(),),
        "catch_type": (_members(),),
        "type_bound": (_members(),),
    },
    "javascript": _SCRIPT,
    "typescript": _TYPED_SCRIPT,
    "tsx": _TYPED_SCRIPT,
    "rust": {
        "source_file": (_imports("use_declaration"), _RUST_DEFINITIONS),
        "declaration_list": (_imports("use_declaration"), _RUST_DEFINITIONS),
        "use_list": (_imports(),),
        "field_declaration_list": (_members(),),
        "enum_variant_list": (_members(),),
        "field_initializer_list": (_members("field_initializer", "shorthand_field_initializer"),),
        "trait_bounds": (_members(),),
        "derive_list": (_members(),),
        "where_clause": (_members(),),
    },
    "go": {
        "source_file": (
            _imports("import_declaration"),
            _members("function_declaration", "method_declaration", "type_declaration"),
        ),
        "import_spec_list": (_imports(),),
        "field_declaration_list": (_members(),),
        "interface_type": (_members(),),
        "literal_value": (_members("keyed_element"),),
    },
    "cpp": {
        "translation_unit": (_imports("preproc_include", "using_declaration"), _CPP_DEFINITIONS),
        "declaration_list": (_CPP_DEFINITIONS,),
        "field_declaration_list": (_CPP_MEMBERS,),
        "enumerator_list": (_members("enumerator"),),
        "initializer_list": (_members("initializer_pair"),),
    },
    "c": {
        "translation_unit": (_imports("preproc_include"), _members("function_definition")),
        "field_declaration_list": (_members("field_declaration"),),
        "enumerator_list": (_members("enumerator"),),
        "initializer_list": (_members("initializer_pair"),),
    },
    "c-sharp": {
        "compilation_unit": (_imports("using_directive"), _members(*_C_SHARP_TYPES)),
        "declaration_list": (_imports("using_directive"), _C_SHARP_MEMBERS),
        "enum_member_declaration_list": (_members(),),
        "initializer_expression": (_members("assignment_expression"),),
        "base_list": (_members(),),
    },
    "php": {
        "program": (_imports("namespace_use_declaration"), _PHP_DEFINITIONS),
        "namespace_use_group": (_imports(),),
        "declaration_list": (
            _members("method_declaration", "property_declaration", "const_declaration", "use_declaration"),
        ),
        "enum_declaration_list": (_members("enum_case", "method_declaration", "const_declaration"),),
        "class_interface_clause": (_members(),),
        "array_creation_expression": (_members("array_element_initializer:=>"),),
        "union_type": (_members(),),
        "type_list": (_members(),),
    },
    "ruby": {
        "program": (_imports("call:require", "call:require_relative"), _members("method", "class", "module")),
        "body_statement": (_members("method", "singleton_method", "class", "module"),),
        "hash": (_members("pair"),),
        "argument_list": (_members("pair"),),
    },
    "kotlin": {
        "source_file": (_imports("import"), _members("function_declaration", "class_declaration")),
        "class_body": (_members("function_declaration", "property_declaration", "class_declaration"),),
    },
    "python": {
        "ImportFrom": (_imports("alias"),),
        "Set": (_members(),),
        "Dict": (_members("Entry"),),
        "Call": (_members("keyword"),),
        "ClassDef": (_members("keyword"),),
    },
}
"""Language → type of node → what in it may stand in any order."""

_OVERLOADED = frozenset(("java", "c-sharp", "cpp", "kotlin"))
"""Languages in which functions of one name are told apart by the types of their parameters."""
_FUNCTION = ("method", "function", "constructor")
_NAMING = ("name", "key", "designator", "arg", "left", "pattern", "declarator")
_WRAPPERS = frozenset(
    (
        "export_statement",
        "field_declaration",
        "event_field_declaration",
        "constant_declaration",
        "property_declaration",
        "const_declaration",
        "variable_declaration",
        "variable_declarator",
        "template_declaration",
        "declaration",
        "function_definition",
        "type_declaration",
        "lexical_declaration",
        "array_element_initializer",
    )
)
"""What has no name, or one that is in what it holds."""
_INSIDE = (
    "declaration",
    "declarator",
    "variable_declaration",
    "variable_declarator",
    "property_element",
    "const_element",
    "type_spec",
    "function_definition",
    "class_specifier",
)
_SAME_AS_NAME = frozenset(
    (
        "shorthand_property_identifier",
        "shorthand_property_identifier_pattern",
        "shorthand_field_initializer",
        "enum_case",
    )
)
_NAMED_BY = {
    "impl_item": ("trait", "type"),
    "import_statement": ("source",),
    "use_declaration": (),
    "import_declaration": (),
    "ImportFrom": (),
}
"""What is told by other parts than a name."""
_EXCLUSIVE = {
    word: words[0]
    for words in ((b"public", b"private", b"protected", b"internal"), (b"final", b"abstract", b"sealed", b"non-sealed"))
    for word in words
}
"""Modifiers of which there is only one."""
_BY_FIRST = frozenset(("Entry", "array_element_initializer", "keyed_element", "initializer_pair"))
"""Pairs of a key and a value, whose parts the grammars do not name."""
_UNNAMED = frozenset(("import_spec", "import_specifier", "alias", "Import", "union_type", "namespace_use_declaration"))
ABOVE = frozenset(("attribute_item", "inner_attribute_item", "decorator"))
"""What belongs to the thing below it, as comments do."""


def containers_of(language: str, kind: str) -> tuple[Container, ...]:
    """What may stand in any order in a node of this type."""
    return CONTAINERS.get(language, {}).get(kind, ())


def is_among(node: Node, kinds: frozenset[str] | None) -> bool:
    """Whether `node` is of one of `kinds`; after a colon these may ask for a word in it, or the first of a kind's."""
    if kinds is None or node.kind in kinds:
        return True
    return any(
        f"{node.kind}:{word}" in kinds
        for child in node.children
        for word in (child.kind.partition("_")[0], "" if child.children else child.key.decode(errors="replace"))
    )


def name_of(language: str, node: Node) -> bytes:
    """What tells `node` from what stands beside it, however else it changes; empty where only all of its text does."""
    if node.kind in _SAME_AS_NAME:
        return (node.of_field("name") or node).key
    if node.kind in _BY_FIRST:
        return node.children[0].key if len(node.children) > 2 else b""
    if node.kind in _NAMED_BY:
        return _by_parts(node)
    if node.kind in _UNNAMED:
        return b""
    if node.kind in ("FunctionDef", "AsyncFunctionDef", "ClassDef", "keyword"):
        return _python_name(node)
    if node.is_word:
        return _EXCLUSIVE.get(node.key, b"")
    named = _named(node)
    if named is None:
        return b""
    name = named.key
    if any(word in node.kind for word in _FUNCTION) or _parameters(node) is not None:
        receiver = node.of_field("receiver")
        name = (receiver.key if receiver else b"") + name + b"()"
        if language in _OVERLOADED:
            name += b",".join(_types(_parameters(node)))
    return name


def doubled_names(language: str, root: Node) -> Counter[str]:
    """What is defined more than once in one container of the tree, as phrases; each time after the first counts."""
    faults: Counter[str] = Counter()
    table = CONTAINERS.get(language, {})
    for node in root.walk():
        for container in table.get(node.kind, ()):
            if not container.is_keyed:
                continue
            found = Counter(
                name_of(language, child) or child.key
                for child in node.children
                if not (child.is_word and node.kind != "modifiers")
                and not child.is_comment
                and child.kind not in ABOVE
                and is_among(child, container.kinds)
            )
            for name, times in found.items():
                if times > 1:
                    shown = name.replace(b"\0", b" ").decode(errors="replace")[:60]
                    faults[f"{shown} is there twice"] += times - 1
    return faults


def _by_parts(node: Node) -> bytes:
    if node.kind == "import_declaration":
        return b"import ()" if node.of_kind("import_spec_list") else b""
    if node.kind == "ImportFrom":
        words = [child.key for child in node.children]
        return b" ".join(words[: words.index(b"import")]) if b"import" in words else b""
    if node.kind == "use_declaration":
        listed = node.of_field("argument")
        path = listed.of_field("path") if listed and listed.kind == "scoped_use_list" else None
        return path.key if path else b""
    return b" ".join(part.key for field in _NAMED_BY[node.kind] if (part := node.of_field(field)))


def _python_name(node: Node) -> bytes:
    words = [child for child in node.children if child.kind != "comment"]
    if node.kind == "keyword":
        return words[0].key if len(words) > 2 and words[1].key == b"=" else b""
    for before, word in pairwise(words):
        if before.key in (b"def", b"class"):
            return word.key
    return b""


def _named(node: Node) -> Node | None:
    """The node of the name, which may be inside of declarators."""
    for _ in range(8):
        found = next((child for child in map(node.of_field, _NAMING) if child is not None), None)
        if found is None and node.kind in _WRAPPERS:
            found = next(
                (child for child in node.children if child.field == "declaration" or child.kind in _INSIDE), None
            )
            if found is None and node.kind == "const_element":
                return node.children[0]
        if found is None:
            return node if not node.children or node.field in _NAMING else None
        if not found.children or found.field in ("name", "key", "left"):
            return found
        node = found
    return None


def _parameters(node: Node) -> Node | None:
    for _ in range(8):
        found = node.of_field("parameters") or node.of_kind("parameter_list", "formal_parameters")
        if found is not None:
            return found
        inside = node.of_field("declarator") or (node.of_kind(*_INSIDE) if node.kind in _WRAPPERS else None)
        if inside is None:
            return None
        node = inside
    return None


def _types(parameters: Node | None) -> Iterator[bytes]:
    for child in parameters.children if parameters else ():
        if not child.is_word and not child.is_comment:
            typed = child.of_field("type") or child
            yield typed.key
