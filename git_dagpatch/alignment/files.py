"""Which file of one tree became which of another: renames, copies, and chains of them.

Similarity is the share of bytes that stand in equal chunks, as in git (``diffcore-delta.c``): a chunk is a line, or 64
bytes where a line is longer. A file that was rewritten may be the target of one rename and the source of another (as
with git's ``-B -M``), so that ``c → a`` beside ``a → b`` is seen.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from git_dagpatch.model.objects import DIRECTORY, SUBMODULE, SYMLINK, BlobSource, Entry
from git_dagpatch.model.tree import Tree, read_entry

MIN_SIMILARITY = 0.5
"""Below this share of equal bytes two files are strangers; git's default for renames."""
_REWRITTEN = 0.4
"""A file that keeps less than this of itself may have been replaced by another one."""
_TOO_COMMON = 50
"""A chunk that stands in more files than this says nothing about which belongs to which."""
_CANDIDATES = 4
"""How many sources are compared in full for one target."""
_CHUNK = re.compile(rb"[^\n]{0,63}\n|[^\n]{1,64}")


class Difference(NamedTuple):
    """What stands at one path in two trees."""

    path: bytes
    before: Entry | None
    after: Entry | None


class Pair(NamedTuple):
    """A file that came from another path."""

    source: bytes
    target: bytes
    similarity: float
    """1.0 for equal content."""


class Correspondence(NamedTuple):
    """How the files of one tree became those of another. Paths are sorted."""

    kept: list[bytes]
    """Changed in place: content, mode, or both."""
    moved: list[Pair]
    copied: list[Pair]
    deleted: list[bytes]
    created: list[bytes]


def differences(before: Tree, after: Tree) -> list[Difference]:
    """The paths at which the two trees differ, without reading what is equal."""
    found: list[Difference] = []
    waiting = [(b"", before.id, after.id)]
    while waiting:
        prefix, old_oid, new_oid = waiting.pop()
        if old_oid == new_oid:
            continue
        old = before.source.entries(old_oid) if old_oid else {}
        new = after.source.entries(new_oid) if new_oid else {}
        for name in old.keys() | new.keys():
            one, other = old.get(name), new.get(name)
            if one == other:
                continue
            path = prefix + name
            one_tree = one.oid if one and one.is_directory else ""
            other_tree = other.oid if other and other.is_directory else ""
            if one_tree or other_tree:
                waiting.append((path + b"/", one_tree, other_tree))
            one_file, other_file = None if one_tree else one, None if other_tree else other
            if one_file or other_file:
                found.append(Difference(path, one_file, other_file))
    return sorted(found)


def respelled(before: Tree, after: Tree) -> list[tuple[bytes, str]]:
    """The directories whose mode `after` writes otherwise than a change of `before` would leave it."""
    found: list[tuple[bytes, str]] = []
    waiting = [(b"", before.id, after.id)]
    while waiting:
        prefix, old_oid, new_oid = waiting.pop()
        if old_oid == new_oid:
            continue
        old = before.source.entries(old_oid) if old_oid else {}
        for name, other in after.source.entries(new_oid).items():
            one = old.get(name)
            if one == other or not other.is_directory:
                continue
            one = one if one and one.is_directory else Entry(DIRECTORY, "")
            if one.mode != other.mode:
                found.append((prefix + name, other.mode))
            waiting.append((prefix + name + b"/", one.oid, other.oid))
    return sorted(found)


def correspond(before: Tree, after: Tree) -> Correspondence:
    """Pair the files of two trees."""
    return _Pairing(before, after).result()


def _file_type(entry: Entry) -> str:
    return entry.mode if entry.mode in (SYMLINK, SUBMODULE, DIRECTORY) else "file"


class _Chunks:
    """The chunks of one content, counted."""

    def __init__(self, content: bytes) -> None:
        self.size = len(content)
        self.counts = Counter(_CHUNK.findall(content))

    def similarity(self, other: _Chunks) -> float:
        small, large = sorted((self.counts, other.counts), key=len)
        shared = sum(min(count, large[chunk]) * len(chunk) for chunk, count in small.items() if chunk in large)
        return shared / max(self.size, other.size, 1)


class _Pairing:
    def __init__(self, before: Tree, after: Tree) -> None:
        changes = differences(before, after)
        self._source: Mapping[str, BlobSource] = {"before": before.source, "after": after.source}
        self._before = {change.path: change.before for change in changes if change.before}
        self._after = {change.path: change.after for change in changes if change.after}
        self._kept = {
            path
            for path in self._before.keys() & self._after.keys()
            if _file_type(self._before[path]) == _file_type(self._after[path])
        }
        self._chunks: dict[tuple[str, bytes], _Chunks] = {}
        self._moves: dict[bytes, bytes] = {}
        """Source → target."""
        self._copies: dict[bytes, bytes] = {}
        """Target → source."""
        self._before_tree = before

    def result(self) -> Correspondence:
        new = self._after.keys() - self._kept
        gone = self._before.keys() - self._kept
        if new:
            rewritten = self._rewritten()
            self._pair_equal(new, gone | rewritten)
            self._pair_similar(new | rewritten, gone | rewritten)
        arrived, left = set(self._moves.values()), self._moves.keys()
        return Correspondence(
            kept=sorted(self._kept - arrived - left),
            moved=sorted(self._pair(source, target) for source, target in self._moves.items()),
            copied=sorted(self._pair(source, target) for target, source in self._copies.items()),
            deleted=sorted((gone | (self._kept & arrived)) - left),
            created=sorted((new | (self._kept & left)) - arrived - self._copies.keys()),
        )

    def _pair(self, source: bytes, target: bytes) -> Pair:
        one = self._before.get(source)
        equal = one is None or one.oid == self._after[target].oid
        return Pair(source, target, 1.0 if equal else min(0.99, round(self._similarity(source, target), 2)))

    def _pair_equal(self, new: set[bytes], leaving: set[bytes]) -> None:
        """Targets whose content stood in base unchanged: in a changed file, or beside one."""
        by_oid: dict[tuple[str, str], list[bytes]] = defaultdict(list)
        for path, entry in self._beside(new):
            by_oid[_file_type(entry), entry.oid].append(path)
        free = set(leaving)
        for target in sorted(new):
            entry = self._after[target]
            sources = by_oid.get((_file_type(entry), entry.oid))
            if not sources or not self._comparable("after", target):
                continue
            best = min(sources, key=lambda path: (path not in free, *_names(target, path), path))
            if best in free:
                free.discard(best)
                self._moves[best] = target
            else:
                self._copies[target] = best

    def _beside(self, new: set[bytes]) -> Iterator[tuple[bytes, Entry]]:
        """The changed files of base and those that stand unchanged in the same directories as a new file."""
        yield from self._before.items()
        for directory in {path.rpartition(b"/")[0] for path in new}:
            entry = self._before_tree.entry(directory) if directory else Entry(DIRECTORY, self._before_tree.id)
            if entry is None or not entry.is_directory:
                continue
            for name, child in self._before_tree.source.entries(entry.oid).items():
                path = directory + b"/" + name if directory else name
                if not child.is_directory and path not in self._before:
                    yield path, child

    def _pair_similar(self, arriving: set[bytes], leaving: set[bytes]) -> None:
        settled = {*self._moves.values(), *self._copies}
        targets = [path for path in sorted(arriving - settled) if self._comparable("after", path)]
        sources = [path for path in sorted(self._before) if self._comparable("before", path)] if targets else []
        scored = [
            (-score, *_names(target, source), target, source)
            for target, near in self._candidates(targets, sources)
            for source in near
            if (score := self._similarity(source, target)) >= MIN_SIMILARITY
        ]
        free = leaving - self._moves.keys()
        for score, _, _, target, source in sorted(scored):
            if target in settled:
                continue
            if source in free:
                free.discard(source)
                self._moves[source] = target
                settled.add(target)
            elif target not in self._kept and self._worth_copying(source, target, -score):
                self._copies[target] = source
                settled.add(target)

    def _worth_copying(self, source: bytes, target: bytes, score: float) -> bool:
        """Whether a copy and its changes are less to read than the new file."""
        one, other = self._chunks_of("before", source), self._chunks_of("after", target)
        shared = score * max(one.size, other.size)
        return one.size + other.size - 2 * shared < other.size

    def _rewritten(self) -> set[bytes]:
        """Files that stay in name but hardly in content: each may have been replaced by another one."""
        return {
            path
            for path in self._kept
            if self._comparable("before", path)
            and self._comparable("after", path)
            and self._similarity(path, path) < _REWRITTEN
        }

    def _candidates(self, targets: Sequence[bytes], sources: Sequence[bytes]) -> Iterator[tuple[bytes, list[bytes]]]:
        """Per target, the sources that share the most of their rarer chunks with it."""
        holders: dict[bytes, list[bytes]] = defaultdict(list)
        for source in sources:
            for chunk in self._chunks_of("before", source).counts:
                holders[chunk].append(source)
        for target in targets:
            shared: Counter[bytes] = Counter()
            for chunk, count in self._chunks_of("after", target).counts.items():
                near = holders.get(chunk, ())
                if len(near) <= _TOO_COMMON:
                    for source in near:
                        shared[source] += count * len(chunk)
            shared.pop(target, None)
            yield (
                target,
                [path for path, _ in sorted(shared.items(), key=lambda item: (-item[1], item[0]))[:_CANDIDATES]],
            )

    def _similarity(self, source: bytes, target: bytes) -> float:
        if _file_type(self._before[source]) != _file_type(self._after[target]):
            return 0.0
        return self._chunks_of("before", source).similarity(self._chunks_of("after", target))

    def _comparable(self, side: str, path: bytes) -> bool:
        entry = (self._before if side == "before" else self._after)[path]
        return entry.mode != SUBMODULE and self._chunks_of(side, path).size > 0

    def _chunks_of(self, side: str, path: bytes) -> _Chunks:
        chunks = self._chunks.get((side, path))
        if chunks is None:
            chunks = self._chunks[side, path] = _Chunks(self._content(side, path))
        return chunks

    def _content(self, side: str, path: bytes) -> bytes:
        entry = (self._before if side == "before" else self._after)[path]
        return read_entry(self._source[side], entry)


def _names(target: bytes, source: bytes) -> tuple[bool, bool]:
    """Sorts a pair of equal last name, then of equal directory, to the front."""
    return (
        source.rpartition(b"/")[2] != target.rpartition(b"/")[2],
        source.rpartition(b"/")[0] != target.rpartition(b"/")[0],
    )
