"""What discovery hands on: operations with their effect in the state in which they were found."""

from __future__ import annotations

from dataclasses import dataclass

from git_dagpatch.model.effect import Effect
from git_dagpatch.model.operation import Operation


@dataclass(frozen=True, slots=True)
class Proposal:
    """An operation, without id, edges and positions, and what it does in the state that the ones before it left."""

    operation: Operation
    effect: Effect
    follows: tuple[Proposal, ...] = ()
    """Earlier ones that it needs, though their texts do not touch, such as a rename that frees a name."""


Step = tuple[Proposal, ...]
"""Proposals found together: their effects are all in the state that the steps before left. More than one only where all
they do is rewrite text."""
