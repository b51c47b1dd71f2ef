"""What an argument names: a file, standard input, a revision or a range; and the patch that it stands for."""

from __future__ import annotations

import errno
import platform
from collections.abc import Callable
from pathlib import Path

import msgspec
from msgspec import UNSET, Struct

from git_dagpatch import __version__
from git_dagpatch.engine.base_files import base_files
from git_dagpatch.model.codec import decode
from git_dagpatch.model.commit import Commit, iso_date
from git_dagpatch.model.errors import InvalidPatch, NotARepository, UnknownRevision, UsageError
from git_dagpatch.model.objects import Entry, Oid
from git_dagpatch.model.patch import Author, Metadata, Patch
from git_dagpatch.model.text import to_text
from git_dagpatch.model.tree import Tree, empty_tree
from git_dagpatch.porcelain.formatters import configured
from git_dagpatch.porcelain.kept import found_or_kept
from git_dagpatch.store import patches
from git_dagpatch.store.notes import noted_patch
from git_dagpatch.store.protocol import Store


class Based(Struct, frozen=True):
    """A patch and the tree that it was made on."""

    patch: Patch
    base: Tree
    differing: tuple[bytes, ...] = ()
    """Paths that do not become what the diff that the patch was read from names as its result."""
    by_context: bool = False
    """Whether the patch was placed by its context, since its own base is not here."""

    @staticmethod
    def on(patch: Patch, store: Store) -> Based:
        """`patch` on its own base, which is in `store`."""
        return Based(patch, empty_tree(store) if patch.base == empty_tree(store).id else Tree(store, patch.base))

    def files(self) -> list[tuple[bytes, Entry]]:
        """The files of base that the patch touches or reads, which `base_tar` covers."""
        return base_files(self.patch.operations, self.base)


class Range(Struct, frozen=True):
    """Commits to factor, oldest first, each against its first parent."""

    commits: tuple[Oid, ...]
    start: Oid | None
    """The commit before the range; None where the range starts from nothing."""
    end: Oid


class Document(Struct, frozen=True):
    """The bytes of patches that were handed in: JSON, tar, a diff, or mails."""

    data: bytes
    name: str


Source = Document | Range


def find_source(argument: str, store: Store | None, read_stdin: Callable[[], bytes], *, first_parent: bool) -> Source:
    """What `argument` names: a file, ``-`` for standard input, a revision or a range, tried in this order."""
    if argument == "-":
        return Document(read_stdin(), "standard input")
    data = _file(Path(argument))
    if data is not None:
        return Document(data, argument)
    if store is None:
        raise NotARepository(f"There is no file {argument!r}, and no repository in which it could name a revision.")
    return _recorded(argument, store) or find_range(argument, store, first_parent=first_parent)


def _file(path: Path) -> bytes | None:
    """The content of a file, None where there is none. Raises UsageError if it cannot be read."""
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            return None
        raise UsageError(
            f"The file {str(path)!r} cannot be read.", cause=error.strerror or "", hint="Name a file that can be."
        ) from error


def _recorded(argument: str, store: Store) -> Document | None:
    """The recorded patch whose id `argument` is, or the unique start of. Refused if it names a commit as well."""
    found = patches.find(store, argument) if patches.is_prefix(argument) else []
    if not found:
        return None
    if len(found) > 1:
        raise UsageError(f"{argument!r} could be {len(found)} recorded patches.", hint="Write more of the id.")
    try:
        commit = store.commit(argument)
    except UnknownRevision:
        return Document(patches.read(store, found[0]) or b"", f"the recorded patch {found[0]}")
    raise UsageError(
        f"{argument!r} could be the recorded patch {found[0]} or the commit {commit.oid}.",
        hint="Write more of the id that you mean.",
    )


def find_range(argument: str, store: Store, *, first_parent: bool = False) -> Range:
    """The commits that `argument` names: one for a revision, those of a range ``A..B`` without merges, or with them."""
    if "..." in argument:
        raise UsageError(f"{argument!r} is no range that a patch can be made of.", hint="Write it with two dots: A..B.")
    left, dots, right = argument.partition("..")
    if not dots:
        commit = store.commit(argument)
        return Range((commit.oid,), commit.parents[0] if commit.parents else None, commit.oid)
    start, end = store.commit(left or "HEAD").oid, store.commit(right or "HEAD").oid
    commits = store.walk([end], [start], first_parent=first_parent)
    kept = commits if first_parent else (oid for oid in commits if len(store.commit(oid).parents) < 2)
    return Range(tuple(kept), start, end)


def parent_tree(commit: Commit, store: Store) -> Tree:
    """The tree that a commit is factored against: its first parent's, or the empty one."""
    if not commit.parents:
        return empty_tree(store)
    return Tree(store, store.commit(commit.parents[0]).tree)


def patch_of_commit(oid: Oid, store: Store) -> Based:
    """The patch of one commit: the recorded one if it is the commit's own, else a new one."""
    found = recorded_patch(oid, store)
    return Based.on(found, store) if found else found_patch(oid, store)


def found_patch(oid: Oid, store: Store) -> Based:
    """The patch of one commit as this program finds it, or found it the last time if that took long."""
    if configured()():
        return factor_commit(oid, store)
    commit = store.commit(oid)
    before = parent_tree(commit, store).id
    return Based.on(found_or_kept(store, commit.oid, before, lambda: factor_commit(oid, store).patch), store)


def recorded_patch(oid: Oid, store: Store) -> Patch | None:
    """The recorded patch of a commit, if the note on it names one that is between its parent's tree and its own.

    A note that a rebase or an amend carried over may name another commit's patch; a damaged one counts as none.
    """
    identity = noted_patch(store, oid)
    document = patches.read(store, identity) if patches.is_prefix(identity) else None
    if document is None:
        return None
    try:
        patch = decode(document)
    except InvalidPatch:
        return None
    commit = store.commit(oid)
    return patch if (patch.base, patch.result) == (parent_tree(commit, store).id, commit.tree) else None


def factor_commit(oid: Oid, store: Store) -> Based:
    """The patch of one commit, found anew."""
    commit = store.commit(oid)
    before = parent_tree(commit, store)
    return Based(_factored(before, Tree(store, commit.tree), describe_commit(commit)), before)


def factor_range(found: Range, store: Store) -> Based:
    """One patch for a whole range, from the tree before it to the tree at its end."""
    if len(found.commits) == 1 and _is_parent(found, store):
        return patch_of_commit(found.end, store)
    before = Tree(store, store.commit(found.start).tree) if found.start else empty_tree(store)
    last = store.commit(found.end)
    subjects = [store.commit(oid).message.partition(b"\n")[0] for oid in found.commits]
    message = b"".join(b"* %b\n" % subject for subject in subjects)
    metadata = msgspec.structs.replace(describe_commit(last), message=to_text(message))
    return Based(_factored(before, Tree(store, last.tree), metadata), before)


def _factored(before: Tree, after: Tree, metadata: Metadata) -> Patch:
    # Loaded here, because what finds operations takes longer to load than all else, and a patch in a file has them.
    from git_dagpatch.engine.factor import factor

    return factor(before, after, metadata, configured())


def _is_parent(found: Range, store: Store) -> bool:
    return found.commits == (found.end,) and store.commit(found.end).parents[:1] == (
        (found.start,) if found.start else ()
    )


def describe_commit(commit: Commit) -> Metadata:
    """What a patch tells about the commit that it was made of."""
    author = commit.author
    return Metadata(
        commit=commit.oid,
        author=Author(to_text(author.name), to_text(author.email), iso_date(author.date)),
        message=to_text(commit.message),
        encoding=UNSET if commit.encoding.lower() in ("utf-8", "utf8") else commit.encoding,
        generator=this_program(),
    )


def this_program() -> dict[str, str]:
    """The versions of the program and of Python, on which every patch depends that they make."""
    return {"git-dagpatch": __version__, "python": platform.python_version()}
