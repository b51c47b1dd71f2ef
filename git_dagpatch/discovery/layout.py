"""What is only layout? Transforms of what means nothing, each taken where it leaves less to explain."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from msgspec.structs import replace

from git_dagpatch.alignment.lines import distance
from git_dagpatch.discovery.formatted import by_formatters
from git_dagpatch.discovery.proposal import Proposal, Step
from git_dagpatch.discovery.relayout import relayout
from git_dagpatch.discovery.unfinished import Unfinished
from git_dagpatch.languages import language_of
from git_dagpatch.model.effect import Effect, Rewrite, rewrite
from git_dagpatch.model.formatting import Formatting
from git_dagpatch.model.operation import Transform, Whitespace
from git_dagpatch.model.paths import encode
from git_dagpatch.operations.whitespace import PROVED_TRANSFORMS, TRANSFORMS, transform_spans

UNPROVED = 0.9
"""Confidence where nothing shows that white space has no meaning in the file."""


def find_layout(
    unfinished: Sequence[Unfinished], formatting: Formatting | None = None
) -> tuple[list[Step], list[Unfinished]]:
    """One operation a transform for the files in which it is proved to keep the meaning, and one for the others.

    Rules come before what only its footprint tells, unless that explains the same in fewer operations. A formatter
    takes their place if there is no more to read then.
    """
    files = list(unfinished)
    steps = _by_rules(files)
    rules = len(steps)
    steps += _by_tokens(files)
    if rules and len(steps) + _left(files) > 1 and any(language_of(file.path).transforms for file in unfinished):
        others = list(unfinished)
        other_steps = _by_tokens(others)
        other_steps += _by_rules(others)
        if _cost(other_steps, unfinished, others) < _cost(steps, unfinished, files):
            steps, files = other_steps, others
    if steps and formatting is not None:
        other_steps, others = by_formatters(unfinished, files, steps, formatting)
        if _cost(other_steps, unfinished, others) <= _cost(steps, unfinished, files):
            steps, files = other_steps, others
    return steps, [replace(file, laid_out=file.now) for file in files if file.is_left]


def find_late_layout(unfinished: Sequence[Unfinished]) -> tuple[list[Step], list[Unfinished]]:
    """What is only written otherwise in files that other stages changed since: code that moved, above all."""
    late = [at for at, file in enumerate(unfinished) if file.now != file.laid_out]
    before = [unfinished[at] for at in late]
    after = list(before)
    steps = _by_tokens(after)
    if _cost(steps, before, after) >= _left(before):
        return [], list(unfinished)
    files = list(unfinished)
    for at, file in zip(late, after, strict=True):
        files[at] = file
    return steps, [file for file in files if file.is_left]


def _cost(steps: Sequence[Step], before: Sequence[Unfinished], after: Sequence[Unfinished]) -> int:
    """How many lines there are to read: one of what is proved, and all that change in what is not or is left."""
    unproved = {path for (step,) in steps if step.operation.confidence != 1.0 for path in step.effect}
    claimed = sum(
        distance(one.now, other.now) for one, other in zip(before, after, strict=True) if one.path in unproved
    )
    return len(steps) + claimed + _left(after)


def _left(files: Sequence[Unfinished]) -> int:
    return sum(distance(file.now, file.wanted) for file in files if file.has_layout and file.now != file.wanted)


def _by_rules(files: list[Unfinished]) -> list[Step]:
    """Rules, an operation each; `files` are left as they are after that."""
    steps: list[Step] = []
    for transform in TRANSFORMS:
        proved: dict[bytes, Rewrite] = {}
        claimed: dict[bytes, Rewrite] = {}
        for at, file in enumerate(files):
            change = _helps(transform, file)
            if change is None:
                continue
            now = rewrite(file.now, change.spans)
            keeps = language_of(file.path).keeps_meaning(file.now, now)
            (proved if keeps else claimed)[file.path] = change
            files[at] = replace(file, now=now)
        steps += [(_proposal(transform, proved, 1.0),)] if proved else []
        steps += [(_proposal(transform, claimed, UNPROVED),)] if claimed else []
    return steps


def _helps(transform: Transform, file: Unfinished) -> Rewrite | None:
    """What `transform` does to `file`, if less is left to explain after it."""
    if not file.has_layout or (transform.to == "crlf" and b"\r\n" not in file.wanted):
        return None
    spans = tuple(transform_spans(transform, file.now))
    if not spans:
        return None
    after = rewrite(file.now, spans)
    return (
        Rewrite(spans)
        if after == file.wanted or distance(after, file.wanted) < distance(file.now, file.wanted)
        else None
    )


def _proposal(transform: Transform, effect: Effect, confidence: float) -> Proposal:
    scope = sorted(encode(path) for path in effect)
    return Proposal(Whitespace(transform=transform, scope=scope, confidence=confidence), effect)


def _by_tokens(files: list[Unfinished]) -> list[Step]:
    """What is only written otherwise, an operation a transform; `files` are left as they are after that."""
    effects: dict[str, dict[bytes, Rewrite]] = defaultdict(dict)
    for at, file in enumerate(files):
        if not file.has_layout or file.now == file.wanted:
            continue
        now = file.now
        for name, spans in relayout(file.path, file.now, file.wanted):
            effects[name][file.path] = Rewrite(spans)
            now = rewrite(now, spans)
        files[at] = replace(file, now=now)
    return [
        (_proposal(transform, effects[transform.name], 1.0),)
        for transform in PROVED_TRANSFORMS
        if transform.name in effects
    ]
