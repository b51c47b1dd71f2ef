"""Blocks of Python's import statements: what each binds, how it is written, and when two blocks come to the same.

A block is a run of import statements of one body, with nothing between them but blank lines and comments. It is read
from the syntax tree of the text up to its end, so what comes after it need not be Python of this version.
"""

from __future__ import annotations

import ast
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import accumulate, groupby
from typing import NamedTuple, TypeAlias

from msgspec import Struct

from git_dagpatch.languages.python_layout import cookie
from git_dagpatch.languages.python_syntax import syntax_tree

_STATEMENT_AT_MARGIN = re.compile(rb"(?!from\s|import\s|el(?:if|se)\b|except\b|finally\b)[^\s#)\]}]")
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_BARE_RETURN = re.compile(rb"\r(?!\n)")

Statement: TypeAlias = ast.Import | ast.ImportFrom


class Imported(NamedTuple):
    """One name that an import statement binds."""

    module: str
    """With the leading dots of a relative import."""
    name: str
    """What is taken from the module; empty where the module itself is imported."""
    alias: str
    """Empty where there is none."""

    def __str__(self) -> str:
        what = f"from {self.module} import {self.name}" if self.name else f"import {self.module}"
        return f"{what} as {self.alias}" if self.alias else what

    @property
    def bound(self) -> str:
        """The name that comes into being."""
        return self.alias or self.name or self.module.partition(".")[0]

    @property
    def origin(self) -> tuple[str, str]:
        """What the name is bound to: ``import a.b`` and ``import a.c`` bind the same ``a``."""
        plain = not self.alias and not self.name
        return (self.bound, "") if plain else (self.module, self.name)


class Named(NamedTuple):
    """A name that is bound, and the comments that stand with it: those on its line, or on the whole statement."""

    imported: Imported
    remarks: tuple[bytes, ...]


class Written(Struct, frozen=True):
    """One import statement as it is written."""

    lead: tuple[bytes, ...]
    """The lines since the statement before: blank ones and comments."""
    text: bytes
    """Its lines."""
    names: tuple[Named, ...]
    places: tuple[tuple[int, int], ...]
    """Where each of the names stands in `text`."""

    @property
    def whole(self) -> bytes:
        """Its lines and those that lead to it."""
        return b"".join(self.lead) + self.text

    @property
    def comments(self) -> list[bytes]:
        """The comments above it."""
        return [line.strip() for line in self.lead if line.strip()]

    def without(self, gone: set[int]) -> bytes:
        """`text` without the names of these numbers, which are not all."""
        kept = [at for at in range(len(self.places)) if at not in gone]
        pieces = [self.text[: self.places[0][0]]]
        for at in kept:
            start, end = self.places[at]
            pieces.append(self.text[start : end if at == kept[-1] else self.places[at + 1][0]])
        return b"".join([*pieces, self.text[self.places[-1][1] :]])


class Block(Struct, frozen=True):
    """Import statements that stand together."""

    start: int
    """Byte of the text at which its first line starts."""
    end: int
    statements: tuple[Written, ...]
    tail: tuple[bytes, ...]
    """Blank lines after the last statement."""
    body: tuple[str, ...]
    """What it stands in, from the top down: fields of the syntax tree, names of definitions, kinds of statements."""
    symbol: str
    """Qualified name of the definition around it; empty at the top level."""
    indentation: bytes

    @property
    def names(self) -> list[Named]:
        """All that it binds, in order."""
        return [name for statement in self.statements for name in statement.names]


def import_blocks(text: bytes, until: int) -> list[Block]:
    """The longest blocks of `text` that start before its line `until`, counted from 0.

    Blank lines around a block belong to it; comments above its first statement do not.
    """
    source = _Source.read(text, until)
    return [block for run in source.runs() if (block := source.widest(run))] if source else []


def block_between(text: bytes, start: int, end: int) -> Block | None:
    """The bytes from `start` to `end` of `text` as a block; None if other things stand there, or parts of lines."""
    if not all(at in (0, len(text)) or text[at - 1 : at] == b"\n" for at in (start, end)):
        return None
    source = _Source.read(text, text.count(b"\n", 0, end))
    if source is None:
        return None
    first, last = text.count(b"\n", 0, start), text.count(b"\n", 0, end) + (not text[:end].endswith(b"\n"))
    for run in source.runs():
        within = [node for node in run.nodes if first < node.lineno <= last]
        if within:
            before = run.nodes.index(within[0])
            after = run.nodes[before - 1].end_lineno if before else run.after
            return source.block(run._replace(after=after, nodes=within), first, last)
    return None


def same_imports(one: Block, other: Block) -> bool:
    """Whether both bind the same names to the same things, with the same comments.

    Each name comes as often from the same place and keeps its comments; a comment of its own stays above an import that
    it stood above; what a star imports, and a name that is bound twice, stays in order; ``__future__`` is first.
    """
    return (
        one.indentation == other.indentation
        and Counter(one.names) == Counter(other.names)
        and _comments_stay(one, other)
        and _in_order(one) == _in_order(other)
        and _future_first(other)
    )


def _comments_stay(one: Block, other: Block) -> bool:
    waiting: dict[bytes, list[set[Named]]] = defaultdict(list)
    for statement in other.statements:
        for comment in statement.comments:
            waiting[comment].append(set(statement.names))
    for statement in one.statements:
        for comment in statement.comments:
            places = waiting[comment]
            found = next((names for names in places if names.intersection(statement.names)), None)
            if found is None:
                return False
            places.remove(found)
    return not any(waiting.values())


def _in_order(block: Block) -> tuple[list[Counter[Imported]], dict[str, list[tuple[str, str]]]]:
    """What may not change: the imports between stars, and what a name is bound to, one after the other."""
    between: list[Counter[Imported]] = [Counter()]
    origins: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for imported, _ in block.names:
        if imported.name == "*":
            between += [Counter([imported]), Counter()]
            continue
        between[-1][imported] += 1
        if origins[imported.bound][-1:] != [imported.origin]:
            origins[imported.bound].append(imported.origin)
    return between, {name: of for name, of in origins.items() if len(of) > 1}


def _future_first(block: Block) -> bool:
    future = [imported.module == "__future__" for imported, _ in block.names]
    return future == sorted(future, reverse=True)


class _Run(NamedTuple):
    """Import statements that follow each other in one body."""

    body: tuple[str, ...]
    symbol: str
    after: int | None
    """The last line, from 1, of what stands before in the body; None where that cannot be told."""
    nodes: list[Statement]


class _Source:
    """A text of which the start is parsed."""

    def __init__(self, text: bytes, tree: ast.Module) -> None:
        self.lines = text.splitlines(keepends=True)
        self.starts = [0, *accumulate(map(len, self.lines))]
        self.tree = tree

    @classmethod
    def read(cls, text: bytes, until: int) -> _Source | None:
        """The lines before `until` and what belongs to them; None where they cannot be understood."""
        if (cookie(text).lower() not in (b"", b"utf-8", b"utf8") and not text.isascii()) or _BARE_RETURN.search(text):
            return None
        end = 0
        for _ in range(until):
            end = text.find(b"\n", end) + 1 or len(text)
        while end < len(text) and not _STATEMENT_AT_MARGIN.match(text, end):
            end = text.find(b"\n", end) + 1 or len(text)
        tree = syntax_tree(text[:end])
        if tree is None and end < len(text):
            tree = syntax_tree(text)
        return cls(text, tree) if tree else None

    def runs(self) -> Iterator[_Run]:
        """All runs of import statements."""
        waiting: list[tuple[tuple[str, ...], str, ast.AST]] = [((), "", self.tree)]
        while waiting:
            path, symbol, node = waiting.pop()
            for field, value in ast.iter_fields(node):
                if not isinstance(value, list):
                    continue
                for child in value:
                    if isinstance(child, _DEFINITIONS):
                        below = f"{symbol}.{child.name}" if symbol else child.name
                        waiting.append(((*path, field, child.name), below, child))
                    elif isinstance(child, ast.stmt | ast.ExceptHandler | ast.match_case):
                        waiting.append(((*path, field, type(child).__name__), symbol, child))
                after = 0 if node is self.tree else None
                for together, group in groupby(value, key=self._stands_alone):
                    run = list(group)
                    if together:
                        yield _Run((*path, field), symbol, after, run)
                    after = getattr(run[-1], "end_lineno", None)

    def _stands_alone(self, node: ast.AST) -> bool:
        """Whether `node` is an import statement with nothing else on its lines."""
        if not isinstance(node, ast.Import | ast.ImportFrom):
            return False
        before = self.lines[node.lineno - 1][: node.col_offset]
        after = self.lines[(node.end_lineno or node.lineno) - 1][node.end_col_offset :].strip()
        return not before.strip() and after[:1] in (b"", b"#")

    def widest(self, run: _Run) -> Block | None:
        """`run` with the blank lines around it."""
        first, last = run.nodes[0].lineno - 1, run.nodes[-1].end_lineno or 0
        while first > 0 and not self.lines[first - 1].strip():
            first -= 1
        while last < len(self.lines) and not self.lines[last].strip():
            last += 1
        return self.block(run, first, last)

    def block(self, run: _Run, start: int, end: int) -> Block | None:
        """`run` as the lines from `start` to `end`; None where these hold anything else, or a part of it."""
        written: list[Written] = []
        at = start
        for node in run.nodes:
            lead = tuple(self.lines[at : node.lineno - 1])
            if any(line.strip()[:1] not in (b"", b"#") for line in lead):
                return None
            at = node.end_lineno or node.lineno
            written.append(self._written(node, lead))
        # What looks like a comment may be the end of a string, unless the statement before is known to be over.
        if written[0].comments and (run.after is None or run.after > start):
            return None
        tail = tuple(self.lines[at:end])
        if at > end or any(line.strip() for line in tail):
            return None
        indentation = self.lines[run.nodes[0].lineno - 1][: run.nodes[0].col_offset]
        return Block(self.starts[start], self.starts[end], tuple(written), tail, run.body, run.symbol, indentation)

    def _written(self, node: Statement, lead: tuple[bytes, ...]) -> Written:
        first = node.lineno - 1
        lines = self.lines[first : node.end_lineno]
        text = b"".join(lines)
        offset = self.starts[first]
        places = tuple(
            (
                self.starts[alias.lineno - 1] + alias.col_offset - offset,
                self.starts[(alias.end_lineno or alias.lineno) - 1] + (alias.end_col_offset or 0) - offset,
            )
            for alias in node.names
        )
        on_line: dict[int, list[bytes]] = defaultdict(list)
        named = {alias.lineno for alias in node.names}
        for number, line in enumerate(lines, node.lineno):
            # No string stands in an import, so this starts a comment.
            _, mark, comment = line.partition(b"#")
            if mark:
                on_line[number if number in named and len(lines) > 1 else 0].append(mark + comment.rstrip())
        names = tuple(
            Named(imported, (*on_line[0], *on_line[alias.lineno]))
            for alias, imported in zip(node.names, _imported(node), strict=True)
        )
        return Written(lead, text, names, places)


def _imported(node: Statement) -> list[Imported]:
    if isinstance(node, ast.Import):
        return [Imported(alias.name, "", alias.asname or "") for alias in node.names]
    module = "." * node.level + (node.module or "")
    return [Imported(module, alias.name, alias.asname or "") for alias in node.names]
