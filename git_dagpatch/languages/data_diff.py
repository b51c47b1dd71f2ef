"""How do two values of data differ? The mutations that turn the one into the other, as few and short as can be told."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, Literal, NamedTuple, TypeAlias

from msgspec import UNSET, Struct, field

from git_dagpatch.languages.data_document import Document, Part, data_of, entries
from git_dagpatch.languages.data_tree import Flow, Node, Scalar, fresh, rendered
from git_dagpatch.languages.data_values import CannotMutate, child, is_portable, mutated, same
from git_dagpatch.model.effect import Span
from git_dagpatch.model.operation import Mutation, NewValue, Segment

_OVERHEAD = 30
"""What a mutation costs besides its value, in characters of values: paths repeat, so that they compress well."""
_NAMES = ("name", "id", "key", "repo", "path", "filename")
"""Fields that tell an element of a sequence from the others, the best first."""


Pair: TypeAlias = tuple[int | None, int | None]
"""Numbers of an old and a new element; None for what only comes or goes."""
Align: TypeAlias = Callable[[Sequence[bytes], Sequence[bytes]], Sequence[tuple[int, int, int, int]]]
"""Tells the blocks in which two sequences differ: start and end in the old one, start and end in the new one."""


class Found(NamedTuple):
    """A mutation, and the range of the text before in which its place is."""

    mutation: Mutation
    start: int
    end: int
    moves_others: bool
    """Whether something comes or goes, so that where other lines stand depends on it."""

    @property
    def mark(self) -> tuple[int, int, str]:
        """By what it is left out when it does not fit; paths change when others are left out."""
        operation = self.mutation.operation
        what = operation if operation == "remove" else json.dumps(_given(operation), sort_keys=True)
        return self.start, self.end, what


class Differ(Struct):
    """Compares the values of two documents of one format."""

    old: Document
    new: Document
    align: Align
    without: set[tuple[int, int, str]] = field(default_factory=set)
    """Marks of mutations that are left out."""
    is_used: bool = False
    """Whether mutations were carried out on the old document, which is read again then."""

    def mutations(self) -> list[Found]:
        """All of them, each to be made on what those before it leave."""
        if self.is_used:
            self.old, self.is_used = self.old.again(), False
        return self._between(self.old.root, self.new.root, [])[0]

    def attempt(self, found: Sequence[Found]) -> tuple[set[tuple[int, int, str]], tuple[Span, ...]]:
        """The marks of mutations that cannot be carried out, and what the others change in the text before."""
        document, self.is_used = self.old, True
        failing = set()
        for one in found:
            try:
                document.mutate(one.mutation)
            except CannotMutate:
                failing.add(one.mark)
        return failing, document.spans() if not failing else ()

    def names(self, path: Sequence[Segment]) -> list[str]:
        """What the elements above the last step of `path` are called in the old text; the innermost first."""
        value, names = self.old.read, list[str]()
        for segment in path[:-1]:
            value = child(value, segment)
            if segment.index is not UNSET and isinstance(value, dict):
                names += [value[name] for name in _NAMES if isinstance(value.get(name), str)][:1]
        return names[::-1]

    def is_proved(self, found: Sequence[Found]) -> bool:
        """Whether the values of the new text are those of the old one with these mutations."""
        return same(mutated(self.old.read, [one.mutation for one in found]), self.new.read)

    def _between(
        self, old: Node, new: Node, path: list[Segment], around: Node | None = None
    ) -> tuple[list[Found], float]:
        """What turns `old` into `new`, and what it costs; nothing where that cannot be told."""
        text = _text(new, self.new)
        if _text(old, self.old) == text:
            return [], 0
        found: list[Found] = []
        cost = float("inf")
        if not isinstance(old, Scalar) and not isinstance(new, Scalar) and old.is_mapping == new.is_mapping:
            found, cost = (self._fields if old.is_mapping else self._elements)(old, new, path)
        if len(text) + _OVERHEAD < cost:
            whole = self._whole(old, new, path, around)
            if whole:
                return whole, len(text) + _OVERHEAD
        return found, min(cost, 2 * len(text) + _OVERHEAD)

    def _whole(self, old: Node, new: Node, path: list[Segment], around: Node | None) -> list[Found]:
        """The value is set, if what is then written is what is wanted."""
        if isinstance(old, Part) or isinstance(new, Part) or (isinstance(old, Flow) and _has_comment(old, self.old)):
            return []
        data, source = data_of(new), self.old.source
        if not is_portable(data):
            return []
        on_one_line = isinstance(around, Flow) and around.is_on_one_line(source)
        try:
            made = rendered(fresh(data, old.shape, source.base(old.start), source, old, on_one_line), source)
        except CannotMutate:
            return []
        return self._found(path, NewValue(set=data), _range(old), False) if made == _text(new, self.new) else []

    def _fields(self, old: Node, new: Node, path: list[Segment]) -> tuple[list[Found], float]:
        before, after = dict(entries(old)), dict(entries(new))
        found: list[Found] = []
        cost = 0.0
        for key, value in before.items():
            below = [*path, Segment(field=key)]
            if key in after:
                some, costs = self._between(value, after[key], below, old)
            else:
                some, costs = self._found(below, "remove", _range(value)), _OVERHEAD
            found += some
            cost += costs
        for key, value in after.items():
            if key not in before:
                found += self._comes([*path, Segment(field=key)], "set", value, _range(old))
                cost += self._size(value)
        return found, cost

    def _elements(self, old: Node, new: Node, path: list[Segment]) -> tuple[list[Found], float]:
        before, after = [node for _, node in entries(old)], [node for _, node in entries(new)]
        found: list[Found] = []
        cost = 0.0
        at, done = 0, 0
        for one, other in _paired(before, after, self):
            below = [*path, Segment(index=at)]
            if one is not None and other is not None:
                some, costs = self._between(before[one], after[other], below, old)
                at += 1
            elif one is not None:
                some, costs = self._found(below, "remove", _range(before[one])), _OVERHEAD
                # What is not removed, because that did not fit, stays and counts.
                at += not some
            else:
                node = after[other or 0]
                if done < len(before):
                    some = self._comes(below, "insert", node, _range(before[done]))
                else:
                    some = self._comes(path, "append", node, _range(old))
                costs = self._size(node)
                at += bool(some)
            done += one is not None
            found += some
            cost += costs
        return found, cost

    def _size(self, node: Node) -> float:
        return len(_text(node, self.new)) + _OVERHEAD

    def _comes(self, path: list[Segment], how: str, node: Node, where: tuple[int, int]) -> list[Found]:
        data = data_of(node)
        return self._found(path, NewValue(**{how: data}), where) if is_portable(data) else []

    def _found(
        self,
        path: list[Segment],
        operation: Literal["remove"] | NewValue,
        where: tuple[int, int],
        moves_others: bool = True,
    ) -> list[Found]:
        found = Found(Mutation(path, operation), *where, moves_others)
        return [] if self.without and found.mark in self.without else [found]


def _given(operation: NewValue) -> Any:
    return next(value for value in (operation.set, operation.append, operation.insert) if value is not UNSET)


def _text(node: Node, document: Document) -> bytes:
    return node.text() if isinstance(node, Part) else document.source.text[node.start : node.end]


def _range(node: Node) -> tuple[int, int]:
    return node.extent() if isinstance(node, Part) else (node.start, node.end)


def _has_comment(flow: Flow, document: Document) -> bool:
    """Whether something stands in it that is no value."""
    gaps = [gap for item in flow.items for gap in (item.before, item.after)]
    if any(document.source.of(gap).strip() for gap in (*gaps, flow.tail or b"")):
        return True
    return any(isinstance(item.value, Flow) and _has_comment(item.value, document) for item in flow.items)


def _paired(before: Sequence[Node], after: Sequence[Node], differ: Differ) -> list[Pair]:
    """Which elements are which, in order."""
    olds = [_identity(node, differ.old) for node in before]
    news = [_identity(node, differ.new) for node in after]
    pairs: list[Pair] = []
    one = other = 0
    for old_start, old_end, new_start, new_end in differ.align(olds, news):
        pairs += zip(range(one, old_start), range(other, new_start), strict=True)
        old, new = range(old_start, old_end), range(new_start, new_end)
        # What has no name is paired in turn.
        shared = 0 if any(olds[at].startswith(_NAMED) for at in old) else min(len(old), len(new))
        pairs += zip(old[:shared], new[:shared], strict=True)
        # What comes does so first, so that there is something to stand beside.
        pairs += [(None, at) for at in new[shared:]]
        pairs += [(at, None) for at in old[shared:]]
        one, other = old_end, new_end
    return [*pairs, *zip(range(one, len(olds)), range(other, len(news)), strict=True)]


_NAMED = b"name:"


def _identity(node: Node, document: Document) -> bytes:
    """By what an element is told from the others."""
    if not isinstance(node, Scalar) and node.is_mapping:
        named = dict(entries(node))
        for name in _NAMES:
            value = named.get(name)
            if isinstance(value, Scalar) and isinstance(value.data, str):
                return _NAMED + value.data.encode(errors="surrogatepass")
    return _text(node, document)
