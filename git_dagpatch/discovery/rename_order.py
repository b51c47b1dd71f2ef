"""Which renames can be done, and in which order: the new name has to be free, and each one has to be proved."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence

from git_dagpatch.discovery.rename_evidence import Evidence
from git_dagpatch.discovery.renaming import NAMES, Renaming, shifted, spans_in
from git_dagpatch.languages.python_symbols import Key, symbols_of
from git_dagpatch.model.effect import rewrite
from git_dagpatch.operations.alpha_conversion import renamed_bindings
from git_dagpatch.operations.alpha_conversion import renaming as all_renamed
from git_dagpatch.operations.rename import IDENTIFIER

log = logging.getLogger(__name__)

_IN_CIRCLE = 2
"""At how many places each name of a circle has to have changed: lines that changed places look like a circle, too."""


def with_free_names(renamings: list[Renaming], files: Mapping[bytes, Evidence]) -> list[Renaming]:
    """The renamings whose new name is free where they need it, or is freed by another one, which they follow then."""
    while True:
        owners: dict[tuple[bytes, Key], Renaming] = {}
        for renaming in renamings:
            for path, starts in renaming.starts.items():
                for start in starts:
                    owners[path, files[path].old.meaning[start]] = renaming
        left = []
        for renaming in renamings:
            renaming.follows, renaming.through = [], ""
            obstacles = {
                owners.get((path, key)) for path in renaming.starts for key in _obstacles(renaming, files[path])
            }
            if None in obstacles or renaming in obstacles:
                continue
            renaming.follows = [one for one in obstacles if one is not None]
            left.append(renaming)
        left = _in_order(left, files)
        if len(left) == len(renamings):
            return left
        renamings = left


def _in_order(renamings: list[Renaming], files: Mapping[bytes, Evidence]) -> list[Renaming]:
    """Those that can be done one after the other, in such an order; of each circle, one is parted for that."""
    done: list[Renaming] = []
    waiting = renamings
    while waiting:
        ready = [one for one in waiting if all(other in done for other in one.follows)]
        lost = [one for one in waiting if any(other not in waiting and other not in done for other in one.follows)]
        if lost:
            waiting = [one for one in waiting if one not in lost]
            continue
        if not ready:
            circle = _circle(waiting)
            if any(sum(map(len, one.starts.values())) < _IN_CIRCLE for one in circle):
                waiting = [one for one in waiting if one not in circle]
                continue
            circle[0].through = _unused(circle[0], files)
            ready = circle[:1]
        done += ready
        waiting = [one for one in waiting if one not in done]
    return done


def _circle(waiting: Sequence[Renaming]) -> list[Renaming]:
    """Some that follow each other in a circle, since each of `waiting` follows one of them."""
    one = waiting[0]
    passed: list[Renaming] = []
    while one not in passed:
        passed.append(one)
        one = next(other for other in one.follows if other in waiting)
    return passed[passed.index(one) :]


def _unused(renaming: Renaming, files: Mapping[bytes, Evidence]) -> str:
    """A name that no file of the renaming has in it."""
    name = f"{renaming.old}_"
    while any(name.encode() in text for path in renaming.starts for text in (files[path].now, files[path].wanted)):
        name += "_"
    return name


def _obstacles(renaming: Renaming, file: Evidence) -> Iterator[Key]:
    """The bindings of the new name that would mean the symbol, or that it would mean."""
    mine = {file.old.meaning[start] for start in renaming.starts[file.path]}
    named = [key for key in file.old.bindings if key.name == renaming.new]
    for key in mine:
        if key.sort not in NAMES:
            continue
        home = file.old.scopes[max(key.scope, 0)]
        for other in named:
            if other.sort in NAMES and _meet(file, key, home.number, other):
                yield other


def _meet(file: Evidence, key: Key, home: int, other: Key) -> bool:
    """Whether `key` under the name of `other` would stand where `other` is visible, or be visible where that stands."""
    scopes = file.old.scopes
    if other.scope == home:
        return True
    if scopes[home].kind == "class":
        return False
    mine, theirs = file.old.bindings[key], file.old.bindings[other]
    around = scopes[home]
    if other.scope < 0 or scopes[other.scope].start <= around.start <= around.end <= scopes[other.scope].end:
        return any(around.start <= start < around.end for start in theirs.starts)
    inner = scopes[other.scope]
    if inner.kind == "class":
        return any(file.old.scope_of[start] == inner.number for start in mine.starts)
    return any(inner.start <= start < inner.end for start in mine.starts)


def proved(renamings: list[Renaming], files: Mapping[bytes, Evidence]) -> list[Renaming]:
    """The renamings of which each is proved on its own, after those that it follows."""
    if all(_are_sound(renamings, file) for file in files.values()):
        return renamings
    left: list[Renaming] = []
    for renaming in renamings:
        if any(one.through for one in [*_chain(renaming), renaming]):
            continue
        before = [one for one in renaming.follows if one in left]
        if len(before) == len(renaming.follows) and is_sound(renaming, files):
            left.append(renaming)
        else:
            log.debug("renames: %s to %s is not proved", renaming.qualified, renaming.new)
    return left


def _are_sound(renamings: Sequence[Renaming], file: Evidence) -> bool:
    """Whether all of them together are a renaming of `file`; each alone finds its new name free already."""
    here = [one for one in renamings if one.starts.get(file.path)]
    if not here:
        return True
    names = {start: one.new for one in here for start in one.starts[file.path]}
    after = symbols_of(rewrite(file.now, spans_in(here, file.path)))
    loose = {start for one in here if one.kind == IDENTIFIER for start in one.starts[file.path]}
    return after is not None and all_renamed(file.old, after, names, loose=loose) is not None


def _chain(renaming: Renaming) -> list[Renaming]:
    """All that it follows, at any distance, first things first; of those that are parted, the first part is meant."""
    found: list[Renaming] = []
    if renaming.through:
        return found
    for one in renaming.follows:
        found += [other for other in [*_chain(one), one] if other not in found]
    return found


def is_sound(renaming: Renaming, files: Mapping[bytes, Evidence]) -> bool:
    """Whether it is a renaming of each of its files, after those that it follows."""
    for path in renaming.starts:
        text, symbols = files[path].now, files[path].old
        earlier = spans_in([one for one in _chain(renaming) if path in one.starts], path)
        mine = spans_in([renaming], path)
        if earlier:
            mine = tuple(shifted(span, earlier) for span in mine)
            text = rewrite(text, earlier)
            found = symbols_of(text)
            if found is None:
                return False
            symbols = found
        after = symbols_of(rewrite(text, mine))
        if after is None:
            return False
        loose = renaming.kind == IDENTIFIER
        if renamed_bindings(symbols, after, mine, renaming.old, renaming.new, loose=loose) is None:
            return False
    return True
