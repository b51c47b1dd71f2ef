"""A review for a terminal: the verdict, then what has to be read, then what is proved in a line each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from textwrap import wrap

import msgspec
from msgspec import Struct, field

from git_dagpatch.model.review import Card, FileDiff, Hunk, Line, Review, Row, Segment, Side
from git_dagpatch.model.text import safe
from git_dagpatch.report.patch import Style
from git_dagpatch.report.review_alike import ALIKE, alike, place_of
from git_dagpatch.report.review_words import (
    TITLES,
    Block,
    Wish,
    at,
    blocks,
    breaking_sentence,
    by_file,
    counted,
    headline,
    hidden_sentence,
    others_alike,
    remarks,
    sections,
    verdict_sentence,
)

Highlight = Callable[[str, str], list[list[tuple[str, str]]]]
"""(path, text) → for each line of the text, its stretches: (role, text)."""

LEAST_WIDTH = 60
_ID = 8
_LONG = 1000
"""Characters of a line that is shown whole."""
_AROUND = 80
"""Characters that are shown on each side of what a longer line leaves out."""
_TIED = "\0"
"""A space at which no line is broken; no text that is safe to print holds it."""
_UNENDED = "  (no newline at the end)"


class View(Struct, frozen=True):
    """How a reader wants to see a review."""

    width: int = 80
    wish: Wish = field(default_factory=Wish)
    places: bool = False
    """Each place of what is told in one line."""
    highlight: Highlight | None = None
    """Given where there is colour; without, words that change are marked by signs."""


def review_text(review: Review, style: Style, view: View) -> Iterator[str]:
    """The lines of a review."""
    yield from _Text(review, style, view).lines()


class _Text:
    def __init__(self, review: Review, style: Style, view: View) -> None:
        self._review = review
        self._look = style
        self._view = view
        self._width = max(view.width, LEAST_WIDTH)
        self._cards = {card.id: card for card in review.cards}

    def _style(self, text: str, role: str) -> str:
        """`text` in the look of `role`; nothing and context have none."""
        return self._look(text, role) if text and role and role != "context" else text

    def lines(self) -> Iterator[str]:
        yield from self._head()
        yield from self._wrapped(verdict_sentence(self._review.verdict), "kind")
        yield from self._wrapped(breaking_sentence(self._review.verdict), "breaking")
        for concern, cards in sections(self._review, self._view.wish):
            yield ""
            yield self._rule(TITLES[concern])
            whole = [card for card in cards if self._is_open(card)]
            folded = [card for card in cards if not self._is_open(card)]
            for group in alike(whole, self._view.wish):
                yield ""
                yield from self._card(group[0], group[1:])
            if folded:
                yield ""
                for card in folded:
                    yield from self._folded(card)
                yield from self._how_to_unfold(folded)
        hidden = [card for card in self._review.cards if self._view.wish.hides(card)]
        if hidden:
            yield ""
            yield from self._wrapped(hidden_sentence(hidden), "quiet")

    def _head(self) -> Iterator[str]:
        origin = self._review.origin
        if origin.commit:
            yield self._style(f"commit {safe(origin.commit)}", "id")
        if origin.author:
            yield f"Author: {safe(origin.author)}"
            yield f"Date:   {safe(origin.date)}"
        if origin.message.strip():
            yield ""
            yield from (f"    {safe(line)}".rstrip() for line in origin.message.strip().split("\n"))
        if origin.commit or origin.author or origin.message:
            yield ""

    def _wrapped(self, text: str, look: str, first: str = "", rest: str = "") -> Iterator[str]:
        for line in wrap(
            text,
            self._width,
            initial_indent=first,
            subsequent_indent=rest,
            break_long_words=False,
            break_on_hyphens=False,
        ):
            yield self._style(line.replace(_TIED, " "), look)

    def _rule(self, title: str) -> str:
        line = f"── {title} "
        return self._style(line + "─" * max(self._width - len(line), 0), "section")

    def _is_open(self, card: Card) -> bool:
        """Whether lines of the card are shown."""
        return (
            not card.folded
            or self._view.wish.unfolds(card)
            or any(hunk.to_read for file in card.files for hunk in file.hunks)
        )

    def _title(self, card: Card, sentence: str, rest: str) -> Iterator[str]:
        mark = "! " if card.breaking else "* "
        told = f"{safe(sentence)}  ({card.kind}{_TIED}{card.id[:_ID]})"
        look = "breaking" if card.breaking else "kind"
        yield from self._wrapped(f"BREAKING: {told}" if card.breaking else told, look, mark, rest)

    def _card(self, card: Card, others: Sequence[Card] = ()) -> Iterator[str]:
        """A card, and where the others are that say the same."""
        more = f", and {counted(len(others), 'edit')} alike" if others else ""
        yield from self._title(card, headline(card) + more, "  ")
        for remark in remarks(card, self._cards):
            yield from self._wrapped(safe(remark), "quiet", "  ", "  ")
        if card.folded and card.proof and self._view.wish.unfolds(card):
            yield from self._wrapped(f"proved: {card.proof}", "quiet", "  ", "  ")
        for file in card.files:
            yield from self._file(card, file)
        alike = others_alike(card)
        if alike and not self._view.wish.unfolds(card):
            how = "" if self._view.places else "; --places lists them"
            yield from self._wrapped(f"{counted(alike, 'more place')} alike{how}", "quiet", "  … ", "    ")
            yield from self._places(card)
        if others:
            yield self._style(f"  … {ALIKE}:", "quiet")
        for other in others:
            yield from self._wrapped(f"{safe(place_of(other))}  ({other.id[:_ID]})", "place", "    ", "      ")

    def _file(self, card: Card, file: FileDiff) -> Iterator[str]:
        if file.note:
            yield self._style(f"  {safe(file.path)}  {safe(file.note)}", "place")
        for hunk in file.hunks:
            if not (hunk.to_read or self._view.wish.unfolds(card)):
                continue
            symbol = f"  {safe(hunk.symbol)}" if hunk.symbol and hunk.symbol not in card.headline else ""
            if not (file.note and len(file.hunks) == 1):
                yield self._style(f"  {safe(at(hunk.place))}", "place") + self._style(symbol, "quiet")
            yield from self._hunk(file, hunk)

    def _folded(self, card: Card) -> Iterator[str]:
        yield from self._title(card, card.headline, "    ")
        for remark in remarks(card, self._cards):
            yield from self._wrapped(safe(remark), "quiet", "    ", "    ")
        yield from self._places(card)

    def _places(self, card: Card) -> Iterator[str]:
        if not self._view.places:
            return
        if card.journey is not None:
            journey = card.journey
            way = f"{at(journey.source)} → {at(journey.target)}, {counted(journey.lines, 'line')}"
            yield from self._wrapped(safe(way), "place", "    ", "      ")
            return
        for (path, side), lines in by_file(card.places).items():
            before = " (old)" if side is Side.BASE else ""
            numbers = ", ".join(map(str, lines))
            yield from self._wrapped(f"{safe(path)}{before}: {numbers}", "place", "    ", "      ")

    def _how_to_unfold(self, folded: Sequence[Card]) -> Iterator[str]:
        kinds = ",".join(sorted({card.kind for card in folded}))
        where = "" if self._view.places else ", --places where they are"
        yield from self._wrapped(f"Folded: --show {kinds} shows the lines{where}.", "quiet", "  ", "  ")

    # Lines

    def _hunk(self, file: FileDiff, hunk: Hunk) -> Iterator[str]:
        rows = _without_returns(hunk.rows)
        lit = self._lit(file.path, rows)
        for block, run in blocks(rows):
            if block is Block.CONTEXT:
                yield from (self._plain("    ", _elided(row.new), lit, "context") for row in run if row.new)
            elif block is Block.LINES:
                yield from (self._plain("  - ", row.old, {}, "removed") for row in run if row.old)
                yield from (self._plain("  + ", row.new, lit, "added") for row in run if row.new)
            else:
                for row in run:
                    assert row.old is not None
                    assert row.new is not None
                    yield from self._words(_elided(row.old), _elided(row.new), lit)

    def _lit(self, path: str, rows: Sequence[Row]) -> _Lit:
        """The new lines with their stretches, by number."""
        lines = [row.new for row in rows if row.new is not None]
        if self._view.highlight is None:
            return {}
        found = self._view.highlight(path, "".join(line.text + "\n" for line in lines))
        return {line.number: stretches for line, stretches in zip(lines, found, strict=False)}

    def _plain(self, sign: str, line: Line, lit: _Lit, look: str) -> str:
        """A line that comes, goes or stays, as a whole."""
        runs = lit.get(line.number, ())
        if not line.text or "".join(text for _, text in runs) != line.text:
            return self._style(f"{sign}{safe(line.text)}".rstrip() + _end(line), look)
        return self._style(sign, look) + self._styled(runs) + self._style(_end(line), "quiet")

    def _words(self, old: Line, new: Line, lit: _Lit) -> Iterator[str]:
        """A line of which some words changed: with colours as two, else as one with signs in it."""
        if self._view.highlight is None:
            yield f"  ~ {_marked(old, new)}".rstrip()
            return
        went = [("removed-word" if changed else "removed", text) for text, changed in _pieces(old)]
        yield self._style("  - ", "removed") + self._styled(went) + self._style(_end(old), "quiet")
        runs = lit.get(new.number, ())
        came = [("added-word" if changed else "", text) for text, changed in _pieces(new)]
        if "".join(text for _, text in runs) == new.text:
            came = list(_crossed(came, runs))
        yield self._style("  + ", "added") + self._styled(came) + self._style(_end(new), "quiet")

    def _styled(self, runs: Iterable[tuple[str, str]]) -> str:
        return "".join(self._style(safe(text), role) for role, text in runs)


_Lit = dict[int, list[tuple[str, str]]]
"""Line → its stretches."""


def _marked(old: Line, new: Line) -> str:
    """Both lines as one, with what went and what came in signs."""
    return "".join(_marks(old, new)) + _end(new)


def _marks(old: Line, new: Line) -> Iterator[str]:
    waiting = list(old.segments)
    for segment in new.segments:
        while waiting and waiting[0].changed:
            yield f"[-{safe(waiting.pop(0).text)}-]"
        if segment.changed:
            yield f"{{+{safe(segment.text)}+}}"
        else:
            yield safe(segment.text)
            waiting = waiting[1:]
    yield from (f"[-{safe(segment.text)}-]" for segment in waiting)


def _crossed(pieces: Sequence[tuple[str, str]], stretches: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Words that changed keep their look, the others that of the syntax."""
    looks = [role for role, text in stretches for _ in text]
    at = 0
    for of_word, text in pieces:
        if of_word:
            yield of_word, text
        else:
            for role, group in groupby(zip(looks[at : at + len(text)], text, strict=False), key=lambda pair: pair[0]):
                yield role, "".join(character for _, character in group)
        at += len(text)


def _without_returns(rows: Sequence[Row]) -> Sequence[Row]:
    """`rows` without the carriage returns that end them all, as in a file of such lines."""
    lines = [line for row in rows for line in (row.old, row.new) if line is not None]
    if not all(line.text.endswith("\r") or not line.ended for line in lines):
        return rows
    return [Row(*(_without_return(line) for line in (row.old, row.new))) for row in rows]


def _without_return(line: Line | None) -> Line | None:
    if line is None or not line.segments or not line.segments[-1].text.endswith("\r"):
        return line
    *before, last = line.segments
    kept = Segment(last.text[:-1], last.changed)
    return msgspec.structs.replace(line, segments=(*before, kept) if kept.text else tuple(before))


def _end(line: Line) -> str:
    return "" if line.ended else _UNENDED


def _pieces(line: Line) -> Iterator[tuple[str, bool]]:
    return ((segment.text, segment.changed) for segment in line.segments)


def _elided(line: Line) -> Line:
    """A very long line without most of what does not change in it; nothing else is ever left out."""
    if len(line.text) <= _LONG:
        return line
    return msgspec.structs.replace(line, segments=tuple(map(_shortened, line.segments)))


def _shortened(segment: Segment) -> Segment:
    left = len(segment.text) - 2 * _AROUND
    if segment.changed or left <= 0:
        return segment
    text = f"{segment.text[:_AROUND]}… {counted(left, 'character')} …{segment.text[-_AROUND:]}"
    return Segment(text, changed=False)
