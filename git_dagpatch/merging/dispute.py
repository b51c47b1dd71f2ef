"""A place where both sides changed the same lines, each in its own way, as the steps that may settle it see it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from git_dagpatch.languages import language_of
from git_dagpatch.languages.language import Language


class Texts(NamedTuple):
    """Three versions of one file."""

    base: bytes
    ours: bytes
    theirs: bytes


@dataclass(frozen=True)
class Dispute:
    """Lines of base, and what each side made of them."""

    path: bytes
    whole: Texts
    starts: tuple[int, int, int]
    """Byte at which the lines start in each of the texts."""
    ends: tuple[int, int, int]

    @cached_property
    def part(self) -> Texts:
        """The disputed lines alone."""
        return Texts(*(text[start:end] for text, start, end in zip(self.whole, self.starts, self.ends, strict=True)))

    @property
    def language(self) -> Language:
        return language_of(self.path, self.whole.base)

    def base_with(self, lines: bytes) -> bytes:
        """The whole base with other lines in the disputed place."""
        return self.whole.base[: self.starts[0]] + lines + self.whole.base[self.ends[0] :]
