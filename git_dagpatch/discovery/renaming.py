"""A rename in the making: which symbol, which places, and what it does to the texts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from msgspec import Struct, field

from git_dagpatch.languages.python_symbols import WHOLE, Key, Sort
from git_dagpatch.model.effect import Span

NAMES = WHOLE | {Sort.FREE}
"""The sorts of bindings that are names by themselves, not attributes or keywords of something."""


class Renaming(Struct, eq=False):
    """A rename to be."""

    path: bytes
    qualified: str
    kind: str
    old: str
    new: str
    starts: dict[bytes, set[int]] = field(default_factory=lambda: defaultdict(set))
    """Path → where the old name stands."""
    keys: set[Key] = field(default_factory=set)
    """The bindings at `path`."""
    follows: list[Renaming] = field(default_factory=list)
    """Those that free the new name; of an identifier, those of what it may mean."""
    seen: dict[bytes, set[int]] = field(default_factory=lambda: defaultdict(set))
    """Those of `starts` where the commit has the new name."""
    whole: bool = True
    """Whether all that has the old name may get the new one."""
    through: str = ""
    """A name that stands nowhere, which it has until its new one is free: one of each circle of renames needs it."""

    @property
    def sibling(self) -> str:
        """The qualified new name."""
        return f"{self.qualified[: -len(self.old)]}{self.new}"


def shifted(span: Span, earlier: Sequence[Span]) -> Span:
    shift = sum(other.growth for other in earlier if other.start < span.start)
    return Span(span.start + shift, span.end + shift, span.insert)


def spans_in(renamings: Sequence[Renaming], path: bytes, *, at_first: bool = False) -> tuple[Span, ...]:
    """What they do to the file at `path`; `at_first` those that are parted only get the name between."""
    return tuple(
        sorted(
            Span(start, start + len(one.old.encode()), ((at_first and one.through) or one.new).encode())
            for one in renamings
            for start in one.starts.get(path, ())
        )
    )


def spans_by_path(renamings: Sequence[Renaming]) -> dict[bytes, tuple[Span, ...]]:
    paths = sorted({path for one in renamings for path in one.starts})
    return {path: spans_in(renamings, path) for path in paths}
