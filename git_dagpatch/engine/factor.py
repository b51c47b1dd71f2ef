"""Factorization: two trees in, the patch that turns one into the other out.

The stages run in a fixed order on a state that goes from *before* towards *after*; each explains a part of the
difference and hands on what is left. The patch is proved before it is returned.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence, Set
from typing import NamedTuple, TypeAlias

import msgspec
from msgspec import UNSET

from git_dagpatch.discovery.blocks import find_blocks
from git_dagpatch.discovery.data import find_data
from git_dagpatch.discovery.files import find_comings_and_goings, find_files
from git_dagpatch.discovery.following import find_following
from git_dagpatch.discovery.imports import find_imports
from git_dagpatch.discovery.layout import find_late_layout, find_layout
from git_dagpatch.discovery.mentions import find_mentions
from git_dagpatch.discovery.moves import find_late_moves, find_moves
from git_dagpatch.discovery.patterns import find_patterns
from git_dagpatch.discovery.proposal import Claim, Earlier, Step
from git_dagpatch.discovery.renames import find_renames
from git_dagpatch.discovery.residue import find_residue
from git_dagpatch.discovery.twins import find_twins
from git_dagpatch.discovery.unfinished import Unfinished
from git_dagpatch.engine.base_files import with_reads
from git_dagpatch.engine.describe import described
from git_dagpatch.engine.generator import versions
from git_dagpatch.engine.graph import build_graph
from git_dagpatch.engine.prove import prove
from git_dagpatch.engine.shortest import shortest
from git_dagpatch.model.formatting import Formatter, Formatting
from git_dagpatch.model.ids import patch_id
from git_dagpatch.model.patch import Metadata, Patch
from git_dagpatch.model.tar import base_tar
from git_dagpatch.model.tree import Tree

log = logging.getLogger(__name__)


Found: TypeAlias = tuple[list[Step], list[Unfinished]]
"""What a stage explains, and the files that are left."""
Stage: TypeAlias = Callable[[Sequence[Unfinished], Earlier], Found]
"""It gets the files that are left, and what the stages before found."""


def _alone(find: Callable[[Sequence[Unfinished]], Found]) -> Stage:
    """The stage of a question that does not depend on what was found before."""
    return lambda unfinished, _: find(unfinished)


STAGES: tuple[tuple[str, Stage], ...] = (
    ("layout", lambda unfinished, earlier: find_layout(unfinished, earlier.formatting)),
    ("moves", lambda unfinished, earlier: find_moves(unfinished, earlier.refused)),
    ("renames", _alone(find_renames)),
    ("moves after renames", lambda unfinished, earlier: find_late_moves(unfinished, earlier.refused)),
    ("imports that follow", find_following),
    ("files that come and go", _alone(find_comings_and_goings)),
    ("layout of what moved", _alone(find_late_layout)),
    ("copies of what is new", lambda unfinished, earlier: find_twins(unfinished, earlier.refused)),
)
"""What is asked, in this order, after the pairing of files."""
LATE_STAGES: tuple[tuple[str, Stage], ...] = (
    ("imports", _alone(find_imports)),
    ("names in text", find_mentions),
    ("patterns", _alone(find_patterns)),
    ("data", _alone(find_data)),
)
"""What is asked, in this order, of lines that have the indentation that is wanted, before the residue."""


class Refactorings(NamedTuple):
    """What is found besides changes of what a text says."""

    steps: list[Step]
    unfinished: list[Unfinished]
    """The files as they are after `steps`, and as they are wanted before `closing`."""
    closing: list[Step]
    """What follows the edits."""


def find_refactorings(
    files: Sequence[Unfinished], is_worth: Callable[[str, Sequence[Unfinished]], bool]
) -> Refactorings:
    """What is found of a few files that differ: layout, moves, copies, renames, order. Nothing is proved yet.

    Of each stage, `is_worth` is asked whether to try it on the files as they are then.
    """
    steps: list[Step] = []
    unfinished = list(files)
    for stage in STAGES:
        if is_worth(stage[0], unfinished):
            unfinished = _run([stage], unfinished, steps, Earlier(steps, files))
    if not is_worth("blocks", unfinished):
        return Refactorings(steps, unfinished, [])
    blocks = find_blocks(unfinished)
    reordered, unfinished = find_imports(blocks.unfinished)
    return Refactorings([*steps, *blocks.opening, *reordered], unfinished, blocks.closing)


def factor(
    before: Tree, after: Tree, metadata: Metadata, formatters: Callable[[], Sequence[Formatter]] | None = None
) -> Patch:
    """The patch from `before` to `after`. Raises ProofFailed rather than return one that is not exact.

    `formatters` are tried where layout changes; a patch that names one depends on it.
    """
    formatting = Formatting(formatters, after) if formatters else None
    paired, files = find_files(before, after)
    log.info("files: %d operations, %d files left", len(paired), len(files))

    def without(refused: Set[Claim]) -> Patch:
        steps = list(paired)
        earlier = Earlier(steps, files, formatting, refused)
        blocks = find_blocks(_run(STAGES, files, steps, earlier))
        log.info("blocks: %d operations", len(blocks.opening) + len(blocks.closing))
        steps += blocks.opening
        residue = find_residue(_run(LATE_STAGES, blocks.unfinished, steps, earlier))
        log.info("residue: %d operations", sum(map(len, residue)))
        return assemble(before, after, metadata, [*steps, *residue, *blocks.closing])

    return shortest(without, before)


def _run(
    stages: Sequence[tuple[str, Stage]], unfinished: list[Unfinished], steps: list[Step], earlier: Earlier
) -> list[Unfinished]:
    """What `stages` leave of `unfinished`; what they find is added to `steps`, which they see as earlier ones."""
    for name, find in stages:
        found, unfinished = find(unfinished, earlier)
        log.info("%s: %d operations, %d files left", name, sum(map(len, found)), len(unfinished))
        steps += found
    return unfinished


def assemble(before: Tree, after: Tree, metadata: Metadata, steps: Sequence[Step]) -> Patch:
    """The patch of executed `steps`: their graph, ids and descriptions. Raises ProofFailed if it is not exact."""
    operations, touched = build_graph(before, steps)
    archive = base_tar(with_reads(operations, touched, before), before.source)
    if metadata.generator is not UNSET:
        paths = {path for step in steps for proposal in step for path in proposal.effect}
        found = versions(operations, paths, (after, before))
        metadata = msgspec.structs.replace(metadata, generator=metadata.generator | found)
    patch = Patch(
        id=patch_id(archive, operations, metadata),
        base=before.id,
        result=after.id,
        base_tar=archive,
        metadata=metadata,
        operations=[described(operation, metadata) for operation in operations],
    )
    return prove(patch, before, after)
