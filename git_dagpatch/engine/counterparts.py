"""Which bytes that an operation brought were which before: word by word, import by import, line by line.

That the operation says the same in another form or at another place is proved elsewhere; here is only asked what came
from where.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict, deque
from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache
from itertools import accumulate, pairwise
from typing import NamedTuple

from git_dagpatch.alignment.lines import lines_of
from git_dagpatch.alignment.tokens import token_diff
from git_dagpatch.languages import language_of
from git_dagpatch.languages.import_blocks import Block, Named, Written
from git_dagpatch.model.effect import Span

WORD = re.compile(rb"[\w\x80-\xff]+|[^\w\s\x80-\xff]")


class Part(NamedTuple):
    """Bytes of a file."""

    path: bytes
    start: int
    end: int


class Pair(NamedTuple):
    """A word of an insert, by its bytes there, and what it was."""

    start: int
    end: int
    part: Part
    is_same: bool
    """Whether it is the same word."""
    number: int
    """Of the old word, where it is the same."""


def through(pairs: Sequence[Pair], start: int, end: int) -> list[Part]:
    """What the words were that stand between two bytes of an insert."""
    return [pair.part for pair in pairs if pair.start < end and pair.end > start]


@lru_cache(maxsize=256)
def pairs_of(path: bytes, offset: int, old: bytes, new: bytes) -> list[Pair]:
    """The words of `new` that were words of `old`, which stands at the byte `offset` of the file.

    A word that replaces others was these; one that comes is not told of.
    """
    one, other = list(WORD.finditer(old)), list(WORD.finditer(new))
    texts = [match[0] for match in one], [match[0] for match in other]
    blocks = token_diff(*texts)
    pairs: list[Pair] = []
    i = j = 0
    for old_start, old_end, new_start, new_end in (*blocks, (len(one), len(one), len(other), len(other))):
        for number, (was, word) in enumerate(zip(one[i:old_start], other[j:new_start], strict=True), i):
            part = Part(path, offset + was.start(), offset + was.end())
            pairs.append(Pair(*word.span(), part, is_same=True, number=number))
        if old_start < old_end:
            part = Part(path, offset + one[old_start].start(), offset + one[old_end - 1].end())
            pairs += (Pair(*word.span(), part, is_same=False, number=-1) for word in other[new_start:new_end])
        i, j = old_end, new_end
    return pairs


def together(pairs: Sequence[Pair], insert: bytes, start: int, end: int) -> list[Part] | None:
    """The words between two bytes of `insert` where they stood together before; None if any of them did not."""
    wanted = sum(1 for _ in WORD.finditer(insert[start:end]))
    met = [pair for pair in pairs if pair.start < end and pair.end > start]
    if len(met) != wanted or not all(pair.is_same for pair in met):
        return None
    if any(other.number != one.number + 1 for one, other in pairwise(met)):
        return None
    return [pair.part for pair in met]


def images_of_imports(path: bytes, old: Block, new: Block, first: int, last: int) -> Iterator[Part]:
    """The imports between two bytes of the text with the block `new`, each where it stood in the block `old`.

    With the start of the statement there.
    """
    places: dict[Named, deque[list[Part]]] = defaultdict(deque)
    for _, start, statement in _statements(old):
        head = Part(path, start, start + statement.places[0][0])
        for named, place in zip(statement.names, statement.places, strict=True):
            places[named].append([head, Part(path, start + place[0], start + place[1])])
    comments = {line.strip(): Part(path, at, at + len(line)) for at, line in _lead_lines(old)}
    for at, line in _lead_lines(new):
        if at < last and at + len(line) > first and line.strip() in comments:
            yield comments[line.strip()]
    for _, start, statement in _statements(new):
        images = [places[named].popleft() for named in statement.names]
        end = start + len(statement.text)
        if end <= first or start >= last:
            continue
        within = [
            image
            for image, place in zip(images, statement.places, strict=True)
            if start + place[0] < last and start + place[1] > first
        ]
        nearest = images[0] if first < start + statement.places[0][1] else images[-1]
        for image in within or [nearest]:
            yield from image


def _statements(block: Block) -> Iterator[tuple[int, int, Written]]:
    """Where the lines that lead to each statement start, where it starts itself, and the statement."""
    at = block.start
    for statement in block.statements:
        start = at + sum(map(len, statement.lead))
        yield at, start, statement
        at = start + len(statement.text)


def _lead_lines(block: Block) -> Iterator[tuple[int, bytes]]:
    for start, _, statement in _statements(block):
        ends = accumulate(map(len, statement.lead), initial=start)
        yield from ((at, line) for at, line in zip(ends, statement.lead, strict=False) if line.strip())


def _texts_of(path: bytes, text: bytes, names: Collection[str]) -> dict[str, bytes]:
    """The text of each definition of `names`; none of those of which there are several."""
    lines = lines_of(text)
    found = [one for one in language_of(path).definitions(text) or () if one.name in names]
    counted = Counter(one.name for one in found)
    return {one.name: b"".join(lines.lines[one.start : one.end]) for one in found if counted[one.name] == 1}


def images_of_definitions(
    path: bytes, before: bytes, after: bytes, siblings: Collection[str], first: int, last: int
) -> Iterator[Part]:
    """The lines between two bytes of `after`, each in the one of `siblings` that holds it, whose text is the same."""
    one, other = lines_of(before), lines_of(after)
    old, new = (
        {found.name: found for found in language_of(path).definitions(text) or () if found.name in siblings}
        for text in (before, after)
    )
    for line in range(other.number_at(first), other.number_at(max(last - 1, first)) + 1):
        for name, found in new.items():
            if found.start <= line < found.end and other.lines[line].strip():
                at = old[name].start + line - found.start
                yield Part(path, one.starts[at], one.starts[at + 1])


def same_texts(path: bytes, before: bytes, after: bytes, spans: Sequence[Span], siblings: Collection[str]) -> bool:
    """Whether `spans`, which turn `before` into `after`, only change the places of `siblings` and of blank lines."""
    old, new = _texts_of(path, before, siblings), _texts_of(path, after, siblings)
    gone = Counter(line.strip() for span in spans for line in before[span.start : span.end].split(b"\n"))
    come = Counter(line.strip() for span in spans for line in span.insert.split(b"\n"))
    del gone[b""], come[b""]
    return len(old) == len(siblings) > 0 and old == new and gone == come
