"""Changes of both sides that are in different parts of the code, none of which is there for the other.

Told by the syntax tree: different elements of one list, different statements that have nothing in common, or parts of
the head of a function that mean nothing to each other. Two changes of one expression, of one condition, or of what is
called and what it is given, never are: each may be the other's mistake mended in another way.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from git_dagpatch.alignment.tokens import token_diff
from git_dagpatch.languages.containers import containers_of
from git_dagpatch.languages.syntax_nodes import Node
from git_dagpatch.merging.dispute import Dispute
from git_dagpatch.merging.structure.order import Unmerged


def _kinds(names: str) -> frozenset[str]:
    return frozenset(names.split())


_ELEMENTS = _kinds("""List Set Dict Import ImportFrom
    array array_expression array_literal array_creation_expression list initializer_list object""")
"""Lists whose elements stand for themselves."""
_ARGUMENTS = _kinds("""Call Tuple
    arguments argument_list value_arguments parameters formal_parameters parameter_list method_parameters""")
"""Lists in which it matters what number something has."""
_BLOCKS = _kinds("""
    Module block statement_block compound_statement program source_file translation_unit compilation_unit
    class_body declaration_list field_declaration_list body_statement enum_body interface_body object_type
    enum_member_declaration_list enumerator_list""")
_SEQUENCES = _kinds("List array array_expression array_literal array_creation_expression list initializer_list")
"""Those of which several together may be one value, such as a range."""
_FUNCTIONS = frozenset(("FunctionDef", "AsyncFunctionDef"))
_PASSED = _kinds("""
    Expr Assign AnnAssign AugAssign Return Attribute keyword Entry ClassDef If While For AsyncFor With AsyncWith Try
    ExceptHandler param
    expression_statement variable_declaration lexical_declaration variable_declarator declaration init_declarator
    assignment_expression assignment return_statement call_expression call method_invocation member_expression
    function_declaration function_definition function_item method_declaration method_definition method class_declaration
    class_definition class class_specifier struct_item struct_specifier interface_declaration enum_declaration
    enum_specifier export_statement pair field_declaration short_var_declaration const_declaration var_declaration
    import_statement import_clause import_declaration let_declaration impl_item mod_item local_variable_declaration
    if_statement for_statement while_statement""")
"""What both sides may have changed, as long as it was in one and the same part of it."""
_ASSIGNED = frozenset(("Assign", "AnnAssign"))
"""Of which one side may change what gets a value, and the other the value."""
_CONDITIONS = frozenset(("test", "condition", "guard", "operator"))
_IMPORTS = frozenset(("Import", "ImportFrom"))
_HEAD = frozenset(("decorators", "parameters", "returns"))
"""Parts of the head of a function of which either side may change another one."""
_COST = 3
"""What a tree costs, in readings of its text."""
_NAME = re.compile(rb"[^\W\d]\w*")
_OWN = frozenset((b"self", b"cls", b"this"))
_COMMA = b","
_PLAIN = frozenset(b". , ( ) [ ] { } :".split())


def agrees(dispute: Dispute, merged: bytes) -> bool:
    """Whether `merged`, as what stands in the place, is what the trees make of independent changes."""
    roots = [dispute.language.nodes(text) for text in dispute.whole]
    parts = []
    for root, start, end in zip(roots, dispute.starts, dispute.ends, strict=True):
        if root is None:
            return False
        parts.append(_clipped(root, start, end))
    try:
        wanted = _Merge(dispute.language.name).merged(*parts)
    except (Unmerged, RecursionError):
        return False
    if not dispute.may_prove(_COST):
        return False
    made = dispute.language.nodes(dispute.near_with(merged))
    start = len(dispute.head) + dispute.starts[0] - dispute.around[0]
    return made is not None and _shape(_clipped(made, start, start + len(merged))) == wanted


def _clipped(node: Node, start: int, end: int) -> Node:
    """`node` with no more than what is between two bytes of its source."""
    if start <= node.start and node.end <= end:
        return node
    children = node.children
    first = bisect_right(children, start, key=lambda child: child.end)
    last = bisect_left(children, end, key=lambda child: child.start)
    kept = tuple(_clipped(child, start, end) for child in children[first:last])
    # Without children it is a node of no text.
    inside = (kept[0].start, kept[-1].end) if kept else (node.start, node.start)
    return Node(node.kind, node.source, *inside, kept, node.field, node.is_word)


_Shape: TypeAlias = tuple[str, Sequence["_Shape"] | bytes]
"""What a node is, with its parts or its text; what only parts elements is left out."""


_Parts: TypeAlias = dict[str, list[Node]]


def _shape(node: Node) -> _Shape:
    if not node.children:
        return node.kind, node.text
    if node.kind in _FUNCTIONS:
        return node.kind, [(name, _shapes(part)) for name, part in _parts_of_function(node).items()]
    return node.kind, _shapes(_elements(node.children))


def _shapes(nodes: Sequence[Node]) -> list[_Shape]:
    return [_shape(node) for node in nodes]


@dataclass(frozen=True, slots=True)
class _Changed:
    """What one side made of elements `start` to `end` (exclusive) of base."""

    start: int
    end: int
    shapes: list[_Shape]
    elements: Sequence[Node] = field(compare=False)

    @property
    def is_in_place(self) -> bool:
        """Whether one of the same kind took the place of one."""
        return self.end - self.start == len(self.elements)


class _Merge:
    def __init__(self, language: str) -> None:
        self._language = language

    def merged(self, base: Node, ours: Node, theirs: Node) -> _Shape:
        """What the node is to be. Raises Unmerged where the changes are not independent."""
        before, one, other = (_shape(node) for node in (base, ours, theirs))
        if one == other or before == other:
            return one
        if before == one:
            return other
        kind = base.kind
        if not kind == ours.kind == theirs.kind or base.field in _CONDITIONS:
            raise Unmerged
        if not (base.children and ours.children and theirs.children):
            raise Unmerged
        if kind in _FUNCTIONS:
            return kind, self._function(base, ours, theirs)
        if kind == "Call":
            return kind, self._call(base, ours, theirs)
        if kind in _IMPORTS and len({repr(_shapes(_before_names(node))) for node in (base, ours, theirs)}) > 1:
            raise Unmerged
        if self._is_list(kind):
            return kind, self._listed(kind, *(_elements(node.children) for node in (base, ours, theirs)))
        if kind in _PASSED:
            return kind, self._fixed(base, ours, theirs)
        raise Unmerged

    def _is_list(self, kind: str) -> bool:
        known = kind in _ELEMENTS or kind in _ARGUMENTS or _is_block(kind)
        return known or (kind not in _PASSED and bool(containers_of(self._language, kind)))

    def _fixed(self, base: Node, ours: Node, theirs: Node) -> list[_Shape]:
        """Parts that each have their meaning for the whole: both changed the same one."""
        versions = [_elements(node.children) for node in (base, ours, theirs)]
        if len({len(found) for found in versions}) != 1:
            raise Unmerged
        rows = list(zip(*versions, strict=True))
        mine = {at for at, (before, one, _) in enumerate(rows) if _shape(one) != _shape(before)}
        other = {at for at, (before, _, one) in enumerate(rows) if _shape(one) != _shape(before)}
        apart = base.kind in _ASSIGNED and _are_target_and_value(rows, mine, other)
        if not apart and len(mine | other) != 1:
            raise Unmerged
        return [self.merged(*row) for row in rows]

    def _call(self, base: Node, ours: Node, theirs: Node) -> list[_Shape]:
        """What is called and what it is given belong together."""
        nodes = (base, ours, theirs)
        called = [[child for child in node.children if child.field == "func"] for node in nodes]
        given = [_elements([child for child in node.children if child.field != "func"]) for node in nodes]
        if len({len(found) for found in called}) != 1:
            raise Unmerged
        is_called = len({repr(_shapes(found)) for found in called}) > 1
        is_given = len({repr(_shapes(found)) for found in given}) > 1
        if is_called and is_given:
            raise Unmerged
        first = [self.merged(*row) for row in zip(*called, strict=True)]
        return [*first, *(self._listed("Call", *given) if is_given else _shapes(given[0]))]

    def _function(self, base: Node, ours: Node, theirs: Node) -> list[_Shape]:
        before, one, other = (_parts_of_function(node) for node in (base, ours, theirs))
        changed = [{name for name in before if _shapes(side[name]) != _shapes(before[name])} for side in (one, other)]
        if not (changed[0] | changed[1] <= _HEAD or changed[0] == changed[1] == {"body"}):
            raise Unmerged
        is_decorated = "decorators" in changed[0] | changed[1]
        # What is decorated may be called in another way.
        if is_decorated and (
            changed[0] & changed[1] or not all(_have_same_names(before, side) for side in (one, other))
        ):
            raise Unmerged
        return [(name, self._part(name, before[name], one[name], other[name])) for name in before]

    def _part(self, name: str, base: Sequence[Node], ours: Sequence[Node], theirs: Sequence[Node]) -> list[_Shape]:
        before, one, other = (_shapes(found) for found in (base, ours, theirs))
        if one == other or before == other:
            return one
        if before == one:
            return other
        if name == "parameters":
            return self._listed(name, base, ours, theirs)
        if not len(base) == len(ours) == len(theirs) == 1:
            raise Unmerged
        return [self.merged(base[0], ours[0], theirs[0])]

    def _listed(self, kind: str, base: Sequence[Node], ours: Sequence[Node], theirs: Sequence[Node]) -> list[_Shape]:
        mine, other = _changes(base, ours), _changes(base, theirs)
        alike = [change for change in mine if change in other]
        mine = [change for change in mine if change not in alike]
        other = [change for change in other if change not in alike]
        if kind in _ARGUMENTS or kind in _SEQUENCES or kind == "parameters":
            _check_numbers(kind, base, mine, other)
        if any(_meet(one, two) and not (one.is_in_place and two.is_in_place) for one in mine for two in other):
            raise Unmerged
        if kind not in _ELEMENTS and kind not in _ARGUMENTS and kind != "parameters":
            self._check_statements(base, mine, other)
        instead: dict[int, list[Node]] = {}
        added: dict[int, Sequence[Node]] = {}
        gone: set[int] = set()
        for change in (*alike, *mine, *other):
            if change.is_in_place:
                instead.setdefault(change.start, []).extend(change.elements)
            elif change.start in added:
                raise Unmerged
            else:
                added[change.start] = change.elements
                gone.update(range(change.start, change.end))
        made: list[_Shape] = []
        for at, element in enumerate((*base, None)):
            made += _shapes(added.get(at, ()))
            if element is not None and at not in gone:
                versions = instead.get(at, [element])
                made.append(self.merged(element, *versions) if len(versions) == 2 else _shape(versions[0]))
        return made

    def _check_statements(self, base: Sequence[Node], mine: Sequence[_Changed], other: Sequence[_Changed]) -> None:
        """No statement that one side changed has a name in common with one that the other changed."""
        for one in mine:
            for two in other:
                if one.is_in_place and two.is_in_place and _is_within(one, two):
                    continue
                groups = [(*base[found.start : found.end], *found.elements) for found in (one, two)]
                if not _names(groups[0], groups[1]).isdisjoint(_names(groups[1], groups[0])):
                    raise Unmerged


def _is_within(one: _Changed, two: _Changed) -> bool:
    """Whether both changed one and the same element, and nothing else."""
    return one.start == two.start and one.end == two.end == one.start + 1


def _meet(one: _Changed, two: _Changed) -> bool:
    return one.start <= two.end and two.start <= one.end


def _changes(base: Sequence[Node], side: Sequence[Node]) -> list[_Changed]:
    """What a side changed; what took the place of as many others of its kind is one change each."""
    found: list[_Changed] = []

    def add(start: int, end: int, elements: Sequence[Node]) -> None:
        found.append(_Changed(start, end, _shapes(elements), elements))

    for start, end, first, last in token_diff(
        *([repr(_shape(node)).encode() for node in nodes] for nodes in (base, side))
    ):
        old, new = base[start:end], side[first:last]
        if len(old) != len(new):
            add(start, end, new)
        elif all(_are_one(*pair) for pair in zip(old, new, strict=True)):
            for at, node in enumerate(new, start):
                add(at, at + 1, [node])
        else:
            # Nothing tells which is which.
            add(start, end, ())
            add(end, end, new)
    return found


def _are_one(old: Node, new: Node) -> bool:
    return old.is_comment == new.is_comment and not old.is_comment and (old.kind == new.kind or not old.children)


def _check_numbers(kind: str, base: Sequence[Node], mine: Sequence[_Changed], other: Sequence[_Changed]) -> None:
    """Where one side changes how many there are, the other changes none that is told by its number; and not both
    change how a value is computed, since several together may be one value, such as a range."""
    counted = [any(not change.is_in_place and not _is_named(change, base) for change in side) for side in (mine, other)]
    if kind not in _SEQUENCES and all(counted):
        raise Unmerged
    if kind in _ARGUMENTS and any(counted):
        beside = other if counted[0] else mine
        if not all(_is_named(change, base) for change in beside):
            raise Unmerged
    if kind != "parameters" and all(any(_is_computed(change, base) for change in side) for side in (mine, other)):
        raise Unmerged


def _is_named(change: _Changed, base: Sequence[Node]) -> bool:
    return all(node.kind == "keyword" for node in (*base[change.start : change.end], *change.elements))


def _is_computed(change: _Changed, base: Sequence[Node]) -> bool:
    """Whether an element has another number, string or operator than the one whose place it took."""
    if not change.is_in_place or _is_named(change, base):
        return False
    old, new = (Counter(_leaves(nodes)) for nodes in (base[change.start : change.end], change.elements))
    return any(not _NAME.fullmatch(word) for word in (*(old - new), *(new - old)))


def _leaves(nodes: Sequence[Node]) -> list[bytes]:
    return [leaf.text for node in nodes for leaf in node.walk() if not leaf.children and leaf.text not in _PLAIN]


def _before_names(node: Node) -> Sequence[Node]:
    """The part of an import that tells of which module names are imported; empty where that is no part of `node`."""
    words = [child.key for child in node.children]
    return node.children[: words.index(b"import")] if b"import" in words else ()


def _have_same_names(before: _Parts, after: _Parts) -> bool:
    """Whether two functions have the same parameters with the same defaults, whatever their annotations."""
    one, other = (
        [
            (next(leaf.text for leaf in found.walk() if not leaf.children), _shapes(found.children[1:]))
            for found in parts["parameters"]
        ]
        for parts in (before, after)
    )
    return one == other


def _names(nodes: Sequence[Node], others: Sequence[Node]) -> set[bytes]:
    """The names in statements; of imports beside imports, those that are imported."""
    imports = all(node.kind in _IMPORTS for node in (*nodes, *others))
    found: set[bytes] = set()
    for node in nodes:
        children = [child for child in node.children if child.kind == "alias"] if imports else [node]
        for part in children:
            found.update(
                leaf.text
                for leaf in part.walk()
                if not leaf.children and not leaf.is_word and "type" not in leaf.kind and _NAME.fullmatch(leaf.text)
            )
    return found - _OWN - _KEYWORDS


_KEYWORDS = frozenset(
    b"""False None True and as assert async await break class continue def del elif else except finally for from global
    if import in is lambda nonlocal not or pass raise return try while with yield""".split()
)


def _are_target_and_value(rows: Sequence[Sequence[Node]], mine: set[int], other: set[int]) -> bool:
    """Whether one side changed a plain name on the left alone, and the other the value alone."""
    is_plain = all(not node.children for node in rows[0])
    return is_plain and len(rows) > 2 and sorted((*mine, *other)) == [0, len(rows) - 1] and len(mine) == len(other)


def _is_block(kind: str) -> bool:
    return kind in _BLOCKS or kind.endswith((".body", ".orelse", ".finalbody"))


def _elements(children: Sequence[Node]) -> list[Node]:
    """What is listed, without commas."""
    return [child for child in children if child.key != _COMMA]


def _parts_of_function(node: Node) -> _Parts:
    """The parts of a function of Python, by what they are, in their order."""
    parts: _Parts = {name: [] for name in ("decorators", "head", "parameters", "returns", "body")}
    current: list[Node] = []
    is_decorator = is_head = False

    def close() -> None:
        if current:
            made = Node("param", node.source, current[0].start, current[-1].end, tuple(current))
            parts["parameters"].append(made)
            current.clear()

    for child in node.children:
        if child.field in ("body", "returns"):
            close()
            parts[child.field].append(child)
        elif child.key == b"@" and not is_head:
            is_decorator = True
        elif is_decorator:
            parts["decorators"].append(child)
            is_decorator = False
        elif child.key in (b"def", b"async"):
            is_head = True
            parts["head"].append(child)
        elif is_head and not child.is_word and len(parts["head"]) and not parts["parameters"] and not current:
            if parts["head"][-1].key == b"def":
                parts["head"].append(child)
            else:
                current.append(child)
        elif child.key in (_COMMA, b")", b"(", b":", b"->") and child.is_word:
            close()
        else:
            current.append(child)
    close()
    return parts
