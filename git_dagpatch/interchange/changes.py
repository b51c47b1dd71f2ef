"""What a unified diff says about one file, as values; nothing here knows the tree that it is meant for."""

from __future__ import annotations

from enum import Enum
from typing import TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from git_dagpatch.model.errors import InvalidPatch


class Verb(Enum):
    """What becomes of a file."""

    MODIFY = "modified"
    CREATE = "created"
    DELETE = "deleted"
    RENAME = "renamed"
    COPY = "copied"


class Hunk(Struct, frozen=True):
    """Lines of one place, before and after."""

    line: int
    """Where its header stands in the patch, counted from 1."""
    start: int
    """The first of its old lines, counted from 1; where it has none, the line before them."""
    new_start: int
    old: bytes
    """Its old lines with their ends: context and what is removed."""
    new: bytes
    leading: int
    """How many lines of context stand above its first change."""
    trailing: int
    """How many stand below its last one."""

    @property
    def at(self) -> int:
        """How many lines stand before it in the old text."""
        return self.start - bool(self.old)

    @property
    def at_start(self) -> bool:
        """Whether it belongs to the start of the file: with fewer lines above it, there was nothing to show."""
        return self.at == 0

    @property
    def at_end(self) -> bool:
        """Whether it belongs to the end of the file: it shows no line below its last change, or one without its end."""
        return self.trailing == 0 or not self.old.endswith(b"\n")

    @property
    def is_bare(self) -> bool:
        """Whether it shows no context, so that nothing but its line number tells where it belongs."""
        return not self.leading and not self.trailing

    def reversed(self) -> Hunk:
        """The hunk that takes this one back."""
        return replace(self, start=self.new_start, new_start=self.start, old=self.new, new=self.old)


class Hunks(Struct, frozen=True):
    """Changes of lines, in the order in which they stand in the file."""

    hunks: tuple[Hunk, ...]


class Literal(Struct, frozen=True):
    """The whole content of a binary file."""

    content: bytes


class Delta(Struct, frozen=True):
    """A binary content said by another one, in git's own form."""

    instructions: bytes


class Binary(Struct, frozen=True):
    """A GIT binary patch. `backward` makes the old content of the new one."""

    forward: Literal | Delta
    backward: Literal | Delta | None


class Unsaid(Struct, frozen=True):
    """The diff says that a binary file changes, not how."""


class Untouched(Struct, frozen=True):
    """The content stays, or is empty."""


Content: TypeAlias = Hunks | Binary | Unsaid | Untouched


class FileChange(Struct, frozen=True, kw_only=True):
    """What happens to one file."""

    line: int
    """Where it starts in the patch, counted from 1."""
    commit: int
    """How many commits that ``git show`` or ``git log`` prints are named above it."""
    verb: Verb
    source: bytes
    """The path before; of a file that is created, its path."""
    target: bytes
    """The path after; of a file that is deleted, its path."""
    old_mode: str
    """Empty where the diff does not say it."""
    new_mode: str
    """Empty where the mode stays, or is not said."""
    old_id: str
    """The blob before: its id or the start of it, empty where the diff does not say it."""
    new_id: str
    may_create: bool
    """Whether a plain diff, which does not tell an empty file from none, creates the file where there is none."""
    similarity: float
    """Between both contents, as the diff's maker measured it."""
    content: Content


def malformed(line: int, what: str, *, cause: str = "", hint: str = "") -> InvalidPatch:
    """The error for something in the patch's own text."""
    return InvalidPatch(f"Line {line} of the patch: {what}", cause=cause, hint=hint)
