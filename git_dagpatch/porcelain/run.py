"""A run of apply: which patches are still to come, kept in the repository until all have landed or were given up."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from itertools import takewhile
from pathlib import Path

import msgspec

from git_dagpatch.model.codec import decode, encode
from git_dagpatch.model.errors import DamagedState, InvalidPatch, NothingInProgress, WorkInProgress
from git_dagpatch.model.objects import Objects, Oid
from git_dagpatch.model.record import Record, State
from git_dagpatch.model.tree import Tree
from git_dagpatch.porcelain.sources import Based
from git_dagpatch.store import journal
from git_dagpatch.store.repository import Repository


class ApplyOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How patches are applied."""

    strategy: str = "manual"
    policies: list[str] = msgspec.field(default_factory=list)
    """Rules that decide what is not certain."""
    style: str = "merge"
    commit: bool = True
    atomic: bool = False
    verify: bool = True
    """Whether the hooks pre-commit and commit-msg run."""
    validate: list[str] = msgspec.field(default_factory=lambda: ["syntax"])
    """What the result is checked for: `syntax`, `imports`."""
    test: str = ""
    """A command that has to succeed in the result; empty for none."""
    test_after: bool = False
    """Whether the test runs in place, after the fact, and takes the patch back if it fails."""
    test_timeout: float = 600.0
    force: bool = False
    backups: bool = True
    backup_dir: str = ""
    max_changes: int = 0
    """The most lines that a patch may change; 0 for any number."""


class Queued(msgspec.Struct, frozen=True):
    """A patch that waits."""

    document: str
    """The name of its file."""
    base: Oid
    """The tree that it is executed on."""


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """Where a run of apply stands."""

    id: str
    ref: str
    before: Oid | None
    options: ApplyOptions
    queue: list[Queued]
    next: int = 0
    ends: bool = False
    """Whether it is being taken back, so that it cannot go on."""


def start(repository: Repository, patches: Sequence[Based], options: ApplyOptions, identity: str) -> Run:
    """Keep a new run with all its patches."""
    head = repository.head()
    directory = _queue(repository)
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    queue = []
    for number, based in enumerate(patches):
        if isinstance(based.base.source, Objects):
            repository.store.write(based.base.source)
        name = f"{number:06}.json"
        (directory / name).write_bytes(encode(based.patch))
        queue.append(Queued(name, based.base.id))
    run = Run(id=identity, ref=head.ref, before=head.oid, options=options, queue=queue)
    save(repository, run)
    return run


def save(repository: Repository, run: Run) -> None:
    """Keep where `run` stands."""
    made = repository.own_dir / "run.json.new"
    made.write_bytes(msgspec.json.encode(run))
    made.replace(_file(repository))


def load(repository: Repository) -> Run | None:
    """The run that is in progress, if any. Raises DamagedState."""
    try:
        run = msgspec.json.decode(_file(repository).read_bytes(), type=Run)
    except FileNotFoundError:
        return None
    except msgspec.MsgspecError as error:
        raise DamagedState(
            f"What is known of the apply in progress cannot be read: {str(_file(repository))!r}.",
            cause=str(error),
            hint="Remove that file; `git dagpatch rollback` takes back what landed.",
        ) from error
    # The journal is right if the process died before it could say here that a patch landed.
    steps = [record.step + 1 for record in landed(repository, run)]
    return msgspec.structs.replace(run, next=max([run.next, *steps]))


def landed(repository: Repository, run: Run) -> list[Record]:
    """The records that `run` has finished, the newest first."""
    ours = takewhile(lambda r: r.run == run.id or r.verb != "apply", journal.history(repository))
    return [record for record in ours if record.run == run.id and record.state is State.DONE]


def finish(repository: Repository) -> None:
    """Forget the run; what it did stands in the journal."""
    _file(repository).unlink(missing_ok=True)
    shutil.rmtree(_queue(repository), ignore_errors=True)


def queued(repository: Repository, run: Run, number: int) -> Based:
    """The patch at place `number` of the run. Raises DamagedState."""
    item = run.queue[number]
    try:
        patch = decode((_queue(repository) / item.document).read_bytes())
    except (OSError, InvalidPatch) as error:
        raise DamagedState(
            f"The patch that is next in this run cannot be read: {item.document!r}.",
            cause=str(error),
            hint="Leave it out with `git dagpatch apply --skip`, or go back with `git dagpatch apply --abort`.",
        ) from error
    return Based(patch, Tree(Objects(repository.store), item.base))


def unfinished(repository: Repository) -> Record | None:
    """The newest record that was neither finished nor given up, in this work tree."""
    newest = next(journal.history(repository), None)
    return newest if newest is not None and newest.state in (State.OPEN, State.STOPPED) else None


def refuse_unfinished(repository: Repository) -> None:
    """Raise WorkInProgress if something waits to be finished first."""
    other = repository.in_progress()
    if other is not None:
        raise WorkInProgress(f"There is {other[0]} in progress.", hint=f"Finish it, or give it up with {other[1]}.")
    if load(repository) is not None or unfinished(repository) is not None:
        raise WorkInProgress(
            "A run of git dagpatch is not finished.",
            hint="Go on with `git dagpatch apply --continue`, or go back with `git dagpatch apply --abort`.",
        )


def describe(repository: Repository) -> str:
    """What is in progress and how to go on, empty if nothing is."""
    run, record = load(repository), unfinished(repository)
    if run is None and record is None:
        return ""
    what = f"at {record.subject!r}" if record else "between two patches"
    left = f", patch {run.next + 1} of {len(run.queue)}" if run else ""
    return (
        f"An apply is in progress {what}{left}.\n"
        "Go on with `git dagpatch apply --continue`, leave the patch out with --skip, or go back with --abort."
    )


def current(repository: Repository) -> Run:
    """The run in progress, to go on with. Raises NothingInProgress."""
    run = load(repository)
    if run is None:
        hint = "Go back with `git dagpatch apply --abort`." if unfinished(repository) else ""
        raise NothingInProgress("No apply is in progress.", hint=hint)
    if run.ends:
        raise WorkInProgress("This run is being taken back.", hint="Finish that with `git dagpatch apply --abort`.")
    return run


def _file(repository: Repository) -> Path:
    return repository.own_dir / "run.json"


def _queue(repository: Repository) -> Path:
    return repository.own_dir / "queue"
