"""Factorization: two trees in, the patch that turns one into the other out.

The stages run in a fixed order on a state that goes from *before* towards *after*; each explains a part of the
difference and hands on what is left. The patch is proved before it is returned.
"""

from __future__ import annotations

import logging

from git_dagpatch.discovery.files import find_files
from git_dagpatch.discovery.layout import find_layout
from git_dagpatch.discovery.residue import find_residue
from git_dagpatch.engine.describe import described
from git_dagpatch.engine.graph import build_graph
from git_dagpatch.engine.prove import prove
from git_dagpatch.model.ids import patch_id
from git_dagpatch.model.operation import Operation
from git_dagpatch.model.patch import Metadata, Patch
from git_dagpatch.model.tar import base_tar
from git_dagpatch.model.tree import Tree
from git_dagpatch.operations import kind_of

log = logging.getLogger(__name__)


def factor(before: Tree, after: Tree, metadata: Metadata) -> Patch:
    """The patch from `before` to `after`. Raises ProofFailed rather than return one that is not exact."""
    file_steps, unfinished = find_files(before, after)
    log.info("files: %d operations, %d files left", len(file_steps), len(unfinished))
    layout_steps, unfinished = find_layout(unfinished)
    log.info("layout: %d operations, %d files left", len(layout_steps), len(unfinished))
    residue_steps = find_residue(unfinished)
    log.info("residue: %d operations", sum(map(len, residue_steps)))
    operations, touched = build_graph(before, [*file_steps, *layout_steps, *residue_steps])
    return prove(_patch(before, after, metadata, operations, touched), before, after)


def _patch(before: Tree, after: Tree, metadata: Metadata, operations: list[Operation], touched: list[bytes]) -> Patch:
    read = {path for operation in operations for path in kind_of(operation).reads(operation)}
    files = [(path, entry) for path in {*touched, *read} if (entry := before.file(path)) is not None]
    archive = base_tar(files, before.source)
    return Patch(
        id=patch_id(archive, operations, metadata),
        base=before.id,
        result=after.id,
        base_tar=archive,
        metadata=metadata,
        operations=[described(operation, metadata) for operation in operations],
    )
