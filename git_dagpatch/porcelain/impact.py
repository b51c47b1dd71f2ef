"""impact: what elsewhere uses what patches change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from git_dagpatch.engine.execute import execute
from git_dagpatch.engine.impact import impact
from git_dagpatch.model.impact import Impact
from git_dagpatch.model.objects import Objects
from git_dagpatch.model.tree import Tree, empty_tree
from git_dagpatch.porcelain.documents import read_documents
from git_dagpatch.porcelain.selection import Terms, pick
from git_dagpatch.porcelain.sources import Based, Document, Range, factor_range
from git_dagpatch.store.protocol import Store

__all__ = ["Impacted", "impact_of_based", "impact_of_range", "impacts_of_documents"]


class Impacted(NamedTuple):
    """The impact of what a selection leaves."""

    impact: Impact | None
    """None if that is nothing."""
    remarks: tuple[str, ...]
    matched: frozenset[str]
    """The terms of the selection that mean something here."""


def impact_of_range(found: Range, terms: Terms, store: Store) -> Impacted:
    """The impact of all commits of a range together. Only a selection needs their patch."""
    if terms:
        return impact_of_based(factor_range(found, store), terms)
    before = Tree(store, store.commit(found.start).tree) if found.start else empty_tree(store)
    return Impacted(impact(before, Tree(store, store.commit(found.end).tree)), (), frozenset())


def impacts_of_documents(documents: Iterable[Document], store: Store | None, terms: Terms) -> Iterator[Impacted]:
    """The impacts of patches, in order. Raises MissingObject where the base of one is not here."""
    return (impact_of_based(based, terms) for based in read_documents(documents, store))


def impact_of_based(based: Based, terms: Terms) -> Impacted:
    """The impact of one patch."""
    part = pick(based, terms)
    if part.based is None:
        return Impacted(None, part.remarks, part.matched)
    base = part.based.base
    result = execute(part.based.patch.operations, base, Objects(base.source))
    return Impacted(impact(base, result), part.remarks, part.matched)
