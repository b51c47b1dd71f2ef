"""Words of a text whatever its language is, and which of them tell a place from others."""

from __future__ import annotations

import re
from collections.abc import Iterable

WORD = re.compile(rb"[\w\x80-\xff]+|[ \t]+|\r?\n|.", re.DOTALL)
"""A word, white space, a line end, or another single character."""
NAME = re.compile(rb"[A-Za-z_\x80-\xff][\w\x80-\xff]+")
# Words that say too little to tell one place from another.
_COMMON = frozenset(
    b"and as assert async await break case catch class const continue def del do elif else except False false final "
    b"finally for from func function if import in is lambda let new nil None not null or pass private public raise "
    b"return self static super switch this throw True true try undefined var void while with yield".split()
)


def words_of(text: bytes) -> list[bytes]:
    """All of `text`, word by word."""
    return WORD.findall(text)


def tells(words: Iterable[bytes]) -> bool:
    """Whether one of `words` is a name that tells a place from others."""
    return any(is_name(word) for word in words)


def is_name(word: bytes) -> bool:
    """Whether `word` is a name of two characters or more, and none that stands everywhere."""
    return word not in _COMMON and NAME.fullmatch(word) is not None
