"""What a plan is made of: the patch, the trees that it is merged with, and what each side did with names and files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from msgspec import Struct

from git_dagpatch.alignment.files import correspond
from git_dagpatch.engine.changed import Changed
from git_dagpatch.engine.lineage import Life, Lineages
from git_dagpatch.engine.placed import OURS
from git_dagpatch.engine.suspected import Named, suspects
from git_dagpatch.model.dag import members
from git_dagpatch.model.objects import SUBMODULE, SYMLINK, Entry, Objects
from git_dagpatch.model.operation import Move, Rename
from git_dagpatch.model.patch import Patch
from git_dagpatch.model.paths import encode, join_target
from git_dagpatch.model.strategy import MergeOptions
from git_dagpatch.model.tree import Tree, read_entry

if TYPE_CHECKING:
    from git_dagpatch.engine.replay import Replay


class Inputs(Struct, dict=True):
    """A patch, its base, and the target; nothing of it changes while a plan is made."""

    patch: Patch
    base: Tree
    target: Tree
    objects: Objects
    options: MergeOptions
    lineages: Lineages
    everything: int
    """All operations of the patch."""
    by_start: Mapping[bytes, Life]
    """Path in base → the file, of those that the patch touches."""
    find_fork: Callable[[], Tree | None] | None = None

    @cached_property
    def fork(self) -> Tree | None:
        """The tree at which the target left the history of base; None where base is that, or nothing is known."""
        return self.find_fork() if self.find_fork is not None else None

    def at_fork(self, path: bytes) -> bytes | None:
        """The file that stood at `path` then."""
        entry = self.fork.file(path) if self.fork is not None else None
        return self.read(entry) if entry is not None and entry.mode not in (SUBMODULE, SYMLINK) else None

    @property
    def on_base(self) -> bool:
        return self.target.id == self.base.id

    @cached_property
    def after(self) -> Tree:
        """What the patch makes of its own base."""
        return self.lineages.tree(self.everything, self.objects)

    @cached_property
    def moved(self) -> Mapping[bytes, bytes]:
        """Where the target has the files that are no longer where they stand in base."""
        pairs = correspond(self.base, self.target).moved
        return {pair.source: pair.target for pair in pairs if self.target.file(pair.source) is None}

    @cached_property
    def _followed(self) -> Mapping[bytes, bytes]:
        """Where the patch leaves the files that it moves."""
        moved = {life.start: life.end for life in self.by_start.values() if life.start != life.end}
        return {start: end for start, end in moved.items() if start is not None and end is not None}

    @cached_property
    def replay(self) -> Replay | None:
        """What both sides renamed; None where nothing tells of a rename."""
        renames = any(isinstance(one, Rename) for one in self.patch.operations)
        if not renames and not suspects(self.base, self._ours, Named(self._theirs)).files:
            return None
        # Loaded here, because reading names as code takes long to load, and most merges rename nothing.
        from git_dagpatch.engine.replay import Replay

        return Replay(self.base, self.target, self.after, self.patch.operations, lambda: self.moved, self._followed)

    @cached_property
    def sides(self) -> tuple[Changed, Changed]:
        """The target and what the patch makes of base, as trees that came of it."""
        if self.replay is not None:
            return self.replay.ours, self.replay.theirs
        return self._ours, self._theirs

    @cached_property
    def _ours(self) -> Changed:
        return Changed(self.base, self.target, {})

    @cached_property
    def _theirs(self) -> Changed:
        return Changed(self.base, self.after, self._followed)

    def read(self, entry: Entry) -> bytes:
        return read_entry(self.objects, entry)

    def ids(self, mask: int) -> Iterator[str]:
        """The ids of operations."""
        return (str(self.patch.operations[number].id) for number in members(mask))

    def mover(self, side: int, path: bytes, name: str) -> str:
        """What moved the definition `name` of the file that base has at `path`, or that file."""
        if side == OURS:
            return f"the target's move of {name or encode(path)}"
        source = join_target(path, name) if name else encode(path)
        moves = [one for one in self.patch.operations if isinstance(one, Move) and one.source == source]
        life = self.by_start.get(path)
        ids = self.ids(life.operations if life is not None else self.everything)
        return str(moves[0].id) if moves else next(ids)
