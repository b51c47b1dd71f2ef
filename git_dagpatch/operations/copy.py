"""copy: a file or a definition is duplicated as it stands in base and the dependencies, whatever else happens to it.

A definition may get another name where it is defined, and another indentation. What else differs is an operation of its
own.
"""

from __future__ import annotations

import msgspec

from git_dagpatch.model.effect import Appear, Effect
from git_dagpatch.model.errors import WrongBase
from git_dagpatch.model.files import Files
from git_dagpatch.model.operation import Copy, Create, Operation
from git_dagpatch.model.paths import decode, encode, split_target
from git_dagpatch.model.text import to_text
from git_dagpatch.operations.kind import Example
from git_dagpatch.operations.meaning_kept import keeps_its_meaning
from git_dagpatch.operations.recorded import RecordedKind, rewritten_lines
from git_dagpatch.operations.symbol_moves import is_copy

PROOF = (
    "what comes is the whole definition as it stands, at another indentation and under its own name at most, and its "
    "names mean there what they mean where it stands"
)


class CopyKind(RecordedKind[Copy]):
    operation = Copy
    summary = "A file or a definition is duplicated."
    default_intent = "copy-file"
    default_tags = ("refactoring", "structural")
    examples = (
        Example(
            why="Content and mode are those of the original.",
            before={"a.py": b"x = 1\n"},
            operation={"type": "copy", "source": "a.py", "target": "b.py"},
            after={"a.py": b"x = 1\n", "b.py": b"x = 1\n"},
        ),
        Example(
            why="A method is duplicated right after the original, under another name.",
            before={"a.py": b"class File:\n    def read(self):\n        return self.data\n"},
            operation={
                "type": "copy",
                "source": "a.py:File.read",
                "target": "a.py:File.peek",
                "symbol_kind": "method",
                "after": "a.py:File.read",
                "footprint": {"a.py": [[57, 0, "\n    def peek(self):\n        return self.data\n"]]},
            },
            after={
                "a.py": b"class File:\n    def read(self):\n        return self.data\n"
                b"\n    def peek(self):\n        return self.data\n"
            },
        ),
    )

    def intent(self, operation: Copy) -> str:
        return f"copy-{operation.symbol_kind}" if operation.symbol_kind else self.default_intent

    def effect(self, operation: Copy, files: Files) -> Effect:
        if operation.symbol_kind:
            return super().effect(operation, files)
        source = decode(operation.source)
        return {decode(operation.target): Appear(files.mode(source), files.read(source))}

    def record(self, operation: Copy, effect: Effect, files: Files) -> Operation:
        if operation.symbol_kind:
            return super().record(operation, effect, files)
        ((path, change),) = effect.items()
        assert isinstance(change, Appear)
        try:
            source = decode(operation.source)
            same = files.read(source) == change.content and files.mode(source) == change.mode
        except WrongBase:
            same = False
        if same:
            return msgspec.structs.replace(operation, target=encode(path))
        # What made room for the copy took the original away, so that it cannot be read any more.
        return Create(target=encode(path), mode=change.mode, content=to_text(change.content))

    def describe(self, operation: Copy) -> str:
        return f"Copy {operation.source} to {operation.target}"

    def proof(self, operation: Copy, files: Files) -> str:
        if not operation.symbol_kind:
            return super().proof(operation, files)
        effect = self.effect(operation, files)
        if is_copy(operation, effect, files) and keeps_its_meaning(operation, effect, files):
            return PROOF
        return ""

    def holds(self, operation: Copy, files: Files) -> bool:
        return not operation.symbol_kind or is_copy(operation, self.effect(operation, files), files)

    def review_lines(self, operation: Copy, files: Files) -> int:
        return 1 if self.proof(operation, files) else rewritten_lines(self.effect(operation, files), files)

    def reads(self, operation: Copy) -> list[bytes]:
        return [split_target(operation.source)[0]]
