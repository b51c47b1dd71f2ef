"""review: commits and patches, each as its reviewer reads it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import StrEnum

from msgspec import Struct

from git_dagpatch.engine.review import TERMS, review
from git_dagpatch.model.objects import Oid
from git_dagpatch.model.review import Card, Concern, Detail, Review
from git_dagpatch.porcelain.documents import read_documents
from git_dagpatch.porcelain.selection import Terms, pick
from git_dagpatch.porcelain.sources import (
    Based,
    Document,
    found_patch,
    recorded_patch,
)
from git_dagpatch.store.protocol import Store

__all__ = ["TERMS", "Gate", "Reviewed", "held_up", "review_based", "review_commit", "review_documents"]


class Reviewed(Struct, frozen=True):
    """The review of what a selection leaves of one patch."""

    review: Review | None
    """None if that is nothing."""
    remarks: tuple[str, ...]
    matched: frozenset[str]
    """The terms of the selection that mean something here."""


class Gate(StrEnum):
    """What a program can ask not to be in a review."""

    BEHAVIOUR = "behaviour"
    """An operation that may change what the program does."""
    INTERFACE = "interface"
    """An operation that breaks what others may use; also one that changes behaviour if that is not known of it."""


def held_up(review: Review, gate: Gate) -> list[Card]:
    """The operations of a review that a gate does not let through."""
    if gate is Gate.BEHAVIOUR:
        return [card for card in review.cards if card.concern is Concern.BEHAVIOUR]
    return [
        card for card in review.cards if card.breaking or (card.breaking is None and card.concern is Concern.BEHAVIOUR)
    ]


def review_commit(terms: Terms, detail: Detail, oid: Oid, store: Store) -> Reviewed:
    """The review of one commit. What a recorded patch tells of itself is found out again."""
    recorded = recorded_patch(oid, store)
    based = Based.on(recorded, store) if recorded else found_patch(oid, store)
    return review_based(based, terms, detail, trusted=recorded is None)


def review_documents(
    documents: Iterable[Document], store: Store | None, terms: Terms, detail: Detail
) -> Iterator[Reviewed]:
    """The reviews of patches, in order; what they tell of themselves is found out again.

    Raises MissingObject where the base of one is not here.
    """
    for based in read_documents(documents, store):
        yield review_based(based, terms, detail, trusted=False)


def review_based(based: Based, terms: Terms, detail: Detail, *, trusted: bool) -> Reviewed:
    """The review of one patch. `trusted` says that it was made here."""
    part = pick(based, terms)
    if part.based is None:
        return Reviewed(None, part.remarks, part.matched)
    found = review(part.based.patch, part.based.base, detail, trusted=trusted)
    return Reviewed(found, part.remarks, part.matched)
