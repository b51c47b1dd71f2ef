"""Which identifier of one piece of code stands where another one stands in a later version of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from keyword import kwlist

from rapidfuzz.distance import Indel

from git_dagpatch.alignment.lines import Block
from git_dagpatch.alignment.tokens import token_diff

_KEYWORDS = frozenset(word.encode() for word in kwlist)
_WILD = b"?"
"""Stands for what only one side has: such identifiers may be each other, renamed."""
_WORK = 4_000
"""How many pairs of tokens of one block are compared."""
_EQUAL, _RENAMED = 3.0, 1.0


def aligned(old: Sequence[bytes], new: Sequence[bytes]) -> Iterator[tuple[int, int]]:
    """Numbers of tokens of `old` and `new` that correspond, in order: equal ones, and identifiers instead of others."""
    if old == new or (len(old) == len(new) and all(map(_alike, old, new))):
        yield from zip(range(len(old)), range(len(new)), strict=True)
        return
    gone, come = set(old) - set(new), set(new) - set(old)
    left = [_WILD if token in gone and is_identifier(token) else token for token in old]
    right = [_WILD if token in come and is_identifier(token) else token for token in new]
    i = j = 0
    end = Block(len(old), len(old), len(new), len(new))
    for block in [*token_diff(left, right), end]:
        yield from zip(range(i, block.old_start), range(j, block.new_start), strict=True)
        i, j = block.old_start, block.new_start
        for one, other in _within(old[i : block.old_end], new[j : block.new_end]):
            yield i + one, j + other
        i, j = block.old_end, block.new_end


def _alike(one: bytes, other: bytes) -> bool:
    return one == other or (
        is_identifier(one) and is_identifier(other) and not (one in _KEYWORDS or other in _KEYWORDS)
    )


def likeness(one: Sequence[bytes], other: Sequence[bytes]) -> float:
    """The share of the tokens of both that stand in the same order in the other one."""
    return Indel.normalized_similarity(one, other)


def is_identifier(token: bytes) -> bool:
    """Whether a token is a word, be it a keyword."""
    first = token[:1]
    return first.isalpha() or first == b"_" or first >= b"\x80"


def _within(old: Sequence[bytes], new: Sequence[bytes]) -> list[tuple[int, int]]:
    """Pairs inside of a block that differs: the best of those that keep the order."""
    rows, columns = len(old), len(new)
    if not rows or not columns or rows * columns > _WORK:
        return []
    best = [[0.0] * (columns + 1) for _ in range(rows + 1)]
    for i in range(rows - 1, -1, -1):
        row, below = best[i], best[i + 1]
        for j in range(columns - 1, -1, -1):
            value = _likeness(old[i], new[j])
            row[j] = max(below[j], row[j + 1], below[j + 1] + value if value else 0.0)
    pairs = []
    i = j = 0
    while i < rows and j < columns:
        value = _likeness(old[i], new[j])
        if value and best[i][j] == best[i + 1][j + 1] + value:
            pairs.append((i, j))
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            i += 1
        else:
            j += 1
    return pairs


def _likeness(one: bytes, other: bytes) -> float:
    if one == other:
        return _EQUAL
    return _RENAMED if is_identifier(one) and is_identifier(other) else 0.0
