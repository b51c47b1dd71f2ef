"""Does a replacement tell what it is about, wherever it stands?

Another name does, or other brackets. Another value or operator does not: ``timeout=1`` is one matter in one call, and
another one in the next. It tells that only together with the call that it stands in, or with its whole line. What
stands in a string is a value, and so is all that stands in a file of data; a docstring is text that people read.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import takewhile
from sys import maxsize

from git_dagpatch.alignment.vocabulary import NAME, tells, words_of
from git_dagpatch.languages import is_data, language_of
from git_dagpatch.model.effect import Span

_OPENING, _CLOSING = (b"(", b"[", b"{"), (b")", b"]", b"}")
_QUOTED = re.compile(rb"[A-Za-z]{0,3}([\"'`])")
_SHAPE = (*_OPENING, *_CLOSING, b",", b";", b":")


def tells_its_place(path: bytes, text: bytes, span: Span) -> bool:
    """Whether who reads what `span` does to the `text` of a file knows what it is about without what stands around."""
    before, after = words_of(text[span.start : span.end]), words_of(span.insert)
    return is_about_names(path, text, span) or _is_whole_line(text, span) or _is_in_call(before, after)


def is_about_names(path: bytes, text: bytes, span: Span) -> bool:
    """Whether the words that come or go hold a name, or nothing but brackets and the like."""
    if is_data(path):
        return False
    strings = _strings(path, text)
    here = strings.at(span.start)
    old = Counter(
        word for start, word in _placed(words_of(text[span.start : span.end]), span.start) if not strings.holds(start)
    )
    new = Counter(words_of(span.insert) if here is None else _outside_of_strings(words_of(span.insert), here))
    changed = {word for word in old.keys() | new.keys() if old[word] != new[word]}
    return tells(changed) or (bool(changed) and all(word in _SHAPE or word.isspace() for word in changed))


class _Strings:
    """The strings of a text that are values."""

    def __init__(self, found: Sequence[tuple[int, bytes]], prose: Sequence[tuple[int, bytes]]) -> None:
        self._found = [(start, start + len(token)) for start, token in found]
        self._prose = [(start, start + len(token)) for start, token in prose]
        self._quotes = {start: _QUOTED.match(token) for start, token in found}

    def holds(self, place: int) -> bool:
        return _around(self._found, place) is not None

    def at(self, place: int) -> bytes | None:
        """The quote of the string that `place` is inside of, empty where it is in none; None in text for people."""
        if _around(self._prose, place) is not None:
            return None
        start = _around(self._found, place)
        quoted = None if start in (None, place) else self._quotes[start or 0]
        return quoted[1] if quoted is not None else b""


def _around(places: Sequence[tuple[int, int]], place: int) -> int | None:
    """The start of the range that holds `place`."""
    at = bisect_right(places, (place, maxsize)) - 1
    return places[at][0] if at >= 0 and place < places[at][1] else None


@lru_cache(maxsize=16)
def _strings(path: bytes, text: bytes) -> _Strings:
    language = language_of(path, text)
    tokens = language.tokens(text)
    if tokens is None:
        return _Strings([], [(0, text)])
    found: list[tuple[int, bytes]] = []
    prose: list[tuple[int, bytes]] = []
    depth = 0
    for token, start, before, after in zip(tokens.texts, tokens.starts, tokens.gaps, tokens.gaps[1:], strict=False):
        if language.comments and token.startswith(language.comments):
            prose.append((start, token))
        elif _QUOTED.match(token) and len(token) > 1:
            # A statement that is nothing but a string is a docstring.
            alone = not depth and b"\n" in after and (b"\n" in before or not text[:start].strip())
            (prose if alone else found).append((start, token))
        depth += (token in _OPENING) - (token in _CLOSING)
    return _Strings(found, prose)


def _placed(words: Sequence[bytes], start: int) -> Iterator[tuple[int, bytes]]:
    for word in words:
        yield start, word
        start += len(word)


def _outside_of_strings(words: Sequence[bytes], quote: bytes) -> Iterator[bytes]:
    """Those of `words` in no string, where the first one is in a string that ends at `quote`, or in none."""
    escaped = False
    for word in words:
        if not quote and word[:1] not in (b"'", b'"', b"`"):
            yield word
        elif word in (b"'", b'"', b"`") and not escaped and quote in (b"", word):
            quote = b"" if quote else word
        escaped = word == b"\\" and not escaped


def _is_whole_line(text: bytes, span: Span) -> bool:
    start = text.rfind(b"\n", 0, span.start) + 1
    end = text.find(b"\n", max(span.start, span.end - 1))
    rest = text[span.end : end if end >= 0 else len(text)]
    return not text[start : span.start].strip() and not rest.strip()


def _is_in_call(before: Sequence[bytes], after: Sequence[bytes]) -> bool:
    """Whether all that differs stands within one pair of brackets behind a name, and these are there on both sides."""
    shared = _beginning(before, after)
    ending = _beginning(before[len(shared) :][::-1], after[len(shared) :][::-1])
    opening = _open_bracket(shared[::-1], _OPENING, _CLOSING)
    closing = _open_bracket(ending[::-1], _CLOSING, _OPENING)
    if opening is None or closing is None:
        return False
    return len(shared) >= opening + 2 and NAME.fullmatch(shared[-opening - 2]) is not None


def _beginning(one: Sequence[bytes], other: Sequence[bytes]) -> list[bytes]:
    """The words that both begin with."""
    return [word for word, _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))]


def _open_bracket(words: Sequence[bytes], wanted: Sequence[bytes], other: Sequence[bytes]) -> int | None:
    """How many words stand before the first bracket of `wanted` without its partner."""
    depth = 0
    for count, word in enumerate(words):
        if word in other:
            depth += 1
        elif word in wanted:
            if depth == 0:
                return count
            depth -= 1
    return None
