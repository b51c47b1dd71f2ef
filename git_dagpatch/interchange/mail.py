"""One mail of ``git format-patch``, or one that a person wrote: author, date, message and diff.

The rules are those of ``git mailinfo`` and ``git am``: what they would commit is what is read here. Python's email
package reads header, structure and transfer encodings; what a patch makes of them is decided here.
"""

from __future__ import annotations

import email
import email.message
import re
from collections.abc import Iterator
from email.header import decode_header
from typing import NamedTuple

from git_dagpatch.alignment.lines import split_lines
from git_dagpatch.interchange.authorship import SPACE, Sender, clean_subject, date_of, one_line, sender_of, tidied
from git_dagpatch.interchange.mailbox import RawMail
from git_dagpatch.model.errors import InvalidPatch

_FIELDS = ("From", "Subject", "Date")
_ENCODED_WORD = re.compile(rb"=\?([^?]*)\?([bBqQ])\?(.*?)\?=", re.DOTALL)
_SEPARATOR = re.compile(rb">From (?:[0-9a-f]{40}|[0-9a-f]{64}) Mon Sep 17 00:00:00 2001\n")
_TEXTS = ("text", "application")


class Mail(NamedTuple):
    """What a mail says about a commit."""

    author: Sender | None
    date: bytes
    """As git stores it; empty where the mail has none."""
    message: bytes
    diff: bytes
    line: int
    """The number of the diff's first line; of an encoded mail, that of its own first line."""


class _Line(NamedTuple):
    text: bytes
    charset: str


def read_mail(raw: RawMail) -> Mail:
    """Read a mail. Raises InvalidPatch where git would refuse to, too."""
    where = f"the mail on line {raw.line} of the patch"
    try:
        parsed = email.message_from_bytes(raw.text)
    except RecursionError as error:
        raise InvalidPatch(f"The parts of {where} are nested more deeply than is accepted.") from error
    body = _Body(where)
    for line in _lines(parsed):
        body.take(line)
    fields = _header_fields(parsed, where) | body.finish()
    subject = one_line(clean_subject(fields.get("Subject", b"")))
    sender = sender_of(one_line(fields["From"]), where) if "From" in fields else None
    date = one_line(fields.get("Date", b"")).strip(SPACE)
    diff = b"".join(body.diff)
    return Mail(
        sender,
        date_of(date, where) if date else b"",
        tidied(subject + b"\n\n" + b"".join(body.message)),
        diff,
        raw.line + raw.text.count(b"\n", 0, max(raw.text.rfind(diff), 0)),
    )


def _header_fields(parsed: email.message.Message, where: str) -> dict[str, bytes]:
    """The fields that count, decoded; of one that stands more than once, the last."""
    fields = {}
    for name in _FIELDS:
        values = [str(value) for key, value in parsed.raw_items() if key.lower() == name.lower()]
        if values:
            unfolded = values[-1].encode("ascii", "surrogateescape").replace(b"\r", b"")
            lines = unfolded.split(b"\n")
            joined = b"".join([lines[0].rstrip(SPACE), *(b" " + line[1:].rstrip(SPACE) for line in lines[1:])])
            fields[name] = decoded(joined.lstrip(SPACE), where)
    return fields


def _lines(parsed: email.message.Message) -> Iterator[_Line]:
    """The lines of all texts of a mail, their transfer encodings undone."""
    for part in parsed.walk():
        if part.is_multipart() or part.get_content_maintype() not in _TEXTS or part.get_content_subtype() == "html":
            continue
        payload = part.get_payload(decode=True)
        text = payload if isinstance(payload, bytes) else b""
        if part is not parsed and text and not text.endswith(b"\n"):
            # Before a boundary it counts as part of the boundary.
            text += b"\n"
        charset = part.get_content_charset("")
        lines = split_lines(text)
        if str(part.get_param("format", "")).lower() == "flowed":
            lines = _unflowed(lines, delete_space=str(part.get_param("delsp", "")).lower() == "yes")
        yield from (_Line(line, charset) for line in lines)


def _unflowed(lines: list[bytes], *, delete_space: bool) -> list[bytes]:
    """Lines that a mail program broke, whole again (RFC 3676)."""
    whole: list[bytes] = []
    before = b""
    for line in lines:
        text = line.rstrip(b"\r\n")
        if text == b"-- ":
            whole += [*([before + b"\n"] if before else []), line]
            before = b""
            continue
        text = text.removeprefix(b" ")
        if text.endswith(b" "):
            before += text[:-1] if delete_space else text
            continue
        whole.append(before + text + b"\n")
        before = b""
    return [*whole, before + b"\n"] if before else whole


class _Body:
    """The lines of a mail's body: fields of its own first, then the message, then the diff."""

    def __init__(self, where: str) -> None:
        self.where = where
        self.message: list[bytes] = []
        self.diff: list[bytes] = []
        self._fields: dict[str, bytes] = {}
        self._open = b""
        """A field whose lines may go on."""
        self._before_message = True

    def take(self, line: _Line) -> None:
        if self.diff:
            self.diff.append(line.text)
        elif self._before_message and self._is_head(line.text):
            return
        else:
            self._before_message = False
            text = to_utf8(line.text, line.charset, self.where)
            (self.diff if starts_diff(text) else self.message).append(text)

    def finish(self) -> dict[str, bytes]:
        """The fields of the body, which count if a diff follows."""
        self._close()
        return self._fields if self.diff else {}

    def _is_head(self, line: bytes) -> bool:
        """Whether `line` stands before the message: blank, or a field of the body."""
        if line in (b"", b"\n"):
            if self._open:
                self._close()
                self._before_message = False
            return True
        if self._open and line[:1] in (b" ", b"\t"):
            self._open = self._open.removesuffix(b"\n") + line
            return True
        self._close()
        if line.startswith(b">From"):
            return _SEPARATOR.fullmatch(line) is not None
        if line.startswith(b"[PATCH]") and line[7:8].isspace():
            self._fields["Subject"] = line
            return True
        if any(name not in self._fields and _is_field(line, name) for name in _FIELDS):
            self._open = line
            return True
        return False

    def _close(self) -> None:
        for name in _FIELDS:
            if self._open and name not in self._fields and _is_field(self._open, name):
                self._fields[name] = decoded(self._open[len(name) + 1 :].lstrip(SPACE), self.where)
                self._open = b""


def _is_field(line: bytes, name: str) -> bool:
    return line[: len(name) + 1].lower() == name.lower().encode() + b":"


def starts_diff(line: bytes) -> bool:
    """Whether the message ends before `line`: a diff starts, or a line of dashes tells it apart."""
    if line.startswith((b"diff -", b"Index: ")):
        return True
    if not line.startswith(b"---") or len(line) < 4:
        return False
    return (line[3:4] == b" " and not line[4:5].isspace()) or not line[3:].strip(SPACE)


def decoded(value: bytes, where: str) -> bytes:
    """A header value in UTF-8, its encoded words (RFC 2047) decoded wherever they stand."""
    pieces: list[tuple[bytes, str]] = []
    end = 0
    for word in _ENCODED_WORD.finditer(value):
        between = value[end : word.start()]
        if between.strip(SPACE) or end == 0:
            pieces.append((between, ""))
        text, charset = _decoded_word(word[0], where)
        if pieces and pieces[-1][1] == charset:
            # A character may have been cut in two.
            text = pieces.pop()[0] + text
        pieces.append((text, charset))
        end = word.end()
    pieces.append((value[end:], ""))
    return b"".join(to_utf8(text, charset, where) for text, charset in pieces)


def _decoded_word(word: bytes, where: str) -> tuple[bytes, str]:
    try:
        ((text, charset),) = decode_header(word.decode("ascii").replace("\n", " "))
    except (ValueError, email.errors.HeaderParseError) as error:
        raise InvalidPatch(f"The header of {where} cannot be decoded.", cause=repr(word[:80])) from error
    return (text if isinstance(text, bytes) else text.encode()), (charset or "").lower()


def to_utf8(text: bytes, charset: str, where: str) -> bytes:
    """`text` in UTF-8; as it is where no charset is said."""
    if charset in ("", "utf-8", "utf8"):
        return text
    try:
        return text.decode(charset).encode()
    except (LookupError, ValueError) as error:
        raise InvalidPatch(
            f"The message of {where} cannot be read as {charset}, which it says it is.",
            cause=str(error),
            hint="Correct the charset that its header names.",
        ) from error
