"""Which new definitions are near copies of others that are new, too? One is added, and the others are copied from it.

What differs inside of a copy is left to other stages.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterator, Sequence, Set
from typing import NamedTuple

from msgspec.structs import replace

from git_dagpatch.alignment.lines import Block, diff, distance, lines_of, split_lines
from git_dagpatch.discovery.proposal import Claim, Proposal, Step, claim_of
from git_dagpatch.discovery.unfinished import Unfinished
from git_dagpatch.languages import language_of
from git_dagpatch.languages.language import Definition, Language
from git_dagpatch.model.effect import Rewrite, Span, rewrite
from git_dagpatch.model.operation import Copy, Edit
from git_dagpatch.model.paths import join_target
from git_dagpatch.operations.symbol_text import indentation_of, indented, renamed

log = logging.getLogger(__name__)

_EQUAL = 0.6
"""The share of its lines that a copy has from the original, at least."""
_LEAST = 5
"""The lines that a definition has at least for its copies to be looked for."""
_MANY = 200
"""New definitions of one commit beyond which nothing is looked for."""
_REASON = "what is copied comes with it"


class _New(NamedTuple):
    """A definition that a file did not have."""

    file: int
    found: Definition
    text: bytes

    @property
    def own_name(self) -> str:
        return self.found.name.rpartition(".")[2]

    @property
    def size(self) -> int:
        return self.found.end - self.found.start


class _Place(NamedTuple):
    """Where a definition comes to stand."""

    change: Span
    name: str
    """Qualified."""
    after: str
    """The one right above it, or what it is in."""


def find_twins(unfinished: Sequence[Unfinished], refused: Set[Claim]) -> tuple[list[Step], list[Unfinished]]:
    """The definitions that others are copied from, and the copies, each a step of its own; and what is left."""
    steps: list[Step] = []
    files = list(unfinished)
    for original, copies in _families(files):
        planned = _Plan(files, refused)
        if planned.carry_out(original, copies) and planned.pays():
            steps += planned.steps
            files = planned.files
    return steps, [file for file in files if file.is_left]


def _families(files: Sequence[Unfinished]) -> list[tuple[_New, list[_New]]]:
    """New definitions, each with those that are near to it and come after it."""
    news = [new for number, file in enumerate(files) for new in _new(number, file)]
    if len(news) > _MANY:
        log.debug("twins: more than %d new definitions, so none are compared", _MANY)
        return []
    copies: dict[_New, list[_New]] = defaultdict(list)
    copied: set[_New] = set()
    lines = {new: frozenset(map(bytes.strip, split_lines(new.text))) for new in news}
    for at, new in enumerate(news):
        shared = [
            (len(lines[new] & lines[one]), -number)
            for number, one in enumerate(news[:at])
            if one not in copied and _may_be_copied(one, new, files)
        ]
        if shared:
            best = news[-max(shared)[1]]
            if max(shared)[0] * 2 >= len(lines[new]) and _is_near(best, new, files):
                copies[best].append(new)
                copied.add(new)
    return list(copies.items())


def _may_be_copied(one: _New, new: _New, files: Sequence[Unfinished]) -> bool:
    return _kinds(one) == _kinds(new) and _language(files[one.file]) is _language(files[new.file])


def _kinds(new: _New) -> str:
    return "function" if new.found.kind == "method" else new.found.kind


def _language(file: Unfinished) -> Language:
    return language_of(file.path, file.wanted)


def _new(number: int, file: Unfinished) -> Iterator[_New]:
    """The larger definitions that come whole to where something is already."""
    if not file.has_layout:
        return
    blocks = [block for block in diff(file.now, file.wanted) if block.new_end - block.new_start >= _LEAST]
    found = (_language(file).definitions(file.wanted) or []) if blocks else []
    end = 0
    for one in found:
        if one.start < end or one.end - one.start < _LEAST:
            continue
        text = b"".join(lines_of(file.wanted).lines[one.start : one.end])
        if text.endswith(b"\n") and any(block.new_start <= one.start and one.end <= block.new_end for block in blocks):
            end = one.end
            yield _New(number, one, text)


def _is_near(original: _New, new: _New, files: Sequence[Unfinished]) -> bool:
    text = _as_copied(original, new, _language(files[new.file]))
    if text is None:
        return False
    differing = distance(text, new.text)
    equal = (original.size + new.size - differing) / 2 / max(original.size, new.size)
    return differing + 1 < new.size and equal >= _EQUAL


def _as_copied(original: _New, new: _New, language: Language) -> bytes | None:
    """The text of `original` under the name of `new` and at its indentation."""
    text = renamed(original.text, original.own_name, new.own_name, language)
    return None if text is None else indented(text, indentation_of(split_lines(new.text), language), language)


class _Plan:
    """Some definitions on their way into the files."""

    def __init__(self, files: Sequence[Unfinished], refused: Set[Claim]) -> None:
        self._before = files
        self._refused = refused
        self.files = list(files)
        self.steps: list[Step] = []
        self._cost = 0

    def carry_out(self, original: _New, copies: Sequence[_New]) -> bool:
        """Add `original` and its copies; whether that finds its place, and some of them do."""
        place = self._place(original, original.text)
        if place is None:
            return False
        source = join_target(self.files[original.file].path, place.name)
        added = Proposal(Edit(target=source, hunks=[]), self._changed(original, place.change))
        self.steps.append((added,))
        self._cost += original.size
        for new in copies:
            text = _as_copied(original, new, _language(self.files[new.file]))
            place = None if text is None else self._place(new, text)
            if place is None:
                continue
            path = self.files[new.file].path
            operation = Copy(
                source=source,
                target=join_target(path, place.name),
                symbol_kind=new.found.kind,
                after=join_target(path, place.after),
            )
            if claim_of(operation) in self._refused:
                continue
            self.steps.append((Proposal(operation, self._changed(new, place.change), (added,), _REASON),))
            self._cost += 1
        return len(self.steps) > 1

    def pays(self) -> bool:
        """Whether less is to be read than without."""
        return self._cost + _left(self.files) < _left(self._before)

    def _changed(self, new: _New, change: Span) -> dict[bytes, Rewrite]:
        file = self.files[new.file]
        self.files[new.file] = replace(file, now=rewrite(file.now, (change,)))
        return {file.path: Rewrite((change,))}

    def _place(self, new: _New, text: bytes) -> _Place | None:
        """What puts `text` where `new` is wanted, with the blank lines beside it; None if that is no such definition
        then, or does not parse."""
        file = self.files[new.file]
        wanted = lines_of(file.wanted).lines
        start, end = new.found.start, new.found.end
        blocks = (one for one in diff(file.now, file.wanted) if one.new_start <= start and end <= one.new_end)
        block = next(blocks, None)
        if block is None:
            return None
        first, last = _with_blank_lines(wanted, start, end, block)
        at = block.old_start if first == block.new_start else block.old_end
        byte = lines_of(file.now).starts[at]
        if byte == len(file.now) and file.now and not file.now.endswith(b"\n"):
            return None
        change = Span(byte, byte, b"".join([*wanted[first:start], text, *wanted[end:last]]))
        after = rewrite(file.now, (change,))
        line = at + start - first
        found = _language(file).definitions(after) or []
        there = next((one for one in found if (one.start, one.end) == (line, line + text.count(b"\n"))), None)
        # Under another name of its class, it would not be found any more once that has the wanted one.
        if there is None or there.name != new.found.name or not file.may_become(after):
            return None
        around = there.name.rpartition(".")[0]
        above = [one.name for one in found if one.end <= line and one.name.rpartition(".")[0] == around]
        alone = sum(one.name == there.name for one in found) == 1 and there.kind == new.found.kind
        return _Place(change, there.name, above[-1] if above else around) if alone else None


def _with_blank_lines(lines: Sequence[bytes], start: int, end: int, block: Block) -> tuple[int, int]:
    """`start` and `end` with the blank lines above; with those below where none are above."""
    first = start
    while first > block.new_start and not lines[first - 1].strip():
        first -= 1
    if first == start:
        while end < block.new_end and not lines[end].strip():
            end += 1
    return first, end


def _left(files: Sequence[Unfinished]) -> int:
    return sum(distance(file.now, file.wanted) for file in files if file.has_layout)
