"""What git tells about commits to people: names by the mailmap, dates, subjects, the shortest unique id."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from git_dagpatch.model.objects import Oid
from git_dagpatch.store.command import Git

_FORMAT = "%H%n%h%n%aN%n%aE%n%ad%n%cN%n%cE%n%cd%n%B"
_OPTIONS = ("--no-walk=unsorted", "-z", "--date=raw", "--encoding=UTF-8", "--no-show-signature")
_FIELDS = 8


class Committed(NamedTuple):
    """A commit as git tells about it. Dates are seconds since 1970 and an offset, as in ``1700000000 +0100``."""

    short: str
    author: str
    author_mail: str
    author_date: str
    committer: str
    committer_mail: str
    committer_date: str
    subject: str
    """The first line of the message."""


def committed(git: Git, oids: Collection[Oid]) -> dict[Oid, Committed]:
    """What git tells about each of the commits."""
    if not oids:
        return {}
    asked = "".join(f"{oid}\n" for oid in oids).encode()
    output = git.run("log", *_OPTIONS, f"--format={_FORMAT}", "--stdin", "--", stdin=asked)
    found = {}
    for record in output.split(b"\0"):
        oid, *fields = record.decode(errors="replace").split("\n", _FIELDS)
        if len(fields) == _FIELDS:
            *told, message = fields
            subject = next((line for line in message.split("\n") if line.strip()), "")
            found[oid] = Committed._make([*told, subject])
    return found
