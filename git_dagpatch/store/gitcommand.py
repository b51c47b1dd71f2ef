"""A repository read through git itself: for what libgit2 cannot read, and whatever the environment makes of it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import NamedTuple

import git

from git_dagpatch.model.commit import Commit, parse_commit
from git_dagpatch.model.errors import GitFailed, MissingObject, NotARepository, Refused, UnsupportedRepository
from git_dagpatch.model.objects import Objects, Oid, missing_object
from git_dagpatch.store.cat_file import AS_STORED, Absent, CatFile, Found, Unreadable
from git_dagpatch.store.command import Git
from git_dagpatch.store.order import Node, first_parents, parents_first
from git_dagpatch.store.pack import pack
from git_dagpatch.store.reader import Reader
from git_dagpatch.store.refusals import names_no, no_revision

_ALGORITHMS = ("sha1", "sha256")
_WORTH_A_PACK = 100
"""Fewer new objects than this become files of their own, as when git fetches (``fetch.unpackLimit``)."""
_RELATIVE = re.compile(rb":\.\.?(/|$)")


class Place(NamedTuple):
    """What git says of a repository."""

    algorithm: str
    git_dir: str
    work_tree: str | None


class GitStore(Reader):
    """The repository that `find` finds from `path`. Processes run until it is closed, or goes.

    It pickles as its place, so that another process opens the same.
    """

    def __init__(self, path: str) -> None:
        self._open(find(path))

    def _open(self, place: Place) -> None:
        super().__init__(place.algorithm)
        self._place = place
        self._git = Git(place.git_dir, place.work_tree)
        self._objects = CatFile(place.git_dir, place.work_tree, "--batch")
        self._names = CatFile(place.git_dir, place.work_tree, "--batch-check")

    def __getstate__(self) -> Place:
        return self._place

    def __setstate__(self, place: Place) -> None:
        self._open(place)

    def __enter__(self) -> GitStore:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the processes; they are started again where more is asked."""
        self._objects.close()
        self._names.close()

    @property
    def git_dir(self) -> str:
        return self._place.git_dir

    @property
    def work_tree(self) -> str | None:
        return self._place.work_tree

    def _read(self, oid: Oid) -> tuple[str, bytes]:
        answer = self._objects.ask(oid.encode())
        if isinstance(answer, Found):
            return answer.kind, answer.data
        if isinstance(answer, Absent):
            raise missing_object(oid)
        if self._is_partial():
            raise MissingObject(
                f"The object {oid} is not in this partial clone, and could not be fetched.",
                cause=answer.messages,
                hint="Make sure that the remote repository can be reached, or clone it whole.",
            )
        raise GitFailed(
            f"git could not read the object {oid}.", cause=answer.messages, hint="`git fsck` tells what is damaged."
        )

    def _is_partial(self) -> bool:
        return bool(self._git.line("config", "--get-regexp", r"^remote\..*\.promisor$"))

    def resolve(self, revision: str) -> Oid:
        return self._named(revision).oid

    def commit(self, revision: str) -> Commit:
        # By far most are asked for by their ids, which takes one request.
        oid = revision if self._is_oid(revision) else self._peeled(revision, "commit")
        try:
            kind, content = self._read(oid)
        except MissingObject as error:
            raise self._unknown(revision, error.cause) from error
        return parse_commit(oid, content) if kind == "commit" else self.commit(self._peeled(revision, "commit"))

    def tree(self, treeish: str) -> Oid:
        return self._peeled(treeish, "tree")

    def _peeled(self, revision: str, kind: str) -> Oid:
        """The object of `kind` that `revision` names, tags followed."""
        named = self._named(revision)
        if named.kind == kind:
            return named.oid
        peeled = self._names.ask(f"{named.oid}^{{{kind}}}".encode())
        if not isinstance(peeled, Found):
            raise names_no(kind, revision, peeled.messages if isinstance(peeled, Unreadable) else "")
        return peeled.oid

    def _named(self, revision: str) -> Found:
        name = os.fsencode(revision)
        if not _is_askable(name):
            raise self._unknown(revision, "It has to be one line, with paths written from the top of the tree.")
        answer = self._names.ask(name)
        if isinstance(answer, Found):
            return answer
        raise self._unknown(revision, answer.why if isinstance(answer, Absent) else answer.messages)

    def _unknown(self, revision: str, cause: str) -> Refused:
        return no_revision(revision, cause, unborn=self._is_unborn, shallow=self._is_shallow)

    def _is_unborn(self) -> bool:
        return not isinstance(self._names.ask(b"HEAD"), Found)

    def _is_shallow(self) -> bool:
        return self._git.line("rev-parse", "--is-shallow-repository") == "true"

    def walk(self, tips: Sequence[Oid], hidden: Sequence[Oid], *, first_parent: bool = False) -> Iterator[Oid]:
        starts, ends = ([self._peeled(oid, "commit") for oid in oids] for oids in (tips, hidden))
        asked = "".join([*(f"{oid}\n" for oid in starts), *(f"^{oid}\n" for oid in ends)])
        lines = self._git.run(
            "rev-list", "--timestamp", "--parents", "--stdin", stdin=asked.encode(), environment=AS_STORED
        )
        found = {}
        for line in lines.decode().splitlines():
            time, oid, *parents = line.split()
            found[oid] = Node(int(time), parents)
        # Not left to rev-list, which with --first-parent lists hidden commits, too, where times are equal.
        return iter(parents_first(first_parents(found, starts) if first_parent else found, starts))

    def merge_base(self, one: Oid, other: Oid) -> Oid | None:
        return self._git.line("merge-base", one, other) or None

    def attribute(self, path: bytes, name: str) -> str:
        told = self._git.run("check-attr", "-z", name, "--", os.fsdecode(path))
        value = told.split(b"\0")[2].decode(errors="replace")
        return "" if value in ("set", "unset", "unspecified") else value

    def write(self, objects: Objects) -> None:
        self._check_algorithm(objects)
        if not objects.new:
            return
        many = len(objects.new) >= _WORTH_A_PACK
        command = ("index-pack", "--stdin") if many else ("unpack-objects", "-q")
        # Neither looks at what is in the objects, so trees with odd modes and names are stored as they are.
        self._git.run(*command, stdin=pack(objects.new.values(), self.algorithm))


def find(path: str) -> Place:
    """The repository that git finds from `path`, or that GIT_DIR names.

    Raises NotARepository and, with git's own words, UnsupportedRepository.
    """
    # As for git, GIT_DIR counts from the current directory; it leaves nothing to be found.
    there = [] if "GIT_DIR" in os.environ else ["-C", path]
    status, output, messages = _ask(*there, "rev-parse", "--show-object-format", "--absolute-git-dir")
    if status:
        raise _refusal(path, messages)
    algorithm, _, git_dir = os.fsdecode(output).removesuffix("\n").partition("\n")
    if algorithm not in _ALGORITHMS:
        raise UnsupportedRepository(f"This repository names its objects by {algorithm!r}, which is not known here.")
    status, output, _ = _ask(*there, "rev-parse", "--show-toplevel")
    return Place(algorithm, git_dir, None if status else os.fsdecode(output).removesuffix("\n"))


def _ask(*arguments: str) -> tuple[int, bytes, str]:
    return git.Git().execute(
        ["git", *arguments],
        with_extended_output=True,
        with_exceptions=False,
        stdout_as_string=False,
        strip_newline_in_stdout=False,
    )


def _refusal(path: str, messages: str) -> Refused:
    """The error for what git says: the fault in its first line, and the way out, if it knows one, in those after it."""
    first, _, rest = messages.strip().partition("\n")
    cause, more = first.removeprefix("fatal: "), " ".join(rest.split())
    if cause.endswith(":"):
        cause, more = f"{cause} {more}", "A newer git may know it."
    if "not a git repository" in cause or "cannot change to" in cause:
        return NotARepository(f"There is no git repository at {path!r} or above it.", cause=cause, hint=more)
    return UnsupportedRepository(f"git refuses to read the repository at {path!r}.", cause=cause, hint=more)


def _is_askable(name: bytes) -> bool:
    """Whether `name` is one line, and means to a process at the top of the work tree what it means here."""
    return not (_RELATIVE.search(name) or b"\n" in name or b"\0" in name or name.endswith(b"\r"))
