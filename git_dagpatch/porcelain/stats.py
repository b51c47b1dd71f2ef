"""stats: how a patch measures against git's own diff. Always computed, never read from a store."""

from __future__ import annotations

import time
from collections import Counter
from typing import Any

import msgspec
import zstandard

from git_dagpatch.engine.execute import weave_in
from git_dagpatch.engine.measure import description, review_lines
from git_dagpatch.model.codec import dag, encode
from git_dagpatch.model.objects import Oid
from git_dagpatch.porcelain.sources import factor_commit, parent_tree
from git_dagpatch.porcelain.verify import verify
from git_dagpatch.store.diff import diff_bytes
from git_dagpatch.store.protocol import Store

_LEVEL = 19


class Stats(msgspec.Struct, frozen=True):
    """The measures of one commit. Sizes are bytes after zstd at level 19."""

    commit: str
    exact: bool
    operations: dict[str, int]
    """Kind → how many."""
    edges: int
    patch_bytes: int
    """The canonical JSON."""
    description_bytes: int
    """Meanings and hunks: no ids, edges, metadata, nor footprints that replay reproduces."""
    diff_bytes: int
    """git's diff of the same commit."""
    review_lines: int
    diff_lines: int
    """Added and removed lines of git's diff."""
    milliseconds: float
    """Factoring and proof."""


def stats(oid: Oid, store: Store) -> Stats:
    """Measure one commit against its first parent."""
    start = time.perf_counter()
    based = factor_commit(oid, store)
    elapsed = (time.perf_counter() - start) * 1000
    patch = based.patch
    commit = store.commit(oid)
    diff = diff_bytes(store.git_dir, parent_tree(commit, store).id, commit.tree)
    compress = zstandard.ZstdCompressor(level=_LEVEL).compress
    graph = dag(patch.operations)
    lineages = weave_in(patch.operations, graph, based.base, graph.everything)
    return Stats(
        commit=oid,
        exact=verify(based).exact,
        operations=dict(sorted(Counter(operation.type for operation in patch.operations).items())),
        edges=graph.edges(),
        patch_bytes=len(compress(encode(patch))),
        description_bytes=len(compress(description(patch.operations))),
        diff_bytes=len(compress(diff.text)),
        review_lines=review_lines(patch.operations, graph, lineages),
        diff_lines=diff.lines,
        milliseconds=round(elapsed, 3),
    )


def total(measures: list[Stats]) -> dict[str, Any]:
    """The sums over several commits, as a row."""
    operations: Counter[str] = Counter()
    for measure in measures:
        operations.update(measure.operations)
    names = ("edges", "patch_bytes", "description_bytes", "diff_bytes", "review_lines", "diff_lines", "milliseconds")
    sums = {name: sum(getattr(measure, name) for measure in measures) for name in names}
    return {"commits": len(measures), "exact": sum(m.exact for m in measures), "operations": dict(operations)} | sums
