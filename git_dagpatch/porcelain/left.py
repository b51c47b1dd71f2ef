"""What a merge left in the work tree, remembered or made again, beside what stands there now."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path

from msgspec import Struct

from git_dagpatch.languages.plain import is_text
from git_dagpatch.merging.dispute import Texts
from git_dagpatch.merging.marked import Piece, Unclear, pieces
from git_dagpatch.merging.standing import Standing, standing
from git_dagpatch.merging.strategies import merge_texts
from git_dagpatch.model.conflict import Marked, State
from git_dagpatch.model.objects import SUBMODULE, SYMLINK, Entry
from git_dagpatch.model.strategy import ConflictStyle, Labels
from git_dagpatch.model.tree import Tree
from git_dagpatch.porcelain import run as runs
from git_dagpatch.porcelain.policies import marker_size
from git_dagpatch.store.repository import Repository

BASE, OURS, THEIRS = "1", "2", "3"


class Leavings:
    """All that the last merge of any kind left to be decided."""

    def __init__(self, repository: Repository) -> None:
        self.repository = repository

    @cached_property
    def files(self) -> list[Left]:
        """The files in conflict, also those that were staged since, in the order of their paths."""
        waiting = self._listed("--unmerged")
        found = {**self._listed("--resolve-undo"), **waiting}
        return [Left(self, path, stages, path in waiting) for path, stages in sorted(found.items())]

    def _listed(self, which: str) -> dict[bytes, dict[str, Entry]]:
        """Path → stage → version."""
        found: dict[bytes, dict[str, Entry]] = {}
        for line in self.repository.git.run("ls-files", which, "-z", "--full-name", ":/").split(b"\0")[:-1]:
            head, _, path = line.partition(b"\t")
            mode, oid, stage = head.decode().split(" ")
            found.setdefault(path, {})[stage] = Entry(mode, oid)
        return found

    @cached_property
    def trees(self) -> Sequence[Tree]:
        """The trees in which the merge is remembered: an apply's result, or what git's own merge made."""
        record = runs.unfinished(self.repository)
        if record is not None:
            return [Tree(self.repository.store, record.tree_after)]
        made = self.repository.git.line("rev-parse", "--verify", "--quiet", "AUTO_MERGE^{tree}")
        return [Tree(self.repository.store, made)] if made else []

    @cached_property
    def size_of(self) -> Mapping[bytes, int]:
        """Path → characters of a conflict marker."""
        asked = marker_size(self.repository.store)
        return {left.path: asked(left.path) for left in self.files}


class Left(Struct, frozen=True, dict=True):
    """A file that a merge left in conflict."""

    leavings: Leavings
    path: bytes
    stages: Mapping[str, Entry]
    is_waiting: bool
    """Whether it is in conflict still."""

    @property
    def file(self) -> Path:
        return self._repository.work_tree / os.fsdecode(self.path)

    @property
    def _repository(self) -> Repository:
        return self.leavings.repository

    @property
    def size(self) -> int:
        """Characters of a conflict marker."""
        return self.leavings.size_of[self.path]

    @cached_property
    def now(self) -> bytes | None:
        """What the file holds now; the target of a symlink. None where there is none."""
        if self.file.is_symlink():
            return os.fsencode(self.file.readlink())
        return self.file.read_bytes() if self.file.is_file() else None

    @cached_property
    def versions(self) -> Texts:
        """Base, ours and theirs as they would stand in the work tree, empty where there is none."""
        return Texts(*(self._written(self.stages.get(stage)) for stage in (BASE, OURS, THEIRS)))

    @cached_property
    def parts(self) -> Sequence[Piece]:
        """What the merge left, cut at its conflicts; empty if nothing in it is marked. Raises Unclear.

        A merge that nobody remembers is made again, in the style and with the labels of the markers that are there.
        """
        if not self.is_text:
            return []
        first: Sequence[Piece] | None = None
        unclear: Unclear | None = None
        for text in self._candidates():
            try:
                parts = pieces(text, self.size, self.versions)
            except Unclear as error:
                unclear = error
                continue
            if not self.is_waiting or self._stands(parts):
                return parts
            first = parts if first is None else first
        if unclear is not None:
            raise unclear
        return first or []

    @cached_property
    def is_text(self) -> bool:
        """Whether both sides have a file of text, so that conflicts in it are marked."""
        sides = [self.stages.get(stage) for stage in (OURS, THEIRS)]
        return all(side is not None and side.mode not in (SYMLINK, SUBMODULE) for side in sides) and all(
            map(is_text, self.versions)
        )

    @cached_property
    def is_merged(self) -> bool:
        """Whether the text was merged, and only the mode is open."""
        modes = {self.stages[stage].mode for stage in (OURS, THEIRS) if stage in self.stages}
        return self.is_text and len(modes) > 1 and not merge_texts(*self.versions, certain=False).open

    def _stands(self, parts: Sequence[Piece]) -> bool:
        """Whether one of the conflicts in it stands in the file."""
        return any(stand.state is State.WAITS for stand in standing(parts, self.now or b"", self.size).stands)

    def _candidates(self) -> Iterator[bytes]:
        for tree in self.leavings.trees:
            entry = tree.file(self.path)
            if entry is not None and entry.mode not in (SYMLINK, SUBMODULE):
                yield self._written(entry)
        shown = [part for part in pieces(self.now or b"", self.size) if isinstance(part, Marked)]
        labels = Labels(*(shown[0].labels[0], "base", shown[0].labels[1])) if shown else Labels()
        for style in ConflictStyle:
            yield merge_texts(*self.versions, style=style, labels=labels, certain=False, marker_size=self.size).text

    @cached_property
    def standing(self) -> Standing:
        """What became of its conflicts. Raises Unclear."""
        return standing(self.parts, self.now or b"", self.size)

    @cached_property
    def is_as_left(self) -> bool:
        """Whether the file holds nothing but what the merge, or one of the versions, has there."""
        if self.now is None:
            return not self.file.exists() or any(entry.mode == SUBMODULE for entry in self.stages.values())
        known = [entry for tree in self.leavings.trees if (entry := tree.file(self.path)) is not None]
        return any(
            entry.mode != SUBMODULE
            and (entry.mode == SYMLINK) == self.file.is_symlink()
            and self.now == self._written(entry)
            for entry in (*known, *self.stages.values())
        )

    def _written(self, entry: Entry | None) -> bytes:
        """A version as git writes it to the work tree, through its filters."""
        if entry is None or entry.mode == SUBMODULE:
            return b""
        if entry.mode == SYMLINK:
            return self._repository.store.blob(entry.oid)
        name = f"--path={os.fsdecode(self.path)}"
        return self._repository.git.run("cat-file", "--filters", name, entry.oid)
