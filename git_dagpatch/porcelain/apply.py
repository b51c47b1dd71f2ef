"""apply: patches land on the branch, each a commit like those of ``git am``; what conflicts waits for a person."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import msgspec
from msgspec import Struct, field

from git_dagpatch.engine.plan import plan
from git_dagpatch.model.commit import Person, git_date
from git_dagpatch.model.errors import DagpatchError, Unfinished, WorkInProgress
from git_dagpatch.model.objects import Objects, Oid, Together
from git_dagpatch.model.patch import Patch
from git_dagpatch.model.paths import encode
from git_dagpatch.model.plan import Plan
from git_dagpatch.model.record import Event, Landed, Present, Record, Snapshot, State, Stopped
from git_dagpatch.model.strategy import ConflictStyle, Labels, MergeOptions, Policy, Strategy
from git_dagpatch.model.text import to_bytes
from git_dagpatch.model.tree import Tree
from git_dagpatch.porcelain import run as runs
from git_dagpatch.porcelain.backups import backup_point
from git_dagpatch.porcelain.fork import fork_of
from git_dagpatch.porcelain.land import Goal, Landing, LeaveConflicts, NewCommit, StageOnly, land, undo
from git_dagpatch.porcelain.naming import subject
from git_dagpatch.porcelain.policies import marker_size, policies_by_attributes
from git_dagpatch.porcelain.rollback import roll_back
from git_dagpatch.porcelain.run import ApplyOptions, Run
from git_dagpatch.porcelain.sources import Based
from git_dagpatch.porcelain.validate import refuse_unknown, run_test, validate
from git_dagpatch.store import journal
from git_dagpatch.store.commits import tell_hooks
from git_dagpatch.store.index import held_index
from git_dagpatch.store.lock import locked, system_failures
from git_dagpatch.store.protocol import Store
from git_dagpatch.store.repository import Head, Repository

_TO_GO_ON = (
    "Then go on with `git dagpatch apply --continue`, leave the patch out with --skip, or take all back with --abort."
)
_TO_END = "Then finish going back with `git dagpatch apply --abort`."


def plan_all(repository: Repository, patches: Sequence[Based], options: ApplyOptions) -> Iterator[tuple[Based, Plan]]:
    """What would come of each patch, the one after the other. Writes nothing; ends with the first conflict."""
    head = repository.head().oid
    target = repository.tree_of(head)
    for based in patches:
        outcome = plan_one(repository.store, based, target, options, head)
        yield based, outcome
        if outcome.conflicts:
            return
        target = outcome.tree


def plan_one(store: Store, based: Based, target: Tree, options: ApplyOptions, head: Oid | None) -> Plan:
    """What would come of one patch on `target`, which came of the commit `head`. New objects stay in memory."""
    objects = Objects(Together(based.base.source, target.source))
    labels = Labels(ours="HEAD", base="base of the patch", theirs=subject(based.patch))
    policies = frozenset(map(Policy, options.policies))
    merge = MergeOptions(
        Strategy(options.strategy),
        ConflictStyle(options.style),
        labels,
        policies,
        policies_by_attributes(store),
        marker_size(store),
    )
    fork = partial(fork_of, based, head, store) if head else None
    found = plan(based.patch, based.base, Tree(objects, target.id), objects, merge, fork)
    if not found.conflicts:
        return found
    # Loaded here, because there is nothing to explain of most patches.
    from git_dagpatch.porcelain.explain import explained

    return explained(found, based.patch, merge, propose=True)


def apply(repository: Repository, patches: Sequence[Based], options: ApplyOptions) -> Iterator[Event]:
    """Land `patches` in order; ends with the last one, or with the first that stops.

    Raises Refused where the first one is refused, and Unfinished where a later one is: then those before it have
    landed, and the run waits.
    """
    repository.work_tree  # noqa: B018 (refuses a bare repository before anything is written)
    refuse_unknown(options)
    with locked(repository):
        runs.refuse_unfinished(repository)
        if options.atomic:
            _refuse_conflicts(repository, patches, options)
        run = runs.start(repository, patches, options, journal.new_id(patches[0].patch.id))
        try:
            with told_apart(repository, run):
                yield from _all_or_none(repository, run) if options.atomic else go_on(repository, run)
        except (Exception, KeyboardInterrupt):
            if not runs.landed(repository, run) and not runs.unfinished(repository):
                runs.finish(repository)
            raise


def go_on(repository: Repository, run: Run) -> Iterator[Event]:
    """Land the patches of `run` that wait."""
    for number in range(run.next, len(run.queue)):
        event = _next(repository, run, number)
        if isinstance(event, Stopped):
            yield event
            return
        if number + 1 < len(run.queue):
            runs.save(repository, msgspec.structs.replace(run, next=number + 1))
        else:
            # Before anyone hears of it, and maybe listens no more.
            runs.finish(repository)
        yield event
    runs.finish(repository)


@contextmanager
def told_apart(repository: Repository, run: Run | None) -> Iterator[None]:
    """Raise Unfinished in place of a refusal where something was done before it."""
    landed, waiting = _standing(repository, run)
    try:
        with system_failures():
            yield
    except DagpatchError as error:
        now, waits = _standing(repository, run)
        if isinstance(error, Unfinished) or (now, waits) == (landed, waiting):
            raise
        if now > landed:
            done = f"{now - landed} patches landed"
        elif now < landed:
            done = f"{landed - now} patches were taken back"
        else:
            done = "A patch stopped" if waits else "The patch in progress was given up"
        kept = runs.load(repository)
        message = error.message.replace("nothing was changed", "nothing more was changed")
        raise Unfinished(
            f"{done}, and then this failed: {message}",
            cause=error.cause,
            hint=f"{error.hint} {_TO_END if kept and kept.ends else _TO_GO_ON}".strip(),
        ) from error


def _standing(repository: Repository, run: Run | None) -> tuple[int, str]:
    """How many patches of the run have landed, and which record is not finished."""
    record = runs.unfinished(repository)
    return len(runs.landed(repository, run)) if run else 0, record.id if record else ""


def _next(repository: Repository, run: Run, number: int) -> Event:
    """Land the patch at place `number`, unless all that it does is there already."""
    based = runs.queued(repository, run, number)
    head = repository.head()
    outcome = plan_one(repository.store, based, _target(repository, run, head), run.options, head.oid)
    if outcome.changes_nothing:
        return Present(based.patch.id, subject(based.patch))
    return _step(repository, run, number, based, outcome, head)


def _target(repository: Repository, run: Run, head: Head) -> Tree:
    """What the next patch is applied to: the commit of HEAD, or what the run has staged so far."""
    if not run.options.commit:
        for record in runs.landed(repository, run)[:1]:
            return Tree(repository.store, record.tree_after)
    return repository.tree_of(head.oid)


def _step(repository: Repository, run: Run, number: int, based: Based, outcome: Plan, head: Head) -> Landed | Stopped:
    """Land one planned patch."""
    options = run.options
    assert isinstance(outcome.tree.source, Objects)
    repository.store.write(outcome.tree.source)
    forced = [] if outcome.conflicts else validate(repository, outcome, options)
    identity = journal.new_id(based.patch.id)
    backup = backup_point(repository, based.patch, head) if options.backups else ()
    record = Record(
        id=identity,
        verb="apply",
        state=State.OPEN,
        time=journal.timestamp(),
        place=repository.place,
        run=run.id,
        step=number,
        patch=based.patch.id,
        subject=subject(based.patch),
        branch=head.branch,
        before=head.oid,
        tree_before=outcome.target.id,
        tree_after=outcome.tree.id,
        commits=options.commit,
        strategy=options.strategy,
        forced=forced,
        backup=backup[0].name if backup else "",
    )
    goal: Goal = LeaveConflicts(outcome.stages) if outcome.conflicts else goal_of(repository, based.patch, options)
    directory = repository.work_tree / Path(options.backup_dir).expanduser() if options.backup_dir else None
    landing = Landing(record, head, outcome.target, outcome.tree, goal, backup, directory)
    tested = options.test and options.test_after and not outcome.conflicts
    done = land(repository, landing, (lambda: run_test(repository.work_tree, options)) if tested else None)
    if done.state is State.STOPPED:
        repository.rerere()
        return Stopped(outcome, done, len(run.queue) - number - 1)
    return Landed(announced(repository, done), outcome.settled, outcome.reached, outcome.unreached, outcome.doubts)


def announced(repository: Repository, done: Record) -> Record:
    """Tell the hooks that a patch landed."""
    if done.after:
        tell_hooks(repository)
    return done


def goal_of(repository: Repository, patch: Patch, options: ApplyOptions) -> NewCommit | StageOnly:
    """What becomes of the result of `patch`: a commit of its author, with its message and a trailer with its id."""
    if not options.commit:
        return StageOnly()
    metadata = patch.metadata
    author = None
    if metadata.author:
        written = metadata.author
        author = Person(to_bytes(written.name), to_bytes(written.email), git_date(written.date).encode())
    message = to_bytes(metadata.message) if metadata.message else b"Apply a patch\n"
    rules = ("--no-divider", "--where", "end", "--if-exists", "replace", "--if-missing", "add")
    trailer = f"Dagpatch-Id: {patch.id}"
    # Without an end of its last line, a message of one line would be taken for a block of trailers.
    plain = message.rstrip(b"\n") + b"\n"
    message = repository.git.run("interpret-trailers", *rules, "--trailer", trailer, stdin=plain)
    if not message.endswith(trailer.encode() + b"\n") and b"\nDagpatch-Id: " not in plain:
        # git puts it above last lines that look like comments, such as "#12", or like its old lists of conflicts.
        message = plain + b"\n" + trailer.encode() + b"\n"
    return NewCommit(author, message, encoding=str(metadata.encoding or "utf-8"), verify=options.verify)


def _refuse_conflicts(repository: Repository, patches: Sequence[Based], options: ApplyOptions) -> None:
    """Raise unless every patch would land, the one after the other."""
    for based, outcome in plan_all(repository, patches, options):
        if outcome.conflicts:
            raise _conflicts(subject(based.patch), outcome, len(patches))
        validate(repository, outcome, options)


def _conflicts(name: str, outcome: Plan, count: int) -> WorkInProgress:
    places = ", ".join(sorted({encode(conflict.path) for conflict in outcome.conflicts})[:5])
    return WorkInProgress(
        f"{name!r} conflicts, so none of the {count} patches was applied.",
        cause=f"Conflicts in {places}.",
        hint="Without --atomic the patches before it land, and this one waits for you.",
    )


def _all_or_none(repository: Repository, run: Run) -> list[Event]:
    """Land all patches; takes back those that landed if one does not."""
    events: list[Event] = []
    try:
        for event in go_on(repository, run):
            if isinstance(event, Stopped):
                raise _conflicts(event.record.subject, event.plan, len(run.queue))
            events.append(event)
    except BaseException as error:
        take_back(repository, run)
        if isinstance(error, Unfinished) and error.__cause__:
            # Nothing has landed after all.
            raise error.__cause__ from None
        raise
    return events


class TakenBack(Struct, frozen=True):
    """What became of a run that was given up."""

    records: list[Record]
    """The applies that were taken back, the newest first."""
    replaced: Snapshot = field(default_factory=dict)
    """Files that someone else had changed since, and that were put back; their contents are kept."""
    left: bool = False
    """Whether HEAD had moved, so that everything was left as it is."""


def take_back(repository: Repository, run: Run | None) -> TakenBack:
    """Everything as it was before the run, or before the record that was not finished; the run is forgotten."""
    if run:
        runs.save(repository, msgspec.structs.replace(run, ends=True))
    given_up = give_up(repository)
    records = runs.landed(repository, run) if run else []
    left = given_up.left
    if records:
        left = left or repository.head() != Head(run.ref if run else "", records[0].after or records[0].before)
        if not left:
            roll_back(repository, records)
    runs.finish(repository)
    return TakenBack([] if left else records, given_up.replaced, left)


def give_up(repository: Repository) -> TakenBack:
    """Put back what the unfinished record left half way, if there is one and HEAD is where it was."""
    record = runs.unfinished(repository)
    if record is None:
        return TakenBack([])
    head = repository.head()
    if (head.branch, head.oid) != (record.branch, record.before):
        journal.write(repository, msgspec.structs.replace(record, state=State.FAILED))
        return TakenBack([], left=True)
    with held_index(repository) as index:
        record = undo(repository, record, index)
    repository.rerere("clear")
    return TakenBack([], record.replaced)
