"""What may mean a symbol that was renamed, and is named as it is now? Only running the code tells, so a reader is told.

Such places are a rename of an identifier, which follows those of the symbols that they may mean. Nothing may speak
against it: not the new name at something alike before, not another class that has it, not an origin that is known.
"""

from __future__ import annotations

import builtins
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from io import BufferedReader, TextIOWrapper

from git_dagpatch.alignment.lines import distance
from git_dagpatch.discovery.rename_evidence import Evidence, Vote
from git_dagpatch.discovery.renaming import NAMES, Renaming, spans_in
from git_dagpatch.discovery.unfinished import Unfinished
from git_dagpatch.languages import language_of
from git_dagpatch.languages.python_origins import Origins
from git_dagpatch.languages.python_scopes import Scope
from git_dagpatch.languages.python_symbols import Key, Sort, Symbols, symbols_of
from git_dagpatch.model.effect import rewrite
from git_dagpatch.operations.rename import IDENTIFIER, following

COST = 2
"""The lines that a rename of an identifier counts."""
MAY_MEAN = "what it renames may be what that one renames"
_BUILTIN = (*(one for one in vars(builtins).values() if isinstance(one, type)), TextIOWrapper, BufferedReader)
"""Classes of which objects come from everywhere."""
_MEMBERS = frozenset((Sort.RECEIVER, Sort.OBJECT, Sort.PART))


class Touched:
    """The files that are not yet as they shall be, as far as they are Python."""

    def __init__(self, files: Sequence[Unfinished]) -> None:
        self._texts = {
            file.path: file.now for file in files if file.now and language_of(file.path, file.now).name == "python"
        }
        self.origins = Origins(self._texts.get)

    def having(self, name: str) -> Iterator[Symbols]:
        """The files that may have `name`."""
        for text in self._texts.values():
            if name.encode() in text and (symbols := symbols_of(text)) is not None:
                yield symbols


def uncertain(renamings: Sequence[Renaming], files: Sequence[Evidence], touched: Touched) -> Iterator[Renaming]:
    """One renaming for each pair of names, of all that may mean one of the symbols that are renamed so."""
    by_name: dict[tuple[str, str], list[Renaming]] = defaultdict(list)
    for one in renamings:
        if one.whole and one.kind != IDENTIFIER and not one.through:
            by_name[one.old, one.new].append(one)
    for (old, new), symbols in by_name.items():
        rival = _Rivals(old, new, touched)
        places: dict[bytes, set[int]] = {}
        meant: list[Renaming] = []
        for file in files:
            for key, vote in file.votes.items():
                if key.name != old or new not in vote.names or not _is_open(key, new, file, touched.origins):
                    continue
                fitting = [
                    one for one in symbols if _may_mean(key, one, file, touched.origins) and rival.allow(key, one)
                ]
                starts = {start for one in fitting for start in _places(file, key, one, vote)}
                starts -= {start for one in renamings for start in one.starts.get(file.path, ())}
                if starts - file.old.spelled:
                    places.setdefault(file.path, set()).update(starts - file.old.spelled)
                    meant += [one for one in fitting if one not in meant]
        if places:
            yield Renaming(min(places), old, IDENTIFIER, old, new, places, follows=meant)


def _is_open(key: Key, new: str, file: Evidence, origins: Origins) -> bool:
    """Whether it is not known what `key` means, and the new name did not stand in its place elsewhere in the file."""
    if key.sort in (Sort.SYMBOL, Sort.APART) or key._replace(name=new) in file.old.bindings:
        return False
    return origins.meaning(file.path, key) is None


def _may_mean(key: Key, renaming: Renaming, file: Evidence, origins: Origins) -> bool:
    if key.sort not in following(renaming.kind, renaming.qualified):
        return False
    if key.sort is Sort.FREE:
        stars = () if hasattr(builtins, key.name) or file.path == renaming.path else file.old.stars
        return any(origins.may_lead(file.path, star, renaming.path) for star in stars)
    return not key.module or origins.may_lead(file.path, key.module, renaming.path)


def _places(file: Evidence, key: Key, renaming: Renaming, vote: Vote) -> Sequence[int]:
    """The places that are renamed: a whole name of the file, else those that the commit has."""
    if key.sort in NAMES:
        return file.old.bindings[key].starts if 2 * vote.names[renaming.new] > vote.names.total() else ()
    if key.sort is Sort.KEYWORD:
        return [start for start in vote.places[renaming.new] if file.old.called[start] == _called(renaming)]
    return vote.places[renaming.new]


def _called(renaming: Renaming) -> str:
    """The name under which what has a parameter, or a field, is called."""
    around = renaming.qualified.split(".")[:-1]
    return around[-2] if around[-1] == "__init__" and len(around) > 1 else around[-1]


class _Rivals:
    """Who else has a name, so that it may be meant by it: builtin classes, and what is in the touched files."""

    def __init__(self, old: str, name: str, touched: Touched) -> None:
        self._name = name
        self._touched = touched
        self._is_builtin = any(hasattr(one, old) and hasattr(one, name) for one in _BUILTIN)
        self._scopes = cache(self._having)

    def allow(self, key: Key, renaming: Renaming) -> bool:
        if key.sort in _MEMBERS and "." in renaming.qualified:
            return not self._is_builtin and not any(scope.kind == "class" for scope in self._scopes())
        if key.sort is Sort.KEYWORD:
            return not any(_own(scope) in (_called(renaming), "__init__") for scope in self._scopes())
        return True

    def _having(self) -> list[Scope]:
        """The classes that have the name, and the functions that have it as a parameter."""
        return [
            scope
            for symbols in self._touched.having(self._name)
            for scope in symbols.scopes
            if (scope.kind == "class" and (self._name in scope.bound or self._name in scope.attributes))
            or self._name in scope.parameters
        ]


def _own(scope: Scope) -> str:
    return scope.qualified.rpartition(".")[2]


def spared(one: Renaming, renamings: Sequence[Renaming], files: Mapping[bytes, Evidence]) -> int:
    """How many lines less differ if `one` is taken besides `renamings`."""
    lines = 0
    for path in one.starts:
        file = files[path]
        without = rewrite(file.now, spans_in(renamings, path))
        after = rewrite(file.now, spans_in([*renamings, one], path))
        lines += distance(without, file.wanted) - distance(after, file.wanted)
    return lines
