"""split: a commit as a series of smaller ones, on the branch in its place or on a branch of their own."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from msgspec import UNSET, Struct

from git_dagpatch.engine.split import Grouping, Step, part_in_two, patches_of, split
from git_dagpatch.model.commit import Commit
from git_dagpatch.model.dag import members
from git_dagpatch.model.errors import Refused, UsageError
from git_dagpatch.model.objects import Objects, Oid
from git_dagpatch.model.operation import Operation, said
from git_dagpatch.model.patch import Metadata, Patch
from git_dagpatch.model.record import Record, State
from git_dagpatch.model.text import Text
from git_dagpatch.porcelain.apply import goal_of
from git_dagpatch.porcelain.backups import backup_point
from git_dagpatch.porcelain.land import Landing, MoveTo, NewCommit, land
from git_dagpatch.porcelain.messages import as_text, author_of, message_of, subject_of
from git_dagpatch.porcelain.naming import subject
from git_dagpatch.porcelain.run import ApplyOptions, refuse_unfinished
from git_dagpatch.porcelain.sources import Based, patch_of_commit
from git_dagpatch.porcelain.summary import subject_line
from git_dagpatch.store import journal
from git_dagpatch.store.commits import signs_commits, write_commit
from git_dagpatch.store.lock import locked
from git_dagpatch.store.protocol import Store
from git_dagpatch.store.refs import RefUpdate, update_refs
from git_dagpatch.store.repository import Repository

__all__ = ["Grouping", "Part", "Series", "plan_split", "split_head", "split_on_branch", "splittable"]

_AUTHORSHIP = ("co-authored-by:", "signed-off-by:")
"""Trailers that hold for each part of a commit."""


class Part(Struct, frozen=True):
    """One commit of the series."""

    patch: Patch
    """On the tree that the part before it leaves; its message is that of the commit, without the trailer."""
    tree: Oid
    operations: tuple[Operation, ...]
    """Those of the commit that is split."""

    @property
    def subject(self) -> str:
        return subject(self.patch)


class Series(Struct, frozen=True):
    """What a commit would become."""

    commit: Commit
    patch: Patch
    """Of the commit that is split."""
    parts: tuple[Part, ...]
    objects: Objects
    """The trees, and what is in them."""


def splittable(revision: str, store: Store) -> tuple[Commit, Based]:
    """The commit that `revision` names, and its patch. Raises Refused for a merge, or if there is nothing to split."""
    commit = store.commit(revision)
    if len(commit.parents) > 1:
        raise Refused(
            f"{commit.oid[:12]} is a merge, and a merge is not split: it joins histories.",
            hint="Split the commits that it brought.",
        )
    based = patch_of_commit(commit.oid, store)
    if len(based.patch.operations) < 2:
        count = "no operation" if not based.patch.operations else "one operation only"
        raise Refused(f"There is nothing to split: {commit.oid[:12]} has {count}.")
    return commit, based


def plan_split(commit: Commit, based: Based, by: Grouping, first: int | None = None) -> Series:
    """The series that `commit` would become, proved to end with its tree. Writes nothing.

    With `first`, a mask of operations that is closed under dependency, these are one commit and the others another.
    Raises Refused if it would be one commit.
    """
    patch = _in_utf8(based.patch)
    objects = Objects(based.base.source)
    steps = split(patch, based.base, by, objects) if first is None else part_in_two(patch, based.base, first, objects)
    if len(steps) < 2:
        raise _stays_one(commit, by if first is None else None)
    told = [_operations(patch, step) for step in steps]
    messages = [_message(patch, commit, operations, at, len(steps)) for at, operations in enumerate(told, 1)]
    made = patches_of(patch, based.base, steps, messages)
    parts = tuple(Part(one, step.tree.id, operations) for one, step, operations in zip(made, steps, told, strict=True))
    return Series(commit, patch, parts, objects)


def _stays_one(commit: Commit, by: Grouping | None) -> Refused:
    what = f"{commit.oid[:12]} would stay one commit, so nothing is split."
    if by is None:
        return Refused(
            what,
            cause="One of the two parts would hold nothing, or a file would not parse between them.",
            hint="`git dagpatch show` tells what depends on what.",
        )
    cause = "All that it changes belongs together, or does not parse without the rest."
    finer = by is not Grouping.OPERATION
    hint = "--by operation parts it as far as can be." if finer else "`git dagpatch show` tells what depends on what."
    return Refused(what, cause=cause, hint=hint)


def split_head(repository: Repository, series: Series) -> tuple[Record, list[Oid]]:
    """Put the series in the place of the commit of HEAD; the record and the new commits.

    The tree of HEAD is the same after, so index and work tree stay as they are. A backup branch keeps the commit.
    Raises Refused if HEAD is not at the commit any more, or something is in progress.
    """
    repository.work_tree  # noqa: B018 (refuses a bare repository before anything is written)
    with locked(repository):
        refuse_unfinished(repository)
        head = repository.head()
        if head.oid != series.commit.oid:
            raise Refused("HEAD moved while the series was planned; nothing was changed.", hint="Try again.")
        backup = backup_point(repository, series.patch, head)
        commits = _write(repository, series)
        identity = journal.new_id(series.patch.id)
        tree = repository.tree_of(head.oid)
        record = Record(
            id=identity,
            verb="split",
            state=State.OPEN,
            time=journal.timestamp(),
            place=repository.place,
            run=identity,
            patch=series.patch.id,
            subject=subject(series.patch),
            branch=head.branch,
            before=head.oid,
            tree_before=tree.id,
            tree_after=tree.id,
            backup=backup[0].name,
        )
        done = land(repository, Landing(record, head, tree, tree, MoveTo(commits[-1]), backup))
    return done, commits


def split_on_branch(repository: Repository, series: Series, name: str) -> list[Oid]:
    """Put the series on a new branch, beside the commit. Raises UsageError for a name that is none, Refused for one
    that is taken."""
    ref = f"refs/heads/{name}"
    if repository.git.ask("check-ref-format", ref).status or name.startswith("-"):
        raise UsageError(f"{name!r} is no name for a branch.", hint="See `git help check-ref-format`.")
    with locked(repository):
        if repository.ref(ref):
            raise Refused(
                f"A branch called {name!r} exists; nothing was changed.", hint="Name another one with --branch."
            )
        if blocking := _in_the_way(repository, ref):
            raise Refused(
                f"There is no room for a branch {name!r} beside {blocking!r}; nothing was changed.",
                cause="Git keeps branches like files: one of them would have to be a directory.",
                hint="Name another one with --branch.",
            )
        commits = _write(repository, series)
        update_refs(repository.git, [RefUpdate(ref, commits[-1], None)], f"dagpatch split: {subject(series.patch)}")
    return commits


def _in_the_way(repository: Repository, ref: str) -> str:
    """The branch that keeps `ref` from being made, since one of them would have to be a directory; empty if none."""
    parts = ref.split("/")
    above = ["/".join(parts[:length]) for length in range(3, len(parts))]
    below = repository.git.run("for-each-ref", "--count=1", "--format=%(refname)", f"{ref}/").decode().split()
    return next((one.removeprefix("refs/heads/") for one in [*above, *below] if repository.ref(one)), "")


def _write(repository: Repository, series: Series) -> list[Oid]:
    """The commits of the series, which no ref names yet."""
    repository.store.write(series.objects)
    parent = series.commit.parents[0] if series.commit.parents else None
    sign = signs_commits(repository)
    commits: list[Oid] = []
    for part in series.parts:
        goal = goal_of(repository, part.patch, ApplyOptions())
        assert isinstance(goal, NewCommit)
        parent = write_commit(repository, part.tree, parent, goal.author, goal.message, sign=sign)
        commits.append(parent)
    return commits


# Messages


def _in_utf8(patch: Patch) -> Patch:
    """`patch` with author and message in UTF-8: new commits are written in it, whatever the old one was."""
    if patch.metadata.encoding is UNSET:
        return patch
    metadata = Metadata(commit=patch.metadata.commit, author=author_of(patch), message=as_text(message_of(patch)))
    return msgspec.structs.replace(patch, metadata=metadata)


def _operations(patch: Patch, step: Step) -> tuple[Operation, ...]:
    return tuple(patch.operations[number] for number in members(step.operations))


def _message(patch: Patch, commit: Commit, operations: Sequence[Operation], number: int, count: int) -> Text:
    """What a part does, where it comes from, and with the last part what the commit said."""
    cut = subject_line(operations)
    told = [said(operation) for operation in operations]
    paragraphs = [cut]
    if told != [cut]:
        paragraphs.append("\n".join(f"- {one}" for one in told))
    paragraphs.append(f'Part {number} of {count} of {commit.oid[:12]} "{subject_of(patch)}"')
    _, _, body = message_of(patch).strip().partition("\n")
    if number == count and body.strip():
        paragraphs.append(body.strip())
    elif trailers := [row for row in body.splitlines() if row.lower().startswith(_AUTHORSHIP)]:
        paragraphs.append("\n".join(trailers))
    return as_text("\n\n".join(paragraphs) + "\n")
