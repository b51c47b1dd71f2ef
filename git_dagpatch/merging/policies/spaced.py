"""Units with blank lines between them: merged without these, and then set apart as the versions do it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from git_dagpatch.merging.units import Units

Kind = Callable[[bytes], str]
"""What sort of unit one is, such as a heading; units of one sort are set apart alike."""


class Spaced(NamedTuple):
    """Units, and the blank lines around them."""

    units: Sequence[bytes]
    gaps: Sequence[bytes]
    """The blank lines before each, and those at the end."""


def with_blank_lines(
    units: Units, versions: Sequence[Spaced], kind: Kind, otherwise: bytes, *, set_apart: str = ""
) -> bytes:
    """`units` with the blank lines that the first of `versions` to have such neighbours has between them.

    `otherwise` stands between those of which none has any like them. A unit of the kind `set_apart` that has above it
    in the first version what most of that kind have keeps that, whatever comes to stand above it.
    """
    known: dict[tuple[bytes | str, bytes | str], bytes] = {}
    above = {
        unit: gap
        for unit, gap in zip(versions[0].units[1:], versions[0].gaps[1:], strict=False)
        if set_apart and kind(unit) == set_apart
    }
    for version in versions:
        for (before, after), gap in zip(pairwise([b"", *version.units, b""]), version.gaps, strict=True):
            for pair in _alike(before, after, kind):
                known.setdefault(pair, gap)
    commonest = max(Counter(above.values()).items(), key=lambda item: (item[1], item[0]), default=(b"", 0))[0]
    written = []
    for before, after in pairwise([b"", *units, b""]):
        found = next((known[pair] for pair in _alike(before, after, kind) if pair in known), otherwise)
        written += [commonest if above.get(after) == commonest else found, after]
    return b"".join(written)


def _alike(before: bytes, after: bytes, kind: Kind) -> Iterator[tuple[bytes | str, bytes | str]]:
    """By what two units are looked up, from closest to farthest: themselves, one of them, or what they are."""
    yield before, after
    if before and after:
        yield before, kind(after)
        yield kind(before), after
        yield kind(before), kind(after)
    elif before or after:
        yield (kind(before), b"") if before else (b"", kind(after))
