"""The target left the history of base earlier: the patch adds definitions beside what came to base later."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from git_dagpatch.alignment.lines import split_lines
from git_dagpatch.languages.language import Definition, Language
from git_dagpatch.merging.dispute import Dispute
from git_dagpatch.merging.touching import touching
from git_dagpatch.merging.units import Change, Units, changes


def behind(dispute: Dispute) -> bytes | None:
    """What ours has, with the definitions that theirs adds, if definitions are all that theirs adds or changes there.

    Not where they stand in something that ours does not have, and not if they belonged to something else then.
    """
    if dispute.is_generated or not dispute.is_behind:
        return None
    language = dispute.language
    known, wanted = language.definitions(dispute.whole.ours), language.definitions(dispute.whole.theirs)
    if not known or not wanted:
        return None
    base, ours, theirs = (split_lines(text) for text in dispute.part)
    first = dispute.whole.theirs.count(b"\n", 0, dispute.starts[2])
    added = list(_definitions_added(language, base, theirs, [_moved(one, -first) for one in wanted]))
    if not added or any(change is None for change, _ in added):
        return None
    lines = touching(base, changes(base, ours), [change for change, _ in added if change is not None])
    if lines is None:
        return None
    text = b"".join(lines)
    made = language.definitions(dispute.whole.ours[: dispute.starts[1]] + text + dispute.whole.ours[dispute.ends[1] :])
    names = Counter(one.name for one in known) + Counter(one.name for _, some in added for one in some)
    return text if made is not None and Counter(one.name for one in made) == names else None


def _moved(one: Definition, by: int) -> Definition:
    return one._replace(start=one.start + by, end=one.end + by)


def _definitions_added(
    language: Language, base: Units, theirs: Units, wanted: Sequence[Definition]
) -> Iterator[tuple[Change | None, list[Definition]]]:
    """Each change of theirs with the definitions that it adds; without a change where it does anything else."""
    grown = 0
    for change in changes(base, theirs):
        start = change.start + grown
        grown += len(change.units) - (change.end - change.start)
        yield next(_whole(language, base, theirs, change, start, wanted), (None, []))


def _whole(
    language: Language, base: Units, theirs: Units, change: Change, start: int, wanted: Sequence[Definition]
) -> Iterator[tuple[Change, list[Definition]]]:
    """The places at which an addition could stand as well, in which it is made of whole definitions; the last first."""
    size = len(change.units)
    if change.start < change.end:
        return
    back = 0
    while True:
        inside = [one for one in wanted if start - back <= one.start and one.end <= start - back + size]
        covered = {line for one in inside for line in range(one.start, one.end)}
        units = tuple(theirs[start - back : start - back + size])
        rest = [line for at, line in enumerate(units, start - back) if at not in covered]
        if inside and not any(map(language.words_of_code, rest)):
            yield Change(change.start - back, change.start - back, units), inside
        back += 1
        if back > min(change.start, size) or base[change.start - back] != theirs[start - back + size]:
            return
