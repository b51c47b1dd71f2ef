"""copy: a file is duplicated as it stands in base and the dependencies, whatever else happens to the original."""

from __future__ import annotations

import msgspec

from git_dagpatch.model.effect import Appear, Effect
from git_dagpatch.model.errors import WrongBase
from git_dagpatch.model.files import Files
from git_dagpatch.model.operation import Copy, Create
from git_dagpatch.model.paths import decode, encode
from git_dagpatch.model.text import to_text
from git_dagpatch.operations.kind import Example, Kind


class CopyKind(Kind[Copy]):
    operation = Copy
    summary = "A file is duplicated."
    default_intent = "copy-file"
    default_tags = ("refactoring", "structural")
    examples = (
        Example(
            why="Content and mode are those of the original.",
            before={"a.py": b"x = 1\n"},
            operation={"type": "copy", "source": "a.py", "target": "b.py"},
            after={"a.py": b"x = 1\n", "b.py": b"x = 1\n"},
        ),
    )

    def effect(self, operation: Copy, files: Files) -> Effect:
        source = decode(operation.source)
        return {decode(operation.target): Appear(files.mode(source), files.read(source))}

    def record(self, operation: Copy, effect: Effect, files: Files) -> Copy | Create:
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

    def review_lines(self, operation: Copy, files: Files) -> int:
        return 1

    def reads(self, operation: Copy) -> list[bytes]:
        return [decode(operation.source)]
