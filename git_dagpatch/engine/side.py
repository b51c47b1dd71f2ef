"""A tree that came of base: what its identifiers mean, and where they name what is renamed."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence, Set
from typing import NamedTuple

from git_dagpatch.alignment.lines import lines_of
from git_dagpatch.discovery.renames import LIMIT
from git_dagpatch.engine.changed import PARSED, Changed, brought_lines
from git_dagpatch.engine.renamings import Renaming, called
from git_dagpatch.languages.python_imports import modules_of
from git_dagpatch.languages.python_references import Meant, References, Symbol
from git_dagpatch.model.tree import Tree

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


class Side(Changed):
    """A tree that came of `base`, and what is renamed between the two."""

    def __init__(
        self, base: Tree, tree: Tree, places: Mapping[bytes, bytes], changed: Mapping[bytes, bytes] | None = None
    ) -> None:
        super().__init__(base, tree, places, changed)
        self.references = References(lambda: modules_of(tree), self.read)
        self.renamings = []
        self._left = PARSED
        self._marks: dict[bytes, list[Mark]] = {}

    @classmethod
    def of(cls, changed: Changed) -> Side:
        """`changed` as a tree whose identifiers can be asked for."""
        return changed if isinstance(changed, Side) else cls(changed.base, changed.tree, changed.places)

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


def _mentions(renamings: Sequence[Renaming], text: bytes) -> list[tuple[int, str]]:
    """Where the old names stand in `text` as words, and which one does."""
    if not renamings:
        return []
    words = b"|".join(re.escape(name.encode()) for name in sorted({one.old for one in renamings}))
    pattern = re.compile(rb"(?<![\w\x80-\xff])(?:%b)(?![\w\x80-\xff])" % words)
    return [(match.start(), match[0].decode()) for match in pattern.finditer(text)]
