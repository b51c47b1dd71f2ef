"""Python: definitions by a scan that takes broken files and Python 2 as they are, proofs by the syntax tree.

The scan knows strings, comments, brackets and indentation, and nothing else: enough to tell which definition a line
belongs to, in files of every version.
"""

from __future__ import annotations

import re
import warnings
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from importlib.util import decode_source
from typing import NamedTuple

from git_dagpatch.languages.kept import Kept
from git_dagpatch.languages.language import Body, Definition, Fault, Language, fault_at
from git_dagpatch.languages.python_blocks import BLOCKS, differs_in_blocks
from git_dagpatch.languages.python_bodies import body_around, statements_of_python
from git_dagpatch.languages.python_bound import Meanings, meanings
from git_dagpatch.languages.python_faults import name_faults
from git_dagpatch.languages.python_layout import FREEDOMS, comments_of, keeps_meaning, same_code, words_of_code
from git_dagpatch.languages.python_making import may_change_places
from git_dagpatch.languages.python_moving import doubted, means_the_same
from git_dagpatch.languages.python_nodes import nodes_of_python
from git_dagpatch.languages.python_syntax import parts
from git_dagpatch.languages.python_tokens import python_tokens
from git_dagpatch.languages.python_variables import python_variables
from git_dagpatch.languages.syntax_nodes import Node
from git_dagpatch.languages.tokens import Tokens
from git_dagpatch.model.transfer import Transfer

_KEPT = 1_500_000
"""Bytes of source of which it is kept what a scan found."""

# Every alternative starts with a literal, so that the search skips to the next of these characters in one go.
_TOKEN = re.compile(
    rb"""
      \n(?P<indentation>[ \t\f]*)(?:
          (?P<head>(?:async[ \t]+)?def|class)[ \t]+(?P<name>[\w\x80-\xff]+) | (?P<decorator>@) | (?P<code>(?=[^\s\#]))
      )
    | "{3}(?:[^\\"]|\\.|"(?!""))*(?:"{3}|\Z)
    | '{3}(?:[^\\']|\\.|'(?!''))*(?:'{3}|\Z)
    | "(?:[^\\\n"]|\\.)*"?
    | '(?:[^\\\n']|\\.)*'?
    | \#[^\n]*
    | \([^\\\n"'\#()\[\]{}]*\)
    | \( | \[ | \{ | \) | \] | \}
    | \\\r?\n
    """,
    re.VERBOSE | re.DOTALL,
)


class Python(Language):
    """Python of any version; what is well formed, the Python that runs this program says."""

    name = "python"
    comments = (b"#",)
    transforms = tuple(FREEDOMS)

    def definitions(self, text: bytes) -> list[Definition] | None:
        return _commented_definitions(text)

    def variables(self, text: bytes) -> list[Definition]:
        return python_variables(text)

    def tokens(self, text: bytes) -> Tokens | None:
        return python_tokens(text)

    def nodes(self, text: bytes) -> Node | None:
        return nodes_of_python(text)

    def keeps_meaning(self, before: bytes, after: bytes, transform: str = "layout") -> bool:
        """Equal syntax trees, and comments in their places; tokens differ as `transform` may change them."""
        if transform == BLOCKS:
            return differs_in_blocks(before, after)
        return keeps_meaning(transform, before, after)

    def means_the_same(self, before: bytes, after: bytes) -> bool:
        return same_code(before, after)

    def means_the_same_there(self, transfer: Transfer) -> bool:
        return means_the_same(transfer)

    def doubted_there(self, transfer: Transfer) -> Sequence[str]:
        return doubted(transfer)

    def may_change_places(self, before: bytes, after: bytes, owner: str) -> bool:
        return may_change_places(before, after, owner)

    def words_of_code(self, text: bytes) -> Sequence[bytes]:
        return words_of_code(text)

    def statements(self, text: bytes) -> Sequence[tuple[int, int]]:
        return statements_of_python(text)

    def body_around(self, text: bytes, start: int, end: int) -> Body:
        return body_around(text, start, end)

    def comments_of(self, text: bytes) -> Counter[bytes]:
        return comments_of(text)

    def doubled(self, text: bytes) -> Counter[str]:
        return Counter({fault: n for fault, n in (name_faults(text) or {}).items() if fault.endswith("twice")})

    def meanings(self, text: bytes) -> Meanings | None:
        return meanings(text)

    def name_faults(self, text: bytes) -> Counter[str] | None:
        return name_faults(text)

    def fault(self, text: bytes) -> Fault | None:
        """What the compiler says, so that a `return` outside of a function is found, too; nothing is run."""
        found = _compiled(text)
        if found is None or text.isascii():
            return found
        # Of bytes, Python may count columns in bytes.
        try:
            return _compiled(decode_source(text)) or found
        except (SyntaxError, ValueError):
            return found


def _compiled(source: bytes | str) -> Fault | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(source, "<checked>", "exec", dont_inherit=True)
    except SyntaxError as error:
        if "null bytes" in error.msg:
            return _nul(source)
        return Fault(max(error.lineno or 1, 1), max(error.offset or 1, 1), error.msg)
    except ValueError:
        return _nul(source)
    except (RecursionError, MemoryError):
        return Fault(1, 1, "the code is nested too deeply for Python to compile")
    return None


def _nul(source: bytes | str) -> Fault:
    """The fault of source with a NUL character, of which Python does not say where it is."""
    text = source.encode() if isinstance(source, str) else source
    return fault_at(text, max(text.find(b"\0"), 0), "the code holds a NUL byte")


_LF, _BACKSLASH, _HASH = b"\n\\#"
_OPENING, _CLOSING = b"([{", b")]}"


def definitions(text: bytes) -> list[Definition]:
    """All classes and functions, in the order of their first line; those inside functions too."""
    by_part = [(part, _scanned(part)) for part in parts(text)]
    if not all(scan.is_over for _, scan in by_part[:-1]):
        return _scanned(text).definitions
    found: list[Definition] = []
    line = 0
    for part, scan in by_part:
        found += [Definition(name, kind, start + line, end + line) for name, kind, start, end in scan.definitions]
        line += part.count(b"\n")
    return found


@lru_cache(maxsize=256)
def _commented_definitions(text: bytes) -> list[Definition]:
    """The definitions with the comments above them; several stages ask for those of one text."""
    lines = text.split(b"\n")
    return [_with_comments(definition, lines) for definition in definitions(text)]


class Scanned(NamedTuple):
    """What a scan found in a text."""

    definitions: list[Definition]
    is_over: bool
    """Whether what follows reads as if it stood alone."""


def scanned(text: bytes) -> Scanned:
    """What a scan of the whole text finds."""
    scan = _Scan()
    # With a line feed before the first line, every line starts after one.
    scan.read(b"\n" + text)
    return Scanned(scan.found(text), scan.is_over)


_scanned = Kept(scanned, _KEPT)


class _Open(NamedTuple):
    indentation: int
    number: int
    name: str
    is_class: bool


class _Scan:
    """One pass over a text. Positions count the line feed that was put before it."""

    def __init__(self) -> None:
        self._open: list[_Open] = []
        self._names: list[tuple[str, str]] = []
        self._starts: list[int] = []
        self._ends: list[int] = []
        self._decorated = -1
        """Where the first decorator of the definition to come stands."""
        self._last = 0
        """Where the last code stands that was read."""
        self.is_over = True
        """Whether neither a bracket nor a string is open at the end, and no decorator waits for its definition."""

    def read(self, text: bytes) -> None:
        depth = 0
        for match in _TOKEN.finditer(text):
            first = text[match.start()]
            if first == _LF:
                if depth == 0:
                    self._line(match)
                self._last = match.end()
            elif first == _HASH:
                continue
            elif first in _OPENING and match.end() == match.start() + 1:
                depth += 1
            else:
                # A pair of brackets with nothing else to know in between is one match.
                if first in _CLOSING:
                    depth = max(0, depth - 1)
                # After a backslash the line goes on after its end, which the match holds.
                self._last = match.end() + (first == _BACKSLASH)
        self._close(0)
        # Only a string that is not closed reaches beyond the end of the last line.
        self.is_over = depth == 0 and self._decorated < 0 and self._last < len(text)

    def _line(self, match: re.Match[bytes]) -> None:
        """A line of code that starts a statement."""
        indentation = len(match["indentation"].expandtabs(8))
        if self._open and self._open[-1].indentation >= indentation:
            self._close(indentation)
        if match.lastgroup == "code":
            self._decorated = -1
            return
        start = match.start() + 1
        if match["decorator"]:
            self._decorated = start if self._decorated < 0 else self._decorated
        else:
            self._define(match, start if self._decorated < 0 else self._decorated, indentation)
            self._decorated = -1

    def _close(self, indentation: int) -> None:
        while self._open and self._open[-1].indentation >= indentation:
            self._ends[self._open.pop().number] = self._last

    def _define(self, match: re.Match[bytes], start: int, indentation: int) -> None:
        within = self._open[-1] if self._open else None
        name = match["name"].decode(errors="replace")
        qualified = f"{within.name}.{name}" if within else name
        is_class = match["head"] == b"class"
        kind = "class" if is_class else "method" if within and within.is_class else "function"
        self._open.append(_Open(indentation, len(self._names), qualified, is_class))
        self._names.append((qualified, kind))
        self._starts.append(start)
        self._ends.append(start)

    def found(self, text: bytes) -> list[Definition]:
        """The definitions with positions turned into lines of `text`."""
        lines: dict[int, int] = {}
        line = position = 0
        for wanted in sorted({*self._starts, *self._ends}):
            line += text.count(b"\n", position, wanted - 1)
            position = wanted - 1
            lines[wanted] = line
        return [
            Definition(name, kind, lines[start], lines[end] + 1)
            for (name, kind), start, end in zip(self._names, self._starts, self._ends, strict=True)
        ]


def _with_comments(definition: Definition, lines: Sequence[bytes]) -> Definition:
    """`definition` with the comment lines right above it."""
    start = definition.start
    while start > 0 and lines[start - 1].lstrip().startswith(b"#"):
        start -= 1
    return definition._replace(start=start)
