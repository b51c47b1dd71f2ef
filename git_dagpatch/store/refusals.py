"""What every backend says of a revision that it cannot give."""

from __future__ import annotations

import re
from collections.abc import Callable

from git_dagpatch.model.errors import UnbornBranch, UnknownRevision

_HEAD = re.compile(r"(HEAD|@)([~^:@].*)?", re.DOTALL)
_OID = re.compile("[0-9a-f]{40}|[0-9a-f]{64}")


def no_revision(
    revision: str, cause: str, *, unborn: Callable[[], bool], shallow: Callable[[], bool]
) -> UnbornBranch | UnknownRevision:
    """The error for a revision that names no object here; `unborn` and `shallow` are asked where they matter."""
    if _HEAD.fullmatch(revision) and unborn():
        return UnbornBranch("This branch has no commit yet.", hint="Commit something first.")
    if _OID.fullmatch(revision):
        hint = "This clone is shallow; `git fetch --unshallow` brings the rest of its history." if shallow() else ""
        return UnknownRevision(f"The object {revision} is not in this repository.", cause=cause, hint=hint)
    return UnknownRevision(f"{revision!r} is no revision of this repository.", cause=cause)


def names_no(kind: str, revision: str, cause: str = "") -> UnknownRevision:
    """The error for a revision that names an object, but not one of the kind that is needed."""
    return UnknownRevision(f"{revision!r} names no {kind}.", cause=cause)
