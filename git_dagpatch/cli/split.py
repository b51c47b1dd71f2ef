"""git dagpatch split"""

from __future__ import annotations

from collections.abc import Sequence

import click
import msgspec

from git_dagpatch.cli.arguments import asking, interactive_option, json_option
from git_dagpatch.cli.terminal import page, style
from git_dagpatch.model.errors import UsageError
from git_dagpatch.model.objects import Oid
from git_dagpatch.porcelain.checkout import open_repository
from git_dagpatch.porcelain.naming import subject
from git_dagpatch.porcelain.split import Grouping, Series, plan_split, split_head, split_on_branch, splittable
from git_dagpatch.report.split import part_document, series_lines


@click.command("split", short_help="Part a commit into a series of smaller ones.")
@click.argument("revision", default="HEAD", metavar="[REV]")
@click.option("--plan", is_flag=True, help="Print the series; write nothing.")
@click.option(
    "--by",
    type=click.Choice([grouping.value for grouping in Grouping]),
    help="What becomes one commit: what belongs together (intent, the default), each operation, or each file.",
)
@click.option("--branch", metavar="NAME", help="Put the series on a new branch; HEAD stays where it is.")
@interactive_option
@json_option
def command(revision: str, plan: bool, by: str | None, branch: str | None, interactive: bool, as_json: bool) -> None:
    """Part a commit into a series of smaller ones, HEAD by default.

    Layout comes first, then renames, then moves, then each change with what it needs, tests, documents and settings.
    The last commit has the tree of the old one, and what parsed before and after parses in between. Author and date are
    kept. The commit of HEAD is replaced on its branch: a backup branch keeps it, and `git dagpatch rollback` brings it
    back. Index and work tree stay as they are. Of any other commit the series becomes a new branch, split/ and its id
    if --branch says no other name.

    With --interactive the commit becomes two: what you put into the first one, with what that needs, and the rest.
    """
    if interactive and by:
        raise UsageError("With --interactive you say what becomes one commit, so there is no --by.")
    grouping = Grouping(by or Grouping.INTENT)
    repository = open_repository()
    commit, based = splittable(revision, repository.store)
    if interactive:
        picking = asking("Put this operation into the first commit", may_edit=False).ask(based)
        series = plan_split(commit, picking.based, grouping, picking.taken)
    else:
        series = plan_split(commit, based, grouping)
    if plan:
        _tell(series, as_json)
        return
    name = branch
    if name is None and commit.oid != repository.head().oid:
        name = f"split/{commit.oid[:12]}"
    if name is not None:
        commits = split_on_branch(repository, series, name)
        _report(series, commits, {"branch": name}, as_json)
        click.echo(f"The series is on the branch {name}; nothing else was changed.", err=True)
        return
    record, commits = split_head(repository, series)
    backup = record.backup.removeprefix("refs/heads/")
    _report(series, commits, {"branch": record.branch, "backup": backup, "record": record.id}, as_json)
    click.echo(f"The old commit is kept as {backup}; `git dagpatch rollback` brings it back.", err=True)


def _tell(series: Series, as_json: bool) -> None:
    parts = [(part.patch, part.operations) for part in series.parts]
    if as_json:
        click.echo(msgspec.json.encode({"commit": series.commit.oid, "parts": [part_document(*one) for one in parts]}))
    else:
        page(series_lines(series.commit.oid, subject(series.patch), parts, style))


def _report(series: Series, commits: Sequence[Oid], where: dict[str, str], as_json: bool) -> None:
    pairs = list(zip(commits, series.parts, strict=True))
    if as_json:
        told = [{"commit": oid} | part_document(part.patch, part.operations) for oid, part in pairs]
        click.echo(msgspec.json.encode({"commit": series.commit.oid, "parts": told} | where))
        return
    for oid, part in pairs:
        click.echo(f"{style(oid[:12], 'id')} {part.subject}")
