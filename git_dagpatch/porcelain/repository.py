"""Opening the repository of the current directory."""

from __future__ import annotations

from git_dagpatch.store.libgit import LibgitStore
from git_dagpatch.store.protocol import Store

__all__ = ["Store", "open_store"]


def open_store(path: str = ".") -> Store:
    """The repository that `path` lies in, or that GIT_DIR names. Raises NotARepository."""
    return LibgitStore(path)
