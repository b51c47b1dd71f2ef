"""Files whose lines conflict are merged with those that what one side moved, and the other changed, went to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property

from git_dagpatch.alignment.files import differences
from git_dagpatch.alignment.lines import diff
from git_dagpatch.engine.contents import Contents, type_of
from git_dagpatch.engine.draft import Draft
from git_dagpatch.engine.inputs import Inputs
from git_dagpatch.engine.moved import Gathered, Moves
from git_dagpatch.engine.placed import OURS, Standing
from git_dagpatch.languages.plain import is_text
from git_dagpatch.merging.dispute import Texts
from git_dagpatch.merging.strategies import Merged
from git_dagpatch.model.conflict import Conflict
from git_dagpatch.model.objects import FILE, Entry
from git_dagpatch.model.strategy import Strategy


class Gathering:
    """Takes into the draft what comes of moved definitions."""

    def __init__(self, inputs: Inputs, draft: Draft, contents: Contents) -> None:
        self._inputs = inputs
        self._draft = draft
        self._contents = contents

    def gather(self) -> None:
        """Take each group of files that has no conflict any more, or in which a change followed its definition."""
        draft = self._draft
        replay = self._inputs.replay
        names = replay.names if replay is not None else frozenset[str]()
        moves = Moves(self._plain, self._texts, names, self._changed, self._merge)
        for found in moves.gathered(sorted(draft.disputed), sorted(draft.stirred)):
            settles = found.landed or not draft.disputed.isdisjoint(found.texts)
            if settles and not any(conflict.path in found.texts for conflict in self._lasting()):
                self._take(found)

    def _merge(self, path: bytes, texts: Texts) -> Merged:
        return self._contents.merge_texts(path, texts, Strategy.MANUAL)

    def _lasting(self) -> Iterator[Conflict]:
        """The conflicts that are about more than lines, or a file that is gone."""
        draft = self._draft
        return (one for one in draft.conflicts if one.lines is None and one.path not in draft.disputed)

    def _take(self, found: Gathered) -> None:
        inputs, draft = self._inputs, self._draft
        if all(self._now(path) == text for path, text in found.texts.items()):
            return
        if not found.landed and any(draft.clean.get(path, text) != text for path, text in found.texts.items()):
            return
        for path, text in found.texts.items():
            standing = self._standing(path)
            versions = self._renamed(standing)
            if inputs.replay is not None and versions is not None:
                inputs.replay.merged(path, versions)
            draft.standings[path] = standing
            entry = draft.changes.get(path) or inputs.target.file(path) or inputs.after.file(path)
            assert entry is not None
            draft.changes[path] = None if text is None else Entry(entry.mode, inputs.objects.add_blob(text))
            if text is not None and path in draft.clean and path not in {one.path for one in found.landed}:
                # Lines alone give the change to what stands now where the definition stood.
                first = next(iter(diff(draft.clean[path], text)), None)
                draft.landed += [found.landed[0]._replace(path=path, line=first.new_start + 1)] if first else []
            draft.stages.pop(path, None)
        draft.conflicts = [conflict for conflict in draft.conflicts if conflict.path not in found.texts]
        draft.doubts = [doubt for doubt in draft.doubts if doubt.path not in found.texts]
        draft.moved_lines |= found.lines
        draft.landed += found.landed

    def _now(self, path: bytes) -> bytes | None:
        """What the result has at `path` so far."""
        entry = self._draft.changes[path] if path in self._draft.changes else self._inputs.target.file(path)
        return None if entry is None else self._inputs.read(entry)

    def _texts(self, path: bytes) -> Texts | None:
        """The versions of the file at `path` of the result, each with what the other side renamed."""
        return self._renamed(self._standing(path)) or self._plain(path)

    def _renamed(self, standing: Standing) -> Texts | None:
        replay = self._inputs.replay
        return None if replay is None else replay.versions(standing)

    def _plain(self, path: bytes) -> Texts | None:
        """The versions of the file at `path` of the result, empty where a side has none; None if one is no text."""
        inputs = self._inputs
        found = []
        for tree, there in zip((inputs.base, inputs.target, inputs.after), self._standing(path), strict=True):
            entry = None if there is None else tree.file(there)
            if entry is not None and type_of(entry) != FILE:
                return None
            found.append(b"" if entry is None else inputs.read(entry))
        return Texts(*found) if all(map(is_text, found)) else None

    def _standing(self, path: bytes) -> Standing:
        """Where base and the sides have the file at `path` of the result."""
        inputs, standings = self._inputs, self._draft.standings
        if path in standings:
            return standings[path]
        start = self._starts.get(path, path)
        here = path if inputs.target.file(path) is not None else None
        there = next((life.end for life in inputs.by_start.values() if life.start == start), start)
        after = there if there is not None and inputs.after.file(there) is not None else None
        return Standing(start if inputs.base.file(start) is not None else None, here, after)

    @cached_property
    def _starts(self) -> Mapping[bytes, bytes]:
        """Where base has the files that the target moved."""
        return {there: start for start, there in self._inputs.moved.items()}

    def _changed(self, side: int) -> list[bytes]:
        """The paths in the result of the files that a side changed."""
        inputs = self._inputs
        tree = inputs.target if side == OURS else inputs.after
        ends = {standing[side]: path for path, standing in self._draft.standings.items()}
        return [ends.get(one.path, one.path) for one in differences(inputs.base, tree) if one.after is not None]
