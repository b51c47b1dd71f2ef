"""record: patches of commits are kept in the repository, each found through the note on its commit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from git_dagpatch.model.codec import encode
from git_dagpatch.model.objects import Oid
from git_dagpatch.model.operation import said
from git_dagpatch.model.patch import Patch
from git_dagpatch.porcelain.parallel import each_commit
from git_dagpatch.porcelain.sources import Based, factor_commit, recorded_patch
from git_dagpatch.store.lock import locked
from git_dagpatch.store.names import NOTES
from git_dagpatch.store.notes import TRAILER
from git_dagpatch.store.protocol import Store
from git_dagpatch.store.recording import Recorded, add, intact, write_notes
from git_dagpatch.store.repository import Repository

_NOTED = 20
"""Operations that a note lists."""


def record(repository: Repository, commits: Sequence[Oid], jobs: int = 0) -> Iterator[tuple[Oid, Patch]]:
    """Record the patches of commits that have none yet; yields each with its commit, once all are stored."""
    missing = [oid for oid in commits if recorded_patch(oid, repository.store) is None]
    found = list(each_commit(_factored, missing, repository.store, jobs))
    store_all(repository, zip(missing, (_rebased(repository.store, patch) for patch in found), strict=True))
    yield from zip(missing, found, strict=True)


def _factored(oid: Oid, store: Store) -> Patch:
    return factor_commit(oid, store).patch


def _rebased(store: Store, patch: Patch) -> Based:
    return Based.on(patch, store)


def store_all(repository: Repository, patches: Iterable[tuple[Oid, Based]]) -> None:
    """Store patches and the notes that name them; the notes come last, so that each finds its patch."""
    pairs = list(patches)
    with locked(repository):
        # Before anything is written.
        intact(repository, NOTES)
        add(repository, [Recorded(based.patch.id, encode(based.patch), based.files()) for _, based in pairs])
        write_notes(repository, {oid: note(based.patch) for oid, based in pairs})


def note(patch: Patch) -> str:
    """What the note on a commit says."""
    lines = [said(operation) for operation in patch.operations]
    shown = lines[:_NOTED]
    if len(lines) > _NOTED:
        shown.append(f"… and {len(lines) - _NOTED} more operations")
    return "\n".join([*shown, "", f"{TRAILER}{patch.id}", ""])
