"""Which definitions went elsewhere, or changed places with their siblings? What changed inside is left to other stages.

Each is taken only where it leaves less to read: a line for the operation and what differs inside, in place of the lines
that a plain diff shows there. Where a definition goes into a new file or class, the rest of that comes first, as a
`create` or an `edit`, so that the definition finds its place.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence, Set
from typing import NamedTuple

from msgspec import Struct, field
from msgspec.structs import replace

from git_dagpatch.alignment.lines import distance
from git_dagpatch.discovery.copies import Copied, find_copied
from git_dagpatch.discovery.placing import Placing
from git_dagpatch.discovery.proposal import Claim, Proposal, Step, claim_of
from git_dagpatch.discovery.reorder import Reordered, find_reordered
from git_dagpatch.discovery.symbols import Paired, Symbol, paired_symbols
from git_dagpatch.discovery.unfinished import Unfinished
from git_dagpatch.discovery.variables import pair_variables
from git_dagpatch.languages.language import CONTAINERS, VARIABLES
from git_dagpatch.model.effect import Effect, Rewrite, rewrite
from git_dagpatch.model.objects import SUBMODULE, SYMLINK
from git_dagpatch.model.operation import Copy, Move, Reorder
from git_dagpatch.model.paths import join_target

log = logging.getLogger(__name__)


def find_moves(unfinished: Sequence[Unfinished], refused: Set[Claim]) -> tuple[list[Step], list[Unfinished]]:
    """The definitions that moved and those that changed places, and what is left to explain after them.

    What comes to a name that another definition has there waits: a rename may free it.
    """
    return _find(unfinished, refused, waiting=True)


def find_late_moves(unfinished: Sequence[Unfinished], refused: Set[Claim]) -> tuple[list[Step], list[Unfinished]]:
    """The same after the renames, where nothing waits any more."""
    return _find(unfinished, refused, waiting=False)


def _find(
    unfinished: Sequence[Unfinished], refused: Set[Claim], *, waiting: bool
) -> tuple[list[Step], list[Unfinished]]:
    files = {file.path: file for file in unfinished if _takes_part(file)}
    steps: list[Step] = []
    for paired in paired_symbols([(file.path, file.now, file.wanted) for file in files.values()]):
        for group in _groups(paired, refused, waiting=waiting):
            taken = _taken(paired, files, group)
            if taken is None and group.copied:
                taken = _taken(paired, files, replace(group, copied=[]))
            if taken is not None:
                steps += taken.steps
                files |= taken.files
    return steps, [left for file in unfinished if (left := files.get(file.path, file)).is_left]


def _takes_part(file: Unfinished) -> bool:
    """Whether it is a text file of whole lines, neither symlink nor submodule."""
    return (
        file.is_text
        and file.mode not in (SYMLINK, SUBMODULE)
        and all(not text or text.endswith(b"\n") for text in (file.now, file.wanted))
    )


class _Taken(NamedTuple):
    """The steps of some moves, and the files that they change as they are after them."""

    steps: list[Step]
    files: dict[bytes, Unfinished]


class _Group(Struct):
    """Moves and copies whose files touch each other, so that they are taken or left together."""

    moved: list[Symbol] = field(default_factory=list)
    copied: list[Copied] = field(default_factory=list)
    reordered: list[Reordered] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.moved) + len(self.copied) + len(self.reordered)

    def without(self, lost: Set[Symbol]) -> _Group:
        return _Group(
            [old for old in self.moved if old not in lost],
            [copy for copy in self.copied if copy.new not in lost],
            [group for group in self.reordered if lost.isdisjoint(group.displaced)],
        )


def _groups(paired: Paired, refused: Set[Claim], *, waiting: bool) -> list[_Group]:
    """All that may be worth it and is not `refused`, in the order of the files."""
    pair_variables(paired)
    found: list[tuple[set[bytes], _Group]] = [
        ({old.path, new.path}, _Group(moved=[old]))
        for old, new in paired.new_of.items()
        if _can_move(paired, old)
        and (paired.is_free(new) or not waiting)
        and _pays(paired, old)
        and claim_of(_move(paired, old)) not in refused
    ]
    found += [
        ({copy.source.path, copy.new.path}, _Group(copied=[copy]))
        for copy in find_copied(paired)
        if claim_of(_copy(paired, copy)) not in refused
    ]
    found += [
        ({group.siblings[0].path}, _Group(reordered=[group]))
        for group in find_reordered(paired)
        if claim_of(_reorder(group)) not in refused
    ]
    return _connected(found)


def _connected(found: Iterable[tuple[set[bytes], _Group]]) -> list[_Group]:
    """The groups that share a file, joined."""
    joined: list[tuple[set[bytes], _Group]] = []
    for paths, group in found:
        apart: list[tuple[set[bytes], _Group]] = []
        touching: list[tuple[set[bytes], _Group]] = []
        for other in joined:
            (apart if other[0].isdisjoint(paths) else touching).append(other)
        groups = [*(other for _, other in touching), group]
        whole = _Group(
            [old for one in groups for old in one.moved],
            [copy for one in groups for copy in one.copied],
            [siblings for one in groups for siblings in one.reordered],
        )
        joined = [*apart, (paths.union(*(other for other, _ in touching)), whole)]
    return [group for _, group in sorted(joined, key=lambda one: min(one[0]))]


def _taken(paired: Paired, files: dict[bytes, Unfinished], group: _Group) -> _Taken | None:
    """What of `group` finds its place; None if there is nothing, or if all of it together does not pay."""
    while group:
        placing = Placing(
            paired, files, [*group.moved, *(old for one in group.reordered for old in one.displaced)], group.copied
        )
        steps = _steps(paired, placing, group)
        if not placing.agrees:
            log.debug("moves: definitions change places in turns; left to edits")
            return None
        lost = placing.lost()
        if not lost:
            after = placing.after()
            cost = placing.cost + len(group) + _left(after)
            plain = _left(placing.before) + sum(map(paired.falls, group.moved))
            return _Taken(steps, after) if cost < plain else None
        log.debug("moves: %d definitions do not find their place", len(lost))
        group = group.without(lost)
    return None


def _left(files: dict[bytes, Unfinished]) -> int:
    return sum(distance(file.now, file.wanted) for file in files.values())


def _can_move(paired: Paired, old: Symbol) -> bool:
    """Whether `old` is in another place than before, and all that holds it there stays where it is, or is new."""
    if paired.stays(old):
        return False
    within = paired.new.parent[paired.new_of[old]]
    while within is not None:
        before = paired.old_of.get(within)
        # An attribute may be set by a method.
        if within.body.kind not in CONTAINERS and old.body.kind not in VARIABLES:
            return False
        if not (paired.is_free(within) if before is None else paired.stays(before)):
            return False
        within = paired.new.parent[within]
    return True


def _pays(paired: Paired, old: Symbol) -> bool:
    """Whether the move and what is left inside are less to read than the definition without it.

    The lines of a constant or an attribute may have to be read anyway, where what holds it is new, so that is left to
    the whole.
    """
    new = paired.new_of[old]
    cost = 1 + distance(paired.indented(old.body.text, new), new.body.text)
    return cost < paired.shown(old, new) + paired.falls(old) + (old.body.kind in VARIABLES)


def _steps(paired: Paired, placing: Placing, group: _Group) -> list[Step]:
    """The operations in an order in which each finds its place."""
    steps = placing.skeletons()
    if group.copied:
        copies = [_copy(paired, copied) for copied in group.copied]
        steps.append(tuple(map(Proposal, copies, placing.duplicate())))
    for inner_first in placing.rounds(group.moved):
        effects = placing.carry([[old] for old in inner_first])
        steps.append(tuple(map(Proposal, [_move(paired, old) for old in inner_first], effects)))
    if group.reordered:
        texts = [placing.text(siblings.displaced[0].path) for siblings in group.reordered]
        effects = placing.carry([siblings.displaced for siblings in group.reordered])
        placing.cost += sum(_to_read(paired, *reorder) for reorder in zip(group.reordered, texts, effects, strict=True))
        steps.append(tuple(map(Proposal, map(_reorder, group.reordered), effects)))
    return steps


def _to_read(paired: Paired, group: Reordered, text: bytes, effect: Effect) -> int:
    """The lines of a reorder that have to be read because nothing proves that the order means nothing."""
    first = group.siblings[0]
    change = effect.get(first.path)
    after = rewrite(text, change.spans) if isinstance(change, Rewrite) else text
    owner = first.body.name.rpartition(".")[0]
    proved = paired.language.may_change_places(text, after, owner)
    return 0 if proved else sum(old.size for old in group.displaced)


def _move(paired: Paired, old: Symbol) -> Move:
    new = paired.new_of[old]
    return Move(
        source=join_target(old.path, old.body.name),
        target=join_target(new.path, paired.name(new)),
        symbol_kind=old.body.kind,
        after=join_target(new.path, paired.name_before(new)),
    )


def _copy(paired: Paired, copied: Copied) -> Copy:
    source, new, _ = copied
    return Copy(
        source=join_target(source.path, source.body.name),
        target=join_target(new.path, paired.name(new)),
        symbol_kind=new.body.kind,
        after=join_target(new.path, paired.name_before(new)),
    )


def _reorder(group: Reordered) -> Reorder:
    first = group.siblings[0]
    return Reorder(
        target=join_target(first.path, first.body.name.rpartition(".")[0]),
        siblings=[sibling.body.own_name for sibling in group.siblings],
        order=group.order,
    )
