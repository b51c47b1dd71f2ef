"""Which files came, went, moved, were copied, and changed their mode?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from git_dagpatch.alignment.files import Correspondence, Pair, correspond, respelled
from git_dagpatch.discovery.proposal import Proposal, Step
from git_dagpatch.discovery.unfinished import Standing, Unfinished
from git_dagpatch.model.effect import Appear, Relocate, SetMode, SpellDirectory, Vanish
from git_dagpatch.model.objects import Entry
from git_dagpatch.model.operation import Copy, Create, Delete, Mode, Move
from git_dagpatch.model.paths import encode, parents
from git_dagpatch.model.text import to_text
from git_dagpatch.model.tree import Tree, read_entry


def find_files(before: Tree, after: Tree) -> tuple[list[Step], list[Unfinished]]:
    """The operations on whole files, and the files whose content is left to explain."""
    return file_operations(before, after, correspond(before, after))


def file_operations(before: Tree, after: Tree, pairs: Correspondence) -> tuple[list[Step], list[Unfinished]]:
    """The same where it is known how the files of `before` became those of `after`."""
    moves, broken = _in_order(pairs.moved)
    deleted = [*pairs.deleted, *(pair.source for pair in broken)]
    created = [*pairs.created, *(pair.target for pair in broken)]
    in_the_way = _in_the_way(deleted, [*created, *(pair.target for pair in [*moves, *pairs.copied])])
    steps: list[Step] = [
        *((_delete(path),) for path in sorted(in_the_way)),
        *((_move(pair),) for pair in moves),
        *((_copy(before, pair),) for pair in pairs.copied),
    ]
    steps += find_spellings(before, after)
    unfinished = [
        *(_leaving(before, path) for path in sorted(set(deleted) - in_the_way)),
        *(_arriving(after, path) for path in sorted(created)),
    ]
    same = [Pair(path, path, 1.0) for path in pairs.kept]
    for source, target, _ in sorted([*same, *moves, *pairs.copied], key=lambda pair: pair.target):
        old, new = _file(before, source), _file(after, target)
        if old.mode != new.mode:
            steps.append((Proposal(Mode(target=encode(target), mode=new.mode), {target: SetMode(new.mode)}),))
        if old.oid != new.oid:
            texts = read_entry(before.source, old), read_entry(after.source, new)
            unfinished.append(Unfinished(target, *texts, new.mode))
    # Of an empty file nothing can be left to explain but that it comes or goes.
    whole, _ = find_comings_and_goings([file for file in unfinished if file.now == file.wanted])
    return [*steps, *whole], [file for file in unfinished if file.now != file.wanted]


def find_comings_and_goings(unfinished: Sequence[Unfinished]) -> tuple[list[Step], list[Unfinished]]:
    """The files that come and go, with all that no operation brought or took away, and the files that stay."""
    steps: list[Step] = []
    for file in unfinished:
        if file.standing is Standing.LEAVES:
            steps.append((_delete(file.path),))
        elif file.standing is Standing.ARRIVES:
            steps.append((create_file(file, file.wanted),))
    return steps, [file for file in unfinished if file.standing is Standing.STAYS]


def create_file(file: Unfinished, content: bytes) -> Proposal:
    """The arrival of `file` with `content`."""
    operation = Create(target=encode(file.path), mode=file.mode, content=to_text(content))
    return Proposal(operation, {file.path: Appear(file.mode, content)})


def find_spellings(before: Tree, after: Tree) -> list[Step]:
    """The operations on the modes of directories."""
    return [
        (Proposal(Mode(target=encode(path), mode=mode), {path: SpellDirectory(mode)}),)
        for path, mode in respelled(before, after)
    ]


def _file(tree: Tree, path: bytes) -> Entry:
    entry = tree.file(path)
    assert entry is not None, path
    return entry


def _move(pair: Pair) -> Proposal:
    operation = Move(source=encode(pair.source), target=encode(pair.target), confidence=pair.similarity)
    return Proposal(operation, {pair.source: Relocate(pair.target)})


def _copy(before: Tree, pair: Pair) -> Proposal:
    entry = _file(before, pair.source)
    operation = Copy(source=encode(pair.source), target=encode(pair.target), confidence=pair.similarity)
    return Proposal(operation, {pair.target: Appear(entry.mode, read_entry(before.source, entry))})


def _delete(path: bytes) -> Proposal:
    return Proposal(Delete(target=encode(path)), {path: Vanish()})


def _leaving(before: Tree, path: bytes) -> Unfinished:
    entry = _file(before, path)
    return Unfinished(path, read_entry(before.source, entry), b"", entry.mode, Standing.LEAVES)


def _arriving(after: Tree, path: bytes) -> Unfinished:
    entry = _file(after, path)
    return Unfinished(path, b"", read_entry(after.source, entry), entry.mode, Standing.ARRIVES)


def _in_the_way(leaving: Iterable[bytes], arriving: Iterable[bytes]) -> set[bytes]:
    """The files that have to go before others come: at their path, above it or below it."""
    places = set(arriving)
    above = {directory for place in places for directory in parents(place)}
    return {path for path in leaving if path in above or not places.isdisjoint((path, *parents(path)))}


def _in_order(moved: Sequence[Pair]) -> tuple[list[Pair], list[Pair]]:
    """Moves such that each finds its place free, and those that close a circle, which cannot be moves."""
    by_source = {pair.source: pair for pair in moved}
    below: dict[bytes, list[bytes]] = defaultdict(list)
    for pair in moved:
        for directory in parents(pair.source):
            below[directory].append(pair.source)
    ordered: list[Pair] = []
    broken: dict[bytes, Pair] = {}
    met: set[bytes] = set()
    on_the_way: dict[bytes, Iterator[bytes]] = {}
    for start in by_source:
        waiting = [] if start in met else [start]
        while waiting:
            source = waiting[-1]
            met.add(source)
            obstacle = next(on_the_way.setdefault(source, _obstacles(by_source[source], by_source, below)), None)
            if obstacle is None:
                waiting.pop()
                del on_the_way[source]
                if source not in broken:
                    ordered.append(by_source[source])
            elif obstacle in on_the_way:
                broken[obstacle] = by_source[obstacle]
            elif obstacle not in met:
                waiting.append(obstacle)
    return ordered, list(broken.values())


def _obstacles(pair: Pair, by_source: Mapping[bytes, Pair], below: Mapping[bytes, list[bytes]]) -> Iterator[bytes]:
    """The sources of the moves that have to make room before `pair` finds its place free."""
    for place in (pair.target, *parents(pair.target)):
        if place in by_source and place != pair.source:
            yield place
    yield from (source for source in below.get(pair.target, ()) if source != pair.source)
