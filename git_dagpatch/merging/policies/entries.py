"""Lists whose entries stand for themselves: those that either side added are all there."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import cmp_to_key, partial
from typing import TypeAlias

from git_dagpatch.merging.dispute import Dispute, Texts
from git_dagpatch.merging.policies.spaced import Spaced, with_blank_lines
from git_dagpatch.merging.policies.versions import order, version_in
from git_dagpatch.merging.units import Key, Units, changed_beside, changes, in_order, joined, merge_units, order_of

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
_REFERENCE = re.compile(rb"(?:#|[:{](?:issue|pr|ghsa)[:}]`)[\w-]+")
_WHO = re.compile(rb"[\w.+-]+@[\w.-]+\w|@\w[\w-]*")
"""A person's address, or name elsewhere."""
_REQUIREMENTS = re.compile(rb"(?:^|/)requirements[^/]*(?:/|\.(?:txt|in)$)")
_PACKAGE = re.compile(rb"\s*([A-Za-z0-9][\w.-]*)")
_SIGNS = re.compile(rb"[-_.]+")
_OWNED = re.compile(rb"(?:^|/)codeowners$", re.IGNORECASE)
_IGNORED = re.compile(rb"(?:^|/)\.[a-z]+ignore$")
_MANIFEST = re.compile(rb"(?:^|/)manifest\.in$", re.IGNORECASE)
_TAKES_AWAY = re.compile(rb"\s*(?:!|(?:global-|recursive-)?exclude\b|prune\b)")
"""A pattern by which what others name does not count, so that their order matters."""
_ENTRY = re.compile(rb"(?:[-*+]|\d+[.)])\s")
_LABEL = re.compile(rb"\.\. _[^:\n]+:[ \t]*\r?\n?\Z")
_LINK = re.compile(rb"\.\. _[^\n]+: \S|\[[^\]\n]+\]: \S")
_NUMBER = re.compile(rb"\0\d+")
_UNDERLINE = re.compile(rb"([=\-~^\"'`#*+.:])\1{2,}\s*$")


def changelog(path: bytes, versions: Texts) -> bytes | None:
    """Entries of both sides, ours first; a heading that both added stands once, with the entries of both below it."""
    if not _CHANGELOG.search(path):
        return None
    base, ours, theirs = map(_parts, versions)
    if changed_beside(changes(base.units, ours.units), changes(base.units, theirs.units)):
        return None
    merged = merge_units(base.units, ours.units, theirs.units, add=_sections_joined)
    if merged is None or _is_told_twice(merged, base.units, ours.units, theirs.units):
        return None
    return _NUMBER.sub(b"", with_blank_lines(merged, (ours, theirs, base), _kind, b"", set_apart="heading"))


def _is_told_twice(merged: Units, *versions: Units) -> bool:
    """Whether an entry, what it refers to, or a release is there more often than in any version: it was moved, or
    reworded."""
    known: Counter[bytes] = Counter()
    for units in versions:
        known |= _told(units)
    return bool(_told(merged) - known)


def _told(units: Units) -> Counter[bytes]:
    plain = [_NUMBER.sub(b"", unit) for unit in units]
    entries_told = Counter(b" ".join(unit.split()) for unit in plain if _ENTRY.match(unit.lstrip()))
    releases = Counter(version for unit in plain if _is_heading(unit) and (version := version_in(unit)))
    return entries_told + releases + Counter(one for unit in plain for one in set(_REFERENCE.findall(unit)))


def entries(dispute: Dispute) -> bytes | None:
    """Lines of both sides, in the order that both keep, else ours first."""
    if not _LIST.search(dispute.path):
        return None
    base, ours, theirs = (text.splitlines(keepends=True) for text in dispute.part)
    if any(side and not side[-1].endswith(b"\n") for side in (base, ours, theirs)):
        return None
    lists = [[line for line in text.splitlines() if line.strip() and line[:1] != b"#"] for text in dispute.whole[1:]]
    key = order_of((bytes.lower,), *lists)
    merged = merge_units(base, ours, theirs, add=partial(_lines_joined, path=dispute.path, key=key))
    return None if merged is None else b"".join(merged)


def _lines_joined(ours: Units, theirs: Units, *, path: bytes, key: Key | None) -> Units | None:
    mine, other = ([unit for unit in one if unit not in two] for one, two in ((ours, theirs), (theirs, ours)))
    if not _named(path, mine).isdisjoint(_named(path, other)):
        return None
    if (
        (_IGNORED.search(path) or _MANIFEST.search(path))
        and mine
        and other
        and any(map(_TAKES_AWAY.match, (*mine, *other)))
    ):
        return None
    return in_order(joined(ours, theirs), key)


def _named(path: bytes, lines: Units) -> set[bytes]:
    """What lines are about, which a list has no more than once: packages, paths with owners, or people."""
    if _REQUIREMENTS.search(path):
        return {_SIGNS.sub(b"-", found[1]).lower() for line in lines if (found := _PACKAGE.match(line))}
    if _OWNED.search(path):
        return {line.split()[0] for line in lines if line.strip()}
    return {name.lower() for line in lines for name in _WHO.findall(line)}


def _about_the_same(ours: Units, theirs: Units, what: re.Pattern[bytes]) -> bool:
    """Whether both tell of the same in other words, by what each names."""
    mine, other = (
        {name for unit in one if unit not in two for name in what.findall(unit)}
        for one, two in ((ours, theirs), (theirs, ours))
    )
    return not mine.isdisjoint(other)


def _parts(text: bytes) -> Spaced:
    """Headings with what labels and underlines them, entries with the lines that go on in them, other lines.

    What stands there more than once bears a number, counted from the end, where logs do not grow.
    """
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
    for at in range(len(units) - 2, -1, -1):
        if _LABEL.match(units[at]) and _is_heading(units[at + 1]):
            units[at : at + 2] = [units[at] + gaps.pop(at + 1) + units[at + 1]]
    return Spaced(_numbered(units), gaps)


def _numbered(units: Sequence[bytes]) -> list[bytes]:
    seen: Counter[bytes] = Counter()
    found = []
    for unit in reversed(units):
        found.append(unit + b"\0%d" % seen[unit] if seen[unit] else unit)
        seen[unit] += 1
    return found[::-1]


def _goes_on(unit: bytes, line: bytes) -> bool:
    """Whether `line` is part of the entry `unit`: indented more, and no entry below something else."""
    is_entry = _ENTRY.match(unit.lstrip()) is not None
    return _indentation(line) > _indentation(unit) and (is_entry or not _ENTRY.match(line.lstrip()))


def _indentation(line: bytes) -> int:
    return len(line) - len(line.lstrip(b" \t"))


def _is_heading(unit: bytes) -> bool:
    lines = [line for line in unit.splitlines() if not _LABEL.match(line) and line.strip()]
    return (len(lines) > 1 and _UNDERLINE.match(lines[1]) is not None) or unit.startswith(b"#")


def _sections_joined(ours: Units, theirs: Units) -> Units | None:
    """Sections of both, or entries of both. Of entries that meet a new section nobody knows where they belong, nor in
    which order targets of links stand."""
    if any(map(_is_heading, ours)) != any(map(_is_heading, theirs)) or _about_the_same(ours, theirs, _REFERENCE):
        return None
    if any(_LINK.match(unit) for unit in (*ours, *theirs)):
        return None
    mine, other = _releases(ours), _releases(theirs)
    if mine and other and mine.keys().isdisjoint(other):
        found = {**mine, **other}
        return [unit for heading in _highest_first(list(found)) for unit in found[heading]]
    sections = _sections(ours)
    for place, content in _sections(theirs).items():
        if place in sections:
            head = 1 if place else 0
            if _other_lines(sections[place][head:]) != _other_lines(content[head:]):
                return None
            sections[place] = [*sections[place][:head], *joined(sections[place][head:], content[head:])]
        elif not (sections := _with_section(sections, place, content)):
            return None
    return [unit for content in sections.values() for unit in content]


def _with_section(
    sections: dict[_Place, list[bytes]], place: _Place, content: list[bytes]
) -> dict[_Place, list[bytes]]:
    """`sections` with one more, at the end of the one that it is part of; none if nothing tells where it belongs."""
    within = [at for at, known in enumerate(sections) if known[: len(place) - 1] == place[:-1] and known]
    if len(place) > 1 and not within:
        return {}
    if len(place) == 1 and any(len(known) > 1 for known in sections):
        return {}
    items = list(sections.items())
    items.insert(within[-1] + 1 if within else len(items), (place, content))
    return dict(items)


def _other_lines(units: Units) -> list[bytes]:
    """What is no entry, such as the day of a release."""
    return [unit for unit in units if not _ENTRY.match(unit.lstrip())]


def _releases(units: Units) -> dict[bytes, list[bytes]]:
    """Heading → it and all that stands below it, its subheadings too; none if something stands above the first."""
    if not units or not _is_heading(units[0]):
        return {}
    found: dict[bytes, list[bytes]] = {}
    heading = units[0]
    for unit in units:
        if _is_heading(unit) and _level(unit) == _level(units[0]):
            heading = unit
        found.setdefault(heading, []).append(unit)
    return found


def _level(heading: bytes) -> bytes:
    """What tells a heading from its subheadings: the number signs before it, or the character that underlines it."""
    signs = heading[: len(heading) - len(heading.lstrip(b"#"))]
    return signs or heading.split(b"\0")[0].rstrip()[-1:]


def _highest_first(headings: Sequence[bytes]) -> list[bytes]:
    """By the versions that are in them, if all have one."""
    versions = {heading: version_in(heading) for heading in headings}
    if not all(versions.values()):
        return list(headings)

    def compared(one: bytes, other: bytes) -> int:
        return order(versions[other], versions[one])

    return sorted(headings, key=cmp_to_key(compared))


_Place: TypeAlias = tuple[bytes, ...]
"""The headings that something stands below, the outer ones first."""


def _sections(units: Units) -> dict[_Place, list[bytes]]:
    """Place → its heading and what stands below that; what stands above the first is at an empty one."""
    found: dict[_Place, list[bytes]] = {(): []}
    path: list[tuple[bytes, bytes]] = []
    for unit in units:
        if _is_heading(unit):
            levels = [level for level, _ in path]
            del path[levels.index(_level(unit)) if _level(unit) in levels else len(path) :]
            path.append((_level(unit), _NUMBER.sub(b"", unit)))
        place = tuple(heading for _, heading in path)
        content = found.setdefault(place, [])
        if not _is_heading(unit) or not content:
            content.append(unit)
    return found


def _kind(unit: bytes) -> str:
    if _is_heading(unit):
        return "heading"
    return "entry" if _ENTRY.match(unit.lstrip()) else "other"
