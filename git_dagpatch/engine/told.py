"""What an operation does, apart from where: by this operations of two patches are compared.

Line numbers and context lines are no part of it, so what a rebase shifts is still the same.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

from msgspec import Struct

from git_dagpatch.alignment.lines import Lines, lines_of, split_lines, whole_lines
from git_dagpatch.engine.execute import weave_in
from git_dagpatch.engine.state import State
from git_dagpatch.model.codec import dag
from git_dagpatch.model.dag import mask_of
from git_dagpatch.model.effect import Appear, Change, Relocate, Rewrite, SetMode, Span, SpellDirectory, Vanish
from git_dagpatch.model.ids import meaning
from git_dagpatch.model.operation import (
    BinaryDelta,
    Copy,
    Move,
    Operation,
    Rename,
    Reorder,
    StringReplace,
    Whitespace,
)
from git_dagpatch.model.patch import Patch
from git_dagpatch.model.paths import encode
from git_dagpatch.model.tree import Tree

What: TypeAlias = tuple[object, ...]
Strikes: TypeAlias = Mapping[str, tuple[tuple[bytes, bytes], ...]]
"""Path → what went and what came at each place of a file."""


class Told(Struct, frozen=True, eq=False):
    """One operation of a series."""

    operation: Operation
    commit: int
    """The number of its commit, from 0."""
    what: What
    """Equal of two operations that do the same."""
    place: str
    """The symbol or file that it is about; empty of one that is about many."""
    strikes: Strikes
    around: Mapping[str, tuple[tuple[bytes, bytes], ...]]
    """Path → the nearest lines above and below each of these places that are not blank."""
    lines: Mapping[str, tuple[int, ...]]
    """Path → the line of each of these places, from 0, in the state that the dependencies leave."""
    rows: tuple[bytes, ...]
    """What it does to lines, each with ``-`` or ``+`` before it, ``@`` before the name of each file, and ``\\`` before
    what is told about text instead of it."""

    @property
    def weight(self) -> int:
        """How much it says about which commit this is."""
        return 1 + min(len(self.rows), 50)


def tell(patch: Patch, base: Tree, commit: int) -> list[Told]:
    """The operations of a patch, each in the state that its dependencies leave."""
    graph = dag(patch.operations)
    lineages = weave_in(patch.operations, graph, base, graph.everything)
    alike: dict[int, list[int]] = defaultdict(list)
    for number, closure in enumerate(graph.closures):
        alike[closure].append(number)
    told: dict[int, Told] = {}
    for closure, numbers in alike.items():
        state = State(lineages, closure)
        effects = lineages.express(mask_of(numbers), closure)
        told |= {one: _told(patch.operations[one], commit, effects.get(one, {}), state) for one in numbers}
    return [told[number] for number in range(len(told))]


def _told(operation: Operation, commit: int, effect: Mapping[bytes, Change], state: State) -> Told:
    rows: list[bytes] = []
    strikes: dict[str, tuple[tuple[bytes, bytes], ...]] = {}
    around: dict[str, tuple[tuple[bytes, bytes], ...]] = {}
    lines: dict[str, tuple[int, ...]] = {}
    for path, change in sorted(effect.items()):
        if len(effect) > 1:
            rows.append(b"@" + path)
        rows += _rows(path, change, state)
        if isinstance(change, Rewrite):
            text, name = state.read(path), encode(path)
            numbered = lines_of(text)
            strikes[name] = tuple((text[one.start : one.end], one.insert) for one in change.spans)
            around[name] = tuple(_around(numbered, change.spans))
            lines[name] = tuple(numbered.number_at(one.start) for one in change.spans)
    what, place = _what(operation, rows)
    return Told(operation, commit, what, place, strikes, around, lines, tuple(rows))


def _what(operation: Operation, rows: Sequence[bytes]) -> tuple[What, str]:
    """What an operation does, and what it is about."""
    match operation:
        case Move(source=source, target=target) | Copy(source=source, target=target):
            return (operation.type, _name(source), _name(target)), f"{source} → {target}"
        case Rename(symbol=symbol, symbol_kind=kind, new_name=name):
            return (operation.type, kind, _name(symbol), name), symbol
        case StringReplace(pattern=pattern, replacement=replacement):
            return (operation.type, pattern, replacement), ""
        case Whitespace(transform=transform):
            return (operation.type, transform.name, transform.to), ""
        case Reorder(order=order, siblings=siblings, target=target):
            return (operation.type, tuple(order), tuple(siblings)), target
        case BinaryDelta(after=after, target=target):
            return (operation.type, after), target
        case _:
            mode = str(meaning(operation).get("mode", ""))
            return (operation.type, mode, *rows), str(getattr(operation, "target", ""))


def _name(place: str) -> str:
    """A symbol's own name, or a file's, without where it is."""
    path, colon, symbol = place.partition(":")
    return symbol.rpartition(".")[2] if colon and symbol else path.rpartition("/")[2]


def _rows(path: bytes, change: Change, state: State) -> Iterator[bytes]:
    match change:
        case Rewrite(spans):
            text = state.read(path)
            for span in whole_lines(text, spans):
                yield from _marked(b"-", text[span.start : span.end])
                yield from _marked(b"+", span.insert)
        case Appear(_, content):
            yield from _marked(b"+", content)
        case Vanish():
            yield from _marked(b"-", state.read(path))
        case SetMode(mode):
            yield b"-mode " + state.mode(path).encode()
            yield b"+mode " + mode.encode()
        case SpellDirectory(mode):
            yield b"+mode " + mode.encode()
        case Relocate(target):
            yield b"-" + path
            yield b"+" + target


def _marked(mark: bytes, text: bytes) -> Iterator[bytes]:
    if b"\0" in text:
        told = f"{len(text):,} bytes that are no text, SHA-256 {hashlib.sha256(text).hexdigest()[:12]}"
        yield b"\\" + mark + told.encode()
        return
    for line in split_lines(text):
        yield mark + line.removesuffix(b"\n")
    if text and not text.endswith(b"\n"):
        yield b"\\ no newline at the end"


def _around(lines: Lines, spans: Sequence[Span]) -> Iterator[tuple[bytes, bytes]]:
    """The nearest lines above and below each span that are not blank."""
    for span in spans:
        above, below = lines.number_at(span.start) - 1, lines.number_at(span.end)
        while above >= 0 and not lines.lines[above].strip():
            above -= 1
        while below < len(lines.lines) and not lines.lines[below].strip():
            below += 1
        yield (
            lines.lines[above].strip() if above >= 0 else b"",
            lines.lines[below].strip() if below < len(lines.lines) else b"",
        )
