"""The import statements of a Python text, and what they become when modules stand elsewhere.

Positions are told by Python's own parser, and only the names of modules change, so that all else stays as it is
written. A statement of which only some names go elsewhere is divided; not where a comment, a backslash or another
statement shares its lines.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from msgspec import Struct

from git_dagpatch.languages.python_syntax import parsed
from git_dagpatch.model.effect import Span

_Statement: TypeAlias = ast.Import | ast.ImportFrom
_FROM = re.compile(rb"from(?:[ \t]+|(?=\.))([.\w \t]*[.\w])[ \t]*\bimport\b|from[ \t]*(\.+)[ \t]*import\b")


class Origin(NamedTuple):
    """Where a name is imported from."""

    module: str
    """With its dots in front."""
    name: str
    """What the module is asked for; empty for the module itself, as in ``import a.b``."""


class Imported(Struct, frozen=True):
    """One name of an import statement."""

    origin: Origin
    bound: str
    """The name that it has here, or the first part of it."""
    is_plain: bool
    """Whether the name is the module's own, with no ``as``."""
    line: int
    """From 0."""
    start: int
    statement: int
    """The number of the statement in the text."""


class Imports:
    """The import statements of `text`; none where Python does not take it."""

    def __init__(self, text: bytes) -> None:
        self._text = text
        tree = parsed(text)
        nodes = (
            [] if tree is None else [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
        )
        self._statements: list[_Statement] = sorted(nodes, key=lambda node: (node.lineno, node.col_offset))
        self._starts = [0]
        for line in text.split(b"\n"):
            self._starts.append(self._starts[-1] + len(line) + 1)
        if text.startswith(b"\xef\xbb\xbf"):
            self._starts[0] = 3
        self.names = [one for number, node in enumerate(self._statements) for one in self._of(number, node)]

    def _of(self, number: int, node: _Statement) -> Iterator[Imported]:
        for alias in node.names:
            if isinstance(node, ast.ImportFrom):
                origin = Origin("." * node.level + (node.module or ""), alias.name)
                bound = alias.asname or alias.name
            else:
                origin = Origin(alias.name, "")
                bound = alias.asname or alias.name.partition(".")[0]
            start = self._starts[alias.lineno - 1] + alias.col_offset
            yield Imported(origin, bound, alias.asname is None, alias.lineno - 1, start, number)

    def redirected(self, to: Mapping[Imported, Origin], called: Mapping[Imported, str]) -> tuple[Span, ...] | None:
        """What lets each of the names come from another place; None if it cannot.

        It keeps the name that it has here, unless `called` gives another one. ``import a.b`` has to be in `called`,
        with its first part: whoever asks sees to the code that says ``a.b``.
        """
        spans: list[Span] = []
        for number in sorted({one.statement for one in to}):
            node = self._statements[number]
            mine = [one for one in self.names if one.statement == number]
            wanted = [to.get(one, one.origin) for one in mine]
            bound = [called.get(one, one.bound) for one in mine]
            if isinstance(node, ast.Import):
                found = self._plain(node, wanted, bound, [one in called for one in mine])
            else:
                found = self._from(node, mine, wanted, bound)
            if found is None:
                return None
            spans += found
        return tuple(sorted(spans))

    def _plain(
        self, node: ast.Import, wanted: Sequence[Origin], bound: Sequence[str], seen_to: Sequence[bool]
    ) -> list[Span] | None:
        spans: list[Span] = []
        for alias, (module, name), here, is_seen_to in zip(node.names, wanted, bound, seen_to, strict=True):
            if name or module.startswith("."):
                return None
            if alias.name == module:
                continue
            keeps = alias.asname is not None or here == module.partition(".")[0]
            if alias.asname is None and "." in alias.name and not (keeps and is_seen_to):
                return None
            spans.append(self._alias(alias, module if keeps else f"{module} as {here}"))
        return spans

    def _from(
        self, node: ast.ImportFrom, mine: Sequence[Imported], wanted: Sequence[Origin], bound: Sequence[str]
    ) -> list[Span] | None:
        if not all(origin.name for origin in wanted):
            return None
        modules = {origin.module for origin in wanted}
        if len(modules) > 1:
            return self._divided(node, mine, wanted, bound)
        match = _FROM.match(self._text, self._start(node))
        if match is None:
            return None
        group = 1 if match[1] is not None else 2
        (module,) = modules
        renamed = [
            self._alias(alias, origin.name if alias.asname else _said(origin, here))
            for alias, origin, here in zip(node.names, wanted, bound, strict=True)
            if alias.name != origin.name
        ]
        return [Span(*match.span(group), _spaced(match, group, module)), *renamed]

    def _divided(
        self, node: ast.ImportFrom, mine: Sequence[Imported], wanted: Sequence[Origin], bound: Sequence[str]
    ) -> list[Span] | None:
        """The statement without the names that go elsewhere, and one for each other module below it."""
        start, end = self._start(node), self._end(node)
        line = self._text.rfind(b"\n", 0, start) + 1
        after = self._text.find(b"\n", end)
        after = len(self._text) if after < 0 else after
        indent, text = self._text[line:start], self._text[start:end]
        if indent.strip() or self._text[end:after].strip() or b"#" in text or b"\\" in text:
            return None
        leaving = [number for number, one in enumerate(mine) if wanted[number] != one.origin]
        by_module: dict[str, list[str]] = {}
        for number in leaving:
            by_module.setdefault(wanted[number].module, []).append(_said(wanted[number], bound[number]))
        newline = b"\r\n" if self._text[after - 1 : after] == b"\r" else b"\n"
        lines = [indent + f"from {module} import {', '.join(names)}".encode() for module, names in by_module.items()]
        rest = self._without(node, leaving) if len(leaving) < len(mine) else []
        if rest is None:
            return None
        if len(leaving) == len(mine):
            return [Span(line, end, newline.join(lines))]
        return [*rest, Span(end, end, newline + newline.join(lines))]

    def _without(self, node: ast.ImportFrom, leaving: Sequence[int]) -> list[Span] | None:
        """The list of names without some: each with its lines, or of a list on one line."""
        if node.lineno == node.end_lineno:
            staying = [number for number in range(len(node.names)) if number not in leaving]
            first, last = node.names[0], node.names[-1]
            names = b", ".join(self._written(node.names[number]) for number in staying)
            return [Span(self._at(first), self._at(last) + len(self._written(last)), names)]
        spans = []
        for number in leaving:
            alias = node.names[number]
            start, end = self._starts[alias.lineno - 1], self._starts[alias.end_lineno or alias.lineno]
            if self._text[start:end].strip().rstrip(b",").rstrip() != self._written(alias):
                return None
            spans.append(Span(start, end, b""))
        return spans

    def _alias(self, alias: ast.alias, name: str) -> Span:
        start = self._at(alias)
        return Span(start, start + len(alias.name.encode()), name.encode())

    def _written(self, alias: ast.alias) -> bytes:
        end = self._starts[(alias.end_lineno or alias.lineno) - 1] + (alias.end_col_offset or 0)
        return self._text[self._at(alias) : end]

    def _at(self, alias: ast.alias) -> int:
        return self._starts[alias.lineno - 1] + alias.col_offset

    def _start(self, node: _Statement) -> int:
        return self._starts[node.lineno - 1] + node.col_offset

    def _end(self, node: _Statement) -> int:
        return self._starts[(node.end_lineno or node.lineno) - 1] + (node.end_col_offset or 0)


def _said(origin: Origin, bound: str) -> str:
    return origin.name if origin.name == bound else f"{origin.name} as {bound}"


def _spaced(match: re.Match[bytes], group: int, module: str) -> bytes:
    """`module` with a space where none stood because of dots, as in ``from.a import b``."""
    before = match.string[match.start(group) - 1 : match.start(group)]
    after = match.string[match.end(group) : match.end(group) + 1]
    return b" " * before.isalpha() + module.encode() + b" " * after.isalpha()
