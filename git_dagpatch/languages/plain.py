"""Text of no known language."""

from __future__ import annotations

from git_dagpatch.languages.language import Outline

_PROBE = 8000


def is_text(content: bytes) -> bool:
    """Whether git would take `content` for text: no NUL among its first 8,000 bytes."""
    return b"\0" not in content[:_PROBE]


class Plain:
    """No symbols, no proofs."""

    name = "plain"

    def outline(self, text: bytes) -> Outline | None:
        return None

    def keeps_meaning(self, before: bytes, after: bytes) -> bool:
        return False

    def parses(self, text: bytes) -> bool:
        return True
