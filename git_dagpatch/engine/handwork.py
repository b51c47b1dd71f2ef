"""An operation as text that a person edits, as ``git add --patch`` gives a hunk out, and read again."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from msgspec import UNSET, Struct, field

from git_dagpatch.alignment.lines import whole_lines
from git_dagpatch.engine.describe import undescribed
from git_dagpatch.engine.execute import state_before
from git_dagpatch.languages.plain import is_text
from git_dagpatch.model.effect import Rewrite
from git_dagpatch.model.errors import UsageError
from git_dagpatch.model.operation import Create, Edit, Hunk, Operation, said
from git_dagpatch.model.patch import Patch
from git_dagpatch.model.paths import decode, encode, split_target
from git_dagpatch.model.text import to_bytes, to_text
from git_dagpatch.model.tree import Tree
from git_dagpatch.operations import kind_of
from git_dagpatch.operations.edit import write_hunks

_CONTEXT = 3
_HEAD = re.compile(rb"@@ (\d+) @@ (.+)")
_NO_NEWLINE = b"\\ No newline at end of file\n"
_GUIDE = b"""\
# ---
# To keep a line that starts with '-', make the '-' a space. To leave out a line that starts with '+', delete it.
# Lines that start with # are left out. The operation becomes an edit; what depends on it is left out.
# If it does not fit, you are asked whether to edit again. If nothing is left, it stays as it is.
"""


def written(patch: Patch, base: Tree, number: int) -> bytes | None:
    """An operation as text to edit; None for one that does more than change or make text."""
    operation = patch.operations[number]
    if isinstance(operation, Create):
        content = to_bytes(operation.content)
        if not content or not is_text(content):
            return None
        path, _ = split_target(operation.target)
        rows = [b"+" + line for line in content.splitlines(keepends=True)]
        return b"".join([_title(operation), _head(1, path), *map(_row, rows), _GUIDE])
    effect = kind_of(operation).effect(operation, state := state_before(patch, base, number))
    parts = [_title(operation)]
    for path, change in sorted(effect.items()):
        if not isinstance(change, Rewrite) or not is_text(state.read(path)):
            return None
        text = state.read(path)
        for hunk in write_hunks(text, whole_lines(text, change.spans), _CONTEXT):
            parts += [_head(hunk.at, path), *(_row(to_bytes(line)) for line in hunk.lines)]
    return b"".join([*parts, _GUIDE])


def read(patch: Patch, number: int, text: bytes) -> list[Operation]:
    """The operations that the edited `text` tells, to stand in the place of one; none if all of it was taken out.

    Raises UsageError for what is no such text. Whether they execute shows when they stand in the patch.
    """
    old = patch.operations[number]
    hunks: dict[bytes, list[Hunk]] = {}
    for one in _hunks(text):
        if any(line[:1] in b"+-" for line in one.lines):
            hunks.setdefault(one.path, []).append(Hunk(one.at, [to_text(line) for line in one.lines]))
    if isinstance(old, Create):
        path, _ = split_target(old.target)
        lines = [to_bytes(line) for hunk in hunks.get(path, []) for line in hunk.lines]
        if hunks.keys() - {path} or any(not line.startswith(b"+") for line in lines):
            raise UsageError("A new file has lines with '+' before them alone.", hint="Edit it again.")
        content = to_text(b"".join(line[1:] for line in lines))
        return [Create(target=old.target, mode=old.mode, content=content)] if lines else []
    made: list[Operation] = []
    for path, found in hunks.items():
        if isinstance(old, Edit) and split_target(old.target)[0] == path:
            told = undescribed(old)
            made.append(Edit(target=old.target, hunks=found, intent=told.intent, description=told.description))
        else:
            made.append(Edit(target=f"{encode(path)}:", hunks=found, intent=UNSET))
    return made


def check_lines(patch: Patch, base: Tree, number: int, others: Sequence[Operation]) -> None:
    """Raise WrongBase or InvalidPatch if one of `others` does not fit the files in which an operation stands."""
    state = state_before(patch, base, number)
    for other in others:
        if not isinstance(other, Create):
            kind_of(other).effect(other, state)


def _title(operation: Operation) -> bytes:
    return f"# {said(operation)}\n".encode()


def _head(at: int, path: bytes) -> bytes:
    return b"@@ %d @@ %b\n" % (at, encode(path).encode())


def _row(line: bytes) -> bytes:
    return line if line.endswith(b"\n") else line + b"\n" + _NO_NEWLINE


class _Part(Struct):
    at: int
    path: bytes
    lines: list[bytes] = field(default_factory=list)


def _hunks(text: bytes) -> Iterator[_Part]:
    part: _Part | None = None
    for line in _rows(text):
        if line.startswith(b"#"):
            continue
        if head := _HEAD.fullmatch(line.rstrip(b"\r\n")):
            if part:
                yield part
            part = _Part(int(head[1]), decode(head[2].decode("utf-8", "replace")))
        elif part is None or line[:1] not in (b" ", b"+", b"-", b"\\", b"\n"):
            raise UsageError(
                f"A line starts neither with a space nor with '-' or '+': {line.decode(errors='replace').rstrip()!r}.",
                hint="Edit it again.",
            )
        elif line == _NO_NEWLINE and part.lines:
            part.lines[-1] = part.lines[-1].removesuffix(b"\n")
        else:
            # Editors take the space of an empty line of context away.
            part.lines.append(b" \n" if line == b"\n" else line)
    if part:
        yield part


def _rows(text: bytes) -> Sequence[bytes]:
    rows = [row + b"\n" for row in text.split(b"\n")]
    return rows[:-1] if rows[-1] == b"\n" else rows
