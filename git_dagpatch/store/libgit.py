"""A repository read through libgit2, which is quick. What libgit2 would read otherwise than git does, is refused."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

import pygit2
from pygit2.enums import ObjectType, RepositoryOpenFlag, SortMode

from git_dagpatch.model.commit import Commit, parse_commit
from git_dagpatch.model.errors import GitFailed, NotARepository, UnsupportedRepository
from git_dagpatch.model.objects import Objects, Oid, missing_object
from git_dagpatch.store.order import Node, commit_time, first_parents, parents_first
from git_dagpatch.store.reader import Reader
from git_dagpatch.store.refusals import names_no, no_revision

_KINDS = {"blob": ObjectType.BLOB, "tree": ObjectType.TREE, "commit": ObjectType.COMMIT, "tag": ObjectType.TAG}
_NAMES = {int(number): kind for kind, number in _KINDS.items()}
_ONLY_GIT_OBEYS = (
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_COMMON_DIR",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
)
"""Variables by which another repository, work tree or objects are meant; pygit2 leaves most out."""
_FAILURES = (KeyError, ValueError, OSError, pygit2.GitError)
"""What pygit2 raises for what is missing, misspelt, unreadable, and all else."""


class LibgitStore(Reader):
    """The repository that `path` lies in. Raises NotARepository, UnsupportedRepository.

    It pickles as its place, so that another process opens the same.
    """

    def __init__(self, path: str) -> None:
        super().__init__("sha1")
        said = [name for name in _ONLY_GIT_OBEYS if name in os.environ]
        if said:
            raise UnsupportedRepository(f"libgit2 does not do what {said[0]} asks for.")
        try:
            self._repository = pygit2.Repository(path, RepositoryOpenFlag.FROM_ENV)
        except _FAILURES as error:
            raise NotARepository(f"There is no git repository at {path!r} or above it.", cause=str(error)) from error
        self._check_configuration()

    def _check_configuration(self) -> None:
        """Raise UnsupportedRepository for what git obeys and libgit2 does not know of."""
        for entry in self._repository.config:
            name = entry.name.lower()
            if name.startswith("remote.") and name.endswith(".promisor"):
                raise UnsupportedRepository("This is a partial clone, and libgit2 does not fetch what is missing.")
            if name == "safe.barerepository" and self._repository.is_bare:
                raise UnsupportedRepository("libgit2 does not ask whether a bare repository is wanted.")

    def __getstate__(self) -> str:
        return self.git_dir

    def __setstate__(self, git_dir: str) -> None:
        LibgitStore.__init__(self, git_dir)

    @property
    def git_dir(self) -> str:
        return str(self._repository.path)

    @property
    def work_tree(self) -> str | None:
        return self._repository.workdir

    def _read(self, oid: Oid) -> tuple[str, bytes]:
        try:
            number, content = self._repository.read(oid)
        except KeyError:
            raise missing_object(oid) from None
        except _FAILURES as error:
            raise GitFailed(f"libgit2 could not read the object {oid}.", cause=str(error)) from error
        return _NAMES[number], bytes(content)

    def resolve(self, revision: str) -> Oid:
        if self._is_oid(revision) and self._repository.odb.exists(revision):
            return revision
        # libgit2 would stop at a zero, and take what is before it for the whole; no revision holds a line feed.
        name = revision.replace("\0", "\n")
        try:
            return str(self._repository.revparse_single(name).id)
        except _FAILURES as error:
            oid = self._ref(name) if name else None
            if oid:
                return oid
            repository = self._repository
            unborn, shallow = lambda: repository.head_is_unborn, lambda: repository.is_shallow
            raise no_revision(revision, str(error), unborn=unborn, shallow=shallow) from error

    def _ref(self, name: str) -> Oid | None:
        """What a ref points to, even if it is a commit that libgit2 cannot parse."""
        try:
            oid = str(self._repository.lookup_reference_dwim(name).resolve().target)
        except _FAILURES:
            return None
        return oid if self._repository.odb.exists(oid) else None

    def commit(self, revision: str) -> Commit:
        oid = self.resolve(revision)
        kind, content = self._read(oid)
        return parse_commit(oid, content) if kind == "commit" else self.commit(self._peeled(oid, "commit", revision))

    def tree(self, treeish: str) -> Oid:
        oid = self.resolve(treeish)
        kind, content = self._read(oid)
        if kind == "commit":
            return parse_commit(oid, content).tree
        return oid if kind == "tree" else self._peeled(oid, "tree", treeish)

    def _peeled(self, oid: Oid, kind: str, revision: str) -> Oid:
        """The object of `kind` that the tag `oid` is on."""
        try:
            return str(self._repository.revparse_single(f"{oid}^{{{kind}}}").id)
        except _FAILURES as error:
            raise names_no(kind, revision, str(error)) from error

    def walk(self, tips: Sequence[Oid], hidden: Sequence[Oid], *, first_parent: bool = False) -> Iterator[Oid]:
        starts, ends = ([self.commit(oid).oid for oid in oids] for oids in (tips, hidden))
        try:
            found = self._walked(starts, ends)
        except _FAILURES:
            # libgit2 gives up at a commit whose author or committer it cannot parse.
            ended = self._followed(ends)
            found = {oid: node for oid, node in self._followed(starts).items() if oid not in ended}
        return iter(parents_first(first_parents(found, starts) if first_parent else found, starts))

    def _walked(self, tips: Sequence[Oid], hidden: Sequence[Oid]) -> dict[Oid, Node]:
        walker = self._repository.walk(None, SortMode.NONE)
        for oid in tips:
            walker.push(oid)
        for oid in hidden:
            walker.hide(oid)
        return {str(c.id): Node(c.commit_time, [str(parent) for parent in c.parent_ids]) for c in walker}

    def _followed(self, tips: Sequence[Oid]) -> dict[Oid, Node]:
        """The commits that `tips` reach, read one by one."""
        found: dict[Oid, Node] = {}
        waiting = list(tips)
        while waiting:
            oid = waiting.pop()
            if oid in found or (self._repository.is_shallow and not self._repository.odb.exists(oid)):
                continue
            content = self._content(oid, "commit")
            found[oid] = Node(commit_time(content), parse_commit(oid, content).parents)
            waiting += found[oid].parents
        return found

    def merge_base(self, one: Oid, other: Oid) -> Oid | None:
        try:
            # It gives None where there is none, whatever its annotation says.
            found: pygit2.Oid | None = self._repository.merge_base(one, other)
        except _FAILURES:
            return None  # Of a commit that libgit2 cannot parse, or that is cut off, nothing is known.
        return None if found is None else str(found)

    def attribute(self, path: bytes, name: str) -> str:
        value = self._repository.get_attr(path, name)
        return value if isinstance(value, str) else ""

    def write(self, objects: Objects) -> None:
        self._check_algorithm(objects)
        try:
            for oid, (kind, data) in objects.new.items():
                if not self._repository.odb.exists(oid):
                    self._repository.odb.write(_KINDS[kind], data)
        except _FAILURES as error:
            raise GitFailed("libgit2 could not store new objects.", cause=str(error)) from error
