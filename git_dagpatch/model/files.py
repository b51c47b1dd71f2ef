"""The files of one state, as an operation sees them."""

from __future__ import annotations

from typing import Protocol


class Files(Protocol):
    """Contents and modes in one state of the files."""

    def read(self, path: bytes) -> bytes:
        """The content of the file at `path`. Raises WrongBase if there is none."""

    def mode(self, path: bytes) -> str:
        """The mode of the file at `path`. Raises WrongBase if there is none."""
