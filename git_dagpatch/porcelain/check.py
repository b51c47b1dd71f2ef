"""check: whether files are well formed, staged or on disk; a fault is a value."""

from __future__ import annotations

import os
import pickle
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import NamedTuple

from msgspec import Struct

from git_dagpatch.languages import Fault, Language, language_of
from git_dagpatch.languages.markers import left_markers
from git_dagpatch.languages.plain import is_text
from git_dagpatch.languages.python_imports import unresolved_imports
from git_dagpatch.languages.python_modules import Modules
from git_dagpatch.model.errors import MissingObject
from git_dagpatch.porcelain.contents import Contents, File, on_disk, staged
from git_dagpatch.porcelain.repository import Store

_LARGEST = 1 << 24
"""Larger files are written by programs, and take longer to read than anyone waits for a commit."""
_WORTH_A_PROCESS = 1 << 19
"""Less than so many bytes in all is checked before a process has started."""
_CHUNK_BYTES, _CHUNK_FILES = 1 << 18, 64

MARKERS, SYNTAX, IMPORTS = "markers", "syntax", "imports"


class Finding(NamedTuple):
    """A fault, and the check that found it."""

    check: str
    fault: Fault


class Checked(Struct, frozen=True):
    """What there is to say about a file."""

    place: Path
    """Absolute."""
    language: str
    findings: tuple[Finding, ...]
    unchecked: str = ""
    """Why its syntax was not checked, though it is known to have one; empty where it was."""


class Check(Struct, frozen=True):
    """The files that will be checked, where their contents are, and how many processes may work (0: as it pays)."""

    files: Sequence[File]
    contents: Contents
    imports: bool
    jobs: int

    def run(self) -> Iterator[Checked]:
        """Check every file; what is found, in their order."""
        workers = min(self.jobs or _processors(), len(self.files))
        if workers < 2 or (not self.jobs and sum(file.size for file in self.files) < _WORTH_A_PROCESS):
            worker = _Worker(self.contents, self.imports)
            yield from map(worker.check, self.files)
            return
        begin = partial(_start, pickle.dumps(self.contents), self.imports)
        with ProcessPoolExecutor(workers, initializer=begin) as pool:
            for checked in pool.map(_check, _chunks(self.files)):
                yield from checked


def check_staged(store: Store, *, imports: bool = False, jobs: int = 0) -> Check:
    """A check of what the next commit adds or changes. Raises Refused in a bare repository."""
    return Check(*staged(store, modules=imports), imports, jobs)


def check_paths(paths: Sequence[Path], *, imports: bool = False, jobs: int = 0) -> Check:
    """A check of files, and of the files in directories: those that git lists, or all outside of a repository."""
    return Check(*on_disk(paths, modules=imports), imports, jobs)


class _Worker:
    """Checks one file after another; what it has read of a tree's modules stays known."""

    def __init__(self, contents: Contents, imports: bool) -> None:
        self._contents = contents
        self._imports = imports
        self._modules: dict[Path, Modules] = {}

    def check(self, file: File) -> Checked:
        if file.size > _LARGEST:
            return Checked(file.place, "", (), f"larger than {_LARGEST >> 20} MiB")
        try:
            text = self._contents.read(file)
        except (OSError, MissingObject) as error:
            return Checked(file.place, "", (), str(error))
        language = language_of(file.path, text)
        left = tuple(Finding(MARKERS, fault) for fault in left_markers(file.path, text)) if is_text(text) else ()
        if left:
            return Checked(file.place, language.name, left)
        fault = language.fault(text)
        if fault is None:
            return Checked(file.place, language.name, self._import_faults(file, text, language), language.unchecked)
        if not language.certain and self._was_faulty(file, language):
            return Checked(file.place, language.name, (), "its grammar does not take what is committed either")
        return Checked(file.place, language.name, (Finding(SYNTAX, fault),))

    def _was_faulty(self, file: File, language: Language) -> bool:
        committed = self._contents.committed(file)
        return committed is not None and language.fault(committed) is not None

    def _import_faults(self, file: File, text: bytes, language: Language) -> tuple[Finding, ...]:
        if not self._imports or language.name != "python":
            return ()
        if file.root not in self._modules:
            self._modules[file.root] = self._contents.modules(file.root)
        faults = unresolved_imports(file.path, text, self._modules[file.root])
        return tuple(Finding(IMPORTS, fault) for fault in faults)


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _chunks(files: Sequence[File]) -> Iterator[list[File]]:
    """`files` in runs that take about as long each."""
    chunk: list[File] = []
    size = 0
    for file in files:
        if chunk and (size + file.size > _CHUNK_BYTES or len(chunk) == _CHUNK_FILES):
            yield chunk
            chunk, size = [], 0
        chunk.append(file)
        size += file.size
    if chunk:
        yield chunk


_worker: _Worker | None = None


def _start(contents: bytes, imports: bool) -> None:
    global _worker  # noqa: PLW0603 (a process reads a tree's modules once)
    _worker = _Worker(pickle.loads(contents), imports)


def _check(files: list[File]) -> list[Checked]:
    assert _worker is not None
    return [_worker.check(file) for file in files]
