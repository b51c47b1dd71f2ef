"""Commits as git stored them, and their dates as documents write them."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import NamedTuple

from git_dagpatch.model.errors import InvalidPatch
from git_dagpatch.model.objects import Oid

_EPOCH = datetime(1970, 1, 1)
_UNCOUNTABLE = (OverflowError, ValueError)
"""What Python raises for a date outside its calendar and for a number of more digits than it reads."""
_DATE = re.compile(r"(-?\d+) ([+-])(\d{2,})(\d\d)")
_ISO = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)([+-])(\d{2,}):(\d\d)")


class Person(NamedTuple):
    """Who wrote a commit, and when, as git stored it."""

    name: bytes
    email: bytes
    date: bytes
    """Seconds since 1970 and an offset, as in ``1700000000 +0100``."""


class Commit(NamedTuple):
    """A commit as git stored it."""

    oid: Oid
    tree: Oid
    parents: tuple[Oid, ...]
    author: Person
    message: bytes
    encoding: str


def parse_commit(oid: Oid, data: bytes) -> Commit:
    """Read a commit object's content, however odd its author line is."""
    head, _, message = data.partition(b"\n\n")
    tree, parents, author, encoding = "", [], b"", "utf-8"
    for line in head.split(b"\n"):
        key, _, value = line.partition(b" ")
        if key == b"tree":
            tree = value.decode()
        elif key == b"parent":
            parents.append(value.decode())
        elif key == b"author" and not author:
            author = value
        elif key == b"encoding":
            encoding = value.decode("ascii", "replace")
    return Commit(oid, tree, tuple(parents), parse_person(author), message, encoding)


def parse_person(line: bytes) -> Person:
    """Split ``Name <email> seconds offset``; a line without those marks is taken as a name."""
    left, bracket, date = line.rpartition(b"> ")
    name, opening, email = left.partition(b"<")
    if not bracket or not opening:
        return Person(line, b"", b"0 +0000")
    return Person(name.removesuffix(b" "), email, date)


def iso_date(date: bytes) -> str:
    """``1700000000 +0100`` as ``2023-11-14T23:13:20+01:00``; what does not fit that form stays as it is.

    Offsets of more than a day stand in real histories, so none is refused.
    """
    text = date.decode("utf-8", "backslashreplace")
    match = _DATE.fullmatch(text)
    if not match:
        return text
    seconds, sign, hours, minutes = match.groups()
    try:
        local = _EPOCH + timedelta(seconds=int(seconds)) + _offset(sign, hours, minutes)
    except _UNCOUNTABLE:
        return text
    iso = f"{local.isoformat()}{sign}{hours}:{minutes}"
    return iso if git_date(iso) == text else text


def git_date(date: str) -> str:
    """The form that git stores of a date which `iso_date` wrote."""
    match = _ISO.fullmatch(date)
    if not match:
        if _DATE.fullmatch(date):
            return date
        raise _unreadable(date)
    local, sign, hours, minutes = match.groups()
    try:
        moment = datetime.fromisoformat(local) - _offset(sign, hours, minutes) - _EPOCH
    except _UNCOUNTABLE as error:
        raise _unreadable(date) from error
    return f"{moment // timedelta(seconds=1)} {sign}{hours}{minutes}"


def _unreadable(date: str) -> InvalidPatch:
    return InvalidPatch(f"The date {date!r} of the patch cannot be read.", hint="Write it as ISO 8601 with an offset.")


def utc_date(date: bytes) -> str:
    """`date` in UTC, as ``2023-11-14T22:13:20Z``; what does not fit that form stays as it is."""
    match = _DATE.fullmatch(date.decode("utf-8", "backslashreplace"))
    try:
        return f"{(_EPOCH + timedelta(seconds=int(match[1]))).isoformat()}Z" if match else iso_date(date)
    except _UNCOUNTABLE:
        return iso_date(date)


def _offset(sign: str, hours: str, minutes: str) -> timedelta:
    size = timedelta(hours=int(hours), minutes=int(minutes))
    return -size if sign == "-" else size
