"""What the rest of the program asks of a repository."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from git_dagpatch.model.commit import Commit
from git_dagpatch.model.objects import BlobSource, Objects, Oid


class Store(BlobSource, Protocol):
    """A repository, whichever library reads it."""

    @property
    def git_dir(self) -> str:
        """The directory to run git for."""

    @property
    def work_tree(self) -> str | None:
        """The top of the work tree, None in a bare repository."""

    def resolve(self, revision: str) -> Oid:
        """The object that `revision` names. Raises UnknownRevision, UnbornBranch."""

    def commit(self, revision: str) -> Commit:
        """The commit that `revision` names, tags followed. Raises UnknownRevision."""

    def tree(self, treeish: str) -> Oid:
        """The tree that `treeish` names: a commit's, a tag's, or itself. Raises UnknownRevision."""

    def walk(self, tips: Sequence[Oid], hidden: Sequence[Oid], *, first_parent: bool = False) -> Iterator[Oid]:
        """The commits that `tips` reach and `hidden` do not, parents before children."""

    def merge_base(self, one: Oid, other: Oid) -> Oid | None:
        """The last commit that both come of; any of the last ones if there are several, None if there is none."""

    def attribute(self, path: bytes, name: str) -> str:
        """What .gitattributes say of `path` under `name`, in the work tree or else in the index; empty for nothing."""

    def write(self, objects: Objects) -> None:
        """Store new objects, children first."""
