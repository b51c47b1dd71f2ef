"""What blame prints: as git blame does, for people and for programs, and as plain values for JSON."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, Protocol
from unicodedata import combining, east_asian_width

from git_dagpatch.model.blame import Blame, BlamedLine, LookedThrough, Origin
from git_dagpatch.model.objects import Oid
from git_dagpatch.model.paths import encode
from git_dagpatch.model.text import safe

Style = Callable[[str, str], str]

_RAW = re.compile(r"(-?\d+) ([+-])(\d\d)(\d\d)")
_PLAIN = re.compile(rb"[ !#-\[\]-~]+")
_ESCAPES = {7: b"\\a", 8: b"\\b", 9: b"\\t", 10: b"\\n", 11: b"\\v", 12: b"\\f", 13: b"\\r", 34: b'\\"', 92: b"\\\\"}


class Told(Protocol):
    """What git tells about a commit."""

    @property
    def short(self) -> str: ...
    @property
    def author(self) -> str: ...
    @property
    def author_mail(self) -> str: ...
    @property
    def author_date(self) -> str: ...
    @property
    def committer(self) -> str: ...
    @property
    def committer_mail(self) -> str: ...
    @property
    def committer_date(self) -> str: ...
    @property
    def subject(self) -> str: ...


Commits = Mapping[Oid, Told]


class _Group(NamedTuple):
    """Lines that follow each other now and where they come from."""

    start: int
    lines: list[BlamedLine]


def blame_lines(blame: Blame, commits: Commits, style: Style) -> Iterator[str]:
    """The lines as git blame prints them, in text that drives no terminal."""
    width = 1 + max((len(commits[line.origin.commit].short) for line in blame.lines.values()), default=0)
    paths = {line.origin.path for line in blame.lines.values()}
    longest = max((_width(_shown(path)) for path in paths), default=0) if paths - {blame.origin.path} else 0
    authors = max((_width(safe(commits[line.origin.commit].author)) for line in blame.lines.values()), default=0)
    digits = len(str(max(blame.lines, default=0) + 1))
    texts = _texts(blame)
    for number, line in sorted(blame.lines.items()):
        commit = commits[line.origin.commit]
        is_boundary = line.origin.commit in blame.boundaries
        oid = f"^{line.origin.commit[: width - 1]}" if is_boundary else line.origin.commit[:width]
        path = f" {_padded(_shown(line.origin.path), longest)}" if longest else ""
        who = f"{_padded(safe(commit.author), authors)} {_date(commit.author_date):>10}"
        text = safe(texts[number].removesuffix(b"\n").decode(errors="replace"))
        yield f"{style(oid, 'id')}{path} ({who} {number + 1:>{digits}}) {text}"


def looked_through_lines(blame: Blame, commits: Commits, style: Style) -> Iterator[str]:
    """The commits that lines were looked through, the newest first, what they did, and to how many of the lines."""
    lines: dict[Oid, set[int]] = defaultdict(set)
    operations: dict[Oid, Counter[str]] = defaultdict(Counter)
    for number, line in blame.lines.items():
        for step in line.looked_through:
            lines[step.commit].add(number)
            operations[step.commit].update(set(step.operations))
    for oid in sorted(lines, key=lambda oid: (-_seconds(commits[oid].committer_date), oid)):
        yield f"{style(commits[oid].short, 'id')} {safe(commits[oid].subject)}: {_counted(len(lines[oid]))}"
        for sentence, count in sorted(operations[oid].items(), key=lambda one: (-one[1], one[0])):
            yield f"    {safe(sentence)}: {_counted(count)}"


def _counted(lines: int) -> str:
    return "1 line" if lines == 1 else f"{lines:,} lines"


def porcelain_lines(blame: Blame, commits: Commits, *, every: bool) -> Iterator[bytes]:
    """The lines as ``git blame --porcelain`` prints them, or with `every` as ``--line-porcelain`` does."""
    told: set[Oid] = set()
    paths: dict[Oid, set[bytes]] = defaultdict(set)
    for line in blame.lines.values():
        paths[line.origin.commit].add(line.origin.path)
    texts = _texts(blame)
    for group in _groups(blame):
        for at, line in enumerate(group.lines):
            oid = line.origin.commit
            numbers = [line.line + 1, group.start + at + 1, *([] if at else [len(group.lines)])]
            yield b" ".join([oid.encode(), *(b"%d" % number for number in numbers)])
            if every or (not at and oid not in told):
                yield from _details(commits[oid], oid in blame.boundaries)
            if every or (not at and (oid not in told or len(paths[oid]) > 1)):
                yield from _file(line.origin, blame)
            told.add(oid)
            yield b"\t" + texts[group.start + at].removesuffix(b"\n")


def _groups(blame: Blame) -> Iterator[_Group]:
    group: _Group | None = None
    for number, line in sorted(blame.lines.items()):
        if group is not None and number == group.start + len(group.lines):
            last = group.lines[-1]
            if (last.origin, last.line + 1) == (line.origin, line.line):
                group.lines.append(line)
                continue
        if group is not None:
            yield group
        group = _Group(number, [line])
    if group is not None:
        yield group


def _details(commit: Told, is_boundary: bool) -> Iterator[bytes]:
    for role, name, mail, date in (
        ("author", commit.author, commit.author_mail, commit.author_date),
        ("committer", commit.committer, commit.committer_mail, commit.committer_date),
    ):
        seconds, _, zone = date.partition(" ")
        yield f"{role} {name}".encode()
        yield f"{role}-mail <{mail}>".encode()
        yield f"{role}-time {seconds}".encode()
        yield f"{role}-tz {zone}".encode()
    yield f"summary {commit.subject}".encode()
    if is_boundary:
        yield b"boundary"


def _file(origin: Origin, blame: Blame) -> Iterator[bytes]:
    previous = blame.previous.get(origin)
    if previous is not None:
        yield b"previous " + previous.commit.encode() + b" " + _quoted(previous.path)
    yield b"filename " + _quoted(origin.path)


def line_documents(blame: Blame, commits: Commits) -> Iterator[dict[str, Any]]:
    """Each line as plain values for JSON."""
    texts = _texts(blame)
    for number, line in sorted(blame.lines.items()):
        commit = commits[line.origin.commit]
        yield {
            "line": number + 1,
            "text": texts[number].removesuffix(b"\n").decode(errors="replace"),
            "commit": line.origin.commit,
            "boundary": line.origin.commit in blame.boundaries,
            "path": encode(line.origin.path),
            "source_line": line.line + 1,
            "author": commit.author,
            "author_mail": commit.author_mail,
            "author_date": _date(commit.author_date),
            "summary": commit.subject,
            "looked_through": [_step(step, commits) for step in line.looked_through],
        }


def _step(step: LookedThrough, commits: Commits) -> dict[str, Any]:
    return {"commit": step.commit, "summary": commits[step.commit].subject, "operations": list(step.operations)}


def _texts(blame: Blame) -> Sequence[bytes]:
    return blame.text.split(b"\n")


def _seconds(date: str) -> int:
    match = _RAW.fullmatch(date)
    return int(match[1]) if match else 0


def _date(date: str) -> str:
    """``1700000000 +0100`` as ``2023-11-14 23:13:20 +0100``; what is no such date stays as it is."""
    match = _RAW.fullmatch(date)
    if match is None:
        return safe(date)
    seconds, sign, hours, minutes = match.groups()
    offset = timedelta(hours=int(hours), minutes=int(minutes)) * (-1 if sign == "-" else 1)
    try:
        local = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=int(seconds)) + offset
    except OverflowError:
        return date
    return f"{local:%Y-%m-%d %H:%M:%S} {sign}{hours}{minutes}"


def _shown(path: bytes) -> str:
    return safe(path.decode(errors="replace"))


def _width(text: str) -> int:
    """Columns of a terminal."""
    return sum(0 if combining(c) else 2 if east_asian_width(c) in "WF" else 1 for c in text)


def _padded(text: str, width: int) -> str:
    return text + " " * (width - _width(text))


def _quoted(path: bytes) -> bytes:
    """A path as git writes it where one stands on a line: in quotes if anything in it is not plain."""
    if _PLAIN.fullmatch(path):
        return path
    return b'"' + b"".join(_ESCAPES.get(c) or (b"%c" % c if 32 <= c < 127 else b"\\%03o" % c) for c in path) + b'"'
