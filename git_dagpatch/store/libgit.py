"""A repository read through libgit2."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pygit2
from pygit2.enums import ObjectType, SortMode

from git_dagpatch.model.commit import Commit, parse_commit
from git_dagpatch.model.errors import NotARepository, UnbornBranch, UnknownRevision
from git_dagpatch.model.objects import Entries, Objects, Oid, missing_object, parse_tree

_KEPT_TREES = 4096
_KINDS = {"blob": ObjectType.BLOB, "tree": ObjectType.TREE, "commit": ObjectType.COMMIT}


class LibgitStore:
    """The repository that `path` lies in, or that GIT_DIR names."""

    algorithm = "sha1"

    def __init__(self, path: str) -> None:
        found = pygit2.discover_repository(path)
        try:
            self._repository = pygit2.Repository(found) if found else pygit2.Repository()
        except pygit2.GitError as error:
            raise NotARepository(f"There is no git repository at {path!r} or above it.", cause=str(error)) from error
        self._trees: dict[Oid, Entries] = {}

    @property
    def git_dir(self) -> str:
        return str(self._repository.path)

    @property
    def work_tree(self) -> str | None:
        return self._repository.workdir

    def blob(self, oid: Oid) -> bytes:
        return self._read(oid)

    def entries(self, oid: Oid) -> Entries:
        entries = self._trees.get(oid)
        if entries is None:
            if len(self._trees) >= _KEPT_TREES:
                self._trees.clear()
            entries = self._trees[oid] = parse_tree(self._read(oid), self.algorithm)
        return entries

    def _read(self, oid: Oid) -> bytes:
        try:
            return bytes(self._repository.read(oid)[1])
        except KeyError:
            raise missing_object(oid) from None

    def resolve(self, revision: str) -> Oid:
        return str(self._object(revision).id)

    def _object(self, revision: str) -> pygit2.Object:
        try:
            return self._repository.revparse_single(revision)
        except (KeyError, ValueError, pygit2.GitError) as error:
            if self._repository.head_is_unborn and revision.startswith("HEAD"):
                raise UnbornBranch("This branch has no commit yet.", hint="Commit something first.") from error
            raise UnknownRevision(f"{revision!r} is no revision of this repository.", cause=str(error)) from error

    def commit(self, revision: str) -> Commit:
        try:
            found = str(self._object(revision).peel(pygit2.Commit).id)
        except (ValueError, pygit2.GitError) as error:
            raise UnknownRevision(f"{revision!r} names no commit.", cause=str(error)) from error
        return parse_commit(found, self._read(found))

    def tree(self, treeish: str) -> Oid:
        try:
            return str(self._object(treeish).peel(pygit2.Tree).id)
        except (ValueError, pygit2.GitError) as error:
            raise UnknownRevision(f"{treeish!r} names no tree.", cause=str(error)) from error

    def walk(self, tips: Sequence[Oid], hidden: Sequence[Oid], *, first_parent: bool = False) -> Iterator[Oid]:
        walker = self._repository.walk(None, SortMode.TOPOLOGICAL | SortMode.TIME | SortMode.REVERSE)
        for tip in tips:
            walker.push(tip)
        for oid in hidden:
            walker.hide(oid)
        if first_parent:
            walker.simplify_first_parent()
        return (str(commit.id) for commit in walker)

    def write(self, objects: Objects) -> None:
        for oid, (kind, data) in objects.new.items():
            if not self._repository.odb.exists(oid):
                self._repository.odb.write(_KINDS[kind], data)
