"""stats: how a patch measures against git's own diff. Always computed, never read from a store."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import msgspec
import zstandard

from git_dagpatch.engine.execute import weave_in
from git_dagpatch.engine.measure import consistent, description, review_lines
from git_dagpatch.model.codec import dag, encode
from git_dagpatch.model.ids import transform_id
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
    compression: float
    """The description's bytes for one of the diff; 0 where there is no diff."""
    consistent: int
    """Operations with one intent whose spans lie in one symbol."""
    reused: int = 0
    """Operations with a transform that an earlier commit of the same run had, too."""


class Measure(NamedTuple):
    """A commit's measures, and the fingerprint of each operation's transform."""

    stats: Stats
    transforms: tuple[str, ...]


def stats(oid: Oid, store: Store) -> Stats:
    """Measure one commit against its first parent."""
    return measure(oid, store).stats


def in_sequence(measures: Iterable[Measure]) -> Iterator[Stats]:
    """The measures of commits in their order, with what each reuses of those before it."""
    known: set[str] = set()
    for found, transforms in measures:
        yield msgspec.structs.replace(found, reused=sum(transform in known for transform in transforms))
        known.update(transforms)


def measure(oid: Oid, store: Store) -> Measure:
    """Measure one commit against its first parent, by itself."""
    start = time.perf_counter()
    based = factor_commit(oid, store)
    elapsed = (time.perf_counter() - start) * 1000
    patch = based.patch
    commit = store.commit(oid)
    diff = diff_bytes(store.git_dir, parent_tree(commit, store).id, commit.tree)
    compress = zstandard.ZstdCompressor(level=_LEVEL).compress
    graph = dag(patch.operations)
    lineages = weave_in(patch.operations, graph, based.base, graph.everything)
    described = len(compress(description(patch.operations)))
    diffed = len(compress(diff.text))
    found = Stats(
        commit=oid,
        exact=verify(based).exact,
        operations=dict(sorted(Counter(operation.type for operation in patch.operations).items())),
        edges=graph.edges(),
        patch_bytes=len(compress(encode(patch))),
        description_bytes=described,
        diff_bytes=diffed,
        review_lines=review_lines(patch.operations, graph, lineages),
        diff_lines=diff.lines,
        milliseconds=round(elapsed, 3),
        compression=round(described / diffed, 4) if diff.text else 0.0,
        consistent=consistent(patch.operations, graph, lineages),
    )
    return Measure(found, tuple(map(transform_id, patch.operations)))
