"""Which operation uses a name that another one introduces? Then it needs that one, though their texts do not touch.

The text after all operations is read: each piece of it was brought by an operation or stood there before. A name that
is bound in a piece, and was not before, is introduced by the piece's operation; whoever brings a use of it needs that.
"""

from __future__ import annotations

import logging
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from functools import cache, cached_property
from typing import NamedTuple, TypeAlias

from msgspec import Struct

from git_dagpatch.alignment.lines import lines_of
from git_dagpatch.engine.lineage import Lineages
from git_dagpatch.languages import language_of
from git_dagpatch.languages.names import Bound, Names, Used, names_by_tokens
from git_dagpatch.languages.plain import is_text
from git_dagpatch.languages.python_uses import names_in
from git_dagpatch.model.dag import members

log = logging.getLogger(__name__)

_WORD = re.compile(rb"[A-Za-z_\x80-\xff][\w\x80-\xff]*")
_LARGEST = 1_000_000
"""Bytes of a file that is looked into."""
_TOLD = 3
"""Names that a reason tells."""


Readings: TypeAlias = dict[tuple[bytes, bytes, tuple[int, ...] | None, frozenset[str]], Names]
"""What was read: a file's path and text, the lines and the words that were asked about → the names."""


class Use(NamedTuple):
    """Operation `user` uses `names` that operation `introducer` introduces."""

    user: int
    introducer: int
    names: tuple[str, ...]

    @property
    def reason(self) -> str:
        shown = self.names[:_TOLD]
        named = shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"
        more = ", among others" if len(self.names) > _TOLD else ""
        return f"it uses {named}{more}, which that introduces"


class _File(Struct, frozen=True, eq=False, dict=True):
    """A file as it stands after all operations."""

    path: bytes
    before: bytes
    after: bytes
    pieces: Sequence[tuple[int, int, int]]
    """Start, end and operation of what operations brought, in order."""
    arrived: int
    """The operation that put it where it stands; -1 if it stood there before."""
    readings: Readings

    @cached_property
    def module(self) -> str:
        """What an import calls it."""
        above, _, name = self.path.rpartition(b"/")
        stem = name.partition(b".")[0]
        return (above.rpartition(b"/")[2] if stem == b"__init__" else stem).decode(errors="replace")

    @cached_property
    def words(self) -> dict[int, set[bytes]]:
        """Operation → the words in what it brought."""
        found: dict[int, set[bytes]] = defaultdict(set)
        for start, end, number in self.pieces:
            found[number].update(_WORD.findall(self.after, start, end))
        return found

    @cached_property
    def family(self) -> str:
        """Files of one family may use each other's names."""
        name = language_of(self.path).name
        return {"tsx": "javascript", "typescript": "javascript", "c": "cpp"}.get(name, name)

    def names(self, words: frozenset[str]) -> Names:
        """The names that operations brought; of those that are used, all that are in `words`."""
        lines = lines_of(self.after)
        touched: set[int] = set()
        for start, end, _ in self.pieces:
            touched.update(range(lines.number_at(start), lines.number_at(max(start, end - 1)) + 1))
        return self._read(self.after, tuple(sorted(touched)), words)

    def _read(self, text: bytes, touched: tuple[int, ...] | None, words: frozenset[str]) -> Names:
        asked = (self.path, text, touched, words)
        if asked not in self.readings:
            language = language_of(self.path)
            is_python = language.name == "python"
            read = names_in(text, touched, words) if is_python else names_by_tokens(language, text, touched)
            self.readings[asked] = read or Names([], [])
        return self.readings[asked]

    def new_of(self, found: Sequence[tuple[Bound, int]]) -> list[tuple[Bound, int]]:
        """Those of `found`, each with a number that goes with it, that nothing bound before."""
        asked = {bound.name.encode() for bound, _ in found if bound.kind != "local"} & self._words_before
        if not asked:
            return list(found)
        # A name that is not of ASCII may be spelled in other ways.
        lines = tuple(_lines_with(self.before, asked)) if self.before.isascii() else None
        known = {(name, kind, owner) for name, kind, owner, _ in self._read(self.before, lines, frozenset()).bound}
        return [
            (bound, number)
            for bound, number in found
            if bound.kind == "local"
            or bound.name.encode() not in asked
            or (bound.name, bound.kind, bound.owner) not in known
        ]

    @cached_property
    def _words_before(self) -> frozenset[bytes]:
        return frozenset(_WORD.findall(self.before))

    def operation_at(self, position: int) -> int:
        """The operation that brought what stands at `position`; -1 if none did."""
        low, high = 0, len(self.pieces)
        while low < high:
            middle = (low + high) // 2
            if self.pieces[middle][1] <= position:
                low = middle + 1
            else:
                high = middle
        found = self.pieces[low] if low < len(self.pieces) else (position + 1, 0, -1)
        return found[2] if found[0] <= position else -1


class _Introduced(NamedTuple):
    file: _File
    bound: Bound
    operation: int


def find_uses(lineages: Lineages, count: int, readings: Readings) -> list[Use]:
    """All uses between the `count` operations of `lineages`. What is read is kept in `readings`."""
    if count < 2:
        return []
    files = [file for file in _files(lineages, count, readings) if file.family != "plain"]
    shared = _shared(files)
    words = (word.decode(errors="replace") for word in shared)
    asked = frozenset((*words, *(file.module for file in files if file.arrived >= 0)))
    names_of = cache(lambda file: file.names(asked))
    introduced = {name: _by_kind(found) for name, found in _introduced(files, shared, names_of).items()}
    found: dict[tuple[int, int], list[str]] = defaultdict(list)
    for file in files:
        wanted = {name for name in introduced if any(name.encode() in words for words in file.words.values())}
        if not wanted:
            continue
        for used in names_of(file).used:
            user = file.operation_at(used.position) if used.name in wanted else -1
            if user < 0:
                continue
            for file_of, bound, operation in _possible(introduced[used.name], used, file):
                names = found[user, operation] if operation != user and _means(used, file, bound, file_of) else None
                if names is not None and used.name not in names:
                    names.append(used.name)
    return [Use(user, operation, tuple(names)) for (user, operation), names in sorted(found.items()) if names]


def _files(lineages: Lineages, count: int, readings: Readings) -> Iterator[_File]:
    for path, before, after, pieces, arrived in lineages.brought((1 << count) - 1):
        if len(after) <= _LARGEST and is_text(after):
            yield _File(path, before, after, pieces, arrived, readings)


def _shared(files: Sequence[_File]) -> set[bytes]:
    """The words that more than one operation brings."""
    seen: set[bytes] = set()
    shared: set[bytes] = set()
    by_operation: dict[int, set[bytes]] = defaultdict(set)
    for file in files:
        for number, words in file.words.items():
            by_operation[number] |= words
        if file.arrived >= 0:
            by_operation[file.arrived].add(file.module.encode())
    for words in by_operation.values():
        shared |= words & seen
        seen |= words
    return shared


def _introduced(
    files: Sequence[_File], shared: Set[bytes], names_of: Callable[[_File], Names]
) -> dict[str, list[_Introduced]]:
    """Name → who introduces it; of those in `shared` and of modules alone."""
    found: dict[str, list[_Introduced]] = defaultdict(list)
    for file in files:
        if file.arrived >= 0:
            found[file.module].append(_Introduced(file, Bound(file.module, "module", "", 0), file.arrived))
        if not any(words & shared for words in file.words.values()):
            continue
        brought = [
            (bound, file.operation_at(bound.position)) for bound in names_of(file).bound if _is_in(bound, shared)
        ]
        for bound, operation in file.new_of([(bound, operation) for bound, operation in brought if operation >= 0]):
            found[bound.name].append(_Introduced(file, bound, operation))
    return found


_KINDS = {
    "global": ("global",),
    "local": ("local",),
    "attribute": ("attribute", "global"),
    "keyword": ("parameter",),
    "imported": ("global",),
    "module": ("module",),
}
"""Kind of a use → the kinds of what it may mean, by `_means`."""
_Key = tuple[str, str, bytes]
"""Kind of what is bound; of a local, with its owner and the file."""


def _by_kind(found: Sequence[_Introduced]) -> dict[_Key, list[_Introduced]]:
    groups: dict[_Key, list[_Introduced]] = defaultdict(list)
    for one in found:
        local = one.bound.kind == "local"
        groups[one.bound.kind, one.bound.owner if local else "", one.file.path if local else b""].append(one)
    return groups


def _possible(groups: Mapping[_Key, Sequence[_Introduced]], used: Used, file: _File) -> Iterator[_Introduced]:
    """What `used` in `file` may mean, as far as its kind tells."""
    for kind in _KINDS.get(used.kind, ()):
        local = kind == "local"
        yield from groups.get((kind, used.owner if local else "", file.path if local else b""), ())


def _is_in(bound: Bound, words: Set[bytes]) -> bool:
    return bound.name.encode() in words


def _lines_with(text: bytes, words: Set[bytes]) -> list[int]:
    """The numbers of the lines of `text` on which one of `words` stands."""
    lines = lines_of(text)
    return sorted({lines.number_at(match.start()) for match in _WORD.finditer(text) if match[0] in words})


def _means(used: Used, file: _File, bound: Bound, other: _File) -> bool:
    """Whether `used` in `file` can only mean what is `bound` in `other`, as far as names tell."""
    if file.family != other.family:
        return False
    here = file is other
    match used.kind, bound.kind:
        case "global", "global":
            return here or file.family != "python"
        case "local", "local":
            return here and used.owner == bound.owner
        case "attribute", "attribute":
            return True
        case "attribute", "global":
            return not here and used.owner == other.module
        case "keyword", "parameter":
            return used.owner == bound.owner
        case "imported", "global":
            return not here and used.owner in (other.module, "")
        case "module", "module":
            return not here
    return False


def with_uses(needs: Sequence[int], uses: Sequence[Use]) -> tuple[list[int], list[Use]]:
    """`needs` with an edge for each use, and those uses. One that would close a circle is left out."""
    extended = list(needs)
    taken: list[Use] = []
    for use in uses:
        if _reaches(extended, use.introducer, use.user):
            log.debug("uses: operations %d and %d need each other", use.user, use.introducer)
            continue
        extended[use.user] |= 1 << use.introducer
        taken.append(use)
    return extended, taken


def _reaches(needs: Sequence[int], start: int, goal: int) -> bool:
    """Whether `start` depends on `goal`."""
    seen = waiting = 1 << start
    while waiting:
        found = 0
        for number in members(waiting):
            found |= needs[number]
        if found >> goal & 1:
            return True
        waiting = found & ~seen
        seen |= found
    return start == goal


def introducers_first(numbers: Sequence[int], uses: Sequence[Use]) -> list[int]:
    """`numbers` with each that introduces a name before those that use it, else in their order.

    Where they use each other in a circle, the lowest comes first.
    """
    if not uses:
        return list(numbers)
    waiting: dict[int, set[int]] = {number: set() for number in numbers}
    for use in uses:
        if use.user in waiting and use.introducer in waiting:
            waiting[use.user].add(use.introducer)
    order: list[int] = []
    while waiting:
        free = (number for number, needs in waiting.items() if not any(need in waiting for need in needs))
        ready = next(free, next(iter(waiting)))
        del waiting[ready]
        order.append(ready)
    return order
