"""A series of patches as one: what cancels out is gone, what follows on itself is one step, all else keeps its meaning.

All operations are woven over the first base, as within one patch. Then groups are made of those that touch across
patches, and that no other operation keeps apart:

- a group that leaves every file as it was is dropped: an operation and its inverse, a file that came and went;
- one that a single operation says is that one: a rename to b and then to c, a file that is created and then changed;
- exact edits that touch are found anew, as one, from the text before and the text after them.

Everything else stays the operation that it was. What comes out is executed and compared as every patch is, so grouping
decides how the patch reads, and never what it makes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from git_dagpatch.discovery.files import find_spellings
from git_dagpatch.discovery.proposal import Proposal, Step
from git_dagpatch.discovery.residue import find_residue
from git_dagpatch.discovery.unfinished import Unfinished
from git_dagpatch.engine.as_one import bare, in_turn, on_one_file
from git_dagpatch.engine.execute import batches, by_closure, check_independent, execute, room
from git_dagpatch.engine.factor import assemble
from git_dagpatch.engine.graph import Told
from git_dagpatch.engine.lineage import Lineages, Passage
from git_dagpatch.engine.state import State
from git_dagpatch.model.codec import dag
from git_dagpatch.model.dag import mask_of, members
from git_dagpatch.model.effect import Appear, Change, Effect, Relocate, Rewrite, SetMode, Span, SpellDirectory, Vanish
from git_dagpatch.model.errors import WrongBase
from git_dagpatch.model.objects import Objects
from git_dagpatch.model.operation import (
    BinaryDelta,
    Copy,
    Edit,
    Operation,
)
from git_dagpatch.model.patch import Metadata, Patch
from git_dagpatch.model.paths import decode
from git_dagpatch.model.tree import Tree
from git_dagpatch.operations import kind_of


def compose(patches: Sequence[Patch], base: Tree, metadata: Metadata) -> Patch:
    """One patch on `base` that does what `patches` do one after the other, the first of them on `base`.

    Raises WrongBase where one of them does not start from what the one before it makes.
    """
    series = _Series(base)
    for patch in patches:
        series.add(patch)
    series.drop_files_that_end_as_they_began()
    series.unite()
    return assemble(base, series.tree, metadata, [*series.steps(), *series.spellings()])


def steps_of(patch: Patch, base: Tree) -> list[Step]:
    """The operations of one patch as steps, each in the state that those before it leave."""
    series = _Series(base)
    series.add(patch)
    return [*series.steps(), *series.spellings()]


class _Group(Struct, eq=False):
    """Operations that count as one."""

    members: int
    operation: Operation | None
    """What they say together; None for exact edits that are found anew, and where nothing is left."""
    gone: bool = False


class _Series:
    """The operations of all patches over the base of the first, in a topological order."""

    def __init__(self, base: Tree) -> None:
        self.base = base
        self.operations: list[Operation] = []
        self.patch_of: list[int] = []
        self.touched: list[int] = []
        """Per operation, the mask of those before it that it does not commute with."""
        self.asked: list[dict[int, str]] = []
        """Per operation, those that it needs besides, and why."""
        self.before: list[int] = []
        """Per operation, all that its group depends on."""
        self.after: list[int] = []
        """Per operation, all that depend on its group."""
        self.groups: list[_Group] = []
        self.lineages = Lineages(base)
        self.tree = base
        """What the patches make that were taken in."""
        self._told = Told(self.lineages)
        self._effects: dict[int, Effect] = {}

    @property
    def everything(self) -> int:
        return (1 << len(self.operations)) - 1

    def _woven(self) -> Tree:
        """What the lineages make. A directory that went and came again has its old spelling there."""
        return self.lineages.tree(self.everything, Objects(self.base.source))

    # Taking patches in

    def add(self, patch: Patch) -> None:
        """Take in the patch that comes next."""
        earlier = self.everything
        if self.tree.id != patch.base:
            raise WrongBase(
                f"The patch {patch.id[:12]} starts from the tree {patch.base[:12]}, but what comes before it makes "
                f"{self.tree.id[:12]}.",
                hint="Name the patches of a series in order. A range with merges is a series with --first-parent; "
                "patches on one base are united with --union.",
            )
        # In topological order, so that an operation comes after what it needs.
        order = dag(patch.operations).order
        operations = [patch.operations[number] for number in order]
        graph, offset = dag(operations), len(self.operations)
        self.operations += operations
        self.patch_of += [self.patch_of[-1] + 1 if self.patch_of else 0] * len(operations)
        self.touched += [0] * len(operations)
        copied = {}
        for closure, group in by_closure(graph, graph.everything):
            state = earlier | closure << offset
            files = State(self.lineages, state)
            effects = [
                (number + offset, kind_of(operations[number]).effect(operations[number], files)) for number in group
            ]
            copied.update({number + offset: self._copied(operations[number], state) for number in group})
            self._effects.update(effects)
            for batch in batches(effects):
                touched = self.lineages.add(batch, state)
                check_independent(self.operations, state, touched)
                for number, mask in touched.items():
                    self.touched[number] = mask
        for number, operation in enumerate(operations):
            self._link(number + offset, operation, graph.needs[number] << offset, copied[number + offset])
        made = self._woven()
        self.tree = made if made.id == patch.result else execute(patch.operations, self.tree, Objects(made.source))

    def _copied(self, operation: Operation, state: int) -> int:
        """The operations that made what `operation` copies."""
        if isinstance(operation, Copy) and not operation.symbol_kind:
            return self.lineages.makers(decode(operation.source), state)
        return self._told.copied(operation, state)

    def _link(self, number: int, operation: Operation, needs: int, copied: int) -> None:
        proposal = Proposal(operation, self._effects[number])
        reasons = operation.because or {}
        because = {need: reasons.get(str(self.operations[need].id), "") for need in members(needs)}
        told = (self._told.by(proposal) | copied) & ~(1 << number)
        self._told.add(proposal, number)
        self.asked.append(
            {need: because.get(need, "") for need in members((needs | told) & ~self.touched[number])},
        )
        direct = self.touched[number] | needs | told
        before = direct
        for need in members(direct):
            before |= self.before[need]
        self.before.append(before)
        self.after.append(0)
        for need in members(before):
            self.after[need] |= 1 << number
        # How modes of directories are written mostly follows from the files; what does not is found anew.
        spelled = all(isinstance(change, SpellDirectory) for change in proposal.effect.values())
        self.groups.append(_Group(1 << number, None, gone=True) if spelled else _Group(1 << number, operation))

    # What cancels out, and what is one step

    def drop_files_that_end_as_they_began(self) -> None:
        """Drop the operations on files that nothing happened to in the end, together with all that they touch."""
        parts = self._parts()
        for part in dict.fromkeys(parts):
            whole = self._with_what_is_between(part, parts)
            pair = whole.bit_count() == 2 and all(_is_plain(self.groups[number]) for number in members(whole))
            patches = {self.patch_of[number] for number in members(whole)}
            gone = any(self.groups[number].gone for number in members(whole))
            # Two exact edits that cancel out are seen when they are found anew.
            if len(patches) > 1 and not pair and not gone and self._is_nothing(whole):
                self._make_one(_Group(whole, None, gone=True))

    def _with_what_is_between(self, part: int, parts: Sequence[int]) -> int:
        """`part` with the parts of all that needs some of it and that some of it needs."""
        while between := self._between(part):
            for number in members(between):
                part |= parts[number]
        return part

    def _parts(self) -> list[int]:
        """Per operation, the mask of those that it touches, directly or through others."""
        root = list(range(len(self.operations)))

        def find(number: int) -> int:
            while root[number] != number:
                root[number] = number = root[root[number]]
            return number

        for number, mask in enumerate(self.touched):
            for other in members(mask):
                root[find(other)] = find(number)
        parts: dict[int, int] = defaultdict(int)
        for number in range(len(self.operations)):
            parts[find(number)] |= 1 << number
        return [parts[find(number)] for number in range(len(self.operations))]

    def unite(self) -> None:
        """Make groups until there is no more to gain."""
        for number, patch in enumerate(self.patch_of):
            while patch and not self.groups[number].gone and self._united(number):
                pass
        for number in range(len(self.operations)):
            self._drop_with_users(number)

    def _united(self, number: int) -> bool:
        """Whether the group of operation `number` was made one with a group that it touches."""
        own = self.groups[number]
        for other in sorted(members(self._touched_by(own.members)), reverse=True):
            group = self.groups[other]
            if group is own or group.gone or self.patch_of[other] == self.patch_of[number]:
                continue
            if self._can_be_one(group.members | own.members):
                found = self._combined(group, own)
                if found is not None:
                    self._make_one(found)
                    return True
        return False

    def _drop_with_users(self, number: int) -> None:
        """Drop an operation of several files with those that take it back in one file each."""
        group = self.groups[number]
        if group.gone or group.operation is None or len(self._effects[number]) < 2:
            return
        together = group.members
        for other in members(self.after[number]):
            if self._touched_by(self.groups[other].members) & group.members:
                together |= self.groups[other].members
        if together != group.members and self._can_be_one(together) and self._is_nothing(together):
            self._make_one(_Group(together, None, gone=True))

    def _touched_by(self, mask: int) -> int:
        touched = 0
        for number in members(mask):
            touched |= self.touched[number]
        return touched & ~mask

    def _can_be_one(self, mask: int) -> bool:
        """Whether nothing outside of `mask` comes between its operations."""
        return not self._between(mask)

    def _between(self, mask: int) -> int:
        """What needs some operation of `mask` and is needed by another one, outside of it."""
        before = after = 0
        for number in members(mask):
            before |= self.before[number]
            after |= self.after[number]
        return before & after & ~mask

    def _make_one(self, group: _Group) -> None:
        before, after = self._state(group.members), 0
        for number in members(group.members):
            after |= self.after[number]
            self.groups[number] = group
        after &= ~group.members
        for number in members(group.members):
            self.before[number], self.after[number] = before, after
        for number in members(after):
            self.before[number] |= before | group.members
        for number in members(before):
            self.after[number] |= after | group.members

    def _state(self, mask: int) -> int:
        """All that the operations of `mask` depend on."""
        before = 0
        for number in members(mask):
            before |= self.before[number]
        return before & ~mask

    def _is_nothing(self, mask: int) -> bool:
        """Whether the operations of `mask` together leave every file as it was."""
        state = self._state(mask)
        passages = self.lineages.passages(mask, state)
        before = {one.start: one.mode_before for one in passages if one.start is not None}
        after = {one.end: one.mode_after for one in passages if one.end is not None}
        if before != after:
            return False
        old = {one.start: self.lineages.text_of(one, state) for one in passages if one.start is not None}
        return all(self.lineages.text_of(one, state | mask) == old[one.end] for one in passages if one.end is not None)

    def _combined(self, first: _Group, second: _Group) -> _Group | None:
        """`first` and then `second` as one group, if there is one thing that they do."""
        mask = first.members | second.members
        if _is_plain(first) and _is_plain(second):
            return _Group(mask, None)
        if self._is_nothing(mask):
            return _Group(mask, None, gone=True)
        state = self._state(mask)
        passages = [one for one in self.lineages.passages(mask, state) if self._changes(one, mask, state)]
        followed = in_turn(first.operation, second.operation)
        if followed is not None:
            return self._proved(followed, mask, state, passages)
        if len(passages) != 1:
            return None
        if _is_plain(first) and self._stays_within(first.members, mask, state, passages[0]):
            return _Group(mask, None)
        text = self.lineages.text_of(passages[0], state | mask) if passages[0].end is not None else b""
        operation = on_one_file(first.operation, second.operation, passages[0], text)
        return None if operation is None else _Group(mask, operation)

    def _changes(self, one: Passage, mask: int, state: int) -> bool:
        return (one.start, one.mode_before) != (one.end, one.mode_after) or bool(
            one.start is not None and one.end is not None and self._spans(one, state, state | mask)
        )

    def _spans(self, one: Passage, before: int, after: int) -> tuple[Span, ...]:
        """What changes in the text, without what is put back as it was."""
        old = self.lineages.text_of(one, before)
        spans = self.lineages.change_of(one, before, after)
        return tuple(span for span in spans if old[span.start : span.end] != span.insert)

    def _proved(self, operation: Operation, mask: int, state: int, passages: Sequence[Passage]) -> _Group | None:
        """The group that does `operation`, if it is proved that it does."""
        if not all(one.start == one.end and one.start and one.mode_before == one.mode_after for one in passages):
            return None
        files = State(self.lineages, state)
        effect = {one.start: Rewrite(self._spans(one, state, state | mask)) for one in passages if one.start}
        recorded = kind_of(operation).record(operation, effect, files)
        return _Group(mask, operation) if kind_of(operation).holds(recorded, files) else None

    def _stays_within(self, first: int, mask: int, state: int, one: Passage) -> bool:
        """Whether the text that the edit `first` brings is all that the others of `mask` change."""
        if one.start is None or (one.start, one.mode_before) != (one.end, one.mode_after):
            return False
        places = {(span.start, span.end) for span in self.lineages.change_of(one, state, state | first)}
        return {(span.start, span.end) for span in self.lineages.change_of(one, state, state | mask)} <= places

    # What is left

    def steps(self) -> Iterator[Step]:
        """What is left of the series, each step in the state that those before it leave."""
        made: dict[int, tuple[Proposal, ...]] = {}
        done = 0
        for groups in self._levels():
            effects = self._effects_of(groups, done)
            rewrites = [item for item in effects if _only_rewrites(item[1])]
            said = [item for item in rewrites if item[0].operation is not None]
            for group, effect in said:
                made[id(group)] = (self._proposal(group, effect, made),)
            if said:
                yield tuple(made[id(group)][0] for group, _ in said)
            done |= _members(group for group, _ in said)
            anew = [group for group, _ in rewrites if group.operation is None]
            found = self._found_anew([group for group in anew if not group.gone], done, made)
            if found:
                yield found
            done |= _members(anew)
            rest = [item for item in effects if not _only_rewrites(item[1])]
            for group, _ in sorted(rest, key=room):
                ((_, effect),) = self._effects_of([group], done)
                made[id(group)] = (self._proposal(group, effect, made),)
                yield made[id(group)]
                done |= group.members

    def spellings(self) -> list[Step]:
        """The steps on how the modes of directories are written, after all others."""
        if not self.lineages.spells(self.everything) and self._woven().id == self.tree.id:
            return []
        made = Lineages(self.base)
        count = 0
        for step in self.steps():
            made.add([(count + at, proposal.effect) for at, proposal in enumerate(step)], (1 << count) - 1)
            count += len(step)
        return find_spellings(made.tree((1 << count) - 1, Objects(self.base.source)), self.tree)

    def _effects_of(self, groups: Sequence[_Group], state: int) -> list[tuple[_Group, Effect]]:
        """What each group does in `state`, which holds all that they need and none of them."""
        alone = self.lineages.express(_members(group for group in groups if _is_alone(group)), state)
        return [
            (group, alone[group.members.bit_length() - 1] if _is_alone(group) else self._effect(group, state))
            for group in groups
        ]

    def _levels(self) -> Iterator[list[_Group]]:
        """The groups by how long a way of dependencies leads to them."""
        level: dict[int, int] = {}
        levels: list[list[_Group]] = []
        groups = list({id(group): group for group in self.groups}.values())
        for group in sorted(groups, key=lambda one: self._state(one.members).bit_count()):
            own = 0
            for number in members(self._needs(group)):
                own = max(own, level[id(self.groups[number])] + 1)
            level[id(group)] = own
            if own == len(levels):
                levels.append([])
            levels[own].append(group)
        for found in levels:
            yield sorted(found, key=lambda one: one.members & -one.members)

    def _needs(self, group: _Group) -> int:
        needs = self._touched_by(group.members)
        for number in members(group.members):
            needs |= mask_of(self.asked[number])
        return needs & ~group.members

    def _effect(self, group: _Group, state: int) -> Effect:
        """What a group of several does in `state`; nothing is said of exact edits that will be found anew."""
        if group.operation is None:
            return {}
        effect: dict[bytes, Change] = {}
        after = state | group.members
        for one in self.lineages.passages(group.members, state):
            if one.start is None:
                if one.end is not None:
                    effect[one.end] = Appear(one.mode_after, self.lineages.text_of(one, after))
            elif one.end is None:
                effect[one.start] = Vanish()
            elif one.start != one.end:
                effect[one.start] = Relocate(one.end)
            elif one.mode_before != one.mode_after:
                effect[one.start] = SetMode(one.mode_after)
            elif spans := self._spans(one, state, after):
                effect[one.start] = Rewrite(spans)
        return effect

    def _found_anew(self, groups: Sequence[_Group], state: int, made: dict[int, tuple[Proposal, ...]]) -> Step:
        """The exact edits that do what `groups` do."""
        together = _members(groups)
        follows = [follow for group in groups for follow in self._follows(group, made)]
        found: list[Proposal] = []
        for one in self.lineages.passages(together, state):
            before, after = (self.lineages.text_of(one, mask) for mask in (state, state | together))
            if one.start is not None and before != after:
                for step in find_residue([Unfinished(one.start, before, after, one.mode_before)]):
                    found += [_following(proposal, follows) for proposal in step]
        made.update({id(group): tuple(found) for group in groups})
        return tuple(found)

    def _proposal(self, group: _Group, effect: Effect, made: dict[int, tuple[Proposal, ...]]) -> Proposal:
        assert group.operation is not None
        return _following(Proposal(bare(group.operation), effect), self._follows(group, made))

    def _follows(self, group: _Group, made: dict[int, tuple[Proposal, ...]]) -> list[tuple[Proposal, str]]:
        """What a group needs though their texts do not touch, and why."""
        found: dict[int, tuple[Proposal, str]] = {}
        for number in members(group.members):
            for need, reason in self.asked[number].items():
                found |= {id(one): (one, reason) for one in made.get(id(self.groups[need]), ())}
        return list(found.values())


def _members(groups: Iterable[_Group]) -> int:
    mask = 0
    for group in groups:
        mask |= group.members
    return mask


def _only_rewrites(effect: Effect) -> bool:
    return all(isinstance(change, Rewrite) for change in effect.values())


def _is_alone(group: _Group) -> bool:
    """Whether it is one operation of a patch as it was."""
    return not group.gone and group.members.bit_count() == 1


def _is_plain(group: _Group) -> bool:
    """Whether it is made of exact edits, whose meaning is no more than what they do."""
    return not group.gone and (group.operation is None or isinstance(group.operation, Edit | BinaryDelta))


def _following(proposal: Proposal, follows: Sequence[tuple[Proposal, str]]) -> Proposal:
    others, reasons = [one for one, _ in follows], [why for _, why in follows]
    return Proposal(proposal.operation, proposal.effect, tuple(others), reasons=tuple(reasons))
