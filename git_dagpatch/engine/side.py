"""A tree that came of base: what its identifiers mean, and where they name what is renamed."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence, Set
from functools import cached_property
from typing import NamedTuple

from git_dagpatch.alignment.files import differences
from git_dagpatch.alignment.lines import diff, lines_of
from git_dagpatch.discovery.renames import LIMIT
from git_dagpatch.engine.renamings import Renaming, called
from git_dagpatch.languages import language_of
from git_dagpatch.languages.python_imports import modules_of
from git_dagpatch.languages.python_references import Meant, References, Symbol
from git_dagpatch.model.objects import SUBMODULE, SYMLINK, Entry
from git_dagpatch.model.tree import Tree

PARSED = 4_000_000
"""Bytes of a side's files that are read as code, or searched for words that are gone."""
_INSIDE = frozenset(("variable",))
"""Kinds whose name a person need not look for elsewhere."""


class Mark(NamedTuple):
    """A mention of a renamed symbol's old name in a text."""

    start: int
    renaming: Renaming
    certain: bool
    brought: bool
    """Whether it stands in a line that base does not have."""

    @property
    def growth(self) -> int:
        return len(self.renaming.new.encode()) - len(self.renaming.old.encode())


class Side:
    """A tree that came of `base`, and what is renamed between the two."""

    def __init__(
        self, base: Tree, tree: Tree, places: Mapping[bytes, bytes], changed: Mapping[bytes, bytes] | None = None
    ) -> None:
        self.base = base
        self.tree = tree
        self.places = places
        """Path in base → path here, of files that moved."""
        self.references = References(lambda: modules_of(tree), self.read)
        self.renamings = []
        self._changed = changed or {}
        self._left = PARSED
        self._marks: dict[bytes, list[Mark]] = {}

    def read(self, path: bytes) -> bytes | None:
        """The file at `path`; None where there is no regular one."""
        if path in self._changed:
            return self._changed[path]
        entry = self.tree.file(path)
        return self.tree.read(path) if entry is not None and is_file(entry) else None

    @property
    def renamings(self) -> list[Renaming]:
        """What is renamed here."""
        return self._renamings

    @renamings.setter
    def renamings(self, found: list[Renaming]) -> None:
        self._renamings = found
        self._names = {one.symbol: one.new for one in found}
        self._here: dict[Symbol, Symbol] = {}

    def here(self, symbol: Symbol) -> Symbol:
        """What `symbol` of base is called here."""
        if symbol not in self._here:
            self._here[symbol] = called(symbol, self._names)._replace(path=self.places.get(symbol.path, symbol.path))
        return self._here[symbol]

    def beside(self, symbol: Symbol, name: str) -> Symbol:
        """What is called `name` here, where `symbol` of base is."""
        found = self.here(symbol)
        above, dot, _ = found.qualified.rpartition(".")
        return found._replace(qualified=above + dot + name)

    def marks(self, path: bytes, before: bytes, renamings: Sequence[Renaming]) -> list[Mark]:
        """The mentions of `renamings` in the file at `path`, in order; `before` is what it was in base.

        A side is asked for the same `renamings` each time.
        """
        if path not in self._marks:
            text = self.read(path) or b""
            self._marks[path] = self._found(path, before, renamings, _mentions(renamings, text))
        return self._marks[path]

    def new_marks(self, path: bytes, before: Callable[[], bytes], renamings: Sequence[Renaming]) -> list[Mark]:
        """Those of the mentions that stand in lines which base does not have."""
        text = self.read(path) or b""
        places = _mentions(renamings, text)
        if not places:
            return []
        lines, brought = lines_of(text), brought_lines(before(), text)
        new = [(start, name) for start, name in places if lines.number_at(start) in brought]
        return self._found(path, before(), renamings, new)

    def _found(
        self, path: bytes, before: bytes, renamings: Sequence[Renaming], places: Sequence[tuple[int, str]]
    ) -> list[Mark]:
        if not places:
            return []
        text = self.read(path) or b""
        by_old: dict[str, list[Renaming]] = defaultdict(list)
        by_symbol: dict[Symbol, list[Renaming]] = defaultdict(list)
        for renaming in renamings:
            by_old[renaming.old].append(renaming)
            by_symbol[self.here(renaming.symbol)].append(renaming)
        known = self._meaning(path, text, by_old.keys())
        lines, brought = lines_of(text), brought_lines(before, text)
        found = []
        for start, name in places:
            meant = known[start].symbol if start in known else None
            fits = [one for one in by_symbol.get(meant, ()) if one.old == name] if meant is not None else []
            told = fits or [one for one in by_old[name] if one.kind not in _INSIDE]
            if told:
                certain = bool(fits) and fits[0].kept
                found.append(Mark(start, told[0], certain, lines.number_at(start) in brought))
        return found

    def _meaning(self, path: bytes, text: bytes, names: Set[str]) -> Mapping[int, Meant]:
        self._left -= len(text)
        if len(text) > LIMIT or self._left < 0:
            return {}
        return self.references.meaning(path, names) or {}

    @cached_property
    def starts(self) -> Mapping[bytes, bytes]:
        """Path here → path in base, of files that moved."""
        return {there: start for start, there in self.places.items()}

    @cached_property
    def brought(self) -> list[bytes]:
        """The Python files that this side changed or added."""
        return [
            path
            for path, _, entry in differences(self.base, self.tree)
            if entry is not None and is_file(entry) and language_of(path).name == "python"
        ]

    def before(self, path: bytes) -> bytes:
        """What the file at `path` here was in base, empty if it was not there."""
        entry = self.base.file(start := self.starts.get(path, path))
        return self.base.read(start) if entry is not None and is_file(entry) else b""

    def new_lines(self, path: bytes) -> Set[int]:
        """The lines of the file at `path`, from 0, that base does not have."""
        return brought_lines(self.before(path), self.read(path) or b"")


def _mentions(renamings: Sequence[Renaming], text: bytes) -> list[tuple[int, str]]:
    """Where the old names stand in `text` as words, and which one does."""
    if not renamings:
        return []
    words = b"|".join(re.escape(name.encode()) for name in sorted({one.old for one in renamings}))
    pattern = re.compile(rb"(?<![\w\x80-\xff])(?:%b)(?![\w\x80-\xff])" % words)
    return [(match.start(), match[0].decode()) for match in pattern.finditer(text)]


def brought_lines(before: bytes, after: bytes) -> Set[int]:
    """The lines of `after`, from 0, that `before` has not."""
    return {number for block in diff(before, after) for number in range(block.new_start, block.new_end)}


def is_file(entry: Entry) -> bool:
    return not entry.is_directory and entry.mode not in (SYMLINK, SUBMODULE)
