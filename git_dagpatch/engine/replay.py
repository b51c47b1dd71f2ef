"""Replay of renames: what one side renamed is renamed in what the other side brought, where that is certain.

The patch's renames are carried out on what the target changed since base, and the target's on what the patch brings.
Only lines that a side brought are looked at: what stood in base, the renaming side has seen. A place is renamed if it
certainly means the symbol on its own side, and the new name there means the renamed symbol in the result; every other
mention of the name is left alone and told.

Cost: what both sides left as it was is never read. The changed Python files are searched once for the old names; of
those with a hit, at most `PARSED` bytes are read as code, files beyond `LIMIT` never: mentions there are only told. The
target's renames are looked for in at most `FACTORED` bytes: of files that both changed, where a word came or went that
the patch's new lines have there; then of others, where a definition went that they name, or a word that they import,
ask for or give as a keyword.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from functools import partial
from typing import NamedTuple

from msgspec.structs import replace

from git_dagpatch.alignment.lines import lines_of
from git_dagpatch.engine.changed import is_file
from git_dagpatch.engine.moved import kept_lines
from git_dagpatch.engine.placed import Place, Replayed, Standing
from git_dagpatch.engine.renamings import Renaming, called, found_renames, of_patch
from git_dagpatch.engine.side import Mark, Side
from git_dagpatch.engine.suspected import Named, suspects
from git_dagpatch.languages import language_of
from git_dagpatch.languages.python_references import Symbol
from git_dagpatch.languages.python_sameness import is_the_same
from git_dagpatch.languages.python_symbols import WHOLE, Sort, symbols_of
from git_dagpatch.merging.dispute import Texts
from git_dagpatch.model.effect import Span, rewrite
from git_dagpatch.model.operation import Operation
from git_dagpatch.model.plan import Reach
from git_dagpatch.model.tree import Tree

_NAMES = WHOLE | {Sort.FREE}


class Collision(NamedTuple):
    """A rename that must not be carried out beside what the other side did."""

    symbol: Symbol
    """As base calls it."""
    reason: str


class _Placed(NamedTuple):
    """A mark and where it stands in the merged text."""

    start: int
    line: int
    """From 1."""
    mark: Mark
    is_done: bool
    """Whether the new name stands there already."""


class Replay:
    """The renames of a patch and of its target, each carried out on what the other side brought.

    `moved` gives where the target has the files that are no longer where base has them, `followed` is where the patch
    leaves those that it moves.
    """

    def __init__(
        self,
        base: Tree,
        target: Tree,
        after: Tree,
        operations: Sequence[Operation],
        moved: Callable[[], Mapping[bytes, bytes]],
        followed: Mapping[bytes, bytes],
    ) -> None:
        claimed = of_patch(operations, {there: path for path, there in followed.items()})
        away = any(target.file(one.symbol.path) is None for one in claimed)
        self._base, self.theirs = Side(base, base, {}), Side(base, after, followed)
        self.ours = Side(base, target, moved() if away else {})
        self.theirs.renamings = self._whole(self.theirs, claimed)
        self.ours.renamings = self._whole(self.ours, list(self._of_target()))
        self.collisions = list(self._collisions())
        """What no rename may be carried out beside."""
        known = self.ours.renamings, self.theirs.renamings
        hit = {one.symbol for one in known[0]} & {one.symbol for one in known[1]}
        hit |= {collision.symbol for collision in self.collisions}
        # What a side has not under the old name, nothing there means, and it may have renamed that otherwise.
        self._of_ours, self._of_theirs = (
            [one for one in some if one.symbol not in hit and other.references.defines(other.here(one.symbol))]
            for some, other in zip(known, (self.theirs, self.ours), strict=True)
        )
        self._again: dict[bytes, Texts] = {}
        self._versions: dict[Standing, Texts | None] = {}

    def __bool__(self) -> bool:
        """Whether anything is renamed that the other side may not know."""
        return bool(self._of_ours or self._of_theirs)

    @property
    def names(self) -> Set[str]:
        """All old and new names, without what they are names in."""
        return {name for one in (*self._of_ours, *self._of_theirs) for name in (one.old, one.new)}

    # What was renamed

    def _whole(self, side: Side, claimed: Iterable[Renaming]) -> list[Renaming]:
        """Those of the renames that `side` has made as a whole: the old name is not bound there any more.

        Nor was the new one in base, unless what it meant was renamed as well.
        """
        base = self._base.references
        side.renamings = list({one.symbol: one for one in claimed if base.defines(one.symbol)}.values())
        freed = {one.symbol for one in side.renamings}
        taken = {one.sibling for one in side.renamings}
        return [
            replace(one, kept=self._is_kept(one, side))
            for one in side.renamings
            if (one.sibling in freed or not base.defines(one.sibling))
            and side.references.defines(side.here(one.symbol))
            and (one.symbol in taken or not side.references.defines(side.beside(one.symbol, one.old)))
        ]

    def _is_kept(self, one: Renaming, side: Side) -> bool:
        """Whether what is renamed stayed the same, so that who uses it means it under its new name, too."""
        here = side.here(one.symbol)
        before, after = self._base.read(one.symbol.path), side.read(here.path)
        names = {other.old: other.new for other in side.renamings}
        if before is None or after is None:
            return False
        return is_the_same(before, one.symbol.qualified, after, here.qualified, names)

    def _of_target(self) -> Iterator[Renaming]:
        """The target's renames of what the patch's new lines name, or what is around its changes."""
        named = Named(self.theirs)
        for one in self.theirs.renamings:
            named.here[one.symbol.path].add(one.old.encode())
        yield from found_renames(suspects(self._base.tree, self.ours, named))

    def _collisions(self) -> Iterator[Collision]:
        sides = (("the patch", self.theirs), ("the target", self.ours))
        for (who, side), (whose, other) in (sides, sides[::-1]):
            others = {one.symbol: one for one in other.renamings}
            for one in side.renamings:
                also = others.get(one.symbol)
                if also is not None and also.new != one.new and side is self.theirs:
                    does = f"to {also.new}"
                elif also is None and self._is_taken(one, other):
                    does = f"has another {one.new}"
                else:
                    continue
                yield Collision(one.symbol, f"{who} renames {one.symbol.qualified} to {one.new}, {whose} {does}")

    def _is_taken(self, one: Renaming, other: Side) -> bool:
        """Whether `other` has something else under the new name, beside what the old one means."""
        return (
            not self._base.references.defines(one.sibling)
            and other.references.defines(other.here(one.symbol))
            and other.references.defines(other.beside(one.symbol, one.new))
        )

    # Files

    def versions(self, standing: Standing) -> Texts | None:
        """The three texts of a file, each with what the other side renamed; None if nothing in base is renamed."""
        if standing not in self._versions:
            self._versions[standing] = self._versions_of(standing)
        return self._versions[standing]

    def _versions_of(self, standing: Standing) -> Texts | None:
        base, ours, theirs = standing
        if not self or base is None or ours is None or theirs is None or language_of(base).name != "python":
            return None
        before = self._base.read(base) or b""
        texts = Texts(
            _renamed(before, self._base.marks(base, before, [*self._of_ours, *self._of_theirs])),
            _renamed(self.ours.read(ours) or b"", self.ours.marks(ours, before, self._of_theirs)),
            _renamed(self.theirs.read(theirs) or b"", self.theirs.marks(theirs, before, self._of_ours)),
        )
        return None if texts.base == before else texts

    def merged(self, path: bytes, versions: Texts) -> None:
        """Take note that the file at `path` of the result was merged of `versions`."""
        self._again[path] = versions

    def finish(
        self,
        tree: Tree,
        standings: Mapping[bytes, Standing],
        conflicts: Set[bytes],
        moved: Mapping[tuple[int, bytes, int], Place],
    ) -> Replayed:
        """What becomes of the merged `tree`, but for the files in conflict: these stay as they are.

        `moved` tells by side, path in the result and line where the lines of moved definitions stand.
        """
        found = self._placed(tree, standings, moved)
        done = Replayed()
        refused = {path for path in found if path in conflicts}
        texts: dict[bytes, bytes] = {}
        while True:
            texts = {path: _made(tree.read(path), marks) for path, marks in found.items() if path not in refused}
            wrong = set(self._wrong(tree, texts, found, standings))
            if not wrong:
                break
            refused |= wrong
        done.unproved = sorted(path for path in refused - conflicts if path in self._again)
        for path, marks in found.items():
            if path in texts and texts[path] != tree.read(path):
                done.texts[path] = texts[path]
            for place in marks:
                told = done.reached if place.mark.certain and path in texts else done.unreached
                reach = Reach(path, place.line, place.mark.renaming.operation)
                if place.mark.brought and reach not in told[-1:]:
                    told.append(reach)
        return done

    def _placed(
        self, tree: Tree, standings: Mapping[bytes, Standing], moved: Mapping[tuple[int, bytes, int], Place]
    ) -> dict[bytes, list[_Placed]]:
        """Path in the result → where the mentions stand in it that are looked at."""
        found: dict[bytes, dict[int, _Placed]] = defaultdict(dict)
        for side, renamings, at in ((self.ours, self._of_theirs, 1), (self.theirs, self._of_ours, 2)):
            ends = {standing[at]: path for path, standing in standings.items()}
            for path in side.brought if renamings else ():
                end = ends.get(path, path)
                before = partial(side.before, path)
                again = self._again.get(end)
                if again is None:
                    text = side.read(path) or b""
                    marks = {mark.start: mark for mark in side.new_marks(path, before, renamings)}
                else:
                    text = again[at]
                    known = side.marks(path, before(), renamings)
                    marks = dict(zip(_starts_after(known), known, strict=True))
                lines = lines_of(text)
                away = {start: moved[key] for start in marks if (key := (at, end, lines.number_at(start))) in moved}
                entry = tree.file(end)
                staying = {start: mark for start, mark in marks.items() if start not in away}
                places = list(_carried(text, tree.read(end), staying)) if entry and is_file(entry) else []
                placed = [(end, place) for place in places]
                for start, to in away.items():
                    column = start - lines.starts[lines.number_at(start)] + to.shift
                    begin = lines_of(tree.read(to.path)).starts[to.line] + column
                    placed.append((to.path, _Placed(begin, to.line + 1, marks[start], is_done=False)))
                for there, place in placed:
                    is_done = again is not None and place.mark.certain
                    found[there][place.start] = place._replace(is_done=is_done)
        return {path: [places[start] for start in sorted(places)] for path, places in sorted(found.items()) if places}

    def _wrong(
        self,
        tree: Tree,
        texts: Mapping[bytes, bytes],
        found: Mapping[bytes, Sequence[_Placed]],
        standings: Mapping[bytes, Standing],
    ) -> Iterator[bytes]:
        """The files in which a new name does not mean the renamed symbol, or takes the place of another one."""
        result = Side(self._base.tree, tree, {}, texts)
        ends = {standing.base: path for path, standing in standings.items()}
        names = {one.symbol: one.new for one in (*self.ours.renamings, *self.theirs.renamings)}
        for path, text in texts.items():
            marks = [place for place in found[path] if place.mark.certain]
            if not marks:
                continue
            known = result.references.meaning(path, {place.mark.renaming.new for place in marks})
            if known is None or _captures(tree.read(path), text, marks):
                yield path
                continue
            shift = 0
            for place in marks:
                symbol = place.mark.renaming.symbol
                here = ends.get(symbol.path, self.ours.places.get(symbol.path, symbol.path))
                meant = known.get(place.start + shift)
                shift += 0 if place.is_done else place.mark.growth
                if meant is None or meant.symbol != called(symbol, names)._replace(path=here):
                    yield path
                    break


def _renamed(text: bytes, marks: Sequence[Mark]) -> bytes:
    return rewrite(text, tuple(_span(mark.start, mark) for mark in marks if mark.certain))


def _made(text: bytes, places: Sequence[_Placed]) -> bytes:
    todo = [place for place in places if place.mark.certain and not place.is_done]
    return rewrite(text, tuple(_span(place.start, place.mark) for place in todo))


def _span(start: int, mark: Mark) -> Span:
    return Span(start, start + len(mark.renaming.old.encode()), mark.renaming.new.encode())


def _starts_after(marks: Sequence[Mark]) -> Iterator[int]:
    """Where the marks stand once those that are certain are carried out."""
    shift = 0
    for mark in marks:
        yield mark.start + shift
        shift += mark.growth if mark.certain else 0


def _carried(text: bytes, merged: bytes, marks: Mapping[int, Mark]) -> Iterator[_Placed]:
    """Where the marks at bytes of `text` stand in `merged`, of those whose lines it has."""
    one, other = lines_of(text), lines_of(merged)
    kept = dict(kept_lines(text, merged))
    for start, mark in marks.items():
        line = kept.get(number := one.number_at(start))
        if line is not None:
            yield _Placed(other.starts[line] + start - one.starts[number], line + 1, mark, is_done=False)


def _captures(before: bytes, after: bytes, places: Sequence[_Placed]) -> bool:
    """Whether a name that none of `places` renames means something else then."""
    one, other = symbols_of(before), symbols_of(after)
    if one is None or other is None or len(one.meaning) != len(other.meaning):
        return True
    renamed = {place.start: place.mark.growth for place in places if not place.is_done}
    shift = 0
    for start, key in one.meaning.items():
        if start in renamed:
            shift += renamed[start]
        elif key.sort in _NAMES and other.meaning.get(start + shift) != key:
            return True
    return False
