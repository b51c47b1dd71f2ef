"""Tokens of two texts aligned by libgit2's diff (Myers), as lines are."""

from __future__ import annotations

from collections.abc import Sequence

from git_dagpatch.alignment.lines import Block, diff


def token_diff(old: Sequence[bytes], new: Sequence[bytes]) -> list[Block]:
    """The blocks of tokens in which `new` differs from `old`, in order, none touching another; tokens are told by their
    keys."""
    return diff(_lines(old), _lines(new), by_indent=False)


def _lines(keys: Sequence[bytes]) -> bytes:
    """One key a line; one that holds line feeds gets two other characters for each, and for what stands for them."""
    joined = b"\n".join(keys)
    if keys and joined.count(b"\n") != len(keys) - 1:
        other = {key: _escaped(key) for key in set(keys) if b"\n" in key or b"\0" in key}
        joined = b"\n".join([other.get(key, key) for key in keys])
    return joined + b"\n" if keys else b""


def _escaped(key: bytes) -> bytes:
    return key.replace(b"\0", b"\0\0").replace(b"\n", b"\0\1")
