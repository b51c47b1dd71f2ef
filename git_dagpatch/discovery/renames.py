"""What was renamed? Symbols that got another name, told by what stands now where they stood, and renamed as a whole.

A rename is taken over all that certainly means the symbol, whatever the commit made of each place; where it left one
behind, the residue shows that as an edit.
"""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from git_dagpatch.alignment.lines import distance
from git_dagpatch.discovery.proposal import Proposal, Step
from git_dagpatch.discovery.rename_evidence import Evidence, Vote, evidence, shows_renames
from git_dagpatch.discovery.unfinished import Unfinished
from git_dagpatch.languages import language_of
from git_dagpatch.languages.python_symbols import WHOLE, Key, Sort, symbols_of
from git_dagpatch.model.effect import Rewrite, Span, rewrite
from git_dagpatch.model.operation import Rename
from git_dagpatch.model.paths import encode, join_target
from git_dagpatch.operations.rename import IDENTIFIER, following, may_be, own_name, renamed_bindings
from git_dagpatch.operations.rename import renaming as all_renamed

log = logging.getLogger(__name__)

LIMIT = 400_000
"""Bytes of a file beyond which nothing is looked for in it."""
_ROUNDS = 3
_CERTAIN = 3
"""At how many places an identifier without a definition has to have changed."""
_IN_CIRCLE = 2
"""At how many places each name of a circle has to have changed: lines that changed places look like a circle, too."""
_DEFINED = ("function", "class", "method")
_NAMES = WHOLE | {Sort.FREE}
PROVED = 1.0
CLAIMED = 0.9
"""Confidence of a rename of which only running the code tells whether nothing else changes."""


@dataclass(slots=True, eq=False)
class _Renaming:
    """A rename to be."""

    path: bytes
    qualified: str
    kind: str
    old: str
    new: str
    starts: dict[bytes, set[int]] = field(default_factory=lambda: defaultdict(set))
    """Path → where the old name stands."""
    keys: set[Key] = field(default_factory=set)
    """The bindings at `path`."""
    follows: list[_Renaming] = field(default_factory=list)
    """Those that free the new name."""
    seen: dict[bytes, set[int]] = field(default_factory=lambda: defaultdict(set))
    """Those of `starts` where the commit has the new name."""
    whole: bool = True
    """Whether all that has the old name may get the new one."""
    through: str = ""
    """A name that stands nowhere, which it has until its new one is free: one of each circle of renames needs it."""

    @property
    def sibling(self) -> str:
        """The qualified new name."""
        return f"{self.qualified[: -len(self.old)]}{self.new}"


def find_renames(unfinished: Sequence[Unfinished]) -> tuple[list[Step], list[Unfinished]]:
    """One operation a renamed symbol, and what is left."""
    steps: list[Step] = []
    files = list(unfinished)
    made: set[tuple[bytes, str]] = set()
    left: set[tuple[bytes, str]] = set()
    looked_at = {file.path for file in files}
    for _ in range(_ROUNDS):
        renamings, files = _round(files, made, left, looked_at)
        if not renamings:
            break
        looked_at = {path for renaming in renamings for path in renaming.starts}
        steps += _steps(renamings, [proposal for step in steps for proposal in step])
    return steps, [file for file in files if file.now != file.wanted]


def _round(
    files: list[Unfinished], made: set[tuple[bytes, str]], left: set[tuple[bytes, str]], paths: Collection[bytes]
) -> tuple[list[_Renaming], list[Unfinished]]:
    """One look at the files at `paths`. `made` has the names that earlier ones brought, which are not renamed again.

    `left` has the definitions that lost their name. Whether another one took that was told at the same look.
    """
    shown = evidence(
        [(file.path, file.now, file.wanted) for file in files if file.path in paths and _is_concerned(file)]
    )
    if not shown:
        return [], files
    by_path = {file.path: file for file in shown}
    found = [
        one
        for file in shown
        for one in _of_file(file)
        if (one.path, one.old) not in made and (one.path, one.sibling) not in left
    ]
    _follow(found, shown)
    found += _identifiers(found, shown)
    renamings = _sound(_free([one for one in found if one.whole], by_path), by_path)
    renamings += list(_claimed([one for one in found if one not in renamings], renamings, by_path))
    made.update((path, one.new) for one in renamings for path in one.starts)
    left.update((one.path, one.qualified) for one in renamings if one.kind in _DEFINED)
    effects = _texts(renamings)
    done = {path: rewrite(by_path[path].now, spans) for path, spans in effects.items()}
    return renamings, [replace(file, now=done.get(file.path, file.now)) for file in files]


def _is_concerned(file: Unfinished) -> bool:
    if not file.has_layout or not file.now or not file.wanted or file.now == file.wanted:
        return False
    if language_of(file.path, file.now).name != "python":
        return False
    if max(len(file.now), len(file.wanted)) > LIMIT:
        log.debug("renames: %r is too large", file.path)
        return False
    return shows_renames(file.now, file.wanted)


# What one file shows


def _of_file(file: Evidence) -> Iterator[_Renaming]:
    """The symbols that the file defines and renames."""
    found: dict[tuple[str, str, str], _Renaming] = {}
    for key, vote in file.votes.items():
        binding = file.old.bindings[key]
        if key.sort is not Sort.SYMBOL or not binding.kind:
            continue
        new = _new_name(file, key, binding.kind, vote)
        if new is None:
            continue
        renaming = found.get((binding.qualified, binding.kind, new))
        if renaming is None:
            renaming = _Renaming(file.path, binding.qualified, binding.kind, key.name, new)
            found[binding.qualified, binding.kind, new] = renaming
        renaming.keys.add(key)
        renaming.starts[file.path].update(binding.starts)
        renaming.seen[file.path].update(vote.places[new])
        if not binding.certain or key.name in vote.defined or key.name.startswith("__") or new.startswith("__"):
            renaming.whole = False
    yield from found.values()


def _new_name(file: Evidence, key: Key, kind: str, vote: Vote) -> str | None:
    """What a symbol is called now, if that is told well enough."""
    if kind in _DEFINED:
        others = vote.defined - {key.name}
        return next(iter(others)) if len(others) == 1 else None
    kept = vote.names[key.name]
    if kind == "variable" and not kept:
        for new, partner in vote.given.items():
            if _fits(file, key, kind, partner) and _is_another(file, key, partner):
                return new
    fitting = dict(_fitting(file, key, kind, vote))
    if not fitting:
        return None
    new = max(fitting, key=lambda name: (fitting[name], name))
    if fitting[new] < kept or not vote.firm[new]:
        return None
    if fitting[new] == 1 and not _told_by_one(file, key, kind, vote, new):
        return None
    told = vote.firm[new] > fitting[new] / 2 and fitting[new] >= len(file.old.bindings[key].starts) / 2
    return new if told or kind != "variable" else None


def _fitting(file: Evidence, key: Key, kind: str, vote: Vote) -> Iterator[tuple[str, int]]:
    """The names that the symbol may have got, each with the number of places that say so."""
    for new, partners in vote.partners.items():
        before = file.votes.get(key._replace(name=new))
        if before is not None and before.names[new] and not _is_merged(file, key, kind, vote, new):
            continue
        count = sum(count for partner, count in partners.items() if _fits(file, key, kind, partner))
        if count:
            yield new, count


def _is_another(file: Evidence, key: Key, partner: Key) -> bool:
    """Whether `partner` came to where `key` is, and that went from there."""
    before, after = file.old.scopes[key.scope], file.new.scopes[partner.scope]
    return partner.name not in before.bound and key.name not in after.bound


def _is_merged(file: Evidence, key: Key, kind: str, vote: Vote, new: str) -> bool:
    """Whether every place of a variable has now the name of another one."""
    return kind == "variable" and vote.firm[new] == len(file.old.bindings[key].starts) > 1


def _fits(file: Evidence, key: Key, kind: str, partner: Key) -> bool:
    return partner.sort is Sort.SYMBOL and file.new.bindings[partner].kind == kind and _same_home(file, key, partner)


def _same_home(file: Evidence, key: Key, partner: Key) -> bool:
    """Whether what binds the one became what binds the other."""
    one, other = file.old.scopes[key.scope], file.new.scopes[partner.scope]
    if one.kind != other.kind or (one.receiver == key.name) != (other.receiver == partner.name):
        return False
    return not one.body or file.scopes.get(one.body) == other.body


def _told_by_one(file: Evidence, key: Key, kind: str, vote: Vote, new: str) -> bool:
    """Whether a single place is enough: that of a parameter in its list, or the only one."""
    one = file.old.bindings[key]
    partner = next(partner for partner in vote.partners[new] if _fits(file, key, kind, partner))
    if kind == "parameter":
        lists = file.old.scopes[key.scope].parameters, file.new.scopes[partner.scope].parameters
        return vote.places[new][0] == one.starts[0] and len(lists[0]) == len(lists[1])
    return len(one.starts) == len(file.new.bindings[partner].starts) == 1


# What follows elsewhere


def _follow(renamings: Sequence[_Renaming], files: Sequence[Evidence]) -> None:
    """Add what means the symbols in other places, where that is certain or where the commit has it so."""
    by_name: dict[tuple[str, str], list[_Renaming]] = defaultdict(list)
    by_old: dict[str, list[_Renaming]] = defaultdict(list)
    for renaming in renamings:
        by_name[renaming.old, renaming.new].append(renaming)
        by_old[renaming.old].append(renaming)
    for file in files:
        for key, vote in file.votes.items():
            if key.sort is Sort.SYMBOL or key.name not in by_old:
                continue
            for new in [name for name in vote.names if name != key.name]:
                fitting = [one for one in by_name.get((key.name, new), ()) if _may_mean(key, one, file)]
                if fitting:
                    nearest = min(fitting, key=lambda one: (one.path != file.path, renamings.index(one)))
                    nearest.starts[file.path].update(_meant(file, key, new, vote))
                    nearest.seen[file.path].update(vote.places[new])
                    break


def _may_mean(key: Key, renaming: _Renaming, file: Evidence) -> bool:
    if key.sort not in following(renaming.kind, renaming.qualified) or not may_be(key.module, renaming.path):
        return False
    return key.sort is not Sort.FREE or (bool(file.old.stars) and file.path != renaming.path)


def _meant(file: Evidence, key: Key, new: str, vote: Vote) -> Sequence[int]:
    """The places of an uncertain meaning that are renamed: a whole name of the file, else those that the commit has."""
    if key.sort in _NAMES:
        return file.old.bindings[key].starts if 2 * vote.names[new] > sum(vote.names.values()) else ()
    return vote.places[new]


def _identifiers(renamings: Sequence[_Renaming], files: Sequence[Evidence]) -> Iterator[_Renaming]:
    """Names whose definition is not here, where all files agree."""
    taken = {(path, start) for one in renamings for path, starts in one.starts.items() for start in starts}
    places: dict[tuple[str, str], dict[bytes, set[int]]] = defaultdict(lambda: defaultdict(set))
    kept: set[str] = {one.old for one in renamings}
    for file in files:
        for key, vote in file.votes.items():
            if key.sort is Sort.SYMBOL:
                continue
            if vote.names[key.name] or key.name.startswith("__"):
                kept.add(key.name)
            for new, starts in vote.places.items():
                whole = file.old.bindings[key].starts if key.sort in WHOLE else starts
                places[key.name, new][file.path].update(start for start in whole if (file.path, start) not in taken)
    by_old = Counter(old for old, _ in places)
    for (old, new), found in places.items():
        count = sum(map(len, found.values()))
        if count >= _CERTAIN and old not in kept and by_old[old] == 1 and not new.startswith("__"):
            yield _Renaming(min(found), old, IDENTIFIER, old, new, found)


# What can be done


def _claimed(
    others: Sequence[_Renaming], renamings: Sequence[_Renaming], files: Mapping[bytes, Evidence]
) -> Iterator[_Renaming]:
    """What is left of renames that are none of a whole symbol: where the commit has the new name.

    They are read in full. So one of a variable that gets the name of another one is told only where nothing else is to
    be read in its lines.
    """
    for one in others:
        seen = {path: starts for path, starts in one.seen.items() if starts}
        claimed = replace(one, starts=seen, follows=[], whole=False)
        if seen and (one.kind in _DEFINED or (one.kind == "variable" and _explains(claimed, renamings, files))):
            yield claimed


def _explains(claimed: _Renaming, renamings: Sequence[_Renaming], files: Mapping[bytes, Evidence]) -> bool:
    """Whether all lines that a rename of a local name changes are as they are wanted then."""
    file = files[claimed.path]
    without = rewrite(file.now, _spans(renamings, file.path))
    after = rewrite(file.now, _spans([*renamings, claimed], file.path))
    return distance(without, file.wanted) - distance(after, file.wanted) == distance(without, after)


def _free(renamings: list[_Renaming], files: Mapping[bytes, Evidence]) -> list[_Renaming]:
    """The renamings whose new name is free where they need it, or is freed by another one, which they follow then."""
    while True:
        owners: dict[tuple[bytes, Key], _Renaming] = {}
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


def _in_order(renamings: list[_Renaming], files: Mapping[bytes, Evidence]) -> list[_Renaming]:
    """Those that can be done one after the other, in such an order; of each circle, one is parted for that."""
    done: list[_Renaming] = []
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


def _circle(waiting: Sequence[_Renaming]) -> list[_Renaming]:
    """Some that follow each other in a circle, since each of `waiting` follows one of them."""
    one = waiting[0]
    passed: list[_Renaming] = []
    while one not in passed:
        passed.append(one)
        one = next(other for other in one.follows if other in waiting)
    return passed[passed.index(one) :]


def _unused(renaming: _Renaming, files: Mapping[bytes, Evidence]) -> str:
    """A name that no file of the renaming has in it."""
    name = f"{renaming.old}_"
    while any(name.encode() in text for path in renaming.starts for text in (files[path].now, files[path].wanted)):
        name += "_"
    return name


def _obstacles(renaming: _Renaming, file: Evidence) -> Iterator[Key]:
    """The bindings of the new name that would mean the symbol, or that it would mean."""
    mine = {file.old.meaning[start] for start in renaming.starts[file.path]}
    named = [key for key in file.old.bindings if key.name == renaming.new]
    for key in mine:
        if key.sort not in _NAMES:
            continue
        home = file.old.scopes[max(key.scope, 0)]
        for other in named:
            if other.sort in _NAMES and _meet(file, key, home.number, other):
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


def _sound(renamings: list[_Renaming], files: Mapping[bytes, Evidence]) -> list[_Renaming]:
    """The renamings of which each is proved on its own, after those that it follows."""
    if all(_are_sound(renamings, file) for file in files.values()):
        return renamings
    left: list[_Renaming] = []
    for renaming in renamings:
        if any(one.through for one in [*_chain(renaming), renaming]):
            continue
        before = [one for one in renaming.follows if one in left]
        if len(before) == len(renaming.follows) and _is_sound(renaming, files):
            left.append(renaming)
        else:
            log.debug("renames: %s to %s is not proved", renaming.qualified, renaming.new)
    return left


def _are_sound(renamings: Sequence[_Renaming], file: Evidence) -> bool:
    """Whether all of them together are a renaming of `file`; each alone finds its new name free already."""
    here = [one for one in renamings if one.starts.get(file.path)]
    if not here:
        return True
    names = {start: one.new for one in here for start in one.starts[file.path]}
    after = symbols_of(rewrite(file.now, _spans(here, file.path)))
    merge_free = all(one.kind == IDENTIFIER for one in here)
    return after is not None and all_renamed(file.old, after, names, merge_free=merge_free) is not None


def _chain(renaming: _Renaming) -> list[_Renaming]:
    """All that it follows, at any distance, first things first; of those that are parted, the first part is meant."""
    found: list[_Renaming] = []
    if renaming.through:
        return found
    for one in renaming.follows:
        found += [other for other in [*_chain(one), one] if other not in found]
    return found


def _is_sound(renaming: _Renaming, files: Mapping[bytes, Evidence]) -> bool:
    for path in renaming.starts:
        text, symbols = files[path].now, files[path].old
        earlier = _spans([one for one in _chain(renaming) if path in one.starts], path)
        mine = _spans([renaming], path)
        if earlier:
            mine = tuple(_shifted(span, earlier) for span in mine)
            text = rewrite(text, earlier)
            found = symbols_of(text)
            if found is None:
                return False
            symbols = found
        after = symbols_of(rewrite(text, mine))
        if after is None:
            return False
        if renamed_bindings(symbols, after, mine, renaming.old, renaming.new, renaming.kind) is None:
            return False
    return True


def _shifted(span: Span, earlier: Sequence[Span]) -> Span:
    shift = sum(other.growth for other in earlier if other.start < span.start)
    return Span(span.start + shift, span.end + shift, span.insert)


def _spans(renamings: Sequence[_Renaming], path: bytes, *, at_first: bool = False) -> tuple[Span, ...]:
    """What they do to the file at `path`; `at_first` those that are parted only get the name between."""
    return tuple(
        sorted(
            Span(start, start + len(one.old.encode()), ((at_first and one.through) or one.new).encode())
            for one in renamings
            for start in one.starts.get(path, ())
        )
    )


def _texts(renamings: Sequence[_Renaming]) -> dict[bytes, tuple[Span, ...]]:
    paths = sorted({path for one in renamings for path in one.starts})
    return {path: _spans(renamings, path) for path in paths}


def _steps(renamings: Sequence[_Renaming], earlier: Sequence[Proposal]) -> list[Step]:
    """The operations; the second parts of those that are parted come after all others."""
    freed: dict[tuple[str, bytes], list[Proposal]] = defaultdict(list)
    for proposal in earlier:
        if isinstance(proposal.operation, Rename):
            for path in proposal.effect:
                freed[own_name(proposal.operation), path].append(proposal)
    made: dict[_Renaming, Proposal] = {}
    for one in renamings:
        effect = {path: Rewrite(_spans([one], path, at_first=True)) for path in sorted(one.starts)}
        follows: list[Proposal] = []
        if not one.through:
            follows += [proposal for path in effect for proposal in freed[one.new, path]]
            follows += [made[other] for other in one.follows]
        made[one] = Proposal(_operation(one, one.qualified, one.through or one.new), effect, tuple(follows))
    last: list[Proposal] = []
    for one in (one for one in renamings if one.through):
        size = len(one.through.encode())
        effect = {
            path: Rewrite(
                tuple(
                    Span(start, start + size, one.new.encode())
                    for span in _spans([one], path)
                    for start, _, _ in [_shifted(span, _spans(renamings, path, at_first=True))]
                )
            )
            for path in sorted(one.starts)
        }
        qualified = f"{one.qualified[: -len(one.old)]}{one.through}"
        follows = [proposal for path in effect for proposal in freed[one.new, path]]
        follows += [made[one], *(made[other] for other in one.follows)]
        last.append(Proposal(_operation(one, qualified, one.new), effect, tuple(follows)))
    return [step for step in (tuple(made.values()), tuple(last)) if step]


def _operation(renaming: _Renaming, qualified: str, new: str) -> Rename:
    return Rename(
        symbol=join_target(renaming.path, qualified),
        symbol_kind=renaming.kind,
        new_name=new,
        scope=sorted(encode(path) for path in renaming.starts),
        total=renaming.whole and renaming.kind != IDENTIFIER,
        confidence=PROVED if renaming.whole and renaming.kind != IDENTIFIER else CLAIMED,
    )
