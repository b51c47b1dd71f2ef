"""Recording patches: storing them, uniting those of two sides, and noting them on their commits."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from git_dagpatch.model.errors import DamagedState, RefChanged, Refused
from git_dagpatch.model.objects import DIRECTORY, FILE, Entries, Entry, Objects, Oid
from git_dagpatch.model.tree import Tree, empty_tree
from git_dagpatch.store.commits import add_commit
from git_dagpatch.store.names import NOTES, PATCHES
from git_dagpatch.store.notes import read_note
from git_dagpatch.store.patches import place_of
from git_dagpatch.store.refs import RefUpdate, update_refs
from git_dagpatch.store.repository import Repository

_TRIES = 5


class Recorded(NamedTuple):
    """A patch as it is stored."""

    identity: str
    document: bytes
    files: Iterable[tuple[bytes, Entry]]
    """The files of base that it touches."""


def add(repository: Repository, patches: Iterable[Recorded]) -> list[str]:
    """Store patches; the ids of those that were not there yet. What is there stays as it is. Raises DamagedState."""
    objects = Objects(repository.store)
    wanted = {patch.identity: _directory(objects, patch) for patch in patches}
    for _ in range(_TRIES):
        tip = intact(repository, PATCHES)
        base = Tree(objects, repository.store.commit(tip).tree) if tip else empty_tree(objects)
        new = {identity: entry for identity, entry in wanted.items() if base.entry(place_of(identity)) is None}
        if not new:
            return []
        tree = base.with_changes(objects, {place_of(identity): entry for identity, entry in new.items()})
        if _publish(repository, objects, tree.id, tip, [tip] if tip else [], f"Record {len(new)} patches\n"):
            return sorted(new)
    raise RefChanged("Other processes record patches all the time; none was recorded here.", hint="Try again.")


def intact(repository: Repository, ref: str) -> Oid | None:
    """The commit that `ref` names, None if it does not exist. Raises DamagedState if it names something else."""
    tip, cause = repository.ref(ref), "It names no object."
    if tip is None and not (repository.common_dir / ref).is_file():
        return None
    try:
        if tip and repository.store.commit(tip):
            return tip
    except Refused as error:
        cause = error.message
    raise DamagedState(
        f"What git dagpatch recorded, {ref}, is damaged; nothing was recorded.",
        cause=cause,
        hint=repository.way_back(ref),
    )


def _directory(objects: Objects, patch: Recorded) -> Entry:
    entries = {b"patch.json": Entry(FILE, objects.add_blob(patch.document))}
    files = dict(patch.files)
    if files:
        entries[b"base"] = Entry(DIRECTORY, empty_tree(objects).with_changes(objects, files).id)
    return Entry(DIRECTORY, objects.add_tree(entries))


def merge(repository: Repository, theirs: Oid) -> int:
    """Unite with the patches of another tip; how many came."""
    for _ in range(_TRIES):
        ours = intact(repository, PATCHES)
        before = _count(repository, ours) if ours else 0
        if ours is None or _reaches(repository, theirs, ours):
            update_refs(repository.git, [RefUpdate(PATCHES, theirs, ours)], "dagpatch fetch")
            return _count(repository, theirs) - before
        objects = Objects(repository.store)
        trees = [repository.store.commit(tip).tree for tip in (ours, theirs)]
        united = _union(objects, repository.store.entries(trees[0]), repository.store.entries(trees[1]), 2)
        if united == trees[0] and _reaches(repository, ours, theirs):
            return 0
        if _publish(repository, objects, united, ours, [ours, theirs], "Unite recorded patches\n"):
            return _count(repository, PATCHES) - before
    raise RefChanged("Other processes record patches all the time; nothing was united here.", hint="Try again.")


def _union(objects: Objects, ours: Entries, theirs: Entries, levels: int) -> Oid:
    """The tree with the entries of both; where both have one, the one with the lower id, so that all sides agree."""
    united = dict(ours)
    for name, entry in theirs.items():
        mine = united.get(name)
        if mine is None:
            united[name] = entry
        elif mine != entry and levels > 1:
            united[name] = Entry(
                DIRECTORY, _union(objects, objects.entries(mine.oid), objects.entries(entry.oid), levels - 1)
            )
        elif mine != entry:
            united[name] = min(mine, entry, key=lambda each: each.oid)
    return objects.add_tree(united)


def _reaches(repository: Repository, tip: Oid, other: Oid) -> bool:
    return repository.git.ask("merge-base", "--is-ancestor", other, tip).status == 0


def _count(repository: Repository, tip: str) -> int:
    root: Mapping[bytes, Entry] = repository.store.entries(repository.store.tree(tip))
    return sum(len(repository.store.entries(entry.oid)) for entry in root.values() if entry.is_directory)


def _publish(
    repository: Repository, objects: Objects, tree: Oid, old: Oid | None, parents: list[Oid], message: str
) -> bool:
    commit = add_commit(objects, tree, parents, message)
    repository.store.write(objects)
    try:
        update_refs(repository.git, [RefUpdate(PATCHES, commit, old)], f"dagpatch: {message.strip()}")
    except RefChanged:
        return False
    return True


def write_notes(repository: Repository, notes: Mapping[Oid, str]) -> None:
    """Set the notes on commits, all at once. Raises GitFailed if the notes changed in the meantime, or DamagedState."""
    changed = {commit: text for commit, text in notes.items() if read_note(repository.store, commit) != text}
    if not changed:
        return
    lines = [
        f"commit {NOTES}\n".encode(),
        f"committer git-dagpatch <git-dagpatch@localhost> {int(time.time())} +0000\n".encode(),
        b"data 15\nRecord patches\n\n",
    ]
    if intact(repository, NOTES):
        lines.append(f"from {NOTES}^0\n".encode())
    for commit, text in changed.items():
        data = text.encode()
        lines.append(b"N inline %b\ndata %d\n%b\n" % (commit.encode(), len(data), data))
    repository.git.run("fast-import", "--quiet", stdin=b"".join(lines))
