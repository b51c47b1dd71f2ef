"""What stands between two parts that come to stand side by side: what stands between them, or such as them, already."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from itertools import pairwise

from git_dagpatch.merging.structure.order import Unmerged

START, END = -1, -2
_SEPARATES = re.compile(rb"[\s,;|+&]*")


class Spacing:
    """The gaps of base, ours and theirs, looked up by the numbers of the parts around them."""

    def __init__(
        self,
        orders: Sequence[Sequence[int]],
        gaps: Sequence[Sequence[bytes]],
        otherwise: bytes,
        closed: Collection[int],
        commented: Collection[int],
        placed: Collection[int],
    ) -> None:
        """`closed` are the parts that hold the separator after them, `commented` those that end with a comment,
        `placed` those that have their place."""
        self._known = [
            dict(zip(pairwise([START, *order, END]), found, strict=True)) if found else {}
            for order, found in zip(orders, gaps, strict=True)
        ]
        self._otherwise = otherwise
        self._closed = closed
        self._commented = commented
        self._placed = placed

    def between(self, before: int, after: int) -> bytes:
        """What stands between two parts of the result. Raises Unmerged."""
        base, ours, theirs = (known.get((before, after)) for known in self._known)
        is_edge = before == START or after == END
        if (ours is not None and theirs is not None) or (not is_edge and (ours is not None or theirs is not None)):
            return _chosen(base, ours, theirs)
        if is_edge:
            gap = self._at_the_edge(before, after)
            return gap.lstrip(b",;") if before in self._commented else gap
        _, mine, other = self._known
        alike = [
            (pair, gap)
            for known in (mine, other, self._known[0])
            for pair, gap in known.items()
            if START not in pair and END not in pair and (pair[0] in self._placed) == (before in self._placed)
        ]
        found = [gap for pair, gap in alike if pair[1] == after]
        found += [gap for pair, gap in alike if pair[0] == before]
        found += [gap for _, gap in alike]
        gap = next((gap for gap in found if gap and _SEPARATES.fullmatch(gap)), self._otherwise)
        if before in self._closed:
            return gap.lstrip(b",;")
        if before in self._commented and not gap.isspace():
            raise Unmerged
        return b"," + gap if self._closed and gap.isspace() else gap

    def _at_the_edge(self, before: int, after: int) -> bytes:
        """What stands before the first part or after the last of those versions that have any."""
        if before == START and after == END:
            return self._at_the_edge(START, 0) + self._at_the_edge(0, END)
        at = 0 if before == START else 1
        edge = START if before == START else END
        found = [
            next((gap for pair, gap in known.items() if pair[at] == edge and pair != (START, END)), None)
            for known in self._known
        ]
        if found[1] is None and found[2] is None:
            raise Unmerged
        return _chosen(found[0], found[1], found[2])


def _chosen(base: bytes | None, ours: bytes | None, theirs: bytes | None) -> bytes:
    if ours is None or theirs is None:
        return (ours if ours is not None else theirs) or b""
    if ours == theirs or base == theirs:
        return ours
    if base == ours:
        return theirs
    if ours.split() != theirs.split():
        return ours if base is None else _only_changed(base, ours, theirs)
    return min(ours, theirs, key=lambda gap: (len(gap), gap))


def _only_changed(base: bytes, ours: bytes, theirs: bytes) -> bytes:
    """The side that changed more than white space."""
    if base.split() == ours.split():
        return theirs
    if base.split() == theirs.split():
        return ours
    raise Unmerged
