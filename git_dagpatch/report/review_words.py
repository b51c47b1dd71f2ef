"""What is said of a review in sentences, whatever it is printed as."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from itertools import groupby
from typing import NamedTuple

from git_dagpatch.model.review import Card, Concern, Line, Place, Review, Row, Side, Verdict

_ALIKE = 0.6
"""The least part of two lines that is the same in both if they are told word by word."""

TITLES = {
    Concern.BEHAVIOUR: "Behaviour",
    Concern.SETTINGS: "Settings",
    Concern.TESTS: "Tests",
    Concern.DOCUMENTS: "Documents",
    Concern.REFACTORING: "The same code elsewhere or under other names, as proved",
    Concern.PROVED: "Proved to change nothing that the program does",
}


class Wish(NamedTuple):
    """What a reader wants to see: kinds, semantic tags, concerns."""

    show: frozenset[str] = frozenset()
    """With all their lines, whatever is proved of them."""
    hide: frozenset[str] = frozenset()

    def unfolds(self, card: Card) -> bool:
        """Whether all lines of the card are wanted."""
        return not self.show.isdisjoint(_names(card))

    def hides(self, card: Card) -> bool:
        """Whether the card is left out."""
        return not self.hide.isdisjoint(_names(card)) and not self.unfolds(card)


def _names(card: Card) -> frozenset[str]:
    return frozenset((card.kind, card.concern.value, *card.tags))


def counted(number: int, what: str) -> str:
    """``1 line``, ``1,204 lines``."""
    return f"{number:,} {what}{'s' * (number != 1)}"


def verdict_sentence(verdict: Verdict) -> str:
    """How much there is, and of what."""
    clauses = list(_clauses(verdict))
    if not clauses:
        return "No operation: both trees are the same."
    # A mode or a binary file counts as a line to read, and there is none in a diff.
    fewer = verdict.lines_to_read <= verdict.diff_lines
    of = (
        f"{verdict.lines_to_read:,} of {verdict.diff_lines:,} lines"
        if fewer
        else counted(verdict.lines_to_read, "line")
    )
    return f"{', '.join(clauses)}; {of} to read."


def _clauses(verdict: Verdict) -> Iterator[str]:
    """One for each concern that there is, the first with all its words."""
    told = [
        (Concern.BEHAVIOUR, "changes behaviour", "change behaviour"),
        (Concern.PROVED, "is proved not to", "are proved not to"),
        (Concern.REFACTORING, "only moves or renames code", "only move or rename code"),
        (Concern.SETTINGS, "changes settings", "change settings"),
        (Concern.TESTS, "changes tests", "change tests"),
        (Concern.DOCUMENTS, "changes documents", "change documents"),
    ]
    is_first = True
    for concern, one, many in told:
        count = verdict.concerns[concern]
        if not count:
            continue
        noun = ("operation " if count == 1 else "operations ") if is_first else ""
        verb = one if count == 1 else many
        rest = " change behaviour" if concern is Concern.PROVED and is_first else ""
        yield f"{count:,} {noun}{verb}{rest}"
        is_first = False


def breaking_sentence(verdict: Verdict) -> str:
    """What is said of breaking changes; empty if there are none."""
    if not verdict.breaking:
        return ""
    which = "One operation breaks" if verdict.breaking == 1 else f"{verdict.breaking:,} operations break"
    return f"{which} what others may use."


def headline(card: Card) -> str:
    """The card's sentence without the file that stands below it."""
    if len(card.files) == 1 and card.files[0].hunks:
        return card.headline.removesuffix(f" in {card.files[0].path}")
    return card.headline


def remarks(card: Card, cards: dict[str, Card]) -> Iterator[str]:
    """What a reader has to know of a card besides its lines."""
    for other in card.inside:
        source = cards.get(other)
        if source is None or source.journey is None:
            continue
        verb = "was copied" if source.kind == "copy" else "moved"
        yield f"in what {verb} here from {source.journey.source.path}:{source.journey.source.line}"
    if card.holds and not card.proof and card.journey is not None:
        yield f"the same text as at {at(card.journey.source)}; {_doubts(card)}"
    if card.confidence < 1:
        is_similar = card.intent in ("move-file", "copy-file")
        yield f"{card.confidence:.0%} alike" if is_similar else f"not certain: confidence {card.confidence:g}"


def _doubts(card: Card) -> str:
    names = ", ".join(card.doubts) or "a name in it"
    return f"{names} may mean something else here"


def at(place: Place) -> str:
    """``path:line``, and whether that is where it was."""
    return f"{place.path}:{place.line}{' (old)' if place.side is Side.BASE else ''}"


def by_file(places: Iterable[Place]) -> dict[tuple[str, Side], list[int]]:
    """The lines of each file."""
    found: dict[tuple[str, Side], list[int]] = {}
    for place in places:
        found.setdefault((place.path, place.side), []).append(place.line)
    return found


def others_alike(card: Card) -> int:
    """How many places there are besides those whose lines have to be read."""
    read = [hunk.places for file in card.files for hunk in file.hunks if hunk.to_read]
    return len(card.places) - sum(read) if card.folded and read and card.journey is None else 0


def sections(review: Review, wish: Wish) -> Iterator[tuple[Concern, list[Card]]]:
    """The cards that are shown, by what they concern."""
    for concern in Concern:
        found = [card for card in review.cards if card.concern is concern and not wish.hides(card)]
        if found:
            yield concern, found


def hidden_sentence(cards: Sequence[Card]) -> str:
    """What is said of the cards that are left out."""
    names = sorted({card.concern.value for card in cards})
    count = "One operation is" if len(cards) == 1 else f"{len(cards):,} operations are"
    return f"{count} hidden ({', '.join(names)}); --show {','.join(names)} brings them back."


def gate_sentence(gate: str, cards: Sequence[Card]) -> str:
    """Why a gate does not open."""
    certain = sum(gate == "behaviour" or card.breaking is True for card in cards)
    one, many = {
        "behaviour": ("may change behaviour", "may change behaviour"),
        "interface": ("breaks what others may use", "break what others may use"),
    }[gate]
    told = [f"{counted(certain, 'operation')} {one if certain == 1 else many}"] if certain else []
    if unknown := len(cards) - certain:
        told.append(f"of {counted(unknown, 'operation')} that is not known")
    return f"{gate}: {', '.join(told)}. The first: {cards[0].headline}."


class Block(StrEnum):
    """What is to be seen of lines that follow each other."""

    CONTEXT = "context"
    WORDS = "words"
    """Each line is in both, with other words."""
    LINES = "lines"
    """Lines go, and others come."""


def blocks(rows: Sequence[Row]) -> Iterator[tuple[Block, list[Row]]]:
    """The rows in parts that are shown in one way."""
    for block, group in groupby(rows, key=_block):
        yield block, list(group)


def _block(row: Row) -> Block:
    if row.is_context:
        return Block.CONTEXT
    if row.old is None or row.new is None or row.old.ended != row.new.ended:
        return Block.LINES
    same = sum(len(segment.text) for segment in row.new.segments if not segment.changed)
    is_alike = same >= _ALIKE * max(len(row.old.text), len(row.new.text))
    return Block.WORDS if is_alike else Block.LINES


def unified(rows: Sequence[Row]) -> Iterator[tuple[str, Line]]:
    """The lines of rows one below the other, each with its sign: of what is replaced, the old ones first."""
    for block, part in blocks(rows):
        if block is not Block.CONTEXT:
            yield from (("-", row.old) for row in part if row.old is not None)
        yield from ((" " if block is Block.CONTEXT else "+", row.new) for row in part if row.new is not None)
