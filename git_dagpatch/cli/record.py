"""git dagpatch record"""

from __future__ import annotations

import click
import msgspec

from git_dagpatch.cli.arguments import first_parent_option, jobs_option, json_option
from git_dagpatch.porcelain.checkout import open_repository
from git_dagpatch.porcelain.record import record
from git_dagpatch.porcelain.sources import find_range


@click.command("record", short_help="Keep the patches of commits in the repository.")
@click.argument("revisions", nargs=-1, metavar="[REV|RANGE]...")
@first_parent_option
@jobs_option
@json_option
def command(revisions: tuple[str, ...], first_parent: bool, jobs: int | None, as_json: bool) -> None:
    """Keep the patches of commits in the repository, each found through a note on its commit.

    `git log --notes=dagpatch` shows them. Commits whose patch is recorded already are left as they are.
    """
    repository = open_repository()
    commits = [
        oid
        for revision in revisions or ("HEAD",)
        for oid in find_range(revision, repository.store, first_parent=first_parent).commits
    ]
    count = 0
    for oid, patch in record(repository, list(dict.fromkeys(commits)), jobs or 0):
        count += 1
        if as_json:
            click.echo(msgspec.json.encode({"commit": oid, "patch": patch.id, "operations": len(patch.operations)}))
        else:
            click.echo(f"{oid[:12]} {patch.id}")
    left = len(set(commits)) - count
    if left:
        click.echo(f"{left} commits were recorded already.", err=True)
