"""Settings that are there twice in files of lines such as ``key = value``, of which no grammar is known."""

from __future__ import annotations

import re
from collections import Counter

_SUFFIXES = (b".cfg", b".conf", b".env", b".hcl", b".ini", b".nix", b".properties", b".tf")
_LINE = re.compile(rb"([ \t]*)(?:(\[[^\]\n]+\])[ \t]*$|([\w.$-]+)[ \t]*[=:](?!=)|[^\s#;])", re.MULTILINE)


def doubled_settings(path: bytes, text: bytes) -> Counter[str]:
    """Each as a phrase, as often as it is there too much: one name twice below one heading, or in one block.

    What a block is, indentation says. Nothing for files that are not known to hold settings.
    """
    found: Counter[str] = Counter()
    if not path.lower().endswith(_SUFFIXES):
        return found
    blocks: list[tuple[int, set[bytes]]] = [(-1, set())]
    for line in _LINE.finditer(text):
        if line.start() > 0 and text[line.start() - 1 : line.start()] != b"\n":
            continue
        indentation, heading, key = len(line[1].expandtabs()), line[2], line[3]
        while blocks[-1][0] > indentation:
            blocks.pop()
        if heading is not None:
            blocks = [block for block in blocks if block[0] < indentation]
            continue
        if blocks[-1][0] < indentation:
            blocks.append((indentation, set()))
        if key is not None:
            if key in blocks[-1][1]:
                found[f"{key.decode(errors='replace')} is there twice"] += 1
            blocks[-1][1].add(key)
    return found
