"""JSON as a tree that can be written again with all its layout: strict, in UTF-8, no name twice in an object."""

from __future__ import annotations

import json
import re
from typing import Any

from git_dagpatch.languages.data_document import Document
from git_dagpatch.languages.data_tree import Flow, Habits, Item, Layout, Node, Scalar, Shape, Source, learn
from git_dagpatch.languages.data_values import CannotMutate, is_portable
from git_dagpatch.model.operation import MAX_DEPTH

_GAP = re.compile(rb"[ \t\r\n]*")
_SCALAR = re.compile(rb'"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|true|false|null')
_COLON = re.compile(rb"[ \t\r\n]*:[ \t\r\n]*")
_ESCAPED = re.compile(rb"\\u(?!00[0-7])")
_COMPACT = Layout(b"", b" ", b"", b"", b": ")


class _JsonSource(Source):
    def __init__(self, text: bytes) -> None:
        super().__init__(text)
        self.escapes = text.isascii() and _ESCAPED.search(text) is not None

    def layout(self, kind: type, on_one_line: bool) -> Layout:
        known = [self.common[kind]] if kind in self.common else []
        known += [layout._replace(separator=b": ") for layout in self.common.values()]
        return next((layout for layout in known if not on_one_line or b"\n" not in layout.first), _COMPACT)

    def scalar(self, value: Any, quote: bytes) -> bytes:
        if not is_portable(value):
            raise CannotMutate
        return json.dumps(value, ensure_ascii=self.escapes).encode()

    def name(self, name: str) -> bytes:
        return self.scalar(name, b'"')


class JsonDocument(Document):
    """A text of JSON. Raises CannotMutate where it is not strict."""

    def __init__(self, text: bytes) -> None:
        self.source = _JsonSource(text)
        self.read = self.value(text)
        start = _end(_GAP, text, 0)
        root = _read(text, start, 0)
        if _end(_GAP, text, root.end) != len(text):
            raise CannotMutate
        learn(root, Shape(Habits()), self.source)
        self.begin(root)

    def value(self, text: bytes) -> Any:
        try:
            return json.loads(text.decode(), object_pairs_hook=_unique, parse_constant=_refuse)
        except (ValueError, RecursionError) as error:
            raise CannotMutate from error


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise CannotMutate
    return found


def _refuse(_: str) -> Any:
    raise CannotMutate


def _end(what: re.Pattern[bytes], text: bytes, at: int) -> int:
    found = what.match(text, at)
    if found is None:
        raise CannotMutate
    return found.end()


def _read(text: bytes, at: int, depth: int) -> Node:
    """The value that starts at `at`."""
    opening = text[at : at + 1]
    if opening not in (b"{", b"["):
        end = _end(_SCALAR, text, at)
        return Scalar(at, end, json.loads(text[at:end]))
    if depth > MAX_DEPTH:
        raise CannotMutate
    is_mapping, closing = opening == b"{", b"}" if opening == b"{" else b"]"
    items: list[Item] = []
    position = at + 1
    while True:
        start = _end(_GAP, text, position)
        if not items and text[start : start + 1] == closing:
            return Flow(at, start + 1, is_mapping)
        key, name, separator, value_at = None, (start, start), (start, start), start
        if is_mapping:
            end = _end(_SCALAR, text, start)
            value_at = _end(_COLON, text, end)
            key, name, separator = json.loads(text[start:end]), (start, end), (end, value_at)
        value = _read(text, value_at, depth + 1)
        end = _end(_GAP, text, value.end)
        items.append(Item((position, start), key, name, separator, value, (value.end, end)))
        if text[end : end + 1] == closing:
            return Flow(at, end + 1, is_mapping, items)
        if text[end : end + 1] != b",":
            raise CannotMutate
        position = end + 1
