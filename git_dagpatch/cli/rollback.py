"""git dagpatch rollback"""

from __future__ import annotations

import click
import msgspec

from git_dagpatch.cli.apply import options_of_apply, report
from git_dagpatch.cli.arguments import json_option
from git_dagpatch.model.errors import UsageError
from git_dagpatch.model.paths import encode
from git_dagpatch.model.record import Record
from git_dagpatch.porcelain.checkout import open_repository
from git_dagpatch.porcelain.revert import revert
from git_dagpatch.porcelain.rollback import Choice, redo, rollback
from git_dagpatch.report.record import record_document


@click.command("rollback", short_help="Take an apply back.")
@click.argument("identity", default="", metavar="[ID]")
@click.option("--count", type=click.IntRange(1), default=1, help="The last so many applies.")
@click.option("--file", "path", default="", metavar="PATH", help="The last apply that touched this file.")
@click.option("--revert", "reverts", is_flag=True, help="Commit the inverse, on top of what came since.")
@click.option("--redo", "again", is_flag=True, help="Undo the last rollback.")
@json_option
def command(identity: str, count: int, path: str, reverts: bool, again: bool, as_json: bool) -> int:
    """Take an apply back: the last one, the one with this id, or those that the options say.

    The branch goes back only if it still is where the apply left it. Work in other files stays as it is.
    """
    chosen = [name for name, given in (("ID", identity), ("--count", count > 1), ("--file", path)) if given]
    if len(chosen) > 1 or (again and (chosen or reverts)):
        raise UsageError("Say in one way what to take back.", hint="An ID, --count, --file or --redo.")
    repository = open_repository()
    if again:
        return _tell(redo(repository), as_json)
    choice = Choice(identity, count, encode(repository.path_of(path)) if path else "")
    if not reverts:
        return _tell(rollback(repository, choice), as_json)
    return report(revert(repository, choice, options_of_apply()), as_json)


def _tell(record: Record, as_json: bool) -> int:
    if as_json:
        click.echo(msgspec.json.encode(record_document(record)))
    else:
        where = f"; {record.branch} is at {record.after[:12]}" if record.after else ""
        click.echo(f"{record.verb}: {record.subject}{where}")
    return 0
