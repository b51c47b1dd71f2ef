"""What discovery hands on: operations with their effect in the state in which they were found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from msgspec import Struct

from git_dagpatch.discovery.unfinished import Unfinished
from git_dagpatch.model.effect import Effect
from git_dagpatch.model.formatting import Formatting
from git_dagpatch.model.operation import Operation


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


class Earlier(NamedTuple):
    """What the stages before one found, for those that go on from it."""

    steps: Sequence[Step]
    files: Sequence[Unfinished]
    """All files whose content differs, as they stood when their paths were as they shall be."""
    formatting: Formatting | None = None
    """The formatters that the reader has configured; None where no one was asked."""
