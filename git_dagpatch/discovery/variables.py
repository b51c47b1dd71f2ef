"""Which constants and attributes went elsewhere? Only those of which that is certain: the same name and the same text.

What has its value in the same module or class as before stays, whatever happened to it there.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from git_dagpatch.alignment.definitions import Body
from git_dagpatch.alignment.lines import split_lines
from git_dagpatch.discovery.symbols import Paired, Side, Symbol
from git_dagpatch.languages.language import CONTAINERS, Definition
from git_dagpatch.operations.symbol_text import same_but_indented, with_comments

_ASSIGNMENT = re.compile(rb"[\w.\x80-\xff]+\s*(?::[^=]*)?=(?!=)")
_TELLING = 3
"""What has fewer lines tells too little where the class that it was in is gone and the one that it comes to is new."""


class _Owner(NamedTuple):
    """A file by its path, or a class in it."""

    path: bytes
    symbol: Symbol | None


class _Variable(NamedTuple):
    owner: _Owner
    within: Symbol | None
    """The innermost definition around it: its class, or the method that sets it."""
    found: Definition
    start: int
    """With comments above."""

    @property
    def own_name(self) -> str:
        return self.found.name.rpartition(".")[2]


def pair_variables(paired: Paired) -> None:
    """Pair those that went elsewhere with what they became."""
    paths = _files_to_look_at(paired)
    before, after = _variables(paired, paired.old, paths), _variables(paired, paired.new, paths)
    here = {(one.owner, one.own_name) for one in after}
    staying = {
        (owner, one.own_name)
        for one in before
        if (owner := _became(paired, one.owner)) is not None and (owner, one.own_name) in here
    }
    gone = [one for one in before if (_became(paired, one.owner), one.own_name) not in staying]
    come = [one for one in after if (one.owner, one.own_name) not in staying]
    pairs = list(_same(paired, gone, come))
    olds = _symbols(paired.old, [one for one, _ in pairs])
    news = _symbols(paired.new, [other for _, other in pairs])
    for old, new in zip(olds, news, strict=True):
        paired.join(old, new)


def _files_to_look_at(paired: Paired) -> list[bytes]:
    """Where an assignment went from one line to another, or a class around lines that stay came or went.

    Everywhere else all stays, as is quickly seen.
    """
    changed = {path: paired.changed_lines(path) for path in paired.new.texts}
    removed = {line for gone, _ in changed.values() for line in gone if _ASSIGNMENT.match(line)}
    passed = removed & {line for _, come in changed.values() for line in come}
    found = {
        path for path, (gone, come) in changed.items() if not (passed.isdisjoint(gone) and passed.isdisjoint(come))
    }
    found.update(
        new.path
        for new in paired.new.symbols
        if _is_class(new) and new not in paired.old_of and not paired.is_added(new)
    )
    found.update(
        old.path
        for old in paired.old.symbols
        if _is_class(old) and old not in paired.new_of and not paired.is_removed(old)
    )
    return sorted(found)


def _is_class(symbol: Symbol) -> bool:
    return symbol.body.kind in CONTAINERS


def _variables(paired: Paired, side: Side, paths: Iterable[bytes]) -> list[_Variable]:
    found: list[_Variable] = []
    for path in paths:
        lines, around = side.lines[path].lines, side.of_file(path)
        for one in paired.language.variables(side.texts[path]):
            within: Symbol | None = None
            for symbol in around:
                within = symbol if symbol.start <= one.start and one.end <= symbol.end else within
            owner = within
            while owner is not None and owner.body.kind not in CONTAINERS:
                owner = side.parent[owner]
            start = with_comments(one.start, lines, paired.language)
            found.append(_Variable(_Owner(path, owner), within, one, start))
    return found


def _became(paired: Paired, owner: _Owner) -> _Owner | None:
    """The owner after, of one before; None if that is gone."""
    if owner.symbol is None:
        return owner
    new = paired.new_of.get(owner.symbol)
    return None if new is None else _Owner(new.path, new)


def _same(
    paired: Paired, gone: Sequence[_Variable], come: Sequence[_Variable]
) -> Iterator[tuple[_Variable, _Variable]]:
    """What is alone in having its name and text on both sides; with the comments above if they are the same."""
    groups: dict[tuple[str, bytes], tuple[list[_Variable], list[_Variable]]] = defaultdict(lambda: ([], []))
    for number, (side, variables) in enumerate(((paired.old, gone), (paired.new, come))):
        for one in variables:
            text = b"\n".join(map(bytes.strip, split_lines(_text(side, one, one.found.start))))
            groups[one.own_name, text][number].append(one)
    for olds, news in groups.values():
        if len(olds) != 1 or len(news) != 1:
            continue
        one, other = olds[0], news[0]
        if _goes_with(paired, one, other) or not _is_told(paired, one, other):
            continue
        if same_but_indented(_text(paired.old, one), _text(paired.new, other), paired.language):
            yield one, other
        elif same_but_indented(
            _text(paired.old, one, one.found.start), _text(paired.new, other, other.found.start), paired.language
        ):
            yield one._replace(start=one.found.start), other._replace(start=other.found.start)


def _text(side: Side, variable: _Variable, start: int | None = None) -> bytes:
    first = variable.start if start is None else start
    return b"".join(side.lines[variable.owner.path].lines[first : variable.found.end])


def _goes_with(paired: Paired, one: _Variable, other: _Variable) -> bool:
    """Whether the method that sets it came along."""
    return one.within is not None and paired.new_of.get(one.within) is other.within


def _is_told(paired: Paired, one: _Variable, other: _Variable) -> bool:
    lasting = (
        _became(paired, one.owner) is not None or other.owner.symbol is None or other.owner.symbol in paired.old_of
    )
    return lasting or one.found.end - one.found.start >= _TELLING


def _symbols(side: Side, variables: Sequence[_Variable]) -> list[Symbol]:
    """`variables` as symbols. The blank lines above go with a block of them that stands between blank lines."""
    symbols = []
    first = _firsts(side, variables)
    for one in variables:
        path, end = one.owner.path, one.found.end
        body = Body(path, one.found.name, one.found.kind, _text(side, one))
        symbol = Symbol(body, one.start, end, first.get((path, one.start), one.start), end)
        side.parent[symbol] = one.within
        symbols.append(symbol)
    return symbols


def _firsts(side: Side, variables: Iterable[_Variable]) -> dict[tuple[bytes, int], int]:
    """Path and first line of each block between blank lines → the first of those above."""
    starts = {(one.owner.path, one.start): one.found.end for one in variables}
    ends = {(path, end) for (path, _), end in starts.items()}
    firsts: dict[tuple[bytes, int], int] = {}
    for path, start in starts.keys() - ends:
        lines = side.lines[path].lines
        end = start
        while (path, end) in starts:
            end = starts[path, end]
        first = start
        while first > 0 and not lines[first - 1].strip():
            first -= 1
        if end == len(lines) or not lines[end].strip():
            firsts[path, start] = first
    return firsts
