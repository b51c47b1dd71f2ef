"""Files as plain values, and what the program says about them worked out again in the plainest way.

Nothing here uses the code that is tested beyond its values: tree ids are hashed and effects are applied on their own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import NamedTuple

from git_dagpatch.model.dag import Dag, mask_of, members
from git_dagpatch.model.effect import Appear, Effect, Relocate, Rewrite, SetMode, Span, SpellDirectory, Vanish
from git_dagpatch.model.objects import EXECUTABLE, FILE, SUBMODULE, SYMLINK, Entry, Objects
from git_dagpatch.model.operation import Operation
from git_dagpatch.model.tree import Tree, empty_tree


class File(NamedTuple):
    """A file's mode and content; of a submodule, the line ``Subproject commit <id>``."""

    mode: str
    content: bytes


Files = dict[bytes, File]


class Snapshot(NamedTuple):
    """Files, and the directories whose mode is not written as today."""

    files: Files
    spellings: Mapping[bytes, str]


def text(content: bytes) -> File:
    return File(FILE, content)


def script(content: bytes) -> File:
    return File(EXECUTABLE, content)


def symlink(target: bytes) -> File:
    return File(SYMLINK, target)


def submodule(digit: str) -> File:
    return File(SUBMODULE, b"Subproject commit %b\n" % (digit.encode() * 40))


def tree_of(files: Mapping[bytes, File], spellings: Mapping[bytes, str] | None = None) -> Tree:
    """`files` as a tree that is held in memory."""
    objects = Objects()
    entries = {path: _entry(objects, file) for path, file in files.items()}
    return empty_tree(objects).with_changes(objects, entries, spellings)


def _entry(objects: Objects, file: File) -> Entry:
    if file.mode == SUBMODULE:
        return Entry(SUBMODULE, file.content.split()[-1].decode())
    return Entry(file.mode, objects.add_blob(file.content))


def files_of(tree: Tree) -> Files:
    """All files of `tree`."""
    return {path: File(entry.mode, tree.read(path)) for path, entry in tree.files()}


def tree_id(files: Mapping[bytes, File], spellings: Mapping[bytes, str] | None = None) -> str:
    """The id that git gives to the tree of `files`."""
    folders: dict[bytes, dict[bytes, tuple[str, str]]] = {b"": {}}
    for path, file in files.items():
        above, _, name = path.rpartition(b"/")
        folders.setdefault(above, {})[name] = (file.mode, _blob_id(file))
        while above:
            above = above.rpartition(b"/")[0]
            folders.setdefault(above, {})
    deepest_first = sorted(folders, key=lambda path: path.count(b"/") + bool(path), reverse=True)
    for directory in deepest_first[:-1]:
        above, _, name = directory.rpartition(b"/")
        assert name not in folders[above], f"{directory!r} is a file and a directory"
        mode = (spellings or {}).get(directory, "40000")
        folders[above][name] = (mode, _hash("tree", _listing(folders[directory])))
    return _hash("tree", _listing(folders[b""]))


def _listing(names: Mapping[bytes, tuple[str, str]]) -> bytes:
    lines = []
    for name, (mode, oid) in names.items():
        key = name + b"/" if mode.endswith("40000") else name
        lines.append((key, mode.encode() + b" " + name + b"\0" + bytes.fromhex(oid)))
    return b"".join(line for _, line in sorted(lines))


def _blob_id(file: File) -> str:
    return file.content.split()[-1].decode() if file.mode == SUBMODULE else _hash("blob", file.content)


def _hash(kind: str, data: bytes) -> str:
    return hashlib.sha1(f"{kind} {len(data)}\0".encode() + data).hexdigest()


def applied(effect: Effect, before: Snapshot) -> Snapshot:
    """`before` after `effect`, which has to fit."""
    files, spellings = dict(before.files), dict(before.spellings)
    for path, change in effect.items():
        if isinstance(change, Vanish | Relocate):
            del files[path]
    for path, change in effect.items():
        match change:
            case Rewrite(spans):
                files[path] = File(files[path].mode, spliced(files[path].content, spans))
            case SetMode(mode):
                files[path] = File(mode, files[path].content)
            case Appear(mode, content):
                _arrive(path, File(mode, content), files)
            case Relocate(target):
                _arrive(target, before.files[path], files)
            case SpellDirectory(mode):
                spellings[path] = mode
            case Vanish():
                pass
    return Snapshot(files, spellings)


def _arrive(path: bytes, file: File, files: Files) -> None:
    for other in files:
        assert not clash(path, other), f"{path!r} would be written, but {other!r} stands there"
    files[path] = file


def clash(path: bytes, other: bytes) -> bool:
    """Whether no tree holds files at both paths."""
    return path == other or path.startswith(other + b"/") or other.startswith(path + b"/")


def spliced(content: bytes, spans: tuple[Span, ...]) -> bytes:
    """`content` after `spans`, from the last one to the first."""
    end = len(content) + 1
    for span in reversed(spans):
        assert 0 <= span.start <= span.end < end, f"{span} touches the one behind it, or lies outside"
        content = content[: span.start] + span.insert + content[span.end :]
        end = span.start
    return content


def graph_of(operations: list[Operation]) -> Dag:
    """The graph that the operations' ids and edges tell."""
    numbers = {operation.id: number for number, operation in enumerate(operations)}
    return Dag([mask_of(numbers[need] for need in operation.depends_on) for operation in operations])


def in_order(graph: Dag, chosen: int, priorities: list[int]) -> list[int]:
    """The operations of `chosen`, which is closed, in a topological order: of those ready, the first in priority."""
    order: list[int] = []
    waiting = [number for number in priorities if chosen >> number & 1]
    while waiting:
        done = mask_of(order)
        ready = next(number for number in waiting if not graph.needs[number] & ~done)
        waiting.remove(ready)
        order.append(ready)
    return order


def removable(graph: Dag, chosen: int) -> list[int]:
    """The operations of `chosen` that no other of them needs."""
    return [n for n in members(chosen) if not any(graph.needs[other] >> n & 1 for other in members(chosen))]
