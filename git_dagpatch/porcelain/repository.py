"""Opening the repository of the current directory."""

from __future__ import annotations

from git_dagpatch.store.libgit import LibgitStore
from git_dagpatch.store.protocol import Store
from git_dagpatch.store.repository import Repository

__all__ = ["Repository", "Store", "open_repository", "open_store"]


def open_store(path: str = ".") -> Store:
    """The repository that `path` lies in, or that GIT_DIR names. Raises NotARepository."""
    return LibgitStore(path)


def open_repository(path: str = ".") -> Repository:
    """The same with its work tree, for the verbs that change it."""
    return Repository(open_store(path))
