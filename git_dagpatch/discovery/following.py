"""Which imports name the new place of what this patch moved? One rename of the module for all of them.

What moved is known from the operations before. An import follows only if the commit has it so, and if nothing but
imports, and the names that they bind, is different with it.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from msgspec import Struct, field
from msgspec.structs import replace

from git_dagpatch.alignment.lines import diff, distance, lines_of
from git_dagpatch.discovery.proposal import Earlier, Proposal, Step
from git_dagpatch.discovery.unfinished import Unfinished
from git_dagpatch.languages import language_of
from git_dagpatch.languages.python_following import Following, Place, Wanted, brings, dotted, imports_of, stem_of
from git_dagpatch.languages.python_syntax import syntax_tree
from git_dagpatch.model.effect import Relocate, Rewrite, Span, rewrite
from git_dagpatch.model.errors import WrongBase
from git_dagpatch.model.files import Files
from git_dagpatch.model.operation import Move, Rename
from git_dagpatch.model.paths import encode, join_target, parents, split_target
from git_dagpatch.operations.following import MODULE, beside_comment, following

SYSTEM = "system"
"""The author of what was inferred whole."""
ORDER_MAY_MATTER = 0.95
"""Confidence: another module is loaded here, which may have an effect where the order of loading matters."""
REASON = "what it imports stands there only after that"
_LIMIT = 400_000
"""Bytes of a file beyond which nothing is looked for in it."""
_FROM = re.compile(rb"from[ \t]+([.\w]+)[ \t]+import\b")
_SOURCES = (b"src", b"lib")


class _Gone(Struct):
    """What went from one module to another."""

    names: set[str] = field(default_factory=set)
    whole: bool = False
    """Whether the file itself moved."""
    moves: list[Proposal] = field(default_factory=list)


class _Texts:
    """The files as far as they are done; modes are not asked for."""

    def __init__(self, files: Iterable[Unfinished], unfinished: Iterable[Unfinished]) -> None:
        self._texts = {file.path: file.wanted for file in files} | {file.path: file.now for file in unfinished}

    def read(self, path: bytes) -> bytes:
        if path not in self._texts:
            raise WrongBase(f"There is no {path!r} among the files that change.")
        return self._texts[path]

    def mode(self, path: bytes) -> str:
        raise WrongBase(f"What mode {path!r} has is not known here.")


def find_following(unfinished: Sequence[Unfinished], earlier: Earlier) -> tuple[list[Step], list[Unfinished]]:
    """One operation for each pair of modules between which something moved, and what is left."""
    found: list[Step] = []
    files = list(unfinished)
    texts = _Texts(earlier.files, unfinished)
    for (source, target), gone in _gone(earlier.steps).items():
        for root in _roots(source, target):
            places = Place.of(source, root), Place.of(target, root)
            followed = _following(*places, gone, texts)
            effect: dict[bytes, Rewrite] = {}
            for number, file in enumerate(files):
                spans = _spans(file, followed) if _may_follow(file, followed) else ()
                if spans:
                    effect[file.path] = Rewrite(spans)
                    files[number] = replace(file, now=rewrite(file.now, spans))
            if effect:
                found.append((_proposal(source, places[1].name, effect, gone),))
    return found, [file for file in files if file.is_left]


def _following(old: Place, new: Place, gone: _Gone, texts: Files) -> Following:
    if gone.whole:
        return Following(old, new, lambda _: True)
    known = following(old, new, texts)
    return known._replace(moved=lambda name: name in gone.names and known.moved(name))


def _proposal(source: bytes, name: str, effect: Mapping[bytes, Rewrite], gone: _Gone) -> Proposal:
    operation = Rename(
        symbol=join_target(source, ""),
        symbol_kind=MODULE,
        new_name=name,
        scope=sorted(map(encode, effect)),
        author=SYSTEM,
        confidence=ORDER_MAY_MATTER,
    )
    return Proposal(operation, effect, tuple(gone.moves), REASON)


def _gone(steps: Iterable[Step]) -> dict[tuple[bytes, bytes], _Gone]:
    """(Path before, path after) → what of that module went there."""
    found: dict[tuple[bytes, bytes], _Gone] = defaultdict(_Gone)
    for proposal in (proposal for step in steps for proposal in step):
        if not isinstance(proposal.operation, Move):
            continue
        (source, name), (target, new_name) = map(split_target, (proposal.operation.source, proposal.operation.target))
        relocated = any(isinstance(change, Relocate) for change in proposal.effect.values())
        own = name == new_name and "." not in name
        if not source.endswith(b".py") or not target.endswith(b".py") or stem_of(source) == stem_of(target):
            continue
        if relocated or own:
            gone = found[source, target]
            gone.moves.append(proposal)
            gone.whole |= relocated
            gone.names.update([name] if not relocated else [])
    return found


def _roots(source: bytes, target: bytes) -> list[bytes]:
    """Where dotted names of both modules may start: where sources usually are, else as high as can be."""
    below = [root for root in (*_SOURCES, b"", *reversed(parents(source))) if _is_in(source, root)]
    return list(dict.fromkeys(root for root in below if _is_in(target, root)))


def _is_in(path: bytes, root: bytes) -> bool:
    return not root or path.startswith(root + b"/")


def _may_follow(file: Unfinished, following: Following) -> bool:
    if not file.has_layout or not 0 < max(len(file.now), len(file.wanted)) <= _LIMIT or file.now == file.wanted:
        return False
    if language_of(file.path, file.now).name != "python" or b"import" not in file.now:
        return False
    below = file.path.rpartition(b"/")[0]
    return all(
        place.stem.rpartition(b"/")[2] in text or place.stem == below
        for place, text in ((following.old, file.now), (following.new, file.wanted))
    )


class _At(NamedTuple):
    """An import of the module at its place in a text."""

    statement: ast.Import | ast.ImportFrom
    alias: ast.alias
    wanted: Wanted


def _imported(path: bytes, tree: ast.Module, place: Place, following: Following) -> list[_At]:
    return [
        _At(statement, alias, wanted)
        for statement, alias in imports_of(tree)
        if (wanted := brings(path, statement, alias, place)) and following.moved(wanted.asked)
    ]


def _spans(file: Unfinished, following: Following) -> tuple[Span, ...]:
    """What lets the imports of `file` follow; nothing if that cannot be proved, or leaves no less to explain."""
    old, new = syntax_tree(file.now), syntax_tree(file.wanted)
    if old is None or new is None:
        return ()
    here = _imported(file.path, old, following.old, following)
    there = _imported(file.path, new, following.new, following)
    if not here or not there:
        return ()
    by_block = list(_blocks(file, here, there))
    ways = [tuple(_in_place(file, old, here, there)), tuple(by_block), *((span,) for span in by_block)]
    left = {spans: distance(rewrite(file.now, spans), file.wanted) for spans in ways if spans}
    most = distance(file.now, file.wanted)
    paying = sorted((spans for spans in left if left[spans] < most), key=lambda spans: left[spans])
    return next((spans for spans in paying if _is_proved(file, spans, following)), ())


def _is_proved(file: Unfinished, spans: tuple[Span, ...], following: Following) -> bool:
    return not any(beside_comment(file.now, span) for span in spans) and following.explains(
        file.path, file.now, rewrite(file.now, spans)
    )


def _blocks(file: Unfinished, here: Sequence[_At], there: Sequence[_At]) -> Iterator[Span]:
    """The changed lines that such imports are among, as the commit has them."""
    one, other = lines_of(file.now), lines_of(file.wanted)
    for block in diff(file.now, file.wanted):
        if _reach(here, block.old_start, block.old_end) or _reach(there, block.new_start, block.new_end):
            insert = b"".join(other.lines[block.new_start : block.new_end])
            yield Span(one.starts[block.old_start], one.starts[block.old_end], insert)


def _reach(found: Sequence[_At], start: int, end: int) -> bool:
    return any(at.statement.lineno - 1 < end and (at.statement.end_lineno or 0) > start for at in found)


def _in_place(file: Unfinished, tree: ast.Module, here: Sequence[_At], there: Sequence[_At]) -> Iterator[Span]:
    """The names of modules in the statements, and in the code where they are bound to another name then."""
    starts = lines_of(file.now).starts
    by_asked = {at.wanted.asked: at for at in reversed(there)}
    found: set[Span] = set()
    for statement, alias, wanted in here:
        other = by_asked.get(wanted.asked)
        if other is None or type(statement) is not type(other.statement):
            continue
        if isinstance(statement, ast.ImportFrom):
            match = _FROM.match(file.now, starts[statement.lineno - 1] + statement.col_offset)
            if match is None:
                continue
            found.add(Span(*match.span(1), _module_text(other.statement)))
        if alias.name != other.alias.name:
            start = starts[alias.lineno - 1] + alias.col_offset
            found.add(Span(start, start + len(alias.name.encode()), other.alias.name.encode()))
        if alias.asname is None and wanted.asked is None and alias.name != other.alias.name:
            found.update(_uses(tree, alias.name, other.alias.name, starts))
    yield from sorted(span for span in found if file.now[span.start : span.end] != span.insert)


def _module_text(statement: ast.Import | ast.ImportFrom) -> bytes:
    assert isinstance(statement, ast.ImportFrom)
    return b"." * statement.level + (statement.module or "").encode()


def _uses(tree: ast.Module, old: str, new: str, starts: Sequence[int]) -> Iterator[Span]:
    """Where code reaches the module by its name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name | ast.Attribute) and dotted(node) == old:
            start = starts[node.lineno - 1] + node.col_offset
            yield Span(start, start + len(old.encode()), new.encode())
