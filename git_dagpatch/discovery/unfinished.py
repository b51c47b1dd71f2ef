"""The files that are not yet as they shall be: what the running state holds of them, and what is wanted."""

from __future__ import annotations

from dataclasses import dataclass

from git_dagpatch.languages.plain import is_text
from git_dagpatch.model.objects import SUBMODULE, SYMLINK


@dataclass(frozen=True, slots=True)
class Unfinished:
    """One file whose content still differs, at the path where the running state has it."""

    path: bytes
    now: bytes
    wanted: bytes
    mode: str

    @property
    def is_text(self) -> bool:
        """Whether it can be edited by lines."""
        return is_text(self.now) and is_text(self.wanted)

    @property
    def has_layout(self) -> bool:
        """Whether it is a text file, neither symlink nor submodule."""
        return self.mode not in (SYMLINK, SUBMODULE) and self.is_text
