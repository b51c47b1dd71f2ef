"""Opening a repository together with its work tree, for the verbs that change it."""

from __future__ import annotations

from git_dagpatch.porcelain.repository import open_store
from git_dagpatch.store.repository import Repository

__all__ = ["Repository", "open_repository"]


def open_repository(path: str = ".") -> Repository:
    """The repository that `path` lies in, or that GIT_DIR names. Raises NotARepository."""
    return Repository(open_store(path))
