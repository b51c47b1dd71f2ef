"""The files that are not yet as they shall be: what the running state holds of them, and what is wanted."""

from __future__ import annotations

from enum import Enum

from msgspec import Struct

from git_dagpatch.languages import is_readable, well_formed
from git_dagpatch.model.objects import SUBMODULE, SYMLINK


class Standing(Enum):
    """Whether a file is there before and after."""

    STAYS = "stays"
    ARRIVES = "arrives"
    """It is not there yet; what it holds now is empty."""
    LEAVES = "leaves"
    """It is still there; what is wanted is empty."""


class Unfinished(Struct, frozen=True):
    """One file whose content still differs, at the path where the running state has it."""

    path: bytes
    now: bytes
    wanted: bytes
    mode: str
    standing: Standing = Standing.STAYS
    laid_out: bytes | None = None
    """What it held when its layout was looked at last."""

    @property
    def is_left(self) -> bool:
        """Whether there is something left to explain: what it holds, or that it comes or goes."""
        return self.now != self.wanted or self.standing is not Standing.STAYS

    @property
    def is_text(self) -> bool:
        """Whether it can be edited by lines."""
        return is_readable(self.path, self.now) and is_readable(self.path, self.wanted)

    @property
    def has_layout(self) -> bool:
        """Whether it is a text file that stays, neither symlink nor submodule."""
        return self.standing is Standing.STAYS and self.mode not in (SYMLINK, SUBMODULE) and self.is_text

    def may_become(self, text: bytes) -> bool:
        """Whether `text` is well formed, where the file is now and shall be: then a part of the patch may end there."""
        return (
            well_formed(self.path, text)
            or not well_formed(self.path, self.now)
            or not well_formed(self.path, self.wanted)
        )
