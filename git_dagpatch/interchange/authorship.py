"""Author, date and subject of a mail as ``git am`` takes them (``mailinfo.c``, ``ident.c``, ``date.c`` of git)."""

from __future__ import annotations

import re
from calendar import timegm
from email.utils import parsedate_tz
from typing import NamedTuple

from git_dagpatch.model.errors import InvalidPatch

SPACE = b" \t\n\r"
"""What git takes for white space."""
_CRUD = bytes(range(33)) + b",:;<>\"\\'"
"""What git takes away from both ends of a name."""
_LONGEST_NAME = 60
_RAW_DATE = re.compile(r"@?(\d{1,18}) ([+-])(\d\d)(\d\d)")
_ISO_DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:\.\d+)? ?(?:(Z)|([+-])(\d\d):?(\d\d))")


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
    found = _raw_date(text) or _iso_date(text) or _mail_date(text)
    if found is None or found[0] < 0:
        raise InvalidPatch(
            f"The date of {where} cannot be read.",
            cause=f"It says {text!r}.",
            hint="Write it as in Fri, 2 Jan 2026 03:04:05 +0100.",
        )
    seconds, offset = found
    sign = "-" if offset < 0 else "+"
    hours, minutes = divmod(abs(offset), 60)
    return f"{seconds} {sign}{hours:02}{minutes:02}".encode()


def _raw_date(text: str) -> tuple[int, int] | None:
    """Seconds since 1970 and minutes from UTC of a date in git's own form."""
    match = _RAW_DATE.fullmatch(text)
    return (int(match[1]), _minutes(match[2], match[3], match[4])) if match else None


def _iso_date(text: str) -> tuple[int, int] | None:
    match = _ISO_DATE.fullmatch(text)
    if match is None:
        return None
    offset = 0 if match[7] else _minutes(match[8], match[9], match[10])
    year, month, day, hour, minute, second = (int(match[group]) for group in range(1, 7))
    return _seconds((year, month, day, hour, minute, second), offset)


def _mail_date(text: str) -> tuple[int, int] | None:
    parsed = parsedate_tz(text)
    if parsed is None:
        return None
    year, month, day, hour, minute, second = parsed[:6]
    return _seconds((year, month, day, hour, minute, second), (parsed[9] or 0) // 60)


def _seconds(moment: tuple[int, int, int, int, int, int], offset: int) -> tuple[int, int] | None:
    try:
        return timegm((*moment, 0, 0, 0)) - offset * 60, offset
    except (ValueError, OverflowError):
        return None


def _minutes(sign: str, hours: str, minutes: str) -> int:
    size = int(hours) * 60 + int(minutes)
    return -size if sign == "-" else size
