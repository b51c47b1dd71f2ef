"""One side did all that the other side did, and more."""

from __future__ import annotations

import re

from git_dagpatch.alignment.tokens import token_diff
from git_dagpatch.merging.dispute import Dispute

_WORD = re.compile(rb"\w+|[^\S\n]+|\n|[^\w\s]")


def contained(dispute: Dispute) -> bytes | None:
    """The side that holds every change of the other, in the same words at the same places."""
    base, ours, theirs = (_WORD.findall(text) for text in dispute.part)
    mine, other = _changes(base, ours), _changes(base, theirs)
    if dispute.language.tokens(b"") is None and any(map(_is_white, (mine, other))):
        return None
    if mine <= other:
        return dispute.part.theirs
    return dispute.part.ours if other <= mine else None


def _is_white(changes: set[tuple[int, int, tuple[bytes, ...]]]) -> bool:
    return all(b"".join(words).isspace() or not words for _, _, words in changes)


def _changes(base: list[bytes], side: list[bytes]) -> set[tuple[int, int, tuple[bytes, ...]]]:
    return {
        (block.old_start, block.old_end, tuple(side[block.new_start : block.new_end]))
        for block in token_diff(base, side)
    }
