"""create: a new file. On another tree an existing, different file is a conflict, never overwritten."""

from __future__ import annotations

import msgspec

from git_dagpatch.model.effect import Appear, Effect
from git_dagpatch.model.files import Files
from git_dagpatch.model.operation import Create
from git_dagpatch.model.paths import decode, encode
from git_dagpatch.model.text import to_bytes
from git_dagpatch.operations.file_modes import check_mode
from git_dagpatch.operations.kind import Example, Kind, whole_file_lines


class CreateKind(Kind[Create]):
    operation = Create
    summary = "A new file with content and mode."
    default_intent = "add-file"
    default_tags = ("structural",)
    examples = (
        Example(
            why="A script that can be run.",
            before={},
            operation={"type": "create", "target": "run.sh", "mode": "100755", "content": "echo hello\n"},
            after={"run.sh": b"echo hello\n"},
            modes={"run.sh": "100755"},
        ),
        Example(
            why="Content that is not UTF-8, under a name with a colon.",
            before={},
            operation={"type": "create", "target": "a%3Ab", "mode": "100644", "content": {"base64": "/w=="}},
            after={"a:b": b"\xff"},
        ),
    )

    def effect(self, operation: Create, files: Files) -> Effect:
        check_mode(operation.mode)
        return {decode(operation.target): Appear(operation.mode, to_bytes(operation.content))}

    def record(self, operation: Create, effect: Effect, files: Files) -> Create:
        ((path, _),) = effect.items()
        return msgspec.structs.replace(operation, target=encode(path))

    def describe(self, operation: Create) -> str:
        return f"Add {operation.target}"

    def review_lines(self, operation: Create, files: Files) -> int:
        return whole_file_lines(decode(operation.target), to_bytes(operation.content))
