"""mode: a file becomes executable, or stops to be. Of a directory: how its mode is spelled, which its id depends on."""

from __future__ import annotations

import msgspec

from git_dagpatch.model.effect import Effect, SetMode, SpellDirectory
from git_dagpatch.model.errors import WrongBase
from git_dagpatch.model.files import Files
from git_dagpatch.model.objects import SUBMODULE
from git_dagpatch.model.operation import Mode
from git_dagpatch.model.paths import decode, encode
from git_dagpatch.operations.file_modes import check_mode, is_directory_mode
from git_dagpatch.operations.kind import Example, Kind


class ModeKind(Kind[Mode]):
    operation = Mode
    summary = "A file's mode changes: executable bit, symlink, file type."
    default_intent = "change-mode"
    default_tags = ("structural",)
    examples = (
        Example(
            why="A script becomes executable.",
            before={"run.sh": b"echo\n"},
            operation={"type": "mode", "target": "run.sh", "mode": "100755"},
            after={"run.sh": b"echo\n"},
            modes={"run.sh": "100755"},
        ),
    )

    def effect(self, operation: Mode, files: Files) -> Effect:
        path = decode(operation.target)
        if is_directory_mode(operation.mode):
            return {path: SpellDirectory(operation.mode)}
        check_mode(operation.mode)
        if (operation.mode == SUBMODULE) != (files.mode(path) == SUBMODULE):
            raise WrongBase(f"The mode of {operation.target!r} cannot change between a file's and a submodule's.")
        return {path: SetMode(operation.mode)}

    def record(self, operation: Mode, effect: Effect, files: Files) -> Mode:
        ((path, _),) = effect.items()
        return msgspec.structs.replace(operation, target=encode(path))

    def describe(self, operation: Mode) -> str:
        return f"Set the mode of {operation.target} to {operation.mode}"

    def review_lines(self, operation: Mode, files: Files) -> int:
        return 1
