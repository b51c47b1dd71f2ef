"""git dagpatch init"""

from __future__ import annotations

import click

from git_dagpatch.porcelain.checkout import open_repository
from git_dagpatch.porcelain.setup import initialize, remotes


@click.command("init", short_help="Set a clone up to share and show recorded patches.")
@click.argument("remote", nargs=-1)
def command(remote: tuple[str, ...]) -> None:
    """Set a clone up: fetches bring recorded patches along, and git log shows their notes.

    What plain `git push` does is never changed; `git dagpatch push` sends patches.
    """
    repository = open_repository()
    changed = initialize(repository, list(remote) or remotes(repository))
    for sentence in changed:
        click.echo(sentence)
    if not changed:
        click.echo("Everything is set up already.")
