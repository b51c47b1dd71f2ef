"""What is not committed yet, as a patch."""

from __future__ import annotations

from git_dagpatch.engine.factor import factor
from git_dagpatch.model.patch import Metadata
from git_dagpatch.porcelain.checkout import open_repository
from git_dagpatch.porcelain.formatters import configured
from git_dagpatch.porcelain.sources import Based, this_program
from git_dagpatch.store.uncommitted import index_tree, work_tree


def uncommitted(*, staged: bool, in_work_tree: bool) -> Based:
    """What is staged since HEAD, what the work tree has besides what is staged, or both together.

    Raises Refused in a bare repository, WorkInProgress where files are in conflict.
    """
    repository = open_repository()
    head = repository.tree_of(repository.head().oid)
    # Raises Refused in a bare repository, whose index holds nothing of anybody.
    _ = repository.work_tree
    index = index_tree(repository, head)
    before = head if staged else index
    after = work_tree(repository, head) if in_work_tree else index
    return Based(factor(before, after, Metadata(generator=this_program()), configured()), before)
