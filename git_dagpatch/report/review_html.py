"""Reviews as one page for a browser: it needs no network, and nothing in it is executed but its own script.

All texts of commits come as data. The script sets them as text and never as markup, and the page's own policy lets no
other script run.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Sequence
from html import escape
from importlib.resources import files

import msgspec

from git_dagpatch.model.review import Card, Review
from git_dagpatch.model.text import safe
from git_dagpatch.report.drawing import Box, drawing
from git_dagpatch.report.review_words import breaking_sentence, verdict_sentence

_KEYS = (
    ("j, k", "next, previous operation"),
    ("o", "open or close it"),
    ("f", "show or hide what is proved to change nothing"),
    ("s", "old and new side by side"),
    ("g", "open or close the graph"),
    ("/", "search"),
    ("c", "clear the filters"),
    ("t", "light or dark"),
)


def review_html(reviews: Sequence[Review]) -> str:
    """The page."""
    style, script = (files(__package__).joinpath("page", name).read_text("utf-8") for name in ("page.css", "page.js"))
    policy = (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    # What would end the element cannot stand in it.
    data = msgspec.json.encode(reviews).decode().replace("<", "\\u003c")
    title = _subject(reviews[0]) if len(reviews) == 1 else f"{len(reviews)} commits"
    return "\n".join(
        [
            "<!DOCTYPE html>",
            '<html lang="en"><head><meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="referrer" content="no-referrer">',
            f"<title>{_text(title)}</title>",
            f"<style>{style}</style></head><body>",
            *_controls(),
            "<main>",
            *(line for number, review in enumerate(reviews) for line in _review(number, review)),
            "</main>",
            f'<script type="application/json" id="data">{data}</script>',
            f"<script>{script}</script>",
            "</body></html>",
            "",
        ]
    )


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _text(text: str) -> str:
    """`text` as a page shows it, with control characters made visible."""
    return escape(safe(text))


def _controls() -> Iterator[str]:
    yield '<nav aria-label="Filters"><div>'
    yield '<input type="search" id="text" placeholder="Search" aria-label="Search">'
    for name, told in ("kind", "Every kind"), ("tag", "Every tag"), ("file", "Every file"):
        yield f'<select id="{name}" aria-label="{told}"><option value="">{told}</option></select>'
    yield '<button id="proved" aria-pressed="false">Formatting</button>'
    yield '<button id="split" aria-pressed="false">Side by side</button>'
    yield '<button id="theme">Light or dark</button><button id="keys">Keys</button>'
    yield '<span id="count" class="quiet" role="status"></span></div></nav>'
    yield '<dialog id="help"><form method="dialog"><h2>Keys</h2>'
    yield from (f"<p><kbd>{key}</kbd> {told}</p>" for key, told in _KEYS)
    yield "<button>Close</button></form></dialog>"


def _review(number: int, review: Review) -> Iterator[str]:
    origin = review.origin
    yield f"<h1>{_text(_subject(review))}</h1>"
    told = [origin.commit[:12], origin.author, origin.date]
    yield f'<div class="origin">{_text(" · ".join(filter(None, told)))}</div>'
    yield f'<p class="verdict">{_text(verdict_sentence(review.verdict))}'
    if broken := breaking_sentence(review.verdict):
        yield f' <span class="breaks">{_text(broken)}</span>'
    yield "</p>"
    _, _, body = origin.message.strip().partition("\n")
    if body.strip():
        lines = "\n".join(map(_text, body.strip().split("\n")))
        yield f'<pre class="message">{lines}</pre>'
    if any(card.depends_on for card in review.cards):
        yield '<details class="graph"><summary>What depends on what</summary><div class="drawing">'
        yield from drawing(_boxes(number, review.cards))
        yield "</div></details>"
    yield f'<div id="cards-{number}"></div>'
    yield "<noscript><ul>"
    yield from (f"<li>{_text(card.kind)}: {_text(card.headline)}</li>" for card in review.cards)
    yield "</ul></noscript>"


def _boxes(number: int, cards: Sequence[Card]) -> list[Box]:
    at = {card.id: place for place, card in enumerate(cards)}
    return [
        Box(
            card.kind,
            safe(card.headline),
            card.breaking is True,
            {at[need]: safe(card.because.get(need, "")) for need in card.depends_on if need in at},
            {"data-review": str(number), "data-id": card.id, "tabindex": "0", "role": "link"},
        )
        for card in cards
    ]


def _subject(review: Review) -> str:
    subject, _, _ = review.origin.message.strip().partition("\n")
    return subject or f"Patch {review.origin.patch[:12]}"
