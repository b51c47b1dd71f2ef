"""git dagpatch apply"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import click
import msgspec

from git_dagpatch.cli.arguments import first_parent_option, json_option, series, sources, style_from_config
from git_dagpatch.cli.configuration import apply_defaults, setting
from git_dagpatch.model.errors import UsageError
from git_dagpatch.model.record import Event, Landed, Present, Stopped
from git_dagpatch.model.strategy import Strategy
from git_dagpatch.porcelain.apply import abort, apply, plan_all, proceed, skip
from git_dagpatch.porcelain.checkout import Repository, open_repository
from git_dagpatch.porcelain.documents import read_documents
from git_dagpatch.porcelain.run import ApplyOptions, describe
from git_dagpatch.porcelain.sources import Based, Range, patch_of_commit
from git_dagpatch.report.plan import conflict_line, plan_document
from git_dagpatch.report.record import event_document


@click.command("apply", short_help="Apply patches to the branch, each as a commit.")
@click.argument("patches", nargs=-1, metavar="[PATCH|REV|RANGE]...")
@click.option("-n", "--no-commit", is_flag=True, help="Stage the result, and commit nothing.")
@click.option("--dry-run", is_flag=True, help="Say what would happen; write nothing.")
@click.option("--atomic", is_flag=True, help="All patches, or none.")
@click.option("--strategy", type=click.Choice([s.value for s in Strategy]), help="Decides conflicts. Default: manual.")
@click.option("--validate", help="What the result is checked for: syntax, none. Default: syntax.")
@click.option("--test", metavar="COMMAND", help="A command that has to succeed on the result.")
@click.option("--test-after", is_flag=True, help="Run the test in place, and take the patch back if it fails.")
@click.option("--no-verify", is_flag=True, help="Leave the repository's hooks out.")
@click.option("--force", is_flag=True, help="Apply though a validation fails; the journal says so.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask before applying.")
@click.option("--continue", "go", flag_value="continue", help="Go on, with what was resolved and staged.")
@click.option("--abort", "go", flag_value="abort", help="Everything as it was before the run.")
@click.option("--skip", "go", flag_value="skip", help="Leave the stopped patch out, and go on.")
@first_parent_option
@json_option
def command(
    patches: tuple[str, ...],
    no_commit: bool,
    dry_run: bool,
    atomic: bool,
    strategy: str | None,
    validate: str | None,
    test: str | None,
    test_after: bool,
    no_verify: bool,
    force: bool,
    yes: bool,
    go: str | None,
    first_parent: bool,
    as_json: bool,
) -> int:
    """Apply patches to the branch, each as a commit like those of `git am`, with a trailer Dagpatch-Id.

    Without an argument: the patches that are piped in; else the apply in progress is described; else the
    *.dagpatch.json of this directory, in order. Exit status 1 if conflicts remain.
    """
    repository = open_repository()
    if go:
        return _go(repository, go, as_json)
    found = _patches(patches, repository, first_parent, yes)
    if found is None:
        return 0
    given: dict[str, object] = {"strategy": strategy, "test": test}
    given |= {"validate": [n for n in validate.split(",") if n != "none"]} if validate else {}
    flags = {"commit": not no_commit, "atomic": atomic, "verify": not no_verify, "force": force}
    flags |= {"test_after": True} if test_after else {}
    defaults = apply_defaults()
    chosen = {name: value for name, value in given.items() if value is not None}
    options = msgspec.convert({"style": style_from_config().value} | defaults | chosen | flags, ApplyOptions)
    if dry_run:
        return _dry_run(repository, found, options, as_json)
    if setting("requireDryRun") and not yes:
        _dry_run(repository, found, options, as_json)
        click.confirm("Go on?", abort=True)
    return _report(apply(repository, found, options), as_json)


def _go(repository: Repository, go: str, as_json: bool) -> int:
    if go == "abort":
        undone = abort(repository)
        click.echo(f"Everything is as it was before the run; {len(undone)} landed patches were taken back.", err=True)
        return 0
    return _report(proceed(repository) if go == "continue" else skip(repository), as_json)


def _patches(arguments: Sequence[str], repository: Repository, first_parent: bool, yes: bool) -> list[Based] | None:
    """The patches to apply; None if something else was asked for and done."""
    names = list(arguments)
    if not names and not sys.stdin.isatty():
        names = ["-"]
    if not names:
        progress = describe(repository)
        if progress:
            click.echo(progress)
            return None
        names = _of_directory(yes)
    found: list[Based] = []
    for source in series(sources(names, repository.store, first_parent)):
        if isinstance(source, Range):
            found += (patch_of_commit(oid, repository.store) for oid in source.commits)
        else:
            found += read_documents(source, repository.store)
    if not found:
        click.echo("There is nothing to apply: the range holds no commits.", err=True)
        return None
    return found


def _of_directory(yes: bool) -> list[str]:
    names = sorted(str(path) for path in Path().glob("*.dagpatch.json"))
    if not names:
        raise UsageError("There is nothing to apply.", hint="Name patches, revisions or ranges, or pipe patches in.")
    for name in names:
        click.echo(name)
    if not yes:
        click.confirm(f"Apply these {len(names)} patches?", abort=True)
    return names


def _dry_run(repository: Repository, patches: Sequence[Based], options: ApplyOptions, as_json: bool) -> int:
    conflicts = 0
    for based, outcome in plan_all(repository, patches, options):
        conflicts += len(outcome.conflicts)
        if as_json:
            click.echo(msgspec.json.encode({"patch": based.patch.id} | plan_document(outcome)))
            continue
        word = "there already" if outcome.changes_nothing else "conflicts" if outcome.conflicts else "lands"
        click.echo(f"{based.patch.id[:12]} {word}: tree {outcome.tree.id}")
        for conflict in outcome.conflicts:
            click.echo(conflict_line(conflict))
    return 1 if conflicts else 0


def _report(events: Iterable[Event], as_json: bool) -> int:
    status = 0
    for event in events:
        status = 1 if isinstance(event, Stopped) else 0
        if as_json:
            click.echo(msgspec.json.encode(event_document(event)))
            continue
        match event:
            case Landed(record):
                where = record.after[:12] if record.after else "staged"
                click.echo(f"{where} {record.subject}")
            case Present(_, subject):
                click.echo(f"There already: {subject}", err=True)
            case Stopped(plan, record, waiting):
                for conflict in plan.conflicts:
                    click.echo(conflict_line(conflict))
                click.echo(f"Stopped at {record.subject!r}; {waiting} more patches wait.", err=True)
                click.echo("Resolve the conflicts, `git add` the files, then: git dagpatch apply --continue", err=True)
                click.echo("Or leave this patch out: --skip. Or go back to the start: --abort.", err=True)
    return status
