"""What tests of apply and rollback have in common: repositories with patches for them, and what a user sees there."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import NamedTuple

from tests.command_line import dagpatch
from tests.repositories import Repo

LINES = b"".join(b"line %d\n" % number for number in range(20))
"""A text that two sides can change without meeting."""


def changed(*numbers: int, to: str = "changed", text: bytes = LINES) -> bytes:
    """`text` with some of its lines replaced."""
    lines = text.splitlines(keepends=True)
    for number in numbers:
        lines[number] = f"{to} {number}\n".encode()
    return b"".join(lines)


class Look(NamedTuple):
    """What a user sees of a repository."""

    head: bytes
    refs: bytes
    staged: bytes
    files: dict[str, bytes]


def look(repo: Repo) -> Look:
    """All that git dagpatch has to leave alone, or to bring back."""
    # On an unborn branch there is no commit to name.
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=repo.path, capture_output=True, check=False).stdout
    branch = subprocess.run(["git", "symbolic-ref", "HEAD"], cwd=repo.path, capture_output=True, check=False).stdout
    refs = repo.git("for-each-ref").splitlines()
    own = (b"\trefs/dagpatch/", b"\trefs/heads/dagpatch/backup/")
    inside = (file.relative_to(repo.path) for file in sorted(repo.path.rglob("*")))
    return Look(
        head + branch,
        b"\n".join(line for line in refs if not any(name in line for name in own)),
        repo.git("ls-files", "--stage", "-z", "-v"),
        {str(name): _content(repo.path / name) for name in inside if ".git" not in name.parts and _is_file(repo, name)},
    )


def _is_file(repo: Repo, name: Path) -> bool:
    return (repo.path / name).is_symlink() or (repo.path / name).is_file()


def _content(file: Path) -> bytes:
    return os.fsencode(file.readlink()) if file.is_symlink() else file.read_bytes()


def journal(repo: Repo) -> list[tuple[str, str]]:
    """Verb and state of each record, the newest first."""
    return [(record["verb"], record["state"]) for record in dagpatch(repo.path, "log", "--json").documents]


def backups(repo: Repo) -> list[str]:
    return repo.git("for-each-ref", "--format=%(objectname)", "refs/heads/dagpatch/backup").decode().split()


class Offer(NamedTuple):
    """A repository on `main`, and patches of the commits base..theirs in it."""

    repo: Repo
    patches: list[Path]


def offer(repo: Repo, *steps: dict[str, bytes | None], base: dict[str, bytes] | None = None) -> Offer:
    """Commit `base`, then one patch for each step: path → content, or None for a file that goes."""
    for path, content in (base or {"text.txt": LINES, "other.txt": b"other\n"}).items():
        repo.write(path, content)
    repo.commit("Base")
    repo.git("tag", "base")
    repo.git("switch", "--quiet", "--create", "theirs")
    for number, step in enumerate(steps, 1):
        for path, new in step.items():
            if new is None:
                repo.git("rm", "--quiet", path)
        for path, new in step.items():
            if new is not None:
                repo.write(path, new)
        repo.commit(f"Step {number}")
    patches = repo.path.parent / "patches"
    assert dagpatch(repo.path, "export", "-o", patches, "base..theirs").status == 0
    repo.git("switch", "--quiet", "main")
    return Offer(repo, sorted(patches.iterdir()))


def stopped(repo: Repo, *more: dict[str, bytes | None]) -> Offer:
    """An apply that stopped at a conflict in text.txt: `main` and the patch changed its line 5."""
    made = offer(repo, {"text.txt": changed(5, to="theirs"), "new.txt": b"new\n"}, *more)
    repo.write("text.txt", changed(5, to="ours"))
    repo.commit("Ours")
    assert dagpatch(repo.path, "apply", *made.patches).status == 1
    return made
