"""git dagpatch push"""

from __future__ import annotations

import click

from git_dagpatch.porcelain.checkout import open_repository
from git_dagpatch.porcelain.share import default_remote, push


@click.command("push", short_help="Send recorded patches and their notes to a remote.")
@click.argument("remote", default="")
def command(remote: str) -> None:
    """Send recorded patches and their notes to a remote; what it has that is not here comes first.

    A plain `git push` never sends them.
    """
    repository = open_repository()
    shared = push(repository, remote or default_remote(repository))
    click.echo(f"Pushed to {shared.remote}; {shared.patches} patches came from there.")
