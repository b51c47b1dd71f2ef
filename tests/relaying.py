"""Python code written otherwise, at random, with the same tokens: what a formatter might do."""

from __future__ import annotations

import random

from git_dagpatch.languages.python_lines import logical_lines
from git_dagpatch.languages.python_tokens import python_tokens


def relaid(text: bytes, chance: random.Random) -> bytes:
    """`text` with other white space: blank lines, indentation, breaks inside brackets, spaces around operators."""
    tokens, found = python_tokens(text), logical_lines(python_tokens(text))
    unit = chance.choice([b"  ", b"   ", b"    ", b"\t"])
    starts = {line.start: line for line in found.lines}
    levels: dict[int, int] = {}
    level = 0
    for line in reversed(found.lines):
        level = found.levels[line.block] if line.block >= 0 else level
        levels[line.start] = level
    pieces = []
    for at, token in enumerate(tokens.texts):
        if at in starts:
            pieces.append(b"\n" * (chance.choice([1, 1, 2, 3]) - (at == 0)) + unit * levels[at])
        elif token.startswith(b"#"):
            pieces.append(tokens.gaps[at])
        elif tokens.texts[at - 1].startswith(b"#"):
            pieces.append(b"\n" + b" " * chance.randrange(9))
        else:
            pieces.append(_space(tokens.texts[at - 1], token, found.depths[at] > 0, chance))
        pieces.append(token)
    return b"".join(pieces) + b"\n"


def _space(left: bytes, right: bytes, free: bool, chance: random.Random) -> bytes:
    choices = [b" ", b" ", b"  ", b""] + ([b"\n", b"\n        "] if free else [b" \\\n  "])
    space = chance.choice(choices)
    apart = not (_is_word(left[-1:]) and _is_word(right[:1])) and python_tokens(left + right).texts == [left, right]
    return space if space or apart else b" "


def _is_word(character: bytes) -> bool:
    return character.isalnum() or character in b"_'\"."
