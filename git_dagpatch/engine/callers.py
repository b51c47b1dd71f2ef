"""Which lines of a tree use a definition: certain where the name there resolves to it, possible where it only may."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

from git_dagpatch.alignment.lines import lines_of
from git_dagpatch.languages.python_imports import modules_of
from git_dagpatch.languages.python_parts import Part, PartKind, Parts
from git_dagpatch.languages.python_references import Meant, References, Symbol
from git_dagpatch.languages.python_symbols import symbols_of
from git_dagpatch.model.impact import Caller
from git_dagpatch.model.paths import encode
from git_dagpatch.model.tree import Tree

_GIVEN = re.compile(rb"\w+\s*=(?!=)")
_WORD = re.compile(rb"[A-Za-z_\x80-\xff][\w\x80-\xff]*")


class Callers:
    """Who uses definitions of certain names in `tree`, whose modules are `parsed`.

    Only files that hold such a word are looked into.
    """

    def __init__(self, tree: Tree, names: Collection[str], parsed: Mapping[bytes, Parts]) -> None:
        self._tree = tree
        self._parsed = parsed
        self._references = References(lambda: modules_of(tree), self._read)
        self._names = frozenset(names)
        wanted = {name.encode() for name in names}
        self._files: dict[str, list[bytes]] = {name: [] for name in names}
        for path in sorted(parsed):
            for word in wanted & {*_WORD.findall(self._read(path) or b"")}:
                self._files[word.decode()].append(path)
        self._meanings: dict[bytes, Mapping[int, Meant]] = {}

    def _read(self, path: bytes) -> bytes | None:
        return self._tree.read(path) if self._tree.file(path) is not None else None

    def of(self, part: Part, *, gone: bool) -> list[Caller]:
        """The lines that use a definition, once each; one that is gone is used by nobody for certain."""
        symbol = None if gone else self._symbol(part)
        found: dict[tuple[bytes, int], Caller] = {}
        for path in self._files.get(part.name, ()):
            for line, certain in self._uses(path, part, symbol):
                if path == part.path and not gone and part.line <= line <= part.last:
                    continue
                key = path, line
                told = certain or (key in found and found[key].certain)
                found[key] = Caller(encode(path), line, self._around(path, line), told)
        return [found[key] for key in sorted(found, key=lambda key: (not found[key].certain, key))]

    def _meaning(self, path: bytes) -> Mapping[int, Meant]:
        if path not in self._meanings:
            self._meanings[path] = self._references.meaning(path, self._names) or {}
        return self._meanings[path]

    def _symbol(self, part: Part) -> Symbol:
        """What a definition resolves to: of a method, that of the highest class that has it."""
        text = self._read(part.path) or b""
        symbols = symbols_of(text)
        for definition in symbols.definitions if symbols is not None else ():
            if definition.qualified == part.qualified:
                meant = self._meaning(part.path).get(definition.place)
                return meant.symbol if meant is not None and meant.symbol else Symbol(part.path, part.qualified)
        return Symbol(part.path, part.qualified)

    def _uses(self, path: bytes, part: Part, symbol: Symbol | None) -> Iterator[tuple[int, bool]]:
        text = self._read(path) or b""
        lines = lines_of(text)
        skipped = {
            number
            for one in self._parsed[path].parts
            if one.kind is PartKind.IMPORT or (one.name == part.name and one.kind is not PartKind.STATEMENT)
            for number in (range(one.line, one.last + 1) if one.kind is PartKind.IMPORT else (one.line,))
        }
        for start, meant in self._meaning(path).items():
            line = lines.number_at(start) + 1
            if meant.name != part.name or line in skipped:
                continue
            if meant.symbol is not None and meant.symbol == symbol:
                yield line, symbol.qualified == part.qualified
            elif meant.symbol is None and _may_be(text, start, is_member=bool(part.owner)):
                yield line, False

    def _around(self, path: bytes, line: int) -> str:
        inside = [
            one
            for one in self._parsed[path].parts
            if one.kind in (PartKind.FUNCTION, PartKind.CLASS) and one.line <= line <= one.last
        ]
        return max(inside, key=lambda one: one.line).qualified if inside else ""


def _may_be(text: bytes, start: int, *, is_member: bool) -> bool:
    """Whether a name of which nothing is known may be a member, or something of a module."""
    if text[:start].rstrip().endswith(b"."):
        return True
    return not is_member and _GIVEN.match(text, start) is None
