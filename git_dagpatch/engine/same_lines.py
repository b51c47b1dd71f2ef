"""Which lines of Python are the same in two texts, at another indentation or at another place?

A line that has the words and signs of one that went is that one if it stands in the same order among the others, or if
there is no other that it could be: one such line went and one came, and with the equal lines around both it is long
enough to be told by. These went with it. Lines in strings are none, since their white space is part of a value.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence

from git_dagpatch.alignment.lines import Block, diff, lines_of
from git_dagpatch.languages.python_blocks import lines_in_strings
from git_dagpatch.languages.python_syntax import parses

_TELLING = 20
"""Letters and digits that tell lines which follow each other apart, as with git's ``-M``."""
_WORD = re.compile(rb"[\w\x80-\xff]+")


def same_lines(old: bytes, new: bytes) -> dict[int, int]:
    """The number in `old` of each line of `new` that was a line there, from 0; nothing where a text does not parse."""
    if not (parses(old) and parses(new)):
        return {}
    one, other = _told(old), _told(new)
    pairs = [(i, j) for i, j in _in_order(one, other) if one[i] and one[i] == other[j]]
    found: dict[int, int] = {}
    taken: set[int] = set()
    # Where two blocks claim a line, that with more words has it.
    blocks = [*_runs(pairs), *_moved(one, other, pairs)]
    for block in sorted(blocks, key=lambda block: -_weight(other[j] for _, j in block)):
        for i, j in block:
            if i not in taken and j not in found:
                found[j] = i
                taken.add(i)
    return found


def _told(text: bytes) -> list[bytes | None]:
    """The lines without white space around them; None for those in strings."""
    strings = lines_in_strings(text)
    return [None if number in strings else line.strip() for number, line in enumerate(lines_of(text).lines)]


def _in_order(one: Sequence[bytes | None], other: Sequence[bytes | None]) -> Iterator[tuple[int, int]]:
    """The lines that are the same, as a diff pairs them that knows no white space."""
    texts = [b"".join((line or b"") + b"\n" for line in lines) for lines in (one, other)]
    i = j = 0
    for block in (*diff(texts[0], texts[1]), Block(len(one), len(one), len(other), len(other))):
        yield from zip(range(i, block.old_start), range(j, block.new_start), strict=True)
        i, j = block.old_end, block.new_end


def _runs(pairs: Iterable[tuple[int, int]]) -> list[list[tuple[int, int]]]:
    """`pairs` by lines that follow each other on both sides."""
    found: list[list[tuple[int, int]]] = []
    for i, j in pairs:
        if found and found[-1][-1] == (i - 1, j - 1):
            found[-1].append((i, j))
        else:
            found.append([(i, j)])
    return found


def _moved(
    one: Sequence[bytes | None], other: Sequence[bytes | None], pairs: Sequence[tuple[int, int]]
) -> Iterator[list[tuple[int, int]]]:
    """The equal lines around each line that is there once, without a partner in `pairs`, if they tell something."""
    gone, come = _once(one, {i for i, _ in pairs}), _once(other, {j for _, j in pairs})
    last = -1
    for j, line in sorted((come[line], line) for line in gone.keys() & come.keys()):
        if j > last:
            block = _grown(one, other, gone[line], j)
            last = block[-1][1]
            if _weight(other[j] for _, j in block) >= _TELLING:
                yield block


def _grown(one: Sequence[bytes | None], other: Sequence[bytes | None], i: int, j: int) -> list[tuple[int, int]]:
    """Two equal lines with those around them for as long as these are equal, too."""
    start, end = 0, 1
    while i + start and j + start and one[i + start - 1] is not None and one[i + start - 1] == other[j + start - 1]:
        start -= 1
    while i + end < len(one) and j + end < len(other) and one[i + end] is not None and one[i + end] == other[j + end]:
        end += 1
    return [(i + at, j + at) for at in range(start, end)]


def _once(lines: Sequence[bytes | None], without: Collection[int]) -> dict[bytes, int]:
    """The lines with words that stand there once, those `without` not counted: line → number."""
    places: dict[bytes, list[int]] = defaultdict(list)
    for number, line in enumerate(lines):
        if line and number not in without and _WORD.search(line):
            places[line].append(number)
    return {line: numbers[0] for line, numbers in places.items() if len(numbers) == 1}


def _weight(lines: Iterable[bytes | None]) -> int:
    return sum(len(word) for line in lines if line for word in _WORD.findall(line))
