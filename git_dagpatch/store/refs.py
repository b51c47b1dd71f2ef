"""Refs that change together or not at all, each only from the value that it was seen at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from git_dagpatch.model.errors import RefChanged
from git_dagpatch.model.objects import Oid
from git_dagpatch.store.command import Git, Talk


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
    arguments = ("update-ref", "--no-deref", "--create-reflog", "-m", reason, "--stdin", "-z")
    with command.talking(*arguments) as talk:
        talk.say(b"".join([b"start\0", *map(_line, updates), b"prepare\0"]))
        _expect(talk, 2)
        yield
        talk.say(b"commit\0")
        _expect(talk, 1)


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
