"""git dagpatch gc"""

from __future__ import annotations

import click

from git_dagpatch.cli.configuration import setting
from git_dagpatch.porcelain.checkout import open_repository
from git_dagpatch.porcelain.gc import collect


@click.command("gc", short_help="Delete backup branches that are older than they need to be.")
@click.option(
    "--days", type=click.IntRange(0), help="Older than so many days. Default: dagpatch.backupMaxAgeDays, or 30."
)
@click.option("--dry-run", is_flag=True, help="Only list them.")
def command(days: int | None, dry_run: bool) -> None:
    """Delete backup branches that are older than they need to be. Recorded patches and the journal stay."""
    limit = days if days is not None else setting("backupMaxAgeDays")
    names = collect(open_repository(), limit, dry_run=dry_run)
    for name in names:
        click.echo(name.removeprefix("refs/heads/"))
    click.echo(f"{len(names)} backup branches {'would go' if dry_run else 'are gone'}.", err=True)
