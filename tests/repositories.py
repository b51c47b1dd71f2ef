"""Repositories for tests, made and asked with the real git."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

_OBJECT_TYPES = {"160000": "commit", "40000": "tree", "040000": "tree"}


class _Entry(NamedTuple):
    mode: str
    oid: str


class _Folder(dict[bytes, "_Entry | _Folder"]):
    """A directory that is to become a tree object."""


class Repo:
    """A repository at `path`, which is its work tree, or itself if it is bare."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def init(cls, path: Path, bare: bool = False) -> Repo:
        path.mkdir(parents=True)
        repo = cls(path)
        repo.git("init", "--quiet", *(["--bare"] if bare else []))
        return repo

    def git(self, *args: str | bytes | Path, input: bytes | None = None) -> bytes:  # noqa: A002
        """What git prints. Raises CalledProcessError, with what git says about it, where git fails."""
        try:
            return subprocess.run(["git", *args], cwd=self.path, input=input, capture_output=True, check=True).stdout
        except subprocess.CalledProcessError as error:
            error.add_note(error.stderr.decode(errors="replace"))
            raise

    def oid(self, revision: str) -> str:
        """The object that `revision` names."""
        return self.git("rev-parse", "--verify", "--quiet", "--end-of-options", revision).decode().strip()

    def write(self, path: bytes | str, content: bytes, executable: bool = False) -> None:
        """Write a file of the work tree, and the directories above it."""
        file = self._file(path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        file.chmod(0o755 if executable else 0o644)

    def read(self, path: bytes | str) -> bytes:
        """The content of a file of the work tree."""
        return self._file(path).read_bytes()

    def remove(self, path: bytes | str) -> None:
        """Remove a file of the work tree."""
        self._file(path).unlink()

    def commit(self, message: str) -> str:
        """Commit the work tree as it is. Raises CalledProcessError where nothing changed."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", message)
        return self.oid("HEAD")

    def commit_tree(self, files: Mapping[bytes, tuple[str, bytes]], message: str = "A commit") -> str:
        """Commit exactly `files`, path → (mode, content), onto HEAD, and leave index and work tree as they are.

        The objects are made without checks, so names that no checkout would accept are committed, too. The content
        of a symlink is its target; that of a submodule (160000) or of a whole tree (40000) is the object's id.
        """
        root = _Folder()
        for path, (mode, content) in files.items():
            *above, name = path.split(b"/")
            folder = root
            for part in above:
                below = folder.setdefault(part, _Folder())
                if not isinstance(below, _Folder):
                    raise ValueError(f"{path!r} stands below a file.")
                folder = below
            if name in folder:
                raise ValueError(f"{path!r} is a file and a directory.")
            folder[name] = self._entry(mode, content)
        parent = self._head()
        parents = ["-p", parent] if parent else []
        commit = self.git("commit-tree", *parents, "-m", message, self._tree(root)).decode().strip()
        self.git("update-ref", "HEAD", commit, parent)
        return commit

    def _file(self, path: bytes | str) -> Path:
        return self.path / os.fsdecode(path)

    def _head(self) -> str:
        """The commit of HEAD, or nothing on an unborn branch."""
        try:
            return self.oid("HEAD")
        except subprocess.CalledProcessError:
            return ""

    def _entry(self, mode: str, content: bytes) -> _Entry:
        if mode in _OBJECT_TYPES:
            return _Entry(mode, content.decode())
        return _Entry(mode, self.git("hash-object", "-w", "--stdin", input=content).decode().strip())

    def _tree(self, folder: _Folder) -> str:
        lines = []
        for name, child in folder.items():
            mode, oid = ("40000", self._tree(child)) if isinstance(child, _Folder) else child
            object_type = _OBJECT_TYPES.get(mode, "blob")
            lines.append(f"{mode} {object_type} {oid}\t".encode() + name + b"\0")
        return self.git("mktree", "-z", input=b"".join(lines)).decode().strip()
