"""Content-addressed ids: they depend on no machine, locale, or order of discovery."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec import UNSET

from git_dagpatch.model.operation import BOOKKEEPING, BinaryDelta, Operation, Unknown
from git_dagpatch.model.patch import Metadata

_ENCODER = msgspec.json.Encoder(order="sorted")


def canonical(value: Any) -> bytes:
    """Canonical JSON: UTF-8, sorted keys, no white space."""
    return _ENCODER.encode(value)


def digest(value: Any) -> str:
    """The first 40 hex digits of SHA-256 over canonical JSON."""
    return hashlib.sha256(canonical(value)).hexdigest()[:40]


def fields(operation: Operation) -> dict[str, Any]:
    """An operation as a document holds it, its unknown fields included."""
    known: dict[str, Any] = msgspec.to_builtins(operation)
    known |= known.pop("extra")
    if isinstance(operation, Unknown):
        known["type"] = known.pop("unknown_type")
    return known


def meaning(operation: Operation) -> dict[str, Any]:
    """Type and meaning alone: what stays when footprint, edges and description are left out."""
    return _meaning(fields(operation))


def _meaning(document: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in document.items() if key not in BOOKKEEPING}


def transform_id(operation: Operation) -> str:
    """The fingerprint of the meaning, by which equal transforms are found again elsewhere."""
    return _transform_id(operation, fields(operation))


def _transform_id(operation: Operation, document: Mapping[str, Any]) -> str:
    what = _meaning(document)
    if isinstance(operation, BinaryDelta):
        # What a delta says is the content that it leads to; how it was compressed is no part of that.
        what["delta"] = operation.after
    return digest(what)


def operation_ids(operations: Sequence[Operation]) -> list[str]:
    """The id of each operation. Operations that are equal get different ids by counting them."""
    seen: Counter[str] = Counter()
    ids = []
    for operation in operations:
        document = fields(operation)
        what = {"transform": _transform_id(operation, document), "footprint": document.get("footprint")}
        key = digest(what)
        ids.append(digest(what | {"ordinal": seen[key]}))
        seen[key] += 1
    return ids


def patch_id(base_tar: str, operations: Sequence[Operation], metadata: Metadata) -> str:
    """The id of a patch of `operations`, whose ids and edges are set."""
    return digest(
        {
            "base_tar": base_tar,
            "operations": sorted([op.id, sorted(op.depends_on)] for op in operations if op.id is not UNSET),
            "message": metadata.message if metadata.message is not UNSET else None,
            "author": metadata.author if metadata.author is not UNSET else None,
        }
    )
