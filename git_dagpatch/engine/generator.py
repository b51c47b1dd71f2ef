"""The versions on which a patch depends besides those of the program and of Python.

Equal trees and equal versions give equal patches, on every machine. Which versions count is told by the paths of the
files that change, so that it does not matter what the process has loaded before.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from git_dagpatch.languages import packages_of
from git_dagpatch.model.operation import BinaryDelta, Operation
from git_dagpatch.model.tree import Tree

ALWAYS = ("google-re2", "pygit2", "rapidfuzz")
"""What any patch may depend on: how patterns match, how lines are aligned, how similar texts are."""
DELTAS = "zstandard"
"""What the deltas of binary files are made by."""
_INFORMATION = re.compile(r"([^-]+)-([^-]+)\.dist-info")
_SEPARATORS = re.compile(r"[-_.]+")


def versions(operations: Iterable[Operation], paths: Iterable[bytes], trees: tuple[Tree, Tree]) -> dict[str, str]:
    """Package → version of those that are installed, for a patch between `trees` that changes the files at `paths`."""
    wanted = {*ALWAYS}
    for path in paths:
        wanted.update(packages_of(path, _start(path, trees)))
    if any(isinstance(operation, BinaryDelta) for operation in operations):
        wanted.add(DELTAS)
    present = installed()
    found = {name: present.get(_spelled(name)) for name in sorted(wanted)}
    return {name: version for name, version in found.items() if version is not None}


def _start(path: bytes, trees: tuple[Tree, Tree]) -> bytes:
    """The text of a file whose name does not tell its language."""
    if b"." in path.rpartition(b"/")[2]:
        return b""
    return next((tree.read(path) or b"" for tree in trees if tree.file(path) is not None), b"")


@cache
def installed() -> Mapping[str, str]:
    """Package → version of all that can be imported, told by the names of the directories that installers leave.

    Reading them through importlib.metadata takes as long as factoring several commits.
    """
    found: dict[str, str] = {}
    for directory in sys.path:
        try:
            names = [entry.name for entry in Path(directory or ".").iterdir()]
        except OSError:
            continue
        for name in names:
            match = _INFORMATION.fullmatch(name)
            if match:
                found.setdefault(_spelled(match[1]), match[2])
    return found


def _spelled(name: str) -> str:
    """`name` as the one of many ways to write it that all stand for."""
    return _SEPARATORS.sub("-", name).lower()
