"""Tables of TOML: blocks of lines under their headers, and the sequences and mappings that they make."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from msgspec import Struct, field

from git_dagpatch.languages.data_document import Part
from git_dagpatch.languages.data_tree import Habits, Item, Node, Piece, Shape, Source, fresh, learn, pieces, see_fields
from git_dagpatch.languages.data_values import CannotMutate, InvalidPath


class Block(Struct, eq=False):
    """A header and the statements below it; the first of a text has none."""

    lead: Piece
    """Blank lines and comments before the header."""
    head: Piece
    """The line of the header."""
    start: int
    end: int
    items: list[Item] = field(default_factory=list)
    changed: bool = False


class _Written(NamedTuple):
    """How a table of a shape is written that has its own header."""

    lead: bytes
    line_end: bytes
    separator: bytes


def pieces_of(blocks: Sequence[Block], source: Source, end: int) -> Iterator[Piece]:
    """What a text of `blocks` is made of, and what stands after the last statement, at `end`."""
    for block in blocks:
        if not block.changed:
            yield block.start, block.end
            continue
        yield block.lead
        yield block.head
        for item in block.items:
            yield item.before
            yield item.name
            yield item.separator
            yield from pieces(item.value, source)
            yield item.after
    yield end, len(source.text)


class _Blocks(Part):
    """What is made of blocks."""

    def __init__(self, source: Source, blocks: list[Block], path: tuple[str, ...]) -> None:
        self.source = source
        self.blocks = blocks
        """All of the text."""
        self.path = path
        self.shape = Shape(Habits())
        self.changed = False

    @abstractmethod
    def own_blocks(self) -> list[Block]:
        """Those that belong to it, in order."""

    def remove_blocks(self) -> None:
        """Raises CannotMutate if comments of their own would go."""
        gone = self.own_blocks()
        for block in gone:
            self.source.blank(block.lead)
            for item in block.items:
                self.source.blank(item.before)
        for block in gone:
            self.blocks.remove(block)

    def extent(self) -> tuple[int, int]:
        own = self.own_blocks()
        return (own[0].start, own[-1].end) if own else (0, len(self.source.text))


class Table(_Blocks):
    """A mapping that is written as statements, and as tables with headers of their own."""

    is_mapping = True

    def __init__(self, source: Source, blocks: list[Block], path: tuple[str, ...], block: Block | None) -> None:
        super().__init__(source, blocks, path)
        self.block = block
        """None for a table that others imply."""
        self.dotted: Block | None = None
        """Where its statements stand, if their keys are dotted."""
        self.children: dict[str, Item | Table | Tables] = {}

    def own_blocks(self) -> list[Block]:
        own = [] if self.block is None else [self.block]
        for entry in self.children.values():
            if isinstance(entry, _Blocks):
                own += entry.own_blocks()
        return own

    def entries(self) -> list[tuple[Any, Node]]:
        return [(name, entry.value if isinstance(entry, Item) else entry) for name, entry in self.children.items()]

    def text(self) -> bytes:
        parts = []
        if self.block is not None:
            parts.append(self.source.text[_start(self.block) : self.block.end])
        for entry in self.children.values():
            if isinstance(entry, _Blocks):
                parts.append(entry.text())
            elif self.block is None:
                parts += [self.source.of(entry.name), self.source.text[entry.value.start : entry.value.end]]
        return b"".join(parts)

    def get(self, key: Any) -> Node:
        entry = self._entry(key)
        if not isinstance(entry, Item):
            return entry
        self._touch()
        return entry.value

    def put(self, key: Any, data: Any) -> None:
        entry = self.children.get(key)
        if isinstance(entry, Item):
            self._touch()
            base = self.source.of(entry.before).rpartition(b"\n")[2]
            entry.value = fresh(data, self.shape.of(key), base, self.source, entry.value)
        elif entry is not None:
            raise CannotMutate
        elif isinstance(data, dict) and self.shape.of(key).block:
            self._put_table(key, data)
        else:
            self._put_statement(key, data)

    def insert(self, at: int, data: Any) -> None:
        raise CannotMutate

    def drop(self, key: Any) -> None:
        entry = self._entry(key)
        if isinstance(entry, Item):
            block = self._touch()
            self.source.blank(entry.before)
            block.items.remove(entry)
        elif isinstance(entry, Table) and entry.dotted:
            raise CannotMutate
        else:
            entry.remove_blocks()
        del self.children[key]

    def _entry(self, key: Any) -> Item | Table | Tables:
        if not isinstance(key, str) or key not in self.children:
            raise InvalidPath
        return self.children[key]

    def _touch(self) -> Block:
        block = self.block or self.dotted
        if block is None:
            raise CannotMutate
        block.changed = True
        return block

    def _put_statement(self, key: str, data: Any) -> None:
        block = self.block
        # Above the first header there is no telling how a statement is set off from what follows.
        if block is None or (not block.items and block.head == (0, 0)):
            raise CannotMutate
        at = self.shape.place(key, [str(item.key) for item in block.items])
        above = block.items[at - 1].after if at else block.head
        indent, separator = b"", b" = "
        if block.items:
            beside = block.items[max(at - 1, 0)]
            indent, separator = self.source.of(beside.before).rpartition(b"\n")[2], self.source.of(beside.separator)
            if at == 0 and block.head == (0, 0):
                self.source.blank(beside.before)
        line_end = _line_end(self.source.of(above)) if above != (0, 0) else b"\n"
        block.changed = True
        value = fresh(data, self.shape.of(key), indent, self.source)
        item = Item(indent, key, self.source.name(key), separator, value, line_end)
        block.items.insert(at, item)
        self.children[key] = item

    def _put_table(self, key: str, data: dict[str, Any]) -> None:
        own = self.own_blocks()
        if not own:
            raise CannotMutate
        table = made_table(self, (*self.path, key), data, self.shape.of(key), b"[%b]")
        at = self.blocks.index(own[-1]) + 1
        self.blocks[at:at] = table.own_blocks()
        self.children[key] = table


class Tables(_Blocks):
    """A sequence of tables, each under a header in two brackets."""

    is_mapping = False

    def __init__(self, source: Source, blocks: list[Block], path: tuple[str, ...]) -> None:
        super().__init__(source, blocks, path)
        self.elements: list[Table] = []

    def own_blocks(self) -> list[Block]:
        return [block for element in self.elements for block in element.own_blocks()]

    def entries(self) -> list[tuple[Any, Node]]:
        return list(enumerate(self.elements))

    def text(self) -> bytes:
        return b"".join(element.text() for element in self.elements)

    def get(self, key: Any) -> Node:
        if not 0 <= key < len(self.elements):
            raise InvalidPath
        return self.elements[key]

    def put(self, key: Any, data: Any) -> None:
        self.get(key)
        raise CannotMutate

    def insert(self, at: int, data: Any) -> None:
        element = made_table(self, self.path, data, self.shape.of(None), b"[[%b]]")
        if at < len(self.elements):
            place = self.blocks.index(self.elements[at].own_blocks()[0])
        elif self.elements:
            place = self.blocks.index(self.own_blocks()[-1]) + 1
        else:
            raise CannotMutate
        self.blocks[place:place] = element.own_blocks()
        self.elements.insert(at, element)

    def drop(self, key: Any) -> None:
        self.get(key).remove_blocks()
        del self.elements[key]


def made_table(near: _Blocks, path: tuple[str, ...], data: Any, shape: Shape, brackets: bytes) -> Table:
    """A new table with its blocks, which are not yet among those of the text. Raises CannotMutate."""
    written = shape.block
    if not isinstance(data, dict) or not isinstance(written, _Written):
        raise CannotMutate
    source = near.source
    head = brackets % b".".join(map(source.name, path)) + written.line_end
    table = Table(source, near.blocks, path, Block(written.lead, head, 0, 0, changed=True))
    table.shape = shape
    for key in shape.ordered(list(data)):
        inner, value = shape.of(key), data[key]
        if isinstance(value, dict) and inner.block:
            table.children[key] = made_table(near, (*path, key), value, inner, b"[%b]")
            continue
        if isinstance(value, list) and inner.each is not None and inner.each.block:
            raise CannotMutate
        made = Item(b"", key, source.name(key), written.separator, fresh(value, inner, b"", source), written.line_end)
        assert table.block is not None
        table.block.items.append(made)
        table.children[key] = made
    return table


def learn_table(table: Table, shape: Shape) -> None:
    """Take up the layout of all that is in `table`."""
    table.shape = shape
    source = table.source
    if table.block is not None:
        _learn_block(table.block, shape, source)
    see_fields(shape, list(table.children), [value for _, value in table.entries()])
    for key, entry in table.children.items():
        inner = shape.of(key)
        match entry:
            case Item():
                learn(entry.value, inner, source)
            case Table():
                learn_table(entry, inner)
            case Tables():
                entry.shape = inner
                for element in entry.elements:
                    learn_table(element, inner.of(None))


def _learn_block(block: Block, shape: Shape, source: Source) -> None:
    lead = source.of(block.lead)
    if block.head == (0, 0) or lead.strip() or (shape.block and not lead):
        return
    head = source.of(block.head)
    if head.endswith(b"\n"):
        separator = source.of(block.items[0].separator) if block.items else b" = "
        shape.block = _Written(lead, _line_end(head), separator)


def _line_end(line: bytes) -> bytes:
    """How a line ends. Raises CannotMutate if it does not."""
    if not line.endswith(b"\n"):
        raise CannotMutate
    return b"\r\n" if line.endswith(b"\r\n") else b"\n"


def _start(block: Block) -> int:
    """Where its header starts."""
    return block.head[0] if isinstance(block.head, tuple) else 0
