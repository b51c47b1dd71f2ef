"""A patch: operations that turn one tree into another, and where they come from."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from git_dagpatch.model.operation import Operation
from git_dagpatch.model.text import Text

FORMAT = "dagpatch/1"


class Author(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who wrote the commit."""

    name: Text
    email: Text
    date: str
    """ISO 8601 with the author's own offset from UTC."""


class Metadata(msgspec.Struct, frozen=True, kw_only=True):
    """Where a patch comes from."""

    commit: str | UnsetType = UNSET
    author: Author | UnsetType = UNSET
    message: Text | UnsetType = UNSET
    encoding: str | UnsetType = UNSET
    """What the commit says its message is encoded in, where that is not UTF-8."""
    generator: dict[str, str] | UnsetType = UNSET
    """Name → version of all that factoring depends on."""
    extra: dict[str, Any] = msgspec.field(default_factory=dict)
    """Fields that this version does not know."""


class Patch(msgspec.Struct, frozen=True, kw_only=True):
    """A short program that turns the tree `base` into the tree `result`."""

    id: str
    base: str
    """Tree id of the state before."""
    result: str
    """Tree id of the state after."""
    base_tar: str
    """SHA-256 of the tar archive of the touched files as they stand in base."""
    metadata: Metadata
    operations: list[Operation]
    extra: dict[str, Any] = msgspec.field(default_factory=dict)
    """Fields that this version does not know."""
