"""Which lines of Python are the same in two texts, at another indentation or at another place?

A line that has the words and signs of one that went is that one if it stands in the same order among the others, or if
there is no other that it could be: it is long enough to be told by, and one such line went and one came. Lines in
strings are none, since their white space is part of a value.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from git_dagpatch.alignment.lines import Block, diff, lines_of
from git_dagpatch.languages.python_blocks import lines_in_strings
from git_dagpatch.languages.python_syntax import parses

_TELLING = 20
"""Letters and digits of a line that tell it apart, as with git's ``-M``."""
_WORD = re.compile(rb"[\w\x80-\xff]+")


def same_lines(old: bytes, new: bytes) -> dict[int, int]:
    """The number in `old` of each line of `new` that was a line there, from 0; nothing where a text does not parse."""
    if not (parses(old) and parses(new)):
        return {}
    one, other = _told(old), _told(new)
    found = {j: i for i, j in _in_order(one, other) if one[i] and one[i] == other[j]}
    gone = _once(one, set(found.values()))
    come = _once(other, found.keys())
    found |= {come[line]: gone[line] for line in gone.keys() & come.keys()}
    return found


def _told(text: bytes) -> list[bytes]:
    """The lines without white space around them; empty for those in strings."""
    strings = lines_in_strings(text)
    return [b"" if number in strings else line.strip() for number, line in enumerate(lines_of(text).lines)]


def _in_order(one: Sequence[bytes], other: Sequence[bytes]) -> Iterator[tuple[int, int]]:
    """The lines that are the same, as a diff pairs them that knows no white space."""
    texts = [b"".join(line + b"\n" for line in lines) for lines in (one, other)]
    i = j = 0
    for block in (*diff(texts[0], texts[1]), Block(len(one), len(one), len(other), len(other))):
        yield from zip(range(i, block.old_start), range(j, block.new_start), strict=True)
        i, j = block.old_end, block.new_end


def _once(lines: Sequence[bytes], paired: Iterable[int]) -> dict[bytes, int]:
    """The lines that tell something, have no partner, and stand there once: line → number."""
    places: dict[bytes, list[int]] = defaultdict(list)
    taken = set(paired)
    for number, line in enumerate(lines):
        if number not in taken and sum(map(len, _WORD.findall(line))) >= _TELLING:
            places[line].append(number)
    return {line: numbers[0] for line, numbers in places.items() if len(numbers) == 1}
