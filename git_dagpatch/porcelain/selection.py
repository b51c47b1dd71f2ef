"""Parts of patches: what the terms of a person leave of each, and what is said about it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct
from msgspec.structs import replace

from git_dagpatch.engine.select import Terms, choose, explained, matched, select
from git_dagpatch.model.errors import UsageError
from git_dagpatch.porcelain.sources import Based

__all__ = ["Part", "Terms", "parts", "pick", "refuse_unmatched"]


class Part(Struct, frozen=True):
    """What is left of one patch."""

    based: Based | None
    """None if nothing is."""
    remarks: tuple[str, ...] = ()
    """A sentence for each operation that is taken or left without having been asked for."""
    matched: frozenset[str] = frozenset()
    """The terms that mean something in the patch."""


def pick(based: Based, terms: Terms) -> Part:
    """The part of one patch that `terms` leave. Raises UsageError for a term that could mean two things, and Refused
    where `terms` are strict and the part is not closed."""
    if not terms:
        return Part(based)
    operations = based.patch.operations
    named = matched(operations, terms)
    selection = choose(operations, terms)
    remarks = tuple(explained(operations, selection))
    if not selection.chosen:
        return Part(None, remarks, named)
    return Part(replace(based, patch=select(based.patch, based.base, selection.chosen)), remarks, named)


def parts(patches: Iterable[Based], terms: Terms) -> Iterator[Part]:
    """The parts of several patches. Raises UsageError at the end for a term that means nothing in any of them."""
    named: set[str] = set()
    for based in patches:
        part = pick(based, terms)
        named |= part.matched
        yield part
    refuse_unmatched(terms, named)


def refuse_unmatched(terms: Terms, named: Iterable[str]) -> None:
    """Raise UsageError for the first term that is not among those that mean something."""
    for term in (*terms.only, *terms.without):
        if term not in named:
            raise UsageError(
                f"No operation is meant by {term!r}.",
                hint="Name a number such as '#3', a kind, a path, a symbol or path:symbol, which `git dagpatch show` "
                "lists, or an id or a tag, which it lists with --json.",
            )
