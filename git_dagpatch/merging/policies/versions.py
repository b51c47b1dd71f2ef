"""Versions: the higher one."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import zip_longest
from typing import NamedTuple

from git_dagpatch.merging.dispute import Dispute

_VERSION = re.compile(rb"\d+(?:\.\d+)+(?:[.-]?(?:dev|alpha|beta|post|pre|rc|a|b|c)[.-]?\d*)*|\bv\d+\b(?!\.\d)")
_COMMIT = re.compile(rb"\b[0-9a-f]{40}\b")
_OF_THE_PROJECT = re.compile(rb"version|release", re.IGNORECASE)
_PART = re.compile(rb"\d+|[a-z]+")
_STAGES = {b"dev": -4, b"a": -3, b"alpha": -3, b"b": -2, b"beta": -2, b"c": -1, b"pre": -1, b"rc": -1, b"post": 1}
_NO_PIN = re.compile(rb"(?:<=?|>|!=)\s*[\"']?v?$")
_PIN = re.compile(rb"""(?:[=>~]=|===|[\^~@]|\brev:|\#[^\n]*?)\s*["']?v?$""")
_PIN_IN_FILES = re.compile(rb"(?:^FROM\s+\S+:|^\s*(?:require\s+)?\S+\s+)v?$")
_FILES_OF_REFS = (b"Dockerfile", b"go.mod")
_ELSEWHERE = re.compile(rb"\.lock$|-lock\.(?:json|yaml)$")
"""Files with the versions of other projects."""
_PINNED = re.compile(
    rb"""
      (?:^|/)(?:requirements[^/]*\.(?:txt|in)|requirements/[^/]+\.(?:txt|in)|constraints[^/]*\.txt)$
    | (?:^|/)(?:\.pre-commit-config\.yaml|tox\.ini|setup\.(?:cfg|py)|pyproject\.toml)$
    | (?:^|/)(?:Pipfile|package\.json|go\.mod|Dockerfile)$
    | (?:^|/)\.github/(?:workflows|actions)/.*\.ya?ml$
    | (?:^|/)\.(?:travis|appveyor|gitlab-ci|readthedocs)\.ya?ml$
    """,
    re.VERBOSE,
)


def version(dispute: Dispute) -> bytes | None:
    """Lines about the version of the project that differ in it alone: each with the higher one."""
    if _ELSEWHERE.search(dispute.path):
        return None
    return _higher_lines(dispute, lambda line: _OF_THE_PROJECT.search(line) is not None and not _is_bound(line))


def pins(dispute: Dispute) -> bytes | None:
    """The versions of actions, hooks and requirements, in files that name such: the only ones, or the lowest."""
    if not _PINNED.search(dispute.path):
        return None
    return _higher_lines(dispute, lambda line: _is_pin(dispute.path, line))


class _Versions(NamedTuple):
    found: tuple[bytes, ...]
    frame: bytes
    """The line without them."""


def _higher_lines(dispute: Dispute, concerned: Callable[[bytes], bool]) -> bytes | None:
    lines = [text.splitlines(keepends=True) for text in dispute.part]
    if len({len(found) for found in lines}) != 1:
        return None
    made = []
    is_about_versions = False
    for before, one, other in zip(*lines, strict=True):
        chosen = one if before == other or one == other else other if before == one else None
        if chosen is None:
            chosen = _higher(before, one, other) if concerned(before) else None
            is_about_versions = True
        if chosen is None:
            return None
        made.append(chosen)
    return b"".join(made) if is_about_versions else None


def _higher(before: bytes, one: bytes, other: bytes) -> bytes | None:
    base, mine, their = map(_versions, (before, one, other))
    if not (mine.frame == their.frame == base.frame) or not mine.found:
        return None
    orders = {order(a, b) for a, b in zip(mine.found, their.found, strict=True) if a != b}
    if len(orders) != 1:
        return None
    return {1: one, -1: other}.get(orders.pop())


def _versions(line: bytes) -> _Versions:
    return _Versions(tuple(_VERSION.findall(line)), _COMMIT.sub(b"", _VERSION.sub(b"\0", line)))


def _is_bound(line: bytes) -> bool:
    """Whether something other than the lowest or the only version is told, so that a higher one is not a newer one."""
    return any(_NO_PIN.search(line[: found.start()]) for found in _VERSION.finditer(line))


def _is_pin(path: bytes, line: bytes) -> bool:
    """Whether all versions in the line say which one is asked for, or which one at the least."""
    known = _PIN_IN_FILES if path.endswith(_FILES_OF_REFS) else _PIN
    return b"--hash" not in line and all(known.search(line[: found.start()]) for found in _VERSION.finditer(line))


def version_in(line: bytes) -> bytes:
    """The first version in a line; empty if there is none."""
    found = _VERSION.search(line)
    return found[0] if found else b""


def order(one: bytes, other: bytes) -> int:
    """1 if the one is higher, -1 if the other is, 0 if that cannot be told."""
    for a, b in zip_longest(_parts(one), _parts(other), fillvalue=0):
        if a != b:
            return 1 if a > b else -1
    return 0


def _parts(version: bytes) -> list[int]:
    return [int(part) if part.isdigit() else _STAGES.get(part, 0) for part in _PART.findall(version.removeprefix(b"v"))]
