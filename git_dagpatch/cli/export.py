"""git dagpatch export"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import click

from git_dagpatch.cli.arguments import first_parent_option, jobs_option
from git_dagpatch.cli.progress import progress
from git_dagpatch.porcelain.export import (
    Exported,
    check_single,
    export_all,
    export_commit,
    export_one,
    is_single_file,
    serialize,
)
from git_dagpatch.porcelain.parallel import each_commit
from git_dagpatch.porcelain.repository import open_store
from git_dagpatch.porcelain.sources import factor_range, find_range


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
@first_parent_option
@jobs_option
def command(
    revisions: tuple[str, ...], output: str, form: str, squash: bool, force: bool, first_parent: bool, jobs: int | None
) -> None:
    """Write commits as patches, one file a commit, and print the names.

    REV is that one commit, HEAD by default; A..B are the commits of a range, oldest first, without merges.
    """
    store = open_store()
    ranges = [find_range(revision, store, first_parent=first_parent) for revision in revisions or ("HEAD",)]
    patches: Iterator[Exported]
    if squash:
        patches = (serialize(factor_range(found, store), form) for found in ranges if found.commits)
        count = sum(bool(found.commits) for found in ranges)
    else:
        commits = [oid for found in ranges for oid in found.commits]
        count = len(commits)
        patches = each_commit(partial(export_commit, form), commits, store, jobs or 0)
    if count == 0:
        click.echo("There is nothing to export: the range holds no commits.", err=True)
        return
    if is_single_file(output) or (output, form) == ("-", "tar"):
        check_single(output, count)
    if output == "-":
        for exported in patches:
            sys.stdout.buffer.write(exported.data)
        return
    if is_single_file(output):
        click.echo(export_one(next(patches), Path(output), force=force))
        return
    for path in export_all(progress(patches, count, "Exporting"), Path(output), form, force=force):
        click.echo(path)
