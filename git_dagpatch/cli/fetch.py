"""git dagpatch fetch"""

from __future__ import annotations

import click

from git_dagpatch.porcelain.checkout import open_repository
from git_dagpatch.porcelain.share import default_remote, fetch


@click.command("fetch", short_help="Bring recorded patches and their notes from a remote.")
@click.argument("remote", default="")
def command(remote: str) -> None:
    """Bring recorded patches and their notes from a remote, and unite them with those here."""
    repository = open_repository()
    shared = fetch(repository, remote or default_remote(repository))
    click.echo(f"{shared.patches} patches came from {shared.remote}.")
