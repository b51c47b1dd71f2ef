"""Documents made by hand: operations as people write them, and a patch around them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

from git_dagpatch.engine.execute import execute
from git_dagpatch.model.codec import decode
from git_dagpatch.model.ids import canonical
from git_dagpatch.model.objects import Objects
from git_dagpatch.operations.binary_delta import CODEC, make_delta
from tests.trees import Files, files_of, tree_of

Fields = dict[str, Any]


def document(*operations: Fields, **fields: Any) -> bytes:
    """A patch as JSON, all of it well formed but for what a test puts in."""
    raw = {"format": "dagpatch/1", "base": "b" * 40, "result": "c" * 40, "base_tar": "d" * 64}
    return canonical(raw | {"metadata": {}, "operations": list(operations)} | fields)


def executed(files: Files, *operations: Fields) -> Files:
    """`files` after the operations of a document."""
    base = tree_of(files)
    return files_of(execute(decode(document(*operations)).operations, base, Objects(base.source)))


def delete(path: str, *needs: str) -> Fields:
    return {"type": "delete", "target": path, "depends_on": list(needs)}


def create(path: str, *needs: str) -> Fields:
    return {"type": "create", "target": path, "mode": "100644", "content": "new\n", "depends_on": list(needs)}


def move(source: str, target: str, *needs: str) -> Fields:
    return {"type": "move", "source": source, "target": target, "depends_on": list(needs)}


def copy(source: str, target: str, *needs: str) -> Fields:
    return {"type": "copy", "source": source, "target": target, "depends_on": list(needs)}


def mode(path: str, value: str, *needs: str) -> Fields:
    return {"type": "mode", "target": path, "mode": value, "depends_on": list(needs)}


def edit(path: str, *hunks: tuple[int, list[str]], needs: Iterable[str] = ()) -> Fields:
    written = [{"at": at, "lines": lines} for at, lines in hunks]
    return {"type": "edit", "target": path, "hunks": written, "depends_on": list(needs)}


def whitespace(path: str, *spans: object, needs: Iterable[str] = ()) -> Fields:
    footprint = {"footprint": {path: spans}}
    transform = {"transform": {"name": "trailing-space"}, "scope": [path]}
    return {"type": "whitespace", **transform, **footprint, "depends_on": list(needs)}


def delta(before: bytes, after: bytes) -> Fields:
    hashes = {"before": hashlib.sha256(before).hexdigest(), "after": hashlib.sha256(after).hexdigest()}
    return {"type": "binary_delta", "target": "a", "codec": CODEC, "delta": make_delta(before, after), **hashes}


GOOD = document(create("a"), delete("b"))
"""A small patch in which all is well."""
