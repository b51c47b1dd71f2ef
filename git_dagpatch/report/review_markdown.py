"""A review as Markdown, for a comment on a pull request: what stands in commits stays text there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html import escape

from git_dagpatch.model.review import Card, Hunk, Review
from git_dagpatch.model.text import safe
from git_dagpatch.report.review_alike import ALIKE, alike, place_of
from git_dagpatch.report.review_words import (
    TITLES,
    Wish,
    at,
    breaking_sentence,
    counted,
    headline,
    hidden_sentence,
    others_alike,
    remarks,
    sections,
    unified,
    verdict_sentence,
)

_LARGEST = 60_000
"""Characters of a comment; the services take some more."""
_ID = 8
_SIGNS = re.compile(r"([\\`*_{}\[\]<>#+\-.!|~&$^:])")
_CALLS = re.compile(r"@|#|\bGH(?=\\?-)")
"""What makes a service call somebody, or point to an issue, wherever it stands."""


def review_markdown(review: Review, wish: Wish) -> str:
    """The review in at most as many characters as a comment may have; what is left out is counted."""
    pieces = list(_head(review))
    room = _LARGEST - sum(map(len, pieces))
    left = 0
    cards = {card.id: card for card in review.cards}
    for concern, found in sections(review, wish):
        pieces.append(f"\n### {TITLES[concern]}\n\n")
        for group in alike(found, wish):
            forms = (_card(group[0], cards, wish, group[1:]), "".join(map(_line, group)))
            fitting = next((form for form in forms if len(form) <= room), "")
            left += 0 if fitting else len(group)
            room -= len(fitting)
            pieces.append(fitting)
    if left:
        pieces.append(f"\n{counted(left, 'operation')} did not fit into a comment.\n")
    hidden = [card for card in review.cards if wish.hides(card)]
    if hidden:
        pieces.append(f"\n{escaped(hidden_sentence(hidden))}\n")
    return "".join(pieces)


def _head(review: Review) -> Iterator[str]:
    subject = review.origin.message.strip().partition("\n")[0]
    if subject:
        yield f"## {escaped(subject)}\n\n"
    yield f"**{verdict_sentence(review.verdict)}**\n"
    broken = breaking_sentence(review.verdict)
    if broken:
        yield f"\n**⚠ {broken}**\n"


def _line(card: Card) -> str:
    flag = "**⚠ breaking:** " if card.breaking else ""
    return f"- {flag}{escaped(card.headline)} ({card.kind} `{card.id[:_ID]}`)\n"


def _card(card: Card, cards: dict[str, Card], wish: Wish, others: Sequence[Card]) -> str:
    """A card with lines can be opened; one that breaks something is open. Others that say the same are listed."""
    hunks = [hunk for file in card.files for hunk in file.hunks if hunk.to_read or wish.unfolds(card)]
    if not hunks:
        return _line(card)
    start, flag = ("<details open>", "<b>⚠ breaking:</b> ") if card.breaking else ("<details>", "")
    more = f", and {counted(len(others), 'edit')} alike" if others else ""
    told = [f"{start}<summary>{flag}{_in_html(headline(card) + more)} ({card.kind} {card.id[:_ID]})</summary>\n"]
    told += [f"\n{escaped(remark)}\n" for remark in remarks(card, cards)]
    told += [f"\n{_place(hunk)}\n\n{_fenced(hunk)}" for hunk in hunks]
    if alike := others_alike(card):
        told.append(f"\n{counted(alike, 'more place')} alike\n")
    if others:
        told.append(f"\n{ALIKE.capitalize()}:\n\n")
        told += [f"- {escaped(place_of(other))} (`{other.id[:_ID]}`)\n" for other in others]
    return "".join([*told, "\n</details>\n\n"])


def _place(hunk: Hunk) -> str:
    return escaped(f"{at(hunk.place)} {hunk.symbol}")


def _fenced(hunk: Hunk) -> str:
    """The lines as a diff, in a fence that none of them closes."""
    lines = [f"{sign}{safe(line.text)}" for sign, line in unified(hunk.rows)]
    longest = max((len(run) for line in lines for run in re.findall("`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    return "\n".join([f"{fence}diff", *lines, fence, ""])


def escaped(text: str) -> str:
    """`text` as it stands, whatever Markdown, HTML or a service would make of it."""
    return _uncalled(_SIGNS.sub(r"\\\1", _on_one_line(text)))


def _in_html(text: str) -> str:
    """The same within HTML, where Markdown means nothing."""
    return _uncalled(escape(_on_one_line(text), quote=False))


def _uncalled(text: str) -> str:
    return _CALLS.sub(r"\g<0><!-- -->", text)


def _on_one_line(text: str) -> str:
    return " ".join(safe(text).split())
