"""TOML as a tree that can be written again with all its layout. That it is read rightly, Python's own reader says."""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache
from typing import Any, TypeAlias

from git_dagpatch.languages.data_document import Document, data_of
from git_dagpatch.languages.data_tree import Flow, Habits, Item, Layout, Node, Scalar, Shape, Source
from git_dagpatch.languages.data_values import CannotMutate, is_portable, same
from git_dagpatch.languages.toml_tables import Block, Table, Tables, learn_table, pieces_of
from git_dagpatch.model.operation import MAX_DEPTH

_PART = rb"""(?:[A-Za-z0-9_-]+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*')"""
_KEYS = re.compile(rb"%b(?:[ \t]*\.[ \t]*%b)*" % (_PART, _PART))
_ONE_KEY = re.compile(_PART)
_LEAD = re.compile(rb"(?:[ \t]*(?:#[^\n]*)?\r?\n)*[ \t]*")
_HEADER = re.compile(rb"\[(\[)?[ \t]*(%b)[ \t]*\](?(1)\])" % _KEYS.pattern)
_HEADER_END = re.compile(rb"[ \t]*(?:#[^\n]*)?(?:\r?\n|\Z)")
_EQUALS = re.compile(rb"[ \t]*=[ \t]*")
_GAP = re.compile(rb"(?:[ \t\r\n]|#[^\n]*)*")
_SCALAR = re.compile(
    rb'"""(?:[^"\\]|\\.|"{1,2}(?!"))*"{3,5}|' + rb"'''(?:[^']|'{1,2}(?!'))*'{3,5}|"
    rb'"(?:[^"\\\n]|\\.)*"|' + rb"'[^'\n]*'|"
    rb"[^\s,\]}#\"'](?:[^,\]}#\r\n]*[^\s,\]}#])?",
    re.DOTALL,
)
_INTEGER = re.compile(rb"-?(?:0|[1-9]\d{0,17})")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r"}
_CONTROL = re.compile(r'["\\\x00-\x1f\x7f]')
_LIST = Layout(b"", b" ", b"", b"", b"")
_TABLE = Layout(b" ", b" ", b" ", b"", b" = ")

Entry: TypeAlias = Item | Table | Tables


class _TomlSource(Source):
    def layout(self, kind: type, on_one_line: bool) -> Layout:
        return _TABLE if kind is dict else _LIST

    def scalar(self, value: Any, quote: bytes) -> bytes:
        if value is None or not is_portable(value):
            raise CannotMutate
        if isinstance(value, str):
            if quote == b"'" and "'" not in value and value.isprintable():
                return b"'%b'" % value.encode()
            return ('"' + _CONTROL.sub(_escape, value) + '"').encode()
        return (str(value).lower() if isinstance(value, bool) else repr(value)).encode()

    def name(self, name: str) -> bytes:
        return name.encode() if _BARE.fullmatch(name) else self.scalar(name, b'"')


def _escape(found: re.Match[str]) -> str:
    return _ESCAPES.get(found[0], f"\\u{ord(found[0]):04X}")


@lru_cache(maxsize=8)
def _loaded(text: bytes) -> Any:
    """The value of a text, which nobody may change; several ask for that of one text."""
    return tomllib.loads(text.decode())


class TomlDocument(Document):
    """A text of TOML 1.0. Raises CannotMutate where it is not, or has what cannot be changed for sure."""

    def __init__(self, text: bytes) -> None:
        self.source = _TomlSource(text)
        self.read = self.value(text)
        self.blocks = [Block((0, 0), (0, 0), 0, 0)]
        self.root = Table(self.source, self.blocks, (), self.blocks[0])
        self._take(text)
        if not same(data_of(self.root), self.read):
            raise CannotMutate
        learn_table(self.root, Shape(Habits()))

    def value(self, text: bytes) -> Any:
        try:
            return _loaded(text)
        except (ValueError, RecursionError) as error:
            raise CannotMutate from error

    def pieces(self) -> Any:
        return pieces_of(self.blocks, self.source, self._end)

    def _take(self, text: bytes) -> None:
        """The statements of the text, each taken into its table."""
        position, block, table = 0, self.blocks[0], self.root
        while True:
            start = _end(_LEAD, text, position)
            if start == len(text):
                break
            lead = (position, start)
            header = _HEADER.match(text, start)
            if header:
                position = _end(_HEADER_END, text, header.end())
                block = Block(lead, (start, position), lead[0], position)
                self.blocks.append(block)
                table = _open(self.root, _names(header[2]), block, is_element=bool(header[1]))
                continue
            end = _end(_KEYS, text, start)
            value_at = _end(_EQUALS, text, end)
            value = _read(text, value_at, 0)
            position = _end(_HEADER_END, text, value.end)
            names = _names(text[start:end])
            item = Item(lead, names[0], (start, end), (end, value_at), value, (value.end, position))
            block.items.append(item)
            block.end = position
            _define(table, names, item, block)
        self._end = position


def _names(keys: bytes) -> list[str]:
    """The parts of a dotted key."""
    return [str(_string(part)) if part[:1] in (b'"', b"'") else part.decode() for part in _ONE_KEY.findall(keys)]


def _open(root: Table, names: list[str], block: Block, *, is_element: bool) -> Table:
    """The table that the header in `block` opens."""
    table = root
    for name in names[:-1]:
        table = _below(table, name)
    last = names[-1]
    if is_element:
        elements = table.children.setdefault(last, Tables(table.source, table.blocks, (*table.path, last)))
        if not isinstance(elements, Tables):
            raise CannotMutate
        opened = Table(table.source, table.blocks, elements.path, block)
        elements.elements.append(opened)
        return opened
    found = table.children.setdefault(last, Table(table.source, table.blocks, (*table.path, last), None))
    if not isinstance(found, Table) or found.block is not None:
        raise CannotMutate
    found.block = block
    return found


def _below(table: Table, name: str) -> Table:
    found = table.children.setdefault(name, Table(table.source, table.blocks, (*table.path, name), None))
    if isinstance(found, Tables):
        return found.elements[-1]
    if not isinstance(found, Table):
        raise CannotMutate
    return found


def _define(table: Table, names: list[str], item: Item, block: Block) -> None:
    for name in names[:-1]:
        table = _below(table, name)
        table.dotted = block
    if names[-1] in table.children:
        raise CannotMutate
    table.children[names[-1]] = item


def _end(what: re.Pattern[bytes], text: bytes, at: int) -> int:
    found = what.match(text, at)
    if found is None:
        raise CannotMutate
    return found.end()


def _string(raw: bytes) -> Any:
    """What a value without parts says."""
    quote = raw[:1]
    if quote in (b'"', b"'") and b"\\" not in raw and raw[1:3] != quote * 2:
        return raw[1:-1].decode()
    if _INTEGER.fullmatch(raw):
        return int(raw)
    try:
        return tomllib.loads(f"x = {raw.decode()}")["x"]
    except ValueError as error:
        raise CannotMutate from error


def _read(text: bytes, at: int, depth: int) -> Node:
    """The value that starts at `at`."""
    opening = text[at : at + 1]
    if opening not in (b"{", b"["):
        end = _end(_SCALAR, text, at)
        return Scalar(at, end, _string(text[at:end]))
    if depth > MAX_DEPTH:
        raise CannotMutate
    is_mapping, closing = opening == b"{", (b"}" if opening == b"{" else b"]")
    items: list[Item] = []
    position = at + 1
    while True:
        start = _end(_GAP, text, position)
        if text[start : start + 1] == closing:
            return Flow(at, start + 1, is_mapping, items, (position, start) if items else None)
        key, name, separator, value_at = None, (start, start), (start, start), start
        if is_mapping:
            end = _end(_ONE_KEY, text, start)
            value_at = _end(_EQUALS, text, end)
            key, name, separator = _names(text[start:end])[0], (start, end), (end, value_at)
        value = _read(text, value_at, depth + 1)
        end = _end(_GAP, text, value.end)
        items.append(Item((position, start), key, name, separator, value, (value.end, end)))
        if text[end : end + 1] == closing:
            return Flow(at, end + 1, is_mapping, items)
        if text[end : end + 1] != b",":
            raise CannotMutate
        position = end + 1
