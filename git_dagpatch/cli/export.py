"""git dagpatch export"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path

import click

from git_dagpatch.cli.arguments import (
    asking,
    first_parent_option,
    interactive_option,
    jobs_option,
    say_remarks,
    selection_options,
)
from git_dagpatch.cli.progress import progress
from git_dagpatch.model.errors import UsageError
from git_dagpatch.porcelain.export import (
    Exported,
    Taken,
    check_single,
    export_all,
    export_commit,
    export_one,
    export_part,
    is_single_file,
    serialize,
)
from git_dagpatch.porcelain.parallel import each_commit
from git_dagpatch.porcelain.repository import open_store
from git_dagpatch.porcelain.selection import Terms, pick, refuse_unmatched
from git_dagpatch.porcelain.sources import Based, factor_range, find_range, patch_of_commit


@click.command("export", short_help="Write commits as patches, one file a commit.")
@click.argument("revisions", nargs=-1, metavar="[REV|RANGE]...")
@click.option(
    "-o", "--output", default=".", metavar="DIR|FILE|-", help="A directory, a file for one patch, or - to print."
)
@click.option(
    "--format", "form", type=click.Choice(["json", "tar"]), default="json", help="tar brings the base's files along."
)
@click.option("--squash", is_flag=True, help="One patch for each range.")
@click.option("-f", "--force", is_flag=True, help="Replace files that hold something else.")
@selection_options
@interactive_option
@first_parent_option
@jobs_option
def command(
    revisions: tuple[str, ...],
    output: str,
    form: str,
    squash: bool,
    force: bool,
    only: tuple[str, ...],
    without: tuple[str, ...],
    strict: bool,
    interactive: bool,
    first_parent: bool,
    jobs: int | None,
) -> None:
    """Write commits as patches, one file a commit, and print the names.

    REV is that one commit, HEAD by default; A..B are the commits of a range, oldest first, without merges.

    A TERM is an operation's number as in '#3', its id or the first digits of that, a kind, a semantic tag, a path, a
    symbol or path:symbol. A commit of which nothing is left is left out.
    """
    store = open_store()
    ranges = [find_range(revision, store, first_parent=first_parent) for revision in revisions or ("HEAD",)]
    terms = Terms(only, without, strict)
    if squash:
        ranges = [found for found in ranges if found.commits]
        count = len(ranges)
        patches = (factor_range(found, store) for found in ranges)
    else:
        commits = [oid for found in ranges for oid in found.commits]
        count = len(commits)
        patches = (patch_of_commit(oid, store) for oid in commits)
    taken: Iterator[Taken]
    if interactive:
        taken = _asked(patches, form, terms)
    elif squash:
        taken = (export_part(based, form, terms) for based in patches)
    else:
        taken = each_commit(partial(export_commit, form, terms), commits, store, jobs or 0)
    if count == 0:
        click.echo("There is nothing to export: the range holds no commits.", err=True)
        return
    if is_single_file(output) or (output, form) == ("-", "tar"):
        check_single(output, count)
    taken = taken if interactive else progress(taken, count, "Exporting")
    if not _write(_left(taken, terms), output, form, force):
        if not interactive:
            raise UsageError("The selection leaves no operation of the patches.")
        click.echo("Nothing was taken, so nothing is written.", err=True)


def _asked(patches: Iterable[Based], form: str, terms: Terms) -> Iterator[Taken]:
    """What a person takes of what the terms leave of each patch."""
    person = asking("Take this operation")
    for based in patches:
        part = pick(based, terms)
        say_remarks(part.remarks)
        picked = person.pick(part.based) if part.based else None
        yield Taken(serialize(picked, form) if picked else None, (), part.matched)


def _left(taken: Iterable[Taken], terms: Terms) -> Iterator[Exported]:
    """What there is to write; what was taken or left besides is said."""
    matched: set[str] = set()
    for one in taken:
        matched |= one.matched
        say_remarks(one.remarks)
        if one.exported:
            yield one.exported
    refuse_unmatched(terms, matched)


def _write(patches: Iterator[Exported], output: str, form: str, force: bool) -> int:
    """How many were written."""
    if output == "-":
        # All of them first: a term that means nothing in any of them is told before something is written.
        found = list(patches)
        for exported in found:
            sys.stdout.buffer.write(exported.data)
    elif is_single_file(output):
        found = list(patches)
        if found:
            check_single(output, len(found))
            click.echo(export_one(found[0], Path(output), force=force))
    else:
        count = 0
        for path in export_all(patches, Path(output), form, force=force):
            click.echo(path)
            count += 1
        return count
    return len(found)
