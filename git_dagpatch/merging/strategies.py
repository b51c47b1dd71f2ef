"""How a clash is decided, and how one that is not is written into a file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from git_dagpatch.languages import language_of
from git_dagpatch.merging.lines import Agreed, Clash, Part, merge_lines
from git_dagpatch.model.strategy import ConflictStyle, Labels, Strategy


@dataclass(frozen=True, slots=True)
class Open:
    """A clash that is left to a person, and where its markers stand in the merged text (lines from 1, inclusive)."""

    clash: Clash
    first_line: int
    last_line: int


@dataclass(frozen=True, slots=True)
class Merged:
    """A merged text. With clashes left open it holds markers."""

    text: bytes
    open: tuple[Open, ...] = ()


def merge_texts(
    base: bytes,
    ours: bytes,
    theirs: bytes,
    *,
    strategy: Strategy = Strategy.MANUAL,
    style: ConflictStyle = ConflictStyle.MERGE,
    labels: Labels | None = None,
    path: bytes = b"",
) -> Merged:
    """Merge three texts by lines. A union that no longer parses, where the three did, stays open."""
    if strategy is not Strategy.MANUAL:
        decided = b"".join(_decided(part, strategy) for part in merge_lines(base, ours, theirs))
        if strategy is not Strategy.UNION or _still_parses(path, decided, (base, ours, theirs)):
            return Merged(decided)
    return _marked(merge_lines(base, ours, theirs, style=style), style, labels or Labels())


def _decided(part: Part, strategy: Strategy) -> bytes:
    if isinstance(part, Agreed):
        return part.text
    if strategy is Strategy.OURS:
        return part.ours
    if strategy is Strategy.THEIRS:
        return part.theirs
    return _ended(part.ours, part.line_end) + part.theirs


def _ended(text: bytes, line_end: bytes) -> bytes:
    """`text` with its last line ended, so that something can follow."""
    return text if not text or text.endswith(b"\n") else text + line_end


def _still_parses(path: bytes, merged: bytes, inputs: Sequence[bytes]) -> bool:
    language = language_of(path)
    return language.parses(merged) or not all(language.parses(text) for text in inputs)


def _marked(parts: Iterable[Part], style: ConflictStyle, labels: Labels) -> Merged:
    written: list[bytes] = []
    found = []
    line = 1
    for part in parts:
        text = part.text if isinstance(part, Agreed) else _markers(part, style, labels)
        after = line + text.count(b"\n")
        if isinstance(part, Clash):
            found.append(Open(part, line, after - 1))
        written.append(text)
        line = after
    return Merged(b"".join(written), tuple(found))


def _markers(clash: Clash, style: ConflictStyle, labels: Labels) -> bytes:
    end = clash.line_end
    shown = b"" if style is ConflictStyle.MERGE else b"||||||| %b%b%b" % (labels.base.encode(), end, clash.base)
    return b"<<<<<<< %b%b%b%b=======%b%b>>>>>>> %b%b" % (
        labels.ours.encode(),
        end,
        _ended(clash.ours, end),
        _ended(shown, end),
        end,
        _ended(clash.theirs, end),
        labels.theirs.encode(),
        end,
    )
