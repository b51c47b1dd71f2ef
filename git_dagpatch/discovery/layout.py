"""What is only layout? Named transforms of white space, taken where they leave less to explain."""

from __future__ import annotations

from collections.abc import Sequence

from git_dagpatch.alignment.lines import distance
from git_dagpatch.discovery.proposal import Proposal, Step
from git_dagpatch.discovery.unfinished import Unfinished
from git_dagpatch.languages import language_of
from git_dagpatch.model.effect import Effect, Rewrite, rewrite
from git_dagpatch.model.operation import Transform, Whitespace
from git_dagpatch.model.paths import encode
from git_dagpatch.operations.whitespace import TRANSFORMS, transform_spans

UNPROVED = 0.9
"""Confidence where nothing shows that white space has no meaning in the file."""


def find_layout(unfinished: Sequence[Unfinished]) -> tuple[list[Step], list[Unfinished]]:
    """One operation a transform for the files in which it is proved to keep the meaning, and one for the others."""
    steps: list[Step] = []
    files = list(unfinished)
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
            files[at] = Unfinished(file.path, now, file.wanted, file.mode)
        steps += [(_proposal(transform, proved, 1.0),)] if proved else []
        steps += [(_proposal(transform, claimed, UNPROVED),)] if claimed else []
    return steps, [file for file in files if file.now != file.wanted]


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
