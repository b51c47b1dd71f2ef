"""What can be said of a text that a preprocessor reads first: the choices of ``#if``, and brackets."""

from __future__ import annotations

import re
from collections.abc import Iterator

from git_dagpatch.languages.language import Fault, fault_at

_IF = {b"if", b"ifdef", b"ifndef"}
_ELSE = {b"else", b"elif", b"elifdef", b"elifndef"}

_DIRECTIVE = re.compile(rb"^[ \t]*#[ \t]*(\w+)[^\n]*", re.MULTILINE)

# What may hold brackets that mean nothing, directives, and brackets; of C and C++.
_TOKEN = re.compile(
    rb"""
      ^[ \t]*\#[ \t]*(?P<directive>\w+)(?:[^\n\\/]|\\(?:\r?\n|.)|/(?!\*)|/\*.*?\*/)*
    | //(?:[^\\\n]|\\\r?\n|\\.)*
    | /\*.*?(?:\*/|\Z)
    | \b(?:u8|[uUL])?R"(?P<mark>[^\s()\\]{0,16})\(.*?\)(?P=mark)"
    | "(?:[^"\\\n]|\\\r?\n|\\.)*"?
    | (?:(?<![0-9a-fA-F])|(?<=\bu8))'(?:[^'\\\n]|\\\r?\n|\\.)*'?    # after a digit it only parts digits
    | (?P<bracket>[()\[\]{}])
    """,
    re.VERBOSE | re.DOTALL | re.MULTILINE,
)
_OPENING = {b")": b"(", b"]": b"[", b"}": b"{"}


def alternatives(text: bytes) -> Iterator[bytes]:
    """`text` with the last branch of each ``#if``, then with the first. Spaces stand for the rest and directives."""
    yield _chosen(text, last=True)
    yield _chosen(text, last=False)


def _chosen(text: bytes, *, last: bool) -> bytes:
    blank: list[tuple[int, int]] = []
    open_branches: list[list[tuple[int, int]]] = []
    for directive in _DIRECTIVE.finditer(text):
        word = directive[1]
        blank.append(directive.span())
        if word in _IF:
            open_branches.append([(directive.end(), len(text))])
        elif open_branches and (word in _ELSE or word == b"endif"):
            branches = open_branches[-1]
            branches[-1] = (branches[-1][0], directive.start())
            if word in _ELSE:
                branches.append((directive.end(), len(text)))
                continue
            kept = branches[-1 if last else 0]
            blank += [branch for branch in branches if branch != kept]
            open_branches.pop()
    chosen = bytearray(text)
    for start, end in blank:
        chosen[start:end] = re.sub(rb"[^\r\n]", b" ", text[start:end])
    return bytes(chosen)


def unbalanced(text: bytes) -> Fault | None:
    """The first bracket of C or C++ without its partner, whichever branch of each ``#if`` is taken."""
    found = _unbalanced(text, last=False)
    return None if found is None or _unbalanced(text, last=True) is None else found


def _unbalanced(text: bytes, *, last: bool) -> Fault | None:
    opened: list[tuple[bytes, int]] = []
    before_if: list[tuple[bool, list[tuple[bytes, int]]]] = []
    counts = True
    for token in _TOKEN.finditer(text):
        directive, bracket = token["directive"], token["bracket"]
        if directive in _IF:
            before_if.append((counts, list(opened)))
        elif directive in _ELSE and before_if:
            if last:
                counts, opened = before_if[-1][0], list(before_if[-1][1])
            else:
                counts = False
        elif directive == b"endif" and before_if:
            counts = before_if.pop()[0]
        elif bracket in _OPENING and counts:
            if not opened or opened[-1][0] != _OPENING[bracket]:
                return fault_at(text, token.start(), f"`{bracket.decode()}` closes nothing")
            opened.pop()
        elif bracket and counts:
            opened.append((bracket, token.start()))
    return fault_at(text, opened[-1][1], f"`{opened[-1][0].decode()}` is never closed") if opened else None
