"""Plan the replay of a patch on a target: which files become what, and where patch and target collide.

The patch is executed on its own base. Then each file that it touches is merged: base, the target's, and the patch's.
Where the lines conflict, they are merged once more with what each side renamed renamed in all three, or values are, by
their paths; then files together, with what each side moved. At last, what the one side renamed, moved or replaced is so
in what the other brought. Nothing is written; new objects stay in memory.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from git_dagpatch.alignment.files import correspond, differences
from git_dagpatch.alignment.lines import diff
from git_dagpatch.engine.directories import moved_directories, relocated
from git_dagpatch.engine.execute import weave_in
from git_dagpatch.engine.following import Following
from git_dagpatch.engine.lineage import Life, Lineages
from git_dagpatch.engine.moved import OURS, THEIRS, Gathered, Landed, Moves, Place
from git_dagpatch.engine.patterns import Patterns
from git_dagpatch.engine.replay import Replay, Replayed, Standing
from git_dagpatch.engine.side import Side
from git_dagpatch.engine.values import merged_values
from git_dagpatch.languages.plain import is_text
from git_dagpatch.merging.contained import only_takes_away
from git_dagpatch.merging.dispute import Texts
from git_dagpatch.merging.policies.lockfile import command_for
from git_dagpatch.merging.proof import fault_of_merge
from git_dagpatch.merging.strategies import Merged, merge_texts
from git_dagpatch.model.codec import dag
from git_dagpatch.model.conflict import Conflict, Stages
from git_dagpatch.model.dag import members
from git_dagpatch.model.objects import FILE, SUBMODULE, SYMLINK, Entry, Objects
from git_dagpatch.model.operation import Move
from git_dagpatch.model.patch import Patch
from git_dagpatch.model.paths import encode, join_target, parents
from git_dagpatch.model.plan import Plan, Reach, Settlement
from git_dagpatch.model.strategy import MergeOptions, Policy, Strategy
from git_dagpatch.model.tree import Tree, read_entry


def plan(patch: Patch, base: Tree, target: Tree, objects: Objects, options: MergeOptions | None = None) -> Plan:
    """What `patch`, made on `base`, does to `target`. New objects are kept in `objects`."""
    graph = dag(patch.operations)
    lineages = weave_in(patch.operations, graph, base, graph.everything)
    lives = lineages.lives(graph.everything, objects)
    # On its own base a patch is executed whole: it may do no more than spell the mode of a directory otherwise.
    if target.id != base.id and _stands_already(lives, base, target):
        return Plan(target, target, (), {})
    by_start = {life.start: life for life in lives if life.start is not None}
    planner = _Planner(patch, base, target, objects, options or MergeOptions(), lineages, graph.everything, by_start)
    # What leaves makes room for what comes.
    for life in sorted(lives, key=lambda life: (life.end is not None, life.start is None)):
        planner.land(life)
    return planner.result()


def _stands_already(lives: Sequence[Life], base: Tree, target: Tree) -> bool:
    """Whether the target has every file that the patch touches as the patch leaves it."""
    ends = {life.end for life in lives}
    stands = all(
        (life.end is None or target.file(life.end) == life.entry)
        and (life.start is None or life.start in ends or target.file(life.start) is None)
        for life in lives
    )
    gone = {life.start for life in lives if life.end is None and life.start not in ends}
    # What the patch deletes may stand elsewhere on the target.
    return stands and not (gone and gone & {pair.source for pair in correspond(base, target).moved})


ADDED = "added by the patch and, differently, on the target"


@dataclass
class _Planner:
    patch: Patch
    base: Tree
    target: Tree
    objects: Objects
    options: MergeOptions
    lineages: Lineages
    everything: int
    by_start: Mapping[bytes, Life]
    """Path in base → the file, of those that the patch touches."""
    changes: dict[bytes, Entry | None] = field(default_factory=dict)
    conflicts: list[Conflict] = field(default_factory=list)
    stages: dict[bytes, Stages] = field(default_factory=dict)
    settled: list[Settlement] = field(default_factory=list)
    arrivals: list[tuple[Life, Entry, bytes | None]] = field(default_factory=list)
    """Files that come to another path, and the one at which the target has them."""
    standings: dict[bytes, Standing] = field(default_factory=dict)
    """Path in the result → where base and the sides have the file, of those that the patch touches."""
    disputed: set[bytes] = field(default_factory=set)
    """The files whose lines conflict, whatever the strategy makes of that, or that are gone where they were changed."""
    refused: dict[bytes, str] = field(default_factory=dict)
    """Path → the word for why mutations cannot be carried out on the other side's values."""
    clean: dict[bytes, bytes] = field(default_factory=dict)
    """Path → what became of a file that both sides changed, where nothing is left open."""
    moved_lines: dict[tuple[int, bytes, int], Place] = field(default_factory=dict)
    """Side, path in the result and line of what stands elsewhere then → where."""
    landed: list[Landed] = field(default_factory=list)
    along: list[Reach] = field(default_factory=list)
    """The files that went with a directory."""

    def land(self, life: Life) -> None:
        """Decide what becomes of one file that the patch touches."""
        if life.end is None:
            self._leave(life)
        elif life.start is None:
            self._arrive(life)
        else:
            self._change(life)

    def result(self) -> Plan:
        for life, entry, here in self.arrivals:
            self._place(life, entry, here)
        if not self._on_base():
            self._bring_along()
            self._gather()
            for collision in self._replay.collisions:
                self._refuse(collision.symbol.path, collision.reason)
        spellings = self.lineages.spellings(self.everything)
        tree = self.target.with_changes(self.objects, self.changes, spellings if self._on_base() else None)
        reached, unreached = [*map(self._reach, self.landed), *self.along], list[Reach]()
        for finish in () if self._on_base() else (self._finish_renames, self._finish_imports, self._finish_patterns):
            done = finish(tree)
            tree = tree.with_changes(self.objects, {path: self._holding(tree, path, done) for path in done.texts})
            reached += done.reached
            unreached += done.unreached
        conflicts = sorted(self.conflicts, key=lambda conflict: (conflict.path, conflict.lines or (0, 0)))
        return Plan(self.target, tree, conflicts, self.stages, self.settled, _in_order(reached), _in_order(unreached))

    def _finish_renames(self, tree: Tree) -> Replayed:
        done = self._replay.finish(tree, self.standings, self.stages.keys(), self.moved_lines)
        for path in done.unproved:
            self._refuse(self.standings[path].base, "what was renamed does not mean the same in the merged file")
        return done

    def _finish_imports(self, tree: Tree) -> Replayed:
        following = Following(self._replay.ours, self._replay.theirs, lambda: self._moved, self._mover)
        return following.finish(Side(self.base, tree, {}), self.standings, self.stages.keys(), self.moved_lines)

    def _finish_patterns(self, tree: Tree) -> Replayed:
        patterns = Patterns(self._replay.ours, self._replay.theirs, self.patch.operations)
        return patterns.finish(Side(self.base, tree, {}), self.standings, self.stages.keys())

    def _holding(self, tree: Tree, path: bytes, done: Replayed) -> Entry:
        """The file at `path` of `tree` with what the renames made of it."""
        entry = tree.file(path)
        assert entry is not None
        return Entry(entry.mode, self.objects.add_blob(done.texts[path]))

    @cached_property
    def _after(self) -> Tree:
        return self.lineages.tree(self.everything, self.objects)

    @cached_property
    def _replay(self) -> Replay:
        moved = {life.start: life.end for life in self.by_start.values() if life.start != life.end}
        followed = {start: end for start, end in moved.items() if start is not None and end is not None}
        return Replay(self.base, self.target, self._after, self.patch.operations, lambda: self._moved, followed)

    # Moved definitions

    def _gather(self) -> None:
        """Merge files together with those that what one side moved and the other one changed went to."""

        def merge(path: bytes, texts: Texts) -> Merged:
            return self._merge_texts(path, texts, Strategy.MANUAL)

        moves = Moves(self._plain_at, self._texts_at, self._replay.names, self._changed, merge)
        for found in moves.gathered(sorted(self.disputed), sorted(self.clean)):
            settles = found.landed or not self.disputed.isdisjoint(found.texts)
            if settles and not any(conflict.path in found.texts for conflict in self._lasting()):
                self._take(found)

    def _now(self, path: bytes) -> bytes | None:
        """What the result has at `path` so far."""
        entry = self.changes[path] if path in self.changes else self.target.file(path)
        return None if entry is None else read_entry(self.objects, entry)

    def _lasting(self) -> Iterator[Conflict]:
        """The conflicts that are about more than lines, or a file that is gone."""
        return (one for one in self.conflicts if one.lines is None and one.path not in self.disputed)

    def _take(self, found: Gathered) -> None:
        if all(self._now(path) == text for path, text in found.texts.items()):
            return
        if not found.landed and any(self.clean.get(path, text) != text for path, text in found.texts.items()):
            return
        for path, text in found.texts.items():
            standing = self._standing_at(path)
            versions = self._replay.versions(standing)
            if versions is not None:
                self._replay.merged(path, versions)
            self.standings[path] = standing
            entry = self.changes.get(path) or self.target.file(path) or self._after.file(path)
            assert entry is not None
            self.changes[path] = None if text is None else Entry(entry.mode, self.objects.add_blob(text))
            if text is not None and path in self.clean and path not in {one.path for one in found.landed}:
                # Lines alone give the change to what stands now where the definition stood.
                first = next(iter(diff(self.clean[path], text)), None)
                self.landed += [found.landed[0]._replace(path=path, line=first.new_start + 1)] if first else []
            self.stages.pop(path, None)
        self.conflicts = [conflict for conflict in self.conflicts if conflict.path not in found.texts]
        self.moved_lines |= found.lines
        self.landed += found.landed

    def _reach(self, landed: Landed) -> Reach:
        return Reach(landed.path, landed.line, self._mover(landed.mover, landed.source, landed.name))

    def _mover(self, side: int, path: bytes, name: str) -> str:
        """What moved the definition `name` of the file that base has at `path`, or that file."""
        if side == OURS:
            return f"the target's move of {name or encode(path)}"
        source = join_target(path, name) if name else encode(path)
        moves = [one for one in self.patch.operations if isinstance(one, Move) and one.source == source]
        life = self.by_start.get(path)
        ids = self._ids(life.operations if life is not None else self.everything)
        return str(moves[0].id) if moves else next(ids)

    def _texts_at(self, path: bytes) -> Texts | None:
        """The versions of the file at `path` of the result, each with what the other side renamed."""
        return self._replay.versions(self._standing_at(path)) or self._plain_at(path)

    def _plain_at(self, path: bytes) -> Texts | None:
        """The versions of the file at `path` of the result, empty where a side has none; None if one is no text."""
        standing = self._standing_at(path)
        found = []
        for tree, there in zip((self.base, self.target, self._after), standing, strict=True):
            entry = None if there is None else tree.file(there)
            if entry is not None and _type(entry) != FILE:
                return None
            found.append(b"" if entry is None else read_entry(self.objects, entry))
        return Texts(*found) if all(map(is_text, found)) else None

    def _standing_at(self, path: bytes) -> Standing:
        """Where base and the sides have the file at `path` of the result."""
        if path in self.standings:
            return self.standings[path]
        start = self._starts.get(path, path)
        here = path if self.target.file(path) is not None else None
        there = next((life.end for life in self.by_start.values() if life.start == start), start)
        after = there if there is not None and self._after.file(there) is not None else None
        return Standing(start if self.base.file(start) is not None else None, here, after)

    @cached_property
    def _starts(self) -> Mapping[bytes, bytes]:
        """Where base has the files that the target moved."""
        return {there: start for start, there in self._moved.items()}

    def _changed(self, side: int) -> list[bytes]:
        """The paths in the result of the files that a side changed."""
        tree = self.target if side == OURS else self._after
        ends = {standing[side]: path for path, standing in self.standings.items()}
        return [ends.get(one.path, one.path) for one in differences(self.base, tree) if one.after is not None]

    def _refuse(self, start: bytes | None, reason: str) -> None:
        """A conflict about a file as a whole; one side's file, where the strategy says so."""
        life = self.by_start[start] if start is not None else None
        path = next((end for end, standing in self.standings.items() if standing.base == start), None)
        if life is None or path is None:
            return
        standing = self.standings[path]
        old = self.base.file(standing.base) if standing.base else None
        ours = self.target.file(standing.ours) if standing.ours else None
        stages = Stages(old, ours, life.entry)
        if self.options.strategy in (Strategy.MANUAL, Strategy.UNION):
            self._conflict(life, path, reason, stages)
        elif path in self.changes:
            self.changes[path] = stages.ours if self.options.strategy is Strategy.OURS else stages.theirs

    def _on_base(self) -> bool:
        return self.target.id == self.base.id

    @cached_property
    def _moved(self) -> Mapping[bytes, bytes]:
        """Where the target has the files that are no longer where they stand in base."""
        pairs = correspond(self.base, self.target).moved
        return {pair.source: pair.target for pair in pairs if self.target.file(pair.source) is None}

    def _leave(self, life: Life) -> None:
        assert life.start is not None
        old, here = self.base.file(life.start), life.start
        if self.target.file(here) is None:
            here = self._moved.get(here, here)
        ours = self.target.file(here)
        if ours is None:
            return
        if here == life.start and self._goes_too(here, old, ours):
            self.changes[here] = None
            return
        if ours != old:
            self.standings[here] = Standing(life.start, here, None)
            self.disputed.add(here)
        if (ours == old and here == life.start) or self.options.strategy is Strategy.THEIRS:
            self.changes[here] = None
        elif self.options.strategy is Strategy.MANUAL:
            done = "modified" if here == life.start else f"moved from {encode(life.start)}"
            self._conflict(life, here, f"deleted by the patch, {done} on the target", Stages(old, ours, None))

    def _arrive(self, life: Life) -> None:
        assert life.end is not None and life.entry is not None
        end = life.end if self.target.file(life.end) is not None else self._along(life.end)
        ours = self.target.file(end)
        if ours == life.entry and self.changes.get(end, ours) == ours:
            return
        if end != life.end:
            directory = next(place for place in parents(life.end) if not self.target.entry(place))
            self.along.append(Reach(end, 1, f"the target's move of {encode(directory)}"))
        self.standings[end] = Standing(None, None if ours is None else end, life.end)
        placed = replace(life, end=end)
        if ours is None or self.changes.get(end, ours) is None:
            self.arrivals.append((placed, life.entry, None))
        else:
            self.changes[end] = self._merge(placed, end, None, ours, life.entry, ADDED)

    def _along(self, path: bytes) -> bytes:
        """Where a file goes that the patch adds, if the target moved the directory that it is in."""
        above = [place for place in parents(path) if self.base.entry(place) and not self.target.entry(place)]
        return relocated(path, moved_directories(self.target, self._moved)) if above else path

    def _bring_along(self) -> None:
        """What the target adds to a directory that the patch moved goes there."""
        ends = ((start, life.end) for start, life in self.by_start.items())
        # What takes the place of another file tells nothing of directories.
        moves = {start: end for start, end in ends if end is not None and self.base.file(end) is None}
        moved = moved_directories(self._after, moves) if moves else {}
        for path, before, entry in differences(self.base, self.target) if moved else ():
            end = relocated(path, moved)
            if before is not None or entry is None or end == path or path in self.changes:
                continue
            there = self.changes.get(end)
            life = next((life for life, *_ in self.arrivals if life.end == end), None)
            if self._obstacle(end) is not None and (there is None or life is None):
                continue
            if there is not None and life is not None:
                self.changes[end] = self._merge(life, end, None, entry, there, ADDED)
            else:
                self.changes[end] = entry
            self.changes[path] = None
            self.standings[end] = Standing(None, path, end if there is not None else None)
            source = next((start for start in moves if relocated(start, moved) == moves[start]), next(iter(moves)))
            self.along.append(Reach(end, 1, self._mover(THEIRS, source, "")))

    def _change(self, life: Life) -> None:
        assert life.start is not None and life.end is not None and life.entry is not None
        old = self.base.file(life.start)
        here = self._standing(life)
        ours = self.target.file(here)
        if ours is None:
            self._gone(life, old)
            return
        end = here if life.start == life.end else life.end
        self.standings[end] = Standing(life.start, here, life.end)
        merged = self._merge(life, end, old, ours, life.entry, "changed by the patch and, differently, on the target")
        if here == end:
            self.changes[here] = merged
        elif here != life.start and self.options.strategy in (Strategy.MANUAL, Strategy.UNION):
            self.changes[here] = merged
            reason = f"the patch moves {encode(life.start)} to {encode(end)}, the target moved it here"
            self._conflict(life, here, reason, Stages(old, ours, life.entry))
        elif here != life.start and self.options.strategy is Strategy.OURS:
            self.changes[here] = merged
        else:
            self.changes[here] = None
            self.arrivals.append((life, merged, here))

    def _standing(self, life: Life) -> bytes:
        """Where the target has a file that the patch changes, moved there by the target or not."""
        assert life.start is not None and life.end is not None
        if self.target.file(life.start) is not None:
            return life.start
        return self._moved.get(life.start, life.start)

    def _gone(self, life: Life, old: Entry | None) -> None:
        """The target has no such file any more."""
        assert life.end is not None and life.entry is not None
        if life.entry == old and life.start == life.end:
            return
        if life.start == life.end and self._goes_too(life.end, old, life.entry):
            return
        self.standings[life.end] = Standing(life.start, None, life.end)
        self.disputed.add(life.end)
        if self.options.strategy is Strategy.OURS:
            return
        if self.options.strategy is Strategy.MANUAL:
            done = "moved" if life.entry == old else "modified"
            reason = f"{done} by the patch, deleted on the target"
            self._conflict(life, life.end, reason, Stages(old, None, life.entry))
        self.arrivals.append((life, life.entry, None))

    def _goes_too(self, path: bytes, old: Entry | None, changed: Entry) -> bool:
        """Whether a file that one side deletes and the other one changes only lost something there, or its form."""
        if old is None or old == changed or old.mode != changed.mode or _type(old) != FILE:
            return False
        before, after = (read_entry(self.objects, entry) for entry in (old, changed))
        if not (is_text(before) and is_text(after) and only_takes_away(path, before, after)):
            return False
        self.settled.append(Settlement(path, "contained", 1))
        return True

    def _place(self, life: Life, entry: Entry, here: bytes | None) -> None:
        """Let a file stand at a path that the target does not have, or report what is in the way."""
        assert life.end is not None
        obstacle = self._obstacle(life.end)
        if obstacle is None:
            self.changes[life.end] = entry
            return
        reason = f"the target has {encode(obstacle)} where the patch puts this file"
        if here is not None and self.changes[here] is None:
            # It cannot go where it shall, so it stays where it is, with the patch's changes.
            self.changes[here] = entry
        path = life.end if here is None or here == life.start else here
        self._conflict(life, path, reason, Stages(None, self.target.file(path), entry))

    def _obstacle(self, path: bytes) -> bytes | None:
        """What keeps a file from standing at `path` once the changes so far are made."""
        for place in (path, *parents(path)):
            if self.changes[place] is not None if place in self.changes else self.target.file(place) is not None:
                return place
        standing = self.target.entry(path)
        if standing is not None and standing.is_directory:
            for below, _ in self.target.files(path):
                if self.changes.get(below, below) is not None:
                    return below
        return None

    def _merge(self, life: Life, path: bytes, old: Entry | None, ours: Entry, theirs: Entry, reason: str) -> Entry:
        """The file that three versions make; conflicts are noted."""
        if ours == theirs or theirs == old:
            return ours
        if ours == old:
            return theirs
        if len({_type(entry) for entry in (old, ours, theirs) if entry}) > 1:
            return self._whole(life, path, Stages(old, ours, theirs), reason)
        mode = self._mode(life, path, old, ours, theirs)
        oids = (old.oid if old else None, ours.oid, theirs.oid)
        if oids[1] == oids[2] or oids[2] == oids[0]:
            return Entry(mode, ours.oid)
        if oids[1] == oids[0]:
            return Entry(mode, theirs.oid)
        return self._merge_contents(life, path, mode, (old, ours, theirs), reason)

    def _mode(self, life: Life, path: bytes, old: Entry | None, ours: Entry, theirs: Entry) -> str:
        before = old.mode if old else None
        if ours.mode == theirs.mode or theirs.mode == before:
            return ours.mode
        if ours.mode == before or self.options.strategy is Strategy.THEIRS:
            return theirs.mode
        if self.options.strategy is not Strategy.OURS:
            reason = f"the patch sets the mode {theirs.mode}, the target has {ours.mode}"
            self._conflict(life, path, reason, Stages(old, ours, theirs))
        return ours.mode

    def _merge_contents(
        self, life: Life, path: bytes, mode: str, versions: tuple[Entry | None, Entry, Entry], reason: str
    ) -> Entry:
        old, ours, theirs = versions
        contents = [read_entry(self.objects, entry) if entry else b"" for entry in versions]
        if _type(ours) != FILE or not all(is_text(content) for content in contents):
            return self._whole(life, path, Stages(old, ours, theirs), reason, mode)
        merged = self._merged(path, Texts(*contents))
        for step, places in Counter(merged.steps).items():
            advice = f"Run {command_for(path)}, which writes it." if step == Policy.LOCKFILE else ""
            self.settled.append(Settlement(path, step, places, advice))
        why = self.refused.get(path)
        self._note(life, path, merged, f"{why}: {reason}" if why else reason, Stages(old, ours, theirs))
        return Entry(mode, self.objects.add_blob(merged.text))

    def _merge_texts(self, path: bytes, texts: Texts, strategy: Strategy | None = None) -> Merged:
        return merge_texts(
            *texts,
            strategy=strategy or self.options.strategy,
            style=self.options.style,
            labels=self.options.labels,
            path=path,
            policies=self.options.policies_for(path),
            marker_size=self.options.marker_size(path),
        )

    def _merged(self, path: bytes, texts: Texts) -> Merged:
        plain = self._merge_texts(path, texts, Strategy.MANUAL)
        if not plain.open:
            self.clean[path] = plain.text
            return plain
        renamed = self._renamed(path)
        if renamed is not None:
            return renamed
        values = merged_values(path, texts)
        if isinstance(values, bytes):
            return Merged(values, steps=("values",))
        self.refused[path] = values
        self.disputed.add(path)
        return plain if self.options.strategy is Strategy.MANUAL else self._merge_texts(path, texts)

    def _renamed(self, path: bytes) -> Merged | None:
        """The merge of the file with what both sides renamed, where only that way nothing is left open."""
        versions = self._replay.versions(self.standings[path])
        if versions is None:
            return None
        merged = self._merge_texts(path, versions, Strategy.MANUAL)
        if merged.open or fault_of_merge(path, versions, merged.text):
            return None
        self._replay.merged(path, versions)
        return merged

    def _whole(self, life: Life, path: bytes, versions: Stages, reason: str, mode: str = "") -> Entry:
        """One side or the other of what cannot be taken apart, in `mode` where that was merged by itself."""
        assert versions.ours is not None and versions.theirs is not None
        if self.options.strategy is Strategy.THEIRS:
            return Entry(mode or versions.theirs.mode, versions.theirs.oid)
        if self.options.strategy is not Strategy.OURS:
            self._conflict(life, path, f"{reason}; it can only be taken whole", versions)
        return Entry(mode or versions.ours.mode, versions.ours.oid)

    def _note(self, life: Life, path: bytes, merged: Merged, reason: str, stages: Stages) -> None:
        for place in merged.open:
            start = place.clash.theirs_start
            authors = self.lineages.authors(life, start, start + len(place.clash.theirs), self.everything)
            lines = (place.first_line, place.last_line)
            self._conflict(life, path, reason, stages, authors, lines)

    def _conflict(
        self,
        life: Life,
        path: bytes,
        reason: str,
        stages: Stages,
        authors: int = 0,
        lines: tuple[int, int] | None = None,
    ) -> None:
        operation = next(self._ids(authors or life.operations))
        self.conflicts.append(Conflict(path, operation, reason, lines))
        self.stages[path] = stages

    def _ids(self, mask: int) -> Iterator[str]:
        return (str(self.patch.operations[number].id) for number in members(mask))


def _in_order(reaches: Sequence[Reach]) -> list[Reach]:
    return sorted(reaches, key=lambda reach: (reach.path, reach.line))


def _type(entry: Entry) -> str:
    """Whether an entry is a file, a symlink or a submodule."""
    return entry.mode if entry.mode in (SYMLINK, SUBMODULE) else FILE
