"""Which values changed in files of data? One mutate for each field of the top, where its bytes come out as wanted.

A long file, such as a lock file, is one operation.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from msgspec import UNSET
from msgspec.structs import replace

from git_dagpatch.alignment.lines import diff, distance, lines_of, whole_lines
from git_dagpatch.alignment.tokens import token_diff
from git_dagpatch.discovery.proposal import Proposal, Step
from git_dagpatch.discovery.unfinished import Unfinished
from git_dagpatch.languages import differ, is_data, mutations_of_text
from git_dagpatch.languages.data_values import CannotMutate
from git_dagpatch.model.effect import Rewrite, Span, rewrite
from git_dagpatch.model.ids import canonical
from git_dagpatch.model.operation import Mutate
from git_dagpatch.model.paths import encode
from git_dagpatch.operations.mutate import sentence

if TYPE_CHECKING:
    from git_dagpatch.languages.data_diff import Differ, Found

log = logging.getLogger(__name__)

_LONG = 20_000
"""Bytes of a file that is one operation: it was mostly written by a program."""
_TRIES = 5
"""How often mutations may be left out that do not give the bytes that are wanted."""


def find_data(unfinished: Sequence[Unfinished]) -> tuple[list[Step], list[Unfinished]]:
    """The mutations of each file of data; what they do not explain is left."""
    steps: list[Step] = []
    files: list[Unfinished] = []
    for file in unfinished:
        proposals = _of_file(file) if file.has_layout and file.now and is_data(file.path) else ()
        now = file.now
        if proposals:
            steps.append(proposals)
            now = rewrite(now, _together(proposals, file.path))
        if now != file.wanted:
            files.append(replace(file, now=now))
    return steps, files


def _of_file(file: Unfinished) -> Step:
    try:
        comparing = differ(file.path, file.now, file.wanted, token_diff)
    except CannotMutate:
        log.debug("%s: cannot be read as data", encode(file.path))
        return ()
    found, spans = _fitting(comparing, file)
    if not found or not _is_worth_it(file, found, rewrite(file.now, spans)):
        return ()
    groups = _by_field(found) if len(file.now) < _LONG else [found]
    if len(groups) == 1 and rewrite(file.now, spans) == file.wanted and comparing.is_proved(found):
        return (_proposal(file, found, spans, comparing),)
    for some in (groups, [found]):
        try:
            proposals = tuple(_carried_out(file, group, comparing) for group in some)
        except CannotMutate:
            log.debug("%s: the mutations do not give the values that are wanted", encode(file.path))
            continue
        if _together(proposals, file.path) == spans:
            return proposals
    return ()


def _fitting(comparing: Differ, file: Unfinished) -> tuple[list[Found], tuple[Span, ...]]:
    """The mutations that give whole lines of what is wanted, and what they change."""
    for _ in range(_TRIES):
        found = comparing.mutations()
        failing, spans = comparing.attempt(found)
        if not failing:
            failing = {one.mark for one in _misfits(found, spans, file)}
        if not failing and not _is_nearer(file, rewrite(file.now, spans)):
            # The lines are right, but some stand elsewhere.
            failing = {one.mark for one in found if one.moves_others}
        if not failing:
            return found, spans
        comparing.without |= failing
    log.debug("%s: too many mutations do not give the bytes that are wanted", encode(file.path))
    return [], ()


def _misfits(found: Sequence[Found], spans: tuple[Span, ...], file: Unfinished) -> Iterator[Found]:
    """The mutations that write lines which are not as wanted."""
    made = rewrite(file.now, spans)
    if made == file.wanted:
        return
    lines = lines_of(made)
    wrong = {line for block in diff(made, file.wanted) for line in range(block.old_start, block.old_end)}
    shift = 0
    bad: list[Span] = []
    for span in whole_lines(file.now, spans):
        start, end = span.start + shift, span.start + shift + len(span.insert)
        shift += span.growth
        if any(line in wrong for line in range(lines.number_at(start), lines.number_at(end))):
            bad.append(span)
    for one in found:
        if any(one.start <= span.end and span.start <= one.end for span in bad):
            yield one


def _by_field(found: Sequence[Found]) -> list[list[Found]]:
    """The mutations of each field of the top together."""
    groups: dict[object, list[Found]] = defaultdict(list)
    for one in found:
        path = one.mutation.path
        groups[path[0].field if path and path[0].field is not UNSET else ""].append(one)
    return list(groups.values())


def _carried_out(file: Unfinished, found: Sequence[Found], comparing: Differ) -> Proposal:
    spans = mutations_of_text(file.path, file.now, [one.mutation for one in found])
    return _proposal(file, found, spans, comparing)


def _proposal(file: Unfinished, found: Sequence[Found], spans: tuple[Span, ...], comparing: Differ) -> Proposal:
    target, mutations = encode(file.path), [one.mutation for one in found]
    names = comparing.names(mutations[0].path) if len(mutations) == 1 else ()
    operation = Mutate(target=target, mutations=mutations, description=sentence(target, mutations, names))
    return Proposal(operation, {file.path: Rewrite(spans)})


def _together(proposals: Step, path: bytes) -> tuple[Span, ...]:
    changes = [proposal.effect[path] for proposal in proposals]
    return tuple(sorted(span for change in changes if isinstance(change, Rewrite) for span in change.spans))


def _is_nearer(file: Unfinished, now: bytes) -> bool:
    """Whether every line that changes is one less to explain."""
    return now == file.wanted or (
        distance(file.now, now) + distance(now, file.wanted) <= distance(file.now, file.wanted)
    )


def _is_worth_it(file: Unfinished, found: Sequence[Found], now: bytes) -> bool:
    """Whether nothing is left to explain, or what is told is no longer than the lines that it explains."""
    if now == file.wanted:
        return True
    if not _is_nearer(file, now):
        return False
    lines, others = lines_of(file.now).lines, lines_of(now).lines
    explained = sum(
        len(line)
        for block in diff(file.now, now)
        for line in (*lines[block.old_start : block.old_end], *others[block.new_start : block.new_end])
    )
    return len(canonical([one.mutation for one in found])) <= explained + _HUNK


_HUNK = 60
"""What an edit tells besides its lines, in characters."""
