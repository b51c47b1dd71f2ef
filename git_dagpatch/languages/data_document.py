"""A text of data that mutations can be carried out on, keeping its layout."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import Any, Literal, Self

from msgspec import UNSET

from git_dagpatch.languages.data_tree import (
    Flow,
    Fresh,
    Node,
    Piece,
    Scalar,
    Shape,
    Source,
    fresh,
    insert_in,
    pieces,
    remove_from,
    set_in,
    spans_of,
)
from git_dagpatch.languages.data_values import (
    CannotMutate,
    InvalidOperation,
    InvalidPath,
    key_of,
    mutate,
    mutated,
    same,
)
from git_dagpatch.model.effect import Span, rewrite
from git_dagpatch.model.operation import Mutation, NewValue, Segment


class Part(ABC):
    """A sequence or mapping that a format has besides those in brackets."""

    is_mapping: bool
    shape: Shape
    changed: bool

    @abstractmethod
    def entries(self) -> list[tuple[Any, Node]]:
        """Its fields or elements with their keys, in order."""

    @abstractmethod
    def get(self, key: Any) -> Node:
        """What stands at `key`. Raises InvalidPath."""

    @abstractmethod
    def put(self, key: Any, data: Any) -> None:
        """Set what stands at `key`, or let a field come. Raises CannotMutate."""

    @abstractmethod
    def insert(self, at: int, data: Any) -> None:
        """Let an element come. Raises CannotMutate."""

    @abstractmethod
    def drop(self, key: Any) -> None:
        """Let a field or an element go. Raises CannotMutate."""

    @abstractmethod
    def text(self) -> bytes:
        """All that is written of it, to be compared with another."""

    @abstractmethod
    def extent(self) -> tuple[int, int]:
        """The range of the text from its first to its last byte, which may hold others."""


class Document(ABC):
    """A text of data, read strictly. It is changed by what is carried out on it."""

    source: Source
    root: Node
    read: Any
    """The value of the text, as the format's own reader tells."""

    @abstractmethod
    def __init__(self, text: bytes) -> None:
        """Raises CannotMutate if the text is none that can be changed for sure."""

    def again(self) -> Self:
        """The document without what was carried out on it."""
        return type(self)(self.source.text)

    @abstractmethod
    def value(self, text: bytes) -> Any:
        """What a text of the format says, as the format's own reader tells. Raises CannotMutate if it is faulty."""

    def pieces(self) -> Iterator[Piece]:
        """What the text is made of now."""
        yield 0, self.root.start if not isinstance(self.root, Fresh) else self._start
        yield from pieces(self.root, self.source)
        yield self._end, len(self.source.text)

    def begin(self, root: Node) -> None:
        """Take `root` for the value of the text."""
        self.root = root
        self._start, self._end = root.start, root.end

    def spans(self) -> tuple[Span, ...]:
        """What was changed, in bytes of the text."""
        return spans_of(self.pieces(), self.source.text)

    def carry_out(self, mutations: Sequence[Mutation]) -> tuple[Span, ...]:
        """What `mutations` change, one after the other. Raises CannotMutate with the reason."""
        for mutation in mutations:
            self.mutate(mutation)
        return self.spans()

    def carry_out_proved(self, mutations: Sequence[Mutation]) -> tuple[Span, ...]:
        """The same; it is proved that the values after are what the mutations make of those before."""
        spans = self.carry_out(mutations)
        if not same(self.value(rewrite(self.source.text, spans)), mutated(self.read, mutations)):
            raise CannotMutate
        return spans

    def mutate(self, mutation: Mutation) -> None:
        """Carry out one mutation. Raises CannotMutate with the reason; the document is of no use then."""
        operation = mutation.operation
        path = mutation.path
        if not path and (operation == "remove" or operation.insert is not UNSET):
            raise InvalidOperation
        appends = operation != "remove" and operation.append is not UNSET
        node, above = self.root, None
        for number, segment in enumerate(path if appends else path[:-1]):
            if isinstance(node, Fresh):
                _mutate_fresh(node, path[number:], operation)
                return
            above = (node, key_of(segment))
            node = _step(node, segment)
        if isinstance(node, Fresh):
            _mutate_fresh(node, [] if appends else path[-1:], operation)
        elif appends:
            self._add(node, above, None, operation.append)  # type: ignore[union-attr]
        elif operation == "remove":
            self._remove(node, path[-1])
        elif not path:
            self._replace_root(operation.set)
        elif operation.set is not UNSET:
            self._set(node, above, path[-1], operation.set)
        else:
            self._add(node, above, path[-1], operation.insert)

    def _replace_root(self, data: Any) -> None:
        if isinstance(self.root, Part):
            raise CannotMutate
        self.root = fresh(data, self.root.shape, b"", self.source, self.root)

    def _set(self, node: Node, above: tuple[Node, Any] | None, segment: Segment, data: Any) -> None:
        key = key_of(segment)
        _check_kind(node, segment)
        node.changed = True
        if isinstance(node, Part):
            node.put(key, data)
        elif node.is_mapping and not node.items:
            self._put(above, {key: data})
        else:
            set_in(node, key, data, self.source)

    def _remove(self, node: Node, segment: Segment) -> None:
        _check_kind(node, segment)
        node.changed = True
        if isinstance(node, Part):
            node.drop(key_of(segment))
        else:
            remove_from(node, key_of(segment), self.source)

    def _add(self, node: Node, above: tuple[Node, Any] | None, segment: Segment | None, data: Any) -> None:
        """Let an element come before the one that `segment` tells of, or at the end."""
        if isinstance(node, Scalar) or node.is_mapping or (segment is not None and segment.index is UNSET):
            raise InvalidOperation
        count = len(node.entries() if isinstance(node, Part) else node.items)
        at = count if segment is None else key_of(segment)
        if not 0 <= at <= count:
            raise InvalidPath
        node.changed = True
        if isinstance(node, Part):
            node.insert(at, data)
        elif not node.items:
            self._put(above, [data])
        else:
            insert_in(node, at, None, data, self.source)

    def _put(self, above: tuple[Node, Any] | None, data: Any) -> None:
        """Set what was empty."""
        if above is None:
            self.root = fresh(data, self.root.shape, b"", self.source)
        elif isinstance(above[0], Part):
            above[0].put(above[1], data)
        else:
            set_in(above[0], above[1], data, self.source)


def _mutate_fresh(node: Fresh, path: Sequence[Segment], operation: Literal["remove"] | NewValue) -> None:
    box = [node.data]
    mutate([Segment(index=0), *path], operation, box)
    (node.data,) = box


def entries(node: Node) -> list[tuple[Any, Node]]:
    """The fields or elements of a sequence or mapping with their keys, in order."""
    if isinstance(node, Part):
        return node.entries()
    return [(number if item.key is None else item.key, item.value) for number, item in enumerate(node.items)]


def data_of(node: Node) -> Any:
    """The value of a node that no mutation has touched."""
    if isinstance(node, Scalar):
        return node.data
    if node.is_mapping:
        return {key: data_of(value) for key, value in entries(node)}
    return [data_of(value) for _, value in entries(node)]


def _check_kind(node: Node, segment: Segment) -> None:
    if isinstance(node, Scalar) or node.is_mapping == (segment.index is not UNSET):
        raise InvalidPath


def _step(node: Node, segment: Segment) -> Node:
    _check_kind(node, segment)
    node.changed = True
    if isinstance(node, Part):
        return node.get(key_of(segment))
    assert isinstance(node, Flow)
    return node.at(key_of(segment)).value
