"""What an apply or a rollback did: the values of the journal, and what a run of apply reports."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import TypeAlias

import msgspec
from msgspec import Struct

from git_dagpatch.model.objects import Oid
from git_dagpatch.model.plan import Doubt, Plan, Reach, Settlement


class Kept(msgspec.Struct, frozen=True):
    """One work-tree file as it stood: raw bytes, before any filter."""

    kind: str
    """`file` or `symlink`."""
    oid: Oid
    permissions: int = 0
    """Of a file: the lowest nine bits of its mode."""


Snapshot = dict[str, Kept | None]
"""Encoded path → what stood there, None for nothing."""


class State(StrEnum):
    """How far a record got."""

    OPEN = "open"
    """Work tree and index may be half way."""
    STOPPED = "stopped"
    """Conflicts wait for a person."""
    DONE = "done"
    FAILED = "failed"
    """Given up, and put back."""
    UNDONE = "undone"
    """Done, and rolled back since. Never written: it follows from the records of rollbacks."""


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """What an apply or a rollback did, or is about to do."""

    id: str
    verb: str
    """`apply`, `split`, `rollback` or `redo`."""
    state: State
    time: str
    place: str = ""
    """Which work tree it belongs to: the name of a linked one, empty for the main one."""
    run: str
    """What the records of one run of apply have in common."""
    step: int = 0
    """The patch's place in that run, from 0."""
    patch: str
    subject: str
    branch: str
    before: Oid | None
    after: Oid | None = None
    """The commit that came of it; None without a commit."""
    tree_before: Oid
    tree_after: Oid
    commits: bool = True
    strategy: str = "manual"
    forced: list[str] = []
    paths: list[str] = []
    backup: str = ""
    undoes: list[str] = []
    """The records that a rollback took back; the rollback that a redo undid."""
    snapshot: Snapshot = {}
    """What stood at `paths` before."""
    replaced: Snapshot = {}
    """Of a record that was given up: what stood there then, and was neither what had been before nor the result."""


class Landed(Struct, frozen=True):
    """A patch that is on the branch, or staged."""

    record: Record
    settled: Sequence[Settlement] = ()
    reached: Sequence[Reach] = ()
    unreached: Sequence[Reach] = ()
    doubts: Sequence[Doubt] = ()


class Present(Struct, frozen=True):
    """A patch of which everything is there already."""

    patch: str
    subject: str


class Stopped(Struct, frozen=True):
    """A patch whose conflicts wait for a person; the patches after it wait, too."""

    plan: Plan
    record: Record
    waiting: int


Event: TypeAlias = Landed | Present | Stopped
