"""Small edits that say the same in many places, which a reader reads once.

Two are alike if their changed lines are the same but for the names of what they stand in: the definition of each, and
its file. What stands around them may differ; where each one stands is told.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from typing import TypeAlias

from git_dagpatch.model.review import Card, Line
from git_dagpatch.report.review_words import Wish, at

ALIKE = "the same but for their own names"
_LEAST = 3
"""Cards that are told together."""
_MOST = 3
"""Rows of an edit that is small."""
_OWN = "\0"
_WORD = re.compile(r"\w+")

_Marked: TypeAlias = tuple[tuple[str, bool], ...]


def alike(cards: Iterable[Card], wish: Wish) -> Iterator[list[Card]]:
    """The cards in their order, those that are alike with the first of them; each alone of which all is wanted."""
    groups: list[list[Card]] = []
    of_key: dict[object, list[Card]] = {}
    for card in cards:
        key = None if wish.unfolds(card) else _key(card)
        group = of_key.get(key) if key is not None else None
        if group is not None:
            group.append(card)
            continue
        groups.append([card])
        if key is not None:
            of_key[key] = groups[-1]
    for group in groups:
        yield from [group] if len(group) >= _LEAST else ([card] for card in group)


def place_of(card: Card) -> str:
    """Where a card stands that is told with others."""
    place, symbol = at(card.files[0].hunks[0].place), card.target.partition(":")[2]
    return f"{place} {symbol}".rstrip()


def _key(card: Card) -> object:
    """What two cards have in common that are alike; None of one that has to be read by itself."""
    if card.kind != "edit" or card.inside or card.folded or card.confidence < 1 or len(card.files) != 1:
        return None
    (file,) = card.files
    if file.note or len(file.hunks) != 1 or not file.hunks[0].to_read:
        return None
    rows = [row for row in file.hunks[0].rows if not row.is_context]
    if len(rows) > _MOST:
        return None
    path, _, symbol = card.target.partition(":")
    own = {*symbol.split("."), path.rpartition("/")[2].partition(".")[0]}
    lines = tuple((_marked(row.old, own), _marked(row.new, own)) for row in rows)
    return card.concern, card.intent, card.breaking, file.language, lines


def _marked(line: Line | None, own: Collection[str]) -> _Marked | None:
    """The line's stretches without its indentation, with a sign where one of its own names stands."""
    if line is None:
        return None
    found = [
        (_WORD.sub(lambda word: _OWN if word[0] in own else word[0], text), new)
        for text, new in ((one.text, one.changed) for one in line.segments)
    ]
    if found:
        found[0] = (found[0][0].lstrip(), found[0][1])
    return (*found, (str(line.ended), False))
