"""The logical lines of Python: the tokens and the block of each, and which of the tokens are a matter of taste."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from git_dagpatch.languages.python_tokens import is_string
from git_dagpatch.languages.tokens import Tokens

_OPENING = frozenset((b"(", b"[", b"{"))
_CLOSING = frozenset((b")", b"]", b"}"))
_BRACKETS = _OPENING | _CLOSING
_CONTINUED = re.compile(rb"\\\r?\n")
_KEYWORDS = frozenset(
    b"and as assert async await del elif else except for from global if import in is lambda not or raise return while"
    b" with yield".split()
)
_BEFORE_TUPLE = frozenset((b"return", b"in", b"=", b"for", b"import", b"yield", b"with"))
"""After these, the parentheses around several values mean nothing."""
_WORD = re.compile(rb"[\w\x80-\xff]+")


class Line(NamedTuple):
    """A logical line, or a comment that has its line for itself outside of all brackets."""

    start: int
    """Its first token."""
    end: int
    """The token after its last."""
    indentation: bytes
    block: int
    """Number of the block, 0 for the top level; -1 for a comment."""


class Lines(NamedTuple):
    lines: list[Line]
    parents: list[int]
    """Block → the block around it; a block that is further in comes later."""
    levels: list[int]
    """Block → how deep it is."""
    depths: list[int]
    """Token → how many brackets are open before it; one more for the end."""


def logical_lines(tokens: Tokens) -> Lines:
    """The lines of a text, each token in one."""
    depths = _depths(tokens.texts)
    starts = [0] if tokens.texts else []
    starts += [
        at
        for at, gap in enumerate(tokens.gaps[1:-1], start=1)
        if b"\n" in gap and depths[at] == 0 and (b"\\" not in gap or b"\n" in _CONTINUED.sub(b"", gap))
    ]
    lines: list[Line] = []
    parents, levels = [0], [0]
    stack: list[tuple[int, int]] = [(0, 0)]
    for start, end in pairwise([*starts, len(tokens.texts)]):
        gap = tokens.gaps[start]
        indentation = gap[gap.rfind(b"\n") + 1 :]
        if tokens.texts[start].startswith(b"#"):
            lines.append(Line(start, end, indentation, -1))
            continue
        width = len(indentation.expandtabs(8))
        while len(stack) > 1 and width < stack[-1][0]:
            stack.pop()
        if width > stack[-1][0]:
            parents.append(stack[-1][1])
            levels.append(len(stack))
            stack.append((width, len(parents) - 1))
        lines.append(Line(start, end, indentation, stack[-1][1]))
    return Lines(lines, parents, levels, depths)


def _depths(texts: Sequence[bytes]) -> list[int]:
    depths: list[int] = []
    depth = last = 0
    for at, text in enumerate(texts):
        if text not in _BRACKETS:
            continue
        depths += [depth] * (at + 1 - last)
        last = at + 1
        depth = depth + 1 if text in _OPENING else max(0, depth - 1)
    return depths + [depth] * (len(texts) + 1 - last)


class _Bracket:
    def __init__(self, at: int, before: bytes, is_group: bool, is_class: bool) -> None:
        self.at = at
        self.before = before
        self.is_group = is_group
        """Whether it neither calls nor indexes nor lists anything."""
        self.is_class = is_class
        self.commas = 0


def soft_tokens(texts: Sequence[bytes]) -> set[int]:
    """The commas before a closing bracket and the parentheses that may mean nothing; only a syntax tree tells if so."""
    soft: set[int] = set()
    opened: list[_Bracket] = []
    last, last_but_one = -1, -1
    for at, text in enumerate(texts):
        if text.startswith(b"#"):
            continue
        before = texts[last] if last >= 0 else b""
        if text == b"(":
            is_class = last_but_one >= 0 and texts[last_but_one] == b"class"
            opened.append(_Bracket(at, before, not _is_value(before), is_class))
        elif text in _OPENING:
            opened.append(_Bracket(at, before, False, False))
        elif text == b"," and opened:
            opened[-1].commas += 1
        elif text in _CLOSING and opened:
            _close(opened.pop(), at, last, texts, soft)
        last, last_but_one = at, last
    return soft


def _is_value(before: bytes) -> bool:
    """Whether a parenthesis after it calls it."""
    return before in _CLOSING or is_string(before) or (_WORD.fullmatch(before) is not None and before not in _KEYWORDS)


def _close(bracket: _Bracket, at: int, last: int, texts: Sequence[bytes], soft: set[int]) -> None:
    if last == bracket.at:
        if bracket.is_class:
            soft.update((bracket.at, at))
        return
    commas = bracket.commas
    if texts[last] == b"," and (commas > 1 or not _is_tuple(bracket, texts)):
        soft.add(last)
        commas -= 1
    if bracket.is_group and (not commas or bracket.before in _BEFORE_TUPLE):
        soft.update((bracket.at, at))


def _is_tuple(bracket: _Bracket, texts: Sequence[bytes]) -> bool:
    """Whether one comma inside makes a tuple."""
    if texts[bracket.at] == b"[":
        return _is_value(bracket.before)
    return bracket.is_group and bracket.before != b"import"
