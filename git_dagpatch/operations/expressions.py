"""Patterns in the syntax of RE2, and what their matches become.

RE2 takes time in proportion to the text whatever the pattern is, so that a pattern from a document can do no harm. It
is a package of its own, which need not be there: nothing is proved of patterns without it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from importlib import import_module
from typing import Any

from git_dagpatch.model.effect import Span, rewrite

MAX_PATTERN = 20_000
"""Characters that a pattern or a replacement may have."""
MAX_GROUPS = 9
MAX_WORK = 1 << 30
"""Bytes that looking for all matches may pass over, if each search went to the end of its text."""

_SPECIAL = re.compile(r"[\\.+*?()|\[\]{}^$]")
_PART = re.compile(r"\\(\d|\\)|([^\\]+)|(\\)", re.DOTALL)


@cache
def _engine() -> Any:
    try:
        return import_module("re2")
    except ImportError:
        return None


def available() -> bool:
    """Whether patterns can be matched here."""
    return _engine() is not None


def literal(text: str) -> str:
    """A pattern that matches `text` alone."""
    return _SPECIAL.sub(r"\\\g<0>", text)


def verbatim(text: str) -> str:
    """A replacement that gives `text`."""
    return text.replace("\\", "\\\\")


class Expression:
    """A pattern and its replacement."""

    def __init__(self, pattern: Any, parts: Sequence[bytes | int]) -> None:
        self._pattern = pattern
        self._parts = parts

    def turns(self, text: bytes, span: Span) -> bool:
        """Whether exactly the bytes that `span` replaces are a match, and its text is what that becomes."""
        match = self._pattern.fullmatch(text, span.start, span.end)
        if match is None:
            return False
        # Counted first: a replacement may name a group so often that the text would not fit into memory.
        lengths = [len(part) if isinstance(part, bytes) else _length(match.span(part)) for part in self._parts]
        return sum(lengths) == len(span.insert) and span.insert == b"".join(
            [part if isinstance(part, bytes) else match.group(part) or b"" for part in self._parts]
        )

    def finds(self, text: bytes) -> list[Span]:
        """All matches in `text`, from the left, as what they become; none where looking would take too long."""
        found: list[Span] = []
        for match in self._pattern.finditer(text):
            lengths = [len(part) if isinstance(part, bytes) else _length(match.span(part)) for part in self._parts]
            if (len(found) + 1) * len(text) > MAX_WORK or sum(lengths) > MAX_PATTERN or match.end() == match.start():
                return []
            parts = [part if isinstance(part, bytes) else match.group(part) or b"" for part in self._parts]
            found.append(Span(match.start(), match.end(), b"".join(parts)))
        return found

    def replaces_all(self, text: bytes, spans: Sequence[Span]) -> bool:
        """Whether `spans` are all matches in `text`, and none is left after them."""
        places = [(span.start, span.end) for span in spans]
        return self._everywhere(text, len(places)) == places and self._everywhere(rewrite(text, tuple(spans)), 0) == []

    def _everywhere(self, text: bytes, limit: int) -> list[tuple[int, int]] | None:
        """Where the pattern matches, from the left, in at most `limit` places; None if there are more, or too many."""
        if (limit + 1) * len(text) > MAX_WORK:
            return None
        found: list[tuple[int, int]] = []
        for match in self._pattern.finditer(text):
            if len(found) == limit:
                return None
            found.append(match.span())
        return found


def _length(span: tuple[int, int]) -> int:
    return span[1] - span[0]


def expression(pattern: str, replacement: str) -> Expression | None:
    """The pattern and its replacement, if both are well formed and can be matched here."""
    engine = _engine()
    if engine is None or max(len(pattern), len(replacement)) > MAX_PATTERN:
        return None
    options = engine.Options()
    options.log_errors = False
    try:
        compiled = engine.compile(pattern.encode(), options)
    except (engine.error, UnicodeEncodeError):
        return None
    parts = _parts(replacement, compiled.groups)
    return None if parts is None else Expression(compiled, parts)


def _parts(replacement: str, groups: int) -> list[bytes | int] | None:
    """Text and numbers of groups in turn; None if a group is named that does not exist."""
    parts: list[bytes | int] = []
    for escaped, plain, stray in _PART.findall(replacement):
        if stray or (escaped.isdecimal() and int(escaped) > groups):
            return None
        parts.append(int(escaped) if escaped.isdecimal() else (plain or escaped).encode(errors="surrogatepass"))
    return parts
