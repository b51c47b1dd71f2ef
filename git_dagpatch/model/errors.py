"""Every failure that git dagpatch announces.

::

    DagpatchError               kind, message, cause, hint
    ├── UsageError              exit 2: the words of the call are wrong
    │   └── InvalidPatch        the document is not a well-formed patch
    │       └── UnknownKind     well formed, but of a kind this version cannot execute
    ├── ProofFailed             exit 70: a patch that was found is not exact
    ├── Unfinished              exit 1: a run stopped on the way; what is done stands, the rest waits
    └── Refused                 exit 3: nothing was changed
        ├── NotARepository
        ├── UnknownRevision
        ├── UnbornBranch
        ├── MissingObject       an object that is needed is not here
        ├── WrongBase           the patch does not fit the tree it is executed on
        ├── AmbiguousPlace      a hunk fits in two places equally well
        ├── FileExists          something stands where a file would be written
        ├── UnsupportedRepository
        ├── GitFailed           a git command failed
        ├── SystemFailed        the disk is full, a directory may not be written to, and the like
        ├── Locked              another process works on the repository
        ├── RefChanged          a branch moved in the meantime
        ├── DirtyPaths          uncommitted work stands where files would change
        ├── WorkInProgress      an apply, merge, rebase or the like is not finished
        ├── NothingInProgress   there is nothing to continue, abort or roll back
        ├── DamagedState        what git dagpatch keeps in the repository cannot be read
        ├── HookFailed          a hook of the repository said no
        └── ValidationFailed    the result would not be well formed

A conflict is not here: it is a value (:mod:`git_dagpatch.model.conflict`).
"""

from __future__ import annotations

import errno

SYSTEM_FAILURES = frozenset(
    {
        errno.EACCES,
        errno.EDQUOT,
        errno.EFBIG,
        errno.EIO,
        errno.EMFILE,
        errno.ENFILE,
        errno.ENOMEM,
        errno.ENOSPC,
        errno.EPERM,
        errno.EROFS,
    }
)
"""Failures of the system, which are no bugs."""


class DagpatchError(Exception):
    """A failure with what went wrong, why, and what to do next, in full sentences."""

    exit_code = 70
    usual_hint = ""

    def __init__(self, message: str, *, cause: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.cause = cause
        self.hint = hint or self.usual_hint

    @property
    def kind(self) -> str:
        """The name of the failure for programs."""
        return type(self).__name__


class UsageError(DagpatchError):
    exit_code = 2


class InvalidPatch(UsageError):
    usual_hint = "Ask for the patch again, or make it anew with `git dagpatch export`."


class UnknownKind(InvalidPatch):
    pass


class ProofFailed(DagpatchError):
    pass


class Unfinished(DagpatchError):
    exit_code = 1


class Refused(DagpatchError):
    exit_code = 3


class NotARepository(Refused):
    usual_hint = "Change to a repository, or name one with -C."


class UnknownRevision(Refused):
    usual_hint = "`git log --all` shows which there are."


class UnbornBranch(Refused):
    pass


class MissingObject(Refused):
    pass


class WrongBase(Refused):
    usual_hint = "The patch was made for another tree; ask for one that fits."


class AmbiguousPlace(Refused):
    def __init__(self, message: str, *, path: str, lines: tuple[int, ...], cause: str = "", hint: str = "") -> None:
        super().__init__(message, cause=cause, hint=hint)
        self.path = path
        """The file, as documents write it."""
        self.lines = lines
        """Where the hunk could start in it."""


class FileExists(Refused):
    pass


class UnsupportedRepository(Refused):
    pass


class GitFailed(Refused):
    pass


class SystemFailed(Refused):
    pass


class Locked(Refused):
    pass


class RefChanged(Refused):
    pass


class DirtyPaths(Refused):
    pass


class WorkInProgress(Refused):
    pass


class NothingInProgress(Refused):
    pass


class DamagedState(Refused):
    pass


class HookFailed(Refused):
    pass


class ValidationFailed(Refused):
    pass
