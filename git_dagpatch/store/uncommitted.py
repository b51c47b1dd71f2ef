"""Index and work tree as trees that are held in memory; nothing is written to the repository."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from git_dagpatch.model.errors import WorkInProgress
from git_dagpatch.model.objects import SUBMODULE, Entry, Objects, Oid
from git_dagpatch.model.tree import Tree
from git_dagpatch.store.index import index_path
from git_dagpatch.store.repository import Repository

_AS_IT_IS = ("--raw", "-z", "--no-abbrev", "--no-renames", "--no-ext-diff", "--no-textconv", "--no-relative")


def index_tree(repository: Repository, head: Tree) -> Tree:
    """What is staged on `head`. Raises WorkInProgress where files are in conflict."""
    return head.with_changes(Objects(head.source), dict(_changes(repository, head, {})))


def work_tree(repository: Repository, head: Tree) -> Tree:
    """The files of the work tree that git tracks, as git would stage them. Raises WorkInProgress as above.

    git writes what it makes of them, filters included, to a place of its own that is gone afterwards.
    """
    index_tree(repository, head)
    with tempfile.TemporaryDirectory(prefix="dagpatch-") as name:
        place = Path(name)
        index = index_path(repository)
        if index.exists():
            shutil.copy2(index, place / "index")
        (place / "objects").mkdir()
        own = repository.git.run("rev-parse", "--git-path", "objects").rstrip(b"\n")
        known = [str(repository.work_tree / os.fsdecode(own)), *_alternates()]
        environment = {
            "GIT_INDEX_FILE": str(place / "index"),
            "GIT_OBJECT_DIRECTORY": str(place / "objects"),
            "GIT_ALTERNATE_OBJECT_DIRECTORIES": os.pathsep.join(map(_quoted, known)),
        }
        repository.git.run("add", "--update", "--", ":/", environment=environment)
        changes = dict(_changes(repository, head, environment))
        objects = Objects(head.source)
        wanted = {entry.oid for entry in changes.values() if entry is not None and entry.mode != SUBMODULE}
        for blob in _blobs(repository, sorted(wanted), environment):
            objects.add_blob(blob)
    return head.with_changes(objects, changes)


def _changes(
    repository: Repository, head: Tree, environment: Mapping[str, str]
) -> Iterator[tuple[bytes, Entry | None]]:
    """What an index changes; None for what it removes."""
    listed = repository.git.run("diff-index", "--cached", *_AS_IT_IS, head.id, environment=environment)
    fields = iter(listed.split(b"\0")[:-1])
    for line, path in zip(fields, fields, strict=True):
        _, mode, _, oid, status = line.decode().split(" ")
        if status == "U":
            raise WorkInProgress(
                f"The index holds a conflict in {os.fsdecode(path)!r}.", hint="Resolve it, and say so with `git add`."
            )
        yield path, None if status == "D" else Entry(mode, oid)


def _blobs(repository: Repository, oids: Sequence[Oid], environment: Mapping[str, str]) -> Iterator[bytes]:
    asked = "".join(f"{oid}\n" for oid in oids).encode()
    answer = repository.git.run("cat-file", "--batch", stdin=asked, environment=environment)
    at = 0
    for _ in oids:
        end = answer.index(b"\n", at)
        start, size = end + 1, int(answer[at:end].split(b" ")[2])
        yield answer[start : start + size]
        at = start + size + 1


def _alternates() -> list[str]:
    """What the environment already names as places of objects."""
    return [os.environ["GIT_ALTERNATE_OBJECT_DIRECTORIES"]] if "GIT_ALTERNATE_OBJECT_DIRECTORIES" in os.environ else []


def _quoted(path: str) -> str:
    """A path as git reads it in a list of paths."""
    return '"' + path.replace("\\", "\\\\").replace('"', '\\"') + '"' if os.pathsep in path else path
