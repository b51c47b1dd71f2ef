"""push and fetch: recorded patches and their notes go to a remote and come from it, and are united with those here."""

from __future__ import annotations

from msgspec import Struct

from git_dagpatch.model.errors import GitFailed, Refused, UsageError
from git_dagpatch.store import recording
from git_dagpatch.store.lock import locked
from git_dagpatch.store.names import NOTES, PATCHES, REMOTES
from git_dagpatch.store.repository import Repository

_TRIES = 5


class Shared(Struct, frozen=True):
    """What came of it."""

    remote: str
    patches: int
    """How many patches came that were not here."""


def default_remote(repository: Repository) -> str:
    """The remote of the current branch, or the only one, or ``origin``. Raises UsageError if there is none."""
    head = repository.head()
    configured = repository.git.line("config", "--get", f"branch.{head.branch}.remote")
    remotes = repository.git.line("remote").splitlines()
    if configured and configured != ".":
        return configured
    if len(remotes) == 1:
        return remotes[0]
    if "origin" in remotes:
        return "origin"
    raise UsageError("This repository has no remote.", hint="Name one, or add one with `git remote add`.")


def fetch(repository: Repository, remote: str) -> Shared:
    """Bring the remote's patches and notes, and unite them with those here."""
    there = _listing(repository, remote)
    tracking = {PATCHES: f"{REMOTES}{remote}/patches", NOTES: f"{REMOTES}{remote}/notes"}
    refspecs = [f"+{ref}:{tracking[ref]}" for ref in (PATCHES, NOTES) if ref in there]
    if not refspecs:
        return Shared(remote, 0)
    repository.git.run("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", remote, *refspecs)
    came = 0
    with locked(repository):
        tip = repository.ref(tracking[PATCHES]) if PATCHES in there else None
        if tip:
            came = recording.merge(repository, tip)
        if NOTES in there:
            # Where two clones noted different patches on one commit, both patches are kept and our note stays.
            merged = repository.git.ask("notes", "--ref", NOTES, "merge", "--quiet", "-s", "ours", tracking[NOTES])
            if merged.status:
                raise GitFailed("The notes of the remote could not be merged.", cause=merged.messages.strip())
    return Shared(remote, came)


def push(repository: Repository, remote: str) -> Shared:
    """Send patches and notes, uniting with what the remote has first where it has others."""
    came = 0
    for _ in range(_TRIES):
        refspecs = [f"{ref}:{ref}" for ref in (PATCHES, NOTES) if repository.ref(ref)]
        if not refspecs:
            raise Refused("Nothing is recorded here, so there is nothing to push.", hint="git dagpatch record RANGE")
        answer = repository.git.ask("push", "--quiet", "--atomic", remote, *refspecs)
        if answer.status == 0:
            return Shared(remote, came)
        if "fetch first" not in answer.messages and "non-fast-forward" not in answer.messages:
            raise GitFailed(f"The push to {remote!r} failed.", cause=answer.messages.strip())
        came += fetch(repository, remote).patches
    raise Refused(f"{remote!r} changes faster than it could be united with.", hint="Try again.")


def _listing(repository: Repository, remote: str) -> set[str]:
    listing = repository.git.run("ls-remote", "--quiet", remote, PATCHES, NOTES).decode()
    return {line.split("\t")[1] for line in listing.splitlines()}
