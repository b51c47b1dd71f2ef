"""What speaks against a new name beyond the files in which a symbol stands: other classes, and stars that bring it."""

from __future__ import annotations

import builtins
from collections.abc import Iterable, Iterator
from enum import IntEnum
from typing import NamedTuple

from git_dagpatch.languages.python_origins import Origins
from git_dagpatch.languages.python_scopes import Scope
from git_dagpatch.languages.python_symbols import Key, Sort, Symbols, gives_by_name

_BUILTINS = "builtins:"


class Availability(IntEnum):
    """Whether a new name is free for a symbol, beyond what its own module tells."""

    FREE = 0
    UNKNOWN = 1
    """A class that is not known may have one of the names, one that is known has the old one, or something that is not
    seen may use the name."""
    TAKEN = 2
    """Something else has the new name, and one takes the place of the other."""


class Asked(NamedTuple):
    """A symbol and its new name."""

    home: bytes
    qualified: str
    new: str

    @property
    def old(self) -> str:
        return self.qualified.rpartition(".")[2]


def availability(asked: Asked, paths: Iterable[bytes], origins: Origins) -> Availability:
    """Whether the new name is free, as far as the files at `paths` and those that they lead to tell."""
    symbols = origins.symbols(asked.home)
    if symbols is None:
        return Availability.TAKEN
    around, _, _ = asked.qualified.rpartition(".")
    if not around:
        return Availability.TAKEN if _is_starred(asked, paths, origins) else Availability.FREE
    if any(_is_given_by_name(asked, scope) for scope in symbols.scopes if scope.qualified == around):
        return Availability.UNKNOWN
    # The family of the highest class that has it shares the member.
    own = [one for one in symbols.classes(around) if asked.old in one.bound or asked.old in one.attributes]
    family = [heir for one in own for heir in symbols.family(one)]
    if len(own) > 1:
        return Availability.UNKNOWN
    found = [_of_class(asked, above) for one in family for above in origins.above(asked.home, one)]
    found += [
        _of_class(asked, (path, heir))
        for path in paths
        if family and path != asked.home
        for heir in _heirs(asked, path, family, origins)
    ]
    return max(found, default=Availability.FREE)


def _is_given_by_name(asked: Asked, scope: Scope) -> bool:
    return asked.old in scope.parameters and asked.old != scope.receiver and gives_by_name(scope)


def _of_class(asked: Asked, other: tuple[bytes, Scope] | str) -> Availability:
    """What a class of another file, or of an origin that leads to none, says."""
    if isinstance(other, str):
        if not other.startswith(_BUILTINS):
            return Availability.UNKNOWN
        known = getattr(builtins, other.removeprefix(_BUILTINS), None)
        has_old, has_new = (hasattr(known, name) for name in (asked.old, asked.new))
    else:
        members = {*other[1].bound, *other[1].attributes}
        has_old, has_new = asked.old in members, asked.new in members
    if has_old:
        return Availability.UNKNOWN
    return Availability.TAKEN if has_new else Availability.FREE


def _heirs(asked: Asked, path: bytes, family: list[Scope], origins: Origins) -> Iterator[Scope]:
    """The classes of another file that derive from one of `family` and have one of the names."""
    symbols = origins.symbols(path)
    for scope in symbols.scopes if symbols else ():
        names = {*scope.bound, *scope.attributes} if scope.kind == "class" else set()
        if names.isdisjoint((asked.old, asked.new)):
            continue
        if any(not isinstance(one, str) and one[1] in family for one in origins.above(path, scope)):
            yield scope


def _is_starred(asked: Asked, paths: Iterable[bytes], origins: Origins) -> bool:
    """Whether one of `paths`, or a package above, gets the symbol by a star, and has or uses the new name."""
    if asked.new.startswith("_"):
        return False
    packages = [above + b"/__init__.py" for above in _parents(asked.home)]
    return any(
        path != asked.home and _has(symbols, asked.new) and asked.home in origins.stars(path)
        for path in {*paths, *packages}
        if (symbols := origins.symbols(path)) is not None and symbols.stars
    )


def _has(symbols: Symbols, name: str) -> bool:
    return name in symbols.scopes[0].bound or Key(Sort.FREE, -1, name) in symbols.bindings


def _parents(path: bytes) -> Iterator[bytes]:
    while b"/" in path:
        path = path.rpartition(b"/")[0]
        yield path
