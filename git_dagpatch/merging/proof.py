"""What a merged text has to be before it is taken for more than a guess: nothing is broken, doubled or lost in it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import NamedTuple

from git_dagpatch.languages import language_of
from git_dagpatch.merging.dispute import Texts
from git_dagpatch.merging.values import fault_of_values

_WORD = re.compile(rb"[\w\x80-\xff]+")
_MARKER = re.compile(rb"^(?:<{7}|={7}|>{7}|\|{7})(?:[ \r\n]|\Z)", re.MULTILINE)


def fault_of_merge(path: bytes, texts: Texts, merged: bytes, *, decided: bool = False) -> str:
    """What speaks against `merged` as the merge of `texts`, as a phrase; empty if nothing does.

    What is wrong with one of the three texts already may be wrong with the result. `decided` says that a rule was asked
    for by which one of two values may be taken.
    """
    return Proof(path, texts).fault(merged) or fault_of_values(path, texts, merged, merged, decided=decided)


class Proof:
    """What is known of three texts, for any number of merges of them."""

    def __init__(self, path: bytes, texts: Texts) -> None:
        self._texts = texts
        self._language = language_of(path, texts.base)

    def fault(self, merged: bytes) -> str:
        """What speaks against `merged`, as a phrase; empty if nothing does."""
        language = self._language
        if len(_MARKER.findall(merged)) > self._markers:
            return "a conflict marker is left in it"
        if not language.parses(merged) and self._all_parse:
            return "it does not parse"
        if self._is_comment_lost(language.comments_of(merged)):
            return "a comment is lost"
        new = (language.name_faults(merged) or Counter()) - self._known
        return min(new, default="") or self._other_meaning(merged)

    @cached_property
    def _markers(self) -> int:
        return max(len(_MARKER.findall(text)) for text in self._texts)

    @cached_property
    def _all_parse(self) -> bool:
        return all(map(self._language.parses, self._texts))

    @cached_property
    def _comments(self) -> list[Counter[bytes] | None]:
        return [self._language.comments_of(text) for text in self._texts]

    @cached_property
    def _known(self) -> Counter[str]:
        return _most(self._language.name_faults(text) for text in self._texts)

    @cached_property
    def _sides(self) -> list[_Side]:
        """What the sides say with names."""
        base, *sides = self._texts
        return [_Side(text, self._language.meanings(text) or {}, _new_words(base, text)) for text in sides]

    def _is_comment_lost(self, found: Counter[bytes] | None) -> bool:
        if found is None or None in self._comments:
            return False
        base, ours, theirs = (counter or Counter() for counter in self._comments)
        return any(
            found[comment] < min(ours[comment] + theirs[comment] - base[comment], max(ours[comment], theirs[comment]))
            for comment in ours.keys() | theirs.keys()
        )

    def _other_meaning(self, merged: bytes) -> str:
        """A name that a side brought in, and that is bound to something else in `merged`, as a phrase."""
        found = self._language.meanings(merged) or {}
        sides = [side for side in self._sides if side.text != merged]
        for place in sorted(found):
            scope, name = place
            changed = any(
                name.encode() in side.words and side.meanings.get(place, found[place]) != found[place] for side in sides
            )
            if changed or (len(sides) > 1 and not any(place in side.meanings for side in sides)):
                return f"{name} in {scope or 'the module'} means something else"
        return ""


class _Side(NamedTuple):
    text: bytes
    meanings: Mapping[tuple[str, str], frozenset[str]]
    words: frozenset[bytes]
    """Those of its lines that base has not."""


def _new_words(base: bytes, side: bytes) -> frozenset[bytes]:
    """The words of lines that `base` has not, or not as often."""
    new = Counter(map(bytes.strip, side.splitlines())) - Counter(map(bytes.strip, base.splitlines()))
    return frozenset(word for line in new for word in _WORD.findall(line))


def _most(counters: Iterable[Counter[str] | None]) -> Counter[str]:
    found: Counter[str] = Counter()
    for counter in counters:
        found |= counter or Counter()
    return found
