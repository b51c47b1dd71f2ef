"""Every failure that git dagpatch announces.

::

    DagpatchError               kind, message, cause, hint
    ├── UsageError              exit 2: the words of the call are wrong
    │   └── InvalidPatch        the document is not a well-formed patch
    │       └── UnknownKind     well formed, but of a kind this version cannot execute
    ├── ProofFailed             exit 70: a patch that was found is not exact
    └── Refused                 exit 3: nothing was changed
        ├── NotARepository
        ├── UnknownRevision
        ├── UnbornBranch
        ├── MissingObject       an object that is needed is not here
        ├── WrongBase           the patch does not fit the tree it is executed on
        ├── FileExists          something stands where a file would be written
        ├── UnsupportedRepository
        ├── GitFailed           a git command failed
        ├── Locked              another process works on the repository
        ├── RefChanged          a branch moved in the meantime
        ├── DirtyPaths          uncommitted work stands where files would change
        ├── WorkInProgress      an apply, merge, rebase or the like is not finished
        ├── NothingInProgress   there is nothing to continue, abort or roll back
        ├── HookFailed          a hook of the repository said no
        └── ValidationFailed    the result would not be well formed

A conflict is not here: it is a value (:mod:`git_dagpatch.model.conflict`).
"""

from __future__ import annotations


class DagpatchError(Exception):
    """A failure with what went wrong, why, and what to do next, in full sentences."""

    exit_code = 70

    def __init__(self, message: str, *, cause: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.cause = cause
        self.hint = hint

    @property
    def kind(self) -> str:
        """The name of the failure for programs."""
        return type(self).__name__


class UsageError(DagpatchError):
    exit_code = 2


class InvalidPatch(UsageError):
    pass


class UnknownKind(InvalidPatch):
    pass


class ProofFailed(DagpatchError):
    pass


class Refused(DagpatchError):
    exit_code = 3


class NotARepository(Refused):
    pass


class UnknownRevision(Refused):
    pass


class UnbornBranch(Refused):
    pass


class MissingObject(Refused):
    pass


class WrongBase(Refused):
    pass


class FileExists(Refused):
    pass


class UnsupportedRepository(Refused):
    pass


class GitFailed(Refused):
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


class HookFailed(Refused):
    pass


class ValidationFailed(Refused):
    pass
