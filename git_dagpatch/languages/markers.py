"""Merge conflicts that were left in a text, as git writes them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from git_dagpatch.languages.language import Fault, fault_at

_MARKER = re.compile(rb"^(<{7}|={7}|>{7})(?:[ \t][^\n]*|\r)?$", re.MULTILINE)


_FENCE = re.compile(rb"^ {0,3}(?:`{3}|~{3})", re.MULTILINE)
_MARKDOWN = (b".md", b".markdown")


def left_markers(path: bytes, text: bytes) -> Iterator[Fault]:
    """A fault for each ``<<<<<<<`` that ``=======`` and ``>>>>>>>`` follow, each at the start of its line.

    In Markdown, a fenced block may show what a conflict looks like.
    """
    if b"<<<<<<<" not in text:
        return
    fenced = path.lower().endswith(_MARKDOWN)
    start, divided = -1, False
    for marker in _MARKER.finditer(text):
        kind = marker[1][:1]
        if kind == b"<":
            shown = fenced and len(_FENCE.findall(text, 0, marker.start())) % 2 == 1
            start, divided = -1 if shown else marker.start(), False
        elif kind == b"=":
            divided = start >= 0
        elif divided:
            end = text.count(b"\n", 0, marker.start()) + 1
            yield fault_at(text, start, f"a merge conflict is left here, up to line {end}")
            start, divided = -1, False
