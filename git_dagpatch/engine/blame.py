"""Blame: which commit the lines of a file come from, seen through what changes nothing that they say.

The history is walked as git blame walks it: from the newest commit to the oldest, each commit hands to its parents the
lines that they have already. What git would stop at is asked of the operations of the commit
(:mod:`git_dagpatch.engine.origins`): a line that a proved change of layout, a rename, a move, a copy or another order
brought is looked for where it was before. Only commits that git would name are looked at, and of these the file, and
files that lines may have come from.

What is one line now may have been several, and a part of one. Such parts are followed, and a line comes from the
newest commit that any of its parts comes from: the last one that changed a word of it.
"""

from __future__ import annotations

import logging
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from heapq import heappop, heappush
from typing import NamedTuple, Protocol

from git_dagpatch.alignment.files import Correspondence, correspond, differences
from git_dagpatch.alignment.lines import Block, Lines, diff, lines_of
from git_dagpatch.discovery.unfinished import Standing, Unfinished
from git_dagpatch.engine.counterparts import Part
from git_dagpatch.engine.likely import Worth, is_likely, neighbours
from git_dagpatch.engine.origins import History, Source
from git_dagpatch.model.blame import Blame, BlamedLine, LookedThrough, Origin
from git_dagpatch.model.objects import SUBMODULE, SYMLINK, Entry, Oid
from git_dagpatch.model.paths import encode
from git_dagpatch.model.tree import Tree, read_entry

log = logging.getLogger(__name__)

_WORD = re.compile(rb"[\w\x80-\xff]")


class Node(NamedTuple):
    """A commit, as far as blame looks at it."""

    tree: Tree
    parents: Sequence[Oid]
    """None where nothing is looked for beyond."""
    rank: int
    """Lower than those of its children."""


class Commits(Protocol):
    """The commits of a history."""

    def node(self, oid: Oid) -> Node:
        """The commit `oid`. Raises MissingObject."""


class _Trail(NamedTuple):
    """What was looked through, the oldest first."""

    last: LookedThrough
    before: _Trail | None


class _Run(NamedTuple):
    """Lines that follow each other in the blamed file and in an older one."""

    final: int
    line: int
    size: int
    columns: tuple[int, int] | None
    """The bytes of the one line that are meant, if not all of them."""
    trail: _Trail | None


def blame(commits: Commits, origin: Origin, wanted: Iterable[int]) -> Blame:
    """Where the lines `wanted`, from 0, of the file `origin` come from. Raises MissingObject."""
    return _Walk(commits, origin).result(sorted(set(wanted)))


class _Walk:
    def __init__(self, commits: Commits, origin: Origin) -> None:
        self._commits = commits
        self._asked = origin
        self._found: dict[int, BlamedLine] = {}
        self._previous: dict[Origin, Origin] = {}
        self._boundaries: set[Oid] = set()
        self._waiting: dict[Oid, dict[bytes, list[_Run]]] = {}
        self._heap: list[tuple[int, Oid]] = []

    def result(self, wanted: Sequence[int]) -> Blame:
        text = self._commits.node(self._asked.commit).tree.read(self._asked.path)
        self._hand(self._asked, [_Run(line, line, 1, None, None) for line in wanted])
        while self._heap:
            oid = heappop(self._heap)[1]
            for path, runs in self._waiting.pop(oid, {}).items():
                self._visit(Origin(oid, path), list(self._open(runs)))
        return Blame(self._asked, text, self._found, self._previous, frozenset(self._boundaries))

    def _hand(self, origin: Origin, runs: Sequence[_Run]) -> None:
        """Let `runs` wait for the file `origin`, where they stand."""
        if not runs:
            return
        if origin.commit not in self._waiting:
            heappush(self._heap, (-self._commits.node(origin.commit).rank, origin.commit))
        self._waiting.setdefault(origin.commit, {}).setdefault(origin.path, []).extend(runs)

    def _open(self, runs: Sequence[_Run]) -> Iterator[_Run]:
        """`runs` without lines that were found, those that follow each other as one, each once."""
        last: _Run | None = None
        for run in sorted(set(runs), key=lambda one: one[:3]):
            for one in self._unfound(run) if not self._found.keys().isdisjoint(_finals(run)) else (run,):
                if last is not None and _follows(last, one):
                    last = last._replace(size=last.size + one.size)
                    continue
                if last is not None:
                    yield last
                last = one
        if last is not None:
            yield last

    def _unfound(self, run: _Run) -> Iterator[_Run]:
        for at, final in enumerate(_finals(run)):
            if final not in self._found:
                yield run._replace(final=final, line=run.line + at, size=1)

    def _visit(self, origin: Origin, runs: list[_Run]) -> None:
        if not runs:
            return
        node = self._commits.node(origin.commit)
        if not node.parents:
            self._boundaries.add(origin.commit)
        ancestors = self._ancestors(origin, node)
        if ancestors:
            self._previous[origin] = ancestors[0].origin
        entry = _entry(node.tree, origin.path)
        same = next((one for one in ancestors if one.entry.oid == entry.oid), None)
        if same is not None:
            self._hand(same.origin, [_moved(run, origin, same.origin) for run in runs])
            return
        text = read_entry(node.tree.source, entry)
        runs = list(_joined(runs, lines_of(text)))
        for ancestor in ancestors:
            old = read_entry(ancestor.tree.source, ancestor.entry)
            passed, runs = _by_lines(runs, diff(old, text), lines_of(old), lines_of(text))
            self._hand(ancestor.origin, [_moved(run, origin, ancestor.origin) for run in passed])
        if len(node.parents) == 1 and runs:
            runs = self._through(origin, node, ancestors[0] if ancestors else None, runs)
        self._settle(origin, runs)

    def _settle(self, origin: Origin, runs: Sequence[_Run]) -> None:
        for run in runs:
            for at, final in enumerate(_finals(run)):
                line = BlamedLine(origin, run.line + at, tuple(_told(run.trail)))
                self._found.setdefault(final, line)

    def _ancestors(self, origin: Origin, node: Node) -> list[_Ancestor]:
        """The file in each of the parents that have it."""
        return [found for oid in node.parents if (found := self._ancestor(oid, origin.path, node.tree)) is not None]

    def _ancestor(self, oid: Oid, path: bytes, tree: Tree) -> _Ancestor | None:
        before = self._commits.node(oid).tree
        wanted = _entry(tree, path)
        entry = before.file(path)
        if entry is None or _is_text(entry) != _is_text(wanted):
            source = _source_of(correspond(before, tree), path)
            entry = before.file(source) if source is not None else None
            if source is None or entry is None:
                return None
            path = source
        return _Ancestor(Origin(oid, path), before, entry)

    def _through(self, origin: Origin, node: Node, ancestor: _Ancestor | None, runs: list[_Run]) -> list[_Run]:
        """What is left of `runs` after those were handed on that the operations of the commit only brought."""
        commit = _Commit(origin.path, node.tree, self._commits.node(node.parents[0]).tree, ancestor)
        if not commit.is_readable:
            return runs
        runs = list(_single(runs))
        for find in (commit.alone, commit.with_others):
            history = find(runs) if runs else None
            if history is None:
                continue
            left = []
            for run in runs:
                source = history.source(commit.part(run), is_whole=run.columns is None)
                above = commit.above(run)
                if source is None or (above is not None and history.source(above, is_whole=True) is None):
                    left.append(run)
                    continue
                for path, handed in commit.runs(run, source, origin.commit):
                    self._hand(Origin(node.parents[0], path), [handed])
            runs = left
        return runs


class _Ancestor(NamedTuple):
    """A file in a parent."""

    origin: Origin
    tree: Tree
    entry: Entry


class _Commit:
    """A commit with one parent, seen from one file."""

    def __init__(self, path: bytes, after: Tree, before: Tree, ancestor: _Ancestor | None) -> None:
        self._path, self._before, self._after = path, before, after
        self._source = ancestor.origin.path if ancestor else path
        entry = _entry(after, path)
        now = before.read(self._source) if ancestor else b""
        standing = Standing.STAYS if ancestor else Standing.ARRIVES
        self.file = Unfinished(path, now, after.read(path), entry.mode, standing)

    @property
    def is_readable(self) -> bool:
        return self.file.mode not in (SYMLINK, SUBMODULE) and self.file.is_text

    def alone(self, runs: Sequence[_Run]) -> History | None:
        """What became of the file itself; None if no line of `runs` can have come from it."""
        if self.file.standing is Standing.ARRIVES:
            return None
        if is_likely(self.file, {run.line for run in runs}):
            return _exact(History([self.file], self._worth(runs)))
        # A part of a line may have been in a line that was edited.
        return _exact(History([self.file])) if any(run.columns for run in runs) else None

    def with_others(self, runs: Sequence[_Run]) -> History | None:
        """The same of the file with others that the commit changes and that lines of `runs` may have come from."""
        found = neighbours(self.file, self._lines(runs), self._others())
        return _exact(History([self.file, *found], self._worth(runs))) if found else None

    def _worth(self, runs: Sequence[_Run]) -> Worth:
        lines = lines_of(self.file.wanted).lines
        pieces = [lines[run.line][slice(*run.columns)] for run in runs if run.columns]
        return Worth(self._path, frozenset(run.line for run in runs), pieces)

    def _lines(self, runs: Sequence[_Run]) -> list[bytes]:
        parts = (self.part(run) for run in runs)
        return [self.file.wanted[part.start : part.end] for part in parts]

    def _others(self) -> Iterator[Unfinished]:
        for path, before, after in differences(self._before, self._after):
            if path not in (self._path, self._source) and before is not None and _is_text(before):
                file = self._other(path, before, after)
                if file.is_text:
                    yield file

    def _other(self, path: bytes, before: Entry, after: Entry | None) -> Unfinished:
        now = read_entry(self._before.source, before)
        if after is None or not _is_text(after):
            return Unfinished(path, now, b"", before.mode, Standing.LEAVES)
        return Unfinished(path, now, read_entry(self._after.source, after), after.mode)

    def part(self, run: _Run) -> Part:
        """The bytes of a run of one line."""
        lines = lines_of(self.file.wanted)
        start, end = run.columns or (0, len(lines.lines[run.line]))
        return Part(self._path, lines.starts[run.line] + start, lines.starts[run.line] + end)

    def above(self, run: _Run) -> Part | None:
        """The line that a whole line of nothing but signs closes, if the commit brought both: the one further out.

        A bracket that closes what is new is new, too, though there was one before.
        """
        lines = lines_of(self.file.wanted)
        line = lines.lines[run.line]
        if run.columns is not None or _WORD.search(line) or not line.strip():
            return None
        block = next(one for one in diff(self.file.now, self.file.wanted) if one.new_start <= run.line < one.new_end)
        for number in range(run.line - 1, block.new_start - 1, -1):
            if _WORD.search(lines.lines[number]) and _indentation(lines.lines[number]) <= _indentation(line):
                return Part(self._path, lines.starts[number], lines.starts[number + 1])
        return None

    def runs(self, run: _Run, source: Source, oid: Oid) -> Iterator[tuple[bytes, _Run]]:
        """The path in the parent and the lines there that `run` came from."""
        operations = source.operations
        if self._source != self._path and any(part.path == self._path for part in source.parts):
            operations = (*operations, _sentence(self._source, self._path))
        trail = _Trail(LookedThrough(oid, operations), run.trail) if operations else run.trail
        for part in source.parts:
            path = self._source if part.path == self._path else part.path
            for line, columns in _places(lines_of(self._before.read(path)), part):
                yield path, _Run(run.final, line, 1, columns, trail)


def _exact(history: History) -> History | None:
    if not history.is_exact:
        log.warning("The operations that were found do not reproduce a commit; it is blamed as git does.")
        return None
    return history


def _indentation(line: bytes) -> int:
    return len(line) - len(line.lstrip())


def _places(lines: Lines, part: Part) -> Iterator[tuple[int, tuple[int, int] | None]]:
    """The lines that a part covers, each with the columns that it covers, if these are not all that is there."""
    last = lines.number_at(max(part.end - 1, part.start))
    for number in range(lines.number_at(part.start), last + 1):
        line, start = lines.lines[number], lines.starts[number]
        first, end = max(part.start - start, 0), min(part.end - start, len(line))
        rest = line[:first] + line[end:]
        if not line[first:end].strip() and rest.strip() and number != last:
            continue
        yield number, (first, end) if rest.strip() else None


def _finals(run: _Run) -> range:
    return range(run.final, run.final + run.size)


def _follows(one: _Run, other: _Run) -> bool:
    return (
        one.columns is None
        and other.columns is None
        and one.trail == other.trail
        and other.final == one.final + one.size
        and other.line == one.line + one.size
    )


def _single(runs: Iterable[_Run]) -> Iterator[_Run]:
    for run in runs:
        for at, final in enumerate(_finals(run)):
            yield run._replace(final=final, line=run.line + at, size=1)


def _joined(runs: Sequence[_Run], lines: Lines) -> Iterator[_Run]:
    """`runs` with parts of one line as one where nothing but white space stands between them."""
    last: _Run | None = None
    for run in sorted(runs, key=lambda one: (one.final, one.line, one.columns or (0, 0))):
        if last is not None and last.columns and run.columns and last[:2] == run[:2]:
            line, (start, end), (other_start, other_end) = lines.lines[run.line], last.columns, run.columns
            if not line[end:other_start].strip():
                end = max(end, other_end)
                is_whole = not (line[:start] + line[end:]).strip()
                last = last._replace(columns=None if is_whole else (start, end))
                continue
        if last is not None:
            yield last
        last = run
    if last is not None:
        yield last


def _moved(run: _Run, origin: Origin, ancestor: Origin) -> _Run:
    """`run` with what was done to its file as a whole."""
    if origin.path == ancestor.path:
        return run
    sentence = _sentence(ancestor.path, origin.path)
    return run._replace(trail=_Trail(LookedThrough(origin.commit, (sentence,)), run.trail))


def _sentence(source: bytes, target: bytes) -> str:
    return f"{encode(source)} becomes {encode(target)}"


def _told(trail: _Trail | None) -> Iterator[LookedThrough]:
    if trail is not None:
        yield from _told(trail.before)
        yield trail.last


def _by_lines(runs: Sequence[_Run], blocks: Sequence[Block], old: Lines, new: Lines) -> tuple[list[_Run], list[_Run]]:
    """The runs on lines that both texts have, where they stand in the old one, and those on other lines."""
    passed: list[_Run] = []
    left: list[_Run] = []
    starts = [block.new_start for block in blocks]
    for run in runs:
        at, end = run.line, run.line + run.size
        while at < end:
            index = bisect_right(starts, at) - 1
            block = blocks[index] if index >= 0 else Block(0, 0, 0, 0)
            following = starts[index + 1] if index + 1 < len(starts) else end
            inside = at < block.new_end
            until = min(end, block.new_end if inside else following)
            piece = run._replace(final=run.final + at - run.line, line=at, size=until - at)
            if inside:
                left.append(piece)
            else:
                passed.append(piece._replace(line=at - block.new_end + block.old_end))
            at = until
    return passed, left


def _entry(tree: Tree, path: bytes) -> Entry:
    entry = tree.file(path)
    assert entry is not None, path
    return entry


def _is_text(entry: Entry) -> bool:
    return entry.mode not in (SYMLINK, SUBMODULE)


def _source_of(found: Correspondence, target: bytes) -> bytes | None:
    return next((pair.source for pair in (*found.moved, *found.copied) if pair.target == target), None)
