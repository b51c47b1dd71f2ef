"""A text of data as a tree that knows where each value stands, and that can be written again with all its layout.

A tree is made of pieces: ranges of the text, or new bytes. What no mutation touches stays the range that it was.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, NamedTuple, TypeAlias

from msgspec import Struct, field

from git_dagpatch.languages.data_values import CannotMutate, InvalidOperation, InvalidPath
from git_dagpatch.model.effect import Span

Piece: TypeAlias = tuple[int, int] | bytes
"""A range of the text, or new bytes."""


class Layout(NamedTuple):
    """How a sequence or mapping in brackets is laid out.

    A gap with a line end in it is held as that and what the line is indented by more than the line of the bracket.
    """

    first: bytes
    """Before the first item."""
    between: bytes
    """Before each other one."""
    last: bytes
    """Before the closing bracket."""
    trailing: bytes
    """The comma after the last item, or nothing."""
    separator: bytes
    """Between a name and its value."""


class Habits(Struct, eq=False):
    """What is known of a whole text."""

    is_ordered: bool = False
    """Whether there are fields that stand by the alphabet."""
    is_unordered: bool = False
    """Whether there are fields that do not."""

    @property
    def alphabetical(self) -> bool:
        return self.is_ordered and not self.is_unordered


class Shape(Struct, eq=False):
    """What is known of all values at places alike: how they are laid out, and in which order their fields stand."""

    habits: Habits
    uniform: bool | None = None
    """Whether the fields are named freely and have values alike; None before the first was seen."""
    fields: dict[str, Shape] = field(default_factory=dict)
    each: Shape | None = None
    """Of the elements of a sequence, and of the fields where they are uniform."""
    order: list[str] = field(default_factory=list)
    """All names of fields that were seen, as they follow each other."""
    seen: set[tuple[str, ...]] = field(default_factory=set)
    layouts: dict[type, Layout] = field(default_factory=dict)
    """Of a dict and of a list."""
    quote: bytes = b'"'
    block: Any = None
    """How the header of a table is written, where one was seen."""

    def of(self, name: str | None) -> Shape:
        """The shape of a field, or of the elements."""
        if name is None or self.uniform:
            self.each = self.each or Shape(self.habits)
            return self.each
        return self.fields.setdefault(name, Shape(self.habits))

    def learn_order(self, names: Sequence[str]) -> None:
        """Take up the order of the fields of one value."""
        known = tuple(names)
        if len(known) > 1 and not self.habits.is_unordered:
            self.habits.is_unordered = any(one > other for one, other in pairwise(known))
            self.habits.is_ordered = True
        if known in self.seen or len(self.order) > _MANY:
            return
        self.seen.add(known)
        places = {name: at for at, name in enumerate(self.order)}
        at = 0
        for name in names:
            if name in places:
                at = max(at, self.order.index(name) + 1)
            else:
                self.order.insert(at, name)
                at += 1

    def ordered(self, names: Sequence[str]) -> list[str]:
        """`names` as fields of this shape follow each other; those that were not seen are last, by name."""
        if self.habits.alphabetical:
            return sorted(names)
        places = {name: at for at, name in enumerate(self.order)}
        return sorted(names, key=lambda name: (places.get(name, len(places)), name))

    def place(self, name: str, names: Sequence[str]) -> int:
        """Where among `names` a new field stands: by the known order, or the alphabet if they stand so, or last."""
        if self.habits.alphabetical:
            return sum(other < name for other in names)
        places = {known: at for at, known in enumerate(self.order)}
        if name in places and not self.uniform:
            before = [at for at, other in enumerate(names) if places.get(other, -1) < places[name]]
            return before[-1] + 1 if before else 0
        if len(names) > 1 and all(one < other for one, other in pairwise(names)):
            return sum(other < name for other in names)
        return len(names)


_MANY = 200
"""Fields of one shape whose order is looked at."""


class Scalar(Struct, eq=False):
    """A value that has no parts."""

    start: int
    end: int
    data: Any
    shape: Shape | None = None


class Fresh(Struct, eq=False):
    """A value that a mutation brought, and where it stands."""

    data: Any
    shape: Shape
    base: bytes
    """What the line of its first character is indented by."""
    layouts: dict[type, Layout]
    """Of what stood in its place."""
    quote: bytes
    on_one_line: bool
    """Whether what is around it is written on one line."""


class Item(Struct, eq=False):
    """An element or a field, with the gaps around it."""

    before: Piece
    key: str | None
    name: Piece
    """The key as it is written."""
    separator: Piece
    value: Node
    after: Piece
    """Up to the comma or the closing bracket."""


class Flow(Struct, eq=False):
    """A sequence or a mapping in brackets."""

    start: int
    end: int
    is_mapping: bool
    items: list[Item] = field(default_factory=list)
    tail: Piece | None = None
    """Between a comma after the last item, if there is one, and the closing bracket."""
    changed: bool = False
    shape: Shape | None = None
    _by_key: dict[str, Item] | None = None

    @property
    def keys(self) -> list[str]:
        return [str(item.key) for item in self.items]

    @property
    def by_key(self) -> dict[str, Item]:
        """The items of a mapping by name."""
        if self._by_key is None:
            self._by_key = {str(item.key): item for item in self.items}
        return self._by_key

    def at(self, key: Any) -> Item:
        """The item at a name or number. Raises InvalidPath."""
        if self.is_mapping and isinstance(key, str) and key in self.by_key:
            return self.by_key[key]
        if not self.is_mapping and isinstance(key, int) and 0 <= key < len(self.items):
            return self.items[key]
        raise InvalidPath

    def is_on_one_line(self, source: Source) -> bool:
        return b"\n" not in source.of(self.items[0].before)


Node: TypeAlias = Any
"""Scalar, Flow, Fresh, or what a format has besides."""


class Source(ABC):
    """The text of a tree, and how its format writes values that have no parts."""

    def __init__(self, text: bytes) -> None:
        self.text = text
        self.common: dict[type, Layout] = {}
        """The first layout seen of a dict and of a list."""

    @abstractmethod
    def layout(self, kind: type, on_one_line: bool) -> Layout:
        """How a dict or a list is laid out, of whose shape none is known; on one line, if what is around it is."""

    def of(self, piece: Piece) -> bytes:
        """The bytes of a piece."""
        return piece if isinstance(piece, bytes) else self.text[piece[0] : piece[1]]

    def blank(self, piece: Piece) -> bytes:
        """The bytes of a gap that will not stay as it is. Raises CannotMutate if there is a comment in it."""
        gap = self.of(piece)
        if gap.strip():
            raise CannotMutate
        return gap

    def base(self, position: int) -> bytes:
        """What the line at `position` is indented by."""
        start = self.text.rfind(b"\n", 0, position) + 1
        line = self.text[start:position]
        return line[: len(line) - len(line.lstrip(b" \t"))]

    @abstractmethod
    def scalar(self, value: Any, quote: bytes) -> bytes:
        """How a value without parts is written. Raises CannotMutate for one that the format does not have."""

    @abstractmethod
    def name(self, name: str) -> bytes:
        """How the name of a field is written."""


# Layouts


def layout_of(flow: Flow, source: Source) -> Layout | None:
    """The layout of a sequence or mapping that has items; None where it is none that another could have."""
    base = source.base(flow.start)
    first = _relative(source.of(flow.items[0].before), base)
    between = _relative(source.of(flow.items[1].before), base) if len(flow.items) > 1 else _guessed(first)
    closing = source.of(flow.items[-1].after if flow.tail is None else flow.tail)
    last = _relative(closing, base)
    if first is None or between is None or last is None:
        return None
    return Layout(first, between, last, b"" if flow.tail is None else b",", source.of(flow.items[0].separator))


def _guessed(first: bytes | None) -> bytes | None:
    """What stands between items where there is only one."""
    return first if first is None or b"\n" in first else b" "


def _relative(gap: bytes, base: bytes) -> bytes | None:
    """A gap as a layout holds it; without comments, and of line ends only one."""
    end = gap.rfind(b"\n")
    if end < 0:
        return None if gap.strip() else gap
    line_end, indent = (b"\r\n" if gap[end - 1 : end] == b"\r" else b"\n"), gap[end + 1 :]
    return line_end + indent[len(base) :] if indent.startswith(base) and not indent.strip(b" \t") else None


def _absolute(gap: bytes, base: bytes) -> bytes:
    end = gap.rfind(b"\n") + 1
    return gap[:end] + base + gap[end:] if end else gap


def _indent(gap: bytes, base: bytes) -> bytes:
    """What a line is indented by that starts after `gap`, or the line of the bracket if none does."""
    end = gap.rfind(b"\n") + 1
    return base + gap[end:] if end else base


def rendered(node: Fresh, source: Source) -> bytes:
    """A new value as text."""
    value, shape, base = node.data, node.shape, node.base
    if not isinstance(value, dict | list):
        return source.scalar(value, node.quote)
    kind = type(value)
    opening, closing = (b"{", b"}") if kind is dict else (b"[", b"]")
    if not value:
        return opening + closing
    layout = node.layouts.get(kind) or shape.layouts.get(kind) or source.layout(kind, node.on_one_line)
    indent = _indent(layout.first, base)
    parts = [opening]
    keys: Sequence[Any] = shape.ordered(list(value)) if isinstance(value, dict) else range(len(value))
    for number, key in enumerate(keys):
        inner = shape.of(key if isinstance(key, str) else None)
        name = source.name(key) + layout.separator if isinstance(key, str) else b""
        text = rendered(Fresh(value[key], inner, indent, {}, inner.quote, b"\n" not in layout.first), source)
        parts += (_absolute(layout.between if number else layout.first, base), name, text, b",")
    parts[-1] = layout.trailing
    return b"".join([*parts, _absolute(layout.last, base), closing])


# Learning


def learn(node: Node, shape: Shape, source: Source) -> None:
    """Take up the layout of all that is in `node`, which has `shape`."""
    node.shape = shape
    if isinstance(node, Scalar):
        if isinstance(node.data, str):
            shape.quote = source.text[node.start : node.start + 1]
        return
    kind = dict if node.is_mapping else list
    if node.items and (kind not in shape.layouts or (len(node.items) > 1 and kind not in source.common)):
        layout = layout_of(node, source)
        if layout is not None:
            shape.layouts[kind] = layout
            source.common.setdefault(kind, layout)
    if node.is_mapping:
        see_fields(shape, node.keys, [item.value for item in node.items])
    for item in node.items:
        learn(item.value, shape.of(item.key), source)


def see_fields(shape: Shape, names: Sequence[str], values: Sequence[Node]) -> None:
    """Take up the fields of one mapping of a shape."""
    if shape.uniform is None and values:
        shape.uniform = len(values) > 2 and not any(isinstance(value, Scalar) for value in values)
    if not shape.uniform:
        shape.learn_order(names)


# Changing


def fresh(
    data: Any,
    shape: Shape,
    base: bytes,
    source: Source,
    old: Node | None = None,
    on_one_line: bool = False,
) -> Fresh:
    """A new value; `old` is what stood in its place."""
    layouts: dict[type, Layout] = {}
    quote = shape.quote
    if isinstance(old, Flow) and old.items and not old.changed:
        found = layout_of(old, source)
        if found is not None:
            layouts[dict if old.is_mapping else list] = found
    elif isinstance(old, Scalar) and isinstance(old.data, str):
        quote = source.text[old.start : old.start + 1]
    return Fresh(data, shape, base, layouts, quote, on_one_line)


def set_in(flow: Flow, key: Any, data: Any, source: Source) -> None:
    """An item gets another value, or a field comes."""
    assert flow.shape is not None
    if flow.is_mapping and key not in flow.by_key:
        insert_in(flow, flow.shape.place(key, flow.keys), key, data, source)
        return
    item = flow.at(key)
    shape, base = flow.shape.of(item.key), _base_of(item.value, source)
    item.value = fresh(data, shape, base, source, item.value, flow.is_on_one_line(source))


def _base_of(node: Node, source: Source) -> bytes:
    return node.base if isinstance(node, Fresh) else source.base(node.start)


def insert_in(flow: Flow, at: int, key: str | None, data: Any, source: Source) -> None:
    """A new item comes to stand at the number `at` of a sequence or mapping that is not empty."""
    items = flow.items
    assert flow.shape is not None
    if not items:
        raise InvalidOperation
    base = source.base(flow.start)
    if len(items) > 1:
        between = _one_line_end(source.blank(items[min(max(at, 1), len(items) - 1)].before))
    else:
        known = flow.shape.layouts.get(dict if flow.is_mapping else list)
        gap = _one_line_end(source.blank(items[0].before))
        between = gap if b"\n" in gap else _absolute(known.between, base) if known else b" "
    before = between
    if at == 0:
        before = source.blank(items[0].before)
        items[0].before = between
    after = b""
    if at == len(items) and flow.tail is None:
        after, items[-1].after = source.blank(items[-1].after), b""
    elif at == len(items) and flow.tail is not None:
        source.blank(flow.tail)
    name = b"" if key is None else source.name(key)
    shape, indent = flow.shape.of(key), _line_indent(before, base)
    value = fresh(data, shape, indent, source, None, flow.is_on_one_line(source))
    item = Item(before, key, name, source.of(items[0].separator), value, after)
    items.insert(at, item)
    if key is not None:
        flow.by_key[key] = item


def _one_line_end(gap: bytes) -> bytes:
    """A gap without blank lines."""
    end = gap.rfind(b"\n")
    return gap if end < 0 else (b"\r\n" if gap[end - 1 : end] == b"\r" else b"\n") + gap[end + 1 :]


def _line_indent(gap: bytes, base: bytes) -> bytes:
    """What the line after `gap` is indented by; `base` if no line starts in it."""
    end = gap.rfind(b"\n")
    return gap[end + 1 :] if end >= 0 else base


def remove_from(flow: Flow, key: Any, source: Source) -> None:
    """An item goes, with its comma and its gaps."""
    items = flow.items
    at = items.index(flow.at(key))
    gaps = [items[at].before, items[at].after]
    gaps += [items[at + 1].before] if at + 1 < len(items) else [flow.tail or b""]
    blank = [source.blank(gap) for gap in gaps]
    if len(items) == 1:
        flow.tail = None
    elif at == 0:
        items[1].before = blank[0]
    elif at == len(items) - 1 and flow.tail is None:
        items[-2].after = blank[1]
    del items[at]
    if flow.is_mapping:
        del flow.by_key[key]


# Writing


def pieces(node: Node, source: Source) -> Iterator[Piece]:
    """What a tree is made of, in order."""
    if isinstance(node, Fresh):
        yield rendered(node, source)
    elif isinstance(node, Scalar) or not node.changed:
        yield node.start, node.end
    else:
        yield node.start, node.start + 1
        for number, item in enumerate(node.items):
            yield item.before
            yield item.name
            yield item.separator
            yield from pieces(item.value, source)
            yield item.after
            if number < len(node.items) - 1 or node.tail is not None:
                yield b","
        if node.tail is not None:
            yield node.tail
        yield node.end - 1, node.end


def spans_of(made: Iterator[Piece], text: bytes) -> tuple[Span, ...]:
    """What turns `text` into what pieces of it, in their order, and new bytes make together."""
    spans: list[Span] = []
    position = 0
    new: list[bytes] = []
    for piece in (*made, (len(text), len(text) + 1)):
        if isinstance(piece, bytes):
            new.append(piece)
        elif piece[0] < piece[1]:
            start, end = piece
            span = _trimmed(text, position, start, b"".join(new))
            if span.insert or span.end > span.start:
                spans.append(span)
            new, position = [], end
    return tuple(spans)


def _trimmed(text: bytes, start: int, end: int, insert: bytes) -> Span:
    """The span without what stays at its ends."""
    old = text[start:end]
    shortest = min(len(old), len(insert))
    first = next((at for at in range(shortest) if old[at] != insert[at]), shortest)
    last = next((at for at in range(shortest - first) if old[-1 - at] != insert[-1 - at]), shortest - first)
    # Not within a character, so that the footprint stays text.
    while first and any(side[first : first + 1] > b"\x7f" for side in (old, insert)):
        first -= 1
    while last and any(side[len(side) - last : len(side) - last + 1] > b"\x7f" for side in (old, insert)):
        last -= 1
    return Span(start + first, end - last, insert[first : len(insert) - last])
