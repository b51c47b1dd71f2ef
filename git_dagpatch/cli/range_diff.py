"""git dagpatch range-diff"""

from __future__ import annotations

import shutil
import sys

import click
import msgspec

from git_dagpatch.cli.arguments import jobs_option, json_option
from git_dagpatch.cli.terminal import page, style
from git_dagpatch.porcelain.range_diff import compare, find_series
from git_dagpatch.porcelain.repository import open_store
from git_dagpatch.report.range_diff import comparison_lines, pair_document

_LEAST_WIDTH = 60
_USUAL_WIDTH = 100


@click.command("range-diff", short_help="Compare two series of commits, operation by operation.")
@click.argument("series", nargs=-1, required=True, metavar="A B | BASE..A BASE..B | BASE A B | A...B")
@click.option("--full", is_flag=True, help="Show long content whole.")
@jobs_option
@json_option
def command(series: tuple[str, ...], full: bool, jobs: int | None, as_json: bool) -> None:
    """Compare two series of commits, operation by operation: before and after a rebase, an amend, a backport.

    A...B, or two revisions A B, are the commits that only one of the two has. REV^! is one commit, and a file or - is
    a series of patches. Commits are paired by what they do; the mark between them says = for the same, ! for changed,
    < for one that is gone and > for one that has come. In a pair each operation is told of that is not the same: @ the
    same transform elsewhere, ! changed, < only in the old, > only in the new, and = where it went to another commit.
    What differs is marked as [-was-] and {+now+}.
    """
    store = open_store()
    pairs = compare(*find_series(series, store, sys.stdin.buffer.read), store, jobs or 0)
    if as_json:
        for pair in pairs:
            click.echo(msgspec.json.encode(pair_document(pair)))
        return
    if not pairs:
        click.echo("There is nothing to compare: both series hold no commits.", err=True)
        return
    width = shutil.get_terminal_size((_USUAL_WIDTH, 0)).columns
    page(comparison_lines(pairs, style, max(width, _LEAST_WIDTH), full=full))
