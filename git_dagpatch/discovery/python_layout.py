"""What of a change of Python is only how it is written: spelling, parentheses, commas, lines and white space.

Each pass takes what the wanted text has where the tokens around it are the same, and says it as groups of spans that
only make sense together. What is not proved to keep the meaning is for the caller to leave out.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

from git_dagpatch.alignment.lines import Block, distance
from git_dagpatch.alignment.tokens import token_diff
from git_dagpatch.discovery.token_pairs import Side, TokenPair, partners, trimmed
from git_dagpatch.languages.python_layout import docstring_words
from git_dagpatch.languages.python_lines import Line, Lines, logical_lines, soft_tokens
from git_dagpatch.languages.python_tokens import is_number, is_string, python_tokens
from git_dagpatch.model.effect import Span, rewrite

Group = list[Span]
_PARENTHESES = frozenset((b"(", b")"))
_WORD = re.compile(rb"\S+")
_MOST_LINES = 100
"""How many lines on one side may hold the same statements as some on the other."""


def string_spelling(pair: TokenPair) -> Iterator[Group]:
    return _spelled(pair, is_string)


def number_spelling(pair: TokenPair) -> Iterator[Group]:
    return _spelled(pair, is_number)


def _spelled(pair: TokenPair, fits: Callable[[bytes], bool]) -> Iterator[Group]:
    """Tokens that are spelled otherwise."""
    old, new = pair.old.tokens, pair.new.tokens
    for at, other in zip(pair.old.hard, pair.partner, strict=True):
        if other < 0:
            continue
        text, wanted = old.texts[at], new.texts[pair.new.hard[other]]
        if text != wanted and fits(text) and old.keys[at] == new.keys[pair.new.hard[other]]:
            yield [trimmed(pair.old.text, old.starts[at], old.starts[at] + len(text), wanted)]


def joined_strings(pair: TokenPair) -> Iterator[Group]:
    """Neighbouring strings that are joined or parted; what then stands between two is for the layout."""
    for block in pair.blocks:
        old, new = pair.old.texts(block.old_start, block.old_end), pair.new.texts(block.new_start, block.new_end)
        if not old or not new or len(old) == len(new) == 1 or not all(map(is_string, [*old, *new])):
            continue
        yield [Span(pair.old.start(block.old_start), pair.old.end(block.old_end - 1), b" ".join(new))]


def docstrings(pair: TokenPair) -> Iterator[Group]:
    """Docstrings that are indented or wrapped otherwise, and paragraphs of those of which the words change, too."""
    for block in pair.blocks:
        for number, other in _docstrings_of(pair, block):
            tokens, at = pair.old.tokens, pair.old.hard[number]
            text, wanted = tokens.texts[at], pair.new.tokens.texts[pair.new.hard[other]]
            if docstring_words(text) == docstring_words(wanted):
                yield [trimmed(pair.old.text, tokens.starts[at], tokens.starts[at] + len(text), wanted)]
            else:
                yield from _wrapped(text, tokens.starts[at], wanted)


def _docstrings_of(pair: TokenPair, block: Block) -> list[tuple[int, int]]:
    """The strings of a block that stand as statements: those of both sides that follow each other alike."""
    old = [number for number in range(block.old_start, block.old_end) if _may_be_docstring(pair.old, number)]
    new = [number for number in range(block.new_start, block.new_end) if _may_be_docstring(pair.new, number)]
    return list(zip(old, new, strict=True)) if len(old) == len(new) else []


def _may_be_docstring(side: Side, number: int) -> bool:
    at = side.hard[number]
    return is_string(side.tokens.texts[at]) and (at == 0 or b"\n" in side.tokens.gaps[at])


def _wrapped(text: bytes, start: int, wanted: bytes) -> Iterator[Group]:
    """The paragraphs of a text, which stands at `start`, that differ less where their lines end as wanted."""
    for paragraph in _paragraphs_wrapped(text, wanted):
        if distance(rewrite(text, tuple(paragraph)), wanted) < distance(text, wanted):
            yield [Span(start + span.start, start + span.end, span.insert) for span in paragraph]


def _paragraphs_wrapped(text: bytes, wanted: bytes) -> list[Group]:
    """For each paragraph, where lines end and do not between words that stay."""
    words, others = list(_WORD.finditer(text)), list(_WORD.finditer(wanted))
    partner = partners(len(words), token_diff([word[0] for word in words], [word[0] for word in others]))
    groups: list[Group] = [[]]
    for number in range(1, len(words)):
        start, end, other = words[number - 1].end(), words[number].start(), partner[number]
        ends = text.count(b"\n", start, end)
        if ends > 1:
            groups.append([])
        elif other > 0 and partner[number - 1] == other - 1:
            gap = wanted[others[other - 1].end() : others[other].start()]
            if ends + gap.count(b"\n") == 1:
                groups[-1].append(trimmed(text, start, end, gap))
    return [group for group in groups if group]


def trailing_commas(pair: TokenPair) -> Iterator[Group]:
    """Commas before closing brackets that come and go."""
    for number, other in _differing_gaps(pair):
        old = [pair.old.tokens.texts[at] for at in pair.old.soft_in(number)]
        new = [pair.new.tokens.texts[at] for at in pair.new.soft_in(other)]
        if old == [b","] and not new:
            start = pair.old.tokens.starts[pair.old.soft_in(number)[0]]
            yield [Span(start, start + 1, b"")]
        elif new == [b","] and not old and number and not pair.old.texts(number - 1, number)[0].startswith(b"#"):
            yield [Span(pair.old.end(number - 1), pair.old.end(number - 1), b",")]


def _differing_gaps(pair: TokenPair) -> Iterator[tuple[int, int]]:
    """The gaps between aligned neighbours in which other tokens stand."""
    old, new = pair.old, pair.new
    for number in pair.soft_gaps():
        other = pair.adjacent(number)
        if other >= 0:
            texts = [old.tokens.texts[at] for at in old.soft_in(number)]
            if texts != [new.tokens.texts[at] for at in new.soft_in(other)]:
                yield number, other


@lru_cache(maxsize=8)
def _logical_lines(text: bytes) -> Lines:
    """The lines of `text`, which several passes ask for."""
    return logical_lines(python_tokens(text))


class _Lined:
    """One side with its lines, in numbers of the tokens that count."""

    def __init__(self, side: Side) -> None:
        self.side = side
        self.found: Lines = _logical_lines(side.text)
        self.lines = self.found.lines
        self.starts = [line.start for line in self.lines]

    def number_at(self, token: int) -> int:
        """The line of a token."""
        return bisect_right(self.starts, token) - 1

    def hard(self, number: int) -> tuple[int, int]:
        """The tokens that count of a line."""
        line = self.lines[number]
        return bisect_right(self.side.hard, line.start - 1), bisect_right(self.side.hard, line.end - 1)

    def gap(self, number: int, line: int) -> tuple[int, int]:
        """Where the gap before the token `number` is, as far as it lies within the line."""
        start, end = self.side.gap(number)
        tokens, which = self.side.tokens, self.lines[line]
        last = which.end - 1
        return max(start, tokens.starts[which.start]), min(end, tokens.starts[last] + len(tokens.texts[last]))


def parentheses(pair: TokenPair) -> Iterator[Group]:
    """Parentheses that mean nothing, with the layout of the lines in which they come or go."""
    gaps = list(_differing_gaps(pair))
    if not gaps:
        return
    old, new = _Lined(pair.old), _Lined(pair.new)
    done: set[int] = set()
    for number, other in gaps:
        soft = [
            *(pair.old.tokens.texts[at] for at in pair.old.soft_in(number)),
            *(pair.new.tokens.texts[at] for at in pair.new.soft_in(other)),
        ]
        if _PARENTHESES.isdisjoint(soft):
            continue
        around = [pair.old.hard[at] for at in (number - 1, number) if 0 <= at < len(pair.old.hard)]
        for line in sorted({old.number_at(token) for token in around} - done):
            done.add(line)
            group = list(_relined(pair, old, new, line))
            if group:
                yield group


def _relined(pair: TokenPair, old: _Lined, new: _Lined, line: int) -> Iterator[Span]:
    """What stands between the tokens of `line` made what it is on the other side, if all of them are aligned.

    Where they stand on other lines there, only what has no line end in it.
    """
    first, end = old.hard(line)
    if first == end:
        return
    start = pair.partner[first]
    if start < 0 or pair.partner[first:end] != list(range(start, start + end - first)):
        return
    other = new.number_at(pair.new.hard[start])
    alone = new.hard(other) == (start, start + end - first)
    for number in range(first, end + 1):
        at = old.gap(number, line)
        there = number - first + start
        insert = pair.new.text[slice(*new.gap(there, other))] if alone else pair.new.between(there)
        replaced = pair.old.text[slice(*at)]
        if replaced != insert and (alone or b"\n" not in replaced + insert):
            yield trimmed(pair.old.text, *at, insert)


def semicolons(texts: Sequence[bytes]) -> set[int]:
    return {at for at, text in enumerate(texts) if text == b";"}


def statement_lines(pair: TokenPair) -> Iterator[Group]:
    """Statements that share a line on one side and not on the other."""
    old, new = _Lined(pair.old), _Lined(pair.new)
    begins = {new.hard(number)[0]: number for number in range(len(new.lines))}
    has_soft = bool(pair.old.soft or pair.new.soft)
    line = 0
    while line < len(old.lines):
        first, end = old.hard(line)
        other = begins.get(pair.partner[first], -1) if first < end else -1
        size = _same_tokens(pair, old, new, line, other) if other >= 0 else None
        line += size[0] if size else 1
        if size and (size != (1, 1) or has_soft):
            group = list(_parted(pair, old, new, (line - size[0], line), (other, other + size[1])))
            if group:
                yield group


def _same_tokens(pair: TokenPair, old: _Lined, new: _Lined, line: int, other: int) -> tuple[int, int] | None:
    """How many lines from `line` and from `other` on hold the same tokens."""
    (first, end), (start, last) = old.hard(line), new.hard(other)
    size = [1, 1]
    while end - first != last - start:
        shorter = end - first > last - start
        size[shorter] += 1
        if line + size[0] > len(old.lines) or other + size[1] > len(new.lines) or max(size) > _MOST_LINES:
            return None
        if shorter:
            last = new.hard(other + size[1] - 1)[1]
        else:
            end = old.hard(line + size[0] - 1)[1]
    if pair.partner[first:end] != list(range(start, last)):
        return None
    return size[0], size[1]


def _parted(
    pair: TokenPair, old: _Lined, new: _Lined, lines: tuple[int, int], others: tuple[int, int]
) -> Iterator[Span]:
    first, end = old.hard(lines[0])[0], old.hard(lines[1] - 1)[1]
    start = pair.partner[first]
    begins = [{side.hard(number)[0] for number in range(a + 1, b)} for side, (a, b) in ((old, lines), (new, others))]
    here, there = old.lines[lines[0]].indentation, new.lines[others[0]].indentation
    for number in range(first + 1, end + 1):
        other = number - first + start
        if number in begins[0] or other in begins[1] or (pair.old.soft_in(number) or pair.new.soft_in(other)):
            last = number == end
            at = old.gap(number, lines[1] - 1) if last else pair.old.gap(number)
            wanted = new.gap(other, others[1] - 1) if last else pair.new.gap(other)
            insert = pair.new.text[slice(*wanted)]
            if other in begins[1]:
                head, _, indentation = insert.rpartition(b"\n")
                insert = head + b"\n" + here + indentation.removeprefix(there)
            if pair.old.text[slice(*at)] != insert:
                yield trimmed(pair.old.text, *at, insert)


def layout(pair: TokenPair) -> Iterator[Group]:
    """White space between tokens that stay, a group a line; one for all lines of blocks that are indented otherwise."""
    return iter(_Relayout(pair).groups())


class _Relayout:
    def __init__(self, pair: TokenPair) -> None:
        self.pair = pair
        self.old, self.new = _Lined(pair.old), _Lined(pair.new)
        self._starts = {line.start: number for number, line in enumerate(self.old.lines)}
        self._new_starts = {line.start: number for number, line in enumerate(self.new.lines)}
        self._indentations = self._of_blocks()
        self._follows = _code_after(self.old.lines), _code_after(self.new.lines)

    def groups(self) -> list[Group]:
        gaps, wanted = self.pair.old.tokens.gaps, self.pair.new.tokens.gaps
        found: dict[int, Group] = defaultdict(list)
        size = len(gaps) - 1
        line = -1
        for at, gap in enumerate(gaps):
            other = self.pair.adjacent(at)
            starts = self._starts.get(at, -1)
            line = max(line, starts)
            if starts >= 0:
                new = self._boundary(at, other, self.old.lines[starts])
            elif other < 0 or gap == wanted[other]:
                continue
            elif at == size:
                new = wanted[other]
            else:
                new = self._inside(at, other)
            if new != gap:
                start = self.pair.old.tokens.starts[at] - len(gap) if at < size else len(self.pair.old.text) - len(gap)
                found[-1 if starts >= 0 and self._is_moved(starts) else line].append(
                    trimmed(self.pair.old.text, start, start + len(gap), new)
                )
        return list(found.values())

    def _inside(self, at: int, other: int) -> bytes:
        """The gap within a line: as wanted, where a line end does no harm."""
        gap, wanted = self.pair.old.tokens.gaps[at], self.pair.new.tokens.gaps[other]
        ends, wanted_ends = b"\n" in gap, b"\n" in wanted
        is_comment = self.pair.old.tokens.texts[at].startswith(b"#")
        if other in self._new_starts or (is_comment and ends != wanted_ends):
            return gap
        free = self.old.found.depths[at] > 0
        return wanted if free or not wanted_ends or (self.new.found.depths[other] == 0 and b"\\" in wanted) else gap

    def _boundary(self, at: int, other: int, line: Line) -> bytes:
        """The gap before a line: blank lines as wanted, and the indentation of the block."""
        gap = self.pair.old.tokens.gaps[at]
        starts = self._new_starts.get(other, -1) if other >= 0 else -1
        head = gap[: len(gap) - len(line.indentation)]
        if starts >= 0:
            wanted = self.pair.new.tokens.gaps[other]
            other_head = wanted[: len(wanted) - len(self.new.lines[starts].indentation)]
            head = other_head if at == 0 or b"\n" in other_head else head
        if line.block >= 0:
            return head + self._indentations[line.block]
        return head + self._of_comment(self._starts[at], starts)

    def _of_comment(self, number: int, other: int) -> bytes:
        """How a comment is indented: as the code that follows, where it was so; else as wanted."""
        line, follows = self.old.lines[number], self._follows[0][number]
        new = self._indentations[follows.block] if follows else b""
        if other >= 0:
            wanted = self._follows[1][other]
            if (wanted.indentation if wanted else b"") == new:
                return self.new.lines[other].indentation
        before = follows.indentation if follows else b""
        return new if line.indentation == before else line.indentation

    def _is_moved(self, number: int) -> bool:
        line = self.old.lines[number]
        return line.block >= 0 and self._indentations[line.block] != line.indentation

    def _of_blocks(self) -> list[bytes]:
        """Block → its indentation: what most of its lines are wanted to have that stand as deep as before."""
        wanted: list[Counter[bytes]] = [Counter() for _ in self.old.found.parents]
        own = [b""] * len(wanted)
        for line in self.old.lines:
            if line.block < 0:
                continue
            own[line.block] = line.indentation
            other = self._new_starts.get(self.pair.partner[line.start], -1)
            partner = self.new.lines[other] if other >= 0 else None
            levels = self.new.found.levels
            if partner and partner.block >= 0 and levels[partner.block] == self.old.found.levels[line.block]:
                wanted[line.block][partner.indentation] += 1
        found = [b""]
        for block in range(1, len(wanted)):
            around = found[self.old.found.parents[block]]
            choices = [own[block], *(text for text, _ in wanted[block].most_common(1))]
            best = choices[-1] if wanted[block][choices[-1]] > wanted[block][own[block]] else own[block]
            fitting = [text for text in (best, own[block]) if text.startswith(around) and len(text) > len(around)]
            if not fitting:
                return own
            found.append(fitting[0])
        return found


def _code_after(lines: Sequence[Line]) -> list[Line | None]:
    """For each line, the next one that is no comment, or itself."""
    found: list[Line | None] = []
    code: Line | None = None
    for line in reversed(lines):
        code = line if line.block >= 0 else code
        found.append(code)
    return found[::-1]


Pass = Callable[[TokenPair], Iterator[Group]]


def no_tokens(texts: Sequence[bytes]) -> set[int]:
    return set()


PASSES: dict[str, tuple[Pass, Callable[[Sequence[bytes]], set[int]]]] = {
    "string-spelling": (string_spelling, soft_tokens),
    "number-spelling": (number_spelling, soft_tokens),
    "joined-strings": (joined_strings, soft_tokens),
    "docstrings": (docstrings, soft_tokens),
    "trailing-commas": (trailing_commas, soft_tokens),
    "parentheses": (parentheses, soft_tokens),
    "statement-lines": (statement_lines, semicolons),
    "layout": (layout, no_tokens),
}
"""Transform → how it is found, in which order, and which tokens are left out of the alignment."""
