"""The text of a unified diff as sections, one a file: git's own diffs, ``diff -u`` and what other programs make alike.

The hunks are read with unidiff, a section at a time, as Latin-1, so that every byte survives. Where a section ends, and
what stands above its hunks, is found here. What stands between sections is not looked at, as with ``git apply``, unless
it tells of a change that the text does not carry: what was left out must not go unnoticed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from unidiff.errors import UnidiffParseError
from unidiff.patch import Hunk as ParsedHunk
from unidiff.patch import PatchSet

from git_dagpatch.alignment.lines import split_lines
from git_dagpatch.interchange.binary import START, Budget, read_binary
from git_dagpatch.interchange.changes import Content, Hunk, Hunks, Unsaid, Untouched, malformed
from git_dagpatch.interchange.headers import Section, plain_header, read_git_header
from git_dagpatch.model.errors import InvalidPatch

MAX_FILES = 100_000
"""The most files that a diff may change."""
_ENCODING = "latin-1"
_HUNK = re.compile(rb"@@ -(\d{1,9})(?:,(\d{1,9}))? \+(\d{1,9})(?:,(\d{1,9}))? @@")
_HEADER = re.compile(rb"^(?:diff --git [^\n]*|--- [^\n]*\n\+\+\+ [^\n]*)\n(?=(@@ -)?)", re.MULTILINE)
_COMMIT = re.compile(rb"commit [0-9a-f]{40}(?:[0-9a-f]{24})?\b")
_BINARY = re.compile(rb"(?:Binary files|Files) .* differ\s*")
_STRAY = re.compile(
    rb"(?:(?:old|new|deleted file|new file) mode \d{6}|(?:dis)?similarity index \d+%|"
    rb"index [0-9a-f]{4,64}\.\.[0-9a-f]{4,64}(?: \d{6})?)\s*\Z"
)
_NOT_CARRIED = (
    (re.compile(rb"diff --(?:cc|combined) "), "the combined diff of a merge cannot be applied.", "Use -m or -1."),
    (re.compile(rb"\* Unmerged path "), "a file with an unresolved conflict is not part of a diff.", ""),
    (
        re.compile(rb"Submodule .* [0-9a-f]+\.{2,3}[0-9a-f]+(?: \(rewind\))?:?\s*"),
        "a submodule's change stands here as a log.",
        "Make the diff with --submodule=short.",
    ),
    (re.compile(rb"\*\*\* \d+(?:,\d+)? \*{4}"), "this is a context diff.", "Make a unified one, with diff -u."),
    (_STRAY, "lines of a file's header stand here without the `diff --git` above them.", ""),
    (_BINARY, "a binary file is said to differ, but its content is not here.", "Make the diff with git diff --binary."),
)


def has_diff(text: bytes) -> bool:
    """Whether a diff stands in `text`."""
    return any(match[0].startswith(b"diff ") or match[1] for match in _HEADER.finditer(text))


def read_sections(text: bytes, first_line: int, budget: Budget) -> list[Section]:
    """The sections of a diff whose first line is number `first_line` of what the user has. Raises InvalidPatch."""
    header = next((match for match in _HEADER.finditer(text) if match[0].startswith(b"diff ") or match[1]), None)
    if header and header[0].endswith(b"\r\n"):
        # git quotes a carriage return in a name: this one came with the transport, as did those of all lines.
        text = text.replace(b"\r\n", b"\n")
    sections = []
    for section in _Reader(split_lines(text), first_line, budget).sections():
        sections.append(section)
        if len(sections) > MAX_FILES:
            raise InvalidPatch(f"The patch changes more than {MAX_FILES:,} files, which is more than is accepted.")
    return sections


class _Reader:
    def __init__(self, lines: Sequence[bytes], first_line: int, budget: Budget) -> None:
        self.lines = lines
        self.first_line = first_line
        self.budget = budget
        self.at = 0
        self.commit = 0

    @property
    def number(self) -> int:
        """The current line as the user counts."""
        return self.first_line + self.at

    def sections(self) -> Iterator[Section]:
        while self.at < len(self.lines):
            if self._starts(b"diff --git "):
                header, self.at = read_git_header(self.lines, self.at, self.first_line)
                yield Section(header, self._content(), self.commit)
            elif self._starts(b"--- ") and self._starts(b"+++ ", 1) and self._starts(b"@@ -", 2):
                header = plain_header(self.lines[self.at], self.lines[self.at + 1], self.number)
                self.at += 2
                yield Section(header, Hunks(tuple(self._hunks())), self.commit)
            else:
                self._refuse_unread()
                self.commit += _COMMIT.match(self.lines[self.at]) is not None
                self.at += 1

    def _starts(self, start: bytes, ahead: int = 0) -> bool:
        return self.at + ahead < len(self.lines) and self.lines[self.at + ahead].startswith(start)

    def _refuse_unread(self) -> None:
        line = self.lines[self.at]
        if _HUNK.match(line):
            raise malformed(self.number, "a hunk stands here without the name of its file.")
        for pattern, what, hint in _NOT_CARRIED:
            if pattern.match(line):
                raise malformed(self.number, what, hint=hint)

    def _content(self) -> Content:
        if self._starts(b"@@ -"):
            return Hunks(tuple(self._hunks()))
        if self._starts(START):
            binary, self.at = read_binary(self.lines, self.at, self.first_line, self.budget)
            return binary
        if self.at < len(self.lines) and _BINARY.fullmatch(self.lines[self.at]):
            self.at += 1
            return Unsaid()
        return Untouched()

    def _hunks(self) -> Iterator[Hunk]:
        end = 0
        while self._starts(b"@@ -"):
            number = self.number
            hunk = _read_hunk(self._hunk_lines(), number, self.number - 1)
            if hunk.at < end:
                raise malformed(number, "a hunk starts before the end of the one above it.")
            end = hunk.at + len(split_lines(hunk.old))
            yield hunk
        if self._starts(b"+") or self._starts(b" ") or (self._starts(b"-") and not self._ends_hunks()):
            raise malformed(self.number, "the hunk above is longer than its header says.")

    def _ends_hunks(self) -> bool:
        """Whether the current line is a mail's signature, or names the next file of a plain diff."""
        return self.lines[self.at].rstrip() == b"--" or (self._starts(b"--- ") and self._starts(b"+++ ", 1))

    def _hunk_lines(self) -> list[bytes]:
        """The lines of the current hunk, as far as its header says and they can belong to it."""
        header = _HUNK.match(self.lines[self.at])
        if header is None:
            raise malformed(self.number, "the header of a hunk is not as diff writes it.")
        old, new = int(header[2] or 1), int(header[4] or 1)
        if old and header[1].strip(b"0") == b"":
            raise malformed(self.number, "a hunk has old lines, but says that they start at line 0.")
        taken = [self.lines[self.at]]
        self.at += 1
        while self.at < len(self.lines):
            line = self.lines[self.at]
            mark = line[:1]
            marker = line.startswith(b"\\ ")
            if not marker:
                if (old <= 0 and new <= 0) or mark not in b" +-\r\n" or not line.endswith(b"\n"):
                    break
                old -= mark != b"+"
                new -= mark != b"-"
            # What this line says depends on the language of the program that wrote it.
            taken.append(b"\\ No newline at end of file\n" if marker else line)
            self.at += 1
        return taken


def _read_hunk(lines: Sequence[bytes], number: int, last: int) -> Hunk:
    """The hunk that `lines` are, read by unidiff. `number` and `last` are its first and last line."""
    text = [line.decode(_ENCODING) for line in lines]
    try:
        ((parsed,),) = PatchSet(["--- a\n", "+++ b\n", *text])
    except UnidiffParseError as error:
        raise malformed(last, "a hunk does not have the lines that its header says.", cause=f"{error}.") from error
    old, new = _side(parsed, "+", number), _side(parsed, "-", number)
    if old == new:
        raise malformed(number, "a hunk changes nothing.")
    marks = [line.line_type for line in parsed if line.line_type != "\\"]
    changed = [at for at, mark in enumerate(marks) if mark != " "]
    surroundings = {"leading": changed[0], "trailing": len(marks) - 1 - changed[-1]}
    return Hunk(number, parsed.source_start, parsed.target_start, old, new, **surroundings)


def _side(parsed: ParsedHunk, left_out: str, number: int) -> bytes:
    """The lines of a hunk without those of the mark `left_out`."""
    lines: list[str] = []
    ours = False
    for line in parsed:
        if line.line_type == "\\":
            if ours:
                lines[-1] = lines[-1].removesuffix("\n")
            continue
        ours = line.line_type != left_out
        if ours:
            if lines and not lines[-1].endswith("\n"):
                raise malformed(number, "a hunk has a line without its end that is not the last.")
            lines.append(line.value)
    return "".join(lines).encode(_ENCODING)
