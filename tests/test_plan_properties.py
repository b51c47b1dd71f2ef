"""Replay of any patch on any target: what always holds."""

from __future__ import annotations

from collections.abc import Mapping

from hypothesis import HealthCheck, assume, event, example, given, settings
from hypothesis import strategies as st

from git_dagpatch.alignment.files import correspond
from git_dagpatch.engine.factor import factor
from git_dagpatch.engine.plan import plan
from git_dagpatch.model.codec import decode, encode
from git_dagpatch.model.objects import Objects, Together
from git_dagpatch.model.operation import Move
from git_dagpatch.model.patch import Metadata, Patch
from git_dagpatch.model.plan import Plan
from git_dagpatch.model.strategy import ConflictStyle, MergeOptions, Strategy
from tests.strategies import Pair, files, mutated, pairs, paths, trees
from tests.trees import Files, Snapshot, clash, files_of, text, tree_id, tree_of

quick = settings(
    max_examples=60,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)

options = st.builds(MergeOptions, st.sampled_from(list(Strategy)), st.sampled_from(list(ConflictStyle)))


def patch_of(pair: Pair) -> Patch:
    return decode(encode(factor(tree_of(*pair.before), tree_of(*pair.after), Metadata())))


def planned(pair: Pair, target: Snapshot, chosen: MergeOptions | None = None) -> Plan:
    """The plan of the patch of `pair` on `target`, after checking what holds for every plan."""
    base, onto = tree_of(*pair.before), tree_of(*target)
    objects = Objects(Together(base.source, onto.source))
    outcome = plan(patch_of(pair), base, onto, objects, chosen)
    assert outcome.target.id == onto.id
    assert files_of(outcome.target) == target.files
    made = files_of(outcome.tree)  # Reads every object of the result.
    assert not any(clash(one, other) for one in made for other in made if one < other)
    assert set(outcome.stages) == {conflict.path for conflict in outcome.conflicts}
    assert outcome.changes_nothing is (not outcome.conflicts and outcome.tree.id == onto.id)
    return outcome


@st.composite
def pairs_and_targets(draw: st.DrawFn) -> tuple[Pair, Snapshot]:
    """A patch, and another tree that was made of its base, of its result, or of nothing it knows."""
    pair = draw(pairs())
    target = draw(mutated(pair.before.files) | mutated(pair.before.files) | mutated(pair.after.files) | trees())
    return pair, Snapshot(target, {})


def touched(pair: Pair) -> set[bytes]:
    """The paths at which the two trees differ."""
    before, after = pair.before.files, pair.after.files
    return {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}


ONLY_SPELLED = Pair(Snapshot({b"d/x": text(b"x\n")}, {}), Snapshot({b"d/x": text(b"x\n")}, {b"d": "040000"}))


@quick
@given(pairs(), options)
@example(ONLY_SPELLED, MergeOptions())
def test_on_its_own_base_a_patch_gives_its_result(pair: Pair, chosen: MergeOptions) -> None:
    outcome = planned(pair, pair.before, chosen)
    assert not outcome.conflicts
    assert outcome.tree.id == tree_id(*pair.after)


@quick
@given(pairs(), options)
def test_where_the_target_is_the_result_nothing_changes(pair: Pair, chosen: MergeOptions) -> None:
    outcome = planned(pair, pair.after, chosen)
    assert outcome.changes_nothing
    assert outcome.tree.id == tree_id(*pair.after)


@quick
@given(pairs(), trees(), options)
def test_where_the_result_stands_among_other_files_nothing_changes(
    pair: Pair, others: Files, chosen: MergeOptions
) -> None:
    target = Snapshot(pair.after.files | _beside(others, pair), pair.after.spellings)
    moved = {found.source for found in correspond(tree_of(*pair.before), tree_of(*target)).moved}
    # What the patch deletes may be there elsewhere: then the target moved it.
    assume(not moved & (pair.before.files.keys() - pair.after.files.keys()) - _moved(pair))
    assert planned(pair, target, chosen).changes_nothing


def _moved(pair: Pair) -> set[bytes]:
    """The paths that the patch moves files away from."""
    return {operation.source.encode() for operation in patch_of(pair).operations if isinstance(operation, Move)}


def _beside(others: Files, pair: Pair) -> Files:
    """Those of `others` that are in nobody's way."""
    mine = [*pair.before.files, *pair.after.files]
    return {path: file for path, file in others.items() if not any(clash(path, other) for other in mine)}


@quick
@given(pairs_and_targets(), options)
def test_no_file_that_the_patch_does_not_touch_is_changed(drawn: tuple[Pair, Snapshot], chosen: MergeOptions) -> None:
    pair, target = drawn
    outcome = planned(pair, target, chosen)
    made, own = files_of(outcome.tree), touched(pair)
    # What the target moved is changed where it stands there.
    moved = correspond(tree_of(*pair.before), tree_of(*target)).moved
    own |= {found.target for found in moved if found.source in own}
    # What a side adds to a directory that the other one moved goes along.
    along = {reach.path for reach in outcome.reached}
    own |= along | {path for path in target.files if any(path.endswith(end.rpartition(b"/")[2]) for end in along)}
    for path, file in target.files.items():
        if path not in own:
            assert made.get(path) == file
    assert made.keys() <= target.files.keys() | own
    event("conflicts" if outcome.conflicts else "clean")


@quick
@given(pairs(), st.data())
def test_changes_of_other_files_come_together(pair: Pair, data: st.DataObject) -> None:
    """The target changed files that the patch leaves alone, and added some."""
    base, after = pair.before.files, pair.after.files
    own = touched(pair)
    theirs = dict(base)
    for path in sorted(base.keys() - own):
        match data.draw(st.sampled_from(["keep", "change", "delete"])):
            case "change":
                theirs[path] = data.draw(files())
            case "delete":
                del theirs[path]
    new = data.draw(st.dictionaries(paths(), files(), max_size=2))
    for path, file in new.items():
        if not any(clash(path, other) for other in [*theirs, *after, *base]):
            theirs[path] = file
    expected = {path: file for path, file in theirs.items() if path not in own}
    expected |= {path: file for path, file in after.items() if path in own}
    outcome = planned(pair, Snapshot(theirs, {}))
    # What the target adds to a directory that the patch moved goes along.
    assume(not outcome.reached)
    assert not outcome.conflicts
    assert files_of(outcome.tree) == expected


@quick
@given(pairs_and_targets())
def test_strategies_decide_conflicts_and_nothing_else(drawn: tuple[Pair, Snapshot]) -> None:
    pair, target = drawn
    manual = planned(pair, target)
    outcomes: Mapping[Strategy, Plan] = {
        strategy: planned(pair, target, MergeOptions(strategy)) for strategy in Strategy if strategy != "manual"
    }
    in_conflict = {conflict.path for conflict in manual.conflicts}
    for outcome in outcomes.values():
        assert {conflict.path for conflict in outcome.conflicts} <= in_conflict
        if not manual.conflicts:
            assert outcome.tree.id == manual.tree.id


@quick
@given(pairs_and_targets(), options)
def test_a_plan_is_the_same_each_time(drawn: tuple[Pair, Snapshot], chosen: MergeOptions) -> None:
    one, other = planned(*drawn, chosen), planned(*drawn, chosen)
    assert (one.tree.id, one.conflicts, one.stages) == (other.tree.id, other.conflicts, other.stages)
