"""Which edits are the same again and again? One string_replace for all places where a pattern became its replacement.

Changed lines are compared word by word. Places whose changes read the same are one pattern; where they differ in words
that were only copied, these become holes (anti-unification). A place is taken only if nothing else is left to explain
in its lines, so whatever differs anywhere stays an edit.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, pairwise, takewhile
from typing import TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from git_dagpatch.alignment.lines import distance
from git_dagpatch.alignment.vocabulary import NAME, is_name, tells
from git_dagpatch.discovery.changes import Part, Unit, changed_units
from git_dagpatch.discovery.proposal import Proposal, Step
from git_dagpatch.discovery.templates import Template, unified
from git_dagpatch.discovery.unfinished import Unfinished
from git_dagpatch.model.effect import Rewrite, Span, rewrite
from git_dagpatch.model.operation import StringReplace
from git_dagpatch.model.paths import encode
from git_dagpatch.operations.expressions import available
from git_dagpatch.operations.telling import is_about_names, tells_its_place

log = logging.getLogger(__name__)

PLACES = 2
"""The fewest places that make a pattern: what is read once has to stand somewhere else, too."""
_OF_TWO = 3
"""The lines that a pattern of two places spares at least: two lines that change alike may do so by chance."""
_REACH = 8
"""How many words away something may stand that belongs to a change."""
_OPENING, _CLOSING = (b"(", b"[", b"{"), (b")", b"]", b"}")


Key: TypeAlias = tuple[object, ...]


class _Pattern(Struct):
    template: Template
    parts: list[Part]


def find_patterns(unfinished: Sequence[Unfinished]) -> tuple[list[Step], list[Unfinished]]:
    """One operation a pattern, all of them found together."""
    units = changed_units(unfinished) if available() else []
    if len(units) < PLACES:
        return [], list(unfinished)
    patterns = _worth_it(_candidates(units, unfinished), units)
    while useless := _useless(patterns, units, unfinished) or _breaking(patterns, units, unfinished):
        for number, pattern in enumerate(patterns):
            pattern.parts = [part for part in pattern.parts if (units[part.unit].file, number) not in useless]
        patterns = _worth_it(patterns, units)
    return _proposed(patterns, units, unfinished)


def _candidates(units: Sequence[Unit], unfinished: Sequence[Unfinished]) -> list[_Pattern]:
    """Patterns in the order in which they take their places: those of most places first, no place twice."""
    found: list[_Pattern] = []
    taken: set[tuple[int, int]] = set()
    # What is literally the same comes before what only has the same shape; then what is left of lines, by its shape.
    for ways in ((_literally, _in_calls), (_in_calls,)):
        by_key: dict[Key, list[Part]] = defaultdict(list)
        for way in ways:
            for number, unit in enumerate(units):
                for key, part in way(number, unit, taken, unfinished[unit.file]):
                    by_key[way, *key].append(part)
        repeated = [parts for parts in by_key.values() if len(parts) >= PLACES]
        # Of what stands in equally many places, what explains more of them comes first.
        for parts in sorted(repeated, key=lambda parts: (-len(parts), -len(parts[0].blocks))):
            free = _apart([part for part in parts if not any((part.unit, block) in taken for block in part.blocks)])
            pattern = _pattern(free, units, unfinished)
            if pattern is not None:
                found.append(pattern)
                taken.update((part.unit, block) for part in pattern.parts for block in part.blocks)
    return found


def _pattern(parts: Sequence[Part], units: Sequence[Unit], unfinished: Sequence[Unfinished]) -> _Pattern | None:
    if len(parts) < PLACES:
        return None
    wide = _in_context(parts, units)
    template = unified(wide, units)
    if template is None:
        return None
    fitting = [part for part in wide if template.fits(part, units[part.unit]) and _is_clear(part, units, unfinished)]
    whole = list(_whole(fitting, units, unfinished)) if len(fitting) >= PLACES else []
    return _Pattern(template, whole) if len(whole) >= PLACES else None


def _whole(parts: Sequence[Part], units: Sequence[Unit], unfinished: Sequence[Unfinished]) -> Iterator[Part]:
    """Those of `parts` in files that still parse where nothing else is done to them."""
    for number, found in groupby(parts, key=lambda part: units[part.unit].file):
        here = list(found)
        file = unfinished[number]
        if file.may_become(rewrite(file.now, tuple(sorted(_placed(part, units) for part in here)))):
            yield from here
        else:
            log.debug("patterns: %r would not parse with one of them alone", file.path)


def _is_clear(part: Part, units: Sequence[Unit], unfinished: Sequence[Unfinished]) -> bool:
    """Whether a reader of another place knows what this one is about."""
    file = unfinished[units[part.unit].file]
    return tells_its_place(file.path, file.now, _placed(part, units))


def _placed(part: Part, units: Sequence[Unit]) -> Span:
    """What `part` replaces, in bytes of its file."""
    unit = units[part.unit]
    start, end, insert = unit.span(part)
    return Span(unit.start + start, unit.start + end, insert)


def _apart(parts: Iterable[Part]) -> list[Part]:
    """`parts` without those that overlap one before them."""
    kept: list[Part] = []
    for part in parts:
        if not kept or kept[-1].unit != part.unit or kept[-1].old_end <= part.old_start:
            kept.append(part)
    return kept


def _literally(number: int, unit: Unit, _: set[tuple[int, int]], file: Unfinished) -> Iterator[tuple[Key, Part]]:
    """Each change of words alone, with as much around it as makes it tell something."""
    if unit.only_comes:
        yield from _as_line(number, unit)
        return
    alone = [Part(number, *block, (at,)) for at, block in enumerate(unit.blocks)]
    for part in [_from_to(alone[0], alone[-1]), *alone] if len(alone) > 1 else alone:
        start, end, insert = unit.span(part)
        if not is_about_names(file.path, file.now, Span(unit.start + start, unit.start + end, insert)):
            yield from _as_line(number, unit)
            continue
        if not _has_words(part, unit):
            continue
        for left, right in ((False, False), (True, False), (False, True), (True, True)):
            wider = _widened(part, unit, left, right)
            if wider is not None:
                old, new = unit.old[wider.old_start : wider.old_end], unit.new[wider.new_start : wider.new_end]
                if tells(old):
                    yield (b"".join(old), b"".join(new)), wider


def _as_line(number: int, unit: Unit) -> Iterator[tuple[Key, Part]]:
    """A unit as a whole: a value alone does not tell what it is about."""
    if tells(unit.old):
        whole = Part(number, 0, len(unit.old), 0, len(unit.new), tuple(range(len(unit.blocks))))
        yield (b"".join(unit.old), b"".join(unit.new)), whole


def _from_to(first: Part, last: Part) -> Part:
    return Part(
        first.unit,
        first.old_start,
        last.old_end,
        first.new_start,
        last.new_end,
        tuple(range(first.blocks[0], last.blocks[-1] + 1)),
    )


def _has_words(part: Part, unit: Unit) -> bool:
    """Whether more changes than white space and punctuation."""
    changed = (*unit.old[part.old_start : part.old_end], *unit.new[part.new_start : part.new_end])
    return any(word[:1].isalnum() or word[0] > 127 or word[:1] == b"_" for word in changed)


def _widened(part: Part, unit: Unit, left: bool, right: bool) -> Part | None:
    """`part` with the words on its left and right up to the next name, on the same line."""
    low = high = 0
    if left:
        low = _next_name(unit.old[: part.old_start][::-1])
    if right:
        high = _next_name(unit.old[part.old_end :])
    if (left and not low) or (right and not high):
        return None
    return part._replace(
        old_start=part.old_start - low,
        old_end=part.old_end + high,
        new_start=part.new_start - low,
        new_end=part.new_end + high,
    )


def _in_context(parts: Sequence[Part], units: Sequence[Unit]) -> list[Part]:
    """`parts` with what stands around all of them on their lines, as far as the next name that they share."""
    if any(len(units[part.unit].blocks) > 1 or units[part.unit].only_comes for part in parts):
        return list(parts)
    left = _shared([units[part.unit].old[: part.old_start][:-_REACH:-1] for part in parts])
    right = _shared([units[part.unit].old[part.old_end :][:_REACH] for part in parts])
    return [
        part._replace(
            old_start=part.old_start - left,
            old_end=part.old_end + right,
            new_start=part.new_start - left,
            new_end=part.new_end + right,
        )
        for part in parts
    ]


def _shared(rows: Sequence[Sequence[bytes]]) -> int:
    """How many words all `rows` begin with, up to the last name among them, on one line."""
    common = [words[0] for words in takewhile(lambda column: len(set(column)) == 1, zip(*rows, strict=False))]
    line = list(takewhile(lambda word: not word.endswith(b"\n"), common))
    return max((number for number, word in enumerate(line, 1) if is_name(word)), default=0)


def _next_name(words: Sequence[bytes]) -> int:
    """How many words there are up to the first name; 0 if it is on another line, or far away."""
    for count, word in enumerate(words[:_REACH], 1):
        if word.endswith(b"\n"):
            return 0
        if is_name(word):
            return count
    return 0


def _in_calls(number: int, unit: Unit, taken: set[tuple[int, int]], _: Unfinished) -> Iterator[tuple[Key, Part]]:
    """All changes of a line that are left, and each of them, within the brackets around them."""
    left = [at for at in range(len(unit.blocks)) if (number, at) not in taken]
    if not left or len(left) > 6:
        return
    groups = [tuple(left), *((at,) for at in left if len(left) > 1)]
    for group in groups:
        if group[-1] - group[0] != len(group) - 1 or not any(_tells_more_than_space(unit, at) for at in group):
            continue
        first, last = unit.blocks[group[0]], unit.blocks[group[-1]]
        part = Part(number, first.old_start, last.old_end, first.new_start, last.new_end, group)
        changes = tuple(_abstract(unit, group))
        called = _call(part, unit)
        if called is not None:
            callee = b"".join(unit.old[called.old_start : part.old_start]).partition(b"(")[0]
            yield ("call", callee, changes), called
        near = _widened(part, unit, left=True, right=False)
        if near is not None:
            yield ("near", *unit.old[near.old_start : part.old_start], changes), near
        yield ("bare", changes), part


def _tells_more_than_space(unit: Unit, at: int) -> bool:
    old_start, old_end, new_start, new_end = unit.blocks[at]
    return any(word.strip() for word in (*unit.old[old_start:old_end], *unit.new[new_start:new_end]))


def _call(part: Part, unit: Unit) -> Part | None:
    """`part` widened to the call that it stands in."""
    opening = _unmatched(unit.old[: part.old_start][::-1], _OPENING, _CLOSING)
    closing = _unmatched(unit.old[part.old_end :], _CLOSING, _OPENING)
    if not opening or not closing:
        return None
    low = opening
    for word in unit.old[: part.old_start - opening][::-1]:
        if not NAME.fullmatch(word) and word != b".":
            break
        low += 1
    if low == opening:
        return None
    return part._replace(
        old_start=part.old_start - low,
        old_end=part.old_end + closing,
        new_start=part.new_start - low,
        new_end=part.new_end + closing,
    )


def _unmatched(words: Sequence[bytes], wanted: Sequence[bytes], other: Sequence[bytes]) -> int:
    """How many words there are up to the first bracket of `wanted` without its partner; 0 if there is none."""
    depth = 0
    for count, word in enumerate(words, 1):
        if word in other:
            depth += 1
        elif word in wanted:
            if depth == 0:
                return count
            depth -= 1
    return 0


def _abstract(unit: Unit, group: Sequence[int]) -> Iterator[tuple[object, ...]]:
    """The changes of a unit with what is copied from one to another numbered instead of spelled out."""
    blocks = [unit.blocks[at] for at in group]
    gone = {b"".join(unit.old[block.old_start : block.old_end]) for block in blocks}
    come = {b"".join(unit.new[block.new_start : block.new_end]) for block in blocks}
    numbers: dict[bytes, int] = {}
    for block in blocks:
        for side in (unit.old[block.old_start : block.old_end], unit.new[block.new_start : block.new_end]):
            text = b"".join(side)
            copied = text in gone and text in come and bool(text)
            yield (numbers.setdefault(text, len(numbers)),) if copied else tuple(side)


# What pays


def _worth_it(patterns: Sequence[_Pattern], units: Sequence[Unit]) -> list[_Pattern]:
    """The patterns that leave less to read, each with the places in whose lines nothing else is left to explain."""
    left = list(patterns)
    while True:
        explained = [set[int]() for _ in units]
        for pattern in left:
            for part in pattern.parts:
                explained[part.unit].update(part.blocks)
        whole = [len(blocks) == len(unit.blocks) for blocks, unit in zip(explained, units, strict=True)]
        kept = []
        for pattern in left:
            parts = [part for part in pattern.parts if whole[part.unit]]
            if len(parts) >= PLACES and _pays(parts, units):
                kept.append(_Pattern(pattern.template, parts))
        if [pattern.parts for pattern in kept] == [pattern.parts for pattern in left]:
            return kept
        left = kept


def _pays(parts: Sequence[Part], units: Sequence[Unit]) -> bool:
    gain = _gain(parts, units)
    return gain > 0 and (len(parts) > PLACES or gain >= _OF_TWO)


def _gain(parts: Sequence[Part], units: Sequence[Unit]) -> float:
    """Lines that need not be read, less those of the largest place; a unit's lines are shared by its blocks."""
    saved = sum(units[part.unit].lines * len(part.blocks) / len(units[part.unit].blocks) for part in parts)
    return saved - max(units[part.unit].lines for part in parts)


# Operations


def _places(patterns: Sequence[_Pattern], units: Sequence[Unit]) -> dict[int, list[tuple[Span, int]]]:
    """File → what is replaced in it, in order, each with the number of its pattern."""
    places: dict[int, list[tuple[Span, int]]] = defaultdict(list)
    for number, pattern in enumerate(patterns):
        for part in pattern.parts:
            places[units[part.unit].file].append((_placed(part, units), number))
    return {file: sorted(found) for file, found in sorted(places.items())}


def _useless(
    patterns: Sequence[_Pattern], units: Sequence[Unit], unfinished: Sequence[Unfinished]
) -> set[tuple[int, int]]:
    """The files in which the patterns do not leave less to explain, or stand in each other's way; with all patterns."""
    useless: set[tuple[int, int]] = set()
    for number, found in _places(patterns, units).items():
        file = unfinished[number]
        now = rewrite(file.now, tuple(span for span, _ in found)) if not _touch(found) else file.now
        if distance(now, file.wanted) >= distance(file.now, file.wanted) or not file.may_become(now):
            useless.update((number, pattern) for _, pattern in found)
    return useless


def _breaking(
    patterns: Sequence[_Pattern], units: Sequence[Unit], unfinished: Sequence[Unfinished]
) -> set[tuple[int, int]]:
    """The files that would not parse with one pattern alone, each with that."""
    breaking = set()
    for number, found in _places(patterns, units).items():
        spans: dict[int, list[Span]] = defaultdict(list)
        for span, pattern in found:
            spans[pattern].append(span)
        file = unfinished[number]
        for pattern, alone in spans.items():
            if len(spans) > 1 and not file.may_become(rewrite(file.now, tuple(alone))):
                log.debug("patterns: %r does not parse with one of them alone", file.path)
                breaking.add((number, pattern))
    return breaking


def _proposed(
    patterns: Sequence[_Pattern], units: Sequence[Unit], unfinished: Sequence[Unfinished]
) -> tuple[list[Step], list[Unfinished]]:
    """The operations, and the files after them."""
    files = list(unfinished)
    effects: list[dict[bytes, tuple[Span, ...]]] = [{} for _ in patterns]
    for at, found in _places(patterns, units).items():
        file = files[at]
        files[at] = replace(file, now=rewrite(file.now, tuple(span for span, _ in found)))
        for number in sorted({number for _, number in found}):
            effects[number][file.path] = tuple(span for span, of in found if of == number)
    proposals = tuple(
        _proposal(pattern.template, effect, unfinished) for pattern, effect in zip(patterns, effects, strict=True)
    )
    return ([proposals] if proposals else []), [file for file in files if file.is_left]


def _touch(found: Sequence[tuple[Span, int]]) -> bool:
    return any(one.end >= other.start for (one, _), (other, _) in pairwise(found))


def _proposal(template: Template, spans: dict[bytes, tuple[Span, ...]], unfinished: Sequence[Unfinished]) -> Proposal:
    texts = {file.path: file.now for file in unfinished}
    total = all(template.expression.replaces_all(texts[path], places) for path, places in spans.items())
    operation = StringReplace(
        pattern=template.pattern,
        replacement=template.replacement,
        scope=sorted(encode(path) for path in spans),
        total=total,
    )
    return Proposal(operation, {path: Rewrite(places) for path, places in spans.items()})
