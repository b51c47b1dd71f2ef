"""The journal: one record for each apply and rollback, from before anything is touched until after all is done.

It is a chain of commits below ``refs/dagpatch/journal``, each with one state of one record; the newest state of a
record counts. The snapshot of the files that a record touches is part of its tree, so that it survives garbage
collection.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec

from git_dagpatch.model.errors import MissingObject, UnknownRevision
from git_dagpatch.model.objects import FILE, Entry, Objects
from git_dagpatch.model.record import Record, State
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


def entry(repository: Repository, record: Record, objects: Objects | None = None) -> RefUpdate:
    """Write a state of `record`, with the snapshot's contents in `objects`; the update of the journal's ref."""
    objects = objects or Objects(repository.store)
    tip = repository.ref(JOURNAL)
    changes: dict[bytes, Entry | None] = {b"record.json": Entry(FILE, objects.add_blob(msgspec.json.encode(record)))}
    for name, kept in record.snapshot.items():
        if kept is not None:
            changes[b"files/" + name.replace("/", "%2F").encode()] = Entry(FILE, kept.oid)
    tree = empty_tree(objects).with_changes(objects, changes)
    oid = add_commit(objects, tree.id, [tip] if tip else [], f"{record.verb} {record.id} {record.state}\n")
    repository.store.write(objects)
    return RefUpdate(JOURNAL, oid, tip)


def write(repository: Repository, record: Record, *more: RefUpdate, objects: Objects | None = None) -> None:
    """Publish a state of `record`, together with other refs. Raises RefChanged."""
    update_refs(repository.git, [entry(repository, record, objects), *more], f"dagpatch: {record.verb} {record.state}")


def records(repository: Repository) -> Iterator[Record]:
    """Every record in its newest state, the newest record first. Damaged ones are passed over."""
    seen: set[str] = set()
    oid = repository.ref(JOURNAL)
    while oid:
        try:
            commit = repository.store.commit(oid)
            content = repository.store.blob(repository.store.entries(commit.tree)[b"record.json"].oid)
            record = msgspec.json.decode(content, type=Record)
        except (MissingObject, UnknownRevision, KeyError, msgspec.DecodeError):
            return
        if record.id not in seen:
            seen.add(record.id)
            yield record
        oid = commit.parents[0] if commit.parents else None


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
