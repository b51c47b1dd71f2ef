"""``git dagpatch`` as a test calls it, and all that a repository holds, to be compared before and after."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Mapping
from contextlib import chdir, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

from git_dagpatch.cli.main import run

PROGRAM = str(Path(sys.executable).parent / "git-dagpatch")
"""The installed program, as git finds it."""


class Answer(NamedTuple):
    """What a call gave."""

    status: int
    out: bytes
    err: str

    @property
    def lines(self) -> list[str]:
        """What was printed, line by line."""
        return self.out.decode().splitlines()

    @property
    def documents(self) -> list[dict[str, Any]]:
        """What was printed, one JSON document a line."""
        return [json.loads(line) for line in self.out.splitlines()]


def dagpatch(directory: Path, *arguments: str | Path, stdin: bytes = b"") -> Answer:
    """Run `git dagpatch` in `directory`, in this process: many times faster than one of its own."""
    out, err = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.TextIOWrapper(io.BytesIO(), "utf-8")
    given = patch.object(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin), "utf-8"))
    with chdir(directory), given, redirect_stdout(out), redirect_stderr(err):
        status = run([str(argument) for argument in arguments])
        out.flush()
        err.flush()
    return Answer(status, _bytes(out), _bytes(err).decode())


def _bytes(stream: io.TextIOWrapper) -> bytes:
    assert isinstance(stream.buffer, io.BytesIO)
    return stream.buffer.getvalue()


def called_by_git(
    directory: Path, *arguments: str | Path, stdin: bytes = b"", environment: Mapping[str, str] | None = None
) -> Answer:
    """Run `git`, whose arguments lead it to the program, as a person does."""
    done = subprocess.run(
        ["git", *arguments], cwd=directory, input=stdin, capture_output=True, check=False, env=environment
    )
    return Answer(done.returncode, done.stdout, done.stderr.decode())


def contents(directory: Path) -> dict[str, bytes]:
    """Every file below `directory`, symlinks by their targets: of a repository its objects, refs and index, too."""
    return {
        str(path.relative_to(directory)): bytes(path.readlink()) if path.is_symlink() else path.read_bytes()
        for path in sorted(directory.rglob("*"))
        if path.is_symlink() or path.is_file()
    }


def without_objects(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """`files` of a repository without its object database."""
    return {path: content for path, content in files.items() if "objects/" not in path}
