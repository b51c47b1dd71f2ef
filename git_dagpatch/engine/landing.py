"""Where each file goes that the patch touches, and what is in its way.

What the target moved is looked up where it stands now; what comes to a path waits until all that leaves has left.
"""

from __future__ import annotations

from posixpath import basename

from msgspec.structs import replace

from git_dagpatch.alignment.files import differences
from git_dagpatch.engine.contents import Contents
from git_dagpatch.engine.directories import moved_directories, relocated
from git_dagpatch.engine.draft import Draft
from git_dagpatch.engine.inputs import Inputs
from git_dagpatch.engine.lineage import Life
from git_dagpatch.engine.placed import THEIRS, Standing
from git_dagpatch.model.conflict import Stages
from git_dagpatch.model.objects import Entry
from git_dagpatch.model.paths import encode, parents
from git_dagpatch.model.plan import Reach, Settlement
from git_dagpatch.model.strategy import Policy, Strategy

_ADDED = "added by the patch and, differently, on the target"
_CHANGED = "changed by the patch and, differently, on the target"


class Landing:
    """Decides what becomes of files, one after the other, and notes that in the draft."""

    def __init__(self, inputs: Inputs, draft: Draft, contents: Contents) -> None:
        self._inputs = inputs
        self._draft = draft
        self._contents = contents
        self._strategy = inputs.options.strategy
        self._arrivals: list[tuple[Life, Entry, bytes | None]] = []
        """Files that come to another path, and the one at which the target has them."""

    def land(self, life: Life) -> None:
        """Decide what becomes of one file that the patch touches, but for what is in its way."""
        if life.end is None:
            self._leave(life)
        elif life.start is None:
            self._arrive(life)
        else:
            self._change(life)

    def place_arrivals(self) -> None:
        """Let what comes to another path stand there."""
        for life, entry, here in self._arrivals:
            self._place(life, entry, here)

    def bring_along(self) -> None:
        """What the target adds to a directory that the patch moved goes there."""
        inputs, draft = self._inputs, self._draft
        ends = ((start, life.end) for start, life in inputs.by_start.items())
        # What takes the place of another file tells nothing of directories.
        moves = {start: end for start, end in ends if end is not None and inputs.base.file(end) is None}
        moved = moved_directories(inputs.after, moves) if moves else {}
        for path, before, entry in differences(inputs.base, inputs.target) if moved else ():
            end = relocated(path, moved)
            if before is not None or entry is None or end == path or path in draft.changes:
                continue
            there = draft.changes.get(end)
            life = next((life for life, *_ in self._arrivals if life.end == end), None)
            if self._obstacle(end) is not None and (there is None or life is None):
                continue
            if there is not None and life is not None:
                draft.changes[end] = self._contents.merge(life, end, None, entry, there, _ADDED)
            else:
                draft.changes[end] = entry
            draft.changes[path] = None
            draft.standings[end] = Standing(None, path, end if there is not None else None)
            source = next((start for start in moves if relocated(start, moved) == moves[start]), next(iter(moves)))
            draft.along.append(Reach(end, 1, inputs.mover(THEIRS, source, "")))

    def _leave(self, life: Life) -> None:
        assert life.start is not None
        old, here = self._inputs.base.file(life.start), life.start
        if self._inputs.target.file(here) is None:
            here = self._inputs.moved.get(here, here)
        ours = self._inputs.target.file(here)
        if ours is None:
            return
        if here == life.start and self._contents.goes_too(here, old, ours):
            self._draft.changes[here] = None
            return
        if ours != old and here == life.start and self._is_as_at_fork(here, ours):
            self._draft.settled.append(Settlement(here, "behind", 1))
            self._draft.changes[here] = None
            return
        if ours != old:
            self._draft.standings[here] = Standing(life.start, here, None)
            self._draft.disputed.add(here)
        if (ours == old and here == life.start) or self._strategy is Strategy.THEIRS:
            self._draft.changes[here] = None
        elif self._strategy is Strategy.MANUAL:
            done = "modified" if here == life.start else f"moved from {encode(life.start)}"
            reason = f"deleted by the patch, {done} on the target"
            self._draft.conflict(life, here, reason, Stages(old, ours, None))

    def _arrive(self, life: Life) -> None:
        assert life.end is not None and life.entry is not None
        target, draft = self._inputs.target, self._draft
        end = life.end if target.file(life.end) is not None else self._along(life.end)
        ours = target.file(end)
        if ours == life.entry and draft.changes.get(end, ours) == ours:
            return
        if end != life.end:
            directory = next(place for place in parents(life.end) if not target.entry(place))
            draft.along.append(Reach(end, 1, f"the target's move of {encode(directory)}"))
        draft.standings[end] = Standing(None, None if ours is None else end, life.end)
        placed = replace(life, end=end)
        if ours is None or draft.changes.get(end, ours) is None:
            self._arrivals.append((placed, life.entry, None))
        else:
            draft.changes[end] = self._contents.merge(placed, end, None, ours, life.entry, _ADDED)

    def _along(self, path: bytes) -> bytes:
        """Where a file goes that the patch adds, if the target moved the directory that it is in."""
        base, target = self._inputs.base, self._inputs.target
        above = [place for place in parents(path) if base.entry(place) and not target.entry(place)]
        return relocated(path, moved_directories(target, self._inputs.moved)) if above else path

    def _change(self, life: Life) -> None:
        assert life.start is not None and life.end is not None and life.entry is not None
        old, draft = self._inputs.base.file(life.start), self._draft
        here = self._standing(life)
        ours = self._inputs.target.file(here)
        if ours is None:
            self._gone(life, old)
            return
        end = here if life.start == life.end else life.end
        draft.standings[end] = Standing(life.start, here, life.end)
        merged = self._contents.merge(life, end, old, ours, life.entry, _CHANGED)
        if here == end:
            draft.changes[here] = merged
        elif here != life.start and self._strategy in (Strategy.MANUAL, Strategy.UNION):
            draft.changes[here] = merged
            reason = f"the patch moves {encode(life.start)} to {encode(end)}, the target moved it here"
            draft.conflict(life, here, reason, Stages(old, ours, life.entry))
        elif here != life.start and self._strategy is Strategy.OURS:
            draft.changes[here] = merged
        else:
            draft.changes[here] = None
            self._arrivals.append((life, merged, here))

    def _standing(self, life: Life) -> bytes:
        """Where the target has a file that the patch changes, moved there by the target or not."""
        assert life.start is not None and life.end is not None
        if self._inputs.target.file(life.start) is not None:
            return life.start
        return self._inputs.moved.get(life.start, life.start)

    def _gone(self, life: Life, old: Entry | None) -> None:
        """The target has no such file any more."""
        assert life.end is not None and life.entry is not None
        if life.entry == old and life.start == life.end:
            return
        if life.start == life.end and self._contents.goes_too(life.end, old, life.entry):
            return
        if life.start == life.end and self._never_was(life.end):
            said = "It came to base later, so nothing is done to it."
            self._draft.settled.append(Settlement(life.end, Policy.BACKPORT.value, 1, said))
            return
        self._draft.standings[life.end] = Standing(life.start, None, life.end)
        self._draft.disputed.add(life.end)
        if self._strategy is Strategy.OURS:
            return
        if self._strategy is Strategy.MANUAL:
            done = "moved" if life.entry == old else "modified"
            reason = f"{done} by the patch, deleted on the target"
            self._draft.conflict(life, life.end, reason, Stages(old, None, life.entry))
        self._arrivals.append((life, life.entry, None))

    def _is_as_at_fork(self, path: bytes, entry: Entry) -> bool:
        """Whether the target never changed a file since its history left that of base."""
        fork = self._inputs.fork
        return fork is not None and fork.file(path) == entry

    def _never_was(self, path: bytes) -> bool:
        """Whether a policy leaves out what is done to a file that came to base when the target had left it; not where
        the target has another file of that name, which base has not: it may have been that one."""
        inputs = self._inputs
        if Policy.BACKPORT not in inputs.options.policies_for(path):
            return False
        if inputs.fork is None or inputs.fork.entry(path) is not None:
            return False
        name = basename(path)
        found = differences(inputs.base, inputs.target)
        return not any(before is None and basename(other) == name for other, before, _ in found)

    def _place(self, life: Life, entry: Entry, here: bytes | None) -> None:
        """Let a file stand at a path that the target does not have, or report what is in the way."""
        assert life.end is not None
        changes = self._draft.changes
        obstacle = self._obstacle(life.end)
        if obstacle is None:
            changes[life.end] = entry
            return
        reason = f"the target has {encode(obstacle)} where the patch puts this file"
        if here is not None and changes[here] is None:
            # It cannot go where it shall, so it stays where it is, with the patch's changes.
            changes[here] = entry
        path = life.end if here is None or here == life.start else here
        self._draft.conflict(life, path, reason, Stages(None, self._inputs.target.file(path), entry))

    def _obstacle(self, path: bytes) -> bytes | None:
        """What keeps a file from standing at `path` once the changes so far are made."""
        changes, target = self._draft.changes, self._inputs.target
        for place in (path, *parents(path)):
            if changes[place] is not None if place in changes else target.file(place) is not None:
                return place
        standing = target.entry(path)
        if standing is not None and standing.is_directory:
            for below, _ in target.files(path):
                if changes.get(below, below) is not None:
                    return below
        return None
