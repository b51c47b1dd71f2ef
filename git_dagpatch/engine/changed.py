"""A tree that came of base, by its texts alone: what of it is Python, which lines and words came or went."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set
from functools import cached_property
from typing import TypeAlias

from git_dagpatch.alignment.files import differences
from git_dagpatch.alignment.lines import diff
from git_dagpatch.languages.detection import language_name
from git_dagpatch.model.objects import SUBMODULE, SYMLINK, Entry
from git_dagpatch.model.tree import Tree

PARSED = 4_000_000
"""Bytes of a side's files that are read as code, or searched for words that are gone."""


Find: TypeAlias = Callable[[bytes], Set[bytes]]
"""Gives what it finds in the lines of a text, each by itself."""


class Changed:
    """A tree that came of `base`."""

    def __init__(
        self, base: Tree, tree: Tree, places: Mapping[bytes, bytes], changed: Mapping[bytes, bytes] | None = None
    ) -> None:
        self.base = base
        self.tree = tree
        self.places = places
        """Path in base → path here, of files that moved."""
        self._changed = changed or {}

    def read(self, path: bytes) -> bytes | None:
        """The file at `path`; None where there is no regular one."""
        if path in self._changed:
            return self._changed[path]
        entry = self.tree.file(path)
        return self.tree.read(path) if entry is not None and is_file(entry) else None

    @cached_property
    def starts(self) -> Mapping[bytes, bytes]:
        """Path here → path in base, of files that moved."""
        return {there: start for start, there in self.places.items()}

    @cached_property
    def brought(self) -> list[bytes]:
        """The Python files that this side changed or added."""
        return [
            path
            for path, _, entry in differences(self.base, self.tree)
            if entry is not None and is_file(entry) and is_python(path)
        ]

    def before(self, path: bytes) -> bytes:
        """What the file at `path` here was in base, empty if it was not there."""
        entry = self.base.file(start := self.starts.get(path, path))
        return self.base.read(start) if entry is not None and is_file(entry) else b""

    def new_lines(self, path: bytes) -> Set[int]:
        """The lines of the file at `path`, from 0, that base does not have."""
        return brought_lines(self.before(path), self.read(path) or b"")


class Reworded:
    """What comes and goes from one text to another, of what is found within single lines.

    Only the lines that not both have are searched, and the rest of a text only where it decides.
    """

    def __init__(self, before: bytes, after: bytes) -> None:
        self._texts = before, after
        one, other = set(before.split(b"\n")), set(after.split(b"\n"))
        self._lines = b"\n".join(one - other), b"\n".join(other - one)

    def gone(self, find: Find, wanted: Set[bytes] | None = None) -> Set[bytes]:
        """What is found before and not after; of `wanted` alone where that is given."""
        return self._only(find, 0, wanted)

    def came(self, find: Find, wanted: Set[bytes] | None = None) -> Set[bytes]:
        """What is found after and not before; of `wanted` alone where that is given."""
        return self._only(find, 1, wanted)

    def _only(self, find: Find, side: int, wanted: Set[bytes] | None) -> Set[bytes]:
        found = find(self._lines[side]) - find(self._lines[1 - side])
        if wanted is not None:
            found &= wanted
        other = self._texts[1 - side]
        return found - find(other) if any(one in other for one in found) else found


def brought_lines(before: bytes, after: bytes) -> Set[int]:
    """The lines of `after`, from 0, that `before` has not."""
    return {number for block in diff(before, after) for number in range(block.new_start, block.new_end)}


def is_python(path: bytes) -> bool:
    """Whether the name of a file says that it is Python."""
    return language_name(path, b"") == "python"


def is_file(entry: Entry) -> bool:
    return not entry.is_directory and entry.mode not in (SYMLINK, SUBMODULE)
