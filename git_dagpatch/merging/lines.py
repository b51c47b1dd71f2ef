"""Three-way merge by lines, as git's own (``xdiff/xmerge.c``).

Changes of both sides that overlap or touch are a clash, unless both made the same. A clash is then narrowed to the
lines in which the sides differ, and clashes with no more than three lines between them are joined. The styles that
show the base cannot do that, since the base cannot be cut along.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import NamedTuple, TypeAlias

from msgspec import Struct

from git_dagpatch.alignment.lines import Block, Lines, diff, lines_of
from git_dagpatch.merging.dispute import Dispute, Fork, Texts
from git_dagpatch.merging.effort import Effort
from git_dagpatch.model.strategy import ConflictStyle

_JOINED = 3
"""Clashes with at most so many equal lines between them are shown as one."""

_ALIKE = 8
"""Clashes, at the most, after one that are compared together with it."""

# git merges without the heuristic that it diffs with: it would move changes to where they touch others.
_diff = partial(diff, by_indent=False)


class Agreed(Struct, frozen=True):
    """Lines about which there is no question."""

    text: bytes
    step: str = ""
    """What settled them where both sides had changed them."""


class Settled(NamedTuple):
    """What shall stand in a place that both sides changed, and which step says so."""

    text: bytes
    step: str


class Clash(Struct, frozen=True):
    """Lines that each side changed otherwise."""

    base: bytes
    """What the sides changed; where a clash was narrowed, all of what stood around it, too."""
    ours: bytes
    theirs: bytes
    theirs_start: int
    """Byte in the whole text of theirs at which its part begins."""
    line_end: bytes
    """How lines end here, for those that are to be written between these."""


Part: TypeAlias = Agreed | Clash

Place = tuple[int, int, int]
"""Lines of base, ours and theirs, from 0, at which a region starts."""
_Texts = tuple[Lines, Lines, Lines]


class _Region(NamedTuple):
    """Lines of base, ours and theirs (from 0, ends exclusive) where one side or both changed something."""

    starts: Place
    ends: Place
    is_clash: bool = False
    settled: Settled | None = None

    def of(self, texts: _Texts, side: int) -> bytes:
        return _slice(texts[side], self.starts[side], self.ends[side])


def merge_lines(
    base: bytes,
    ours: bytes,
    theirs: bytes,
    *,
    style: ConflictStyle = ConflictStyle.MERGE,
    settled: Mapping[Place, Settled] | None = None,
) -> Iterator[Part]:
    """The merge as parts, in order. Clashes are cut as `style` can show them.

    A clash that starts at a place of `settled`, as `disputes` gives them, is none.
    """
    versions = Texts(base, ours, theirs)
    texts = _lines_of(versions)
    position = 0
    for region in _shown(_compared(versions, settled or {}), texts, style):
        # Between the regions, ours has whatever is common to the sides.
        before = _slice(texts[1], position, region.starts[1])
        position = region.ends[1]
        if region.settled:
            yield Agreed(before)
            yield Agreed(*region.settled)
            continue
        if not region.is_clash:
            yield Agreed(before + _taken(region, texts))
            continue
        if before:
            yield Agreed(before)
        yield Clash(
            region.of(texts, 0),
            region.of(texts, 1),
            region.of(texts, 2),
            texts[2].starts[region.starts[2]],
            _line_end(region, texts),
        )
    if position < len(texts[1].lines):
        yield Agreed(_slice(texts[1], position, len(texts[1].lines)))


def disputes(path: bytes, versions: Texts, fork: Fork | None = None) -> Iterator[tuple[Place, Dispute]]:
    """The places that both sides changed, each in its own way, before anything is narrowed or joined."""
    base, ours, theirs = _lines_of(versions)

    def places(lines: Place) -> Place:
        return base.starts[lines[0]], ours.starts[lines[1]], theirs.starts[lines[2]]

    effort = Effort.for_file(max(map(len, versions)))
    for region in _compared(versions, {}):
        if region.is_clash:
            yield region.starts, Dispute(path, versions, places(region.starts), places(region.ends), effort, fork)


def alike(versions: Texts) -> Iterator[Mapping[Place, bytes]]:
    """Places next to each other between whose ends both sides have the same: what ours has in each of them.

    The lines of base between them were told to be other ones of the same text on either side.
    """
    texts = _lines_of(versions)
    regions = list(_compared(versions, {}))
    at = 0
    while at < len(regions):
        last = at
        while last + 1 < len(regions) and last - at < _ALIKE and regions[at].is_clash and regions[last + 1].is_clash:
            last += 1
            if _is_alike(regions[at], regions[last], texts):
                yield {region.starts: region.of(texts, 1) for region in regions[at : last + 1]}
                at = last
                break
        at += 1


def _is_alike(first: _Region, last: _Region, texts: _Texts) -> bool:
    (one, other), (one_end, other_end) = first.starts[1:], last.ends[1:]
    same_size = one_end - one == other_end - other
    return same_size and texts[1].lines[one:one_end] == texts[2].lines[other:other_end]


def pieces(versions: Texts) -> Iterator[Texts]:
    """What the versions have, cut where changes start and end."""
    texts = _lines_of(versions)
    at: Place = (0, 0, 0)
    for region in _regions(_diff(versions.base, versions.ours), _diff(versions.base, versions.theirs)):
        for start, end in ((at, region.starts), (region.starts, region.ends)):
            yield Texts(*(_slice(text, *part) for text, *part in zip(texts, start, end, strict=True)))
        at = region.ends
    yield Texts(*(_slice(text, start, len(text.lines)) for text, start in zip(texts, at, strict=True)))


def _lines_of(versions: Texts) -> _Texts:
    return lines_of(versions.base), lines_of(versions.ours), lines_of(versions.theirs)


def _slice(text: Lines, start: int, end: int) -> bytes:
    return b"".join(text.lines[start:end])


def _regions(ours: Sequence[Block], theirs: Sequence[Block]) -> Iterator[_Region]:
    waiting = sorted([(block, 0) for block in ours] + [(block, 1) for block in theirs])
    shifts = [0, 0]
    at = 0
    while at < len(waiting):
        start, end = waiting[at][0].old_start, waiting[at][0].old_end
        grown = [0, 0]
        last = at
        while last < len(waiting) and waiting[last][0].old_start <= end:
            block, side = waiting[last]
            end = max(end, block.old_end)
            grown[side] += block.new_end - block.new_start - (block.old_end - block.old_start)
            last += 1
        starts = (start, start + shifts[0], start + shifts[1])
        shifts = [shifts[0] + grown[0], shifts[1] + grown[1]]
        yield _Region(starts, (end, end + shifts[0], end + shifts[1]))
        at = last


def _compared(versions: Texts, settled: Mapping[Place, Settled]) -> Iterator[_Region]:
    """The regions in which the sides differ, with those marked that are a clash, and those that are settled."""
    texts = _lines_of(versions)
    for region in _regions(_diff(versions.base, versions.ours), _diff(versions.base, versions.theirs)):
        before, one, other = (region.of(texts, side) for side in range(3))
        if one == other:
            continue
        is_clash = before not in (one, other)
        found = settled.get(region.starts) if is_clash else None
        yield region._replace(is_clash=is_clash and found is None, settled=found)


def _taken(region: _Region, texts: _Texts) -> bytes:
    """What the one side made that changed anything."""
    ours = region.of(texts, 1)
    return region.of(texts, 2) if ours == region.of(texts, 0) else ours


def _shown(regions: Iterable[_Region], texts: _Texts, style: ConflictStyle) -> Iterable[_Region]:
    match style:
        case ConflictStyle.MERGE:
            return _joined(part for region in regions for part in _narrowed(region, texts))
        case ConflictStyle.DIFF3:
            return regions
        case ConflictStyle.ZDIFF3:
            return (_trimmed(region, texts) for region in regions)


def _narrowed(region: _Region, texts: _Texts) -> Iterator[_Region]:
    """A clash without the lines that both sides have. Each part has the whole base."""
    if not region.is_clash:
        yield region
        return
    base, ours, theirs = region.starts
    for block in _diff(region.of(texts, 1), region.of(texts, 2)):
        yield _Region(
            (base, ours + block.old_start, theirs + block.new_start),
            (region.ends[0], ours + block.old_end, theirs + block.new_end),
            is_clash=True,
        )


def _joined(regions: Iterable[_Region]) -> Iterator[_Region]:
    before: _Region | None = None
    for region in regions:
        if before is None:
            before = region
        elif before.is_clash and region.is_clash and region.starts[1] - before.ends[1] <= _JOINED:
            before = before._replace(ends=region.ends)
        else:
            yield before
            before = region
    if before is not None:
        yield before


def _trimmed(region: _Region, texts: _Texts) -> _Region:
    """A clash without the lines that both sides share at its start and end."""
    if not region.is_clash:
        return region
    (base, ours, theirs), (base_end, ours_end, theirs_end) = region.starts, region.ends
    one, other = texts[1].lines, texts[2].lines
    while ours < ours_end and theirs < theirs_end and one[ours] == other[theirs]:
        ours, theirs = ours + 1, theirs + 1
    while ours < ours_end and theirs < theirs_end and one[ours_end - 1] == other[theirs_end - 1]:
        ours_end, theirs_end = ours_end - 1, theirs_end - 1
    return _Region((base, ours, theirs), (base_end, ours_end, theirs_end), is_clash=True)


def _line_end(region: _Region, texts: _Texts) -> bytes:
    """CRLF if the first line of base ends so, and neither side has another end before the clash."""
    base, ours, theirs = texts
    before = [
        _is_crlf(ours.lines, max(region.starts[1] - 1, 0)),
        _is_crlf(theirs.lines, max(region.starts[2] - 1, 0)),
    ]
    return b"\r\n" if _is_crlf(base.lines, 0) and False not in before else b"\n"


def _is_crlf(lines: Sequence[bytes], number: int) -> bool | None:
    """Whether a line ends in CRLF, or the one before it where it has no end; None where nothing tells."""
    if number < len(lines) and lines[number].endswith(b"\n"):
        return lines[number].endswith(b"\r\n")
    return lines[number - 1].endswith(b"\r\n") if number > 0 else None
