"""Files of data whose lines conflict: what one side did to values is done to the values of the other side.

A side takes part if mutations explain all that it did to the file, so that no comment and no layout is lost. The
mutations of each are carried out on the text of the other one; if that can be done only one way, or gives the same
bytes both ways, it is the merge.
"""

from __future__ import annotations

from git_dagpatch.discovery.data import find_data
from git_dagpatch.discovery.unfinished import Unfinished
from git_dagpatch.languages import is_data
from git_dagpatch.languages.data_values import CannotMutate
from git_dagpatch.merging.dispute import Texts
from git_dagpatch.merging.proof import fault_of_merge
from git_dagpatch.model.effect import rewrite
from git_dagpatch.model.objects import FILE
from git_dagpatch.model.operation import Mutate
from git_dagpatch.model.paths import encode
from git_dagpatch.operations.mutate import MutateKind


def merged_values(path: bytes, texts: Texts) -> bytes | str:
    """The merge of three texts of a file of data; if there is none, the word for why, empty where it was not tried."""
    if not is_data(path) or not texts.base:
        return ""
    made: dict[bytes, None] = {}
    reason = ""
    for side, other in ((texts.theirs, texts.ours), (texts.ours, texts.theirs)):
        mutate = _mutate(path, texts.base, side)
        if mutate is None:
            continue
        try:
            spans = MutateKind().elsewhere(mutate, texts.base, other)
        except CannotMutate as refused:
            reason = reason or refused.reason
            continue
        text = rewrite(other, spans)
        if not fault_of_merge(path, texts, text):
            made[text] = None
    return next(iter(made)) if len(made) == 1 else reason


def _mutate(path: bytes, before: bytes, after: bytes) -> Mutate | None:
    """All that differs between two texts of a file, as mutations."""
    steps, left = find_data([Unfinished(path, before, after, FILE)])
    found = [proposal.operation for step in steps for proposal in step]
    if left or not found:
        return None
    mutations = [mutation for one in found if isinstance(one, Mutate) for mutation in one.mutations]
    return Mutate(target=encode(path), mutations=mutations)
