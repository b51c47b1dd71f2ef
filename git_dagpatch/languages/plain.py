"""Text of no known language."""

from __future__ import annotations

from git_dagpatch.languages.language import Language

_PROBE = 8000


def is_text(content: bytes) -> bool:
    """Whether git would take `content` for text: no NUL among its first 8,000 bytes."""
    return b"\0" not in content[:_PROBE]


def is_utf8(content: bytes) -> bool:
    """Whether `content` is valid UTF-8."""
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


def shebang(text: bytes) -> bytes:
    """The line by which a system finds what runs the text, empty if there is none; white space at its end is no part
    of it, but for a carriage return."""
    return text.partition(b"\n")[0].rstrip(b" \t") if text.startswith(b"#!") else b""


class Plain(Language):
    """No symbols, no proofs, no faults."""

    name = "plain"


class NotInstalled(Language):
    """A language whose parser is in a package that is not here."""

    def __init__(self, name: str, unchecked: str) -> None:
        self.name = name
        self.unchecked = unchecked
