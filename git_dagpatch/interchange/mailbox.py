"""Mails cut out of a mailbox, and what makes a text a mail (``mailsplit.c``, ``am.c`` of git)."""

from __future__ import annotations

import re
from typing import NamedTuple

from git_dagpatch.alignment.lines import split_lines

_FROM = re.compile(rb"From .*\d.\d\d:\d\d(?P<year>[^:]*)", re.DOTALL)
_FIELD = re.compile(rb"[!-9;-~]+:")
_KNOWN = re.compile(rb"(?:From|Subject|Date|Message-ID):", re.IGNORECASE)
_SHORTEST_FROM = 20
_HEADER = 1 << 16
"""How much of a text is looked at to tell whether it is a mail."""


class RawMail(NamedTuple):
    """A mail as it stands in the mailbox, but for the line ends that a transport gave it."""

    text: bytes
    line: int
    """The number of its first line."""


def is_mail(text: bytes) -> bool:
    """Whether `text` starts with a mail: the line of a mailbox, or header lines with one that a patch needs."""
    known = False
    for line in text[:_HEADER].lstrip().splitlines():
        if not line:
            break
        if line.startswith((b" ", b"\t", b"From ")):
            continue
        if not _FIELD.match(line):
            return False
        known = known or _KNOWN.match(line) is not None
    return known


def split_mailbox(text: bytes) -> list[RawMail]:
    """The mails of a mailbox in order; the one mail where `text` does not start as a mailbox does."""
    lines = split_lines(text)
    start = next((number for number, line in enumerate(lines) if line.strip()), 0)
    starts = [start]
    if start < len(lines) and is_from_line(lines[start]):
        starts += [number for number in range(start + 1, len(lines)) if is_from_line(lines[number])]
    ends = [*starts[1:], len(lines)]
    return [RawMail(_local(lines[one:end]), one + 1) for one, end in zip(starts, ends, strict=True)]


def is_from_line(line: bytes) -> bool:
    """Whether `line` is the one that a mailbox puts before a mail: ``From``, someone, a time and a year."""
    if len(line) < _SHORTEST_FROM or not line.startswith(b"From "):
        return False
    match = _FROM.fullmatch(line)
    year = re.match(rb"\s*(\d{1,9})", match["year"]) if match else None
    return year is not None and int(year[1]) > 90


def _local(lines: list[bytes]) -> bytes:
    """A mail with line feeds as line ends, where its header shows that a transport wrote others.

    Carriage returns in a patch are content otherwise: ``git am`` takes them away unless told to keep them.
    """
    for line in lines:
        if not line.strip():
            break
        if not line.endswith(b"\r\n"):
            return b"".join(lines)
    return b"".join(line[:-2] + b"\n" if line.endswith(b"\r\n") else line for line in lines)
