"""Which of a commit's copies and reorders are better told as edits? Those that nothing proves may cost more lines.

What is not proved to mean the same has to be read, and what changes inside of it, too; discovery takes it for proved,
since only the finished patch tells.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Set

from git_dagpatch.discovery.proposal import Claim, claim_of
from git_dagpatch.engine.execute import weave_in
from git_dagpatch.engine.graph import UNPROVED
from git_dagpatch.engine.measure import review_lines
from git_dagpatch.model.codec import dag
from git_dagpatch.model.patch import Patch
from git_dagpatch.model.tree import Tree

log = logging.getLogger(__name__)

TRIES = 3
"""How often it is tried without more of them: what was copied is found again as a copy of something else."""


def shortest(without: Callable[[Set[Claim]], Patch], base: Tree) -> Patch:
    """The patch on `base` that leaves the fewest lines to read, of those that `without` makes without some claims."""
    tried = [without(frozenset())]
    refused: Set[Claim] = frozenset()
    while len(tried) <= TRIES and (more := _doubted(tried[-1]) - refused):
        refused |= more
        log.info("%d copies and reorders are not proved; looking for a patch without them", len(refused))
        tried.append(without(refused))
    return min(tried, key=lambda patch: lines_to_read(patch, base)) if len(tried) > 1 else tried[0]


def lines_to_read(patch: Patch, base: Tree) -> int:
    """The lines that a reviewer of `patch` has to read."""
    graph = dag(patch.operations)
    return review_lines(patch.operations, graph, weave_in(patch.operations, graph, base, graph.everything))


def _doubted(patch: Patch) -> Set[Claim]:
    """The copies and reorders of which nothing proves that they mean the same.

    A move says where a definition went, which is worth more than the lines that it saves.
    """
    claims = {claim_of(operation) for operation in patch.operations if operation.confidence == UNPROVED}
    return frozenset(claim for claim in claims if claim is not None and claim[0] != "move")
