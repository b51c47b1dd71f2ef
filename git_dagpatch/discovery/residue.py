"""What is left? One exact edit for each symbol or region, a binary delta where the content is not text."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from itertools import groupby
from typing import NamedTuple

from git_dagpatch.alignment.lines import Block, Lines, diff
from git_dagpatch.discovery.entangled import Part, join_entangled
from git_dagpatch.discovery.intents import tell
from git_dagpatch.discovery.proposal import Proposal, Step
from git_dagpatch.discovery.sides import Side
from git_dagpatch.discovery.unfinished import Unfinished
from git_dagpatch.languages import language_of
from git_dagpatch.languages.language import Language
from git_dagpatch.model.effect import Rewrite, Span
from git_dagpatch.model.operation import BinaryDelta, Edit
from git_dagpatch.model.paths import encode, join_target
from git_dagpatch.operations.binary_delta import CODEC, make_delta


def find_residue(unfinished: Sequence[Unfinished]) -> list[Step]:
    """Exact operations for all that no other stage explained."""
    proposals: list[Proposal] = []
    for file in unfinished:
        proposals += _edits(file) if file.is_text else [_delta(file)]
    return [tuple(proposals)] if proposals else []


def _delta(file: Unfinished) -> Proposal:
    operation = BinaryDelta(
        target=encode(file.path),
        delta=make_delta(file.now, file.wanted),
        codec=CODEC,
        before=hashlib.sha256(file.now).hexdigest(),
        after=hashlib.sha256(file.wanted).hexdigest(),
    )
    return Proposal(operation, {file.path: Rewrite((Span(0, len(file.now), file.wanted),))})


Region = tuple[str, int]
"""A symbol, and a number that tells regions of one symbol apart."""


class _Piece(NamedTuple):
    """A part of a block that belongs to one region."""

    region: Region
    part: Part


def _edits(file: Unfinished) -> Iterator[Proposal]:
    language = language_of(file.path)
    old, new = Side(file.now, language), Side(file.wanted, language)
    blocks = diff(file.now, file.wanted)
    if file.has_layout and old.outline is not None and new.outline is not None:
        pieces = [piece for number, block in enumerate(blocks) for piece in _by_symbol(number, block, old, new)]
    else:
        pieces = list(_by_paragraph(blocks, old.lines))
    groups = _grouped(pieces)
    if len(groups) > 1 and file.has_layout and language.name == "python":
        groups = join_entangled(groups, old, new)
    for parts in groups:
        yield _edit(file, language, _joined(parts), old, new)


def _edit(file: Unfinished, language: Language, parts: Sequence[Part], old: Side, new: Side) -> Proposal:
    spans = tuple(
        Span(
            old.lines.starts[block.old_start],
            old.lines.starts[block.old_end],
            b"".join(new.lines.lines[block.new_start : block.new_end]),
        )
        for _, _, block in parts
    )
    told = tell(file.path, language, parts, old, new)
    operation = Edit(
        target=join_target(file.path, told.symbol),
        hunks=[],
        intent=told.intent,
        description=told.sentence,
        breaking_change=told.breaking,
    )
    return Proposal(operation, {file.path: Rewrite(spans)})


def _grouped(pieces: Iterable[_Piece]) -> list[list[Part]]:
    """The parts of each region together.

    Within one block, where parts touch, the order of the groups is the order of the parts; a region that would break
    it starts a group of its own.
    """
    groups: list[list[Part]] = []
    of_region: dict[Region, int] = {}
    for _, of_block in groupby(pieces, key=lambda piece: piece.part.number):
        last = -1
        for region, part in of_block:
            at = of_region.get(region, -1)
            if at < 0 or at < last:
                at = of_region[region] = len(groups)
                groups.append([])
            groups[at].append(part)
            last = at
    return groups


def _joined(parts: Sequence[Part]) -> list[Part]:
    """`parts` with those joined that touch."""
    joined: list[Part] = []
    for part in parts:
        last = joined[-1] if joined else None
        if last is not None and last.number == part.number and last.block.old_end == part.block.old_start:
            block = Block(last.block.old_start, part.block.old_end, last.block.new_start, part.block.new_end)
            joined[-1] = last._replace(block=block)
        else:
            joined.append(part)
    return joined


def _by_paragraph(blocks: Sequence[Block], old: Lines) -> Iterator[_Piece]:
    """Blocks with no blank line between them belong together."""
    region = 0
    last = 0
    for number, block in enumerate(blocks):
        if any(not line.strip() for line in old.lines[last : block.old_start]):
            region += 1
        yield _Piece(("", region), Part(number, "", block))
        last = block.old_end


class _Run(NamedTuple):
    symbol: str
    start: int
    end: int


def _runs(side: Side, other: Side, start: int, end: int) -> list[_Run]:
    """The lines from `start` to `end` cut where the symbol changes; blank lines and comments between two symbols go
    with the one that follows."""
    runs: list[_Run] = []
    waiting = start
    for (symbol, _), group in groupby(range(start, end), key=lambda line: side.region_at(line, other)):
        numbers = list(group)
        if all(side.is_idle(number) for number in numbers):
            continue
        runs.append(_Run(symbol, waiting, numbers[-1] + 1))
        waiting = numbers[-1] + 1
    if waiting < end:
        last = runs.pop() if runs else _Run(side.region_at(start, other)[0], start, end)
        runs.append(last._replace(end=end))
    return runs


def _by_symbol(number: int, block: Block, old: Side, new: Side) -> Iterator[_Piece]:
    """`block` cut into pieces of one symbol each."""
    left = _runs(old, new, block.old_start, block.old_end)
    right = _runs(new, old, block.new_start, block.new_end)
    # A last line without its end can only be edited as a whole.
    ends_open = not all(side.lines.lines[-1].endswith(b"\n") for side in (old, new) if side.lines.lines)
    at_end = block.old_end == len(old.lines.lines) or block.new_end == len(new.lines.lines)
    if (len(left) <= 1 and len(right) <= 1) or (ends_open and at_end):
        yield _piece(number, (right or [_with_new_name(run, block, old, new) for run in left])[0], block, old)
        return
    matcher = SequenceMatcher(None, [run.symbol for run in left], [run.symbol for run in right], autojunk=False)
    for tag, i, i_end, j, j_end in matcher.get_opcodes():
        if tag == "equal" or i_end - i == j_end - j == 1:
            for one, other in zip(left[i:i_end], right[j:j_end], strict=True):
                yield _piece(number, other, Block(one.start, one.end, other.start, other.end), old)
            continue
        old_end = left[i_end - 1].end if i_end else block.old_start
        new_start = right[j - 1].end if j else block.new_start
        for one in left[i:i_end]:
            yield _piece(number, one, Block(one.start, one.end, new_start, new_start), old)
        for other in right[j:j_end]:
            yield _piece(number, other, Block(old_end, old_end, other.start, other.end), old)


def _with_new_name(run: _Run, block: Block, old: Side, new: Side) -> _Run:
    """Lines that go from within a definition whose head is another one now belong to that."""
    symbol = new.symbol_at(block.new_start)
    definition = new.definitions.get(symbol)
    taken = run.symbol in new.definitions or symbol in old.definitions or not run.symbol
    if taken or definition is None or not definition.start < block.new_start < definition.end:
        return run
    return run._replace(symbol=symbol)


def _piece(number: int, run: _Run, block: Block, old: Side) -> _Piece:
    """Definitions are told apart by their name; the lines between them by where they stood."""
    return _Piece((run.symbol, 0 if run.symbol else old.section_at(block.old_start)), Part(number, run.symbol, block))
