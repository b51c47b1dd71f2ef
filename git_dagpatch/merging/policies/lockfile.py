"""Files that a program writes from others: ours is kept if it is the newer one, and has to be written again."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from typing import Any

from git_dagpatch.merging.dispute import Texts
from git_dagpatch.merging.policies.versions import order

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
    """Ours, of a file that a package manager writes, if no package that theirs changed is older in it."""
    if not is_lockfile(path):
        return None
    found = [dict(_packages(_parsed(path, text), ())) for text in versions]
    base, ours, theirs = found
    changed = {package: version for package, version in theirs.items() if base.get(package) != version}
    is_newer = all(package in ours and order(ours[package], version) >= 0 for package, version in changed.items())
    return versions.ours if is_newer else None


def is_lockfile(path: bytes) -> bool:
    """Whether a package manager writes this file."""
    return _name(path) in WRITTEN_BY


def _parsed(path: bytes, text: bytes) -> Any:
    """The content of the file; None if it is in another format than JSON or TOML, or broken."""
    try:
        return json.loads(text) if path.endswith((b".json", b"Pipfile.lock", b"composer.lock")) else _toml(text)
    except ValueError:
        return None


def _toml(text: bytes) -> Any:
    return tomllib.loads(text.decode())


def _packages(found: Any, place: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], bytes]]:
    """What has a version: by where it stands, or by its name in a list."""
    if isinstance(found, dict):
        if place and isinstance(found.get("version"), str):
            yield place, found["version"].encode()
        for name, value in found.items():
            yield from _packages(value, (*place, name))
    elif isinstance(found, list):
        for value in found:
            if isinstance(value, dict) and isinstance(value.get("name"), str):
                yield from _packages(value, (*place, value["name"]))


def command_for(path: bytes) -> str:
    """What to run where `path` was kept as it is."""
    return WRITTEN_BY[_name(path)]


def _name(path: bytes) -> bytes:
    return path.rpartition(b"/")[2]
