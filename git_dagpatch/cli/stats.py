"""git dagpatch stats"""

from __future__ import annotations

import click
import msgspec

from git_dagpatch.cli.arguments import first_parent_option, jobs_option, json_option
from git_dagpatch.cli.progress import progress
from git_dagpatch.porcelain.parallel import each_commit
from git_dagpatch.porcelain.repository import open_store
from git_dagpatch.porcelain.sources import find_range
from git_dagpatch.porcelain.stats import in_sequence, measure
from git_dagpatch.report.stats import Row, header, row, sums


@click.command("stats", short_help="Measure patches against git's own diff.")
@click.argument("revisions", nargs=-1, metavar="[REV|RANGE]...")
@json_option
@first_parent_option
@jobs_option
def command(revisions: tuple[str, ...], as_json: bool, first_parent: bool, jobs: int | None) -> None:
    """Measure the patches of commits against git's own diff of them.

    Sizes are bytes after zstd at level 19; the description is what the operations mean, without ids and edges. With
    several commits it is also told how many operations have one intent and change one symbol, and how many have a
    transform that an earlier one of these commits had.
    """
    store = open_store()
    commits = [
        oid
        for revision in revisions or ("HEAD",)
        for oid in find_range(revision, store, first_parent=first_parent).commits
    ]
    rows: list[Row] = []
    measures = in_sequence(each_commit(measure, commits, store, jobs or 0))
    for found in progress(measures, len(commits), "Measuring"):
        if as_json:
            click.echo(msgspec.json.encode(found))
            continue
        rows.append(msgspec.to_builtins(found))
        if len(rows) == 1:
            click.echo(header())
        click.echo(row(rows[-1]))
    if len(rows) > 1:
        click.echo(sums(rows))
    if not commits:
        click.echo("There is nothing to measure: the range holds no commits.", err=True)
