"""What an operation tells about itself beyond what it does."""

from __future__ import annotations

import msgspec
from msgspec import UNSET

from git_dagpatch.model.commit import git_date, utc_date
from git_dagpatch.model.errors import InvalidPatch
from git_dagpatch.model.operation import Edit, Operation, Whitespace
from git_dagpatch.model.patch import Metadata
from git_dagpatch.model.text import readable
from git_dagpatch.operations import kind_of
from git_dagpatch.operations.breaking import breaks
from git_dagpatch.operations.domains import domains_of

SYSTEM = "system"
"""The author of what was inferred whole."""


def described(operation: Operation, metadata: Metadata) -> Operation:
    """`operation` with its descriptive fields filled in."""
    kind = kind_of(operation)
    author: str | msgspec.UnsetType = SYSTEM
    timestamp: str | msgspec.UnsetType = UNSET
    if operation.timestamp is not UNSET:
        # It comes from another patch.
        author, timestamp = operation.author, operation.timestamp
    elif metadata.author is not UNSET:
        inferred = operation.author == SYSTEM or isinstance(operation, Whitespace)
        author = SYSTEM if inferred else readable(metadata.author.name)
        timestamp = _timestamp(metadata.author.date)
    return msgspec.structs.replace(
        operation,
        intent=kind.intent(operation),
        semantic_tags=kind.tags(operation),
        description=kind.describe(operation),
        author=author,
        timestamp=timestamp,
        confidence=1.0 if operation.confidence is UNSET else operation.confidence,
        reversible=True,
        breaking_change=breaks(operation),
        affected_domains=domains_of(operation),
    )


def undescribed(operation: Operation) -> Operation:
    """`operation` as discovery proposes it: of an edit, what it is for, and not yet where."""
    if not isinstance(operation, Edit) or operation.description is UNSET:
        return operation
    bare = msgspec.structs.replace(operation, description=UNSET)
    if operation.description == kind_of(bare).describe(bare):
        return bare
    where = f" in {operation.target.partition(':')[0]}"
    return msgspec.structs.replace(operation, description=operation.description.removesuffix(where))


def _timestamp(date: str) -> str:
    """`date` in UTC; as it is where it is none, which stands in real histories."""
    try:
        return utc_date(git_date(date).encode())
    except InvalidPatch:
        return date
