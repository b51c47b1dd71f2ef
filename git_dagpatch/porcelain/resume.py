"""Going on with a run of apply that waits, or back to where it began."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from git_dagpatch.model.errors import NothingInProgress, WorkInProgress
from git_dagpatch.model.objects import Objects
from git_dagpatch.model.paths import decode, encode
from git_dagpatch.model.record import Event, Landed, Record, State
from git_dagpatch.model.tree import Tree
from git_dagpatch.porcelain import run as runs
from git_dagpatch.porcelain.apply import TakenBack, announced, give_up, go_on, goal_of, take_back, told_apart
from git_dagpatch.porcelain.land import Landing, land_resolved
from git_dagpatch.porcelain.run import Run
from git_dagpatch.store.index import held_index
from git_dagpatch.store.lock import locked
from git_dagpatch.store.repository import Repository


def proceed(repository: Repository) -> Iterator[Event]:
    """--continue: commit what a person resolved, then go on with the patches that wait."""
    with locked(repository):
        run = runs.current(repository)
        with told_apart(repository, run):
            record = runs.unfinished(repository)
            if record and record.state is State.STOPPED:
                yield _land_resolved(repository, run, record)
                run = _after(repository, run, run.next)
            elif record and give_up(repository).left:
                raise _moved()
            yield from go_on(repository, run)


def skip(repository: Repository) -> Iterator[Event]:
    """--skip: leave out the patch that stopped, then go on."""
    with locked(repository):
        run = runs.current(repository)
        with told_apart(repository, run):
            give_up(repository)
            yield from go_on(repository, _after(repository, run, run.next))


def abort(repository: Repository) -> TakenBack:
    """--abort: everything as it was before the run."""
    with locked(repository):
        run = runs.load(repository)
        if run is None and runs.unfinished(repository) is None:
            raise NothingInProgress("No apply is in progress, so there is nothing to go back from.")
        with told_apart(repository, run):
            return take_back(repository, run)


def _after(repository: Repository, run: Run, number: int) -> Run:
    run = msgspec.structs.replace(run, next=number + 1)
    runs.save(repository, run)
    return run


def _land_resolved(repository: Repository, run: Run, record: Record) -> Landed:
    """Commit the files of a stopped record as a person staged them."""
    head = repository.head()
    if (head.branch, head.oid) != (record.branch, record.before):
        raise _moved()
    based = runs.queued(repository, run, run.next)
    repository.rerere()
    with held_index(repository) as index:
        paths = [decode(name) for name in record.paths]
        entries, unmerged = index.entries(paths)
        if unmerged:
            raise WorkInProgress(
                f"Conflicts are left in {', '.join(map(encode, unmerged[:5]))}.",
                hint="Resolve them, say so with `git add`, then continue.",
            )
        before = Tree(repository.store, record.tree_before)
        objects = Objects(repository.store)
        after = before.with_changes(objects, {path: entries.get(path) for path in paths})
        if after.id == before.id:
            raise WorkInProgress(
                "As it was resolved, nothing is left of this patch.",
                hint="Leave it out with `git dagpatch apply --skip`; or stage what shall be left of it.",
            )
        repository.store.write(objects)
        record = msgspec.structs.replace(record, tree_after=after.id)
        goal = goal_of(repository, based.patch, run.options)
        done = land_resolved(repository, Landing(record, head, before, after, goal), index)
    return Landed(announced(repository, done))


def _moved() -> WorkInProgress:
    return WorkInProgress(
        "HEAD is not where this run left it; it cannot go on from there with this patch.",
        hint="Leave it out with `git dagpatch apply --skip`, or end the run with --abort; files stay as they are.",
    )
