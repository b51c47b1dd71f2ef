"""Backup points: a branch at the commit that HEAD was on, and, where asked for, the touched files in a directory."""

from __future__ import annotations

import os
from pathlib import Path

from git_dagpatch.alignment.files import differences
from git_dagpatch.model.errors import Refused, SystemFailed
from git_dagpatch.model.objects import SUBMODULE, Entry
from git_dagpatch.model.patch import Patch
from git_dagpatch.model.record import Record
from git_dagpatch.model.tree import Tree, read_entry
from git_dagpatch.store.journal import now
from git_dagpatch.store.names import BACKUPS
from git_dagpatch.store.refs import RefUpdate
from git_dagpatch.store.repository import Head, Repository


def backup_point(repository: Repository, patch: Patch, head: Head) -> tuple[RefUpdate, ...]:
    """The branch that keeps where HEAD is; none on an unborn branch. Raises Refused if a branch is in the way."""
    if head.oid is None:
        return ()
    for blocking in ("refs/heads/dagpatch", "refs/heads/dagpatch/backup"):
        if repository.ref(blocking):
            name = blocking.removeprefix("refs/heads/")
            raise Refused(
                f"A branch called {name!r} stands where the backup branches go; nothing was changed.",
                hint=f"Rename it: git branch -m {name} {name}-branch. Or set dagpatch.createBackups to false.",
            )
    name = f"{BACKUPS}{now():%Y%m%dT%H%M%S.%fZ}-{patch.id[:12]}"
    return (RefUpdate(name, head.oid, None),)


def export_files(directory: Path, before: Tree, after: Tree, record: Record) -> None:
    """Write the files that will change, as they stand in `before`, to a new folder in `directory`.

    Raises SystemFailed if that fails.
    """
    folder = directory / record.id
    try:
        for difference in differences(before, after):
            if difference.before is None or difference.before.mode == SUBMODULE:
                continue
            _export(folder / os.fsdecode(difference.path), before, difference.before)
    except OSError as error:
        raise SystemFailed(
            f"The files that will change cannot be kept in {str(directory)!r}; nothing was changed.",
            cause=str(error),
            hint="git config dagpatch.backupDir says where; without it, only the backup branch is made.",
        ) from error


def _export(place: Path, tree: Tree, entry: Entry) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(read_entry(tree.source, entry))
