"""Imports that follow: what one side moved to another module, the other side's new imports name at its new place.

Files of Python that either side moved, and definitions and constants that left one file for another. Only lines that a
side brought are looked at, and only imports are written otherwise: each name that is imported there, or a module. It
follows if it certainly means what moved, on its own side, is not to be had any more where the import says, and is what
the new import gets, in the result. What else names it, an attribute of the old module or a string, is left alone and
told.

Cost: changed Python files of both sides are searched for names that left their top level, at most `PARSED` bytes of a
side; what names them in a new line is read as code.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from typing import NamedTuple

from msgspec import Struct

from git_dagpatch.alignment.lines import lines_of, split_lines
from git_dagpatch.discovery.symbols import Paired, paired_symbols
from git_dagpatch.engine.changed import is_file
from git_dagpatch.engine.moved import LIMIT, kept_lines
from git_dagpatch.engine.placed import OURS, THEIRS, Place, Replayed, Standing
from git_dagpatch.engine.side import Side
from git_dagpatch.engine.suspected import Lost, Naming
from git_dagpatch.languages import language_of
from git_dagpatch.languages.python_following import dotted, stem_of
from git_dagpatch.languages.python_import_text import Imported, Imports, Origin
from git_dagpatch.languages.python_references import Symbol
from git_dagpatch.languages.python_symbols import WHOLE, Sort, symbols_of
from git_dagpatch.languages.python_syntax import parsed
from git_dagpatch.model.effect import Span, rewrite
from git_dagpatch.model.plan import Reach

_WORD = re.compile(rb"[A-Za-z_\x80-\xff][\w\x80-\xff]*")


class _Target(NamedTuple):
    """Where an imported name is to be had."""

    home: bytes
    """The file in the result that has it, or is it."""
    asked: str
    """The name that the module there is asked for; empty for the module itself."""
    root: bytes
    """The directory, with a slash at its end, that absolute names of modules start from."""
    operation: str
    """What moved it, or the file that imports it."""


class _Wanted(NamedTuple):
    """A name that is imported in the result."""

    name: Imported
    target: _Target


class _Mention(NamedTuple):
    """A place of the result that names what moved."""

    line: int
    """From 0."""
    column: int
    """-1 where it is no identifier."""
    symbol: Symbol
    """What it shall mean."""
    operation: str


class _Found(Struct):
    """What is looked at in one file of the result."""

    wanted: list[_Wanted]
    mentions: list[_Mention]


class Following:
    """`moved` tells where the target has the files that it moved, `operation` what moved a file or a name of base."""

    def __init__(
        self,
        ours: Side,
        theirs: Side,
        moved: Callable[[], Mapping[bytes, bytes]],
        operation: Callable[[int, bytes, str], str],
    ) -> None:
        self.sides = {OURS: ours, THEIRS: theirs}
        self._base = ours.base
        self._moved = moved
        self.operation = operation
        self._homes: dict[tuple[int, bytes, str], Symbol | None] = {}
        self._pairs: dict[tuple[int, bytes, tuple[bytes, ...]], list[Paired]] = {}

    def finish(
        self,
        result: Side,
        standings: Mapping[bytes, Standing],
        conflicts: Set[bytes],
        moved: Mapping[tuple[int, bytes, int], Place],
        naming: Mapping[int, Naming],
    ) -> Replayed:
        """What becomes of the merged tree of `result`, but for the files in conflict: these stay as they are.

        `naming` tells by side which of its files are looked at.
        """
        found: dict[bytes, _Found] = defaultdict(lambda: _Found([], []))
        for side, suspected in naming.items():
            _Look(self, side, suspected.lost, result, standings, moved, found).look(suspected.paths)
        done = Replayed()
        left: dict[bytes, list[_Wanted]] = {}
        for path, looked in sorted(found.items()):
            wanted = [one for one in looked.wanted if not _is_met(one, path, result)]
            made = None if path in conflicts else _followed(path, wanted, result)
            if made is not None:
                done.texts[path] = made.text
                done.reached += dict.fromkeys(
                    Reach(path, line + 1, one.target.operation) for one, line in made.lines.items()
                )
            left[path] = [one for one in wanted if made is None or one not in made.lines]
        after = Side(result.base, result.tree, {}, done.texts)
        for path, looked in sorted(found.items()):
            kept = dict(kept_lines(result.read(path) or b"", after.read(path) or b""))
            told = [(kept[one.name.line], one.target.operation) for one in left[path] if one.name.line in kept]
            told += [
                (kept[one.line], one.operation)
                for one in looked.mentions
                if one.line in kept and not _means(one, path, kept[one.line], after)
            ]
            done.unreached += dict.fromkeys(Reach(path, line + 1, operation) for line, operation in sorted(told))
        return done

    def place(self, side: int, path: bytes) -> bytes | None:
        """Where a side has the file that base has at `path`."""
        tree = self.sides[side].tree
        if side == THEIRS:
            path = self.sides[side].places.get(path, path)
        elif tree.file(path) is None:
            path = self._moved().get(path, path)
        return path if tree.file(path) is not None else None

    def start(self, side: int, path: bytes) -> bytes | None:
        """Where base has the file that a side has at `path`."""
        if side == THEIRS:
            path = self.sides[side].starts.get(path, path)
        elif self._base.file(path) is None:
            path = {there: start for start, there in self._moved().items()}.get(path, path)
        return path if self._base.file(path) is not None else None

    def home(self, side: int, path: bytes, name: str, lost: Lost) -> Symbol | None:
        """What a side has, in one file, of what base has as `name` in the module at `path`, or of that module.

        A side is asked with the same `lost` each time.
        """
        asked = side, path, name
        if asked not in self._homes:
            self._homes[asked] = self._home(side, path, name, lost)
        return self._homes[asked]

    def _home(self, side: int, path: bytes, name: str, lost: Lost) -> Symbol | None:
        there = self.place(side, path)
        if not name or (there is not None and self.sides[side].references.binds(there, name)):
            return None if there is None else Symbol(there, name)
        homes = [one for one, gained in lost.gained.items() if name in gained]
        if not homes:
            return self._renamed(side, path, there, name, lost)
        if len(homes) > 1 or (there is None and homes[0] == path):
            return None
        return Symbol(homes[0], name) if self._is_same(side, path, homes[0], name) else None

    def _renamed(self, side: int, path: bytes, there: bytes | None, name: str, lost: Lost) -> Symbol | None:
        """The definition in another file that `name` became, under a name of its own."""
        others = [one for one in lost.gained if one not in (path, there)]
        if sum(len(self._read(side, one)) for one in (there, *others)) > LIMIT:
            return None
        for paired in self._paired(side, path, others):
            for old, new in paired.new_of.items():
                if (old.path, old.body.name) == (path, name) and new.body.name in lost.gained.get(new.path, ()):
                    return Symbol(new.path, new.body.name) if new.path in others else None
        return None

    def _paired(self, side: int, path: bytes, others: Sequence[bytes]) -> list[Paired]:
        """Which definitions of the file that base has at `path` became which on a side, in it or in `others`."""
        asked = side, path, tuple(others)
        if asked not in self._pairs:
            files = [(path, self._base.read(path), self._read(side, self.place(side, path)))]
            files += [(one, self._in_base(one), self._read(side, one)) for one in others]
            self._pairs[asked] = paired_symbols(files)
        return self._pairs[asked]

    def _read(self, side: int, path: bytes | None) -> bytes:
        return (None if path is None else self.sides[side].read(path)) or b""

    def _in_base(self, path: bytes) -> bytes:
        entry = self._base.file(path)
        return self._base.read(path) if entry is not None and is_file(entry) else b""

    def _is_same(self, side: int, path: bytes, home: bytes, name: str) -> bool:
        """Whether `name` at the new place is what base has: the same definition, or the same statement."""
        for paired in self._paired(side, path, [home]):
            for one, other in paired.new_of.items():
                if (one.path, one.body.name) == (path, name):
                    return (other.path, other.body.name) == (home, name)
        statement = _statement(home, self._read(side, home), name)
        return bool(statement) and statement == _statement(path, self._base.read(path), name)


class _Look:
    """Finds what names in the new lines of one side what the other one moved."""

    def __init__(
        self,
        following: Following,
        side: int,
        lost: Lost,
        result: Side,
        standings: Mapping[bytes, Standing],
        moved: Mapping[tuple[int, bytes, int], Place],
        found: dict[bytes, _Found],
    ) -> None:
        self._following = following
        self._side = side
        self._mine = following.sides[side]
        self._lost = lost
        self._result = result
        self._moved = moved
        self._found = found
        self._ends, self._of_mover = (
            {standing[one]: path for path, standing in standings.items()} for one in (side, 3 - side)
        )
        self._imports: dict[bytes, Imports] = {}

    def look(self, paths: Iterable[bytes]) -> None:
        for path in paths:
            text, end = self._mine.read(path) or b"", self._ends.get(path, path)
            new = self._mine.new_lines(path)
            kept = dict(kept_lines(text, self._result.read(end) or b""))
            places = {number: Place(end, kept[number], 0) for number in new if number in kept}
            places |= {n: self._moved[key] for n in new if (key := (self._side, end, n)) in self._moved}
            self._look_at(path, text, places)

    def _look_at(self, path: bytes, text: bytes, places: Mapping[int, Place]) -> None:
        handled: set[int] = set()
        for name in Imports(text).names:
            place = places.get(name.line)
            if place is None:
                continue
            target = self._target(path, name)
            if target is None:
                continue
            handled.add(name.line)
            if place.path not in self._imports:
                self._imports[place.path] = Imports(self._result.read(place.path) or b"")
            for here in self._imports[place.path].names:
                if (here.line, here.origin, here.bound) == (place.line, name.origin, name.bound):
                    self._found[place.path].wanted.append(_Wanted(here, target))
        for line, column, base, called in self._mentions(path, text, places.keys() - handled):
            place = places[line]
            there = self._following.home(3 - self._side, base, called, self._lost)
            if there is not None and there.path != base:
                symbol = self._in_result(there)
                operation = self._moved_by(base, there.path, called)
                shifted = column + place.shift if column >= 0 else -1
                self._found[place.path].mentions.append(_Mention(place.line, shifted, symbol, operation))

    def _target(self, path: bytes, name: Imported) -> _Target | None:
        """Where the result has what `name` brings, if base has it; None if the mover left nothing of it."""
        references = self._mine.references
        module, asked = name.origin
        found, dots = references.imported(path, module), module
        if asked == "*":
            asked = ""
        elif asked and (found is None or not references.binds_itself(found, asked)):
            dots = _below(module, asked)
            found, asked = references.imported(path, dots), ""
        if found is None:
            return None
        root = stem_of(found).removesuffix(dots.encode().replace(b".", b"/"))
        base = self._following.start(self._side, found)
        if base is None:
            own = self._following.start(self._side, path)
            operation = "" if own is None else self._following.operation(3 - self._side, own, "")
            return _Target(self._ends.get(found, found), asked, root, operation)
        there = self._following.home(3 - self._side, base, asked, self._lost)
        if there is None:
            return None
        end, name_there = self._in_result(there)
        return _Target(end, name_there, root, self._moved_by(base, there.path, asked))

    def _in_result(self, symbol: Symbol) -> Symbol:
        """What the mover has, by where the result has its file."""
        return symbol._replace(path=self._of_mover.get(symbol.path, symbol.path))

    def _moved_by(self, base: bytes, there: bytes, name: str) -> str:
        """What moved `name` of the file that base has at `base`, or that whole file."""
        mover = 3 - self._side
        return self._following.operation(mover, base, "" if self._following.place(mover, base) == there else name)

    def _mentions(self, path: bytes, text: bytes, lines: Set[int]) -> Iterator[tuple[int, int, bytes, str]]:
        """Line, column, path in base and name of what moved, for all on `lines` that names it; -1 where it is text."""
        names = set[str]().union(*self._lost.names.values())
        placed = lines_of(text)
        meaning = self._mine.references.meaning(path, names) or {}
        told: set[tuple[int, str]] = set()
        for start, meant in meaning.items():
            line = placed.number_at(start)
            base = None if meant.symbol is None else self._following.start(self._side, meant.symbol.path)
            if base is None or line not in lines or meant.symbol is None:
                continue
            if meant.symbol.qualified in self._lost.names.get(base, ()):
                told.add((line, meant.symbol.qualified))
                yield line, start - placed.starts[line], base, meant.symbol.qualified
        for start, base, name in self._through_stars(path, text):
            line = placed.number_at(start)
            if line in lines and (line, name) not in told:
                told.add((line, name))
                yield line, start - placed.starts[line], base, name
        for base, name, pattern in self._lost.patterns(text):
            for match in pattern.finditer(text):
                line = placed.number_at(match.start())
                if line in lines and (line, name) not in told:
                    told.add((line, name))
                    yield line, -1, base, name

    def _through_stars(self, path: bytes, text: bytes) -> Iterator[tuple[int, bytes, str]]:
        """Byte, path in base and name of what left its module, where it may come by an import of everything."""
        symbols = symbols_of(text)
        if symbols is None:
            return
        for module in sorted(symbols.stars):
            found = self._mine.references.imported(path, module)
            base = None if found is None else self._following.start(self._side, found)
            if base is None or self._following.place(3 - self._side, base) != base:
                continue
            for start, key in symbols.meaning.items():
                if key.sort is Sort.FREE and key.name in self._lost.names.get(base, ()):
                    yield start, base, key.name


def _below(module: str, name: str) -> str:
    """The module `name` in the package `module`."""
    return f"{module}{name}" if not module.rstrip(".") else f"{module}.{name}"


def _is_met(one: _Wanted, path: bytes, result: Side) -> bool:
    """Whether the import gets in the result what it shall as it stands."""
    module, name = one.name.origin
    if one.target.asked:
        found = result.references.imported(path, module)
        return found is not None and result.references.binds(found, name)
    return (
        result.references.imported(path, _below(module, name) if name not in ("", "*") else module) == one.target.home
    )


def _means(one: _Mention, path: bytes, line: int, result: Side) -> bool:
    """Whether the identifier means in the result what it shall."""
    if one.column < 0:
        return False
    text = result.read(path) or b""
    match = _WORD.match(text, lines_of(text).starts[line] + one.column)
    if match is None:
        return False
    name = match[0].decode(errors="replace")
    meant = (result.references.meaning(path, {name}) or {}).get(match.start())
    if meant is None:
        return False
    # An import may bring it under another name.
    return meant.symbol == one.symbol or (
        meant.symbol == Symbol(path, name) and result.references.stands_for(path, name) == one.symbol
    )


class _Followed(NamedTuple):
    text: bytes
    lines: dict[_Wanted, int]
    """What follows, and its line then, from 0."""


def _followed(path: bytes, wanted: Sequence[_Wanted], result: Side) -> _Followed | None:
    """The file with those of the imports at their new place that certainly get there what they shall."""
    alone = [one for one in wanted if _made(path, [one], result) is not None]
    return _made(path, alone, result) if alone else None


def _made(path: bytes, wanted: Sequence[_Wanted], result: Side) -> _Followed | None:
    text = result.read(path) or b""
    origins = {one.name: origin for one in wanted if (origin := _origin(path, one)) is not None}
    if len(origins) < len(wanted):
        return None
    called: dict[Imported, str] = {}
    uses: list[Span] = []
    for one in wanted:
        found = _uses(text, one.name, origins[one.name])
        if found is not None:
            called[one.name] = found.name
            uses += found.spans
    imports = Imports(text).redirected(origins, called)
    if imports is None:
        return None
    after = rewrite(text, tuple(sorted((*imports, *uses))))
    then = Side(result.base, result.tree, {}, {path: after})
    lines: dict[_Wanted, int] = {}
    here = Imports(after).names
    for one in wanted:
        bound = called.get(one.name, one.name.bound)
        there = [name for name in here if (name.origin, name.bound) == (origins[one.name], bound)]
        if not there or not all(_is_met(one._replace(name=name), path, then) for name in there):
            return None
        lines[one] = there[0].line
    return _Followed(after, lines)


def _origin(path: bytes, one: _Wanted) -> Origin | None:
    """How an import in the file at `path` names what it wants, relative or absolute as it does now."""
    module, name = one.name.origin
    home = stem_of(one.target.home)
    if one.target.asked:
        name = one.target.asked
    elif name not in ("", "*"):
        home, _, last = home.rpartition(b"/")
        name = last.decode(errors="replace")
    if module.startswith("."):
        return Origin(_relative(path, home), name)
    if not home.startswith(one.target.root):
        return None
    dotted = home[len(one.target.root) :].decode(errors="replace").replace("/", ".")
    return Origin(dotted, name) if dotted else None


def _relative(path: bytes, home: bytes) -> str:
    """The module at the stem `home` as seen from the file at `path`."""
    directory = path.rpartition(b"/")[0]
    dots = "."
    while directory and home != directory and not home.startswith(directory + b"/"):
        directory = directory.rpartition(b"/")[0]
        dots += "."
    below = home[len(directory) :].lstrip(b"/") if directory else home
    return dots + below.decode(errors="replace").replace("/", ".")


class _Uses(NamedTuple):
    """What an import brings is called `name` then, at all places that use it."""

    name: str
    spans: list[Span]


def _uses(text: bytes, name: Imported, origin: Origin) -> _Uses | None:
    """The places that call a module by the name that its import gives it; None if it keeps that name."""
    symbols = symbols_of(text)
    key = None if symbols is None else symbols.meaning.get(name.start)
    if not name.is_plain or symbols is None or key is None or key.sort not in WHOLE:
        return None
    binding = symbols.bindings[key]
    if not binding.certain:
        return None
    old, new = name.origin.name or name.origin.module, origin.name or origin.module
    if "." in old:
        return _chained(text, old, new) if old.partition(".")[0] == new.partition(".")[0] else None
    if "." in new or old == new or new.encode() in _WORD.findall(text):
        return None
    starts = [start for start in binding.starts if start != name.start]
    return _Uses(new, [Span(start, start + len(old.encode()), new.encode()) for start in starts])


def _chained(text: bytes, old: str, new: str) -> _Uses | None:
    """The same of ``import a.b``, which code calls by its whole name; None where other code might mean that, too."""
    tree = parsed(text)
    starts = lines_of(text).starts
    nodes = [] if tree is None else [node for node in ast.walk(tree) if isinstance(node, ast.Attribute)]
    found = [starts[node.lineno - 1] + node.col_offset for node in nodes if dotted(node) == old]
    spans = [Span(start, start + len(old.encode()), new.encode()) for start in found]
    if not all(text[start:end] == old.encode() for start, end, _ in spans):
        return None
    return _Uses(new.partition(".")[0], spans)


def _statement(path: bytes, text: bytes, name: str) -> bytes:
    """What gives `name` its value at the top, where one statement does."""
    found = [one for one in language_of(path).variables(text) if one.name == name]
    return b"".join(split_lines(text)[found[0].start : found[0].end]) if len(found) == 1 else b""
