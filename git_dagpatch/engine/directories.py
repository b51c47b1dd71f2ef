"""Directories that one side moved: what the other side adds to them goes along.

As in git: a directory moved if the side has no file in it any more, and more of its files went to one other directory
than to any other. The directories above count too, as long as the names below them stayed.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping

from git_dagpatch.model.paths import parents
from git_dagpatch.model.tree import Tree


def moved_directories(tree: Tree, moved: Mapping[bytes, bytes]) -> dict[bytes, bytes]:
    """Directory of base → where `tree` has it, by the files that moved."""
    votes: dict[bytes, Counter[bytes]] = defaultdict(Counter)
    for source, target in moved.items():
        old, new = _directory(source), _directory(target)
        while old and old != new:
            votes[old][new] += 1
            if not new or _name(old) != _name(new):
                break
            old, new = _directory(old), _directory(new)
    found: dict[bytes, bytes] = {}
    for directory, counts in votes.items():
        (place, count), *others = counts.most_common(2)
        if tree.entry(directory) is None and all(count > other for _, other in others):
            found[directory] = place
    return found


def relocated(path: bytes, directories: Mapping[bytes, bytes]) -> bytes:
    """Where the file at `path` goes with the innermost of `directories` that it is in."""
    for directory in sorted(parents(path), key=len, reverse=True):
        if directory in directories:
            place = directories[directory]
            rest = path[len(directory) + 1 :]
            return place + b"/" + rest if place else rest
    return path


def _directory(path: bytes) -> bytes:
    return path.rpartition(b"/")[0]


def _name(path: bytes) -> bytes:
    return path.rpartition(b"/")[2]
