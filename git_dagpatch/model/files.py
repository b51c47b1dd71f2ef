"""The files of one state, as an operation sees them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from git_dagpatch.model.operation import Operation


class Files(Protocol):
    """Contents and modes in one state of the files."""

    def read(self, path: bytes) -> bytes:
        """The content of the file at `path`. Raises WrongBase if there is none."""

    def mode(self, path: bytes) -> str:
        """The mode of the file at `path`. Raises WrongBase if there is none."""


@runtime_checkable
class PatchFiles(Files, Protocol):
    """The files of a state of a patch of which all operations are known."""

    @property
    def base(self) -> Files:
        """The files before the patch."""

    @property
    def result(self) -> Files:
        """The files in the end."""

    @property
    def operations(self) -> Sequence[Operation]:
        """The patch's operations, each after those that it needs."""
