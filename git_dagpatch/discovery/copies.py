"""Which new definitions are near copies of ones that stay? What differs inside is left to other stages."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from git_dagpatch.alignment.lines import distance, split_lines
from git_dagpatch.discovery.symbols import Paired, Symbol
from git_dagpatch.languages.language import CONTAINERS
from git_dagpatch.operations.symbol_text import renamed

_EQUAL = 0.6
"""The share of its lines that a copy has from the original, at least."""
_LEAST = 5
"""The lines that a definition has at least for its copies to be looked for."""
_TRIED = 3
"""Originals that are compared with one new definition: those with the most lines in common."""
_COMMON = 30
"""A line that stands in more definitions than this tells nothing."""
_MANY = 4000
"""Definitions on both sides beyond which nothing is looked for."""


class Copied(NamedTuple):
    """A new definition and the one whose text it has."""

    source: Symbol
    new: Symbol
    text: bytes
    """That of the original, under the name of the copy."""


def find_copied(paired: Paired) -> list[Copied]:
    """The new definitions that are shorter to read as copies, none inside of another, in the order of their places."""
    wanted = [new for new in paired.new.symbols if _is_new(paired, new)]
    if not wanted or len(paired.old.symbols) + len(wanted) > _MANY:
        return []
    index = _index(paired)
    found: dict[Symbol, Copied] = {}
    holding = {holder for new in paired.old_of for holder in _around(paired, new)}
    for new in wanted:
        if new in holding or any(holder in found for holder in _around(paired, new)):
            continue
        copied = _copied(paired, new, index)
        if copied is not None:
            found[new] = copied
    return list(found.values())


def _is_new(paired: Paired, new: Symbol) -> bool:
    """Whether it was not there before and is large enough, in places that were there or are new themselves."""
    if new in paired.old_of or new.size < _LEAST or not paired.is_free(new):
        return False
    return all(
        holder.body.kind in CONTAINERS
        and (paired.is_free(holder) if (old := paired.old_of.get(holder)) is None else paired.stays(old))
        for holder in _around(paired, new)
    )


def _around(paired: Paired, new: Symbol) -> Iterator[Symbol]:
    """What `new` is in, from the inside out."""
    holder = paired.new.parent[new]
    while holder is not None:
        yield holder
        holder = paired.new.parent[holder]


def _index(paired: Paired) -> dict[bytes, list[Symbol]]:
    """What stands in a line → the definitions that have been there before and are still."""
    index: dict[bytes, list[Symbol]] = defaultdict(list)
    for old in paired.old.symbols:
        if old in paired.new_of and old.size >= _LEAST:
            for line in _lines(old):
                index[line].append(old)
    return index


def _lines(symbol: Symbol) -> list[bytes]:
    """What stands in its lines, each once and in order, so that of equally good originals always the same is found."""
    return [line for line in dict.fromkeys(map(bytes.strip, split_lines(symbol.body.text))) if line]


def _copied(paired: Paired, new: Symbol, index: dict[bytes, list[Symbol]]) -> Copied | None:
    shared: Counter[Symbol] = Counter()
    for line in _lines(new):
        sources = index.get(line, ())
        if len(sources) <= _COMMON:
            shared.update(sources)
    candidates: list[tuple[int, int, Copied]] = []
    for source, _ in shared.most_common(_TRIED):
        text = renamed(source.body.text, source.body.own_name, new.body.own_name, paired.language)
        if text is None or source.body.kind not in _kinds(new.body.kind):
            continue
        differing = distance(paired.indented(text, new), new.body.text)
        candidates.append((differing, len(candidates), Copied(source, new, text)))
    if not candidates:
        return None
    differing, _, best = min(candidates, key=lambda candidate: candidate[:2])
    if 1 + differing >= paired.added(new) or _equal(best.source, new, differing) < _EQUAL:
        return None
    return best


def _equal(one: Symbol, other: Symbol, differing: int) -> float:
    """The share of equal lines in the larger of two definitions, of which so many lines are removed and added."""
    return (one.size + other.size - differing) / 2 / max(one.size, other.size)


def _kinds(kind: str) -> Sequence[str]:
    """The kinds that an original may have."""
    return ("function", "method") if kind in ("function", "method") else (kind,)
