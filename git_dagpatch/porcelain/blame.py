"""blame: which file of which commit is meant, and where its lines come from."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from msgspec import Struct, field

from git_dagpatch.alignment.lines import split_lines
from git_dagpatch.engine.blame import Node, blame
from git_dagpatch.languages import language_of
from git_dagpatch.model.blame import Blame, Origin
from git_dagpatch.model.errors import Refused, UnknownRevision, UsageError
from git_dagpatch.model.objects import SUBMODULE, SYMLINK, Entry, Objects, Oid
from git_dagpatch.model.paths import encode
from git_dagpatch.model.tree import Tree
from git_dagpatch.porcelain.repository import Store
from git_dagpatch.store.command import Git
from git_dagpatch.store.committed import Committed, committed

_NUMBERS = re.compile(r"(\d*)(,(?:([+-]?)(\d+))?)?")
_NEWEST = 1 << 62
"""The rank of what is not committed yet."""
_NOBODY, _NO_MAIL = "Not Committed Yet", "not.committed.yet"


class Blamed(NamedTuple):
    """The origins of a file's lines, and what git tells about their commits."""

    blame: Blame
    commits: dict[Oid, Committed]


def blame_file(path: bytes, revision: str | None, ranges: Sequence[str], store: Store) -> Blamed:
    """Where the lines of a file come from.

    `path` is the file's, from the top of the tree. Without a `revision` the file of the work tree is meant, and HEAD
    before it. `ranges` are those of git's ``-L``; all lines where there are none.
    """
    git = Git(store.git_dir, store.work_tree)
    found = _uncommitted(path, store, git) if revision is None else None
    history, tip = _history(revision or "HEAD", store)
    if found is not None:
        history.uncommitted = found
        tip = "0" * len(tip)
    tree = history.node(tip).tree
    entry = tree.file(path)
    if entry is None:
        raise Refused(f"There is no file {encode(path)!r} in {revision}.", hint="Name it as it is called there.")
    if entry.mode in (SYMLINK, SUBMODULE):
        raise Refused(f"{encode(path)!r} is no file with lines.")
    wanted = _lines(ranges, path, tree.read(path))
    answer = blame(history, Origin(tip, path), wanted)
    named = {line.origin.commit for line in answer.lines.values()}
    named |= {step.commit for line in answer.lines.values() for step in line.looked_through}
    told = committed(git, [oid for oid in named if not is_uncommitted(oid)])
    if any(map(is_uncommitted, named)):
        told["0" * len(tip)] = _not_committed(path)
    return Blamed(answer, told)


def path_of(argument: str, store: Store) -> bytes:
    """The path, from the top of the tree, of the file that `argument` names from the current directory.

    Raises UsageError for one outside of the work tree.
    """
    if store.work_tree is None:
        return os.fsencode(argument)
    root = Path(store.work_tree).resolve()
    place = Path(argument).absolute()
    place = Path(os.path.normpath(place.parent)).resolve() / place.name
    if not place.is_relative_to(root):
        raise UsageError(f"{argument!r} lies outside of the work tree {str(root)!r}.")
    return os.fsencode(place.relative_to(root))


def is_uncommitted(oid: Oid) -> bool:
    """Whether it stands for what no commit holds yet."""
    return not oid.strip("0")


def _not_committed(path: bytes) -> Committed:
    now = f"{int(time.time())} {time.strftime('%z')}"
    subject = f"Version of {encode(path)} from {encode(path)}"
    return Committed("0" * 7, _NOBODY, _NO_MAIL, now, _NOBODY, _NO_MAIL, now, subject)


class _History(Struct):
    """The commits that a tip reaches, and what is not committed yet."""

    store: Store
    ranks: Mapping[Oid, int]
    """Of the commits that lines may come from."""
    is_bounded: bool
    """Whether there are others behind them, at which to stop."""
    uncommitted: Node | None = None
    _nodes: dict[Oid, Node] = field(default_factory=dict)

    def node(self, oid: Oid) -> Node:
        found = self._nodes.get(oid)
        if found is None:
            found = self._nodes[oid] = self._read(oid)
        return found

    def _read(self, oid: Oid) -> Node:
        if self.uncommitted is not None and is_uncommitted(oid):
            return self.uncommitted
        commit = self.store.commit(oid)
        parents = [parent for parent in commit.parents if self._is_there(parent)] if oid in self.ranks else []
        return Node(Tree(self.store, commit.tree), parents, self.ranks.get(oid, -1))

    def _is_there(self, oid: Oid) -> bool:
        """Whether a parent may be looked at; beyond the end of a shallow clone there is none."""
        if oid in self.ranks or not self.is_bounded:
            return oid in self.ranks
        try:
            self.store.commit(oid)
        except UnknownRevision:
            return False
        return True


def _history(revision: str, store: Store) -> tuple[_History, Oid]:
    """The commits behind a revision or a range, and the newest of them."""
    if "..." in revision:
        raise UsageError(f"{revision!r} names no one commit to start from.", hint="Write a revision, or A..B.")
    start, dots, end = revision.rpartition("..")
    tip = store.commit(end or "HEAD").oid
    hidden = [store.commit(start or "HEAD").oid] if dots else []
    ranks = {oid: rank for rank, oid in enumerate(store.walk([tip], hidden))}
    return _History(store, ranks, bool(hidden)), tip


def _uncommitted(path: bytes, store: Store, git: Git) -> Node | None:
    """The file as it is in the work tree, on HEAD; None in a bare repository, and where it is no other than in HEAD."""
    if store.work_tree is None:
        return None
    place = Path(store.work_tree) / os.fsdecode(path)
    head = store.commit("HEAD")
    tree = Tree(store, head.tree)
    entry = tree.file(path)
    if place.is_symlink() or not place.is_file():
        raise Refused(f"There is no file {encode(path)!r} in the work tree.", hint="Name a revision that has it.")
    if entry is None:
        raise Refused(f"There is no file {encode(path)!r} in HEAD.", hint="Commit it first; then it has a history.")
    content = place.read_bytes()
    oid = git.run("hash-object", f"--path={os.fsdecode(path)}", "--stdin", stdin=content).decode().strip()
    if oid == entry.oid:
        return None
    objects = Objects(store)
    if oid not in (objects.add_blob(text) for text in (content, content.replace(b"\r\n", b"\n"))):
        raise Refused(
            f"{encode(path)!r} goes through a filter when it is committed, and that is not done here.",
            hint="Name a revision, such as HEAD.",
        )
    changed = tree.with_changes(objects, {path: Entry(entry.mode, oid)})
    return Node(changed, [head.oid, *_merged(store)], _NEWEST)


def _merged(store: Store) -> list[Oid]:
    """What is being merged."""
    try:
        return (Path(store.git_dir) / "MERGE_HEAD").read_text().split()
    except FileNotFoundError:
        return []


def _lines(ranges: Sequence[str], path: bytes, text: bytes) -> Collection[int]:
    """The lines, from 0, that git's ``-L`` would mean; all where there are no ranges. Raises UsageError."""
    count = len(split_lines(text))
    if not ranges:
        return range(count)
    return {line for one in ranges for line in _range(one, path, text, count)}


def _range(said: str, path: bytes, text: bytes, count: int) -> range:
    if said.startswith(":"):
        return _definition(said[1:], path, text)
    match = _NUMBERS.fullmatch(said)
    if match is None:
        raise UsageError(f"{said!r} is no range of lines.", hint="Write START,END, START,+COUNT or :NAME.")
    first, comma, sign, second = match.groups()
    start = int(first or 1)
    if sign == "-":
        start, end = max(start - int(second) + 1, 1), start
    elif sign == "+":
        end = start + int(second) - 1
    else:
        end = int(second) if second else count if comma or first else 0
    start, end = (end, start) if second and end < start and not sign else (start, end)
    if start < 1 or start > count or end < start:
        raise UsageError(f"{encode(path)!r} has {count} lines, and {said!r} is not among them.")
    return range(start - 1, min(end, count))


def _definition(name: str, path: bytes, text: bytes) -> range:
    """The lines of the one definition that is called `name`, alone or with what it is in."""
    definitions = language_of(path, text).definitions(text) or []
    found = [one for one in definitions if name in (one.name, one.name.rpartition(".")[2])]
    exact = [one for one in found if one.name == name] or found
    if len(exact) == 1:
        return range(exact[0].start, exact[0].end)
    if exact:
        names = ", ".join(dict.fromkeys(f":{one.name}" for one in exact))
        raise UsageError(f"{encode(path)!r} has {len(exact)} definitions called {name!r}.", hint=f"There are {names}.")
    raise UsageError(f"{encode(path)!r} defines no {name!r}.", hint="Name lines: -L START,END.")
