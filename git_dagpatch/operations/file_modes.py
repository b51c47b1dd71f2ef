"""Which modes a patch may set."""

from __future__ import annotations

import re

from git_dagpatch.model.errors import InvalidPatch

# git once stored group-writable files as they were (100664); such trees stand in real histories.
_MODES = re.compile(r"100[67][0-7]{2}|120000|160000")
_DIRECTORY_MODES = re.compile(r"0?40000")


def is_directory_mode(mode: str) -> bool:
    """Whether `mode` is a directory's, in one of the two spellings that stand in real histories."""
    return _DIRECTORY_MODES.fullmatch(mode) is not None


def check_mode(mode: str) -> None:
    """Raise InvalidPatch unless `mode` is one of a file, a symlink or a submodule."""
    if not _MODES.fullmatch(mode):
        raise InvalidPatch(
            f"The mode {mode!r} of the patch is none that git gives to a file.",
            hint="Modes are 100644, 100755, 120000 (symlink) and 160000 (submodule).",
        )
