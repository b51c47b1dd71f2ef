"""The crash protocol: work tree, index and branch go from one tree to another, or stay, or can be put back.

In this order, with the index held: precondition → snapshot and record opened → work tree → hooks → commit → index → one
update of branch and journal, comparing their old values. At any point of a kill the record tells how to go back.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import msgspec

from git_dagpatch.alignment.files import differences
from git_dagpatch.model.commit import Person
from git_dagpatch.model.conflict import Stages
from git_dagpatch.model.errors import DirtyPaths, RefChanged
from git_dagpatch.model.objects import Objects, Oid
from git_dagpatch.model.paths import decode, encode, parents
from git_dagpatch.model.record import Record, State
from git_dagpatch.model.tree import Tree
from git_dagpatch.store import journal
from git_dagpatch.store.commits import edited_message, run_hook, signs_commits, write_commit
from git_dagpatch.store.index import HeldIndex, held_index
from git_dagpatch.store.refs import RefUpdate, prepared_refs
from git_dagpatch.store.repository import Head, Repository
from git_dagpatch.store.snapshot import put_back, take


@dataclass(frozen=True)
class NewCommit:
    """The result is committed."""

    author: Person | None
    message: bytes
    encoding: str = "utf-8"
    verify: bool = True


@dataclass(frozen=True)
class MoveTo:
    """The branch goes to a commit that exists; to none, where it was unborn."""

    commit: Oid | None


@dataclass(frozen=True)
class StageOnly:
    """The result is staged, and nothing committed."""


@dataclass(frozen=True)
class LeaveConflicts:
    """Files hold markers, and the index the versions of each path in conflict."""

    stages: Mapping[bytes, Stages]


Goal: TypeAlias = NewCommit | MoveTo | StageOnly | LeaveConflicts


@dataclass(frozen=True)
class Landing:
    """From `before` to `after` on the branch of `head`."""

    record: Record
    head: Head
    before: Tree
    after: Tree
    goal: Goal
    more_refs: tuple[RefUpdate, ...] = ()
    """Refs that change when the record is opened: a backup."""


def land(repository: Repository, landing: Landing, check: Callable[[], None] | None = None) -> Record:
    """Carry out `landing`; the record as it then stands. Whatever fails on the way is put back, and raised.

    `check` runs when the work tree holds the result; what it raises counts as a failure.
    """
    changed = {difference.path for difference in differences(landing.before, landing.after)}
    paths = sorted(changed | (landing.goal.stages.keys() if isinstance(landing.goal, LeaveConflicts) else set()))
    opened: Record | None = None
    try:
        with held_index(repository) as index:
            _precondition(repository, landing, index, paths)
            objects = Objects(repository.store)
            snapshot = take(repository.work_tree, paths, objects)
            names = [encode(path) for path in paths]
            opened = msgspec.structs.replace(landing.record, state=State.OPEN, paths=names, snapshot=snapshot)
            journal.write(repository, opened, *landing.more_refs, objects=objects)
            index.move(landing.before.id, landing.after.id)
            if check:
                check()
            return _publish(repository, landing, opened, index)
    except BaseException:
        if opened is not None:
            restore(repository, opened)
            journal.write(repository, msgspec.structs.replace(opened, state=State.FAILED))
        raise


def land_resolved(repository: Repository, landing: Landing) -> Record:
    """Commit what a person resolved and staged; work tree and index hold it already."""
    with held_index(repository) as index:
        if repository.head() != landing.head:
            raise RefChanged("HEAD moved in the meantime; nothing was changed.", hint="Try again.")
        return _publish(repository, landing, landing.record, index)


def _publish(repository: Repository, landing: Landing, opened: Record, index: HeldIndex) -> Record:
    """The last step: index, branch and record change together."""
    updates = []
    match landing.goal:
        case LeaveConflicts(stages):
            index.conflict(stages)
            done = msgspec.structs.replace(opened, state=State.STOPPED)
        case StageOnly():
            done = msgspec.structs.replace(opened, state=State.DONE)
        case MoveTo(commit):
            done = msgspec.structs.replace(opened, state=State.DONE, after=commit)
            updates.append(RefUpdate(landing.head.ref, commit, landing.head.oid))
        case NewCommit() as wanted:
            made = _commit(repository, landing, wanted, index)
            done = msgspec.structs.replace(opened, state=State.DONE, after=made)
            updates.append(RefUpdate(landing.head.ref, made, landing.head.oid))
    updates.append(journal.entry(repository, done))
    with prepared_refs(repository.git, updates, f"dagpatch {opened.verb}: {opened.subject}"):
        index.publish()
    return done


def _commit(repository: Repository, landing: Landing, wanted: NewCommit, index: HeldIndex) -> Oid:
    message = wanted.message
    if wanted.verify:
        run_hook(repository, "pre-commit", index=index)
        message = edited_message(repository, message, index)
    return write_commit(
        repository,
        landing.after.id,
        landing.head.oid,
        wanted.author,
        message,
        sign=signs_commits(repository),
        encoding=wanted.encoding,
    )


def _precondition(repository: Repository, landing: Landing, index: HeldIndex, paths: Sequence[bytes]) -> None:
    """Raise unless the branch stands where the plan was made, and no work of the user is in the way."""
    if repository.head() != landing.head:
        raise RefChanged("HEAD moved while the patch was planned; nothing was changed.", hint="Try again.")
    dirty = index.changed(landing.before.id, paths)
    if dirty:
        raise DirtyPaths(
            "Uncommitted changes stand in files that would change; nothing was changed.",
            cause=_listing(dirty),
            hint="Commit or stash them first.",
        )
    blocked = [path for path in paths if landing.before.file(path) is None and _blocked(repository, path, landing)]
    if blocked:
        raise DirtyPaths(
            "Untracked files stand where files would be written; nothing was changed.",
            cause=_listing(blocked),
            hint="Move them away first.",
        )


def _blocked(repository: Repository, path: bytes, landing: Landing) -> bool:
    """Whether something that git does not track stands at a path, or in its way."""
    for place in (path, *parents(path)):
        try:
            mode = (repository.work_tree / os.fsdecode(place)).lstat().st_mode
        except (FileNotFoundError, NotADirectoryError):
            continue
        if place != path and stat.S_ISDIR(mode):
            return False
        tracked = landing.before.entry(place)
        return tracked is None or (stat.S_ISDIR(mode) and not tracked.is_directory)
    return False


def _listing(paths: Sequence[bytes]) -> str:
    shown = ", ".join(encode(path) for path in paths[:10])
    return shown + (f" and {len(paths) - 10} more" if len(paths) > 10 else "")


def restore(repository: Repository, record: Record) -> None:
    """Put work tree and index back as they stood before `record`, for the paths that it touches."""
    before = Tree(repository.store, record.tree_before)
    paths = [decode(name) for name in record.paths]
    with held_index(repository) as index:
        index.put_back({path: before.file(path) for path in paths})
        put_back(repository.work_tree, record.snapshot, repository.store)
        index.publish()
