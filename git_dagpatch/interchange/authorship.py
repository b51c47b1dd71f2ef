"""Author, date and subject of a mail as ``git am`` takes them (``mailinfo.c``, ``ident.c``, ``date.c`` of git)."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import NamedTuple

from git_dagpatch.model.errors import InvalidPatch

SPACE = b" \t\n\r"
"""What git takes for white space."""
_CRUD = bytes(range(33)) + b",:;<>\"\\'"
"""What git takes away from both ends of a name."""
_LONGEST_NAME = 60
_ZONE = r"(?:(?P<name>GMT|UTC|Z|[ECMP][SD]T)|(?P<sign>[+-])(?P<hours>[01]\d|2[0-3]):?(?P<minutes>[0-5]\d))"
_CLOCK = r"(?P<hour>[01]?\d|2[0-3]):(?P<minute>[0-5]?\d)"
_SECOND = r":(?P<second>[0-5]?\d|60)"
_WEEKDAY = r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?,? *)?"
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = rf"(?P<month>{'|'.join(_MONTHS)})[a-z]*"
_YEAR = r"(?P<year>19[7-9]\d|20\d\d)"
_RAW_DATE = re.compile(rf"(?:@(?P<seconds>\d{{1,18}})|(?P<plain>\d{{9,18}})) {_ZONE}")
_DATES = [
    re.compile(form, re.IGNORECASE)
    for form in (
        # A mail's, git log's, and ISO 8601.
        rf"{_WEEKDAY}(?P<day>\d{{1,2}}) {_MONTH} {_YEAR} {_CLOCK}(?:{_SECOND})? {_ZONE}(?: \([^()]*\))?",
        rf"{_WEEKDAY}{_MONTH} +(?P<day>\d{{1,2}}) {_CLOCK}{_SECOND} {_YEAR} {_ZONE}",
        rf"{_YEAR}-(?P<month>\d\d)-(?P<day>\d\d)[T ]{_CLOCK}{_SECOND}(?:\.\d+)? ?{_ZONE}",
    )
]
"""The forms that mean one moment only. git guesses at others: what it cannot read of them is the present, or here."""
_AMERICAN = {"E": -5, "C": -6, "M": -7, "P": -8}
"""Hours from UTC in winter of the zones that mails name (RFC 822)."""


class Sender(NamedTuple):
    """Who wrote a mail."""

    name: bytes
    email: bytes


def one_line(value: bytes) -> bytes:
    """`value` with each run of white space as one space."""
    return re.sub(rb"[ \t\n\r]+", b" ", value)


def tidied(message: bytes) -> bytes:
    """A commit message as ``git stripspace`` leaves it."""
    lines = [line.rstrip(SPACE) for line in message.split(b"\n")]
    kept = [line for at, line in enumerate(lines) if line or (at and lines[at - 1])]
    text = b"\n".join(kept).strip(b"\n")
    return text + b"\n" if text else b""


def clean_subject(subject: bytes) -> bytes:
    """A subject without ``Re:`` and what stands in brackets before it."""
    while True:
        rest = subject.lstrip(b" \t:")
        if rest[:3].lower() == b"re:" and len(rest) > 3:
            rest = rest[3:]
        elif rest.startswith(b"[") and b"]" in rest:
            rest = rest[rest.index(b"]") + 1 :]
        if rest == subject:
            return subject.strip(SPACE)
        subject = rest


def sender_of(value: bytes, where: str) -> Sender:
    """Name and address of a From field. Raises InvalidPatch if it names nobody."""
    name, address = _split(_unquoted(value), value)
    sender = Sender(_without_crud(name), _without_crud(address))
    if not sender.name:
        raise InvalidPatch(
            f"The author of {where} has no name.",
            cause=f"It says From: {value.decode(errors='replace')!r}.",
            hint="Write it as From: Name <name@example.com>.",
        )
    return sender


def _split(value: bytes, original: bytes) -> tuple[bytes, bytes]:
    at = value.find(b"@")
    if at < 0:
        bogus = re.search(rb"^([^<]*)<([^>]*)>", original)
        return (_sane_name(bogus[1].strip(SPACE), bogus[2]), bogus[2]) if bogus else (b"", b"")
    start = max(value.rfind(mark, 0, at) for mark in (b" ", b"\t", b"<")) + 1
    end = min((found for mark in (b" ", b"\t", b">") if (found := value.find(mark, at)) >= 0), default=len(value))
    before = value[: start - 1] + b" " if value[start - 1 : start] == b"<" and start else value[:start]
    rest = one_line(before + value[end + 1 :]).strip(SPACE)
    if rest.startswith(b"(") and rest.endswith(b")"):
        rest = rest[1:-1]
    return _sane_name(rest, value[start:end]), value[start:end]


def _sane_name(name: bytes, address: bytes) -> bytes:
    """`name`, or the address where it can be none."""
    return name if 0 < len(name) <= _LONGEST_NAME and not set(name) & set(b"@<>") else address


def _unquoted(value: bytes) -> bytes:
    """`value` without the quotes around quoted strings and the backslashes in them and in comments (RFC 5322)."""
    quoted = re.sub(rb'"((?:[^"\\]|\\.)*)(?:"|$)', lambda match: re.sub(rb"\\(.)", rb"\1", match[1]), value)
    return re.sub(rb"\((?:[^()\\]|\\.)*\)", lambda match: re.sub(rb"\\(.)", rb"\1", match[0]), quoted)


def _without_crud(value: bytes) -> bytes:
    return re.sub(rb"[\n<>]", b"", value.strip(_CRUD))


def date_of(value: bytes, where: str) -> bytes:
    """A Date field as git stores it, ``1700000000 +0100``. Raises InvalidPatch if it is none."""
    text = value.decode("ascii", "replace")
    raw = _RAW_DATE.fullmatch(text)
    matches = (form.fullmatch(text) for form in _DATES)
    match = raw or next((match for match in matches if match), None)
    seconds = None
    if match:
        seconds = int(match["seconds"] or match["plain"]) if match is raw else _seconds(match)
    if match is None or seconds is None or seconds < 0:
        raise InvalidPatch(
            f"The date of {where} cannot be read.",
            cause=f"It says {text!r}.",
            hint="Write it in full, as in Fri, 2 Jan 2026 03:04:05 +0100.",
        )
    offset = _offset(match)
    sign = "-" if offset < 0 else "+"
    hours, minutes = divmod(abs(offset), 60)
    return f"{seconds} {sign}{hours:02}{minutes:02}".encode()


def _seconds(match: re.Match[str]) -> int | None:
    """Seconds since 1970; None for a day that no calendar has."""
    month = match["month"].lower()
    number = int(month) if month.isdigit() else _MONTHS.index(month) + 1
    try:
        midnight = datetime(int(match["year"]), number, int(match["day"]), tzinfo=UTC)
    except ValueError:
        return None
    minutes = int(match["hour"]) * 60 + int(match["minute"]) - _offset(match)
    return int(midnight.timestamp()) + minutes * 60 + int(match["second"] or 0)


def _offset(match: re.Match[str]) -> int:
    """Minutes from UTC."""
    name = (match["name"] or "").upper()
    if name:
        return (_AMERICAN[name[0]] + (name[1] == "D")) * 60 if name[1:] in ("ST", "DT") else 0
    size = int(match["hours"]) * 60 + int(match["minutes"])
    return -size if match["sign"] == "-" else size
