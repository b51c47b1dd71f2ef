"""What is left? One exact edit for each symbol or region, a binary delta where the content is not text."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from itertools import groupby
from typing import NamedTuple

from git_dagpatch.alignment.lines import Block, Lines, diff, lines_of
from git_dagpatch.discovery.proposal import Proposal, Step
from git_dagpatch.discovery.unfinished import Unfinished
from git_dagpatch.languages import language_of
from git_dagpatch.languages.language import Outline
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


class _Piece(NamedTuple):
    """A part of a block that belongs to one region."""

    region: tuple[str, int]
    """The symbol, and a number that tells regions of one symbol apart."""
    block: Block


def _edits(file: Unfinished) -> Iterator[Proposal]:
    old, new = lines_of(file.now), lines_of(file.wanted)
    blocks = diff(file.now, file.wanted)
    language = language_of(file.path)
    outlines = language.outline(file.now), language.outline(file.wanted)
    if file.has_layout and outlines[0] is not None and outlines[1] is not None:
        pieces = [list(_by_symbol(block, old, new, outlines[0], outlines[1])) for block in blocks]
    else:
        pieces = [[piece] for piece in _by_paragraph(blocks, old)]
    for symbol, parts in _grouped(pieces):
        spans = tuple(
            Span(
                old.starts[part.old_start],
                old.starts[part.old_end],
                b"".join(new.lines[part.new_start : part.new_end]),
            )
            for part in parts
        )
        yield Proposal(Edit(target=join_target(file.path, symbol), hunks=[]), {file.path: Rewrite(spans)})


def _grouped(pieces_of_blocks: Iterable[Sequence[_Piece]]) -> list[tuple[str, list[Block]]]:
    """The pieces of each region together, as (symbol, parts).

    Within one block, where pieces touch, the order of the groups is the order of the pieces; a region that would break
    it starts a group of its own.
    """
    groups: list[tuple[str, list[Block]]] = []
    of_region: dict[tuple[str, int], int] = {}
    for pieces in pieces_of_blocks:
        last = -1
        for region, part in pieces:
            at = of_region.get(region, -1)
            if at < 0 or at < last:
                at = of_region[region] = len(groups)
                groups.append((region[0], []))
            parts = groups[at][1]
            parts.append(_joined(parts.pop(), part) if at == last else part)
            last = at
    return groups


def _joined(one: Block, next_one: Block) -> Block:
    return Block(one.old_start, next_one.old_end, one.new_start, next_one.new_end)


def _by_paragraph(blocks: Sequence[Block], old: Lines) -> Iterator[_Piece]:
    """Blocks with no blank line between them belong together."""
    region = 0
    last = 0
    for block in blocks:
        if any(not line.strip() for line in old.lines[last : block.old_start]):
            region += 1
        yield _Piece(("", region), block)
        last = block.old_end


class _Run(NamedTuple):
    symbol: str
    start: int
    end: int


def _runs(lines: Sequence[bytes], outline: Outline, start: int, end: int) -> list[_Run]:
    """The lines from `start` to `end` cut where the symbol changes; blank lines and comments between two symbols go
    with the one that follows."""
    runs: list[_Run] = []
    waiting = start
    for _, group in groupby(range(start, end), key=outline.section_at):
        numbers = list(group)
        if all(not lines[number].strip() or lines[number].lstrip().startswith(b"#") for number in numbers):
            continue
        runs.append(_Run(outline.symbol_at(numbers[0]), waiting, numbers[-1] + 1))
        waiting = numbers[-1] + 1
    if waiting < end:
        last = runs.pop() if runs else _Run(outline.symbol_at(start), start, end)
        runs.append(last._replace(end=end))
    return runs


def _by_symbol(block: Block, old: Lines, new: Lines, before: Outline, after: Outline) -> Iterator[_Piece]:
    """`block` cut into pieces of one symbol each."""
    left = _runs(old.lines, before, block.old_start, block.old_end)
    right = _runs(new.lines, after, block.new_start, block.new_end)
    # A last line without its end can only be edited as a whole.
    ends_open = not all(lines[-1].endswith(b"\n") for lines in (old.lines, new.lines) if lines)
    at_end = block.old_end == len(old.lines) or block.new_end == len(new.lines)
    if (len(left) <= 1 and len(right) <= 1) or (ends_open and at_end):
        yield _Piece(_region((right or left)[0], block, before), block)
        return
    matcher = SequenceMatcher(None, [run.symbol for run in left], [run.symbol for run in right], autojunk=False)
    for tag, i, i_end, j, j_end in matcher.get_opcodes():
        if tag == "equal" or i_end - i == j_end - j == 1:
            for one, other in zip(left[i:i_end], right[j:j_end], strict=True):
                part = Block(one.start, one.end, other.start, other.end)
                yield _Piece(_region(other, part, before), part)
            continue
        old_end = left[i_end - 1].end if i_end else block.old_start
        new_start = right[j - 1].end if j else block.new_start
        for one in left[i:i_end]:
            part = Block(one.start, one.end, new_start, new_start)
            yield _Piece(_region(one, part, before), part)
        for other in right[j:j_end]:
            part = Block(old_end, old_end, other.start, other.end)
            yield _Piece(_region(other, part, before), part)


def _region(run: _Run, part: Block, before: Outline) -> tuple[str, int]:
    """Definitions are told apart by their name; the lines between them by where they stood."""
    return (run.symbol, 0) if run.symbol else ("", before.section_at(part.old_start))
