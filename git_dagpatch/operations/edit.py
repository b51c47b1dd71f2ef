"""edit: an exact change of text inside one symbol or region, as hunks. Its hunks are its footprint, too."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import msgspec

from git_dagpatch.alignment.lines import Lines, lines_of, split_lines
from git_dagpatch.model.effect import Effect, Rewrite, Span
from git_dagpatch.model.errors import InvalidPatch, WrongBase
from git_dagpatch.model.files import Files
from git_dagpatch.model.operation import Edit, Hunk
from git_dagpatch.model.paths import join_target, split_target
from git_dagpatch.model.text import Text, readable, to_bytes, to_text
from git_dagpatch.operations.kind import Example, Kind
from git_dagpatch.operations.vocabulary import INTENTS

MAX_CONTEXT = 20
"""Lines of context beyond the least that a place may take to be unique; else its line number alone tells it."""


class EditKind(Kind[Edit]):
    operation = Edit
    summary = "An exact change of text inside one symbol or region, as hunks."
    default_intent = "edit-text"
    examples = (
        Example(
            why="A line changes; the line above and the line below show where.",
            before={"m.py": b"def run():\n    return load()\n\nx = 1\n"},
            operation={
                "type": "edit",
                "target": "m.py:run",
                "hunks": [{"at": 1, "lines": [" def run():\n", "-    return load()\n", "+    return read()\n", " \n"]}],
            },
            after={"m.py": b"def run():\n    return read()\n\nx = 1\n"},
        ),
        Example(
            why="A missing newline at the end of a file is a line without its end.",
            before={"a.txt": b"one"},
            operation={"type": "edit", "target": "a.txt:", "hunks": [{"at": 1, "lines": ["-one", "+one\n", "+two"]}]},
            after={"a.txt": b"one\ntwo"},
        ),
    )

    def effect(self, operation: Edit, files: Files) -> Effect:
        path, _ = split_target(operation.target)
        text = files.read(path)
        lines = lines_of(text)
        spans: list[Span] = []
        for hunk in operation.hunks:
            spans += _spans(hunk, lines, operation.target)
        for one, after in pairwise(spans):
            if after.start <= one.end:
                raise InvalidPatch(f"Two hunks of the edit of {operation.target!r} overlap or stand out of order.")
        end = lines.starts[-1]
        for span in spans:
            if span.insert and not span.insert.endswith(b"\n") and span.end != end:
                raise InvalidPatch(f"The edit of {operation.target!r} adds a line without its end amid the text.")
            if span.insert and 0 < span.start == end and not text.endswith(b"\n"):
                raise InvalidPatch(f"The edit of {operation.target!r} adds to a last line that has no end.")
        return {path: Rewrite(tuple(spans))}

    def record(self, operation: Edit, effect: Effect, files: Files) -> Edit:
        ((path, change),) = effect.items()
        _, symbol = split_target(operation.target)
        spans = change.spans if isinstance(change, Rewrite) else ()
        hunks = write_hunks(files.read(path), spans)
        return msgspec.structs.replace(operation, target=join_target(path, symbol), hunks=hunks)

    def intent(self, operation: Edit) -> str:
        return operation.intent or self.default_intent

    def tags(self, operation: Edit) -> list[str]:
        known = INTENTS.get(self.intent(operation))
        return list(known.tags) if known else []

    def describe(self, operation: Edit) -> str:
        path, _, symbol = operation.target.partition(":")
        if operation.description:
            return f"{operation.description} in {path}"
        return f"Edit {symbol} in {path}" if symbol else f"Edit {path}"

    def review_lines(self, operation: Edit, files: Files) -> int:
        return sum(not readable(line).startswith(" ") for hunk in operation.hunks for line in hunk.lines)


def _spans(hunk: Hunk, lines: Lines, target: str) -> Iterator[Span]:
    """The spans of one hunk, after comparing each of its old lines with the text."""
    number = hunk.at - 1
    if not 0 <= number <= len(lines.lines):
        raise WrongBase(f"A hunk of the edit of {target!r} starts at line {hunk.at}, outside the text.")
    start, added, changed = lines.starts[number], [], False
    for text in hunk.lines:
        line = to_bytes(text)
        mark, content = line[:1], line[1:]
        if mark not in (b" ", b"-", b"+") or not content or b"\n" in content[:-1]:
            raise InvalidPatch(f"A hunk of the edit of {target!r} has a line that is not one: {readable(text)!r}.")
        if mark == b"+":
            added.append(content)
            changed = True
            continue
        if number >= len(lines.lines) or lines.lines[number] != content:
            found = lines.lines[number].decode(errors="replace") if number < len(lines.lines) else "the end of the text"
            raise WrongBase(
                f"The edit of {target!r} does not fit at line {number + 1}.",
                cause=f"It expects {readable(text)[1:]!r}; there stands {found!r}.",
            )
        if mark == b" ":
            if changed:
                yield Span(start, lines.starts[number], b"".join(added))
            start, added, changed = lines.starts[number + 1], [], False
        else:
            changed = True
        number += 1
    if changed:
        yield Span(start, lines.starts[number], b"".join(added))


def write_hunks(text: bytes, spans: Sequence[Span], context: int = 1) -> list[Hunk]:
    """Hunks for `spans`, which cover whole lines of `text`.

    Context is the least that makes the place unique, from `context` lines on each side on, those above first.
    """
    lines = lines_of(text)
    places = [(lines.number_at(span.start), lines.number_at(span.end), span) for span in spans]
    groups: list[tuple[int, int, list[tuple[int, int, Span]]]] = []
    for place in places:
        above, below = _surroundings(lines, place[0], place[1], context)
        if groups and groups[-1][1] >= above:
            first, last, inside = groups[-1]
            groups[-1] = (first, max(last, below), [*inside, place])
        else:
            groups.append((above, below, [place]))
    return [Hunk(above + 1, list(_write(lines, above, below, inside))) for above, below, inside in groups]


def _surroundings(lines: Lines, start: int, end: int, context: int) -> tuple[int, int]:
    """The first and the last line (exclusive) that a hunk around the lines from `start` to `end` shows."""
    for more in range(MAX_CONTEXT):
        for above_more in range(more, -1, -1):
            above = max(0, start - context - above_more)
            below = min(len(lines.lines), end + context + more - above_more)
            if lines.stands_once(above, below):
                return above, below
    return max(0, start - context), min(len(lines.lines), end + context)


def _write(lines: Lines, above: int, below: int, places: Sequence[tuple[int, int, Span]]) -> Iterator[Text]:
    position = above
    for start, end, span in places:
        yield from (to_text(b" " + line) for line in lines.lines[position:start])
        yield from (to_text(b"-" + line) for line in lines.lines[start:end])
        yield from (to_text(b"+" + line) for line in split_lines(span.insert))
        position = end
    yield from (to_text(b" " + line) for line in lines.lines[position:below])
