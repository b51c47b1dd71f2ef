"""The kinds of operations, as documents write them.

A field's type is its JSON form, so a document survives reading and writing unchanged. What a kind does stands in its
file in ``git_dagpatch/operations``.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

from git_dagpatch.model.text import Text, safe

Footprint = dict[str, list[tuple[int, int, Text]] | None]
"""Path → spans ``[skip, remove, insert]``: bytes to skip since the end of the last span, bytes to remove, text to
insert. ``null`` for a file that goes. Positions hold in base and the transitive closure of the dependencies."""

DESCRIPTIVE = (
    "intent",
    "semantic_tags",
    "description",
    "author",
    "timestamp",
    "confidence",
    "reversible",
    "breaking_change",
    "affected_domains",
)
"""The fields that tell about an operation without changing what it does."""

BOOKKEEPING = ("id", "depends_on", "because", "footprint", *DESCRIPTIVE)
"""Every field that is not part of the meaning."""


class Operation(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """What every operation has. Fields that a document leaves out are UNSET."""

    id: str | UnsetType = UNSET
    depends_on: list[str] = msgspec.field(default_factory=list)
    """Ids of the operations that this one needs, reduced transitively."""
    because: dict[str, str] | UnsetType = UNSET
    """Id of a dependency → why it is one."""
    intent: str | UnsetType = UNSET
    semantic_tags: list[str] | UnsetType = UNSET
    description: str | UnsetType = UNSET
    author: str | UnsetType = UNSET
    timestamp: str | UnsetType = UNSET
    confidence: float | UnsetType = UNSET
    reversible: bool | UnsetType = UNSET
    breaking_change: bool | UnsetType = UNSET
    affected_domains: list[str] | UnsetType = UNSET
    extra: dict[str, Any] = msgspec.field(default_factory=dict)
    """Fields that this version does not know; written again as they were read. Not a field of the document itself."""

    @property
    def type(self) -> str:
        """The kind's name in documents."""
        return str(self.__struct_config__.tag)


def said(operation: Operation) -> str:
    """What an operation says that it does, on one line; its kind where it says nothing.

    Patches come from anywhere: nothing in it can drive a terminal, or pass for a line of something else.
    """
    return safe(operation.description or operation.type)


class Recorded(Operation, frozen=True, kw_only=True):
    """An operation whose meaning says how to do it anywhere, and whose footprint says what it did here."""

    footprint: Footprint | UnsetType = UNSET


class Create(Operation, frozen=True, tag="create"):
    """A new file."""

    target: str
    mode: str
    content: Text


class Delete(Operation, frozen=True, tag="delete"):
    """A file goes."""

    target: str


class Move(Recorded, frozen=True, tag="move"):
    """A file or a symbol goes elsewhere and keeps its identity. A symbol keeps its name."""

    source: str
    target: str
    symbol_kind: str | UnsetType = UNSET
    """Only of a symbol, like the fields below: class, function, method, attribute, variable."""
    after: str | UnsetType = UNSET
    """The symbol that stands right before it at its new place, or ``path:Parent`` where it comes first."""


class Copy(Recorded, frozen=True, tag="copy"):
    """A file or a symbol is duplicated as it stands in base and the dependencies."""

    source: str
    target: str
    symbol_kind: str | UnsetType = UNSET
    after: str | UnsetType = UNSET


class Rename(Recorded, frozen=True, tag="rename"):
    """An identifier gets another name, wherever it is meant in the scope."""

    symbol: str
    """Where it is defined, with the old name: ``path:Class.method``, ``path:function.local``."""
    symbol_kind: str
    """A kind of symbol; ``identifier`` for a name whose definition is not in the patch."""
    new_name: str
    scope: list[str]
    total: bool = False
    """Whether nothing in the scope keeps the old name that could have meant the symbol."""


class StringReplace(Recorded, frozen=True, tag="string_replace"):
    """Text that fits a pattern (RE2) is replaced, with what the groups hold."""

    pattern: str
    replacement: str
    scope: list[str]
    total: bool = False
    """Whether every match in the scope was replaced."""


class Reorder(Recorded, frozen=True, tag="reorder"):
    """Siblings change their order, not their content."""

    target: str
    """What they are in: ``path:Class``, or ``path:`` for the top level."""
    order: list[int]
    """For each place, the number (from 0) of the sibling that comes to stand there."""
    siblings: list[str]
    """What is told of each, in the old order."""


class Mode(Operation, frozen=True, tag="mode"):
    """A file's mode changes: executable or not."""

    target: str
    mode: str


class Hunk(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Lines of one place, each with a prefix: space for context, ``-`` for removed, ``+`` for added."""

    at: int
    """The first line, counted from 1, in base and the transitive closure of the dependencies."""
    lines: list[Text]


class Edit(Operation, frozen=True, tag="edit"):
    """An exact change of text inside one symbol or region."""

    target: str
    hunks: list[Hunk]


class Transform(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A named transform of layout and its parameter, where it has one."""

    name: str
    to: str = ""
    version: str = ""
    """Of the formatter that is called so; empty for what is no program of its own."""


class Whitespace(Recorded, frozen=True, tag="whitespace"):
    """A named transform of layout, over the files that `scope` names."""

    transform: Transform
    scope: list[str]


MAX_DEPTH = 60
"""How deeply the values of mutations may be nested."""


class Segment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One step of a path into data: exactly one of the three."""

    field: str | UnsetType = UNSET
    """The name of a field."""
    index: int | UnsetType = UNSET
    """The number, from 0, of an element of a sequence."""
    key: Any = UNSET
    """The key of an entry of a map whose keys need not be strings."""

    def __post_init__(self) -> None:
        if sum(part is not UNSET for part in (self.field, self.index, self.key)) != 1:
            raise ValueError("a segment of a path has one of field, index and key")
        check_depth(self.key)


class NewValue(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a mutation does with a value: exactly one of the three."""

    set: Any = UNSET
    """A field, element or entry gets this value; a field or entry comes, if it is not there."""
    append: Any = UNSET
    """A sequence gets this element at its end."""
    insert: Any = UNSET
    """A sequence gets this element, at the place that the path tells."""

    def __post_init__(self) -> None:
        given = [value for value in (self.set, self.append, self.insert) if value is not UNSET]
        if len(given) != 1:
            raise ValueError("a mutation has one of set, append and insert")
        check_depth(given[0])


class Mutation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One change of a value inside of a file."""

    path: list[Segment]
    operation: Literal["remove"] | NewValue


def check_depth(value: Any) -> None:
    """Raise ValueError if `value` is nested so deeply that it could not be written again everywhere."""
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [
            child
            for item in level
            if isinstance(item, dict | list)
            for child in (item.values() if isinstance(item, dict) else item)
        ]
        if not level:
            return
    raise ValueError("a value is nested too deeply")


class Mutate(Recorded, frozen=True, tag="mutate"):
    """Values in a file of data change, told by their paths. Each mutation is made on what those before it leave."""

    target: str
    mutations: list[Mutation]


class BinaryDelta(Operation, frozen=True, tag="binary_delta"):
    """Content that is not text: what comes is said by what was there, whose hash must match."""

    target: str
    delta: Text
    codec: str
    before: str
    after: str


class Unknown(Operation, frozen=True, tag="unknown"):
    """An operation of a kind that this version does not know: kept and shown, never executed.

    Its fields stand in `extra`.
    """

    unknown_type: str

    @property
    def type(self) -> str:
        return self.unknown_type


KINDS: tuple[type[Operation], ...] = (
    Create,
    Delete,
    Move,
    Copy,
    Rename,
    StringReplace,
    Reorder,
    Mode,
    Edit,
    Whitespace,
    Mutate,
    BinaryDelta,
)
