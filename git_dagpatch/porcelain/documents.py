"""Patches that were handed in as documents, JSON or tar, and the trees that they were made on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from git_dagpatch.engine.execute import execute
from git_dagpatch.model.codec import decode
from git_dagpatch.model.errors import InvalidPatch, MissingObject
from git_dagpatch.model.objects import Objects, Oid
from git_dagpatch.model.patch import Patch
from git_dagpatch.model.tar import base_tar, is_tar, read_tar
from git_dagpatch.model.tree import Tree, empty_tree
from git_dagpatch.porcelain.sources import Based, Document
from git_dagpatch.store.protocol import Store


def read_patches(document: Document) -> Iterator[Patch]:
    """The patches in a document, whether their bases are here or not: a tar, or JSON with one patch a line."""
    if is_tar(document.data):
        yield decode(read_tar(document.data, Objects())[0])
        return
    lines = [line for line in document.data.splitlines() if line.strip()]
    if not lines:
        raise InvalidPatch(f"There is no patch in {document.name}: it is empty.")
    yield from (decode(data) for data in ([document.data] if _is_one(lines) else lines))


def _is_one(lines: list[bytes]) -> bool:
    """Whether the lines are one JSON document, rather than one a line."""
    return len(lines) == 1 or not all(line.lstrip().startswith(b"{") and line.rstrip().endswith(b"}") for line in lines)


def read_documents(documents: Iterable[Document], store: Store | None) -> Iterator[Based]:
    """The patches of a series of documents, each on its base. Raises MissingObject if a base is not to be had.

    A base is to be had from the repository, from the archive that brings the patch, or as the result of an earlier
    patch of the series, so that a series applies where only the first one's base is.
    """
    bases = _Bases(store)
    for document in documents:
        if is_tar(document.data):
            data, brought = read_tar(document.data, bases.objects)
            patch = decode(data)
            based = Based(patch, bases.tree(patch.base) or _checked(patch, brought))
            bases.made[patch.result] = based
            yield based
            continue
        for patch in read_patches(document):
            base = bases.tree(patch.base)
            if base is None:
                raise MissingObject(
                    f"The base of the patch in {document.name}, the tree {patch.base}, is not here.",
                    hint="Fetch the history that the patch was made from, or ask for the patch in tar form "
                    "(--format tar).",
                )
            bases.made[patch.result] = Based(patch, base)
            yield bases.made[patch.result]


class _Bases:
    """Where the bases of a series come from."""

    def __init__(self, store: Store | None) -> None:
        self.objects = Objects(store)
        self.made: dict[Oid, Based] = {}
        """Result → the patch of the series that makes it."""

    def tree(self, oid: Oid) -> Tree | None:
        """The tree `oid`, if it is here or can be made."""
        if oid == empty_tree(self.objects).id:
            return empty_tree(self.objects)
        try:
            self.objects.entries(oid)
        except MissingObject:
            based = self.made.get(oid)
            if based is None or execute(based.patch.operations, based.base, self.objects).id != oid:
                return None
        return Tree(self.objects, oid)


def _checked(patch: Patch, brought: Tree) -> Tree:
    """The files that an archive brings, if they are those that the patch was made on."""
    found = base_tar(brought.files(), brought.source)
    if found != patch.base_tar:
        raise InvalidPatch(
            "The files in the archive are not those that the patch was made on.", cause=f"SHA-256 {found}"
        )
    return brought
