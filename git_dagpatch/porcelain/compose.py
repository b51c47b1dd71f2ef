"""compose: a series of patches as one patch, and two patches on one base united."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import UNSET

from git_dagpatch.engine.compose import compose
from git_dagpatch.engine.union import Collision, unite
from git_dagpatch.model.errors import MissingObject, WrongBase
from git_dagpatch.model.patch import Metadata, Patch
from git_dagpatch.model.text import to_text
from git_dagpatch.porcelain.naming import subject
from git_dagpatch.porcelain.sources import Based, this_program

__all__ = ["Collision", "compose_patches", "unite_patches"]


def compose_patches(series: Sequence[Based]) -> Based:
    """One patch that does what the patches of `series` do one after the other; a single one stays as it is.

    Raises WrongBase where one of them does not start from what the one before it makes, MissingObject where only a part
    of a base is here.
    """
    if len(series) == 1:
        return series[0]
    _refuse_parts(series)
    patches = [based.patch for based in series]
    return Based(compose(patches, series[0].base, _metadata(patches)), series[0].base)


def unite_patches(first: Based, second: Based) -> Based | Collision:
    """One patch that does what both do, or what keeps them apart. Raises WrongBase if their bases differ."""
    if first.base.id != second.base.id:
        raise WrongBase(
            f"The patches were made on different trees, {first.base.id[:12]} and {second.base.id[:12]}.",
            hint="Patches that follow each other are composed without --union.",
        )
    _refuse_parts((first, second))
    united = unite(first.patch, second.patch, first.base, _metadata(sorted((first.patch, second.patch), key=_id)))
    return united if isinstance(united, Collision) else Based(united, first.base)


def _refuse_parts(found: Sequence[Based]) -> None:
    """Raise MissingObject where an archive brought no more of a base than the touched files."""
    for based in found:
        if based.base.id != based.patch.base:
            raise MissingObject(
                f"Of the base of the patch {based.patch.id[:12]} only the touched files are here.",
                hint="Compose it in a repository that has the tree, or fetch the history that it was made from.",
            )


def _id(patch: Patch) -> str:
    return patch.id


def _metadata(patches: Sequence[Patch]) -> Metadata:
    """The subjects of all, and the author of the last that tells one."""
    subjects = [subject(patch) for patch in patches if patch.metadata.message]
    message = "".join(f"* {line}\n" for line in subjects)
    authors = [patch.metadata.author for patch in patches if patch.metadata.author is not UNSET]
    return Metadata(
        author=authors[-1] if authors else UNSET,
        message=to_text(message.encode("utf-8", "surrogateescape")) if message else UNSET,
        generator=this_program(),
    )
