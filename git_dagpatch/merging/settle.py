"""Settling what the merge by lines leaves open: nothing that is not certain, and nothing that is not proved."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from functools import partial

from git_dagpatch.merging.behind import behind
from git_dagpatch.merging.beside import beside
from git_dagpatch.merging.comments import comments
from git_dagpatch.merging.contained import contained
from git_dagpatch.merging.dispute import Dispute, Fork, Texts
from git_dagpatch.merging.effort import Effort
from git_dagpatch.merging.elements import elements
from git_dagpatch.merging.form import form
from git_dagpatch.merging.line_ends import with_line_ends
from git_dagpatch.merging.lines import Clash, Place, Settled, alike, disputes, merge_lines
from git_dagpatch.merging.proof import Proof, fault_of_merge
from git_dagpatch.merging.removed import removed
from git_dagpatch.merging.repeated import repeated
from git_dagpatch.merging.respaced import respaced
from git_dagpatch.merging.structure.steps import structure, structure_of_all
from git_dagpatch.merging.tokens import tokens
from git_dagpatch.merging.values import fault_of_values
from git_dagpatch.model.strategy import Policy

Step = Callable[[Dispute], bytes | None]

CERTAIN: Mapping[str, Step] = {
    "contained": contained,
    "form": form,
    "respaced": respaced,
    "removed": removed,
    "tokens": tokens,
    "comments": comments,
    "repeated": repeated,
    "elements": elements,
    "beside": beside,
    "behind": behind,
}
"""Steps that are taken by default, in this order. Each gives the same whichever side is called ours, but for the last,
which asks for the target's history."""

STRUCTURE = frozenset((Policy.IMPORTS, Policy.MEMBERS, Policy.TOKENS))
"""Policies that also look at syntax trees: at single places, and then at the whole file."""


def settle(
    path: bytes, versions: Texts, policies: Collection[Policy] = (), fork: Fork | None = None
) -> dict[Place, Settled]:
    """What the steps make of the places that both sides changed, as far as the file that it leads to is proved."""
    steps = {**CERTAIN, **_asked(policies)}
    if not STRUCTURE.isdisjoint(policies):
        steps["structure"] = partial(structure, policies=policies)
    proof = _Proved(path, versions)
    kept: dict[Place, Settled] = {}
    for same in alike(versions):
        made = {**kept, **{place: Settled(text, "contained") for place, text in same.items()}}
        kept = made if proof.holds(made) else kept
    disputed = ((place, dispute) for place, dispute in disputes(path, versions, fork) if place not in kept)
    answers = {place: _answers(dispute, steps) for place, dispute in disputed}
    found = {place: first for place, answer in answers.items() if (first := next(answer, None)) is not None}
    # Where all of them cannot be proved together, each half of them is tried, down to single places.
    waiting = [list(found)] if found else []
    while waiting:
        places = waiting.pop()
        tried = {**kept, **{place: found[place] for place in places}}
        if proof.holds(tried):
            kept = tried
        elif len(places) > 1:
            middle = len(places) // 2
            waiting += [places[middle:], places[:middle]]
        else:
            other = next((one for one in answers[places[0]] if proof.holds({**kept, places[0]: one})), None)
            kept = {**kept, places[0]: other} if other is not None else kept
    return kept


def _asked(policies: Collection[Policy]) -> dict[str, Step]:
    if not policies:
        return {}
    # Loaded here, because most merges ask for none.
    from git_dagpatch.merging.policies.steps import POLICIES

    return {name.value: step for name, step in POLICIES.items() if name in policies}


def settle_whole(path: bytes, versions: Texts, policies: Collection[Policy]) -> Settled | None:
    """What a policy makes of a file as a whole, if that is proved."""
    from git_dagpatch.merging.policies.steps import WHOLE

    for name, step in WHOLE.items():
        text = step(path, versions) if name in policies else None
        if text is not None and not fault_of_merge(path, versions, text, decided=True):
            return Settled(text, name.value)
    if not STRUCTURE.isdisjoint(policies):
        text = structure_of_all(path, versions, policies)
        if text is not None and not fault_of_merge(path, versions, text, decided=True):
            return Settled(text, "structure")
    return None


def _answers(dispute: Dispute, steps: Mapping[str, Step]) -> Iterator[Settled]:
    """What the steps say that can tell, in their order; each is asked only if the one before is not enough."""
    for name, step in steps.items():
        text = step(dispute)
        ended = None if text is None else with_line_ends(dispute, text)
        if ended is not None:
            yield Settled(ended, name)


class _Proved:
    """Proves that places of one file may be settled, as long as there is effort left."""

    def __init__(self, path: bytes, versions: Texts) -> None:
        self._path = path
        self._versions = versions
        self._proof = Proof(path, versions)
        self._effort = Effort.for_file(max(map(len, versions)))

    def holds(self, settled: Mapping[Place, Settled]) -> bool:
        """Whether nothing speaks against the file with one side or the other in the places that stay open."""
        parts = list(merge_lines(*self._versions, settled=settled))
        mine = b"".join(part.ours if isinstance(part, Clash) else part.text for part in parts)
        other = b"".join(part.theirs if isinstance(part, Clash) else part.text for part in parts)
        decided = any(one.step not in CERTAIN for one in settled.values())
        return any(
            self._effort.spend(len(text)) and not self._proof.fault(text) for text in dict.fromkeys((mine, other))
        ) and not fault_of_values(self._path, self._versions, mine, other, decided=decided)
