"""Plan the replay of a patch on a target: which files become what, and where patch and target collide.

The patch is executed on its own base. Then each file that it touches is merged: base, the target's, and the patch's.
Where the lines conflict, they are merged once more with what each side renamed renamed in all three, or values are, by
their paths; then files together, with what each side moved. At last, what the one side renamed, moved or replaced is so
in what the other brought. Nothing is written; new objects stay in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from git_dagpatch.alignment.files import correspond
from git_dagpatch.engine.changed import Changed
from git_dagpatch.engine.contents import Contents
from git_dagpatch.engine.draft import Draft
from git_dagpatch.engine.execute import weave_in
from git_dagpatch.engine.inputs import Inputs
from git_dagpatch.engine.landing import Landing
from git_dagpatch.engine.lineage import Life
from git_dagpatch.engine.placed import OURS, THEIRS, Replayed
from git_dagpatch.engine.suspected import is_changed, naming, replaced
from git_dagpatch.model.codec import dag
from git_dagpatch.model.objects import Entry, Objects
from git_dagpatch.model.operation import StringReplace
from git_dagpatch.model.patch import Patch
from git_dagpatch.model.plan import Plan, Reach
from git_dagpatch.model.strategy import MergeOptions
from git_dagpatch.model.tree import Tree


def plan(
    patch: Patch,
    base: Tree,
    target: Tree,
    objects: Objects,
    options: MergeOptions | None = None,
    fork: Callable[[], Tree | None] | None = None,
) -> Plan:
    """What `patch`, made on `base`, does to `target`. New objects are kept in `objects`.

    `fork` is asked where something conflicts: the tree at which the history of `target` left that of `base`, None if
    base itself is that.
    """
    graph = dag(patch.operations)
    lineages = weave_in(patch.operations, graph, base, graph.everything)
    lives = lineages.lives(graph.everything, objects)
    # On its own base a patch is executed whole: it may do no more than spell the mode of a directory otherwise.
    if target.id != base.id and _stands_already(lives, base, target):
        return Plan(target, target, (), {})
    by_start = {life.start: life for life in lives if life.start is not None}
    inputs = Inputs(patch, base, target, objects, options or MergeOptions(), lineages, graph.everything, by_start, fork)
    draft = Draft(inputs)
    contents = Contents(inputs, draft)
    landing = Landing(inputs, draft, contents)
    # What leaves makes room for what comes.
    for life in sorted(lives, key=lambda life: (life.end is not None, life.start is None)):
        landing.land(life)
    landing.place_arrivals()
    if inputs.on_base:
        return _finished(draft, target.with_changes(objects, draft.changes, lineages.spellings(graph.everything)))
    landing.bring_along()
    if draft.disputed or draft.stirred:
        # Loaded here, like all that follows names and definitions: most merges need nothing of it.
        from git_dagpatch.engine.gathering import Gathering

        Gathering(inputs, draft, contents).gather()
    for collision in inputs.replay.collisions if inputs.replay is not None else ():
        draft.refuse(collision.symbol.path, collision.reason)
    return _replayed(draft, target.with_changes(objects, draft.changes))


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


def _replayed(draft: Draft, tree: Tree) -> Plan:
    """The merged `tree` with what the one side renamed, moved or replaced so in what the other brought."""
    inputs = draft.inputs
    reached = [
        Reach(one.path, one.line, inputs.mover(one.mover, one.source, one.name)) for one in draft.landed
    ] + draft.along
    unreached: list[Reach] = []
    for finish in (_renames, _imports, _patterns):
        done = finish(draft, tree)
        tree = tree.with_changes(inputs.objects, dict(_written(draft, tree, done)))
        reached += done.reached
        unreached += done.unreached
    return _finished(draft, tree, reached, unreached)


def _renames(draft: Draft, tree: Tree) -> Replayed:
    replay = draft.inputs.replay
    if replay is None:
        return Replayed()
    done = replay.finish(tree, draft.standings, draft.stages.keys(), draft.moved_lines)
    for path in done.unproved:
        draft.refuse(draft.standings[path].base, "what was renamed does not mean the same in the merged file")
    return done


def _imports(draft: Draft, tree: Tree) -> Replayed:
    inputs = draft.inputs
    base, sides = inputs.base, inputs.sides
    ends = [{standing[side]: path for path, standing in draft.standings.items()} for side in (OURS, THEIRS)]
    found = {
        side: suspected
        for side, mine, other, ends_of in zip((OURS, THEIRS), sides, sides[::-1], ends, strict=True)
        if (suspected := naming(base, mine, other, ends_of)) is not None
    }
    if not found:
        return Replayed()
    from git_dagpatch.engine.following import Following
    from git_dagpatch.engine.side import Side

    ours, theirs = map(Side.of, sides)
    following = Following(ours, theirs, lambda: inputs.moved, inputs.mover)
    result = Side(base, tree, {})
    return following.finish(result, draft.standings, draft.stages.keys(), draft.moved_lines, found)


def _patterns(draft: Draft, tree: Tree) -> Replayed:
    inputs = draft.inputs
    base, (ours, theirs) = inputs.base, inputs.sides
    both = [standing for standing in draft.standings.values() if None not in standing]
    if not any(is_changed(base, ours, standing.base, standing.ours) for standing in both):
        return Replayed()
    texts = replaced(base, ours, theirs, both)
    if not texts and not any(isinstance(one, StringReplace) for one in inputs.patch.operations):
        return Replayed()
    from git_dagpatch.engine.patterns import Patterns

    patterns = Patterns(ours, theirs, inputs.patch.operations, texts)
    return patterns.finish(Changed(base, tree, {}), draft.standings, draft.stages.keys())


def _written(draft: Draft, tree: Tree, done: Replayed) -> Iterator[tuple[bytes, Entry]]:
    """The files of `tree` that replay made something else of."""
    for path, text in done.texts.items():
        entry = tree.file(path)
        assert entry is not None
        yield path, Entry(entry.mode, draft.inputs.objects.add_blob(text))


def _finished(draft: Draft, tree: Tree, reached: Sequence[Reach] = (), unreached: Sequence[Reach] = ()) -> Plan:
    conflicts = sorted(draft.conflicts, key=lambda conflict: (conflict.path, conflict.lines or (0, 0)))
    reached, unreached = (sorted(some, key=lambda reach: (reach.path, reach.line)) for some in (reached, unreached))
    return Plan(draft.inputs.target, tree, conflicts, draft.stages, draft.settled, reached, unreached, draft.doubts)
