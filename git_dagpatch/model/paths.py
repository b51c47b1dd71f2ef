"""Paths: bytes inside, percent-encoded strings in documents; and which paths are safe to write.

A document's path encodes ``%``, ``:``, control characters and bytes that are not valid UTF-8, so that
``path:Qualified.name`` splits at its first colon. Each path has exactly one spelling.
"""

from __future__ import annotations

import re
from functools import lru_cache

from git_dagpatch.model.errors import InvalidPatch

_ENCODED = re.compile(r"[%:\x00-\x1f\x7f\udc80-\udcff]")
_ESCAPE = re.compile(rb"%([0-9A-Fa-f]{2})")
# Code points that HFS+ ignores in names: ".g\u200cit" is ".git" there.
_HFS_IGNORED = re.compile("[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]")
_NTFS_GIT = re.compile(r"^(\.git|git~1)[ .]*(:.*)?$", re.IGNORECASE | re.DOTALL)


def encode(path: bytes) -> str:
    """The document form of `path`."""
    text = path.decode("utf-8", "surrogateescape")
    return _ENCODED.sub(_escape, text)


def _escape(match: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in match[0].encode("utf-8", "surrogateescape"))


@lru_cache(maxsize=10_000)
def decode(text: str) -> bytes:
    """The path that `text` names.

    Raises InvalidPatch if it is not the one spelling of that path, or not safe (see `check`).
    """
    path = _ESCAPE.sub(lambda m: bytes([int(m[1], 16)]), text.encode())
    if encode(path) != text:
        raise InvalidPatch(
            f"The path {text!r} of the patch is not written as the format asks.",
            hint=f"Write it as {encode(path)!r}.",
        )
    check(path)
    return path


def check(path: bytes) -> None:
    """Raise InvalidPatch unless `path` stays inside a work tree and outside its repository."""
    reason = _danger(path)
    if reason:
        raise InvalidPatch(f"The path {encode(path)!r} of the patch is refused.", cause=reason)


def _danger(path: bytes) -> str:
    if not path:
        return "It is empty."
    if path.startswith(b"/"):
        return "It is absolute."
    if b"\0" in path:
        return "It holds a NUL byte."
    for part in path.split(b"/"):
        if part in (b"", b".", b".."):
            return "It has an empty part, `.` or `..`."
    if _names_repository(path):
        return "It names `.git`, which belongs to git."
    return ""


def _names_repository(path: bytes) -> bool:
    lower = path.lower()
    if b"git" not in lower and path.isascii():
        return False
    text = _HFS_IGNORED.sub("", path.decode("utf-8", "replace"))
    # A backslash separates on Windows, so a part of a part may name the repository there.
    return any(_NTFS_GIT.match(part) for part in re.split(r"[/\\]", text))


def split_target(target: str) -> tuple[bytes, str]:
    """``path:Qualified.name`` as (path, name); the name is empty where the whole file is meant."""
    path, _, symbol = target.partition(":")
    return decode(path), symbol


def join_target(path: bytes, symbol: str) -> str:
    """The document form of a symbol's place; an empty symbol is the file's top level."""
    return f"{encode(path)}:{symbol}"


def parents(path: bytes) -> list[bytes]:
    """The directories above `path`, nearest first, without the root."""
    found = []
    end = path.rfind(b"/")
    while end > 0:
        found.append(path[:end])
        end = path.rfind(b"/", 0, end)
    return found
