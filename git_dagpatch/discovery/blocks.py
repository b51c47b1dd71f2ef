"""What only got another indentation, since it came under a condition or the like, or out of it?

It is put in a block ``if True:``, which changes nothing, before the edits that give the block its head; or it is left
in one by the edits, and gets out of it after them. So nobody has to read lines that are the same but for their place.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from git_dagpatch.alignment.lines import Block, diff, distance, lines_of
from git_dagpatch.discovery.proposal import Proposal, Step
from git_dagpatch.discovery.unfinished import Unfinished
from git_dagpatch.languages import language_of
from git_dagpatch.languages.python_blocks import HEAD, differs_in_blocks, lines_in_strings, stretch_of
from git_dagpatch.languages.python_syntax import parses
from git_dagpatch.model.effect import Effect, Rewrite, Span, rewrite
from git_dagpatch.model.operation import Whitespace
from git_dagpatch.model.paths import encode
from git_dagpatch.operations.whitespace import BLOCKS

_LEAST = 3
"""Lines that are spared at least by one block."""
LIMIT = 400_000
"""Bytes of a file beyond which nothing is looked for in it."""


class Blocks(NamedTuple):
    """What is found: the steps before all edits, the files as they are and shall be then, and the steps after them."""

    opening: list[Step]
    unfinished: list[Unfinished]
    closing: list[Step]


class _Run(NamedTuple):
    """Lines that correspond and are further in on one side, all by the same white space."""

    start: int
    """The first line of the side on which they are further out."""
    end: int
    is_old: bool
    """Whether that is the old side."""
    space: bytes


def find_blocks(unfinished: Sequence[Unfinished]) -> Blocks:
    """One operation for all blocks that open, and one for all that close."""
    opened: dict[bytes, Rewrite] = {}
    closed: dict[bytes, Rewrite] = {}
    files: list[Unfinished] = []
    for file in unfinished:
        now, wanted = _in_blocks(file) if _is_concerned(file) else (file.now, file.wanted)
        if now != file.now:
            opened[file.path] = Rewrite(_spans(file.now, now))
        if wanted != file.wanted:
            closed[file.path] = Rewrite(_spans(wanted, file.wanted))
        files.append(replace(file, now=now, wanted=wanted))
    return Blocks(_steps(opened), files, _steps(closed))


def _steps(effect: Effect) -> list[Step]:
    operation = Whitespace(transform=BLOCKS, scope=sorted(encode(path) for path in effect))
    return [(Proposal(operation, effect),)] if effect else []


def _is_concerned(file: Unfinished) -> bool:
    """Whether lines of it that go come again with another indentation, and both texts can be read."""
    if not file.has_layout or max(len(file.now), len(file.wanted)) > LIMIT:
        return False
    if language_of(file.path, file.now).name != "python" or b"\r" in file.now or b"\r" in file.wanted:
        return False
    return _passed(file) >= _LEAST and parses(file.now) and parses(file.wanted)


def _passed(file: Unfinished) -> int:
    """How many lines go from somewhere and come somewhere, the white space around them not counted."""
    old, new = lines_of(file.now).lines, lines_of(file.wanted).lines
    gone: set[bytes] = set()
    come: set[bytes] = set()
    for block in diff(file.now, file.wanted):
        gone.update(map(bytes.strip, old[block.old_start : block.old_end]))
        come.update(map(bytes.strip, new[block.new_start : block.new_end]))
    return len((gone & come) - {b""})


def _in_blocks(file: Unfinished) -> tuple[bytes, bytes]:
    """The two texts with the blocks around what is further in on the other side, as far as that pays."""
    now, wanted = file.now, file.wanted
    # From the last to the first, so that the lines of those to come stay where they are.
    for run in sorted(_runs(now, wanted), reverse=True):
        text = now if run.is_old else wanted
        wrapped = _wrapped(text, run)
        if wrapped is None:
            continue
        pair = (wrapped, wanted) if run.is_old else (now, wrapped)
        if (
            distance(*pair) + _LEAST <= distance(now, wanted)
            and differs_in_blocks(text, wrapped)
            and rewrite(text, _spans(text, wrapped)) == wrapped
        ):
            now, wanted = pair
    return (now, wanted) if distance(now, wanted) < distance(file.now, file.wanted) - 1 else (file.now, file.wanted)


def _runs(now: bytes, wanted: bytes) -> Iterator[_Run]:
    old, new = lines_of(now).lines, lines_of(wanted).lines
    neutral = lines_in_strings(now), lines_in_strings(wanted)
    run: _Run | None = None
    for i, j in _pairs(now, wanted):
        if not old[i].strip() or i in neutral[0] or j in neutral[1]:
            continue
        is_old, space = _further_out(old[i], new[j])
        at = i if is_old else j
        if run is not None and (run.is_old, run.space) == (is_old, space):
            run = run._replace(end=at + 1)
            continue
        if run is not None:
            yield run
        run = _Run(at, at + 1, is_old, space) if space else None
    if run is not None:
        yield run


def _pairs(now: bytes, wanted: bytes) -> Iterator[tuple[int, int]]:
    """The lines that are the same but for their indentation, in order."""
    bare = [b"".join([line.lstrip(b" \t") for line in lines_of(text).lines]) for text in (now, wanted)]
    ends = len(lines_of(now).lines), len(lines_of(wanted).lines)
    i = j = 0
    for block in [*diff(bare[0], bare[1]), Block(ends[0], ends[0], ends[1], ends[1])]:
        yield from zip(range(i, block.old_start), range(j, block.new_start), strict=True)
        i, j = block.old_end, block.new_end


def _further_out(one: bytes, other: bytes) -> tuple[bool, bytes]:
    """Whether the first of two lines is further out, and by which white space; none where that cannot be told."""
    mine, theirs = (line[: len(line) - len(line.lstrip(b" \t"))] for line in (one, other))
    if theirs.endswith(mine) and theirs != mine:
        return True, theirs[: len(theirs) - len(mine)]
    if mine.endswith(theirs) and theirs != mine:
        return False, mine[: len(mine) - len(theirs)]
    return True, b""


def _wrapped(text: bytes, run: _Run) -> bytes | None:
    """`text` with the statements of a run in a block of their own, and the comments of the run beside them."""
    stretch = stretch_of(text, run.start, run.end)
    if stretch is None:
        return None
    lines = list(lines_of(text).lines)
    start, end = stretch
    indentation = lines[start][: len(lines[start]) - len(lines[start].lstrip(b" \t"))]
    while start > run.start and (not lines[start - 1].strip() or lines[start - 1].startswith(indentation + b"#")):
        start -= 1
    while end < run.end and (not lines[end].strip() or lines[end].startswith(indentation + b"#")):
        end += 1
    while not lines[start].strip():
        start += 1
    strings = lines_in_strings(text)
    for at in range(start, end):
        if lines[at].strip() and at not in strings:
            lines[at] = run.space + lines[at]
    return b"".join([*lines[:start], indentation + HEAD + b"\n", *lines[start:end], *lines[end:]])


def _spans(before: bytes, after: bytes) -> tuple[Span, ...]:
    """What comes to and goes from the lines of `before`, which are those of `after` but for white space and heads."""
    old, new = lines_of(before), lines_of(after)
    spans: list[Span] = []
    i = j = 0
    while i < len(old.lines) or j < len(new.lines):
        mine = old.lines[i].lstrip(b" \t") if i < len(old.lines) else None
        theirs = new.lines[j].lstrip(b" \t") if j < len(new.lines) else None
        if mine is not None and mine == theirs:
            one, other = len(old.lines[i]) - len(mine), len(new.lines[j]) - len(mine)
            if one != other:
                kept = min(one, other)
                spans.append(Span(old.starts[i], old.starts[i] + one - kept, new.lines[j][: other - kept]))
            i, j = i + 1, j + 1
        elif len(old.lines) - i < len(new.lines) - j:
            spans.append(Span(old.starts[i], old.starts[i], new.lines[j]))
            j += 1
        else:
            spans.append(Span(old.starts[i], old.starts[i + 1], b""))
            i += 1
    return _joined(spans)


def _joined(spans: Sequence[Span]) -> tuple[Span, ...]:
    """`spans` with those as one that touch each other."""
    joined: list[Span] = []
    for start, end, insert in spans:
        if joined and joined[-1].end == start:
            before = joined.pop()
            joined.append(Span(before.start, end, before.insert + insert))
        else:
            joined.append(Span(start, end, insert))
    return tuple(joined)
