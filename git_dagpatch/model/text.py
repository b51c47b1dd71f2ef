"""Text in a document: a string, or ``{"base64": …}`` where the bytes are not valid UTF-8."""

from __future__ import annotations

import base64
from typing import TypeAlias

import msgspec

from git_dagpatch.model.errors import InvalidPatch


class Base64(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Bytes that are not valid UTF-8."""

    base64: str


Text: TypeAlias = str | Base64


def to_text(data: bytes) -> Text:
    """The document form of `data`."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return Base64(base64.b64encode(data).decode())


def to_bytes(text: Text) -> bytes:
    """The bytes that `text` stands for."""
    if isinstance(text, str):
        return text.encode()
    try:
        return base64.b64decode(text.base64, validate=True)
    except ValueError as error:
        raise InvalidPatch("A base64 text of the patch cannot be decoded.", cause=str(error)) from error


def readable(text: Text) -> str:
    """`text` for a person: what is not UTF-8 is replaced."""
    return to_bytes(text).decode(errors="replace")


def safe(text: str) -> str:
    """`text` with control characters made visible, so that a patch drives no terminal and adds no lines."""
    return "".join(c if c == "\t" or c.isprintable() else c.encode("unicode_escape").decode() for c in text)
