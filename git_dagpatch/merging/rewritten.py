"""One side wrote a file otherwise and changed nothing else: where that is in the way of the other side's change, it is
taken back.

Lines that the one side wrote anew may start or end in the middle of a statement or a string, so that no step can read
what stands in a place that both changed. So it is as if the one side had left alone the lines there; or, if that is not
enough, the statements of a class or module that they are part of; at last the file.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from git_dagpatch.alignment.lines import Block, diff, distance, lines_of
from git_dagpatch.languages import language_of
from git_dagpatch.merging.dispute import Dispute, Texts
from git_dagpatch.merging.effort import Effort
from git_dagpatch.merging.lines import Place, disputes

_Ranges = Sequence[tuple[int, int]]


def taken_back(path: bytes, versions: Texts, settled: Collection[Place]) -> Iterator[tuple[Texts, bytes]]:
    """The versions with less and less written otherwise around the places that are not `settled`, and the text that
    has the code that their merge shall have. Nothing if both sides changed more than the form."""
    effort = Effort.for_file(max(map(len, versions)))
    size = sum(map(len, versions))
    side = _side(path, versions) if effort.spend(size) else None
    if side is None:
        return
    other = versions[3 - side]
    blocks = diff(versions.base, versions[side], by_indent=False)
    before = 0
    for ranges in _ranges(path, versions, settled):
        undone = [block for block in blocks if _is_in(block, versions.base, ranges)]
        if before < len(undone) < len(blocks) and effort.spend(size):
            before = len(undone)
            text = _without(versions.base, versions[side], blocks, undone)
            yield (versions._replace(ours=text) if side == 1 else versions._replace(theirs=text)), other
    yield Texts(versions.base, other, other), other


def _side(path: bytes, versions: Texts) -> int | None:
    """Which side, 1 or 2, is the code of base; of both, the one that is further from it."""
    language = language_of(path, versions.base)
    found = [side for side in (1, 2) if language.means_the_same(versions.base, versions[side])]
    return max(found, key=lambda side: (distance(versions.base, versions[side]), versions[side]), default=None)


def _ranges(path: bytes, versions: Texts, settled: Collection[Place]) -> Iterator[_Ranges]:
    """Bytes of base that hold the places that are left, more and more around them."""
    left = [dispute for place, dispute in disputes(path, versions) if place not in settled]
    yield [(dispute.starts[0], dispute.ends[0]) for dispute in left]
    yield [dispute.around for dispute in left]
    yield [_statement(dispute) for dispute in left]


def _statement(dispute: Dispute) -> tuple[int, int]:
    """The statements at the top level that a place is part of."""
    start, end = dispute.starts[0], dispute.ends[0]
    inside = [one for one in dispute.language.statements(dispute.whole.base) if one[0] <= end and start <= one[1]]
    return (min(start, inside[0][0]), max(end, inside[-1][1])) if inside else (start, end)


def _is_in(block: Block, base: bytes, ranges: _Ranges) -> bool:
    """Whether the lines of a block are part of one of the ranges, or touch it."""
    starts = lines_of(base).starts
    start, end = starts[block.old_start], starts[block.old_end]
    return any(start <= last and first <= end for first, last in ranges)


def _without(base: bytes, text: bytes, blocks: Sequence[Block], undone: Collection[Block]) -> bytes:
    """`text` with the lines of base in the place of those that `undone` brought."""
    old, new = lines_of(base).lines, lines_of(text).lines
    found: list[bytes] = []
    position = 0
    for block in blocks:
        if block in undone:
            found += [*new[position : block.new_start], *old[block.old_start : block.old_end]]
            position = block.new_end
    return b"".join([*found, *new[position:]])
