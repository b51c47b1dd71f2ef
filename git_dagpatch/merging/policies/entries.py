"""Lists whose entries stand for themselves: those that either side added are all there."""

from __future__ import annotations

import re
from collections.abc import Sequence

from git_dagpatch.merging.dispute import Dispute, Texts
from git_dagpatch.merging.policies.spaced import Spaced, with_blank_lines
from git_dagpatch.merging.units import Change, Units, changes, joined, merge_units

_CHANGELOG = re.compile(
    rb"(?:^|/)(?:changes|changelog|history|news|releases?|release[-_]notes)(?:\.\w+)?$", re.IGNORECASE
)
_LIST = re.compile(
    rb"""
      (?:^|/)(?:authors|contributors|thanks|credits|codeowners|maintainers|\.mailmap)(?:\.\w+)?$
    | (?:^|/)\.[a-z]+ignore$ | (?:^|/)\.hgtags$ | (?:^|/)manifest\.in$
    | (?:^|/)requirements[^/]*\.(?:txt|in)$ | (?:^|/)requirements/[^/]+\.in$
    """,
    re.VERBOSE | re.IGNORECASE,
)
_REFERENCE = re.compile(rb"(?:#|:(?:issue|pr|ghsa):`)[\w-]+")
_WHO = re.compile(rb"[\w.+-]+@[\w.-]+\w|@\w[\w-]*|^[A-Za-z0-9][\w.-]*(?=\s*(?:\[[^\]]*\]\s*)?[=<>~!]=?)")
"""A person's address or name elsewhere, or a package of which some version is asked for."""
_ENTRY = re.compile(rb"(?:[-*+]|\d+[.)])\s")
_UNDERLINE = re.compile(rb"([=\-~^\"'`#*+.:])\1{2,}\s*$")


def changelog(path: bytes, versions: Texts) -> bytes | None:
    """Entries of both sides, ours first; a heading that both added stands once, with the entries of both below it."""
    if not _CHANGELOG.search(path):
        return None
    base, ours, theirs = map(_parts, versions)
    if _touch(changes(base.units, ours.units), changes(base.units, theirs.units)):
        return None
    merged = merge_units(base.units, ours.units, theirs.units, add=_sections_joined)
    return None if merged is None else with_blank_lines(merged, (ours, theirs, base), _kind, b"", set_apart="heading")


def _touch(mine: Sequence[Change], other: Sequence[Change]) -> bool:
    """Whether one side changed or took away what stands next to a change of the other; mostly these belong together."""
    return any(
        one != two and (one.start < one.end or two.start < two.end) and (one.start == two.end or one.end == two.start)
        for one in mine
        for two in other
    )


def entries(dispute: Dispute) -> bytes | None:
    """Lines of both sides, ours first."""
    if not _LIST.search(dispute.path):
        return None
    base, ours, theirs = (text.splitlines(keepends=True) for text in dispute.part)
    if any(side and not side[-1].endswith(b"\n") for side in (base, ours, theirs)):
        return None
    merged = merge_units(base, ours, theirs, add=_lines_joined)
    return None if merged is None else b"".join(merged)


def _lines_joined(ours: Units, theirs: Units) -> Units | None:
    return None if _about_the_same(ours, theirs, _WHO) else joined(ours, theirs)


def _about_the_same(ours: Units, theirs: Units, what: re.Pattern[bytes]) -> bool:
    """Whether both tell of the same in other words, by what each names."""
    mine, other = (
        {name for unit in one if unit not in two for name in what.findall(unit)}
        for one, two in ((ours, theirs), (theirs, ours))
    )
    return not mine.isdisjoint(other)


def _parts(text: bytes) -> Spaced:
    """Headings with their underlines, entries with the lines that go on in them, other lines."""
    units: list[bytes] = []
    gaps = [b""]
    for line in text.splitlines(keepends=True):
        if not line.strip():
            gaps[-1] += line
        elif units and (_UNDERLINE.match(line) or _goes_on(units[-1], line)):
            units[-1] += gaps.pop() + line
            gaps.append(b"")
        else:
            units.append(line)
            gaps.append(b"")
    return Spaced(units, gaps)


def _goes_on(unit: bytes, line: bytes) -> bool:
    """Whether `line` is part of the entry `unit`: indented more, and no entry below something else."""
    is_entry = _ENTRY.match(unit.lstrip()) is not None
    return _indentation(line) > _indentation(unit) and (is_entry or not _ENTRY.match(line.lstrip()))


def _indentation(line: bytes) -> int:
    return len(line) - len(line.lstrip(b" \t"))


def _is_heading(unit: bytes) -> bool:
    lines = unit.splitlines()
    return (len(lines) > 1 and _UNDERLINE.match(lines[1]) is not None) or unit.startswith(b"#")


def _sections_joined(ours: Units, theirs: Units) -> Units | None:
    """Sections of both, or entries of both. Of entries that meet a new section nobody knows where they belong."""
    if any(map(_is_heading, ours)) != any(map(_is_heading, theirs)) or _about_the_same(ours, theirs, _REFERENCE):
        return None
    sections = _sections(ours)
    for heading, content in _sections(theirs).items():
        sections[heading] = joined(sections.get(heading, []), content)
    return [unit for heading, content in sections.items() for unit in ([heading] if heading else []) + content]


def _sections(units: Units) -> dict[bytes, list[bytes]]:
    """Heading → what stands below it; what stands above the first is below an empty one."""
    found: dict[bytes, list[bytes]] = {b"": []}
    heading = b""
    for unit in units:
        if _is_heading(unit):
            heading = unit
            found.setdefault(heading, [])
        else:
            found[heading].append(unit)
    return found


def _kind(unit: bytes) -> str:
    if _is_heading(unit):
        return "heading"
    return "entry" if _ENTRY.match(unit.lstrip()) else "other"
