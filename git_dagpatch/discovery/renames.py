"""What was renamed? Symbols that got another name, told by what stands now where they stood, and renamed as a whole.

A rename is taken over all that certainly means the symbol, whatever the commit made of each place; where it left one
behind, the residue shows that as an edit.
"""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from git_dagpatch.alignment.lines import distance
from git_dagpatch.discovery.proposal import Proposal, Step
from git_dagpatch.discovery.rename_evidence import Evidence, Vote, evidence, shows_renames
from git_dagpatch.discovery.rename_order import proved, with_free_names
from git_dagpatch.discovery.renaming import NAMES, Renaming, shifted, spans_by_path, spans_in
from git_dagpatch.discovery.unfinished import Unfinished
from git_dagpatch.languages import language_of
from git_dagpatch.languages.python_symbols import WHOLE, Key, Sort
from git_dagpatch.model.effect import Rewrite, Span, rewrite
from git_dagpatch.model.operation import Rename
from git_dagpatch.model.paths import encode, join_target
from git_dagpatch.operations.rename import IDENTIFIER, following, may_be, own_name

log = logging.getLogger(__name__)

LIMIT = 400_000
"""Bytes of a file beyond which nothing is looked for in it."""
_ROUNDS = 3
_CERTAIN = 3
"""At how many places an identifier without a definition has to have changed."""
_DEFINED = ("function", "class", "method")
PROVED = 1.0
CLAIMED = 0.9
"""Confidence of a rename of which only running the code tells whether nothing else changes."""


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
    return steps, [file for file in files if file.is_left]


def _round(
    files: list[Unfinished], made: set[tuple[bytes, str]], left: set[tuple[bytes, str]], paths: Collection[bytes]
) -> tuple[list[Renaming], list[Unfinished]]:
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
    renamings = proved(with_free_names([one for one in found if one.whole], by_path), by_path)
    renamings += list(_claimed([one for one in found if one not in renamings], renamings, by_path))
    made.update((path, one.new) for one in renamings for path in one.starts)
    left.update((one.path, one.qualified) for one in renamings if one.kind in _DEFINED)
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


def _follow(renamings: Sequence[Renaming], files: Sequence[Evidence]) -> None:
    """Add what means the symbols in other places, where that is certain or where the commit has it so."""
    by_name: dict[tuple[str, str], list[Renaming]] = defaultdict(list)
    by_old: dict[str, list[Renaming]] = defaultdict(list)
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


def _may_mean(key: Key, renaming: Renaming, file: Evidence) -> bool:
    if key.sort not in following(renaming.kind, renaming.qualified) or not may_be(key.module, renaming.path):
        return False
    return key.sort is not Sort.FREE or (bool(file.old.stars) and file.path != renaming.path)


def _meant(file: Evidence, key: Key, new: str, vote: Vote) -> Sequence[int]:
    """The places of an uncertain meaning that are renamed: a whole name of the file, else those that the commit has."""
    if key.sort in NAMES:
        return file.old.bindings[key].starts if 2 * vote.names[new] > sum(vote.names.values()) else ()
    return vote.places[new]


def _identifiers(renamings: Sequence[Renaming], files: Sequence[Evidence]) -> Iterator[Renaming]:
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
            yield Renaming(min(found), old, IDENTIFIER, old, new, found)


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
        made[one] = Proposal(_operation(one, one.qualified, one.through or one.new), effect, tuple(follows))
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
