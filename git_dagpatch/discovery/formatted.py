"""Did a formatter lay these files out? Then one operation names it, instead of all that it changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

import msgspec
from msgspec.structs import replace

from git_dagpatch.alignment.lines import diff, distance, lines_of
from git_dagpatch.discovery.proposal import Proposal, Step
from git_dagpatch.discovery.unfinished import Unfinished
from git_dagpatch.languages import language_of
from git_dagpatch.model.effect import Rewrite, Span
from git_dagpatch.model.formatting import Formatting
from git_dagpatch.model.operation import Transform, Whitespace
from git_dagpatch.model.paths import encode
from git_dagpatch.operations.whitespace import BY_FORMATTER


def by_formatters(
    before: Sequence[Unfinished], after: Sequence[Unfinished], steps: Sequence[Step], formatting: Formatting
) -> tuple[list[Step], list[Unfinished]]:
    """`steps`, which lead from the files `before` to those `after`, with formatters in place of what they explain.

    They take a file if no more is left to explain than without them, and if they are proved to keep the meaning. All of
    them are tried one after the other; then each alone.
    """
    touched = {path for step in steps for proposal in step for path in proposal.effect}
    left = {one.path: one for one in before if one.path in touched and language_of(one.path).name == "python"}
    enough = {one.path: distance(one.now, one.wanted) for one in after if one.path in left}
    formatters = formatting.formatters() if left else ()
    effects: list[dict[bytes, Rewrite]] = [{} for _ in formatters]
    versions = [""] * len(formatters)
    taken: dict[bytes, bytes] = {}
    for row in [range(len(formatters)), *([at] for at in range(1, len(formatters)))]:
        texts = {path: file.now for path, file in left.items() if path not in taken}
        changes: dict[bytes, list[tuple[int, Rewrite]]] = defaultdict(list)
        for at in row:
            made = formatters[at].format(texts, formatting.tree) if texts else None
            if made is None:
                continue
            versions[at] = made.version
            for path, text in made.texts.items():
                old = texts[path]
                if text == old or not language_of(path).keeps_meaning(old, text, BY_FORMATTER):
                    continue
                texts[path] = text
                changes[path].append((at, _rewriting(old, text)))
                if path not in taken and distance(text, left[path].wanted) <= enough[path]:
                    taken[path] = text
                    for number, change in changes[path]:
                        effects[number][path] = change
            texts = {path: text for path, text in texts.items() if path not in taken}
    found = [
        _step(formatter.name, version, effect)
        for formatter, version, effect in zip(formatters, versions, effects, strict=True)
        if effect
    ]
    files = [replace(one, now=taken.get(one.path, one.now)) for one in after]
    return [*found, *_without(steps, taken)], files


def _step(name: str, version: str, effect: Mapping[bytes, Rewrite]) -> Step:
    operation = Whitespace(
        transform=Transform(name=name, version=version), scope=sorted(map(encode, effect)), confidence=1.0
    )
    return (Proposal(operation, effect),)


def _without(steps: Sequence[Step], paths: Mapping[bytes, bytes]) -> list[Step]:
    """`steps` without what they do to the files at `paths`."""
    left: list[Step] = []
    for step in steps:
        kept = []
        for proposal in step:
            effect = {path: change for path, change in proposal.effect.items() if path not in paths}
            if effect and isinstance(proposal.operation, Whitespace):
                operation = msgspec.structs.replace(proposal.operation, scope=sorted(map(encode, effect)))
                kept.append(replace(proposal, operation=operation, effect=effect))
        if kept:
            left.append(tuple(kept))
    return left


def _rewriting(old: bytes, new: bytes) -> Rewrite:
    """The lines that differ."""
    lines, others = lines_of(old), lines_of(new)
    return Rewrite(
        tuple(
            Span(
                lines.starts[block.old_start],
                lines.starts[block.old_end],
                b"".join(others.lines[block.new_start : block.new_end]),
            )
            for block in diff(old, new)
        )
    )
