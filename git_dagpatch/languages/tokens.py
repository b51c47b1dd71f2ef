"""A text as tokens, with nothing lost: what is between them, too."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, chain
from typing import NamedTuple


class Tokens(NamedTuple):
    """The tokens of a text, comments among them.

    The gap before each token and the one at the end hold white space, line ends and continuations of lines alone; gaps
    and texts in turn are the whole text again.
    """

    texts: Sequence[bytes]
    keys: Sequence[bytes]
    """What each token is compared by: equal where two texts are spellings of the same, as ``'a'`` and ``"a"`` are."""
    gaps: Sequence[bytes]
    """One more than there are tokens."""
    starts: Sequence[int]
    """Byte at which each token starts; one more for the end of the text."""


def tokens_of(gaps: Sequence[bytes], texts: Sequence[bytes], keys: Sequence[bytes]) -> Tokens:
    """Tokens with their places counted. There is one gap more than there are texts."""
    lengths = list(accumulate(map(len, chain.from_iterable(zip(gaps, texts, strict=False)))))
    return Tokens(texts, keys, gaps, [*lengths[::2], (lengths[-1] if lengths else 0) + len(gaps[-1])])
