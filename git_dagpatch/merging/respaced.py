"""Prose: both sides wrote the same words, with other white space between them."""

from __future__ import annotations

import re

from git_dagpatch.alignment.lines import distance
from git_dagpatch.merging.dispute import Dispute

_BLANK = re.compile(rb"^([^\S\n]*\n)", re.MULTILINE)
_TRAILING = re.compile(rb"[^\S\r\n]\r?\n")


def respaced(dispute: Dispute) -> bytes | None:
    """The side with fewer spaces at the ends of lines, or else nearer to base, where the paragraphs of both have the
    same words, indented alike."""
    base, ours, theirs = dispute.part
    if dispute.is_generated or dispute.language.tokens(b"") is not None:
        return None
    if _words(base) == _words(ours) or _words(ours) != _words(theirs) or _indents(ours) != _indents(theirs):
        return None
    return min(ours, theirs, key=lambda text: (len(_TRAILING.findall(text)), distance(base, text), text))


def _words(text: bytes) -> list[list[bytes]]:
    """The words of each paragraph, and nothing for each blank line."""
    return [part.split() for part in _BLANK.split(text)]


def _indents(text: bytes) -> set[bytes]:
    return {line[: len(line) - len(line.lstrip())] for line in text.splitlines() if line.strip()}
