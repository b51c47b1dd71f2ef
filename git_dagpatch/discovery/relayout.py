"""What of one file's change is only how it is written, proved transform by transform."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import NamedTuple

from git_dagpatch.alignment.lines import diff, distance, lines_of
from git_dagpatch.alignment.tokens import token_diff
from git_dagpatch.discovery.python_layout import PASSES, Group, no_tokens
from git_dagpatch.discovery.token_pairs import TokenPair, paired, trimmed
from git_dagpatch.languages import language_of
from git_dagpatch.languages.language import Language
from git_dagpatch.model.effect import Span, rewrite
from git_dagpatch.model.paths import encode

log = logging.getLogger(__name__)

MOST_BYTES = 4_000_000
"""Longer texts are not taken apart."""
MOST_PROOFS = 24
"""How often parts of a transform may be tried on one file, where the whole does not keep the meaning."""

Spelling = tuple[str, tuple[Span, ...]]
"""A transform, and what it does to the text that the ones before leave."""

_STARTS = (b"def ", b"class ", b"@", b"async def ")
_SOFT = frozenset((b",", b"(", b")", b";"))
_SPACE = b" \t\r\n\f\\"
_QUOTES = b"\"'"


def relayout(path: bytes, now: bytes, wanted: bytes) -> list[Spelling]:
    """The transforms that bring the file at `path` nearer to `wanted`, each proved to keep its meaning."""
    language = language_of(path)
    if not language.transforms:
        return []
    if len(now) + len(wanted) > MOST_BYTES:
        log.debug("%s: too long for a look at its layout", encode(path))
        return []
    whole = _Part(now, wanted, True)
    parts = list(_parts(language, now, wanted))
    if _is_spaced_otherwise(whole) and not all(part.now == part.wanted or _is_spaced_otherwise(part) for part in parts):
        # Of two definitions that are the same, one was taken for the other.
        parts = [whole]
    if not any(part.may_help or _is_spaced_otherwise(part) for part in parts):
        return []
    if not all(language.keeps_meaning(part.now, part.now) for part in parts if part.now != part.wanted):
        if not language.keeps_meaning(now, now):
            log.debug("%s: does not parse, so its layout is left alone", encode(path))
            return []
        parts = [whole]
    found = [dict(_of_part(path, part)) if part.now != part.wanted else {} for part in parts]
    made, texts, spellings = now, [part.now for part in parts], list[Spelling]()
    for name in language.transforms:
        spans: list[Span] = []
        position = 0
        for at, changes in enumerate(found):
            here = changes.get(name, ())
            spans += [Span(start + position, end + position, insert) for start, end, insert in here]
            position += len(texts[at])
            texts[at] = rewrite(texts[at], here)
        if not spans:
            continue
        before, made = made, rewrite(made, tuple(spans))
        if not language.keeps_meaning(before, made, name):
            log.debug("%s: %s is proved in its parts, but not in the whole", encode(path), name)
            return []
        spellings.append((name, tuple(spans)))
    return spellings


class _Part(NamedTuple):
    """A part of a file that is read on its own, on both sides."""

    now: bytes
    wanted: bytes
    may_help: bool
    """Whether the lines that differ, without those around them, have something that is only written otherwise."""


def _parts(language: Language, now: bytes, wanted: bytes) -> Iterator[_Part]:
    """Both texts in parts that follow each other; those that differ and those that do not take turns.

    They are parted where a statement of the top level seems to start on both sides, so that most of a long file need
    not be looked at. Where that is wrong, as in a string of many lines, a part does not parse.
    """
    old, new = lines_of(now).lines, lines_of(wanted).lines
    starts = _once(old) & _once(new) if language.name == "python" else set()
    first = other = last = shift = 0
    may_help = False
    for block in [*diff(now, wanted), None]:
        numbers = range(last + 1, block.old_start if block else len(old))
        cuts = [n for n in numbers if old[n] in starts and not old[n - 1].strip()]
        for cut in cuts[:1] + cuts[-1:]:
            if cut > first:
                yield _Part(b"".join(old[first:cut]), b"".join(new[other : cut + shift]), may_help)
                first, other, may_help = cut, cut + shift, False
        if block:
            removed, added = old[block.old_start : block.old_end], new[block.new_start : block.new_end]
            may_help = may_help or _written_otherwise(language, b"".join(removed), b"".join(added))
            last, shift = block.old_end, block.new_end - block.old_end
    yield _Part(b"".join(old[first:]), b"".join(new[other:]), may_help)


def _once(lines: Sequence[bytes]) -> set[bytes]:
    """The lines that seem to start a definition of the top level and stand in the text only once."""
    found = Counter(line for line in lines if line.startswith(_STARTS))
    return {line for line, count in found.items() if count == 1}


def _of_part(path: bytes, part: _Part) -> list[Spelling]:
    language = language_of(path)
    made, spellings = part.now, list[Spelling]()
    for name in language.transforms:
        find, soft = PASSES[name] if language.name == "python" else (free_layout, no_tokens)
        pair = paired(path, made, part.wanted, soft)
        spans = _proved(language, name, made, list(find(pair))) if pair else ()
        if spans:
            spellings.append((name, spans))
            made = rewrite(made, spans)
    if made != part.wanted and distance(made, part.wanted) >= distance(part.now, part.wanted):
        log.debug("%s: layout leaves no less to explain", encode(path))
        return []
    return spellings


def _is_spaced_otherwise(part: _Part) -> bool:
    """Whether white space alone differs, maybe so much that no line that differs shows it."""
    return part.now != part.wanted and part.now.translate(None, _SPACE) == part.wanted.translate(None, _SPACE)


def _written_otherwise(language: Language, removed: bytes, added: bytes) -> bool:
    if not removed.strip() or not added.strip():
        return not removed.strip() and not added.strip()
    one, other = language.tokens(removed), language.tokens(added)
    if one is None or other is None:
        return False
    last = shift = 0
    for block in [*token_diff(one.keys, other.keys), None]:
        end = block.old_start if block else len(one.texts)
        if one.texts[last:end] != other.texts[last + shift : end + shift]:
            return True
        first = last + (last > 0 or shift != 0)
        if one.gaps[first:end] != other.gaps[first + shift : end + shift]:
            return True
        if block:
            sides = one.texts[block.old_start : block.old_end], other.texts[block.new_start : block.new_end]
            if _same_but_soft(*sides):
                return True
            last, shift = block.old_end, block.new_end - block.old_end
    return False


def _same_but_soft(old: Sequence[bytes], new: Sequence[bytes]) -> bool:
    """Whether the tokens may be another way to write the same: brackets, commas, or parts of the same string."""
    if _SOFT.issuperset([*old, *new]):
        return True
    strings = [b"".join([token.strip(b"rRuUbBfF").strip(_QUOTES) for token in side]).split() for side in (old, new)]
    return strings[0] == strings[1]


def _proved(language: Language, name: str, text: bytes, groups: Sequence[Group]) -> tuple[Span, ...]:
    """The spans of as many groups as can be shown to keep the meaning together."""
    taken: list[Group] = []
    waiting = [list(groups)] if groups else []
    tries = 0
    while waiting and tries < MOST_PROOFS:
        part = waiting.pop()
        spans = _together([*taken, *part])
        tries += 1
        if language.keeps_meaning(text, rewrite(text, spans), name):
            taken += part
        elif tries == 1 and not language.keeps_meaning(text, text, name):
            return ()
        elif len(part) > 1:
            half = len(part) // 2
            waiting += [part[half:], part[:half]]
    if waiting:
        log.debug("%s: too many places that may change the meaning", name)
    return _together(taken)


def _together(groups: Sequence[Group]) -> tuple[Span, ...]:
    """The spans of all groups in order; those that meet are one."""
    spans: list[Span] = []
    for span in sorted(chain.from_iterable(groups)):
        if spans and spans[-1].end >= span.start:
            spans[-1] = Span(spans[-1].start, span.end, spans[-1].insert + span.insert)
        else:
            spans.append(span)
    return tuple(spans)


def free_layout(pair: TokenPair) -> Iterator[Group]:
    """White space between tokens that stay, where it means nothing wherever it stands."""
    gaps, wanted = pair.old.tokens.gaps, pair.new.tokens.gaps
    for number, gap in enumerate(gaps):
        other = pair.adjacent(number)
        if other >= 0 and gap != wanted[other]:
            end = pair.old.start(number)
            yield [trimmed(pair.old.text, end - len(gap), end, wanted[other])]
