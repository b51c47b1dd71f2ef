"""move: a file or a definition goes elsewhere and keeps its identity, so that changes to it follow it there.

What moves is the text as it stands, at another indentation where the place asks for it. What changes inside is an
operation of its own.
"""

from __future__ import annotations

import msgspec

from git_dagpatch.model.effect import Effect, Relocate
from git_dagpatch.model.files import Files
from git_dagpatch.model.operation import Move, Operation
from git_dagpatch.model.paths import decode, encode
from git_dagpatch.operations.kind import Example
from git_dagpatch.operations.meaning_kept import keeps_its_meaning
from git_dagpatch.operations.recorded import RecordedKind, added_lines, rewritten_lines
from git_dagpatch.operations.symbol_moves import is_move

PROOF = (
    "what stands at the new place is the whole definition as it was, at another indentation at most, and its names "
    "mean there what they meant"
)


class MoveKind(RecordedKind[Move]):
    operation = Move
    summary = "A file or a definition goes elsewhere, its identity kept."
    default_intent = "move-file"
    default_tags = ("refactoring", "structural")
    examples = (
        Example(
            why="A module goes into a package of its own name.",
            before={"app": b"#!/bin/sh\n"},
            operation={"type": "move", "source": "app", "target": "app/main"},
            after={"app/main": b"#!/bin/sh\n"},
        ),
        Example(
            why="A function becomes a method of a class in another file, right after another one.",
            before={
                "a.py": b"import os\n\n\ndef size(self):\n    return os.stat(self.path).st_size\n",
                "b.py": b"class File:\n    def read(self):\n        pass\n",
            },
            operation={
                "type": "move",
                "source": "a.py:size",
                "target": "b.py:File.size",
                "symbol_kind": "function",
                "after": "b.py:File.read",
                "footprint": {
                    "a.py": [[10, 56, ""]],
                    "b.py": [
                        [45, 0, "\n    def size(self):\n        return os.stat(self.path).st_size\n"],
                    ],
                },
            },
            after={
                "a.py": b"import os\n",
                "b.py": b"class File:\n    def read(self):\n        pass\n"
                b"\n    def size(self):\n        return os.stat(self.path).st_size\n",
            },
        ),
    )

    def intent(self, operation: Move) -> str:
        return f"move-{operation.symbol_kind}" if operation.symbol_kind else self.default_intent

    def effect(self, operation: Move, files: Files) -> Effect:
        if operation.symbol_kind:
            return super().effect(operation, files)
        return {decode(operation.source): Relocate(decode(operation.target))}

    def record(self, operation: Move, effect: Effect, files: Files) -> Operation:
        if operation.symbol_kind:
            return super().record(operation, effect, files)
        ((path, change),) = effect.items()
        target = change.target if isinstance(change, Relocate) else decode(operation.target)
        return msgspec.structs.replace(operation, source=encode(path), target=encode(target))

    def describe(self, operation: Move) -> str:
        return f"Move {operation.source} to {operation.target}"

    def proof(self, operation: Move, files: Files) -> str:
        if not operation.symbol_kind:
            return super().proof(operation, files)
        effect = self.effect(operation, files)
        if is_move(operation, effect, files) and keeps_its_meaning(operation, effect, files):
            return PROOF
        return ""

    def holds(self, operation: Move, files: Files) -> bool:
        return not operation.symbol_kind or is_move(operation, self.effect(operation, files), files)

    def review_lines(self, operation: Move, files: Files) -> int:
        if self.proof(operation, files):
            return 1
        effect = self.effect(operation, files)
        # The text that goes is the one that comes, so it is read once.
        return added_lines(effect) if self.holds(operation, files) else rewritten_lines(effect, files)
