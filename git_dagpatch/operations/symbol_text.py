"""The text of a definition as it is moved: whole lines, indented for its place, with nothing else changed."""

from __future__ import annotations

import re
from collections.abc import Sequence

from git_dagpatch.alignment.lines import split_lines
from git_dagpatch.languages.language import Definition, Language

_TRIED = 4
"""Places at which the name of a definition is looked for in its text: it may stand in decorators and comments, too."""
_OPENING, _CLOSING = (b"(", b"[", b"{"), (b")", b"]", b"}")


def indentation_of(lines: Sequence[bytes], language: Language) -> bytes:
    """The white space before the first line that is neither blank nor a comment."""
    for line in lines:
        code = line.lstrip(b" \t")
        if code.strip() and not (language.comments and code.startswith(language.comments)):
            return line[: len(line) - len(code)]
    return b""


def indented(text: bytes, to: bytes, language: Language) -> bytes:
    """`text` with the white space `to` before its first line of code, and the other lines likewise.

    What lies inside a token, such as a string of several lines, stays as it is, but for comments and docstrings.
    """
    lines = split_lines(text)
    now = indentation_of(lines, language)
    if now == to:
        return text
    fixed = _fixed_lines(text, language)
    return b"".join(
        to + line[len(now) :] if number not in fixed and line.startswith(now) and line.strip() else line
        for number, line in enumerate(lines)
    )


def _fixed_lines(text: bytes, language: Language) -> set[int]:
    """The lines whose white space in front is part of a value."""
    tokens = language.tokens(text)
    if tokens is None:
        return set()
    fixed: set[int] = set()
    depth = 0
    last = gap = b""
    for token, gap_before, gap_after, start in zip(
        tokens.texts, tokens.gaps, tokens.gaps[1:], tokens.starts, strict=False
    ):
        if token in _OPENING:
            depth += 1
        elif token in _CLOSING:
            depth -= 1
        is_comment = bool(language.comments) and token.startswith(language.comments)
        gap += gap_before
        # The value of a lambda, or an annotation, stands on the line of its colon, a docstring mostly below it.
        may_be_docstring = depth == 0 and last == b":" and b"\n" in gap and b"\\" not in gap and b"\n" in gap_after
        if b"\n" in token and not is_comment and not may_be_docstring:
            first = text.count(b"\n", 0, start)
            fixed.update(range(first + 1, first + token.count(b"\n") + 1))
        last, gap = (last, gap) if is_comment else (token, b"")
    return fixed


def same_but_indented(one: bytes, other: bytes, language: Language) -> bool:
    """Whether `other` is `one` at another indentation, blank lines around them aside."""
    before, after = without_blank_edges(one), without_blank_edges(other)
    return indented(before, indentation_of(split_lines(after), language), language) == after


def without_blank_edges(text: bytes) -> bytes:
    """`text` without the blank lines that it starts and ends with."""
    lines = split_lines(text)
    first = next((number for number, line in enumerate(lines) if line.strip()), len(lines))
    last = next((number for number in range(len(lines), first, -1) if lines[number - 1].strip()), first)
    return b"".join(lines[first:last])


def renamed(text: bytes, name: str, new_name: str, language: Language) -> bytes | None:
    """The text of the definition `name` with another name where it is defined alone; None if that is unclear."""
    if name == new_name:
        return text
    for match in list(re.finditer(rb"(?<![\w\x80-\xff])%b(?![\w\x80-\xff])" % re.escape(name.encode()), text))[:_TRIED]:
        changed = text[: match.start()] + new_name.encode() + text[match.end() :]
        found = language.definitions(changed)
        if found and found[0].name == new_name:
            return changed
    return None


def is_definition(found: Sequence[Definition], name: str, lines: Sequence[bytes], start: int, end: int) -> bool:
    """Whether the lines from `start` to `end`, blank ones at the edges aside, are a definition called `name`."""
    return any(one.name == name and (one.start, one.end) == _code(lines, start, end) for one in found)


def is_variable(
    found: Sequence[Definition], name: str, lines: Sequence[bytes], start: int, end: int, language: Language
) -> bool:
    """The same of what gives `name` its value, with or without the comments above."""
    first, last = _code(lines, start, end)
    return any(
        one.name == name
        and one.end == last
        and first in range(with_comments(one.start, lines, language), one.start + 1)
        for one in found
    )


def with_comments(start: int, lines: Sequence[bytes], language: Language) -> int:
    """The first of the lines of comment right above line `start`, or that line."""
    while start > 0 and language.comments and lines[start - 1].lstrip().startswith(language.comments):
        start -= 1
    return start


def _code(lines: Sequence[bytes], start: int, end: int) -> tuple[int, int]:
    """The lines from `start` to `end` without blank ones at the edges."""
    while start < end and not lines[start].strip():
        start += 1
    while end > start and not lines[end - 1].strip():
        end -= 1
    return start, end


def only_definitions(
    lines: Sequence[bytes], spans: Sequence[tuple[int, int]], start: int, end: int, language: Language
) -> bool:
    """Whether no code stands between the lines `start` and `end` but that of the definitions at `spans`."""
    covered = {number for one, other in spans for number in range(one, other)}
    return not any(
        number not in covered
        and (code := lines[number].strip())
        and not (language.comments and code.startswith(language.comments))
        for number in range(start, end)
    )
