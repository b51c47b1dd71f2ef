"""The states between the operations of a patch: after which one does something no longer parse, or a command fail?"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

from git_dagpatch.engine.execute import weave_in
from git_dagpatch.engine.lineage import Lineages, Passage
from git_dagpatch.languages import language_of, well_formed
from git_dagpatch.model.codec import dag
from git_dagpatch.model.errors import MissingObject, Refused
from git_dagpatch.model.objects import EXECUTABLE, SUBMODULE, SYMLINK
from git_dagpatch.model.operation import said
from git_dagpatch.model.paths import encode
from git_dagpatch.model.tree import Tree
from git_dagpatch.porcelain.command import run_in
from git_dagpatch.porcelain.sources import Based


class Broken(Struct, frozen=True):
    """The first operation after which something is wrong that was right before."""

    operation: str
    number: int
    """Its place in the patch, from 0."""
    description: str
    path: str
    """The file that no longer parses; empty where the command failed."""
    problem: str


_Problem = tuple[str, str]
"""A path, empty where there is none, and what is wrong."""


def first_broken(based: Based, command: str = "") -> Broken | None:
    """The first operation, in a topological order, after which a file does not parse that parsed before, or `command`
    fails, which is run in a work tree of its own; None if there is none.

    Raises Refused if `command` fails before any operation, MissingObject where the base is not here whole to run it on.
    """
    operations = based.patch.operations
    graph = dag(operations)
    lineages = weave_in(operations, graph, based.base, graph.everything)
    with _work_tree(based, lineages, command) as run:
        done = 0
        for number in graph.order:
            after = done | 1 << number
            passages = lineages.passages(1 << number, done)
            found = _unparsed(lineages, passages, done, after) or run(passages, after)
            if found is not None:
                operation = operations[number]
                return Broken(str(operation.id), number, said(operation), *found)
            done = after
    return None


def _unparsed(lineages: Lineages, passages: list[Passage], before: int, after: int) -> _Problem | None:
    for one in passages:
        if one.start is None or one.end is None or one.mode_after in (SYMLINK, SUBMODULE):
            continue
        text = lineages.text_of(one, after)
        # Whether it parses is told much quicker than where it does not.
        if not well_formed(one.end, text) and well_formed(one.start, lineages.text_of(one, before)):
            fault = language_of(one.end, text).fault(text)
            place = f"{fault.line}:{fault.column}: {fault.message}" if fault else "it does not parse any more"
            return encode(one.end), place
    return None


@contextmanager
def _work_tree(
    based: Based, lineages: Lineages, command: str
) -> Iterator[Callable[[list[Passage], int], _Problem | None]]:
    """Where `command` is run after each operation, if there is one."""
    if not command:
        yield lambda passages, after: None
        return
    if based.base.id != based.patch.base:
        raise MissingObject(
            f"Of the base of {based.patch.id[:12]} only the touched files are here, so no command can be run.",
            hint="Verify it in a repository that has the tree, or leave out --command.",
        )
    with tempfile.TemporaryDirectory(prefix="dagpatch-checkpoint-", ignore_cleanup_errors=True) as directory:
        place = Path(directory)
        _write_all(based.base, place)
        start = _failure(place, command)
        if start:
            raise Refused(
                f"The command {command!r} fails before any operation.",
                cause=start,
                hint="Give one that succeeds on the base of the patch.",
            )

        def run(passages: list[Passage], after: int) -> _Problem | None:
            _update(lineages, passages, after, place)
            problem = _failure(place, command)
            return ("", problem) if problem else None

        yield run


def _failure(place: Path, command: str) -> str:
    """What is told of a command that failed, empty if it did not."""
    outcome = run_in(place, command)
    assert outcome is not None, "It may take as long as it likes."
    if not outcome.status:
        return ""
    last = outcome.output.rpartition("\n")[2]
    return f"{command!r} failed with status {outcome.status}" + (f": {last}" if last else "")


def _write_all(tree: Tree, place: Path) -> None:
    for path, entry in tree.files():
        _write(place / os.fsdecode(path), entry.mode, tree.read(path) or b"")


def _update(lineages: Lineages, passages: list[Passage], after: int, place: Path) -> None:
    """Bring the work tree to what one operation makes of it."""
    # What leaves makes room for what comes.
    for one in passages:
        if one.start is not None:
            old = place / os.fsdecode(one.start)
            _clear(old)
            _remove_empty(old.parent, place)
    for one in passages:
        if one.end is not None:
            _write(place / os.fsdecode(one.end), one.mode_after, lineages.text_of(one, after))


def _clear(path: Path) -> None:
    """Remove what stands at `path`: the file, or whatever the command left there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _remove_empty(directory: Path, top: Path) -> None:
    while directory != top and directory.is_dir() and not any(directory.iterdir()):
        directory.rmdir()
        directory = directory.parent


def _write(path: Path, mode: str, content: bytes) -> None:
    _clear(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    if mode == SUBMODULE:
        path.mkdir(exist_ok=True)
    elif mode == SYMLINK:
        path.symlink_to(os.fsdecode(content))
    else:
        path.write_bytes(content)
        path.chmod(0o755 if mode == EXECUTABLE else 0o644)
