"""gc: backup branches that are older than they need to be go."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from git_dagpatch.model.record import State
from git_dagpatch.store import journal
from git_dagpatch.store.lock import locked
from git_dagpatch.store.names import BACKUPS
from git_dagpatch.store.refs import RefUpdate, update_refs
from git_dagpatch.store.repository import Repository

_TIME = re.compile(r"(\d{8}T\d{6})\.\d{6}Z-")


def collect(repository: Repository, days: int, *, dry_run: bool = False) -> list[str]:
    """Delete the backup branches that are older than `days`; their names. Those of an unfinished apply stay."""
    with locked(repository):
        needed = {
            record.backup for record in journal.records(repository) if record.state in (State.OPEN, State.STOPPED)
        }
        limit = journal.now() - timedelta(days=days)
        listing = repository.git.run("for-each-ref", "--format=%(refname) %(objectname)", BACKUPS).decode()
        updates = []
        for line in listing.splitlines():
            name, oid = line.rsplit(" ", 1)
            if name not in needed and _age(name) < limit:
                updates.append(RefUpdate(name, None, oid))
        if updates and not dry_run:
            update_refs(repository.git, updates, "dagpatch gc")
        return [update.name for update in updates]


def _age(name: str) -> datetime:
    match = _TIME.match(name.removeprefix(BACKUPS))
    return datetime.strptime(match[1], "%Y%m%dT%H%M%S").replace(tzinfo=UTC) if match else journal.now()
