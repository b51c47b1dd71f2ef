"""What is staged, and which files a work tree has, as git lists them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from git_dagpatch.model.objects import SUBMODULE, SYMLINK, Entry, Oid
from git_dagpatch.store.command import Git

_STAGED = ("--cached", "--raw", "-z", "--no-abbrev", "-M", "--diff-filter=ACMRT")
_AS_IT_IS = ("--no-ext-diff", "--no-textconv", "--no-relative", "--ignore-submodules=none")


class StagedFile(NamedTuple):
    """A file whose staged content is not that of HEAD."""

    path: bytes
    oid: Oid
    before: Oid | None
    """What it is in HEAD, maybe under another name."""


def staged_files(git: Git) -> list[StagedFile]:
    """The files that the next commit adds or changes. Symlinks, submodules and unmerged files are none."""
    return [*_files(git.run("diff", *_STAGED, *_AS_IT_IS).split(b"\0")[:-1])]


def _files(fields: Sequence[bytes]) -> Iterator[StagedFile]:
    """A change is a line of modes, ids and a status, and one path, or two where one became the other."""
    at = 0
    while at < len(fields):
        _, mode, before, oid, status = fields[at].decode().split(" ")
        paths = 2 if status[0] in "RC" else 1
        if mode not in (SUBMODULE, SYMLINK):
            yield StagedFile(fields[at + paths], oid, before if before.strip("0") else None)
        at += 1 + paths


def index_entries(git: Git) -> dict[bytes, Entry]:
    """Every path of the index that is merged."""
    entries = {}
    for line in git.run("ls-files", "--stage", "-z").split(b"\0")[:-1]:
        head, _, path = line.partition(b"\t")
        mode, oid, stage = head.decode().split(" ")
        if stage == "0":
            entries[path] = Entry(mode, oid)
    return entries


def sizes(git: Git, oids: Sequence[Oid]) -> list[int]:
    """How many bytes each object has; 0 for one that is not here."""
    asked = "".join(f"{oid}\n" for oid in oids)
    answer = git.run("cat-file", "--batch-check=%(objectsize)", stdin=asked.encode())
    return [int(line) if line.isdigit() else 0 for line in answer.splitlines()]


def work_tree_files(git: Git, below: bytes = b"") -> list[bytes]:
    """The paths below a directory that are in the index, or would be added to it: what is ignored is left out."""
    scope = ["--", os.fsdecode(below)] if below else []
    listed = git.run(
        *("ls-files", "-z", "--cached", "--others", "--exclude-standard", *scope),
        environment={"GIT_LITERAL_PATHSPECS": "1"},
    )
    return sorted({*listed.split(b"\0")[:-1]})
