"""Patches that were handed in as documents, and the trees that they were made on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

import msgspec
from msgspec import UNSET
from msgspec.structs import replace

from git_dagpatch.engine.execute import execute
from git_dagpatch.model.codec import decode
from git_dagpatch.model.errors import InvalidPatch, MissingObject, UsageError
from git_dagpatch.model.ids import patch_id
from git_dagpatch.model.objects import Objects, Oid
from git_dagpatch.model.operation import Edit
from git_dagpatch.model.patch import Patch
from git_dagpatch.model.tar import base_tar, is_tar, read_tar
from git_dagpatch.model.tree import Tree, empty_tree
from git_dagpatch.porcelain.sources import Based, Document, Range, Source, patch_of_commit
from git_dagpatch.store.protocol import Store


def read_patches(documents: Iterable[Document], store: Store | None) -> Iterator[Patch]:
    """The patches in a series of documents, whether their bases are here or not.

    Diffs and mails, which bring none, are read on HEAD, each on what those before it leave.
    """
    texts: _Texts | None = None
    for document in documents:
        if _is_text(document):
            texts = texts or _open_texts(store, None)
            yield from (based.patch for based in texts.read(document, []))
        elif is_tar(document.data):
            yield decode(read_tar(document.data, Objects())[0])
        else:
            yield from _read_json(document)


class _Texts(Protocol):
    def read(self, document: Document, earlier: Sequence[Based]) -> list[Based]:
        """The patches in a diff or in mails."""


def _open_texts(store: Store | None, target: Tree | None) -> _Texts:
    # Loaded here, because reading diffs takes as long as all else together, and most patches are none.
    from git_dagpatch.porcelain.texts import Texts

    return Texts(store, target)


def _is_text(document: Document) -> bool:
    """Whether a document is a diff, or holds mails."""
    if is_tar(document.data) or document.data[:4096].lstrip().startswith(b"{"):
        return False
    from git_dagpatch.porcelain.texts import is_diff

    return is_diff(document.data)


def _read_json(document: Document) -> Iterator[Patch]:
    """The patches of JSON, one document or one a line."""
    lines = [line for line in document.data.splitlines() if line.strip()]
    if not lines:
        raise InvalidPatch(f"There is no patch in {document.name}: it is empty.")
    yield from (decode(data) for data in ([document.data] if _is_one(lines) else lines))


def _is_one(lines: list[bytes]) -> bool:
    """Whether the lines are one JSON document, rather than one a line."""
    return len(lines) == 1 or not all(line.lstrip().startswith(b"{") and line.rstrip().endswith(b"}") for line in lines)


def read_documents(sources: Iterable[Source], store: Store | None, target: Tree | None = None) -> Iterator[Based]:
    """The patches of a series of sources, each on its base. Raises MissingObject if a base is not to be had.

    A base is to be had from the repository, from the archive that brings the patch, or as the result of an earlier
    patch of the series, so that a series applies where only the first one's base is. A diff or a mail is read on what
    the patches before it make of `target`, by default of HEAD. A patch of nothing but edits whose base is not to be had
    is placed by its context on `target`, if there is one; then the errors of that are raised.
    """
    bases = _Bases(store, target)
    texts: _Texts | None = None
    earlier: list[Based] = []
    for source in sources:
        if isinstance(source, Document) and _is_text(source):
            texts = texts or _open_texts(store, target)
            found = texts.read(source, earlier)
            bases.made |= {based.patch.result: based for based in found}
            earlier = []
        else:
            found = list(_read(source, bases, store))
            earlier += found
        yield from found


def _read(source: Source, bases: _Bases, store: Store | None) -> Iterator[Based]:
    """The patches of a source that is no text."""
    if isinstance(source, Range):
        assert store is not None
        yield from (patch_of_commit(oid, store) for oid in source.commits)
    elif is_tar(source.data):
        data, brought = read_tar(source.data, bases.objects)
        patch = decode(data)
        bases.made[patch.result] = Based(patch, bases.tree(patch.base) or _checked(patch, brought))
        yield bases.made[patch.result]
    else:
        for patch in _read_json(source):
            yield bases.based(patch, source)


class _Bases:
    """Where the bases of a series come from."""

    def __init__(self, store: Store | None, target: Tree | None) -> None:
        self.objects = Objects(store)
        self.target = target
        """What patches without a base are placed on: what the last one of them left."""
        self.made: dict[Oid, Based] = {}
        """Result → the patch of the series that makes it."""

    def based(self, patch: Patch, document: Document) -> Based:
        """`patch`, which stands in `document`, on its base. Raises MissingObject."""
        base = self.tree(patch.base)
        if base is None and self.target is not None and _is_of_edits(patch):
            return self._placed(patch, self.target)
        if base is None:
            raise MissingObject(
                f"The base of the patch in {document.name}, the tree {patch.base}, is not here.",
                hint="Fetch the history that the patch was made from, or ask for the patch in tar form (--format tar).",
            )
        self.made[patch.result] = Based(patch, base)
        return self.made[patch.result]

    def _placed(self, patch: Patch, target: Tree) -> Based:
        # Loaded here, because hardly any patch comes without its base.
        from git_dagpatch.engine.by_context import by_context

        here = Tree(self.objects, target.id)
        based = Based(by_context(patch, here, self.objects), here, by_context=True)
        self.target = Tree(self.objects, based.patch.result)
        self.made[based.patch.result] = based
        return based

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


def _is_of_edits(patch: Patch) -> bool:
    """Whether all that a patch does shows lines that stand around it."""
    return bool(patch.operations) and all(isinstance(operation, Edit) for operation in patch.operations)


def _checked(patch: Patch, brought: Tree) -> Tree:
    """The files that an archive brings, if they are those that the patch was made on."""
    found = base_tar(brought.files(), brought.source)
    if found != patch.base_tar:
        raise InvalidPatch(
            "The files in the archive are not those that the patch was made on.", cause=f"SHA-256 {found}"
        )
    return brought


def with_message(patches: Sequence[Based], message: str | None) -> list[Based]:
    """`patches`, with `message` in those that say none. Raises UsageError if that lacks, or is needed nowhere."""
    silent = any(based.patch.metadata.message is UNSET for based in patches)
    if silent and not (message and message.strip()):
        raise UsageError(
            "A patch brings no commit message, as plain diffs do not.",
            hint="Give one with -m, or stage the result without a commit with -n.",
        )
    if message and not silent:
        raise UsageError("Every patch brings its own commit message.", hint="Leave out -m.")
    return [_with_message(based, message or "") for based in patches]


def _with_message(based: Based, message: str) -> Based:
    patch = based.patch
    if patch.metadata.message is not UNSET:
        return based
    metadata = msgspec.structs.replace(patch.metadata, message=message)
    identity = patch_id(patch.base_tar, patch.operations, metadata)
    return replace(based, patch=msgspec.structs.replace(patch, id=identity, metadata=metadata))
