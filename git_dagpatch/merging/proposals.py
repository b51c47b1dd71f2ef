"""What is likely to be meant where sides collide: ranked, labelled, proved as far as can be, and never taken unasked.

A proposal is what a step or a policy would make of the place. It comes in the place of whole conflicts, with the lines
around them that the sides share, if these stand in what the merge left as they do in the versions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

from msgspec import Struct

from git_dagpatch.alignment.lines import count_lines, split_lines
from git_dagpatch.merging.dispute import Dispute, Texts
from git_dagpatch.merging.lines import disputes
from git_dagpatch.merging.marked import Piece
from git_dagpatch.merging.policies.backport import lines_of_both, words_of_both
from git_dagpatch.merging.policies.lockfile import command_for
from git_dagpatch.merging.policies.steps import POLICIES, WHOLE
from git_dagpatch.merging.proof import fault_of_merge
from git_dagpatch.merging.settle import CERTAIN, STRUCTURE
from git_dagpatch.merging.standing import places_in
from git_dagpatch.merging.structure.steps import structure, structure_of_all
from git_dagpatch.model.conflict import Marked, Proposal
from git_dagpatch.model.strategy import Policy

_STEPS: Mapping[str, Callable[[Dispute], bytes | None]] = {
    **CERTAIN,
    **{name.value: step for name, step in POLICIES.items() if name is not Policy.BACKPORT},
    "structure": partial(structure, policies=STRUCTURE),
    "lines": lines_of_both,
    "words": words_of_both,
}
"""Who is asked, the surest first."""
LONGEST = 300_000
"""Bytes of a text for which nothing is proposed any more."""
MOST = 20
"""Conflicts of a file for which something is proposed."""

_Lines = tuple[int, int]
"""First line, from 0, and the one after the last."""


class _Region(Struct, frozen=True):
    """A conflict as the merge left it, and where the versions have its sides."""

    conflict: Marked
    ours: _Lines
    theirs: _Lines


class _Place(Struct, frozen=True):
    """Lines that both sides changed, and where they stand in the versions."""

    dispute: Dispute
    ours: _Lines
    theirs: _Lines


class _Group(Struct, frozen=True):
    """Conflicts and disputed lines that overlap, in order."""

    regions: Sequence[_Region]
    places: Sequence[_Place]

    @property
    def lines(self) -> list[tuple[_Lines, _Lines]]:
        """Where ours and theirs have each of them."""
        return [(part.ours, part.theirs) for part in self.regions] + [(part.ours, part.theirs) for part in self.places]


def proposals(path: bytes, versions: Texts, left: Sequence[Piece]) -> dict[int, list[Proposal]]:
    """First line of a conflict in what the merge `left` → what is proposed for it, the likeliest first."""
    conflicts = [part for part in left if isinstance(part, Marked)]
    found: dict[int, list[Proposal]] = {conflict.first_line: [] for conflict in conflicts}
    if max(map(len, versions)) > LONGEST or len(conflicts) > MOST:
        return found
    whole = list(_of_whole(path, versions, left))
    for group in _groups(path, versions, left):
        made = list(_of_group(path, versions, left, group))
        for region in group.regions:
            found[region.conflict.first_line] = made
    return {line: _distinct([*some, *whole]) for line, some in found.items()}


def _distinct(some: Sequence[Proposal]) -> list[Proposal]:
    """The first of those that say the same."""
    seen: dict[tuple[int, int, bytes], Proposal] = {}
    for proposal in some:
        seen.setdefault((proposal.first_line, proposal.last_line, proposal.text), proposal)
    return list(seen.values())


def _of_whole(path: bytes, versions: Texts, left: Sequence[Piece]) -> Iterator[Proposal]:
    """What is proposed for the file as a whole."""
    steps = {name.value: step for name, step in WHOLE.items()}
    steps["structure"] = partial(structure_of_all, policies=STRUCTURE)
    ours = _with(left, "ours")
    last = count_lines(b"".join(part.text if isinstance(part, Marked) else part for part in left))
    for name, step in steps.items():
        text = step(path, versions)
        if text is not None and not fault_of_merge(path, versions, text):
            advice = f"Run {command_for(path)}, which writes it." if name == Policy.LOCKFILE.value else ""
            yield Proposal(name, text, ours, 1, last, advice)


def _groups(path: bytes, versions: Texts, left: Sequence[Piece]) -> list[_Group]:
    conflicts = [part for part in left if isinstance(part, Marked)]
    mine, other = places_in(left, versions.ours, "ours"), places_in(left, versions.theirs, "theirs")
    found: list[_Group] = []
    for conflict, ours, theirs in zip(conflicts, mine, other, strict=True):
        if ours is not None and theirs is not None:
            found = _joined(found, _Group([_Region(conflict, ours, theirs)], []))
    for lines, dispute in disputes(path, versions):
        ours, theirs = (
            (start, start + count_lines(part)) for start, part in zip(lines[1:], dispute.part[1:], strict=True)
        )
        found = _joined(found, _Group([], [_Place(dispute, ours, theirs)]))
    return [group for group in found if group.regions and group.places]


def _joined(found: Sequence[_Group], new: _Group) -> list[_Group]:
    """`found` with `new`, which takes in the groups that it overlaps."""
    apart = [group for group in found if not _overlap(group, new)]
    regions, places = list(new.regions), list(new.places)
    for group in found:
        if _overlap(group, new):
            regions += group.regions
            places += group.places
    regions.sort(key=lambda region: region.conflict.first_line)
    places.sort(key=lambda place: place.ours)
    return [*apart, _Group(regions, places)]


def _overlap(one: _Group, other: _Group) -> bool:
    return any(
        _meet(a_ours, b_ours) and _meet(a_theirs, b_theirs)
        for a_ours, a_theirs in one.lines
        for b_ours, b_theirs in other.lines
    )


def _meet(one: _Lines, other: _Lines) -> bool:
    return one[0] <= other[1] and other[0] <= one[1]


class _Span(Struct, frozen=True):
    """All lines that a group is about."""

    ours: _Lines
    theirs: _Lines
    left: _Lines


def _of_group(path: bytes, versions: Texts, left: Sequence[Piece], group: _Group) -> Iterator[Proposal]:
    lines = [split_lines(text) for text in versions]
    span = _span(group, left, lines[1])
    if span is None:
        return
    instead = b"".join(lines[1][slice(*span.ours)])
    for name, step in _STEPS.items():
        answers = [step(place.dispute) for place in group.places]
        text = _put_together(group, answers, span, lines[1], lines[2])
        if text is not None and _is_proved(path, versions, left, span, text):
            yield Proposal(name, text, instead, span.left[0] + 1, span.left[1])
    yield from _of_deletion(group, span, lines)


def _of_deletion(group: _Group, span: _Span, lines: Sequence[Sequence[bytes]]) -> Iterator[Proposal]:
    """Where one side took away what the other changed: the change, or the deletion."""
    parts = [place.dispute.part for place in group.places]
    sides = [b"".join(text[slice(*at)]) for text, at in ((lines[1], span.ours), (lines[2], span.theirs))]
    gone = [all(part.base and not part[side] for part in parts) for side in (1, 2)]
    if any(gone):
        deleted = gone.index(True)
        yield Proposal("change", sides[1 - deleted], sides[0], span.left[0] + 1, span.left[1])
        yield Proposal("deletion", sides[deleted], sides[0], span.left[0] + 1, span.left[1])


def _span(group: _Group, left: Sequence[Piece], ours: Sequence[bytes]) -> _Span | None:
    """Where a group stands; None if what the merge left there is not what ours and the conflicts have."""
    mine, other = (
        (min(start for start, _ in some), max(end for _, end in some)) for some in zip(*group.lines, strict=True)
    )
    first, last = group.regions[0], group.regions[-1]
    start = first.conflict.first_line - 1 - (first.ours[0] - mine[0])
    end = last.conflict.last_line + mine[1] - last.ours[1]
    text = split_lines(b"".join(part.text if isinstance(part, Marked) else part for part in left))
    expected: list[bytes] = []
    at = mine[0]
    for region in group.regions:
        expected += [*ours[at : region.ours[0]], *split_lines(region.conflict.text)]
        at = region.ours[1]
    expected += ours[at : mine[1]]
    return _Span(mine, other, (start, end)) if start >= 0 and text[start:end] == expected else None


def _put_together(
    group: _Group, answers: Sequence[bytes | None], span: _Span, ours: Sequence[bytes], theirs: Sequence[bytes]
) -> bytes | None:
    """The answers with the lines between them, about which the sides have to be of one mind."""
    found: list[bytes] = []
    mine, other = span.ours[0], span.theirs[0]
    for place, answer in zip(group.places, answers, strict=True):
        between = ours[mine : place.ours[0]]
        if answer is None or between != theirs[other : place.theirs[0]]:
            return None
        found += [*between, answer]
        mine, other = place.ours[1], place.theirs[1]
    rest = ours[mine : span.ours[1]]
    return b"".join((*found, *rest)) if rest == theirs[other : span.theirs[1]] else None


def _is_proved(path: bytes, versions: Texts, left: Sequence[Piece], span: _Span, text: bytes) -> bool:
    """Whether nothing speaks against the file with `text` in it, and one side or the other where it is open still."""
    sides = [_with(left, side, span.left, text) for side in ("ours", "theirs")]
    return any(not fault_of_merge(path, versions, side) for side in dict.fromkeys(sides))


def _with(left: Sequence[Piece], side: str, at: _Lines | None = None, text: bytes = b"") -> bytes:
    """What the merge left with one side in its conflicts, and with `text` in the place of the lines `at`."""
    found: list[bytes] = []
    line = 0
    for part in left:
        whole = split_lines(part.text if isinstance(part, Marked) else part)
        after = line + len(whole)
        if at is not None and at[0] < after and line < at[1]:
            numbered = zip(range(line, after), whole, strict=True)
            found += [text if n == at[0] else content for n, content in numbered if not at[0] < n < at[1]]
        elif isinstance(part, Marked):
            found.append(getattr(part, side))
        else:
            found.append(part)
        line = after
    return b"".join(found)
