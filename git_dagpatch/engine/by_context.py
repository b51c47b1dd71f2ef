"""A patch of edits whose base is not here, placed on another tree by the lines that they show.

Each edit has to find the lines that it shows, in the symbol that it is about, in one place and no other; an edit whose
new lines stand there is done already. Nothing is guessed: the first line that diverges is told.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from git_dagpatch.alignment.lines import split_lines
from git_dagpatch.engine.execute import execute
from git_dagpatch.engine.factor import factor
from git_dagpatch.languages import language_of
from git_dagpatch.model.codec import dag
from git_dagpatch.model.errors import AmbiguousPlace, WrongBase
from git_dagpatch.model.objects import Objects
from git_dagpatch.model.operation import Edit, Hunk
from git_dagpatch.model.patch import Patch
from git_dagpatch.model.paths import encode, split_target
from git_dagpatch.model.text import to_bytes
from git_dagpatch.model.tree import Tree

_WORD = re.compile(rb"\w")
Lines = Sequence[bytes]


def by_context(patch: Patch, target: Tree, objects: Objects) -> Patch:
    """What `patch` does, found anew as a patch of `target`; new objects are kept in `objects`.

    All its operations are edits. Raises WrongBase where it does not fit, AmbiguousPlace where it fits in two places,
    InvalidPatch as execution does.
    """
    tree = target
    for number in dag(patch.operations).order:
        operation = patch.operations[number]
        assert isinstance(operation, Edit)
        hunks = list(_placed(operation, tree))
        if hunks:
            tree = execute([replace(operation, hunks=hunks, depends_on=[])], tree, objects)
    return factor(target, tree, patch.metadata)


def _placed(edit: Edit, tree: Tree) -> Iterator[Hunk]:
    """The hunks that are not there yet, where their lines stand."""
    path, symbol = split_target(edit.target)
    if tree.file(path) is None:
        raise WrongBase(f"The edit of {edit.target!r} does not fit.", cause=f"There is no file {encode(path)}.")
    text = tree.read(path)
    lines = split_lines(text)
    around = _around(edit, path, text, symbol)
    below = 0
    for hunk in edit.hunks:
        shown = [to_bytes(line) for line in hunk.lines]
        old, new = ([line[1:] for line in shown if line[:1] in marks] for marks in (b" -", b" +"))
        places = _places(old, lines, around)
        if _is_there(old, new, places, _places(new, lines, around)):
            continue
        if not places:
            raise _diverging(edit, hunk, old, lines)
        if len(places) > 1:
            raise AmbiguousPlace(
                f"The edit of {edit.target!r} fits in {len(places)} places, at the lines {places[0] + 1} and "
                f"{places[1] + 1} of {encode(path)}.",
                path=encode(path),
                lines=(places[0] + 1, places[1] + 1),
                hint="Fetch the history that the patch was made from; then the place is known.",
            )
        if places[0] < below:
            raise WrongBase(
                f"The edit of {edit.target!r} does not fit.", cause="Its lines stand in another order here."
            )
        below = places[0] + len(old)
        yield Hunk(places[0] + 1, hunk.lines)


def _is_there(old: Lines, new: Lines, before: Sequence[int], after: Sequence[int]) -> bool:
    """Whether a hunk is done already: its new lines stand in one place, and its old ones nowhere but in them."""
    if len(after) != 1 or not before:
        return len(after) == 1
    within = after[0] <= before[0] and before[0] + len(old) <= after[0] + len(new)
    return len(before) == 1 and len(new) > len(old) and within


def _around(edit: Edit, path: bytes, text: bytes, symbol: str) -> range:
    """The lines in which the edit may be: those of its symbol."""
    found = language_of(path, text).definitions(text) if symbol else None
    if found is None:
        return range(len(split_lines(text)) + 1)
    known = [one for one in found if one.name == symbol]
    if len(known) != 1:
        count = len(known) or "no"
        raise WrongBase(f"The edit of {edit.target!r} does not fit.", cause=f"{encode(path)} has {count} {symbol}.")
    return range(known[0].start, known[0].end + 1)


def _places(shown: Lines, lines: Lines, around: range) -> list[int]:
    """Where the lines that tell something stand, from 0."""
    size = len(shown)
    if not any(map(_WORD.search, shown)):
        return [0] if not shown and not lines else []
    first = max(0, around.start - size + 1)
    return [at for at in range(first, min(around.stop, len(lines) - size + 1)) if list(lines[at : at + size]) == shown]


def _diverging(edit: Edit, hunk: Hunk, old: Lines, lines: Lines) -> WrongBase:
    """The error that tells the first line that diverges, at the place that most of the lines fit."""
    starts = [at for at, line in enumerate(lines) if old and line == old[0]] or [min(hunk.at - 1, len(lines))]
    fits = {at: _fitting(old, lines[at : at + len(old)]) for at in starts}
    at = max(starts, key=lambda start: (fits[start], -abs(start - hunk.at + 1)))
    expected = old[fits[at]].decode(errors="replace") if fits[at] < len(old) else "something that tells its place"
    line = at + fits[at]
    found = repr(lines[line].decode(errors="replace")) if line < len(lines) else "the end of the file"
    return WrongBase(
        f"The edit of {edit.target!r} does not fit at line {line + 1}, and its base is not here.",
        cause=f"It expects {expected!r}; there stands {found}.",
        hint="Fetch the history that the patch was made from, or ask for the patch in tar form (--format tar).",
    )


def _fitting(old: Lines, lines: Lines) -> int:
    """How many lines are as they shall be, from the first on."""
    return next((at for at, pair in enumerate(zip(old, lines, strict=False)) if pair[0] != pair[1]), len(lines))
