"""init: a clone is told to bring patches along when it fetches, and to show their notes."""

from __future__ import annotations

from git_dagpatch.store.names import NOTES, REMOTES
from git_dagpatch.store.repository import Repository


def initialize(repository: Repository, remotes: list[str]) -> list[str]:
    """Configure; what was changed, a sentence each. What is configured already stays, and nothing is ever pushed."""
    changed = []
    for remote in remotes:
        # With a pattern, a remote that has no patches yet can still be fetched from.
        for refspec in (
            f"+refs/dagpatch/patches*:{REMOTES}{remote}/patches*",
            f"+{NOTES}*:{REMOTES}{remote}/notes*",
        ):
            if _add(repository, f"remote.{remote}.fetch", refspec):
                changed.append(f"git fetch {remote} brings {refspec.partition(':')[0].strip('+*')} along.")
    if _add(repository, "notes.displayRef", NOTES):
        changed.append("git log shows the notes of recorded patches.")
    return changed


def remotes(repository: Repository) -> list[str]:
    """The remotes of the repository."""
    return repository.git.line("remote").splitlines()


def _add(repository: Repository, key: str, value: str) -> bool:
    """Add a value to a configuration key unless it is there."""
    if value in repository.git.line("config", "--local", "--get-all", key).splitlines():
        return False
    repository.git.run("config", "--local", "--add", key, value)
    return True
