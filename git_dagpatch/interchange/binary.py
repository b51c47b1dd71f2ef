"""GIT binary patches: base85 lines over zlib, literal or as a delta (``apply.c``, ``patch-delta.c`` of git)."""

from __future__ import annotations

import base64
import re
import zlib
from collections.abc import Sequence

from git_dagpatch.interchange.changes import Binary, Delta, Literal, malformed
from git_dagpatch.model.errors import InvalidPatch, WrongBase

START = b"GIT binary patch"
_METHOD = re.compile(rb"(literal|delta) (\d{1,15})\s*")
_LENGTHS = {code: length for length, code in enumerate(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", 1)}


class Budget:
    """How many bytes may still come out of what is packed in a patch."""

    def __init__(self, size: int) -> None:
        self.left = size

    def take(self, size: int) -> None:
        """Raises InvalidPatch if `size` more bytes are too many."""
        self.left -= size
        if self.left < 0:
            raise InvalidPatch("The patch unpacks to more than is accepted.")


def read_binary(lines: Sequence[bytes], at: int, first_line: int, budget: Budget) -> tuple[Binary, int]:
    """The binary patch whose first line is `at`, and the index of the line after it."""
    forward, at = _read(lines, at + 1, first_line, budget)
    if forward is None:
        raise malformed(first_line + at, "a binary patch starts neither with `literal` nor with `delta`.")
    backward, at = _read(lines, at, first_line, budget)
    return Binary(forward, backward), at


def _read(lines: Sequence[bytes], at: int, first_line: int, budget: Budget) -> tuple[Literal | Delta | None, int]:
    method = _METHOD.fullmatch(lines[at]) if at < len(lines) else None
    if method is None:
        return None, at
    start, packed = at, bytearray()
    for at in range(start + 1, len(lines)):
        line = lines[at].rstrip(b"\r\n")
        if not line:
            break
        packed += _decode(line, first_line + at)
    data = _inflate(bytes(packed), int(method[2]), first_line + start, budget)
    return (Literal(data) if method[1] == b"literal" else Delta(data)), at + 1


def _decode(line: bytes, number: int) -> bytes:
    length = _LENGTHS.get(line[0], 0)
    # Four bytes are five digits; the last digits are filled up.
    if len(line) - 1 != (length + 3) // 4 * 5 or not length:
        raise malformed(number, "a line of a binary patch has not the length that it says.")
    try:
        return base64.b85decode(line[1:])[:length]
    except ValueError as error:
        raise malformed(number, "a line of a binary patch is not base85.", cause=str(error)) from error


def _inflate(packed: bytes, size: int, number: int, budget: Budget) -> bytes:
    budget.take(size)
    inflater = zlib.decompressobj()
    try:
        data = inflater.decompress(packed, size + 1)
    except zlib.error as error:
        raise malformed(number, "a binary patch is damaged.", cause=str(error)) from error
    if len(data) != size or not inflater.eof:
        raise malformed(number, f"a binary patch does not unpack to the {size:,} bytes that it says.")
    return data


def unpack(content: Literal | Delta, base: bytes, budget: Budget) -> bytes:
    """What `content` makes of `base`. Raises WrongBase, InvalidPatch."""
    if isinstance(content, Literal):
        return content.content
    try:
        return _apply(content.instructions, base, budget)
    except IndexError as error:
        raise InvalidPatch("A binary delta of the patch was cut off.") from error


def _apply(delta: bytes, base: bytes, budget: Budget) -> bytes:
    base_size, at = _number(delta, 0)
    size, at = _number(delta, at)
    if base_size != len(base):
        raise WrongBase(f"A binary delta was made for {base_size:,} bytes, but there are {len(base):,}.")
    budget.take(size)
    made = bytearray()
    while at < len(delta):
        code = delta[at]
        at += 1
        if code & 0x80:
            start, length, at = _copy(delta, code, at)
            piece = base[start : start + length]
        else:
            length = code
            piece = delta[at : at + length]
            at += length
        if not length or len(piece) != length or len(made) + length > size:
            raise InvalidPatch("A binary delta of the patch is damaged.")
        made += piece
    if len(made) != size:
        raise InvalidPatch(f"A binary delta of the patch makes {len(made):,} bytes where it promises {size:,}.")
    return bytes(made)


def _number(delta: bytes, at: int) -> tuple[int, int]:
    """A number in groups of seven bits, the lowest first, and the position after it."""
    number = shift = 0
    while True:
        byte = delta[at]
        number |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if not byte & 0x80:
            return number, at
        if shift > 63:
            raise InvalidPatch("A binary delta of the patch is damaged.")


def _copy(delta: bytes, code: int, at: int) -> tuple[int, int, int]:
    """Where to copy from and how much: of four and three bytes, those that `code` names are given."""
    values = [0] * 7
    for bit in range(7):
        if code >> bit & 1:
            values[bit] = delta[at]
            at += 1
    start = int.from_bytes(bytes(values[:4]), "little")
    return start, int.from_bytes(bytes(values[4:]), "little") or 0x10000, at
