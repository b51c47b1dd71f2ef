"""What a plan is made of: the patch, the trees that it is merged with, and what each side did with names and files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property

from msgspec import Struct

from git_dagpatch.alignment.files import correspond
from git_dagpatch.engine.lineage import Life, Lineages
from git_dagpatch.engine.moved import OURS
from git_dagpatch.engine.replay import Replay
from git_dagpatch.model.dag import members
from git_dagpatch.model.objects import Entry, Objects
from git_dagpatch.model.operation import Move
from git_dagpatch.model.patch import Patch
from git_dagpatch.model.paths import encode, join_target
from git_dagpatch.model.strategy import MergeOptions
from git_dagpatch.model.tree import Tree, read_entry


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
    def replay(self) -> Replay:
        """What both sides renamed."""
        moved = {life.start: life.end for life in self.by_start.values() if life.start != life.end}
        followed = {start: end for start, end in moved.items() if start is not None and end is not None}
        return Replay(self.base, self.target, self.after, self.patch.operations, lambda: self.moved, followed)

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
