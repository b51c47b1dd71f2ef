"""What discovery hands on: operations with their effect in the state in which they were found."""

from __future__ import annotations

from collections.abc import Sequence, Set
from typing import NamedTuple, TypeAlias

from msgspec import Struct

from git_dagpatch.discovery.unfinished import Unfinished
from git_dagpatch.model.effect import Effect
from git_dagpatch.model.formatting import Formatting
from git_dagpatch.model.operation import Copy, Move, Operation, Reorder


class Proposal(Struct, frozen=True):
    """An operation, without id, edges and positions, and what it does in the state that the ones before it left."""

    operation: Operation
    effect: Effect
    follows: tuple[Proposal, ...] = ()
    """Earlier ones that it needs, though their texts do not touch, such as a rename that frees a name."""
    reason: str = ""
    """Why it needs those, where that is not told by their kinds."""
    reasons: tuple[str, ...] = ()
    """Why it needs each of those, where that is known of each; empty of those of which it is not."""


Step = tuple[Proposal, ...]
"""Proposals found together: their effects are all in the state that the steps before left. More than one only where all
they do is rewrite text."""


Claim: TypeAlias = tuple[str, ...]
"""What tells a move, a copy or a reorder of definitions from others of a patch: the kind, and the symbols."""


def claim_of(operation: Operation) -> Claim | None:
    """None for other kinds."""
    match operation:
        case Move(symbol_kind=str(), source=source, target=target):
            return "move", source, target
        case Copy(symbol_kind=str(), source=source, target=target):
            return "copy", source, target
        case Reorder(target=target, siblings=siblings):
            return "reorder", target, *siblings
    return None


class Earlier(NamedTuple):
    """What the stages before one found, for those that go on from it."""

    steps: Sequence[Step]
    files: Sequence[Unfinished]
    """All files whose content differs, as they stood when their paths were as they shall be."""
    formatting: Formatting | None = None
    """The formatters that the reader has configured; None where no one was asked."""
    refused: Set[Claim] = frozenset()
    """What is not to be found, because it is shorter to do without."""
