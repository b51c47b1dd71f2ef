"""range-diff: which two series are meant, and the comparison of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from git_dagpatch.engine.range_diff import range_diff
from git_dagpatch.model.comparison import CommitPair
from git_dagpatch.model.errors import UsageError
from git_dagpatch.model.objects import Oid
from git_dagpatch.porcelain.documents import read_documents
from git_dagpatch.porcelain.parallel import each_commit
from git_dagpatch.porcelain.sources import Based, Document, Range, Source, find_range, find_source, patch_of_commit
from git_dagpatch.store.protocol import Store

_HINT = "Name two ranges (BASE..A BASE..B), two revisions (A B), a base and both (BASE A B), or A...B."


def compare(old: Source, new: Source, store: Store, jobs: int = 0) -> list[CommitPair]:
    """What became of each commit and operation of `old` in `new`."""
    return range_diff(*([(one.patch, one.base) for one in _series(source, store, jobs)] for source in (old, new)))


def _series(source: Source, store: Store, jobs: int) -> list[Based]:
    if isinstance(source, Range):
        return [_again(based, store) for based in each_commit(patch_of_commit, source.commits, store, jobs)]
    return list(read_documents([source], store))


def _again(based: Based, store: Store) -> Based:
    """`based` on a tree of this process."""
    return Based.on(based.patch, store)


def find_series(arguments: Sequence[str], store: Store, read_stdin: Callable[[], bytes]) -> tuple[Source, Source]:
    """The two series that the arguments name, as those of ``git range-diff``; each may be a file of patches, too."""
    match arguments:
        case [symmetric] if "..." in symmetric:
            left, _, right = symmetric.partition("...")
            return _both_sides(left or "HEAD", right or "HEAD", store)
        case [base, left, right]:
            return tuple(find_range(f"{base}..{tip}", store) for tip in (left, right))  # type: ignore[return-value]
        case [left, right]:
            found = [_found(one, store, read_stdin) for one in (left, right)]
            if None not in found:
                return found[0], found[1]  # type: ignore[return-value]
            if found == [None, None]:
                return _both_sides(left, right, store)
            raise UsageError("One of the two is a revision and the other one is a series.", hint=_HINT)
    raise UsageError("It is not clear which two series are meant.", hint=_HINT)


def _found(argument: str, store: Store, read_stdin: Callable[[], bytes]) -> Source | None:
    """A range, one commit as ``REV^!``, or a file of patches; None for a revision, which names no series alone."""
    if argument.endswith("^!"):
        return find_range(argument[:-2], store)
    found = find_source(argument, store, read_stdin, first_parent=False)
    return found if isinstance(found, Document) or ".." in argument else None


def _both_sides(left: str, right: str, store: Store) -> tuple[Range, Range]:
    """What each side has and the other one has not."""
    one, other = store.commit(left).oid, store.commit(right).oid
    return _only(one, other, store), _only(other, one, store)


def _only(tip: Oid, hidden: Oid, store: Store) -> Range:
    return find_range(f"{hidden}..{tip}", store)
