"""The trees between which a diff lies, and the operations that it stands for.

A diff may change one file more than once, as where several diffs were put into one text. So its changes are taken in
rounds: those of one round start together from the state that the round before left, which is what a single diff of git
means.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from git_dagpatch.alignment.files import Correspondence, Pair
from git_dagpatch.discovery.files import file_operations, find_comings_and_goings
from git_dagpatch.discovery.proposal import Step
from git_dagpatch.discovery.residue import find_residue
from git_dagpatch.interchange.binary import Budget
from git_dagpatch.interchange.changes import FileChange, Verb
from git_dagpatch.interchange.preimage import FindContent, Preimage, Preimages, Version
from git_dagpatch.model.errors import InvalidPatch
from git_dagpatch.model.objects import FILE, Entry, Objects
from git_dagpatch.model.paths import encode
from git_dagpatch.model.tree import Tree, make_entry, read_entry

MAX_ROUNDS = 1000
"""How often a diff may change one file."""


class Resolved(Struct, frozen=True):
    """What a diff means for a tree."""

    before: Tree
    """The target with what the diff was made on in place of what does not fit."""
    after: Tree
    steps: Sequence[Step]
    differing: Sequence[bytes]
    """Paths whose content, made on the blob that the diff names, is not the one that the diff names as its result: the
    diff was edited by hand, or damaged on its way."""


def resolve(
    changes: Sequence[FileChange], target: Tree, objects: Objects, find_content: FindContent, budget: Budget
) -> Resolved:
    """What `changes` mean for `target`. New objects are kept in `objects`, which lies over the target's source.

    Raises AmbiguousPlace, WrongBase, InvalidPatch.
    """
    resolver = _Resolver(target, objects, Preimages(objects.algorithm, find_content, budget), budget)
    waiting = changes
    for _ in range(MAX_ROUNDS):
        waiting = resolver.take_round(waiting)
        if not waiting:
            return Resolved(resolver.before, resolver.state, resolver.steps, resolver.differing)
    raise InvalidPatch(f"The patch changes one file more than {MAX_ROUNDS:,} times, which is more than is accepted.")


_LEAVES = (Verb.MODIFY, Verb.DELETE, Verb.RENAME)
"""What starts from a file that stays the source of nothing else; a copy leaves it as it is."""


class _Round:
    """Changes that start together from `state`."""

    def __init__(self, state: Tree) -> None:
        self.state = state
        self.changes: list[FileChange] = []
        self._left: set[bytes] = set()
        self._made: set[bytes] = set()
        self._in_order = True
        """Whether the targets stand in the order of their names, as in a single diff of git."""

    def take(self, change: FileChange) -> bool:
        """Take `change` in, unless it starts from what another one of the round makes."""
        change = self._settled(change)
        if self.changes and self._follows(change):
            return False
        self._in_order = self._in_order and (not self.changes or self.changes[-1].target <= change.target)
        if change.verb is Verb.COPY and change.source in self._made and not self._in_order:
            raise InvalidPatch(
                f"The patch copies {encode(change.source)!r}, which it changes above; "
                "whether the copy is of what stood there before cannot be told.",
                hint="Apply the diffs that were put into this text one after the other.",
            )
        self.changes.append(change)
        if change.verb in _LEAVES:
            self._left.add(change.source)
        if change.verb is not Verb.DELETE:
            self._made.add(change.target)
        return True

    def _follows(self, change: FileChange) -> bool:
        if change.commit != self.changes[0].commit or (change.verb is not Verb.DELETE and change.target in self._made):
            return True
        if change.verb in _LEAVES and change.source in self._left:
            return True
        # What is renamed or copied is what stood there before, if anything did: chains of renames are one diff.
        of_before = change.verb in (Verb.RENAME, Verb.COPY) and self.state.file(change.source) is not None
        return change.verb is not Verb.CREATE and change.source in self._made and not of_before

    def _settled(self, change: FileChange) -> FileChange:
        """A change that depends on whether its file is there, made definite."""
        creates = change.may_create and self.state.file(change.source) is None
        return replace(change, verb=Verb.CREATE) if creates else change

    def sources(self) -> dict[bytes, list[FileChange]]:
        """Path → the changes that start from its file."""
        sources: dict[bytes, list[FileChange]] = {}
        for change in self.changes:
            if change.verb is not Verb.CREATE:
                sources.setdefault(change.source, []).append(change)
        return sources

    def vacated(self) -> set[bytes]:
        return {change.source for change in self.changes if change.verb in (Verb.DELETE, Verb.RENAME)}

    def arriving(self) -> list[FileChange]:
        """The changes that let a file stand where none stood."""
        return [change for change in self.changes if change.verb in (Verb.CREATE, Verb.RENAME, Verb.COPY)]

    def touched(self) -> set[bytes]:
        return self._left | self._made

    def correspondence(self) -> Correspondence:
        """How the files before become those after, as the diff says."""
        by_verb: dict[Verb, list[FileChange]] = {verb: [] for verb in Verb}
        for change in self.changes:
            by_verb[change.verb].append(change)
        pairs = {
            verb: sorted(Pair(change.source, change.target, change.similarity) for change in by_verb[verb])
            for verb in (Verb.RENAME, Verb.COPY)
        }
        return Correspondence(
            kept=sorted(change.target for change in by_verb[Verb.MODIFY]),
            moved=pairs[Verb.RENAME],
            copied=pairs[Verb.COPY],
            deleted=sorted(change.source for change in by_verb[Verb.DELETE]),
            created=sorted(change.target for change in by_verb[Verb.CREATE]),
        )


class _Resolver:
    def __init__(self, target: Tree, objects: Objects, preimages: Preimages, budget: Budget) -> None:
        self.before = self.state = Tree(objects, target.id)
        self.steps: list[Step] = []
        self.differing: list[bytes] = []
        self._objects = objects
        self._preimages = preimages
        self._budget = budget
        self._touched: set[bytes] = set()
        """The paths that an earlier round changed."""

    def take_round(self, changes: Sequence[FileChange]) -> Sequence[FileChange]:
        """Take in as many of the changes, from the first on, as start together; the rest."""
        together = _Round(self.state)
        taken = next((number for number, change in enumerate(changes) if not together.take(change)), len(changes))
        overrides = self._room(together)
        preimages = {path: self._preimage(path, users, overrides) for path, users in together.sources().items()}
        if overrides:
            self.before = self.before.with_changes(self._objects, overrides)
            self.state = self.state.with_changes(self._objects, overrides)
        after = self.state.with_changes(self._objects, self._results(together, preimages))
        steps, unfinished = file_operations(self.state, after, together.correspondence())
        whole, unfinished = find_comings_and_goings(unfinished)
        self.steps += [*steps, *whole, *find_residue(unfinished)]
        self.state = after
        self._touched |= together.touched()
        return changes[taken:]

    def _room(self, together: _Round) -> dict[bytes, Entry | None]:
        """The paths that have to be free. What the diff creates was not there when it was made; a merge will tell
        whether what stands there now is the same."""
        vacated = together.vacated()
        occupied = [
            change.target
            for change in together.arriving()
            if change.target not in vacated and self.state.file(change.target) is not None
        ]
        for path in occupied:
            if path in self._touched or path in together.sources():
                raise InvalidPatch(f"The patch lets a file arrive at {encode(path)!r}, where it has another one stand.")
        return dict.fromkeys(occupied)

    def _preimage(self, path: bytes, users: Sequence[FileChange], overrides: dict[bytes, Entry | None]) -> Preimage:
        """The preimage of one file; noted in `overrides` if it is not what stands there."""
        entry = self.state.file(path)
        here = Version(entry.mode, read_entry(self._objects, entry)) if entry else None
        found = self._preimages.find(path, users, here, pinned=path in self._touched)
        self._budget.take(sum(len(result) for result in found.results))
        if found.version != here:
            overrides[path] = make_entry(self._objects, found.version.mode, found.version.content)
        return found

    def _results(self, together: _Round, preimages: Mapping[bytes, Preimage]) -> dict[bytes, Entry | None]:
        """What stands at each path after the round."""
        results: dict[bytes, Entry | None] = dict.fromkeys(together.vacated())
        for change in together.changes:
            if change.verb is Verb.CREATE:
                content = self._preimages.created(change)
                self._budget.take(len(content))
                results[change.target] = make_entry(self._objects, change.new_mode or FILE, content)
        for path, users in together.sources().items():
            for change, content in zip(users, preimages[path].results, strict=True):
                if change.verb is not Verb.DELETE:
                    results[change.target] = self._result(change, preimages[path], content)
        return results

    def _result(self, change: FileChange, preimage: Preimage, content: bytes) -> Entry:
        mode = change.new_mode or preimage.version.mode
        old = self.state.file(change.source)
        if old is not None and content == preimage.version.content:
            return Entry(mode, old.oid)
        if preimage.known and self._preimages.differs(change, mode, content):
            self.differing.append(change.target)
        return make_entry(self._objects, mode, content)
