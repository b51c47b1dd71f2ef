"""Which imports a change of some modules can lead elsewhere, told without parsing and on the safe side."""

from __future__ import annotations

import re
from collections.abc import Collection

from git_dagpatch.languages.python_modules import BUILD, PROJECT, Modules

_PACKAGE = b"__init__"
_DECIDES = frozenset((*BUILD, *PROJECT))
"""Files that say where the roots of a project are, and what a build makes."""


class Reach:
    """What the change from the modules `before` to the modules `after` can reach.

    `edited` are the paths whose content changed, `others` those that came, went, or became something else. An import
    names each module that it looks into, but for the package that a relative one starts from. What decides where
    modules are searched for at all reaches every file.
    """

    def __init__(self, before: Modules, after: Modules, edited: Collection[bytes], others: Collection[bytes]) -> None:
        changed = [*edited, *others]
        packages = {_directory(path) for path in changed if _stem(path) == _PACKAGE}
        self._everything = (
            any(_stem(path) == _PACKAGE for path in others)
            or any(_name(path) in _DECIDES for path in changed)
            or before.directories != after.directories
        )
        self._packages = tuple(package and package + b"/" for package in packages)
        words = {*map(_stem, changed), *map(_name, packages)} - {_PACKAGE, b""}
        self._words = re.compile(b"|".join(map(re.escape, sorted(words)))) if words else None

    def includes(self, path: bytes, text: bytes) -> bool:
        """Whether imports in the file at `path`, which holds `text`, may lead elsewhere than before."""
        if self._everything or path.startswith(self._packages):
            return True
        return self._words is not None and self._words.search(text) is not None


def _directory(path: bytes) -> bytes:
    return path.rpartition(b"/")[0]


def _name(path: bytes) -> bytes:
    return path.rpartition(b"/")[2]


def _stem(path: bytes) -> bytes:
    """The name of a file up to its first dot: what a module is imported by."""
    return _name(path).partition(b".")[0]
