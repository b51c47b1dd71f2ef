"""YAML as a tree in which scalars can be changed: one document, no anchor used, no key twice.

Only a scalar that stands on one line gets another value. Plain scalars of which readers of YAML disagree what they mean
are left alone.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from git_dagpatch.languages.data_document import Document, Part, data_of
from git_dagpatch.languages.data_tree import Fresh, Habits, Layout, Piece, Scalar, Shape, Source, fresh, rendered
from git_dagpatch.languages.data_values import CannotMutate, InvalidPath, is_portable

_LONGEST = 200_000
"""Characters; the parser is slow."""
_PLAIN = re.compile(r"[A-Za-z_./][\w./@+%=~^$-]*(?:[ ][\w./@+%=~^$(-][\w./@+%=~^$()-]*)*|v?\d+(?:\.\d+){2,}", re.ASCII)
_WORDS = frozenset(("y", "n", "yes", "no", "on", "off", "true", "false", "null", ".inf", ".nan", ".", "..", "..."))
_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,14}")
_FLOAT = re.compile(r"-?(?:0|[1-9][0-9]*)\.[0-9]+")
_KNOWN = {"true": True, "false": False, "null": None, "True": True, "False": False}


class _YamlSource(Source):
    def layout(self, kind: type, on_one_line: bool) -> Layout:
        raise CannotMutate

    def scalar(self, value: Any, quote: bytes) -> bytes:
        if not is_portable(value):
            raise CannotMutate
        if not isinstance(value, str):
            return json.dumps(value).encode()
        if quote == b"'" and value.isprintable():
            return b"'%b'" % value.replace("'", "''").encode()
        if quote != b'"' and _is_plain(value):
            return value.encode()
        return json.dumps(value, ensure_ascii=not value.isprintable()).encode()

    def name(self, name: str) -> bytes:
        raise CannotMutate


class _Collection(Part):
    """A sequence or mapping, in block style or in brackets."""

    def __init__(self, source: Source, is_mapping: bool, start: int, end: int) -> None:
        self.source = source
        self.is_mapping = is_mapping
        self.start = start
        self.end = end
        self.shape = Shape(Habits())
        self.changed = False
        self.children: dict[Any, Any] = {}
        self.replaced: list[tuple[Scalar, Fresh]] = []

    def entries(self) -> list[tuple[Any, Any]]:
        return list(self.children.items())

    def get(self, key: Any) -> Any:
        if key not in self.children:
            raise InvalidPath
        return self.children[key]

    def put(self, key: Any, data: Any) -> None:
        old = self.children.get(key)
        if isinstance(old, Fresh):
            old.data = data
            return
        if not isinstance(old, Scalar) or isinstance(old.data, _Unclear) or isinstance(data, dict | list):
            raise CannotMutate
        new = fresh(data, self.shape, b"", self.source, old)
        self.replaced.append((old, new))
        self.children[key] = new

    def insert(self, at: int, data: Any) -> None:
        raise CannotMutate

    def drop(self, key: Any) -> None:
        self.get(key)
        raise CannotMutate

    def text(self) -> bytes:
        return self.source.text[self.start : self.end]

    def extent(self) -> tuple[int, int]:
        return self.start, self.end

    def all_replaced(self) -> Iterator[tuple[Scalar, Fresh]]:
        yield from self.replaced
        for child in self.children.values():
            if isinstance(child, _Collection):
                yield from child.all_replaced()


class _Unclear(str):
    """What is written where a scalar stands whose value is not the same for all readers."""


class YamlDocument(Document):
    """A text of YAML. Raises CannotMutate where its scalars cannot be changed for sure."""

    def __init__(self, text: bytes) -> None:
        self.source = _YamlSource(text)
        self.root = _Tree(text, self.source).root
        self.read = data_of(self.root)

    def value(self, text: bytes) -> Any:
        return data_of(_Tree(text, _YamlSource(text)).root)

    def pieces(self) -> Iterator[Piece]:
        position = 0
        for old, new in sorted(self.root.all_replaced(), key=lambda pair: pair[0].start):
            yield position, old.start
            yield rendered(new, self.source)
            position = old.end
        yield position, len(self.source.text)


class _Tree:
    def __init__(self, text: bytes, source: Source) -> None:
        try:
            self.text = text.decode()
            if len(self.text) > _LONGEST or self.text.startswith("\ufeff"):
                raise CannotMutate
            node = YAML(typ="safe", pure=False).compose(self.text)
        except (UnicodeDecodeError, YAMLError, RecursionError, AssertionError) as error:
            raise CannotMutate from error
        self.source = source
        self.seen: set[int] = set()
        self.shape = Shape(Habits())
        self.bytes = None if text.isascii() else _offsets(self.text)
        self.root = self._read(node)
        if not isinstance(self.root, _Collection):
            raise CannotMutate

    def _read(self, node: Node | None) -> Any:
        if node is None or id(node) in self.seen:
            raise CannotMutate
        self.seen.add(id(node))
        start, end = node.start_mark.index, node.end_mark.index
        if isinstance(node, ScalarNode):
            return Scalar(self._byte(start), self._byte(end), _data(node, self.text[start:end]), self.shape)
        is_mapping = isinstance(node, MappingNode)
        found = _Collection(self.source, is_mapping, self._byte(start), self._byte(end))
        if isinstance(node, SequenceNode):
            found.children = {number: self._read(child) for number, child in enumerate(node.value)}
            return found
        for key, child in node.value:
            if not isinstance(key, ScalarNode) or key.value in found.children or key.value == "<<":
                raise CannotMutate
            found.children[key.value] = self._read(child)
        return found

    def _byte(self, index: int) -> int:
        return index if self.bytes is None else self.bytes[index]


def _offsets(text: str) -> list[int]:
    """The byte at which each character starts, and one more for the end."""
    offsets, position = [], 0
    for character in text:
        offsets.append(position)
        position += len(character.encode())
    return [*offsets, position]


def _data(node: ScalarNode, raw: str) -> Any:
    """The value of a scalar, as far as all readers agree on it."""
    if raw[:1] in ("'", '"') and raw[-1:] == raw[:1] and "\n" not in raw and node.style == raw[:1]:
        return str(node.value)
    if raw != node.value:
        return _Unclear(raw)
    if raw in _KNOWN:
        return _KNOWN[raw]
    if _INTEGER.fullmatch(raw):
        return int(raw)
    if _FLOAT.fullmatch(raw):
        return float(raw)
    return raw if _is_plain(raw) else _Unclear(raw)


def _is_plain(value: str) -> bool:
    """Whether `value` is a string to all readers, where it stands without quotes."""
    return _PLAIN.fullmatch(value) is not None and value.lower() not in _WORDS
