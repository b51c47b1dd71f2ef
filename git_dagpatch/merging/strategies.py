"""How a clash is decided, and how one that is not is written into a file."""

from __future__ import annotations

from collections.abc import Sequence
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
    labels = labels or Labels()
    parts = merge_lines(base, ours, theirs, narrow=style is ConflictStyle.MERGE or strategy is not Strategy.MANUAL)
    if strategy is not Strategy.MANUAL:
        decided = b"".join(_decided(part, strategy) for part in parts)
        if strategy is not Strategy.UNION or _still_parses(path, decided, (base, ours, theirs)):
            return Merged(decided)
        parts = merge_lines(base, ours, theirs, narrow=style is ConflictStyle.MERGE)
    return _marked(parts, style, labels)


def _decided(part: Part, strategy: Strategy) -> bytes:
    if isinstance(part, Agreed):
        return part.text
    if strategy is Strategy.OURS:
        return part.ours
    if strategy is Strategy.THEIRS:
        return part.theirs
    return _ended(part.ours) + part.theirs if part.theirs else part.ours


def _ended(text: bytes) -> bytes:
    """`text` with its last line ended, so that something can follow."""
    return text if not text or text.endswith(b"\n") else text + b"\n"


def _still_parses(path: bytes, merged: bytes, inputs: Sequence[bytes]) -> bool:
    language = language_of(path)
    return language.parses(merged) or not all(language.parses(text) for text in inputs)


def _marked(parts: Sequence[Part], style: ConflictStyle, labels: Labels) -> Merged:
    text = b""
    found = []
    for part in parts:
        if isinstance(part, Agreed):
            text += part.text
            continue
        head, clash, tail = _trimmed(part) if style is ConflictStyle.ZDIFF3 else (b"", part, b"")
        text += head
        first = text.count(b"\n") + 1
        text += _markers(clash, style, labels)
        found.append(Open(part, first, text.count(b"\n")))
        text += tail
    return Merged(text, tuple(found))


def _trimmed(clash: Clash) -> tuple[bytes, Clash, bytes]:
    """A clash without the lines that both sides share at its start and end."""
    parts = merge_lines(b"", clash.ours, clash.theirs)
    head = parts[0].text if isinstance(parts[0], Agreed) else b""
    tail = parts[-1].text if len(parts) > 1 and isinstance(parts[-1], Agreed) else b""
    ours = clash.ours[len(head) : len(clash.ours) - len(tail)]
    theirs = clash.theirs[len(head) : len(clash.theirs) - len(tail)]
    return head, Clash(clash.base, ours, theirs, clash.theirs_start + len(head)), tail


def _markers(clash: Clash, style: ConflictStyle, labels: Labels) -> bytes:
    end = b"\r\n" if b"\r\n" in clash.ours + clash.theirs + clash.base else b"\n"
    base = b"" if style is ConflictStyle.MERGE else b"||||||| %b%b%b" % (labels.base.encode(), end, _ended(clash.base))
    return b"<<<<<<< %b%b%b%b=======%b%b>>>>>>> %b%b" % (
        labels.ours.encode(),
        end,
        _ended(clash.ours),
        base,
        end,
        _ended(clash.theirs),
        labels.theirs.encode(),
        end,
    )
