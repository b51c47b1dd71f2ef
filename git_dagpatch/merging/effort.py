"""How much may be read to settle one file: of many places, the first ones are tried, and the rest stays open."""

from __future__ import annotations

_LEAST = 300_000
"""Bytes that may be read again for any file."""
_TIMES = 3
"""How often a longer file may be read again as a whole."""


class Effort:
    """Bytes that are left to be read; the count, unlike a clock, is the same on every machine."""

    def __init__(self, left: int) -> None:
        self._left = left

    @classmethod
    def for_file(cls, size: int) -> Effort:
        """What there is for a file of so many bytes."""
        return cls(max(_LEAST, _TIMES * size))

    def spend(self, size: int) -> bool:
        """Whether so many bytes may be read; then they are counted."""
        if size > self._left:
            return False
        self._left -= size
        return True
