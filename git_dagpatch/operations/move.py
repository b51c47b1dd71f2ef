"""move: a file goes elsewhere and keeps its identity, so that changes to it follow it there."""

from __future__ import annotations

import msgspec

from git_dagpatch.model.effect import Effect, Relocate
from git_dagpatch.model.files import Files
from git_dagpatch.model.operation import Move
from git_dagpatch.model.paths import decode, encode
from git_dagpatch.operations.kind import Example, Kind


class MoveKind(Kind[Move]):
    operation = Move
    summary = "A file goes elsewhere, its identity kept."
    default_intent = "move-file"
    default_tags = ("refactoring", "structural")
    examples = (
        Example(
            why="A module goes into a package of its own name.",
            before={"app": b"#!/bin/sh\n"},
            operation={"type": "move", "source": "app", "target": "app/main"},
            after={"app/main": b"#!/bin/sh\n"},
        ),
    )

    def effect(self, operation: Move, files: Files) -> Effect:
        return {decode(operation.source): Relocate(decode(operation.target))}

    def record(self, operation: Move, effect: Effect, files: Files) -> Move:
        ((path, change),) = effect.items()
        target = change.target if isinstance(change, Relocate) else decode(operation.target)
        return msgspec.structs.replace(operation, source=encode(path), target=encode(target))

    def describe(self, operation: Move) -> str:
        return f"Move {operation.source} to {operation.target}"

    def review_lines(self, operation: Move, files: Files) -> int:
        return 1
