"""The imports that a change of a tree leaves leading nowhere, in the files that it touches and in all others."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache

from git_dagpatch.alignment.files import Difference, differences
from git_dagpatch.languages import Fault, language_of
from git_dagpatch.languages.python_imports import modules_of, unresolved_imports
from git_dagpatch.languages.python_modules import Modules
from git_dagpatch.languages.python_reach import Reach
from git_dagpatch.model.objects import SUBMODULE, SYMLINK, Entry
from git_dagpatch.model.tree import Tree, read_entry


def broken_imports(before: Tree, after: Tree) -> Iterator[tuple[bytes, Fault]]:
    """Path and fault of each import of `after` that leads nowhere, and did not stand so in `before`.

    In a file that is new at its path, what is wrong in a file that went stood there already: it may have moved.
    """
    changes = {change.path: change for change in differences(before, after)}
    if not changes:
        return
    old, new = modules_of(before), modules_of(after)
    reach = _reach([*changes.values()], old, new)
    known = _known(before, old, [*changes.values()])
    for path, entry in after.files():
        if not _may_be_python(path, entry):
            continue
        text = read_entry(after.source, entry)
        if path in changes or reach.includes(path, text):
            for fault in _faults(path, text, new):
                if fault.message not in known(path):
                    yield path, fault


def _reach(changes: Sequence[Difference], old: Modules, new: Modules) -> Reach:
    edited = [c.path for c in changes if c.before and c.after and _is_source(c.before) and _is_source(c.after)]
    return Reach(old, new, edited, [*{change.path for change in changes}.difference(edited)])


def _known(before: Tree, old: Modules, changes: Sequence[Difference]) -> Callable[[bytes], frozenset[str]]:
    """What was wrong before with the file at a path; of a new one, with those that went."""

    @cache
    def gone() -> frozenset[str]:
        return frozenset().union(*(known(c.path) for c in changes if c.before and not c.after))

    @cache
    def known(path: bytes) -> frozenset[str]:
        entry = before.file(path)
        if entry is None:
            return gone()
        text = read_entry(before.source, entry) if _may_be_python(path, entry) else b""
        return frozenset(fault.message for fault in _faults(path, text, old))

    return known


def _faults(path: bytes, text: bytes, modules: Modules) -> list[Fault]:
    return unresolved_imports(path, text, modules) if language_of(path, text).name == "python" else []


def _may_be_python(path: bytes, entry: Entry) -> bool:
    """Whether it is worth reading: a script without a suffix says in its first line what it is."""
    name = path.rpartition(b"/")[2]
    return _is_source(entry) and (b"." not in name or language_of(path).name == "python")


def _is_source(entry: Entry) -> bool:
    return entry.mode not in (SYMLINK, SUBMODULE)
