"""What an operation does, line by line and word by word, on the state that its dependencies leave."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from git_dagpatch.alignment.lines import split_lines
from git_dagpatch.alignment.words import compare_lines
from git_dagpatch.engine.execute import state_before
from git_dagpatch.engine.state import State
from git_dagpatch.languages import is_readable
from git_dagpatch.model.comparison import Row, RowKind, Word
from git_dagpatch.model.effect import Appear, Change, Relocate, Rewrite, SetMode, SpellDirectory, Vanish, rewrite
from git_dagpatch.model.patch import Patch
from git_dagpatch.model.paths import encode
from git_dagpatch.model.tree import Tree
from git_dagpatch.operations import kind_of

_CONTEXT = 3


class ShownFile(NamedTuple):
    """One file of an operation."""

    path: str
    what: str
    """What becomes of the file besides its text; empty where nothing does."""
    rows: tuple[Row, ...]


def shown(patch: Patch, base: Tree, number: int) -> list[ShownFile]:
    """The files that an operation changes, and how."""
    state = state_before(patch, base, number)
    effect = kind_of(patch.operations[number]).effect(patch.operations[number], state)
    return [
        ShownFile(encode(path), becomes(path, change, state), tuple(_rows(path, change, state)))
        for path, change in sorted(effect.items())
    ]


def becomes(path: bytes, change: Change, state: State) -> str:
    """What becomes of a file besides its text; empty where nothing does."""
    match change:
        case Appear(mode):
            return f"new file, mode {mode}"
        case Vanish():
            return "deleted"
        case SetMode(mode):
            return f"mode {state.mode(path)} becomes {mode}"
        case SpellDirectory(mode):
            return f"mode of the directory: {mode}"
        case Relocate(target):
            return f"goes to {encode(target)}"
        case Rewrite():
            return ""


def _rows(path: bytes, change: Change, state: State) -> Iterator[Row]:
    match change:
        case Rewrite(spans):
            before, after = state.read(path), rewrite(state.read(path), spans)
        case Appear(_, content):
            before, after = b"", content
        case Vanish():
            before, after = state.read(path), b""
        case _:
            return
    if not (is_readable(path, before) and is_readable(path, after)):
        yield Row(RowKind.BOTH, (Word("-", f"{len(before):,} bytes"), Word("+", f"{len(after):,} bytes")))
        return
    yield from compare_lines(_lines(before), _lines(after), _CONTEXT)


def _lines(text: bytes) -> list[bytes]:
    lines = [line.removesuffix(b"\n") for line in split_lines(text)]
    return [*lines, b"(no newline at the end)"] if text and not text.endswith(b"\n") else lines
