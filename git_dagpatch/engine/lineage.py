"""The files of a tree through a set of operations: where each one stands, in what mode, with what text, in any state.

A lineage is one file's life: it stands in base or is brought by an operation, and keeps its identity when it moves.
States are masks of operations that are closed under dependency; effects are given and asked for in such states.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from msgspec import Struct, field

from git_dagpatch.engine.weave import ORIGINAL, Weave
from git_dagpatch.model.dag import members
from git_dagpatch.model.effect import Appear, Change, Effect, Relocate, Rewrite, SetMode, Span, SpellDirectory, Vanish
from git_dagpatch.model.errors import WrongBase
from git_dagpatch.model.objects import DIRECTORY, SUBMODULE, SYMLINK, Entry, Objects
from git_dagpatch.model.operation import Operation
from git_dagpatch.model.paths import encode, parents
from git_dagpatch.model.tree import Tree, make_entry


class _Lineage(Struct):
    """One file's life. Lists hold (operation, value) in an order that every state agrees with."""

    places: list[tuple[int, bytes | None]]
    """Where it came to stand; None where it went. The first is where it came into being."""
    modes: list[tuple[int, str]]
    content: bytes | None = None
    """What an operation brought, or None for a file of base, which is read when asked for."""
    weave: Weave | None = None
    rewriters: int = 0
    """Mask of the operations that changed its text."""

    def path(self, state: int) -> bytes | None:
        """Where it stands in `state`, or None if it does not."""
        return next((place for number, place in reversed(self.places) if _holds(state, number)), None)

    def mode(self, state: int) -> str:
        """The mode in `state`; where it is not there yet, the one that it comes into being with."""
        return next((mode for number, mode in reversed(self.modes) if _holds(state, number)), self.modes[0][1])

    def bringer(self) -> int:
        return self.places[0][0]

    def touched(self) -> bool:
        """Whether any operation changes it."""
        return len(self.places) > 1 or len(self.modes) > 1 or bool(self.rewriters) or self.bringer() != ORIGINAL

    def passed(self, path: bytes) -> int:
        """The operations that put it where it would keep a file from standing at `path`, or took it away from there."""
        clashes = [place is not None and _clash(place, path) for _, place in self.places]
        came_or_went = zip(self.places, clashes, [False, *clashes], strict=False)
        return _numbers([place for place, here, before in came_or_went if here or before])


def _latest(values: Sequence[tuple[int, str]], state: int) -> str:
    """The last value that an operation of `state` set."""
    return next(value for number, value in reversed(values) if _holds(state, number))


def _holds(state: int, number: int) -> bool:
    return number < 0 or bool(state >> number & 1)


class Life(Struct, frozen=True):
    """What became of one file between base and a state."""

    start: bytes | None
    """Its path in base, None if it was not there."""
    end: bytes | None
    """Its path in the state, None if it is not there."""
    entry: Entry | None
    """What stands at `end`."""
    operations: int
    """Mask of the operations on it."""
    lineage: _Lineage


class Brought(NamedTuple):
    """A file with what operations brought into it."""

    path: bytes
    before: bytes
    """Its text in base, empty if it was not there."""
    after: bytes
    pieces: list[tuple[int, int, int]]
    """Start, end and operation of what was brought, in order."""
    arrived: int
    """The operation that put it where it stands, ORIGINAL if it stood there in base."""


class Passage(Struct, frozen=True):
    """One file before and after some operations."""

    lineage: _Lineage
    start: bytes | None
    """Its path before, None if it was not there."""
    end: bytes | None
    mode_before: str
    """Where it was not there, the one that it came into being with."""
    mode_after: str


class Lineages(Struct):
    """All lineages over one base tree."""

    base: Tree
    _by_place: dict[bytes, list[_Lineage]] = field(default_factory=lambda: defaultdict(list))
    """Path → the lineages that ever stood there, of those that an operation touched."""
    _below: dict[bytes, list[_Lineage]] = field(default_factory=lambda: defaultdict(list))
    """Directory → the lineages that ever stood anywhere under it."""
    _of_operation: dict[int, list[_Lineage]] = field(default_factory=lambda: defaultdict(list))
    _all: list[_Lineage] = field(default_factory=list)
    _spellings: dict[bytes, list[tuple[int, str]]] = field(default_factory=dict)
    """Directory → how its mode was written, by base first and then by operations."""
    operations: Sequence[Operation] = ()
    """What the effects are of, each after those that it needs, where that is known."""
    everything: int = 0
    """The mask of all operations that were taken in."""

    def add(self, effects: Sequence[tuple[int, Effect]], state: int) -> dict[int, int]:
        """Take in operations by their effects in `state`; several at once only if all they do is rewrite text.

        Returns, per operation, the mask of those that it does not commute with. Raises WrongBase if an effect does not
        fit.
        """
        touched: dict[int, int] = defaultdict(int)
        rewrites: dict[int, tuple[_Lineage, list[tuple[int, tuple[Span, ...]]]]] = {}
        for number, effect in effects:
            self.everything |= 1 << number
            for path, change in effect.items():
                if isinstance(change, Appear):
                    touched[number] |= self._appear(number, path, change, state)
                    continue
                if isinstance(change, SpellDirectory):
                    spellings = self._spellings.setdefault(path, [(ORIGINAL, self._spelling(path))])
                    touched[number] |= _numbers(spellings)
                    spellings.append((number, change.mode))
                    continue
                lineage = self._standing(path, state)
                self._of_operation[number].append(lineage)
                touched[number] |= self._file_level(lineage)
                match change:
                    case Rewrite(spans):
                        rewrites.setdefault(id(lineage), (lineage, []))[1].append((number, spans))
                    case SetMode(mode):
                        touched[number] |= _numbers(lineage.modes)
                        lineage.modes.append((number, mode))
                    case Vanish():
                        touched[number] |= _numbers(lineage.places) | _numbers(lineage.modes) | lineage.rewriters
                        lineage.places.append((number, None))
                    case Relocate(target):
                        touched[number] |= _numbers(lineage.places)
                        touched[number] |= self._occupy(lineage, target, state)
                        lineage.places.append((number, target))
                    case _:  # pragma: no cover
                        raise AssertionError(change)
        for lineage, changes in rewrites.values():
            for number, mask in self._weave(lineage).add(changes, state).items():
                touched[number] |= mask
            for number, _ in changes:
                lineage.rewriters |= 1 << number
        return {number: touched[number] & ~(1 << number) for number, _ in effects}

    def _appear(self, number: int, path: bytes, change: Appear, state: int) -> int:
        lineage = _Lineage([(number, path)], [(number, change.mode)], change.content)
        touched = self._occupy(lineage, path, state)
        self._all.append(lineage)
        self._of_operation[number].append(lineage)
        return touched

    def _spelling(self, path: bytes) -> str:
        entry = self.base.entry(path)
        return entry.mode if entry is not None and entry.is_directory else DIRECTORY

    def _file_level(self, lineage: _Lineage) -> int:
        """The operations on `lineage` that nothing else on it commutes with: its beginning and its end."""
        ends = [number for number, place in lineage.places if place is None]
        return _numbers([*lineage.places[:1], *((number, None) for number in ends)])

    def _occupy(self, newcomer: _Lineage, path: bytes, state: int) -> int:
        """Let `newcomer` stand at `path`; the operations that made room there."""
        touched = 0
        for neighbour in self._contenders(path, newcomer):
            where = neighbour.path(state)
            if where is not None and _clash(where, path):
                raise WrongBase(
                    f"A file would be written at {encode(path)!r}, but one stands at {encode(where)!r}.",
                    hint="Nothing is overwritten; move that file away first.",
                )
            touched |= neighbour.passed(path)
        self._register(newcomer, path)
        return touched

    def _contenders(self, path: bytes, newcomer: _Lineage) -> list[_Lineage]:
        """All lineages that ever stood at `path`, above it or below it."""
        for place in (path, *parents(path)):
            if place not in self._by_place and self.base.file(place) is not None:
                self._standing(place, 0)
        standing = self.base.entry(path)
        if standing is not None and standing.is_directory:
            for place, _ in list(self.base.files(path)):
                if place not in self._by_place:
                    self._standing(place, 0)
        found = [*self._below.get(path, ())]
        for place in (path, *parents(path)):
            found += self._by_place.get(place, ())
        return [lineage for lineage in found if lineage is not newcomer]

    def _register(self, lineage: _Lineage, path: bytes) -> None:
        self._by_place[path].append(lineage)
        for directory in parents(path):
            self._below[directory].append(lineage)

    def _standing(self, path: bytes, state: int) -> _Lineage:
        """The lineage that stands at `path` in `state`."""
        lineage = self._find(path, state)
        if lineage is None:
            raise WrongBase(
                f"The patch changes {encode(path)!r}, but no file stands there.",
                hint="The patch was made for another tree.",
            )
        return lineage

    def _find(self, path: bytes, state: int) -> _Lineage | None:
        for lineage in self._by_place.get(path, ()):
            if lineage.path(state) == path:
                return lineage
        entry = self.base.file(path)
        if entry is None or any(lineage.places[0] == (ORIGINAL, path) for lineage in self._by_place.get(path, ())):
            return None
        lineage = _Lineage([(ORIGINAL, path)], [(ORIGINAL, entry.mode)])
        self._all.append(lineage)
        self._register(lineage, path)
        return lineage

    def _weave(self, lineage: _Lineage) -> Weave:
        if lineage.weave is None:
            place = lineage.places[0][1]
            content = lineage.content
            if content is None and place is not None:
                content = self.base.read(place)
            lineage.weave = Weave(content or b"", lineage.bringer())
        return lineage.weave

    def _text(self, lineage: _Lineage, state: int) -> bytes:
        if lineage.weave is None and lineage.content is not None:
            return lineage.content
        return self._weave(lineage).text(state)

    def read(self, path: bytes, state: int) -> bytes:
        """The content of the file that stands at `path` in `state`. Raises WrongBase if none does."""
        return self._text(self._standing(path, state), state)

    def mode(self, path: bytes, state: int) -> str:
        """The mode of the file that stands at `path` in `state`. Raises WrongBase if none does."""
        return self._standing(path, state).mode(state)

    def express(self, wanted: int, state: int) -> dict[int, dict[bytes, Change]]:
        """Per operation of the mask `wanted`, its effect in `state`, which holds what each needs and none of them."""
        effects: dict[int, dict[bytes, Change]] = {}
        seen: set[int] = set()
        for number in members(wanted):
            own = effects.setdefault(number, {})
            for lineage in self._of_operation[number]:
                path = lineage.path(state)
                for bringer, place in lineage.places:
                    if bringer != number:
                        continue
                    if place is None:
                        own[_present(path)] = Vanish()
                    elif bringer == lineage.bringer():
                        own[place] = Appear(lineage.modes[0][1], lineage.content or b"")
                    else:
                        own[_present(path)] = Relocate(place)
                for setter, mode in lineage.modes[1:]:
                    if setter == number:
                        own[_present(path)] = SetMode(mode)
                if lineage.rewriters & wanted and id(lineage) not in seen:
                    seen.add(id(lineage))
                    for other, spans in self._weave(lineage).express(wanted & lineage.rewriters, state).items():
                        effects.setdefault(other, {})[_present(path)] = Rewrite(tuple(spans))
        for path, spellings in self._spellings.items():
            for number, mode in spellings[1:]:
                if wanted >> number & 1:
                    effects.setdefault(number, {})[path] = SpellDirectory(mode)
        return effects

    def undo(self, number: int, state: int) -> dict[bytes, Change]:
        """The effect that takes operation `number` out of `state`, which holds it and none that needs it."""
        without = state & ~(1 << number)
        effect: dict[bytes, Change] = {}
        for lineage in self._of_operation[number]:
            before, after = lineage.path(without), lineage.path(state)
            if after is None:
                effect[_present(before)] = Appear(lineage.mode(without), self._text(lineage, without))
            elif before is None:
                effect[after] = Vanish()
            elif before != after:
                effect[after] = Relocate(before)
            elif lineage.mode(without) != lineage.mode(state):
                effect[after] = SetMode(lineage.mode(without))
            else:
                effect[after] = Rewrite(tuple(self._weave(lineage).undo(number, state)))
        for path, spellings in self._spellings.items():
            if any(setter == number for setter, _ in spellings):
                effect[path] = SpellDirectory(_latest(spellings, without))
        return effect

    def passages(self, operations: int, state: int) -> list[Passage]:
        """The files that the mask `operations` is about, from `state`, which holds none of them, to it and them all."""
        after = state | operations
        found = {id(lineage): lineage for number in members(operations) for lineage in self._of_operation[number]}
        return [
            Passage(lineage, lineage.path(state), lineage.path(after), lineage.mode(state), lineage.mode(after))
            for lineage in found.values()
        ]

    def standing(self, path: bytes, state: int) -> Passage:
        """The file that stands at `path` in `state`, before and after nothing. Raises WrongBase if none does."""
        mode = self.mode(path, state)
        return Passage(self._standing(path, state), path, path, mode, mode)

    def text_of(self, passage: Passage, state: int) -> bytes:
        """The content in `state` of the file of `passage`."""
        return self._text(passage.lineage, state)

    def path_of(self, passage: Passage, state: int) -> bytes | None:
        """Where the file of `passage` stands in `state`, None if it does not."""
        return passage.lineage.path(state)

    def change_of(self, passage: Passage, before: int, after: int) -> tuple[Span, ...]:
        """What changes in the text of the file of `passage` between two states."""
        return tuple(self._weave(passage.lineage).change(before, after)) if passage.lineage.rewriters else ()

    def follow(self, passage: Passage, position: int, before: int, after: int) -> int:
        """Where the byte `position` of the file of `passage` in the state `before` stands in `after`, or stood last."""
        lineage = passage.lineage
        return self._weave(lineage).follow(position, before, after) if lineage.rewriters else position

    def spells(self, operations: int) -> bool:
        """Whether any of the mask `operations` says how the mode of a directory is written."""
        return any(operations >> number & 1 for modes in self._spellings.values() for number, _ in modes[1:])

    def makers(self, path: bytes, state: int) -> int:
        """The operations of `state` that made the file what stands at `path`. Raises WrongBase if none does."""
        lineage = self._standing(path, state)
        return (_numbers(lineage.places) | _numbers(lineage.modes) | lineage.rewriters) & state

    def undo_rewrites(self, numbers: int, state: int) -> dict[int, dict[bytes, Rewrite]]:
        """The same for each operation of the mask `numbers`: all they do is rewrite text, and none needs another."""
        effects: dict[int, dict[bytes, Rewrite]] = {number: {} for number in members(numbers)}
        for lineage in {id(one): one for number in members(numbers) for one in self._of_operation[number]}.values():
            for number, spans in self._weave(lineage).undo_each(numbers & lineage.rewriters, state).items():
                effects[number][_present(lineage.path(state))] = Rewrite(tuple(spans))
        return effects

    def tree(self, state: int, objects: Objects) -> Tree:
        """The whole tree in `state`; new objects are kept in `objects`."""
        changes: dict[bytes, Entry | None] = {}
        arrivals: dict[bytes, Entry] = {}
        for lineage in self._all:
            start, end = lineage.path(0), lineage.path(state)
            if start is not None:
                changes[start] = None
            if end is not None:
                if end in arrivals:
                    raise WrongBase(f"Two files would stand at {encode(end)!r}.")
                arrivals[end] = self._entry(lineage, state, objects)
        return self.base.with_changes(objects, changes | arrivals, self.spellings(state))

    def _entry(self, lineage: _Lineage, state: int, objects: Objects) -> Entry:
        place = lineage.places[0][1]
        if lineage.content is None and not lineage.rewriters & state and place is not None:
            old = self.base.file(place)
            if old is not None:
                return Entry(lineage.mode(state), old.oid)
        return make_entry(objects, lineage.mode(state), self._text(lineage, state))

    def lives(self, state: int, objects: Objects) -> list[Life]:
        """Each file that an operation touches; new objects are kept in `objects`."""
        return [self._life(lineage, state, objects) for lineage in self._all if lineage.touched()]

    def _life(self, lineage: _Lineage, state: int, objects: Objects) -> Life:
        end = lineage.path(state)
        entry = None if end is None else self._entry(lineage, state, objects)
        operations = _numbers(lineage.places) | _numbers(lineage.modes) | lineage.rewriters
        return Life(lineage.path(0), end, entry, operations, lineage)

    def authors(self, life: Life, start: int, end: int, state: int) -> int:
        """Mask of the operations that brought or removed text between two bytes of a file in `state`."""
        return self._weave(life.lineage).authors(start, end, state) if life.lineage.rewriters else 0

    def writers(self, path: bytes, start: int, end: int, state: int) -> int:
        """The same of the file that stands at `path` in `state`. Raises WrongBase if none does."""
        lineage = self._standing(path, state)
        return self._weave(lineage).authors(start, end, state) if lineage.rewriters else 0

    def spellings(self, state: int) -> dict[bytes, str]:
        """How the modes of directories are written, where an operation says so."""
        return {path: _latest(modes, state) for path, modes in self._spellings.items()}

    def brought(self, state: int) -> Iterator[Brought]:
        """Each file that stands in `state` and that an operation of it wrote or put where it stands."""
        for lineage in self._all:
            path = lineage.path(state)
            arrived = next((number for number, _ in reversed(lineage.places) if _holds(state, number)), ORIGINAL)
            if path is None or not (lineage.rewriters & state or arrived != ORIGINAL):
                continue
            if lineage.mode(state) in (SYMLINK, SUBMODULE):
                continue
            before = b"" if lineage.bringer() != ORIGINAL else self._text(lineage, 0)
            weave = self._weave(lineage)
            yield Brought(path, before, weave.text(state), weave.brought(state), arrived)

    def touched_base_paths(self) -> list[bytes]:
        """The paths of base that some operation changed, sorted."""
        places = (lineage.places[0] for lineage in self._all if lineage.touched())
        return sorted(place for number, place in places if number == ORIGINAL and place is not None)


def _numbers(pairs: Sequence[tuple[int, object]]) -> int:
    mask = 0
    for number, _ in pairs:
        if number >= 0:
            mask |= 1 << number
    return mask


def _clash(one: bytes, other: bytes) -> bool:
    return one == other or one.startswith(other + b"/") or other.startswith(one + b"/")


def _present(path: bytes | None) -> bytes:
    if path is None:
        raise WrongBase("An operation changes a file that another one took away.")
    return path
