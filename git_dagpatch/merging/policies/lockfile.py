"""Files that a program writes from others: ours is kept, and has to be written again."""

from __future__ import annotations

from git_dagpatch.merging.dispute import Texts

WRITTEN_BY = {
    b"Cargo.lock": "cargo update --workspace",
    b"Gemfile.lock": "bundle lock",
    b"Pipfile.lock": "pipenv lock",
    b"composer.lock": "composer update --lock",
    b"package-lock.json": "npm install --package-lock-only",
    b"pdm.lock": "pdm lock",
    b"pnpm-lock.yaml": "pnpm install --lockfile-only",
    b"poetry.lock": "poetry lock",
    b"uv.lock": "uv lock",
    b"yarn.lock": "yarn install",
}
"""File → the command that writes it."""


def lockfile(path: bytes, versions: Texts) -> bytes | None:
    """Ours, of a file that a package manager writes."""
    return versions.ours if _name(path) in WRITTEN_BY else None


def command_for(path: bytes) -> str:
    """What to run where `path` was kept as it is."""
    return WRITTEN_BY[_name(path)]


def _name(path: bytes) -> bytes:
    return path.rpartition(b"/")[2]
