"""The text of a definition as it is moved: whole lines, indented for its place, with nothing else changed."""

from __future__ import annotations

from collections.abc import Sequence

from git_dagpatch.alignment.lines import split_lines
from git_dagpatch.languages.language import Definition, Language

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
    last = b""
    for token, gap_after, start in zip(tokens.texts, tokens.gaps[1:], tokens.starts, strict=False):
        if token in _OPENING:
            depth += 1
        elif token in _CLOSING:
            depth -= 1
        is_comment = bool(language.comments) and token.startswith(language.comments)
        if b"\n" in token and not is_comment and not (depth == 0 and last == b":" and b"\n" in gap_after):
            first = text.count(b"\n", 0, start)
            fixed.update(range(first + 1, first + token.count(b"\n") + 1))
        last = last if is_comment else token
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


def is_definition(found: Sequence[Definition], name: str, lines: Sequence[bytes], start: int, end: int) -> bool:
    """Whether the lines from `start` to `end`, blank ones at the edges aside, are a definition called `name`."""
    while start < end and not lines[start].strip():
        start += 1
    while end > start and not lines[end - 1].strip():
        end -= 1
    return any(one.name == name and (one.start, one.end) == (start, end) for one in found)


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
