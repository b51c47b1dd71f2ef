"""Settling what the merge by lines leaves open: nothing that is not certain, and nothing that is not proved."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from git_dagpatch.merging.contained import contained
from git_dagpatch.merging.dispute import Dispute, Texts
from git_dagpatch.merging.form import form
from git_dagpatch.merging.lines import Clash, Place, Settled, disputes, merge_lines
from git_dagpatch.merging.policies.entries import changelog, entries
from git_dagpatch.merging.policies.imports import imports
from git_dagpatch.merging.policies.lockfile import lockfile
from git_dagpatch.merging.policies.members import members
from git_dagpatch.merging.policies.versions import pins, version
from git_dagpatch.merging.policies.words import words
from git_dagpatch.merging.proof import fault_of_merge
from git_dagpatch.merging.tokens import tokens
from git_dagpatch.model.strategy import Policy

Step = Callable[[Dispute], bytes | None]

CERTAIN: Mapping[str, Step] = {
    "contained": contained,
    "form": form,
    "tokens": tokens,
}
"""Steps that are taken by default, in this order. Each gives the same whichever side is called ours."""

POLICIES: Mapping[Policy, Step] = {
    Policy.VERSION: version,
    Policy.PINS: pins,
    Policy.IMPORTS: imports,
    Policy.LIST: entries,
    Policy.MEMBERS: members,
    Policy.TOKENS: words,
}
"""Steps that are taken only where they are asked for, after those that are certain, in this order."""

WHOLE: Mapping[Policy, Callable[[bytes, Texts], bytes | None]] = {
    Policy.CHANGELOG: changelog,
    Policy.LOCKFILE: lockfile,
}
"""Policies that look at whole files, after those that look at single places."""

_TRIED = 20
"""How many places of a file are tried one by one where all of them together cannot be proved."""


def settle(path: bytes, versions: Texts, policies: Collection[Policy] = ()) -> dict[Place, Settled]:
    """What the steps make of the places that both sides changed, as far as the file that it leads to is proved."""
    steps = {**CERTAIN, **{name.value: step for name, step in POLICIES.items() if name in policies}}
    found = {}
    for place, dispute in disputes(path, versions):
        settled = _settle(dispute, steps)
        if settled is not None:
            found[place] = settled
    if not found or _is_proved(path, versions, found):
        return found
    kept: dict[Place, Settled] = {}
    for place, settled in list(found.items())[:_TRIED] if len(found) > 1 else ():
        if _is_proved(path, versions, {**kept, place: settled}):
            kept[place] = settled
    return kept


def settle_whole(path: bytes, versions: Texts, policies: Collection[Policy]) -> Settled | None:
    """What a policy makes of a file as a whole, if that is proved."""
    for name, step in WHOLE.items():
        text = step(path, versions) if name in policies else None
        if text is not None and not fault_of_merge(path, versions, text):
            return Settled(text, name.value)
    return None


def _settle(dispute: Dispute, steps: Mapping[str, Step]) -> Settled | None:
    """What the first step says that can tell."""
    for name, step in steps.items():
        text = step(dispute)
        if text is not None:
            return Settled(text, name)
    return None


def _is_proved(path: bytes, versions: Texts, settled: Mapping[Place, Settled]) -> bool:
    """Whether nothing speaks against the file with one side or the other in the places that stay open."""
    parts = list(merge_lines(*versions, settled=settled))
    mine = b"".join(part.ours if isinstance(part, Clash) else part.text for part in parts)
    other = b"".join(part.theirs if isinstance(part, Clash) else part.text for part in parts)
    return not fault_of_merge(path, versions, mine) or (mine != other and not fault_of_merge(path, versions, other))
