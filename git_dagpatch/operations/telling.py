"""Does a replacement tell what it is about, wherever it stands?

Another name does, or other brackets. Another value or operator does not: ``timeout=1`` is one matter in one call, and
another one in the next. It tells that only together with the call that it stands in, or with its whole line.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import takewhile

from git_dagpatch.alignment.vocabulary import NAME, tells, words_of
from git_dagpatch.model.effect import Span

_OPENING, _CLOSING = (b"(", b"[", b"{"), (b")", b"]", b"}")
_SHAPE = (*_OPENING, *_CLOSING, b",", b";", b":")


def tells_its_place(text: bytes, span: Span) -> bool:
    """Whether who reads what `span` does to `text` knows what it is about without what stands around it."""
    before, after = words_of(text[span.start : span.end]), words_of(span.insert)
    return is_about_names(before, after) or _is_whole_line(text, span) or _is_in_call(before, after)


def is_about_names(before: Sequence[bytes], after: Sequence[bytes]) -> bool:
    """Whether the words that come or go hold a name, or nothing but brackets and the like."""
    old, new = Counter(before), Counter(after)
    changed = {word for word in old.keys() | new.keys() if old[word] != new[word]}
    return tells(changed) or (bool(changed) and all(word in _SHAPE or word.isspace() for word in changed))


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
