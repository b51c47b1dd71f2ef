"""Which names in strings, comments and documents follow a rename? One string_replace for each name.

Nothing says that such a text means the symbol, so it is no part of the rename. It is taken only for a name that is no
word of a language that people speak, or with the name that it belongs to before it, and only in files where the commit
has the new name at every such place.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from msgspec.structs import replace

from git_dagpatch.alignment.lines import diff, lines_of
from git_dagpatch.discovery.proposal import Earlier, Proposal, Step
from git_dagpatch.discovery.unfinished import Unfinished
from git_dagpatch.languages import is_data, language_of
from git_dagpatch.model.effect import Rewrite, Span, rewrite
from git_dagpatch.model.operation import Rename, StringReplace
from git_dagpatch.model.paths import encode, split_target
from git_dagpatch.operations.expressions import available, expression, literal, verbatim
from git_dagpatch.operations.following import MODULE
from git_dagpatch.operations.rename import own_name

CLAIMED = 0.9
"""Confidence: that the text means the symbol is told by the name alone."""
REASON = "it spells the name that the symbol has after that"
COST = 2
"""Lines that a reader has to read of the largest place: the old one and the new one."""
_LIMIT = 400_000
"""Bytes of a file beyond which nothing is looked for in it."""
_UNIQUE = re.compile(r"\w*[A-Za-z0-9]_[A-Za-z0-9]\w*|\w*[a-z]\w*[A-Z]\w*", re.ASCII)
"""Names that are no words: of several words."""
_OF_TEXT = re.compile(rb"[bBfFtTrRuU]{0,3}[\"']|\W")
"""What a token starts with that is a string or a comment, if there is a name in it."""


class _Name(NamedTuple):
    """What may stand in a text for a symbol, before and after."""

    old: str
    new: str


_Places: TypeAlias = Mapping[_Name, tuple[Span, ...]]
"""Where each name stands in a file, and what it becomes."""


def find_mentions(unfinished: Sequence[Unfinished], earlier: Earlier) -> tuple[list[Step], list[Unfinished]]:
    """One operation for each name of a renamed symbol that text follows, and what is left."""
    renames = _names(earlier.steps)
    if not renames:
        return [], list(unfinished)
    found = [_followed(file, list(renames)) for file in unfinished]
    # A name that would save nothing may be in a line with one that does: without it that line is not as wanted.
    names = [name for name in renames if _saved(unfinished, found, [name]) > COST]
    if len(names) < len(renames):
        found = [_followed(file, names) for file in unfinished]
        names = [name for name in names if any(name in places for places in found)]
    if not names or _saved(unfinished, found, names) <= COST * len(names):
        return [], list(unfinished)
    step = tuple(_proposal(name, unfinished, found, renames[name]) for name in names)
    files = [replace(file, now=_written(file, places)) for file, places in zip(unfinished, found, strict=True)]
    return [step], [file for file in files if file.is_left]


def _saved(files: Sequence[Unfinished], found: Sequence[_Places], names: Sequence[_Name]) -> int:
    """How many lines fewer there are to explain with `names`."""
    lines = 0
    for file, places in zip(files, found, strict=True):
        starts = {span.start for name in names for span in places.get(name, ())}
        lines += 2 * len({file.now.count(b"\n", 0, start) for start in starts})
    return lines


def _written(file: Unfinished, places: _Places) -> bytes:
    return rewrite(file.now, tuple(sorted(span for spans in places.values() for span in spans)))


def _proposal(
    name: _Name, files: Sequence[Unfinished], found: Sequence[_Places], renames: Sequence[Proposal]
) -> Proposal:
    pattern, replacement = rf"\b{literal(name.old)}\b", verbatim(name.new)
    compiled = expression(pattern, replacement)
    assert compiled is not None, pattern
    here = [(file, places[name]) for file, places in zip(files, found, strict=True) if places.get(name)]
    operation = StringReplace(
        pattern=pattern,
        replacement=replacement,
        scope=sorted(encode(file.path) for file, _ in here),
        total=all(compiled.replaces_all(file.now, spans) for file, spans in here),
        confidence=CLAIMED,
    )
    return Proposal(operation, {file.path: Rewrite(spans) for file, spans in here}, tuple(renames), REASON)


def _names(steps: Sequence[Step]) -> dict[_Name, list[Proposal]]:
    """The names to look for, each with the renames that it follows; none that became two different ones."""
    found: dict[_Name, list[Proposal]] = defaultdict(list)
    for proposal in (proposal for step in steps for proposal in step) if available() else ():
        operation = proposal.operation
        if isinstance(operation, Rename) and operation.symbol_kind != MODULE:
            for name in _spellings(operation):
                found[name].append(proposal)
    became: dict[str, set[str]] = defaultdict(set)
    for name in found:
        became[name.old].add(name.new)
    return {name: renames for name, renames in found.items() if len(became[name.old]) == 1}


def _spellings(operation: Rename) -> Iterator[_Name]:
    """The symbol's name alone if it is no word, else after the name of what it is in."""
    old, new = own_name(operation), operation.new_name
    if not old.isascii() or not new.isascii():
        return
    if _UNIQUE.fullmatch(old):
        yield _Name(old, new)
        return
    path, qualified = split_target(operation.symbol)
    module = path.rpartition(b"/")[2].partition(b".")[0].decode(errors="replace")
    around = qualified.rpartition(".")[0].rpartition(".")[2] or module
    if around.isascii() and around.isidentifier():
        yield _Name(f"{around}.{old}", f"{around}.{new}")


def _followed(file: Unfinished, names: Sequence[_Name]) -> _Places:
    """Where `names` stand in text of `file`, of those that each such place has as wanted, in lines that are so then."""
    if not file.has_layout or max(len(file.now), len(file.wanted)) > _LIMIT or file.now == file.wanted:
        return {}
    found: list[tuple[Span, _Name]] = []
    # What a name belongs to is written before it, so that the longer one is meant where both fit.
    for name in sorted(names, key=lambda name: -len(name.old)):
        old = name.old.encode()
        if old in file.now and not any(True for _ in _mentions(file.path, file.wanted, old)):
            spans = [Span(start, start + len(old), name.new.encode()) for start in _mentions(file.path, file.now, old)]
            found += [(one, name) for one in spans if not any(_meet(one, other) for other, _ in found)]
    done = _as_wanted(file, sorted(found))
    places: dict[_Name, tuple[Span, ...]] = defaultdict(tuple)
    for span, name in done:
        places[name] += (span,)
    whole = all(file.may_become(rewrite(file.now, spans)) for spans in places.values())
    return dict(places) if whole and file.may_become(_written(file, places)) else {}


def _meet(one: Span, other: Span) -> bool:
    return one.start <= other.end and other.start <= one.end


def _as_wanted(file: Unfinished, found: Sequence[tuple[Span, _Name]]) -> list[tuple[Span, _Name]]:
    """Those of `found` in lines with nothing left to explain after all of them."""
    after = rewrite(file.now, tuple(span for span, _ in found))
    lines, left = lines_of(after), diff(after, file.wanted)
    done = []
    growth = 0
    for span, name in found:
        line = lines.number_at(span.start + growth)
        growth += span.growth
        if not any(block.old_start <= line < block.old_end for block in left):
            done.append((span, name))
    return done


def _mentions(path: bytes, text: bytes, name: bytes) -> Iterator[int]:
    """Where `name` stands as a word in strings and comments, or in a document."""
    if is_data(path):
        # Who reads the data asks for the name that is written there.
        return
    words = [match.start() for match in re.finditer(rb"\b%b\b" % re.escape(name), text)]
    tokens = language_of(path, text).tokens(text) if words else None
    if tokens is None:
        yield from words
        return
    # A string that is the name and nothing else is a key, or the name of something else.
    key = re.compile(rb"[A-Za-z]{0,3}[\"'`]+%b[\"'`]+" % re.escape(name))
    places = iter(words)
    place = next(places, None)
    for start, token in zip(tokens.starts, tokens.texts, strict=False):
        while place is not None and place < start:
            place = next(places, None)
        while place is not None and place < start + len(token):
            if _OF_TEXT.match(token) and not key.fullmatch(token):
                yield place
            place = next(places, None)
