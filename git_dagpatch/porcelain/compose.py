"""compose: a series of patches as one patch, and two patches on one base united."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import UNSET

from git_dagpatch.engine.compose import compose
from git_dagpatch.engine.union import Collision, unite
from git_dagpatch.model.errors import MissingObject, WrongBase
from git_dagpatch.model.patch import Metadata, Patch
from git_dagpatch.porcelain.messages import as_text, author_of, coauthors, subject_of
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
    patches = sorted((first.patch, second.patch), key=_age)
    united = unite(first.patch, second.patch, first.base, _metadata(patches))
    return united if isinstance(united, Collision) else Based(united, first.base)


def _refuse_parts(found: Sequence[Based]) -> None:
    """Raise MissingObject where an archive brought no more of a base than the touched files."""
    for based in found:
        if based.base.id != based.patch.base:
            raise MissingObject(
                f"Of the base of the patch {based.patch.id[:12]} only the touched files are here.",
                hint="Compose it in a repository that has the tree, or fetch the history that it was made from.",
            )


def _age(patch: Patch) -> tuple[str, str]:
    """Which of two patches comes first, whichever was named first."""
    author = patch.metadata.author
    return author.date if author is not UNSET else "", patch.id


def _metadata(patches: Sequence[Patch]) -> Metadata:
    """The subjects of all, the author of the last that tells one, and who else has a part in it."""
    authors = [author for patch in patches if (author := author_of(patch)) is not UNSET]
    author = authors[-1] if authors else UNSET
    subjects = [f"* {subject_of(patch)}" for patch in patches if patch.metadata.message]
    trailers = coauthors(patches, author)
    paragraphs = ["\n".join(lines) for lines in (subjects, trailers) if lines]
    return Metadata(
        author=author,
        message=as_text("\n\n".join(paragraphs) + "\n") if paragraphs else UNSET,
        generator=this_program(),
    )
