"""rollback: an apply is taken back; its commit leaves the branch, or its staged files go back to what they were."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice, pairwise

import msgspec
from msgspec import Struct

from git_dagpatch.model.errors import NothingInProgress, Refused, UsageError
from git_dagpatch.model.paths import decode
from git_dagpatch.model.record import Record, Snapshot, State
from git_dagpatch.model.tree import Tree
from git_dagpatch.porcelain.land import Landing, MoveTo, StageOnly, land
from git_dagpatch.porcelain.run import refuse_unfinished
from git_dagpatch.store import journal
from git_dagpatch.store.lock import locked
from git_dagpatch.store.repository import Head, Repository


class Choice(Struct, frozen=True):
    """Which applies are meant; the last one where nothing is said."""

    identity: str = ""
    """A record's or a patch's id, or a unique prefix of one."""
    count: int = 1
    path: str = ""
    """The last apply that touched this file; as documents write paths."""


def rollback(repository: Repository, choice: Choice) -> Record:
    """Take back what `choice` names; the record of doing so."""
    repository.work_tree  # noqa: B018 (refuses a bare repository before anything is written)
    with locked(repository):
        refuse_unfinished(repository)
        return roll_back(repository, chosen(repository, choice))


def redo(repository: Repository) -> Record:
    """Undo the last rollback that is not undone yet; the record of doing so."""
    repository.work_tree  # noqa: B018 (refuses a bare repository before anything is written)
    with locked(repository):
        refuse_unfinished(repository)
        done = (r for r in journal.history(repository) if r.state is State.DONE and r.verb != "redo")
        last = next(done, None)
        if last is None or last.verb != "rollback":
            raise NothingInProgress("The last thing that was done here is no rollback, so there is none to undo.")
        return _go(repository, last, "redo", [last.id], last.snapshot)


def chosen(repository: Repository, choice: Choice) -> list[Record]:
    """The applies that `choice` names, the newest first. Raises NothingInProgress if there are none."""
    done = (r for r in journal.history(repository) if r.state is State.DONE and r.verb in ("apply", "split"))
    if choice.identity:
        found = [r for r in done if r.id.startswith(choice.identity) or r.patch.startswith(choice.identity)]
        if len({r.patch for r in found}) > 1:
            raise UsageError(f"{choice.identity!r} could be more than one apply.", hint="Write more of the id.")
        found = found[:1]
    elif choice.path:
        found = [r for r in done if choice.path in r.paths][:1]
    else:
        found = list(islice(done, choice.count))
        if 0 < len(found) < choice.count:
            raise NothingInProgress(f"Only {len(found)} applies are here to take back.")
    if not found:
        raise NothingInProgress(
            "There is no such apply to take back.", hint="`git dagpatch log` lists what was applied."
        )
    return found


def roll_back(repository: Repository, undone: Sequence[Record]) -> Record:
    """Take back applies, the newest first in `undone`. Raises Refused if later work stands on them or between them."""
    for newer, older in pairwise(undone):
        if newer.tree_before != older.tree_after or (newer.commits and newer.before != older.after):
            raise Refused(
                "Other changes stand between these applies, so they cannot be taken back together.",
                hint="Take them back one by one, with --revert where others stand on them.",
            )
    newest, oldest = undone[0], undone[-1]
    subject = newest.subject if len(undone) == 1 else f"{len(undone)} applies"
    whole = msgspec.structs.replace(newest, before=oldest.before, tree_before=oldest.tree_before, subject=subject)
    # What stood at a path before the first of them counts.
    snapshot = {name: kept for record in undone for name, kept in record.snapshot.items()}
    return _go(repository, whole, "rollback", [record.id for record in undone], snapshot)


def _go(repository: Repository, taken: Record, verb: str, undoes: list[str], snapshot: Snapshot) -> Record:
    """Go from where `taken` led to where it came from; `snapshot` has the files as they stood there."""
    head = repository.head()
    if taken.commits:
        stands = (head.branch, head.oid) == (taken.branch, taken.after)
    else:
        stands = _is_unchanged(repository, taken, head)
    if not stands:
        raise Refused(
            f"{head.branch!r} is not where this left it: {taken.subject!r}. It cannot simply go back.",
            cause="Other commits stand on it, or it is another branch.",
            hint="`git dagpatch rollback --revert` commits the inverse instead.",
        )
    store = repository.store
    before, after = Tree(store, taken.tree_after), Tree(store, taken.tree_before)
    identity = journal.new_id(taken.patch)
    record = msgspec.structs.replace(
        taken,
        id=identity,
        run=identity,
        verb=verb,
        time=journal.timestamp(),
        before=head.oid,
        after=None,
        tree_before=before.id,
        tree_after=after.id,
        undoes=undoes,
        backup="",
        forced=[],
    )
    if taken.commits and taken.before:
        # Raises UnknownRevision where it is not here any more.
        store.commit(taken.before)
    goal = MoveTo(taken.before) if taken.commits else StageOnly(snapshot)
    return land(repository, Landing(record, head, before, after, goal))


def _is_unchanged(repository: Repository, taken: Record, head: Head) -> bool:
    """Whether HEAD still has the files that `taken` touches as it had them then."""
    if head.oid == taken.before:
        return True
    then, now = repository.tree_of(taken.before), repository.tree_of(head.oid)
    return all(then.file(path) == now.file(path) for path in map(decode, taken.paths))
