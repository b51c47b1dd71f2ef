"""The files of its base that a patch needs."""

from __future__ import annotations

from collections.abc import Sequence

from git_dagpatch.engine.execute import weave_in
from git_dagpatch.model.codec import dag
from git_dagpatch.model.objects import Entry
from git_dagpatch.model.operation import Operation
from git_dagpatch.model.tree import Tree
from git_dagpatch.operations import kind_of


def base_files(operations: Sequence[Operation], base: Tree) -> list[tuple[bytes, Entry]]:
    """The files of base that a patch touches or reads; its `base_tar` is made of them."""
    graph = dag(operations)
    touched = weave_in(operations, graph, base, graph.everything).touched_base_paths()
    return with_reads(operations, touched, base)


def with_reads(operations: Sequence[Operation], touched: Sequence[bytes], base: Tree) -> list[tuple[bytes, Entry]]:
    """The files at the paths `touched` and those that `operations` read."""
    read = {path for operation in operations for path in kind_of(operation).reads(operation)}
    return [(path, entry) for path in sorted({*touched, *read}) if (entry := base.file(path)) is not None]
