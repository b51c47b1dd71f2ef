"""Which definition of one set of files became which of another: kept, renamed, moved, or both.

Two definitions of one qualified name in one file are the same unless another function took the name (``a`` becomes
``b`` while ``c`` becomes ``a``). The others are paired by their bodies, in which their own name does not count: equal
ones first, then similar ones, those nearest to each other first. Similarity is that of Indel on tokens: twice the
length of the longest common subsequence over both lengths.
"""

from __future__ import annotations

import logging
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property, lru_cache
from typing import NamedTuple

from msgspec import Struct
from rapidfuzz.distance import Indel

_WORD_OF_NAME = re.compile(r"[^\W_]+")

log = logging.getLogger(__name__)

_RENAMED = 0.6
"""The least similarity of two definitions with different names in the same parent."""
_CHANGED = 0.75
"""The same where their parameters are others."""
_MOVED = 0.55
"""That of two with the same name in different parents."""
_BOTH = 0.75
"""That of two that share neither."""
_REWRITTEN = 0.45
"""That of two in one file of which one has the name of the other with more words, as ``add`` and ``set_add``."""
_REPLACED = 0.9
"""Below this, another definition may stand under the name."""
_CLOSER = 3
"""How many times less dissimilar another pair has to be than two definitions of the same qualified name."""
_TELLING = 20
"""Bodies with fewer tokens are too common to tell where they came from, unless the name or the parent says it, too."""
_WORK = 6_000_000
"""How much is compared in one call: pairs of tokens, of which a machine compares `_WORD` at once, and `_EACH` for each
pair of definitions."""
_WORD = 64
_EACH = 200


class Body(Struct, frozen=True, eq=False):
    """A definition as it stands in one file. Two of them are never equal, whatever they hold."""

    path: bytes
    name: str
    """Qualified, as in ``Class.method``."""
    kind: str
    text: bytes
    """All of it, with decorators and what is nested in it."""

    @property
    def own_name(self) -> str:
        return self.name.rpartition(".")[2]


Keys = Callable[[Body], Sequence[bytes]]
"""The normalised tokens of a body. Asked for only where the text itself decides nothing."""


class Pair(NamedTuple):
    """A definition and what became of it."""

    old: Body
    new: Body


_Container = bytes | Body
"""A file by its path, or a definition."""
_Place = tuple[bytes, str]
"""A file, and the qualified name of what holds a definition in it."""


class _Side:
    """The definitions of one side and what is nested in what."""

    def __init__(self, bodies: Sequence[Body]) -> None:
        self.bodies = bodies
        self.order = {body: number for number, body in enumerate(bodies)}
        self.parent: dict[Body, _Container] = {}
        self.children: dict[_Container, list[Body]] = defaultdict(list)
        named: dict[tuple[bytes, str], Body] = {}
        for body in bodies:
            parent = named.get((body.path, body.name.rpartition(".")[0]), body.path)
            named[body.path, body.name] = body
            self.parent[body] = parent
            self.children[parent].append(body)


def pair_definitions(old: Sequence[Body], new: Sequence[Body], keys: Keys) -> list[Pair]:
    """Each definition of `old` that has become one of `new`, in the order of `old`.

    Both are in the order of their files and lines, what is nested after what holds it.
    """
    pairing = _Pairing(_Side(old), _Side(new), keys)
    pairing.keep()
    pairing.match_equal()
    pairing.match_similar()
    pairing.restore()
    return pairing.result()


class _Candidate(NamedTuple):
    """Sorts the most similar first, then the nearest."""

    distance: float
    strangeness: int
    one_number: int
    other_number: int


class _Pairing:
    def __init__(self, old: _Side, new: _Side, keys: Keys) -> None:
        self._old, self._new, self._keys = old, new, keys
        self._new_of: dict[Body, Body] = {}
        self._old_of: dict[Body, Body] = {}
        self._released: list[tuple[Body, Body, float]] = []
        """Pairs of one qualified name that are not quite alike, and their similarity."""
        self._newcomers: set[Body] = set()
        """What stands under no name that was there before."""
        self._settled: set[Body] = set()
        """What came under the name of what got a new one."""
        self._codes = _Codes()
        self._coded: dict[Body, str] = {}
        self._known: dict[tuple[Body, Body], tuple[float, float]] = {}
        """The similarity of two bodies, and the cutoff that it was worked out with."""
        self._work = _WORK

    def result(self) -> list[Pair]:
        return [Pair(one, self._new_of[one]) for one in self._old.bodies if one in self._new_of]

    def _join(self, one: Body, other: Body) -> None:
        self._new_of[one], self._old_of[other] = other, one

    # Equal names

    def keep(self) -> None:
        """Pair what has the same qualified name in the same file."""
        kept = [
            pair
            for path in dict.fromkeys(body.path for body in self._old.bodies)
            for pair in self._keep_within(path, path)
        ]
        self._newcomers = {body for body in self._new.bodies if body not in self._old_of}
        self._release(kept)

    def _keep_within(self, one: _Container, other: _Container) -> list[tuple[Body, Body]]:
        """Pair the children of two containers that have the same name and are of the same family."""
        kept: list[tuple[Body, Body]] = []
        waiting = [(one, other)]
        while waiting:
            one, other = waiting.pop()
            theirs = _by_name(body for body in self._new.children.get(other, ()) if body not in self._old_of)
            mine = _by_name(body for body in self._old.children.get(one, ()) if body not in self._new_of)
            for key, olds in mine.items():
                pairs = _aligned(olds, theirs.get(key, []))
                for pair in pairs:
                    self._join(*pair)
                waiting += pairs
                kept += pairs
        return kept

    def _release(self, kept: Iterable[tuple[Body, Body]]) -> None:
        """Let go of those whose name another one may have taken: not quite alike, and not the only ones."""
        changed = [
            (one, other)
            for one, other in kept
            if one.text != other.text
            # A class gives its name to a new one alone, since one that took over another's methods looks like that one.
            and (one.kind != "class" or any(body.kind == "class" for body in self._newcomers))
            and _shared(one.text, other.text) < _REPLACED
        ]
        looking = Counter(_family(one.kind) for one, _ in changed)
        looking.update(_family(body.kind) for free in self._free() for body in free)
        for one, other in changed:
            if looking[_family(one.kind)] < 2:
                continue
            similarity = self._similarity(one, other)
            if similarity < (_MOVED if self._same_head(one, other) else _REPLACED):
                del self._new_of[one], self._old_of[other]
                self._released.append((one, other, similarity))
            elif similarity < _REPLACED and (heir := self._heir(one)) is not None:
                # What stands under the name now is new, and no other function became it.
                del self._old_of[other]
                self._settled.add(other)
                self._join(one, heir)

    def _heir(self, one: Body) -> Body | None:
        """What stands under a new name beside the old one and is exactly the same, as nothing else was that is gone."""
        come = [new for new in self._beside[1].get(_place(one), ()) if new not in self._old_of]
        if not come or any(self._is_twin(one, old) for old in self._beside[0][_place(one)] if old not in self._new_of):
            return None
        return next((new for new in come if self._is_twin(one, new)), None)

    @cached_property
    def _beside(self) -> tuple[dict[_Place, list[Body]], dict[_Place, list[Body]]]:
        """By the place that they stand in, all old definitions, and the newcomers."""
        found: tuple[dict[_Place, list[Body]], dict[_Place, list[Body]]] = {}, {}
        for side, bodies in zip(found, (self._old.bodies, self._new.bodies), strict=True):
            for body in bodies:
                if side is found[0] or body in self._newcomers:
                    side.setdefault(_place(body), []).append(body)
        return found

    def _is_twin(self, one: Body, other: Body) -> bool:
        return _family(one.kind) == _family(other.kind) and self._code(one) == self._code(other)

    def restore(self) -> None:
        """What was let go of and found nothing better keeps its name."""
        for one, other, _ in self._released:
            if one not in self._new_of and other not in self._old_of:
                self._join(one, other)

    # Bodies

    def match_equal(self) -> None:
        """Pair what has the same body, nearest first."""
        found: dict[str, tuple[list[Body], list[Body]]] = defaultdict(lambda: ([], []))
        free = self._free()
        both = {_family(body.kind) for body in free[0]} & {_family(body.kind) for body in free[1]}
        for side, bodies in enumerate(free):
            for body in bodies:
                if _family(body.kind) in both:
                    found[self._code(body)][side].append(body)
        groups = [group for group in found.values() if group[0] and group[1]]
        self._take(
            _Candidate(0.0, self._strangeness(one, other), self._old.order[one], self._new.order[other])
            for olds, news in groups
            for one in olds
            for other in news
            if self._affordable(0) and self._least(one, other) <= 1.0 and not self._extracted(one, other)
        )

    def match_similar(self) -> None:
        """Pair what is similar, nearest first; what is nested in a pair that was found may find its own then."""
        while self._take(self._similar()):
            pass

    def _similar(self) -> Iterator[_Candidate]:
        olds, news = self._free()
        pairs = [
            (strangeness, one, other)
            for one in olds
            for other in news
            if self._affordable(0) and (strangeness := self._strangeness(one, other)) < _STRANGERS
        ]
        for strangeness, one, other in sorted(pairs, key=lambda pair: pair[0]):
            least = self._least(one, other)
            similarity = self._similarity(one, other, least) if least <= 1.0 else 0.0
            if similarity >= least and not self._extracted(one, other):
                yield _Candidate(1.0 - similarity, strangeness, self._old.order[one], self._new.order[other])

    def _free(self) -> tuple[list[Body], list[Body]]:
        return (
            [body for body in self._old.bodies if body not in self._new_of],
            [body for body in self._new.bodies if body not in self._old_of and body not in self._settled],
        )

    def _take(self, candidates: Iterable[_Candidate]) -> bool:
        """Pair the best of `candidates`; whether there was one."""
        taken = False
        for candidate in sorted(candidates):
            one, other = self._old.bodies[candidate.one_number], self._new.bodies[candidate.other_number]
            if one in self._new_of or other in self._old_of or not self._better(one, other, 1.0 - candidate.distance):
                continue
            self._join(one, other)
            self._release(self._keep_within(one, other))
            taken = True
        return taken

    def _better(self, one: Body, other: Body, similarity: float) -> bool:
        """Whether a pair is so much more similar than what stood under the same name that this was no identity."""
        if one.kind == "class" and other not in self._newcomers:
            return False
        return all(
            (1 - similarity) * _CLOSER <= 1 - kept
            for old, new, kept in self._released
            if (old is one) != (new is other) and old not in self._new_of and new not in self._old_of
        )

    def _extracted(self, one: Body, other: Body) -> bool:
        """Whether a part of `one` became a helper, or a helper a part of `other`: then no identity passed on."""
        if one.kind == "class" or one.own_name == other.own_name:
            return False
        return any(
            (old is one and other.own_name.encode() in self._keys(new))
            or (new is other and one.own_name.encode() in self._keys(old))
            for old, new, _ in self._released
        )

    def _together(self, one: Body, other: Body) -> bool:
        """Whether the parents are the same."""
        mine, theirs = self._old.parent[one], self._new.parent[other]
        return mine == theirs if isinstance(mine, bytes) else self._new_of.get(mine) is theirs

    def _strangeness(self, one: Body, other: Body) -> int:
        """How little two definitions share of their place and name: 0 the most, `_STRANGERS` if they cannot pair."""
        if _family(one.kind) != _family(other.kind):
            return _STRANGERS
        apart = 0 if self._together(one, other) else 1 if one.path == other.path else 2
        return 3 * apart + _unlikeness(one.own_name, other.own_name)

    def _least(self, one: Body, other: Body) -> float:
        """The similarity that a pair has to reach; more than 1.0 if it cannot."""
        strangeness = self._strangeness(one, other)
        if strangeness in _FOREIGN and min(len(self._code(one)), len(self._code(other))) < _TELLING:
            return 2.0
        least = _LEAST[strangeness]
        if strangeness == _SIBLINGS and one.kind != "class" and not self._same_head(one, other):
            least = _CHANGED
        elif strangeness == _SIBLINGS and self._same_head(one, other, telling=True):
            # Who is called in the same way may have lost or got a great part of what it does.
            sizes = len(self._code(one)), len(self._code(other))
            least *= 2 * min(sizes) / sum(sizes)
        within = (self._old.parent[one], self._new.parent[other])
        return max(least, _BOTH) if strangeness > _SIBLINGS and any(map(_is_function, within)) else least

    def _same_head(self, one: Body, other: Body, *, telling: bool = False) -> bool:
        """Whether two functions are called in the same way; `telling`, with more than two parameters."""
        if "class" in (one.kind, other.kind):
            return False
        mine = _parameters(self._keys(one))
        return mine == _parameters(self._keys(other)) and (not telling or mine.count(b",") > 1)

    def _similarity(self, one: Body, other: Body, cutoff: float = 0.0) -> float:
        """The similarity of two bodies, 0.0 if it is below `cutoff` or nothing may be compared any more."""
        known, least = self._known.get((one, other), (0.0, 2.0))
        if known or least <= cutoff:
            return known
        mine, theirs = self._code(one), self._code(other)
        # No common subsequence is longer than the shorter one.
        if mine != theirs and 2 * min(len(mine), len(theirs)) < cutoff * (len(mine) + len(theirs)):
            return 0.0
        if not self._affordable(len(mine) * len(theirs)):
            return 0.0
        found = Indel.normalized_similarity(mine, theirs, score_cutoff=cutoff)
        self._known[one, other] = found, cutoff
        return found

    def _affordable(self, work: int) -> bool:
        if self._work < 0:
            return False
        self._work -= work // _WORD + _EACH
        if self._work < 0:
            log.debug("definitions: too many to compare; the rest are paired by name alone")
        return True

    def _code(self, body: Body) -> str:
        """The tokens of `body` as characters, its own name as one of its own."""
        coded = self._coded.get(body)
        if coded is None:
            codes = self._codes
            coded = "".join(map(codes.__getitem__, self._keys(body))).replace(codes[body.own_name.encode()], "\0")
            self._coded[body] = coded
        return coded


def _place(body: Body) -> _Place:
    return body.path, body.name.rpartition(".")[0]


class _Codes(dict[bytes, str]):
    """A character for each token; the last one for all beyond as many as there are."""

    def __missing__(self, key: bytes) -> str:
        code = self[key] = chr(min(len(self) + 1, sys.maxunicode))
        return code


_LEAST = (
    *(_MOVED, _REWRITTEN, _RENAMED),
    *(_MOVED, _REWRITTEN, _BOTH),
    *(_MOVED, _BOTH, _BOTH),
    2.0,
)
"""By strangeness: same parent, same file, elsewhere; each under the same name, a longer or shorter one, another."""
_SIBLINGS = 2
"""The most that definitions with the same parent are strange to each other."""
_FOREIGN = (4, 5, 7, 8)
"""The degrees at which neither name nor parent tells enough."""
_STRANGERS = 9


def _family(kind: str) -> str:
    """Functions may become methods, and methods functions; nothing else becomes another kind."""
    return "function" if kind in ("function", "method") else kind


def _shared(one: bytes, other: bytes) -> float:
    """The share of bytes that stand in equal lines: less than what tokens would show, and quicker."""
    mine, theirs = Counter(one.split(b"\n")), Counter(other.split(b"\n"))
    shared = sum(len(line) * count for line, count in (mine & theirs).items())
    return 2 * shared / (len(one) + len(other))


def _is_function(container: _Container) -> bool:
    return isinstance(container, Body) and container.kind != "class"


def _unlikeness(one: str, other: str) -> int:
    """0 for the same name, 1 if one holds all words of the other, 2 otherwise."""
    if one == other:
        return 0
    mine, theirs = _words(one), _words(other)
    return 1 if mine and theirs and (mine <= theirs or theirs <= mine) else 2


@lru_cache(maxsize=10_000)
def _words(name: str) -> frozenset[str]:
    return frozenset(_WORD_OF_NAME.findall(name.lower()))


def _by_name(bodies: Iterable[Body]) -> dict[tuple[str, str], list[Body]]:
    found: dict[tuple[str, str], list[Body]] = defaultdict(list)
    for body in bodies:
        found[body.own_name, _family(body.kind)].append(body)
    return found


def _parameters(keys: Sequence[bytes]) -> Sequence[bytes]:
    """The tokens between the first brackets, which are those of the parameters, or of a decorator."""
    depth = first = 0
    for number, key in enumerate(keys):
        if key == b"(":
            first = first or number + 1
            depth += 1
        elif key == b")":
            depth -= 1
            if not depth:
                return keys[first:number]
    return ()


def _aligned(olds: list[Body], news: list[Body]) -> list[tuple[Body, Body]]:
    """Definitions of one name paired: equal ones first, the others in their order."""
    if len(olds) == len(news) or not (olds and news):
        return list(zip(olds, news, strict=False))
    equal = [(one, other) for one in olds for other in news if one.text == other.text]
    pairs: dict[Body, Body] = {}
    for one, other in equal:
        if one not in pairs and other not in pairs.values():
            pairs[one] = other
    rest = [one for one in olds if one not in pairs], [other for other in news if other not in pairs.values()]
    return [*pairs.items(), *zip(*rest, strict=False)]
