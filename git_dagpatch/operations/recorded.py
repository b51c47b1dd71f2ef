"""Kinds that a footprint records: their meaning says how to do it anywhere, the footprint what it did here."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from git_dagpatch.alignment.lines import count_lines, whole_lines
from git_dagpatch.model.effect import Effect, Rewrite
from git_dagpatch.model.errors import InvalidPatch
from git_dagpatch.model.files import Files
from git_dagpatch.model.operation import Operation, Recorded
from git_dagpatch.operations.footprint import read_footprint, write_footprint
from git_dagpatch.operations.kind import Kind

R = TypeVar("R", bound=Recorded)


class RecordedKind(Kind[R]):
    """A kind that rewrites text where its footprint says."""

    def effect(self, operation: R, files: Files) -> Effect:
        if operation.footprint is msgspec.UNSET:
            raise InvalidPatch(
                f"A {operation.type} operation of the patch has no footprint, so it cannot be executed exactly.",
                hint="Apply the patch to a tree instead; its meaning is carried out there.",
            )
        return read_footprint(operation.footprint, files)

    def record(self, operation: R, effect: Effect, files: Files) -> Operation:
        return msgspec.structs.replace(operation, footprint=write_footprint(effect))


def added_lines(effect: Effect) -> int:
    """How many lines of code an effect that rewrites texts by whole lines adds, blank ones aside."""
    return sum(
        sum(bool(line.strip()) for line in span.insert.splitlines())
        for change in effect.values()
        if isinstance(change, Rewrite)
        for span in change.spans
    )


def rewritten_lines(effect: Effect, files: Files) -> int:
    """How many lines an effect that rewrites texts removes and adds."""
    return sum(
        count_lines(text[span.start : span.end]) + count_lines(span.insert)
        for path, change in effect.items()
        if isinstance(change, Rewrite)
        for text in [files.read(path)]
        for span in whole_lines(text, change.spans)
    )
