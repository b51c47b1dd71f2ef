"""invert: the patch that takes back what another one did, or some of its operations."""

from __future__ import annotations

from msgspec import UNSET, Struct

from git_dagpatch.engine.execute import execute
from git_dagpatch.engine.invert import invert
from git_dagpatch.engine.select import explained_inverse, matched, meant
from git_dagpatch.model.codec import dag
from git_dagpatch.model.errors import MissingObject, Refused, UsageError
from git_dagpatch.model.objects import Objects
from git_dagpatch.model.operation import said
from git_dagpatch.model.patch import Metadata, Patch
from git_dagpatch.porcelain.messages import as_text, subject_of
from git_dagpatch.porcelain.selection import Terms, refuse_unmatched
from git_dagpatch.porcelain.sources import Based


class Inverse(Struct, frozen=True):
    """The inverse of a patch, on the tree that the patch makes."""

    based: Based
    remarks: tuple[str, ...]
    """A sentence for each operation that is taken back without having been asked for."""


def invert_patch(based: Based, terms: Terms) -> Inverse:
    """What takes back the operations that `terms` mean, and those that depend on them; by default all.

    Raises UsageError for a term that means nothing or could mean two things, or where nothing is left; Refused where
    `terms` are strict and more would be taken back; MissingObject where only a part of the base is here.
    """
    if based.base.id != based.patch.base:
        raise MissingObject(
            f"Of the base of the patch {based.patch.id[:12]} only the touched files are here.",
            hint="Invert it in a repository that has the tree, or fetch the history that it was made from.",
        )
    operations = based.patch.operations
    refuse_unmatched(terms, matched(operations, terms))
    wanted, unwanted = meant(operations, terms)
    asked = wanted & ~unwanted
    if not operations:
        raise UsageError("The patch changes nothing, so there is nothing to take back.")
    if not asked:
        raise UsageError("The selection leaves no operation of the patch.")
    undone = dag(operations).users(asked)
    remarks = tuple(explained_inverse(operations, asked))
    if terms.strict and remarks:
        raise Refused(
            "More would be taken back than was asked for.",
            cause=" ".join(remarks),
            hint="Leave out --strict to take that back as well.",
        )
    inverse = invert(based.patch, based.base, _metadata(based.patch, undone), undone)
    result = execute(operations, based.base, Objects(based.base.source))
    return Inverse(Based(inverse, result), remarks)


def _metadata(patch: Patch, undone: int) -> Metadata:
    """A message as that of `git revert`. Whoever applies the patch is its author."""
    whole = undone == (1 << len(patch.operations)) - 1
    commit = patch.metadata.commit
    origin = f"commit {commit}" if commit is not UNSET else f"patch {patch.id}"
    lines = [f'Revert "{subject_of(patch)}"', ""]
    if whole:
        lines.append(f"This reverts {origin}.")
    else:
        lines += [f"This reverts a part of {origin}:", ""]
        lines += [f"- {said(operation)}" for number, operation in enumerate(patch.operations) if undone >> number & 1]
    return Metadata(message=as_text("\n".join([*lines, ""])))
