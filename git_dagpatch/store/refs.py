"""Refs that change together or not at all, each only from the value that it was seen at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import NamedTuple

from git_dagpatch.model.errors import RefChanged
from git_dagpatch.model.objects import Oid
from git_dagpatch.store import stale
from git_dagpatch.store.command import Git, Talk
from git_dagpatch.store.guard import ANYTHING, Guard

_LONGEST_REASON = 1000


class RefUpdate(NamedTuple):
    """`name` goes from `old` to `new`; None where it does not exist."""

    name: str
    new: Oid | None
    old: Oid | None


def update_refs(command: Git, updates: Sequence[RefUpdate], reason: str) -> None:
    """Update all or none. Raises RefChanged if one is not at its old value any more, or is locked."""
    with prepared_refs(command, updates, reason):
        pass


@contextmanager
def prepared_refs(command: Git, updates: Sequence[RefUpdate], reason: str) -> Iterator[None]:
    """Lock the refs and check their old values; they change when the block ends, and stay if it raises."""
    guard = command.guard
    locks = _locks(guard, updates) if guard else {}
    arguments = ("update-ref", "--no-deref", "--create-reflog", "-m", reason[:_LONGEST_REASON], "--stdin", "-z")
    talk, committing = None, False
    with guard.doing(locks=locks, refs=updates, reason=reason) if guard else nullcontext(0) as since:
        try:
            with command.talking(*arguments) as talk:
                talk.say(b"".join([b"start\0", *map(_line, updates), b"prepare\0"]))
                _expect(talk, 2)
                yield
                committing = True
                talk.say(b"commit\0")
                _expect(talk, 1)
        except BaseException as error:
            if talk and talk.killed:
                stale.clear([locks], since)
            # It may have died, or we been interrupted, with some refs changed and others not.
            done = committing and complete(command, updates, reason)
            if not done or not isinstance(error, Exception):
                raise


def complete(command: Git, updates: Sequence[RefUpdate], reason: str) -> bool:
    """If some of `updates` were made, make the others; whether all are made now.

    None is made if a ref is neither at its old value nor at its new one: then someone has gone on from there.
    """
    now = {update.name: _value(command, update.name) for update in updates}
    waiting = [update for update in updates if now[update.name] != update.new]
    made = any(now[update.name] == update.new != update.old for update in updates)
    if not made or any(now[update.name] != update.old for update in waiting):
        return False
    if waiting:
        update_refs(command, waiting, reason)
    return True


def _value(command: Git, name: str) -> Oid | None:
    return command.line("rev-parse", "--verify", "--quiet", name) or None


def _locks(guard: Guard, updates: Sequence[RefUpdate]) -> dict[str, str]:
    """The lock files that git makes for `updates`, in its order, and what it writes to them."""
    locks = {}
    for update in updates:
        directory = guard.git_dir if update.name == "HEAD" else guard.common_dir
        locks[str(directory / f"{update.name}.lock")] = f"{update.new}\n" if update.new else ""
    # HEAD is locked together with the branch that it is on.
    locks.setdefault(str(guard.git_dir / "HEAD.lock"), "")
    if any(update.new is None for update in updates):
        locks |= {str(guard.common_dir / "packed-refs.lock"): "", str(guard.common_dir / "packed-refs.new"): ANYTHING}
    return locks


def _expect(talk: Talk, answers: int) -> None:
    for _ in range(answers):
        if not talk.line().endswith(b": ok\n"):
            raise RefChanged(
                "A branch or a record changed in the meantime, or is locked; nothing was changed.",
                cause=talk.complaint(),
                hint="Try again.",
            )


def _line(update: RefUpdate) -> bytes:
    name = update.name.encode("utf-8", "surrogateescape")
    new, old = (update.new or "").encode(), (update.old or "").encode()
    if update.new is None:
        return b"delete %b\0%b\0" % (name, old)
    if update.old is None:
        return b"create %b\0%b\0" % (name, new)
    return b"update %b\0%b\0%b\0" % (name, new, old)
