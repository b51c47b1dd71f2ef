"""Two texts with the tokens that count aligned, and what stands between these."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from functools import lru_cache

from git_dagpatch.alignment.lines import Block
from git_dagpatch.alignment.tokens import token_diff
from git_dagpatch.languages import language_of
from git_dagpatch.languages.tokens import Tokens
from git_dagpatch.model.effect import Span

Soft = Callable[[Sequence[bytes]], set[int]]
"""Texts of tokens → the places of those that are a matter of taste, so that they are not aligned."""


class Side:
    """One text: its tokens, those that count, and the gaps between these, with what does not count in them."""

    def __init__(self, text: bytes, tokens: Tokens, soft: set[int]) -> None:
        self.text = text
        self.tokens = tokens
        self.soft = soft
        """The tokens that do not count."""
        size = len(tokens.texts)
        self.hard = [at for at in range(size) if at not in soft] if soft else list(range(size))
        """The tokens that count."""

    def texts(self, first: int, end: int) -> list[bytes]:
        """The texts of tokens that count."""
        return [self.tokens.texts[at] for at in self.hard[first:end]]

    def gap(self, number: int) -> tuple[int, int]:
        """Where the gap before the token `number` of those that count is."""
        return self.end(number - 1), self.start(number)

    def between(self, number: int) -> bytes:
        """What stands in that gap."""
        start, end = self.gap(number)
        return self.text[start:end]

    def soft_in(self, number: int) -> list[int]:
        """The tokens in that gap."""
        first = self.hard[number - 1] + 1 if number else 0
        end = self.hard[number] if number < len(self.hard) else len(self.tokens.texts)
        return list(range(first, end))

    def soft_gaps(self) -> set[int]:
        """The gaps in which there are tokens."""
        return {bisect_left(self.hard, at) for at in self.soft}

    def start(self, number: int) -> int:
        return self.tokens.starts[self.hard[number]] if number < len(self.hard) else len(self.text)

    def end(self, number: int) -> int:
        """The byte after the token `number`; 0 before the first."""
        if number < 0:
            return 0
        at = self.hard[number]
        return self.tokens.starts[at] + len(self.tokens.texts[at])


class TokenPair:
    """Two sides. A token that was replaced by one other is aligned with that, too."""

    def __init__(self, old: Side, new: Side) -> None:
        self.old = old
        self.new = new
        keys = old.tokens.keys, new.tokens.keys
        self.blocks: list[Block] = token_diff([keys[0][at] for at in old.hard], [keys[1][at] for at in new.hard])
        self.partner = partners(len(old.hard), self.blocks)
        """For each token of the old side, the one of the new side, or -1."""

    def adjacent(self, number: int) -> int:
        """The gap of the new side between the partners of the two tokens around the gap `number`, or -1."""
        left = self.partner[number - 1] if number else -1
        right = self.partner[number] if number < len(self.partner) else len(self.new.hard)
        return right if right == left + 1 and (left >= 0 or number == 0) else -1

    def soft_gaps(self) -> list[int]:
        """The gaps of the old side in which there may be tokens on either side, in order."""
        found = self.old.soft_gaps()
        if self.new.soft:
            there = self.new.soft_gaps()
            found |= {number for number, other in enumerate([*self.partner, len(self.new.hard)]) if other in there}
        return sorted(found)


def partners(size: int, blocks: Sequence[Block]) -> list[int]:
    """For each of the old side, the one of the new side that it stayed or was replaced by, or -1."""
    partner: list[int] = []
    shift = 0
    for block in blocks:
        partner.extend(range(len(partner) + shift, block.old_start + shift))
        if block.old_end - block.old_start == block.new_end - block.new_start:
            partner.extend(range(block.new_start, block.new_end))
        else:
            partner.extend([-1] * (block.old_end - block.old_start))
        shift = block.new_end - block.old_end
    partner.extend(range(len(partner) + shift, size + shift))
    return partner


@lru_cache(maxsize=4)
def paired(path: bytes, old: bytes, new: bytes, soft: Soft) -> TokenPair | None:
    """The two texts of the file at `path`; None where its language has no tokens."""
    language = language_of(path)
    tokens, others = language.tokens(old), language.tokens(new)
    if tokens is None or others is None:
        return None
    return TokenPair(Side(old, tokens, soft(tokens.texts)), Side(new, others, soft(others.texts)))


def trimmed(text: bytes, start: int, end: int, insert: bytes) -> Span:
    """The span without what it shares with what it replaces, at both ends."""
    while start < end and insert and text[start] == insert[0]:
        start, insert = start + 1, insert[1:]
    while start < end and insert and text[end - 1] == insert[-1]:
        end, insert = end - 1, insert[:-1]
    return Span(start, end, insert)
