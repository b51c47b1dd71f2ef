"""Whether a text with other names says the same: identifiers have to mean the same among each other as before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping

from git_dagpatch.languages.python_symbols import WHOLE, Binding, Key, Sort, Symbols, below
from git_dagpatch.model.effect import Span

MERGING = frozenset(
    (Sort.RECEIVER, Sort.OBJECT, Sort.KEYWORD, Sort.PART, Sort.MEMBER, Sort.FREE, Sort.APART),
)
"""Where another identifier may have had the new name before: what these mean, only running the code tells."""


def renamed_bindings(
    before: Symbols, after: Symbols, spans: tuple[Span, ...], old: str, new: str, *, loose: bool
) -> list[Binding] | None:
    """The bindings that `spans` rename in a module; None if that is no renaming of `old` to `new`."""
    insert, size = new.encode(), len(old.encode())
    if any(span.insert != insert or span.end - span.start != size for span in spans):
        return None
    names = {span.start: new for span in spans}
    found = renaming(before, after, names, loose=names if loose else ())
    return None if found is None or any(binding.key.name != old for binding in found) else found


def renaming(
    before: Symbols, after: Symbols, names: Mapping[int, str], *, loose: Collection[int] = ()
) -> list[Binding] | None:
    """The bindings that get the new `names` at the bytes where these stand; None if that is no alpha conversion.

    It is one if all identifiers mean the same among each other before and after: none is captured, none is shadowed,
    and no binding is renamed in part or in two ways. At the bytes `loose` that is so for names which the module binds
    or imports alone: of others some may be renamed, and get the name that another one has.
    """
    if len(before.meaning) != len(after.meaning) or not before.spelled.isdisjoint(names):
        return None
    origins = {before.meaning[start].origin: name for start, name in names.items() if start in before.meaning}
    forth: dict[tuple[Key, str | None], Key] = {}
    back: dict[Key, tuple[Key, str | None]] = {}
    touched: dict[Key, Binding] = {}
    free: set[tuple[Key, str | None]] = set()
    shift = met = 0
    for start, key in before.meaning.items():
        name = names.get(start)
        other = after.meaning.get(start + shift)
        if other is None or other != _renamed(key, name, origins):
            return None
        way = key, name
        if name is not None and start in loose and key.sort in MERGING:
            free.add(way)
        if forth.setdefault(way, other) != other:
            return None
        before_that = back.setdefault(other, way)
        if before_that != way and free.isdisjoint((before_that, way)):
            return None
        if name is not None:
            touched[key] = before.bindings[key]
            shift += len(name.encode()) - len(key.name.encode())
            met += 1
    if met != len(names):
        return None
    ways = Counter(key for key, _ in forth)
    for way, other in forth.items():
        key, name = way
        if name is None or way in free:
            continue
        if ways[key] > 1 or not before.bindings[key].certain:
            return None
        if key.sort in WHOLE and not loose and not after.bindings[other].certain:
            return None
    return list(touched.values())


def _renamed(key: Key, name: str | None, origins: Mapping[str, str]) -> Key:
    """What `key` has to be if it gets `name`, and what has one of `origins` the name that is given there."""
    if name is not None:
        key = key._replace(name=name)
    if not origins or ":" not in key.module:
        return key
    module, _, names = key.module.partition(":")
    old = new = module
    for part in names.split("."):
        old = below(old, part)
        new = below(new, origins.get(old, part))
    return key if old == new else key._replace(module=new)
