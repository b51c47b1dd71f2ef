"""apply: patches land on the branch, each a commit like those of ``git am``; what conflicts waits for a person."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from git_dagpatch.engine.plan import plan
from git_dagpatch.model.commit import Person, git_date
from git_dagpatch.model.errors import NothingInProgress, WorkInProgress
from git_dagpatch.model.objects import Objects, Together
from git_dagpatch.model.patch import Patch
from git_dagpatch.model.paths import decode, encode
from git_dagpatch.model.plan import Plan
from git_dagpatch.model.record import Event, Landed, Present, Record, State, Stopped
from git_dagpatch.model.strategy import ConflictStyle, Labels, MergeOptions, Strategy
from git_dagpatch.model.text import to_bytes
from git_dagpatch.model.tree import Tree, empty_tree
from git_dagpatch.porcelain import run as runs
from git_dagpatch.porcelain.backups import backup_point, export_files
from git_dagpatch.porcelain.land import (
    Goal,
    Landing,
    LeaveConflicts,
    NewCommit,
    StageOnly,
    land,
    land_resolved,
    restore,
)
from git_dagpatch.porcelain.naming import subject
from git_dagpatch.porcelain.rollback import roll_back
from git_dagpatch.porcelain.run import ApplyOptions, Run
from git_dagpatch.porcelain.sources import Based
from git_dagpatch.porcelain.validate import run_test, validate
from git_dagpatch.store import journal
from git_dagpatch.store.index import entries_at
from git_dagpatch.store.lock import locked
from git_dagpatch.store.repository import Head, Repository


def target_tree(repository: Repository, head: Head) -> Tree:
    """The tree of the commit that HEAD is on; the empty one on an unborn branch."""
    if head.oid is None:
        return empty_tree(repository.store)
    return Tree(repository.store, repository.store.commit(head.oid).tree)


def plan_all(repository: Repository, patches: Sequence[Based], options: ApplyOptions) -> Iterator[tuple[Based, Plan]]:
    """What would come of each patch, the one after the other. Writes nothing; ends with the first conflict."""
    target = target_tree(repository, repository.head())
    for based in patches:
        outcome = plan_one(based, target, options)
        yield based, outcome
        if outcome.conflicts:
            return
        target = outcome.tree


def plan_one(based: Based, target: Tree, options: ApplyOptions) -> Plan:
    """What would come of one patch on `target`. New objects stay in memory."""
    objects = Objects(Together(based.base.source, target.source))
    labels = Labels(ours="HEAD", base="base of the patch", theirs=subject(based.patch))
    merge = MergeOptions(Strategy(options.strategy), ConflictStyle(options.style), labels)
    return plan(based.patch, based.base, Tree(objects, target.id), objects, merge)


def apply(repository: Repository, patches: Sequence[Based], options: ApplyOptions) -> Iterator[Event]:
    """Land `patches` in order; ends with the last one, or with the first that stops."""
    with locked(repository):
        runs.refuse_unfinished(repository)
        repository.work_tree  # noqa: B018 (refuses a bare repository before anything is written)
        if options.atomic:
            _refuse_conflicts(repository, patches, options)
        run = runs.start(repository, patches, options, journal.new_id(patches[0].patch.id))
        yield from _proceed(repository, run)


def proceed(repository: Repository) -> Iterator[Event]:
    """--continue: commit what a person resolved, then go on with the patches that wait."""
    with locked(repository):
        run = runs.current(repository)
        record = runs.unfinished(repository)
        if record is None:
            yield from _proceed(repository, run)
            return
        if record.state is State.OPEN:
            raise WorkInProgress(
                "The last step of this run was cut off.", hint="Go back with `git dagpatch apply --abort`."
            )
        yield _land_resolved(repository, run, record)
        run = msgspec.structs.replace(run, next=run.next + 1)
        runs.save(repository, run)
        yield from _proceed(repository, run)


def skip(repository: Repository) -> Iterator[Event]:
    """--skip: leave out the patch that stopped, then go on."""
    with locked(repository):
        run = runs.current(repository)
        _give_up(repository)
        run = msgspec.structs.replace(run, next=run.next + 1)
        runs.save(repository, run)
        yield from _proceed(repository, run)


def abort(repository: Repository) -> list[Record]:
    """--abort: everything as it was before the run. The records that were taken back."""
    with locked(repository):
        run = runs.load(repository)
        record = _give_up(repository)
        if run is None:
            if record is None:
                raise NothingInProgress("No apply is in progress, so there is nothing to go back from.")
            return []
        undone = _done(repository, run)
        if undone:
            roll_back(repository, undone)
        runs.finish(repository)
        return undone


def _proceed(repository: Repository, run: Run) -> Iterator[Event]:
    for number in range(run.next, len(run.queue)):
        based = runs.queued(repository, run, number)
        head = repository.head()
        outcome = plan_one(based, target_tree(repository, head), run.options)
        if outcome.changes_nothing:
            event: Event = Present(based.patch.id, subject(based.patch))
        else:
            event = _step(repository, run, based, outcome, head, len(run.queue) - number - 1)
        if isinstance(event, Stopped):
            yield event
            return
        run = msgspec.structs.replace(run, next=number + 1)
        runs.save(repository, run)
        yield event
    runs.finish(repository)


def _step(repository: Repository, run: Run, based: Based, outcome: Plan, head: Head, waiting: int) -> Landed | Stopped:
    """Land one planned patch."""
    options = run.options
    assert isinstance(outcome.tree.source, Objects)
    repository.store.write(outcome.tree.source)
    forced = [] if outcome.conflicts else validate(repository, outcome, options)
    record = new_record(repository, "apply", based.patch, head, outcome.target, outcome.tree)
    point = backup_point(repository, record, head) if options.backups else ()
    if options.backup_dir:
        export_files(Path(options.backup_dir), outcome.target, outcome.tree, record)
    record = msgspec.structs.replace(
        record,
        run=run.id,
        commits=options.commit,
        strategy=options.strategy,
        forced=forced,
        backup=point[0].name if point else "",
    )
    goal: Goal
    if outcome.conflicts:
        goal = LeaveConflicts(outcome.stages)
    else:
        goal = new_commit(repository, based.patch, verify=options.verify) if options.commit else StageOnly()
    landing = Landing(record, head, outcome.target, outcome.tree, goal, point)
    tested = options.test and options.test_after and not outcome.conflicts
    done = land(repository, landing, (lambda: run_test(repository.work_tree, options)) if tested else None)
    if done.state is State.STOPPED:
        repository.git.ask("rerere")
        return Stopped(outcome, done, waiting)
    return _landed(repository, done, options)


def _landed(repository: Repository, done: Record, options: ApplyOptions) -> Landed:
    if done.after and options.verify:
        # What this hook says changes nothing any more.
        repository.git.ask("hook", "run", "--ignore-missing", "post-commit")
    return Landed(done)


def new_record(repository: Repository, verb: str, patch: Patch, head: Head, before: Tree, after: Tree) -> Record:
    """A record that is about to be opened."""
    identity = journal.new_id(patch.id)
    return Record(
        id=identity,
        verb=verb,
        state=State.OPEN,
        time=f"{journal.now():%Y-%m-%dT%H:%M:%SZ}",
        place=repository.place,
        run=identity,
        patch=patch.id,
        subject=subject(patch),
        branch=head.branch,
        before=head.oid,
        tree_before=before.id,
        tree_after=after.id,
    )


def new_commit(repository: Repository, patch: Patch, *, verify: bool) -> NewCommit:
    """The commit that a patch asks for: its author and message, and a trailer with its id."""
    metadata = patch.metadata
    author = None
    if metadata.author:
        written = metadata.author
        author = Person(to_bytes(written.name), to_bytes(written.email), git_date(written.date).encode())
    message = to_bytes(metadata.message) if metadata.message else b"Apply a patch\n"
    arguments = ("--no-divider", "--if-exists", "addIfDifferent", "--trailer", f"Dagpatch-Id: {patch.id}")
    # Without an end of its last line, a message of one line would be taken for a block of trailers.
    message = repository.git.run("interpret-trailers", *arguments, stdin=message.rstrip(b"\n") + b"\n")
    return NewCommit(author, message, encoding=str(metadata.encoding or "utf-8"), verify=verify)


def _refuse_conflicts(repository: Repository, patches: Sequence[Based], options: ApplyOptions) -> None:
    """Raise unless every patch would land, the one after the other."""
    for based, outcome in plan_all(repository, patches, options):
        if outcome.conflicts:
            places = ", ".join(sorted({encode(conflict.path) for conflict in outcome.conflicts})[:5])
            raise WorkInProgress(
                f"{subject(based.patch)!r} conflicts, so none of the {len(patches)} patches was applied.",
                cause=f"Conflicts in {places}.",
                hint="Without --atomic the patches before it land, and this one waits for you.",
            )
        validate(repository, outcome, options)


def _land_resolved(repository: Repository, run: Run, record: Record) -> Landed:
    """Commit the files of a stopped record as a person staged them."""
    head = repository.head()
    paths = [decode(name) for name in record.paths]
    entries, unmerged = entries_at(repository, paths)
    if unmerged:
        raise WorkInProgress(
            f"Conflicts are left in {', '.join(map(encode, unmerged[:5]))}.",
            hint="Resolve them, say so with `git add`, then continue.",
        )
    before = target_tree(repository, head)
    objects = Objects(repository.store)
    after = before.with_changes(objects, {path: entries.get(path) for path in paths})
    repository.store.write(objects)
    based = runs.queued(repository, run, run.next)
    repository.git.ask("rerere")
    options = run.options
    goal: Goal = new_commit(repository, based.patch, verify=options.verify) if options.commit else StageOnly()
    record = msgspec.structs.replace(record, tree_after=after.id)
    return _landed(repository, land_resolved(repository, Landing(record, head, before, after, goal)), options)


def _give_up(repository: Repository) -> Record | None:
    """Put back what the unfinished record left half way, if there is one."""
    record = runs.unfinished(repository)
    if record is not None:
        restore(repository, record)
        journal.write(repository, msgspec.structs.replace(record, state=State.FAILED))
        repository.git.ask("rerere", "clear")
    return record


def _done(repository: Repository, run: Run) -> list[Record]:
    """The records that this run has finished, the newest first."""
    return [r for r in journal.history(repository) if r.run == run.id and r.state is State.DONE]
