"""A series that a commit would become, for people and programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from git_dagpatch.model.operation import Operation, said
from git_dagpatch.model.patch import Patch
from git_dagpatch.model.text import readable, safe
from git_dagpatch.report.patch import Style


def series_lines(
    name: str, subject: str, parts: Sequence[tuple[Patch, Sequence[Operation]]], style: Style
) -> Iterator[str]:
    """The commits that would come, each with what it does."""
    yield f"{style(name[:12], 'id')} {safe(subject)}: {len(parts)} commits"
    for number, (patch, operations) in enumerate(parts, 1):
        message = readable(patch.metadata.message or "")
        yield ""
        yield f"{style(f'{number}/{len(parts)}', 'id')} {style(safe(message.partition(chr(10))[0]), 'kind')}"
        for operation in operations:
            yield f"    {said(operation)}"


def part_document(patch: Patch, operations: Sequence[Operation]) -> dict[str, Any]:
    """One commit of the series as plain values for JSON."""
    return {
        "message": readable(patch.metadata.message or ""),
        "tree": patch.result,
        "patch": patch.id,
        "operations": [operation.id for operation in operations],
    }
