"""Small edits that say the same are told once, and nothing that differs is hidden by that."""

from __future__ import annotations

import msgspec
import pytest

from git_dagpatch.engine.factor import factor
from git_dagpatch.engine.review import review
from git_dagpatch.model.patch import Metadata
from git_dagpatch.model.review import Card, Detail, Review
from git_dagpatch.report.review_alike import ALIKE, alike
from git_dagpatch.report.review_markdown import review_markdown
from git_dagpatch.report.review_text import View, review_text
from git_dagpatch.report.review_words import Wish
from tests.reviews import plain
from tests.trees import text, tree_of

NAMES = ("author", "book", "loan", "shelf")
BEFORE = """\
class {title}(Base):
    def load(self, path):
        super({title}, self).load(path, "{name}")
        self.size = 1
"""
AFTER = BEFORE.replace("super({title}, self)", "super()")


def reviewed(**others: str) -> Review:
    """A commit that changes each file alike but for those in `others`, which become what is said there."""
    before, after = (
        {f"{name}.py".encode(): text(form.format(name=name, title=name.title()).encode()) for name in NAMES}
        for form in (BEFORE, AFTER)
    )
    after |= {f"{name}.py".encode(): text(content.encode()) for name, content in others.items()}
    base = tree_of(before)
    return review(factor(base, tree_of(after), Metadata()), base, Detail(), trusted=True)


def groups(found: Review, wish: Wish | None = None) -> list[list[str]]:
    return [[card.target for card in group] for group in alike(found.cards, wish or Wish())]


ALL = [f"{name}.py:{name.title()}.load" for name in NAMES]


def test_edits_that_differ_in_their_own_names_alone_are_told_once() -> None:
    found = reviewed()
    assert groups(found) == [ALL]
    told = list(review_text(found, plain, View()))
    assert [line.strip() for line in told].count(f"… {ALIKE}:") == 1
    assert sum("self-]" in line for line in told) == 1
    assert all(any(f"{name}.py:3 {name.title()}.load" in line for line in told) for name in NAMES[1:])
    assert all(any(card.id[:8] in line for line in told) for card in found.cards)
    page = review_markdown(found, Wish())
    assert page.count("super()") == 1
    assert all(card.id[:8] in page for card in found.cards)


@pytest.mark.parametrize(
    "changed",
    [
        AFTER.replace("size = 1", "size = 2"),
        AFTER.replace(".load(", ".read("),
        AFTER.replace('"{name}"', "{name}"),
        AFTER.replace('"{name}"', '"author"'),
        AFTER.removesuffix("\n"),
    ],
)
def test_an_edit_that_differs_in_more_is_told_by_itself(changed: str) -> None:
    found = reviewed(shelf=changed.format(name="shelf", title="Shelf"))
    assert groups(found) == [ALL[:3], ALL[3:]]


def test_two_are_not_worth_it_and_those_asked_for_are_told_each() -> None:
    other = AFTER.replace("size = 1", "size = {name}")
    found = reviewed(loan=other.format(name="two", title="Loan"), shelf=other.format(name="three", title="Shelf"))
    assert groups(found) == [[one] for one in ALL]
    assert groups(reviewed(), Wish(show=frozenset(("edit",)))) == [[one] for one in ALL]


@pytest.mark.parametrize("field", ["confidence", "breaking", "intent", "folded", "inside", "kind"])
def test_what_a_reader_has_to_know_of_one_keeps_it_apart(field: str) -> None:
    cards = list(reviewed().cards)
    values = {"confidence": 0.9, "breaking": True, "intent": "x", "folded": "y", "inside": ("z",), "kind": "rename"}
    cards[0] = msgspec.structs.replace(cards[0], **{field: values[field]})
    assert [len(group) for group in alike(cards, Wish())] == [1, 3]
    assert _ids(cards) == [card.id for group in alike(cards, Wish()) for card in group]


def _ids(cards: list[Card]) -> list[str]:
    return [card.id for card in cards]
