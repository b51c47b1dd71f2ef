"""rollback --revert: the inverse of what an apply did, as a new commit on top of what came since."""

from __future__ import annotations

import msgspec

from git_dagpatch.engine.factor import factor
from git_dagpatch.engine.invert import invert
from git_dagpatch.model.errors import Refused
from git_dagpatch.model.patch import Metadata
from git_dagpatch.model.record import Event, Record
from git_dagpatch.model.tree import Tree
from git_dagpatch.porcelain.apply import apply
from git_dagpatch.porcelain.rollback import Choice, chosen
from git_dagpatch.porcelain.run import ApplyOptions
from git_dagpatch.porcelain.sources import Based
from git_dagpatch.store.repository import Repository


def revert(repository: Repository, choice: Choice, options: ApplyOptions) -> list[Event]:
    """Commit the inverse of the chosen applies, the newest first: all, or none. Raises Refused where one conflicts."""
    records = chosen(repository, choice)
    for record in records:
        if record.tree_before == record.tree_after:
            raise Refused(
                f"What the {record.verb} did to {record.subject!r} changed no file, so it has no inverse to commit.",
                hint=f"The old commit is kept: {record.backup.removeprefix('refs/heads/') or record.before}",
            )
    inverses = [_inverse(repository, record) for record in records]
    return list(apply(repository, inverses, msgspec.structs.replace(options, atomic=True)))


def _inverse(repository: Repository, record: Record) -> Based:
    before, after = Tree(repository.store, record.tree_before), Tree(repository.store, record.tree_after)
    message = f'Revert "{record.subject}"\n\nThis takes back what the patch {record.patch} did.\n'
    patch = factor(before, after, Metadata())
    return Based(invert(patch, before, Metadata(message=message)), after)
