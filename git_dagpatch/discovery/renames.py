"""What was renamed? Symbols that got another name, told by what stands now where they stood, and renamed as a whole.

A rename is taken over all that certainly means the symbol, whatever the commit made of each place; where it left one
behind, the residue shows that as an edit. What only may mean it is a rename of an identifier, which follows.
"""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from git_dagpatch.alignment.lines import distance
from git_dagpatch.discovery.proposal import Proposal, Step
from git_dagpatch.discovery.rename_evidence import Evidence, Vote, evidence, shows_renames
from git_dagpatch.discovery.rename_order import is_sound, proved, with_free_names
from git_dagpatch.discovery.renaming import Renaming, shifted, spans_by_path, spans_in
from git_dagpatch.discovery.uncertain import COST, MAY_MEAN, Touched, spared, uncertain
from git_dagpatch.discovery.unfinished import Unfinished
from git_dagpatch.languages import language_of
from git_dagpatch.languages.python_origins import Origins
from git_dagpatch.languages.python_symbols import WHOLE, Key, Sort
from git_dagpatch.model.effect import Rewrite, Span, rewrite
from git_dagpatch.model.operation import Rename
from git_dagpatch.model.paths import encode, join_target
from git_dagpatch.operations.availability import Asked, Availability, availability
from git_dagpatch.operations.rename import CLAIMED, IDENTIFIER, PROVED, own_name

log = logging.getLogger(__name__)

LIMIT = 400_000
"""Bytes of a file beyond which nothing is looked for in it."""
_ROUNDS = 3
_CERTAIN = 3
"""At how many places an identifier without a definition has to have changed."""
_DEFINED = ("function", "class", "method")


def find_renames(unfinished: Sequence[Unfinished]) -> tuple[list[Step], list[Unfinished]]:
    """One operation a renamed symbol, and what is left."""
    steps: list[Step] = []
    files = list(unfinished)
    made: set[tuple[bytes, str]] = set()
    left: set[tuple[bytes, str]] = set()
    settled: set[str] = set()
    looked_at = {file.path for file in files}
    for _ in range(_ROUNDS):
        renamings, files = _round(files, _Earlier(made, left, settled), looked_at)
        if not renamings:
            break
        looked_at = {path for renaming in renamings for path in renaming.starts}
        steps += _steps(renamings, [proposal for step in steps for proposal in step])
    return steps, [file for file in files if file.is_left]


class _Earlier(NamedTuple):
    """What earlier looks renamed."""

    made: set[tuple[bytes, str]]
    """The new names, which are not renamed again."""
    left: set[tuple[bytes, str]]
    """The definitions that lost their name. Whether another one took that was told at the same look."""
    settled: set[str]
    """The old names. Whether more of what may mean the same is renamed was told at the same look."""


def _round(
    files: list[Unfinished], earlier: _Earlier, paths: Collection[bytes]
) -> tuple[list[Renaming], list[Unfinished]]:
    """One look at the files at `paths`."""
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
        if (one.path, one.old) not in earlier.made and (one.path, one.sibling) not in earlier.left
    ]
    touched = Touched(files)
    _follow(found, shown, touched.origins)
    _refuse_taken(found, touched.origins, by_path)
    found += _identifiers(found, shown, earlier.settled)
    renamings = proved(with_free_names([one for one in found if one.whole], by_path), by_path)
    renamings += _claimed([one for one in found if one not in renamings], renamings, by_path)
    renamings += [
        one
        for one in uncertain(renamings, shown, touched)
        if is_sound(one, by_path) and spared(one, renamings, by_path) > COST
    ]
    earlier.made.update((path, one.new) for one in renamings for path in one.starts)
    earlier.left.update((one.path, one.qualified) for one in renamings if one.kind in _DEFINED)
    earlier.settled.update(one.old for one in found)
    effects = spans_by_path(renamings)
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


def _of_file(file: Evidence) -> Iterator[Renaming]:
    """The symbols that the file defines and renames."""
    found: dict[tuple[str, str, str], Renaming] = {}
    for key, vote in file.votes.items():
        binding = file.old.bindings[key]
        if key.sort is not Sort.SYMBOL or not binding.kind:
            continue
        new = _new_name(file, key, binding.kind, vote)
        if new is None:
            continue
        renaming = found.get((binding.qualified, binding.kind, new))
        if renaming is None:
            renaming = Renaming(file.path, binding.qualified, binding.kind, key.name, new)
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


def _follow(renamings: Sequence[Renaming], files: Sequence[Evidence], origins: Origins) -> None:
    """Add what certainly means the symbols in other places, where the commit has it so."""
    by_name: dict[tuple[str, str], list[Renaming]] = defaultdict(list)
    for renaming in renamings:
        by_name[renaming.old, renaming.new].append(renaming)
    for file in files:
        for key, vote in file.votes.items():
            binding = file.old.bindings[key]
            if key.sort is Sort.SYMBOL or not binding.certain or not vote.names:
                continue
            new, count = vote.names.most_common(1)[0]
            if (key.name, new) not in by_name or 2 * count <= vote.names.total():
                continue
            meant = origins.meaning(file.path, key)
            for renaming in by_name[key.name, new] if meant is not None else ():
                if meant == (renaming.path, renaming.qualified):
                    renaming.starts[file.path].update(binding.starts)
                    renaming.seen[file.path].update(vote.places[new])
                    break


def _refuse_taken(renamings: Sequence[Renaming], origins: Origins, files: Collection[bytes]) -> None:
    """Take none as a whole of which something else, which belongs to the symbol, has the new name."""
    for one in renamings:
        found = availability(Asked(one.path, one.qualified, one.new), files, origins)
        one.whole &= found is not Availability.TAKEN


def _identifiers(
    renamings: Sequence[Renaming], files: Sequence[Evidence], settled: Collection[str]
) -> Iterator[Renaming]:
    """Names whose definition is not here, where all files agree."""
    taken = {(path, start) for one in renamings for path, starts in one.starts.items() for start in starts}
    places: dict[tuple[str, str], dict[bytes, set[int]]] = defaultdict(lambda: defaultdict(set))
    kept: set[str] = {*settled, *(one.old for one in renamings)}
    for file in files:
        for key, vote in file.votes.items():
            if key.sort is Sort.SYMBOL or _is_asked(key, file):
                continue
            if vote.names[key.name] or key.name.startswith("__"):
                kept.add(key.name)
            for new, starts in vote.places.items():
                whole = file.old.bindings[key].starts if key.sort in WHOLE else starts
                places[key.name, new][file.path].update(
                    start for start in whole if (file.path, start) not in taken and start not in file.old.spelled
                )
    by_old = Counter(old for old, _ in places)
    for (old, new), found in places.items():
        count = sum(map(len, found.values()))
        if count >= _CERTAIN and old not in kept and by_old[old] == 1 and not new.startswith("__"):
            yield Renaming(min(found), old, IDENTIFIER, old, new, found)


def _is_asked(key: Key, file: Evidence) -> bool:
    """Whether it is imported and asked for something, as modules are, which have the names of their files."""
    return key.sort is Sort.IMPORT and any(
        other.sort is Sort.PART and f"{other.module}.".startswith(f"{key.origin}.") for other in file.old.bindings
    )


# What can be done


def _claimed(
    others: Sequence[Renaming], renamings: Sequence[Renaming], files: Mapping[bytes, Evidence]
) -> Iterator[Renaming]:
    """What is left of renames that are none of a whole symbol: where the commit has the new name.

    They are read in full. So one of a variable that gets the name of another one is told only where nothing else is to
    be read in its lines.
    """
    for one in others:
        seen = {path: starts for path, starts in one.seen.items() if starts}
        claimed = replace(one, starts=seen, follows=[], whole=False)
        if seen and (one.kind in _DEFINED or (one.kind == "variable" and _explains(claimed, renamings, files))):
            yield claimed


def _explains(claimed: Renaming, renamings: Sequence[Renaming], files: Mapping[bytes, Evidence]) -> bool:
    """Whether all lines that a rename of a local name changes are as they are wanted then."""
    file = files[claimed.path]
    without = rewrite(file.now, spans_in(renamings, file.path))
    after = rewrite(file.now, spans_in([*renamings, claimed], file.path))
    return distance(without, file.wanted) - distance(after, file.wanted) == distance(without, after)


def _steps(renamings: Sequence[Renaming], earlier: Sequence[Proposal]) -> list[Step]:
    """The operations; the second parts of those that are parted come after all others."""
    freed: dict[tuple[str, bytes], list[Proposal]] = defaultdict(list)
    for proposal in earlier:
        if isinstance(proposal.operation, Rename):
            for path in proposal.effect:
                freed[own_name(proposal.operation), path].append(proposal)
    made: dict[Renaming, Proposal] = {}
    for one in renamings:
        effect = {path: Rewrite(spans_in([one], path, at_first=True)) for path in sorted(one.starts)}
        follows: list[Proposal] = []
        if not one.through:
            follows += [proposal for path in effect for proposal in freed[one.new, path]]
            follows += [made[other] for other in one.follows]
        reason = MAY_MEAN if one.kind == IDENTIFIER and one.follows else ""
        made[one] = Proposal(_operation(one, one.qualified, one.through or one.new), effect, tuple(follows), reason)
    last: list[Proposal] = []
    for one in (one for one in renamings if one.through):
        size = len(one.through.encode())
        effect = {
            path: Rewrite(
                tuple(
                    Span(start, start + size, one.new.encode())
                    for span in spans_in([one], path)
                    for start, _, _ in [shifted(span, spans_in(renamings, path, at_first=True))]
                )
            )
            for path in sorted(one.starts)
        }
        qualified = f"{one.qualified[: -len(one.old)]}{one.through}"
        follows = [proposal for path in effect for proposal in freed[one.new, path]]
        follows += [made[one], *(made[other] for other in one.follows)]
        last.append(Proposal(_operation(one, qualified, one.new), effect, tuple(follows)))
    return [step for step in (tuple(made.values()), tuple(last)) if step]


def _operation(renaming: Renaming, qualified: str, new: str) -> Rename:
    return Rename(
        symbol=join_target(renaming.path, qualified),
        symbol_kind=renaming.kind,
        new_name=new,
        scope=sorted(encode(path) for path in renaming.starts),
        total=renaming.whole and renaming.kind != IDENTIFIER,
        confidence=PROVED if renaming.whole and renaming.kind != IDENTIFIER else CLAIMED,
    )
