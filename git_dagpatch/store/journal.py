"""The journal: one record for each apply and rollback, from before anything is touched until after all is done.

It is a chain of commits below ``refs/dagpatch/journal``, each with one state of one record; the newest state of a
record counts. The files that a record touches, as they stood, and the trees before and after are part of its tree, so
that they survive garbage collection.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec

from git_dagpatch.model.errors import DamagedState, Refused
from git_dagpatch.model.objects import DIRECTORY, FILE, Entry, Objects
from git_dagpatch.model.record import Record, Snapshot, State
from git_dagpatch.model.tree import empty_tree
from git_dagpatch.store.commits import add_commit
from git_dagpatch.store.names import JOURNAL
from git_dagpatch.store.refs import RefUpdate, update_refs
from git_dagpatch.store.repository import Repository


def new_id(patch: str) -> str:
    """An id that sorts by time and is never used again."""
    return f"{now():%Y%m%dT%H%M%S.%fZ}-{patch[:8]}-{os.getpid()}"


def now() -> datetime:
    """The time in UTC."""
    return datetime.now(UTC)


def timestamp() -> str:
    """The time as records hold it."""
    return f"{now():%Y-%m-%dT%H:%M:%SZ}"


def entry(repository: Repository, record: Record, objects: Objects | None = None) -> RefUpdate:
    """Write a state of `record`, with the snapshot's contents in `objects`; the update of the journal's ref."""
    objects = objects or Objects(repository.store)
    tip = repository.ref(JOURNAL)
    empty = empty_tree(objects)
    changes: dict[bytes, Entry | None] = {b"record.json": Entry(FILE, objects.add_blob(msgspec.json.encode(record)))}
    changes |= _files(b"files", record.snapshot) | _files(b"replaced", record.replaced)
    for name, oid in ((b"before", record.tree_before), (b"after", record.tree_after)):
        if oid != empty.id:
            changes[name] = Entry(DIRECTORY, oid)
    tree = empty.with_changes(objects, changes).id
    made = add_commit(objects, tree, [tip] if tip else [], f"{record.verb} {record.id} {record.state}\n")
    repository.store.write(objects)
    return RefUpdate(JOURNAL, made, tip)


def _files(directory: bytes, snapshot: Snapshot) -> dict[bytes, Entry]:
    """The kept files, all in one directory."""
    return {
        directory + b"/" + name.replace("/", "%2F").encode(): Entry(FILE, kept.oid)
        for name, kept in snapshot.items()
        if kept is not None
    }


def write(repository: Repository, record: Record, *more: RefUpdate, objects: Objects | None = None) -> None:
    """Publish a state of `record`, together with other refs. Raises RefChanged."""
    update_refs(repository.git, [entry(repository, record, objects), *more], f"dagpatch: {record.verb} {record.state}")


def records(repository: Repository) -> Iterator[Record]:
    """Every record in its newest state, the newest record first. Raises DamagedState where one cannot be read."""
    seen: set[str] = set()
    oid = repository.ref(JOURNAL)
    if oid is None and (repository.common_dir / JOURNAL).is_file():
        raise _damaged(repository, "It names no object.")
    while oid:
        try:
            commit = repository.store.commit(oid)
            content = repository.store.blob(repository.store.entries(commit.tree)[b"record.json"].oid)
            record = msgspec.json.decode(content, type=Record)
        except (Refused, KeyError, msgspec.MsgspecError) as error:
            cause = error.message if isinstance(error, Refused) else error
            raise _damaged(repository, f"{oid} is no record: {cause}") from error
        if record.id not in seen:
            seen.add(record.id)
            yield record
        oid = commit.parents[0] if commit.parents else None


def _damaged(repository: Repository, cause: str) -> DamagedState:
    return DamagedState(
        f"The journal of git dagpatch, {JOURNAL}, is damaged.",
        cause=cause,
        hint=repository.way_back(JOURNAL),
    )


def newest(repository: Repository) -> Record | None:
    """The newest record of all work trees."""
    return next(records(repository), None)


def history(repository: Repository) -> Iterator[Record]:
    """Every record of this work tree, the newest first, those that were rolled back since as UNDONE."""
    undone: set[str] = set()
    for record in records(repository):
        if record.place != repository.place:
            continue
        if record.id in undone:
            yield msgspec.structs.replace(record, state=State.UNDONE)
            continue
        if record.state is State.DONE:
            undone.update(record.undoes)
        yield record
