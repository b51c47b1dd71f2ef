"""Runs the formatters that the reader has configured, on texts in a directory of their own."""

from __future__ import annotations

import logging
import os
import re
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

from msgspec import Struct

from git_dagpatch.model.formatting import Formatted, Formatter
from git_dagpatch.model.paths import parents
from git_dagpatch.model.tree import Tree

log = logging.getLogger(__name__)

NAMES = ("black", "isort", "ruff")
"""The formatters that are known."""
_ARGUMENTS: Mapping[str, Sequence[str]] = {
    "black": ("--quiet", "--no-cache", "--config", "pyproject.toml"),
    "isort": ("--quiet", "--settings-path", "."),
    "ruff": ("format", "--quiet", "--no-cache"),
}
_SETTINGS = (b"pyproject.toml", b"setup.cfg", b"tox.ini", b".isort.cfg", b".editorconfig", b"ruff.toml", b".ruff.toml")
_TIMEOUT = 120.0
"""Seconds that a formatter may take."""
_BATCH = 1_000
"""Files that one process is told of."""
_VERSION = re.compile(r"\d+(?:\.\d+)+\w*")

Found = Callable[[], Sequence[Formatter]]
"""Tells the configured formatters, asked for when one is needed."""


def _none() -> Sequence[Formatter]:
    return ()


_found: Found = _none


def use(found: Found) -> None:
    """From now on, patches are made with these formatters."""
    global _found  # noqa: PLW0603 (what is configured is the same for all that a process does)
    _found = found


def configured() -> Found:
    """What `use` was told."""
    return _found


class Program(Struct, frozen=True):
    """A formatter that is installed."""

    name: str
    path: str
    """Where its program is."""

    def format(self, texts: Mapping[bytes, bytes], tree: Tree) -> Formatted | None:
        version = _version(self.path)
        if not version:
            return None
        with tempfile.TemporaryDirectory(prefix="dagpatch-") as directory:
            root = Path(directory).resolve()
            _write_settings(root, texts, tree)
            places = dict(_write_texts(root, texts))
            names = [f"./{place.relative_to(root)}" for place in places.values()]
            for first in range(0, len(names), _BATCH):
                if not self._run(root, names[first : first + _BATCH]):
                    return None
            return Formatted(version, {path: place.read_bytes() for path, place in places.items()})

    def _run(self, root: Path, names: Sequence[str]) -> bool:
        """Whether it ran; files that it could not read are as they were."""
        try:
            done = subprocess.run(
                [self.path, *_ARGUMENTS[self.name], *names],
                cwd=root,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=_TIMEOUT,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            log.debug("%s could not be run: %s", self.name, error)
            return False
        if done.returncode:
            log.debug("%s: %s", self.name, done.stderr.decode(errors="replace").strip())
        return True


@cache
def _version(path: str) -> str:
    """What the program at `path` says that its version is; empty if it says none."""
    try:
        done = subprocess.run(
            [path, "--version"], stdin=subprocess.DEVNULL, capture_output=True, timeout=_TIMEOUT, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        log.debug("%s could not be run: %s", path, error)
        return ""
    found = _VERSION.search(done.stdout.decode(errors="replace"))
    return found[0] if found else ""


def _write_settings(root: Path, texts: Mapping[bytes, bytes], tree: Tree) -> None:
    """The settings beside the files and above them; at the top always, so that none is looked for further up."""
    directories = {above + b"/" for path in texts for above in parents(path)} | {b""}
    for directory in directories:
        for name in _SETTINGS:
            path = directory + name
            text = tree.read(path) if tree.file(path) is not None else None
            if text is not None:
                _write(root, path, text)
    if not any((root / os.fsdecode(name)).exists() for name in (b"ruff.toml", b".ruff.toml", b"pyproject.toml")):
        (root / "ruff.toml").write_bytes(b"")
    if not (root / "pyproject.toml").exists():
        (root / "pyproject.toml").write_bytes(b"")


def _write_texts(root: Path, texts: Mapping[bytes, bytes]) -> Iterator[tuple[bytes, Path]]:
    for path, text in texts.items():
        place = _write(root, path, text)
        if place is not None:
            yield path, place


def _write(root: Path, path: bytes, text: bytes) -> Path | None:
    """Where the file was written; None if its path leads out of `root`, or cannot be one here."""
    place = root / os.fsdecode(path)
    if not place.resolve().is_relative_to(root) or b".." in path.split(b"/"):
        return None
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(text)
    except OSError as error:
        log.debug("%s cannot be written for a formatter: %s", os.fsdecode(path), error)
        return None
    return place
