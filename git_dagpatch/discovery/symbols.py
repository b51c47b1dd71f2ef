"""The definitions of the files that are not finished: on both sides, and which became which."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import accumulate

from msgspec import Struct, field

from git_dagpatch.alignment.definitions import Body, Pair, pair_definitions
from git_dagpatch.alignment.lines import Block, Lines, diff, lines_of, split_lines
from git_dagpatch.languages import language_of
from git_dagpatch.languages.language import CONTAINERS, Definition, Language
from git_dagpatch.operations.symbol_text import indentation_of, indented, only_definitions

_TOKEN = re.compile(rb"[\w\x80-\xff]+|[^\w\s]")
_MANY = 4_000_000
"""Of texts with more bytes than this, on one side of one language, nothing is looked for."""


class Symbol(Struct, frozen=True, eq=False):
    """A definition in its file."""

    body: Body
    start: int
    """First line from 0, with decorators and comments above."""
    end: int
    """The line after the last."""
    first: int
    """`start`, or the first of the blank lines right above it."""
    last: int
    """`end`; where no blank line is above, the blank lines below belong to it."""

    @property
    def path(self) -> bytes:
        return self.body.path

    @property
    def size(self) -> int:
        return self.end - self.start


class Side(Struct):
    """All definitions of one side, of files in one language."""

    texts: dict[bytes, bytes] = field(default_factory=dict)
    lines: dict[bytes, Lines] = field(default_factory=dict)
    symbols: list[Symbol] = field(default_factory=list)
    names: dict[bytes, set[str]] = field(default_factory=dict)
    parent: dict[Symbol, Symbol | None] = field(default_factory=dict)
    children: dict[tuple[bytes, Symbol | None], list[Symbol]] = field(default_factory=lambda: defaultdict(list))

    def add(self, path: bytes, text: bytes, found: Sequence[Definition]) -> None:
        self.texts[path] = text
        lines = self.lines[path] = lines_of(text)
        self.names[path] = {definition.name for definition in found}
        around: list[Symbol] = []
        for definition in found:
            while around and around[-1].end <= definition.start:
                around.pop()
            parent = around[-1] if around else None
            symbol = _symbol(path, definition, lines, parent.end if parent else len(lines.lines))
            around.append(symbol)
            self.symbols.append(symbol)
            self.parent[symbol] = parent
            self.children[path, parent].append(symbol)

    def of_file(self, path: bytes) -> list[Symbol]:
        """All definitions of one file."""
        return [symbol for symbol in self.symbols if symbol.path == path]

    def is_dense(self, siblings: Sequence[Symbol], language: Language) -> bool:
        """Whether no code stands between `siblings` but other definitions, and no two have one name."""
        path = siblings[0].path
        first, last = min(one.start for one in siblings), max(one.end for one in siblings)
        inside = [(one.start, one.end) for one in self.of_file(path) if first <= one.start and one.end <= last]
        names = {one.body.name for one in siblings}
        return len(names) == len(siblings) and only_definitions(self.lines[path].lines, inside, first, last, language)


def _symbol(path: bytes, definition: Definition, lines: Lines, limit: int) -> Symbol:
    """The symbol of a definition; lines from `limit` on are outside of what it is in."""
    first = start = definition.start
    while first > 0 and not lines.lines[first - 1].strip():
        first -= 1
    end = last = min(definition.end, len(lines.lines))
    if first == start:
        while last < limit and not lines.lines[last].strip():
            last += 1
    body = Body(path, definition.name, definition.kind, b"".join(lines.lines[start:end]))
    return Symbol(body, start, end, first, last)


class Paired:
    """Both sides of the files of one language."""

    def __init__(self, language: Language, old: Side, new: Side, pairs: Iterable[tuple[Symbol, Symbol]]) -> None:
        self.language, self.old, self.new = language, old, new
        self.new_of = dict(pairs)
        self.old_of = {new: old for old, new in self.new_of.items()}
        self._changed: dict[bytes, tuple[list[int], list[int]]] = {}
        self._blocks: dict[bytes, list[Block]] = {}

    def join(self, old: Symbol, new: Symbol) -> None:
        """Let `old` have become `new`."""
        self.new_of[old], self.old_of[new] = new, old

    def stays(self, old: Symbol) -> bool:
        """Whether it stands in the same file and in the same definition as before."""
        new = self.new_of.get(old)
        if new is None:
            return False
        one, other = self.old.parent[old], self.new.parent[new]
        if one is None or other is None:
            return one is other and old.path == new.path
        return self.new_of.get(one) is other

    def name(self, new: Symbol) -> str:
        """The qualified name that `new` has before anything is renamed."""
        old = self.old_of.get(new)
        if old is not None and self.stays(old):
            return old.body.name
        parent = self.new.parent[new]
        while new.body.kind == "attribute" and parent is not None and parent.body.kind not in CONTAINERS:
            parent = self.new.parent[parent]
        own = (old or new).body.own_name
        return own if parent is None else f"{self.name(parent)}.{own}"

    def name_before(self, new: Symbol) -> str:
        """The name of what stands right before `new` among its siblings then, or of what they are in."""
        parent = self.new.parent[new]
        for sibling in reversed(self.new.children.get((new.path, parent), ())):
            if sibling.start < new.start and sibling in self.old_of:
                return self.name(sibling)
        return "" if parent is None else self.name(parent)

    def is_free(self, new: Symbol) -> bool:
        """Whether no definition that stays has the name that `new` comes with; a rename may have to free it."""
        name = self.name(new)
        return name not in self.old.names[new.path] or not any(
            old.body.name == name and (old not in self.new_of or self.stays(old)) for old in self.old.of_file(new.path)
        )

    def falls(self, old: Symbol) -> int:
        """How many lines of `old` get into another definition, or out of one, with no sign of that in a plain diff.

        They have to be read nevertheless. 0 where the definition around it may just have got another name.
        """
        new = self.new_of[old]
        parent = self.old.parent[old]
        if old.path != new.path or (parent is not None and parent not in self.new_of):
            return 0
        added = self._changed_lines(new.path)[1]
        return new.size - added[new.end] + added[new.start]

    def indented(self, text: bytes, new: Symbol) -> bytes:
        """`text` as it stands at the place of `new`."""
        lines = self.new.lines[new.path].lines[new.start : new.end]
        return indented(text, indentation_of(lines, self.language), self.language)

    def fitted(self, text: bytes, new: Symbol, claimed: set[int]) -> list[bytes]:
        """The lines of `text` at the place of `new`, with the blank lines around it that are not yet `claimed`."""
        lines = self.new.lines[new.path].lines
        above, below = (
            [number for number in between if number not in claimed]
            for between in (range(new.first, new.start), range(new.end, new.last))
        )
        claimed.update(above, below)
        own = split_lines(self.indented(text, new))
        return [*(lines[number] for number in above), *own, *(lines[number] for number in below)]

    def shown(self, old: Symbol, new: Symbol) -> int:
        """How many lines of a pair a plain diff shows as removed or added."""
        removed, added = self._changed_lines(old.path)[0], self._changed_lines(new.path)[1]
        return removed[old.end] - removed[old.start] + added[new.end] - added[new.start]

    def added(self, new: Symbol) -> int:
        """How many lines of `new` a plain diff shows as added."""
        added = self._changed_lines(new.path)[1]
        return added[new.end] - added[new.start]

    def is_added(self, new: Symbol) -> bool:
        """Whether a plain diff shows all of it as added."""
        return self.added(new) == new.size

    def is_removed(self, old: Symbol) -> bool:
        """Whether a plain diff shows all of it as removed."""
        removed = self._changed_lines(old.path)[0]
        return removed[old.end] - removed[old.start] == old.size

    def changed_lines(self, path: bytes) -> tuple[set[bytes], set[bytes]]:
        """What stands in the lines that a plain diff shows as removed, and as added, without the white space around."""
        removed: set[bytes] = set()
        added: set[bytes] = set()
        for block in self._blocks_of(path):
            removed.update(map(bytes.strip, self.old.lines[path].lines[block.old_start : block.old_end]))
            added.update(map(bytes.strip, self.new.lines[path].lines[block.new_start : block.new_end]))
        return removed, added

    def _blocks_of(self, path: bytes) -> list[Block]:
        known = self._blocks.get(path)
        if known is None:
            known = self._blocks[path] = diff(self.old.texts[path], self.new.texts[path])
        return known

    def _changed_lines(self, path: bytes) -> tuple[list[int], list[int]]:
        """How many of the lines before each are changed, on both sides."""
        known = self._changed.get(path)
        if known is None:
            old, new = self.old.lines[path], self.new.lines[path]
            marks = [0] * len(old.lines), [0] * len(new.lines)
            for block in self._blocks_of(path):
                marks[0][block.old_start : block.old_end] = [1] * (block.old_end - block.old_start)
                marks[1][block.new_start : block.new_end] = [1] * (block.new_end - block.new_start)
            known = self._changed[path] = [0, *accumulate(marks[0])], [0, *accumulate(marks[1])]
        return known


def keys_of(language: Language, text: bytes) -> Sequence[bytes]:
    """What `text` is compared by: its tokens, or words where the language has none."""
    tokens = language.tokens(text)
    return _TOKEN.findall(text) if tokens is None else tokens.keys


def paired_symbols(files: Iterable[tuple[bytes, bytes, bytes]]) -> list[Paired]:
    """The definitions of files, given as (path, now, wanted), for each language that has any."""
    of_language: dict[str, list[tuple[bytes, bytes, bytes]]] = defaultdict(list)
    for file in files:
        of_language[language_of(file[0]).name].append(file)
    found = [_paired(language_of(group[0][0]), group) for _, group in sorted(of_language.items())]
    return [one for one in found if one is not None]


def _paired(language: Language, files: Sequence[tuple[bytes, bytes, bytes]]) -> Paired | None:
    if sum(len(now) + len(wanted) for _, now, wanted in files) > _MANY:
        return None
    old, new = Side(), Side()
    for path, now, wanted in files:
        before, after = language.definitions(now), language.definitions(wanted)
        if before is None or after is None:
            return None
        old.add(path, now, before)
        new.add(path, wanted, after)
    of_body = {symbol.body: symbol for side in (old, new) for symbol in side.symbols}
    pairs: list[Pair] = pair_definitions(
        [symbol.body for symbol in old.symbols],
        [symbol.body for symbol in new.symbols],
        lambda body: keys_of(language, body.text),
    )
    return Paired(language, old, new, ((of_body[pair.old], of_body[pair.new]) for pair in pairs))
