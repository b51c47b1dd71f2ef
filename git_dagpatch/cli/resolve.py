"""git dagpatch resolve"""

from __future__ import annotations

import click
import msgspec

from git_dagpatch.cli.arguments import json_option
from git_dagpatch.cli.terminal import page, style
from git_dagpatch.model.errors import UsageError
from git_dagpatch.model.strategy import Strategy
from git_dagpatch.porcelain.checkout import open_repository
from git_dagpatch.porcelain.left import Leavings
from git_dagpatch.porcelain.resolve import chosen_by, resolve, waiting
from git_dagpatch.report.resolve import resolved_document, resolved_line, waiting_document, waiting_line


@click.command("resolve", short_help="List conflicts that wait in the work tree, and decide them.")
@click.argument("places", nargs=-1, metavar="[PATH|NUMBER]...")
@click.option("--ours", "side", flag_value=Strategy.OURS.value, help="Take the side that HEAD is on.")
@click.option("--theirs", "side", flag_value=Strategy.THEIRS.value, help="Take the side of what is merged or applied.")
@click.option("--union", "side", flag_value=Strategy.UNION.value, help="Take both: ours, then theirs.")
@json_option
def command(places: tuple[str, ...], side: str | None, as_json: bool) -> int:
    """List the conflicts that wait after an apply, merge, rebase or cherry-pick, or decide some of them.

    A PATH means all in that file or directory, a NUMBER the place that the list gives that number. What else was
    edited in a file stays. A file in which nothing waits any more is staged. Exit status 1 while conflicts remain.
    """
    repository = open_repository()
    leavings = Leavings(repository)
    found = waiting(leavings)
    if side is None:
        listed = chosen_by(found, repository, places) if places else found
        if as_json:
            for place in listed:
                click.echo(msgspec.json.encode(waiting_document(place)))
        else:
            page(waiting_line(place, style) for place in listed)
        return 1 if found else 0
    if not places:
        raise UsageError("Which conflicts?", hint="Name files or numbers; `.` means all below the current directory.")
    chosen = chosen_by(found, repository, places)
    for done in resolve(leavings, [(place, Strategy(side)) for place in chosen]):
        click.echo(msgspec.json.encode(resolved_document(done)) if as_json else resolved_line(done))
    return 1 if waiting(Leavings(repository)) else 0
