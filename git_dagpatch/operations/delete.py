"""delete: a file goes. On another tree, a file that changed since base is a conflict."""

from __future__ import annotations

import msgspec

from git_dagpatch.model.effect import Effect, Vanish
from git_dagpatch.model.files import Files
from git_dagpatch.model.operation import Delete
from git_dagpatch.model.paths import decode, encode
from git_dagpatch.operations.kind import Example, Kind, whole_file_lines


class DeleteKind(Kind[Delete]):
    operation = Delete
    summary = "A file goes."
    default_intent = "delete-file"
    default_tags = ("structural",)
    examples = (
        Example(
            why="One of two files goes.",
            before={"old.py": b"x = 1\n", "kept.py": b"y = 2\n"},
            operation={"type": "delete", "target": "old.py"},
            after={"kept.py": b"y = 2\n"},
        ),
    )

    def effect(self, operation: Delete, files: Files) -> Effect:
        return {decode(operation.target): Vanish()}

    def record(self, operation: Delete, effect: Effect, files: Files) -> Delete:
        ((path, _),) = effect.items()
        return msgspec.structs.replace(operation, target=encode(path))

    def describe(self, operation: Delete) -> str:
        return f"Delete {operation.target}"

    def review_lines(self, operation: Delete, files: Files) -> int:
        path = decode(operation.target)
        return whole_file_lines(path, files.read(path))
