"""What shows that definitions changed their order alone: the same texts, and the same text around them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from git_dagpatch.alignment.lines import lines_of
from git_dagpatch.languages import language_of
from git_dagpatch.languages.language import Definition
from git_dagpatch.model.effect import Rewrite, rewrite
from git_dagpatch.model.operation import Reorder
from git_dagpatch.model.paths import split_target
from git_dagpatch.operations.symbol_text import only_definitions

PROOF = "the same definitions stand in another order, which means nothing while they are made, and nothing else changes"


def proof_of_definitions(operation: Reorder, path: bytes, text: bytes, change: Rewrite) -> str:
    """What proves that the order into which `change` puts definitions means nothing; empty if nothing does."""
    if not only_reorders(operation, path, text, change):
        return ""
    _, parent = split_target(operation.target)
    free = language_of(path, text).may_change_places(text, rewrite(text, change.spans), parent)
    return PROOF if free else ""


def only_reorders(operation: Reorder, path: bytes, text: bytes, change: Rewrite) -> bool:
    """Whether `change` puts the definitions that `operation` names into its order, and does nothing else."""
    _, parent = split_target(operation.target)
    siblings = [f"{parent}.{name}" if parent else name for name in operation.siblings]
    if sorted(operation.order) != [*range(len(siblings))] or len(set(siblings)) < len(siblings):
        return False
    old = _Found.of(path, text, siblings)
    new = _Found.of(path, rewrite(text, change.spans), [siblings[number] for number in operation.order])
    return old is not None and new is not None and old.texts() == new.texts() and old.rest() == new.rest()


class _Found(NamedTuple):
    """Definitions in their order, among which no other code stands."""

    lines: Sequence[bytes]
    siblings: list[Definition]

    @classmethod
    def of(cls, path: bytes, text: bytes, names: Sequence[str]) -> _Found | None:
        """Those called `names`; None if they stand otherwise."""
        language = language_of(path)
        found = language.definitions(text) or []
        siblings = [one for one in found if one.name in names]
        lines = lines_of(text).lines
        if not siblings or [one.name for one in siblings] != list(names):
            return None
        first, last = siblings[0].start, siblings[-1].end
        inside = [(one.start, one.end) for one in found if first <= one.start and one.end <= last]
        return cls(lines, siblings) if only_definitions(lines, inside, first, last, language) else None

    def texts(self) -> dict[str, Sequence[bytes]]:
        return {one.name: self.lines[one.start : one.end] for one in self.siblings}

    def rest(self) -> list[bytes]:
        """The lines outside of them, without blank ones."""
        rest: list[bytes] = []
        at = 0
        for one in self.siblings:
            rest += [line for line in self.lines[at : one.start] if line.strip()]
            at = one.end
        return [*rest, *(line for line in self.lines[at:] if line.strip())]
