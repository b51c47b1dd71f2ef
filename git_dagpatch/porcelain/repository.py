"""Opening the repository of the current directory."""

from __future__ import annotations

from git_dagpatch.model.errors import Refused
from git_dagpatch.store.libgit import LibgitStore
from git_dagpatch.store.protocol import Store

__all__ = ["Store", "open_store"]


def open_store(path: str = ".") -> Store:
    """The repository that git finds from `path`, or that GIT_DIR names: through libgit2, or else through git.

    Raises NotARepository and, with git's own words, UnsupportedRepository.
    """
    try:
        return LibgitStore(path)
    except Refused:
        # Loaded here, because GitPython takes as long as all else together, and few repositories need it.
        from git_dagpatch.store.gitcommand import GitStore

        return GitStore(path)
