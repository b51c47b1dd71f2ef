"""The names that a text binds and uses, for telling which change uses what another one introduces."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple

from git_dagpatch.languages.language import Definition, Language


class Bound(NamedTuple):
    """A name that a definition, an import, an assignment or a parameter binds."""

    name: str
    kind: str
    """global, attribute, parameter (of a function that is called), local."""
    owner: str
    """Of a parameter the function or class that is called; of a local the function; else empty."""
    position: int
    """Byte at which the name stands."""


class Used(NamedTuple):
    """A name that an expression or an import uses."""

    name: str
    kind: str
    """global, attribute, keyword (of a call), local, imported (by ``from``), module."""
    owner: str
    """Of an attribute the name right before it, of a keyword what is called, of an import the module's last part."""
    position: int


class Names(NamedTuple):
    bound: list[Bound]
    used: list[Used]


_IDENTIFIER = re.compile(rb"[A-Za-z_$@\x80-\xff][\w$\x80-\xff]*")


def names_by_tokens(language: Language, text: bytes, lines: Sequence[int] | None = None) -> Names | None:
    """The names of `text` on `lines`, sorted numbers from 0, on all of them by default.

    What is defined is bound; every identifier is used, since tokens do not tell where a name is known. None where the
    language has no tokens or no definitions.
    """
    found, tokens = language.definitions(text), language.tokens(text)
    if found is None or tokens is None:
        return None
    ends = [0, *accumulate(len(line) + 1 for line in text.split(b"\n"))]
    asked = None if lines is None else frozenset(lines)
    waiting: dict[bytes, list[Definition]] = defaultdict(list)
    for definition in found:
        waiting[definition.name.rpartition(".")[2].encode()].append(definition)
    names = Names([], [])
    for word, start in zip(tokens.texts, tokens.starts, strict=False):
        if not _IDENTIFIER.fullmatch(word):
            continue
        line = bisect_right(ends, start) - 1
        named = next((one for one in waiting.get(word, ()) if one.start <= line < one.end), None)
        if named is not None:
            # Its name is the first of that name in it.
            waiting[word].remove(named)
        if asked is not None and line not in asked:
            continue
        name = word.decode(errors="replace")
        if named is not None:
            names.bound.append(Bound(name, "attribute" if named.kind == "method" else "global", "", start))
        else:
            names.used.extend((Used(name, "global", "", start), Used(name, "attribute", "", start)))
    return names
