"""The crash protocol: work tree, index and branch go from one tree to another, or stay, or can be put back.

In this order, with the index held: precondition → snapshot and record opened → work tree → hooks → commit → index → one
update of branch and journal, comparing their old values. At any point of a kill the record tells how to go back
(docs/decisions/0006-crash-protocol.md).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

import msgspec
from msgspec import Struct, field

from git_dagpatch.alignment.files import differences
from git_dagpatch.model.commit import Person
from git_dagpatch.model.conflict import Stages
from git_dagpatch.model.errors import DagpatchError, GitFailed, RefChanged, Unfinished
from git_dagpatch.model.objects import Objects, Oid
from git_dagpatch.model.paths import decode, encode
from git_dagpatch.model.record import Record, Snapshot, State
from git_dagpatch.model.tree import Tree
from git_dagpatch.porcelain.backups import export_files
from git_dagpatch.porcelain.obstacles import refuse_obstacles
from git_dagpatch.store import journal
from git_dagpatch.store.commits import edited_message, run_hook, signs_commits, write_commit
from git_dagpatch.store.index import HeldIndex, held_index
from git_dagpatch.store.refs import RefUpdate, prepared_refs
from git_dagpatch.store.repository import Head, Repository
from git_dagpatch.store.snapshot import left_over, put_back, take


class NewCommit(Struct, frozen=True):
    """The result is committed."""

    author: Person | None
    message: bytes
    encoding: str = "utf-8"
    verify: bool = True


class MoveTo(Struct, frozen=True):
    """The branch goes to a commit that exists; to none, where it was unborn."""

    commit: Oid | None


class StageOnly(Struct, frozen=True):
    """The result is staged, and nothing committed."""

    files: Snapshot = field(default_factory=dict)
    """Files that are written as they are here, where git's filters would write them otherwise."""


class LeaveConflicts(Struct, frozen=True):
    """Files hold markers, and the index the versions of each path in conflict."""

    stages: Mapping[bytes, Stages]


Goal: TypeAlias = NewCommit | MoveTo | StageOnly | LeaveConflicts


class Landing(Struct, frozen=True):
    """From `before` to `after` on the branch of `head`."""

    record: Record
    head: Head
    before: Tree
    after: Tree
    goal: Goal
    backup: tuple[RefUpdate, ...] = ()
    """Refs that change when the record is opened."""
    backup_dir: Path | None = None
    """Where the files that change are written to as well, as they were."""


def land(repository: Repository, landing: Landing, check: Callable[[], None] | None = None) -> Record:
    """Carry out `landing`; the record as it then stands. Whatever fails on the way is put back, and raised.

    `check` runs when the work tree holds the result; what it raises counts as a failure. Raises Unfinished if
    something failed that could not be put back either.
    """
    changed = {difference.path for difference in differences(landing.before, landing.after)}
    paths = sorted(changed | (landing.goal.stages.keys() if isinstance(landing.goal, LeaveConflicts) else set()))
    with held_index(repository) as index:
        if repository.head() != landing.head:
            raise RefChanged("HEAD moved while the patch was planned; nothing was changed.", hint="Try again.")
        refuse_obstacles(repository, index, landing.before, landing.after, paths)
        if landing.backup_dir:
            export_files(landing.backup_dir, landing.before, landing.after, landing.record)
        objects = Objects(repository.store)
        snapshot = take(repository.work_tree, paths, objects)
        names = [encode(path) for path in paths]
        opened = msgspec.structs.replace(landing.record, state=State.OPEN, paths=names, snapshot=snapshot)
        try:
            journal.write(repository, opened, *landing.backup, objects=objects)
            index.move(landing.before.id, landing.after.id)
            _refuse_leftovers(repository, landing, paths)
            if check:
                check()
            return _publish(repository, landing, opened, index)
        except BaseException as error:
            done = _after_failure(repository, opened, index, error)
            if done is None:
                raise
            return done


def _refuse_leftovers(repository: Repository, landing: Landing, paths: Sequence[bytes]) -> None:
    """Raise GitFailed if a file that goes is still there: git only warns of it."""
    gone = [path for path in paths if landing.before.file(path) and landing.after.file(path) is None]
    left = left_over(repository.work_tree, gone)
    if left:
        raise GitFailed(
            f"{encode(left[0])!r} could not be removed from the work tree; nothing was changed.",
            hint="See that files can be removed from its directory, then try again.",
        )


def land_resolved(repository: Repository, landing: Landing, index: HeldIndex) -> Record:
    """Commit what a person resolved and staged; work tree and index hold it already."""
    try:
        return _publish(repository, landing, landing.record, index)
    except BaseException as error:
        done = _after_failure(repository, landing.record, index, error)
        if done is None:
            raise
        return done


def undo(repository: Repository, record: Record, index: HeldIndex) -> Record:
    """Put work tree and index back as they stood before `record`, for the paths that it touches, and give it up."""
    paths = [decode(name) for name in record.paths]
    objects = Objects(repository.store)
    after = Tree(repository.store, record.tree_after)
    replaced = {
        name: kept
        for name, kept in take(repository.work_tree, paths, objects).items()
        if kept and kept != record.snapshot.get(name) and _oid(after, decode(name)) != kept.oid
    }
    given_up = msgspec.structs.replace(record, state=State.FAILED, replaced=replaced)
    repository.store.write(objects)
    put_back(repository, record.snapshot)
    index.renew()
    before = Tree(repository.store, record.tree_before)
    index.put_back({path: before.file(path) for path in paths})
    index.publish()
    journal.write(repository, given_up)
    return given_up


def _oid(tree: Tree, path: bytes) -> Oid | None:
    entry = tree.file(path)
    return entry.oid if entry else None


def _after_failure(repository: Repository, record: Record, index: HeldIndex, error: BaseException) -> Record | None:
    """Put back what was begun. Where all was done before it failed, that stands: the record as it then is."""
    newest = journal.newest(repository)
    if newest is None or newest.id != record.id:
        return None
    if newest.state is State.OPEN:
        try:
            undo(repository, newest, index)
        except (DagpatchError, OSError) as second:
            raise Unfinished(
                f"This failed on the way, and could not be put back: {_told(error)}",
                cause=_told(second),
                hint="Remedy that, then go back with `git dagpatch apply --abort`.",
            ) from error
        return None
    return newest if newest.state is not record.state and isinstance(error, Exception) else None


def _told(error: BaseException) -> str:
    return error.message if isinstance(error, DagpatchError) else str(error)


def _publish(repository: Repository, landing: Landing, opened: Record, index: HeldIndex) -> Record:
    """The last step: index, branch and record change together."""
    moves = []
    match landing.goal:
        case LeaveConflicts(stages):
            index.conflict(stages)
            done = msgspec.structs.replace(opened, state=State.STOPPED)
        case StageOnly(files):
            put_back(repository, files)
            index.put_back({path: landing.after.file(path) for path in map(decode, files)}, anew=True)
            done = msgspec.structs.replace(opened, state=State.DONE)
        case MoveTo(commit):
            done = msgspec.structs.replace(opened, state=State.DONE, after=commit)
            moves.append(RefUpdate(landing.head.ref, commit, landing.head.oid))
        case NewCommit() as wanted:
            made = _commit(repository, landing, wanted, index)
            done = msgspec.structs.replace(opened, state=State.DONE, after=made)
            moves.append(RefUpdate(landing.head.ref, made, landing.head.oid))
    # The journal comes first: its lock is nobody else's, and proves whose the others are if git dies.
    updates = [journal.entry(repository, done), *moves]
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
