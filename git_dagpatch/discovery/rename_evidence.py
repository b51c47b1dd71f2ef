"""What a file shows of renames: which identifiers stand now where others stood, by what they mean."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import islice

from msgspec import Struct, field

from git_dagpatch.alignment.definitions import Body, pair_definitions
from git_dagpatch.alignment.identifiers import aligned, is_identifier, likeness
from git_dagpatch.alignment.lines import diff, lines_of
from git_dagpatch.languages.python_symbols import Definition, Key, Symbols, symbols_of

# The most frequent kinds come first; no two of them start alike but for names and strings with a prefix.
_TOKEN = re.compile(
    rb"""
      [A-Za-z_\x80-\xff][\w\x80-\xff]* (?![\w"'])
    | [^\s\w"'\#]
    | (?P<string>[A-Za-z]{0,2}(?:
          \"\"\"(?:[^\\]|\\.)*?\"\"\" | '''(?:[^\\]|\\.)*?''' | "(?:[^\\\n"]|\\.)*" | '(?:[^\\\n']|\\.)*'
      ))
    | (?P<comment>\#[^\n]*)
    | \d[\w.]*
    | [^\s\w]
    | \w
    """,
    re.VERBOSE | re.DOTALL,
)
_WORD = re.compile(rb"[\w\x80-\xff]+|[^\s\w]")
_QUOTES = (b'"', b"'")

_OPENING, _CLOSING = (b"(", b"[", b"{"), (b")", b"]", b"}")
_VALUE = 4
"""The tokens that a value has at least for it to tell what it was given to."""
_ALIKE = 0.8
"""The share of its tokens that it has in common with another one."""

_AROUND = (-4, -3, -2, -1, 1, 2, 3, 4)


class Vote(Struct):
    """What stands now where one identifier stood."""

    names: Counter[str] = field(default_factory=Counter)
    """Name → at how many places."""
    partners: dict[str, Counter[Key]] = field(default_factory=lambda: defaultdict(Counter))
    """Name → what it means now."""
    places: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    """Name → the bytes at which the identifier stood."""
    firm: Counter[str] = field(default_factory=Counter)
    """Name → at how many of the places what stands around it corresponds, too."""
    given: dict[str, Key] = field(default_factory=dict)
    """Name → what it means now, of one that came and is given much the same value, first things first."""
    defined: set[str] = field(default_factory=set)
    """The new names of its definitions."""


class Evidence(Struct):
    """A file of which both versions can be read, and its aligned identifiers."""

    path: bytes
    now: bytes
    wanted: bytes
    old: Symbols
    new: Symbols
    votes: dict[Key, Vote] = field(default_factory=lambda: defaultdict(Vote))
    scopes: dict[int, int] = field(default_factory=dict)
    """Where the name of a definition stands → where it stands in the new text."""


class _Tokens:
    """The tokens of a text without white space; those of strings with code in them one by one."""

    def __init__(self, text: bytes, symbols: Symbols) -> None:
        self._text = text
        self.starts: list[int] = []
        self.texts: list[bytes] = []
        inside = sorted(symbols.meaning)
        for match in _TOKEN.finditer(text):
            kind, start = match.lastgroup, match.start()
            if kind == "comment":
                continue
            if kind == "string":
                at = bisect_left(inside, start + 1)
                if at < len(inside) and inside[at] < match.end():
                    for part in _WORD.finditer(text, start, match.end()):
                        self.starts.append(part.start())
                        self.texts.append(part[0])
                    continue
            self.starts.append(start)
            self.texts.append(match[0])

    def between(self, start: int, end: int) -> range:
        """The numbers of the tokens between two bytes."""
        return range(bisect_left(self.starts, start), bisect_left(self.starts, end))

    def assigned(self, numbers: Sequence[int]) -> Iterator[int]:
        """Where in `numbers` names stand that alone are given a value."""
        for at in range(len(numbers) - 2):
            if self.texts[numbers[at + 1]] == b"=" != self.texts[numbers[at + 2]] and self._begins_line(numbers[at]):
                yield at

    def value(self, numbers: Sequence[int], at: int) -> range:
        """Where in `numbers` the tokens of the value stand that is given to the name at `at`."""
        depth, first = 0, at + 2
        end = first
        while end < len(numbers) and (depth or not self._begins_line(numbers[end])):
            token = self.texts[numbers[end]]
            depth += (token in _OPENING) - (token in _CLOSING)
            end += 1
        return range(first, end)

    def _begins_line(self, number: int) -> bool:
        start = self.starts[number]
        return not self._text[self._text.rfind(b"\n", 0, start) + 1 : start].strip()


def evidence(files: Sequence[tuple[bytes, bytes, bytes]]) -> list[Evidence]:
    """What each (path, now, wanted) shows; those that cannot be read are left out."""
    readable = []
    for path, now, wanted in files:
        old, new = symbols_of(now), symbols_of(wanted)
        if old is not None and new is not None:
            readable.append(Evidence(path, now, wanted, old, new))
    for file in readable:
        _Alignment(file).run()
    return readable


class _Alignment:
    def __init__(self, file: Evidence) -> None:
        self._file = file
        self._old = _Tokens(file.now, file.old)
        self._new = _Tokens(file.wanted, file.new)

    def run(self) -> None:
        pairs = self._pairs()
        mine = _children(self._file.old.definitions, pairs)
        theirs = _children(self._file.new.definitions, frozenset(pairs.values()))
        for one, other in [(-1, -1), *pairs.items()]:
            self._align(one, other, mine[one], theirs[other])

    def _pairs(self) -> dict[int, int]:
        """Number of an old definition → number of what it became."""
        file = self._file
        old = [_body(file.path, file.now, one) for one in file.old.definitions]
        new = [_body(file.path, file.wanted, one) for one in file.new.definitions]
        number_of = {id(body): number for side in (old, new) for number, body in enumerate(side)}
        found = pair_definitions(old, new, _words)
        return {number_of[id(pair.old)]: number_of[id(pair.new)] for pair in found}

    def _align(self, one: int, other: int, mine: Sequence[Definition], theirs: Sequence[Definition]) -> None:
        """Align what belongs to two definitions, or to the top levels, but not to one of their own that is apart."""
        left = _own(self._old, self._file.old.definitions, one, mine)
        right = _own(self._new, self._file.new.definitions, other, theirs)
        if one >= 0:
            old, new = self._file.old.definitions[one], self._file.new.definitions[other]
            self._file.scopes[old.place] = new.place
            self._define(old, new)
        texts = [self._old.texts[number] for number in left], [self._new.texts[number] for number in right]
        if texts[0] == texts[1]:
            for number, partner in zip(left, right, strict=True):
                self._vote(self._old.starts[number], self._new.starts[partner], firm=True)
            return
        found = dict(aligned(*texts))
        for i, j in found.items():
            if is_identifier(texts[0][i]):
                firm = texts[0][i] == texts[1][j] or _is_firm(i, j, found)
                self._vote(self._old.starts[left[i]], self._new.starts[right[j]], firm=firm)
        if one >= 0:
            self._compare_values(left, right)

    def _define(self, one: Definition, other: Definition) -> None:
        key = self._file.old.meaning[one.place]
        vote = self._file.votes[key]
        vote.defined.add(other.qualified.rpartition(".")[2])

    def _compare_values(self, left: Sequence[int], right: Sequence[int]) -> None:
        """Which of the names that came is given much the same value as one that went."""
        old, new = self._old.texts, self._new.texts
        before, after = {old[number] for number in left}, {new[number] for number in right}
        gone = [at for at in self._old.assigned(left) if old[left[at]] not in after]
        come = [at for at in self._new.assigned(right) if new[right[at]] not in before]
        values = [[new[right[at]] for at in self._new.value(right, one)] for one in come]
        for at in gone if come else ():
            value = [old[left[one]] for one in self._old.value(left, at)]
            alike = [likeness(value, other) for other in values]
            best = max(range(len(come)), key=lambda number: (alike[number], -number))
            key = self._file.old.meaning.get(self._old.starts[left[at]])
            partner = self._file.new.meaning.get(self._new.starts[right[come[best]]])
            if alike[best] >= _ALIKE and min(len(value), len(values[best])) >= _VALUE and key and partner:
                vote = self._file.votes[key]
                vote.given.setdefault(partner.name, partner)

    def _vote(self, start: int, place: int, *, firm: bool) -> None:
        key = self._file.old.meaning.get(start)
        partner = key and self._file.new.meaning.get(place)
        if key is None or partner is None:
            return
        vote = self._file.votes[key]
        vote.names[partner.name] += 1
        if partner.name != key.name:
            vote.partners[partner.name][partner] += 1
            vote.places[partner.name].append(start)
            vote.firm[partner.name] += firm


def _children(definitions: Sequence[Definition], paired: Collection[int]) -> dict[int, list[Definition]]:
    """Number of a definition, -1 for the top level → those in it that are apart: of a function those with a partner."""
    found: dict[int, list[Definition]] = defaultdict(list)
    for number, one in enumerate(definitions):
        loose = one.parent >= 0 and definitions[one.parent].kind in ("function", "method")
        if not loose or number in paired:
            found[one.parent].append(one)
    return found


def _own(tokens: _Tokens, definitions: Sequence[Definition], number: int, children: Sequence[Definition]) -> list[int]:
    """The tokens of a definition, or of the top level, that are in none of `children`."""
    span = (
        range(len(tokens.starts)) if number < 0 else tokens.between(definitions[number].start, definitions[number].end)
    )
    own: list[int] = []
    position = span.start
    for child in children:
        inside = tokens.between(child.start, child.end)
        own += range(position, inside.start)
        position = inside.stop
    own += range(position, span.stop)
    return own


def _is_firm(i: int, j: int, found: Mapping[int, int]) -> bool:
    """Whether most of the tokens around two correspond to each other in their places."""
    return sum(found.get(i + step) == j + step for step in _AROUND) > len(_AROUND) // 2


def _body(path: bytes, text: bytes, one: Definition) -> Body:
    return Body(path, one.qualified, one.kind, text[one.start : one.end])


def _words(body: Body) -> Sequence[bytes]:
    """What tells bodies apart: words, those in strings and comments one by one, and signs."""
    return _WORD.findall(body.text)


def shows_renames(now: bytes, wanted: bytes) -> bool:
    """Whether a rename is possible: a definition went and another one came, or an identifier stands where another one
    stood, with the same beside it; at two places, in the head of a function, or at the only one that it had; or a name
    that came is given a value where one that went was."""
    old, new = lines_of(now), lines_of(wanted)
    gone: set[bytes] = set()
    come: set[bytes] = set()
    once: set[tuple[bytes, bytes]] = set()
    went: set[bytes] = set()
    entered: set[bytes] = set()
    for block in diff(now, wanted):
        before = b"".join(old.lines[block.old_start : block.old_end])
        after = b"".join(new.lines[block.new_start : block.new_end])
        defined = _DEFINES.findall(before)
        gone.update(defined)
        come.update(_DEFINES.findall(after))
        went.update(_GIVEN.findall(before))
        entered.update(_GIVEN.findall(after))
        for pair in _replaced(_SIGN.findall(before), _SIGN.findall(after)):
            if defined or pair in once:
                return True
            once.add(pair)
    if (bool(gone - come) and bool(come - gone)) or any(_stands_once(word, now) for word, _ in once):
        return True
    return any(not _stands(word, wanted) for word in went - entered) and any(
        not _stands(word, now) for word in entered - went
    )


def _replaced(old: Sequence[bytes], new: Sequence[bytes]) -> Iterator[tuple[bytes, bytes]]:
    """Identifiers of a block and what stands now in their places, where what is beside them corresponds."""
    found = dict(aligned(old, new)) if old and new else {}
    for i, j in found.items():
        if old[i] != new[j] and (found.get(i - 1) == j - 1 or found.get(i + 1) == j + 1):
            yield old[i], new[j]


def _stands_once(word: bytes, text: bytes) -> bool:
    places = islice(re.finditer(rb"\b%b\b" % re.escape(word), text), 2)
    return len(list(places)) == 1


def _stands(word: bytes, text: bytes) -> bool:
    return re.search(rb"\b%b\b" % re.escape(word), text) is not None


_GIVEN = re.compile(rb"^[ \t]+([A-Za-z_\x80-\xff][\w\x80-\xff]*)[ \t]*=(?!=)", re.MULTILINE)
_SIGN = re.compile(rb"[A-Za-z_\x80-\xff][\w\x80-\xff]*|[^\s\w]|\w+")
_DEFINES = re.compile(rb"\b(?:def|class)[ \t]+([\w\x80-\xff]+)|\blambda\b")
