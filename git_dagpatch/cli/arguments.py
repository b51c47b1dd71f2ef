"""Arguments that several verbs take, and what they stand for."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, TypeVar

import click

from git_dagpatch.cli.terminal import git_config
from git_dagpatch.model.conflict import Conflict
from git_dagpatch.model.errors import NotARepository, UsageError
from git_dagpatch.model.paths import encode
from git_dagpatch.model.plan import Doubt, Reach, Settlement
from git_dagpatch.model.strategy import ConflictStyle, Policy
from git_dagpatch.porcelain.naming import subject
from git_dagpatch.porcelain.repository import Store, open_store
from git_dagpatch.porcelain.selection import Terms, parts
from git_dagpatch.porcelain.sources import Based, Document, Range, find_range, find_source
from git_dagpatch.report.plan import intents_line, reach_lines

if TYPE_CHECKING:
    from git_dagpatch.cli.interactive import Asking

json_option = click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
first_parent_option = click.option(
    "--first-parent", is_flag=True, help="Ranges with merges, each against its first parent."
)
jobs_option = click.option(
    "-j", "--jobs", type=click.IntRange(1), help="Processes for a range; default: all processors."
)
_only_option = click.option(
    "--only", multiple=True, metavar="TERM", help="Of each patch only what TERM means, and what that depends on."
)
_without_option = click.option(
    "--without", multiple=True, metavar="TERM", help="Of each patch all but what TERM means, and what depends on that."
)
_strict_option = click.option("--strict", is_flag=True, help="Refuse to take or leave more than --only, --without say.")
interactive_option = click.option(
    "-i", "--interactive", is_flag=True, help="Ask for each operation whether to take it, as git add --patch does."
)
policy_option = click.option(
    "--policy",
    multiple=True,
    metavar="NAME[,NAME]",
    help=f"Rules that decide what is not certain: {', '.join(policy.value for policy in Policy)}, or all.",
)
F = TypeVar("F", bound=Callable[..., object])


def asking(question: str, *, may_edit: bool = True) -> Asking:
    """Who asks about operations. Loaded here, because most calls ask nothing."""
    from git_dagpatch.cli.interactive import Asking

    return Asking(question, may_edit=may_edit)


def selection_options(function: F) -> F:
    """The options by which a part of a patch is chosen: only, without, strict."""
    return _only_option(_without_option(_strict_option(function)))


def chosen_parts(patches: Iterable[Based], terms: Terms) -> Iterator[Based]:
    """What the terms leave of each patch; what was taken or left besides is said."""
    for part in parts(patches, terms):
        say_remarks(part.remarks)
        if part.based is not None:
            yield part.based


def say_settled(settled: Iterable[Settlement]) -> None:
    """Tell what was settled that git would have left open, and what is left to do about it."""
    for found in settled:
        places = "one place" if found.places == 1 else f"{found.places} places"
        advice = f" {found.advice}" if found.advice else ""
        click.echo(f"{encode(found.path)}: {places} changed by both sides settled: {found.step}.{advice}", err=True)


def say_reached(reached: Iterable[Reach], unreached: Iterable[Reach]) -> None:
    """Tell where a rename of the one side was carried out in what the other brought, and where it was not."""
    for line in reach_lines(reached, unreached):
        click.echo(line, err=True)


def say_intents(conflicts: Iterable[Conflict]) -> None:
    """Tell what both sides did where they collide."""
    for conflict in conflicts:
        if line := intents_line(conflict):
            click.echo(line, err=True)


def say_remarks(remarks: Iterable[str]) -> None:
    for remark in remarks:
        click.echo(remark, err=True)


def store_if_any() -> Store | None:
    """The repository of the current directory, or None outside of one."""
    try:
        return open_store()
    except NotARepository:
        if "GIT_DIR" in os.environ:
            raise
        return None


def sources(arguments: Sequence[str], store: Store | None, first_parent: bool) -> list[Document | Range]:
    """What the arguments name; HEAD where there is none."""
    if not arguments and store is not None:
        # Not to be taken for a file of that name, as there is one in every bare repository.
        return [find_range("HEAD", store, first_parent=first_parent)]
    return [
        find_source(argument, store, sys.stdin.buffer.read, first_parent=first_parent)
        for argument in arguments or ["HEAD"]
    ]


def series(found: Iterable[Document | Range]) -> Iterator[list[Document] | Range]:
    """Documents that stand side by side belong together: one may be made on what the one before it makes."""
    together: list[Document] = []
    for source in found:
        if isinstance(source, Document):
            together.append(source)
            continue
        if together:
            yield together
        together = []
        yield source
    if together:
        yield together


def warn_of_differing(patches: Iterable[Based]) -> None:
    """Say which patches were placed by their context, and which files do not become what their diffs name."""
    for based in patches:
        if based.by_context:
            click.echo(
                f"Warning: the base of {subject(based.patch)!r} is not here; it was placed by its context.", err=True
            )
        for path in based.differing:
            click.echo(
                f"Warning: {encode(path)} does not become the blob that its diff names; "
                "the diff was changed by hand, or damaged on its way.",
                err=True,
            )


def say_doubts(doubts: Iterable[Doubt]) -> None:
    """Warn of what speaks against files whose lines go together, which git would merge without a word."""
    for doubt in doubts:
        click.echo(f"Warning: {encode(doubt.path)}: {doubt.fault}, though its lines merge without conflict.", err=True)


def policies_of(said: Sequence[str]) -> frozenset[Policy]:
    """The policies that are named, separated by commas or one by one. Raises UsageError for any other name."""
    names = [name.strip() for one in said for name in one.split(",") if name.strip()]
    unknown = [name for name in names if name not in ("all", *Policy)]
    if unknown:
        raise UsageError(
            f"There is no policy {unknown[0]}.",
            hint=f"There are {', '.join(policy.value for policy in Policy)}, and all.",
        )
    return frozenset(Policy) if "all" in names else frozenset(map(Policy, names))


def style_from_config() -> ConflictStyle:
    """git's ``merge.conflictStyle``."""
    name = git_config("merge.conflictStyle", ConflictStyle.MERGE.value)
    return ConflictStyle(name) if name in ConflictStyle.__members__.values() else ConflictStyle.MERGE
