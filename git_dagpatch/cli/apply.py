"""git dagpatch apply"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import click
import msgspec

from git_dagpatch.cli.arguments import (
    asking,
    chosen_parts,
    first_parent_option,
    interactive_option,
    json_option,
    policies_of,
    policy_option,
    say_doubts,
    say_intents,
    say_reached,
    say_settled,
    selection_options,
    sources,
    style_from_config,
    warn_of_differing,
)
from git_dagpatch.cli.configuration import apply_defaults, setting
from git_dagpatch.model.errors import UsageError
from git_dagpatch.model.record import Event, Landed, Present, Stopped
from git_dagpatch.model.strategy import Strategy
from git_dagpatch.porcelain.apply import TakenBack, apply, plan_all
from git_dagpatch.porcelain.checkout import Repository, open_repository
from git_dagpatch.porcelain.documents import read_documents, with_message
from git_dagpatch.porcelain.resume import abort, proceed, skip
from git_dagpatch.porcelain.run import ApplyOptions, describe
from git_dagpatch.porcelain.selection import Terms
from git_dagpatch.porcelain.sources import Based, Document, Range
from git_dagpatch.porcelain.validate import refuse_unknown, validate_plan
from git_dagpatch.report.plan import conflict_line, plan_document
from git_dagpatch.report.record import event_document


@click.command("apply", short_help="Apply patches to the branch, each as a commit.")
@click.argument("patches", nargs=-1, metavar="[PATCH|REV|RANGE]...")
@click.option("-n", "--no-commit", is_flag=True, help="Stage the result, and commit nothing.")
@click.option("-m", "--message", metavar="TEXT", help="The commit message of a patch that brings none: a plain diff.")
@click.option("--dry-run", is_flag=True, help="Say what would happen, but for the test; write nothing.")
@click.option("--atomic", is_flag=True, help="All patches, or none.")
@click.option("--strategy", type=click.Choice([s.value for s in Strategy]), help="Decides conflicts. Default: manual.")
@policy_option
@click.option(
    "--validate",
    metavar="CHECK[,CHECK]",
    help="What the result is checked for: syntax, imports, or none. Default: syntax.",
)
@click.option("--test", metavar="COMMAND", help="A command that has to succeed on the result.")
@click.option("--test-after", is_flag=True, help="Run the test in place, and take the patch back if it fails.")
@click.option("--no-verify", is_flag=True, help="Leave out the hooks pre-commit and commit-msg.")
@click.option("--force", is_flag=True, help="Apply though a validation fails; the journal says so.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask before applying.")
@click.option("--continue", "go", flag_value="continue", help="Go on, with what was resolved and staged.")
@click.option("--abort", "go", flag_value="abort", help="Everything as it was before the run.")
@click.option("--skip", "go", flag_value="skip", help="Leave the stopped patch out, and go on.")
@selection_options
@interactive_option
@first_parent_option
@json_option
def command(
    patches: tuple[str, ...],
    no_commit: bool,
    message: str | None,
    dry_run: bool,
    atomic: bool,
    strategy: str | None,
    policy: tuple[str, ...],
    validate: str | None,
    test: str | None,
    test_after: bool,
    no_verify: bool,
    force: bool,
    yes: bool,
    go: str | None,
    only: tuple[str, ...],
    without: tuple[str, ...],
    strict: bool,
    interactive: bool,
    first_parent: bool,
    as_json: bool,
) -> int:
    """Apply patches to the branch, each as a commit like those of `git am`, with a trailer Dagpatch-Id.

    A patch is one of git dagpatch, a unified diff, or a mailbox of `git format-patch`, each mail a patch on what the
    one before it leaves. All are read before the first lands. A plain diff brings no commit message: give one with -m,
    or stage with -n. Where a diff does not fit, it is merged three ways if the blobs that its index lines name are
    here, and else refused, as where it fits more than one place. So is a patch of edits whose base is not here: they
    have to find the lines that they show.

    Without an argument: the patches that are piped in; else the apply in progress is described; else the
    *.dagpatch.json of this directory, in order. Exit status 1 if conflicts remain.
    """
    repository = open_repository()
    if go:
        if patches:
            raise UsageError(f"--{go} takes no patches: it is about the run that waits.")
        return _go(repository, go, as_json)
    if interactive:
        _refuse_piped(patches)
    found = _patches(patches, repository, first_parent, yes)
    if found is None:
        return 0
    found = list(chosen_parts(found, Terms(only, without, strict)))
    if interactive and found:
        found = _picked(found)
        if not found:
            return 0
    if not found:
        raise UsageError("The selection leaves no operation of the patches.")
    if not no_commit:
        found = with_message(found, message)
    warn_of_differing(found)
    given: dict[str, object] = {"strategy": strategy, "test": test, "test_after": test_after or None}
    given["policies"] = sorted(policies_of(policy)) or None
    given |= {} if validate is None else {"validate": [] if validate == "none" else validate.split(",")}
    flags = {"commit": not no_commit, "atomic": atomic, "verify": not no_verify, "force": force}
    options = options_of_apply(**{name: value for name, value in given.items() if value is not None}, **flags)
    if dry_run:
        return _dry_run(repository, found, options, as_json)
    if setting("requireDryRun") and not yes:
        _dry_run(repository, found, options, as_json)
        _confirm("Go on?")
    return report(apply(repository, found, options), as_json)


def _refuse_piped(patches: Sequence[str]) -> None:
    if "-" in patches or not (patches or sys.stdin.isatty()):
        raise UsageError(
            "The patches come on standard input, so nobody can be asked there.", hint="Name the file that they are in."
        )


def _picked(patches: Sequence[Based]) -> list[Based]:
    """What is taken of each patch by whoever is asked."""
    person = asking("Apply this operation")
    found = [picked for based in patches if (picked := person.pick(based))]
    if not found:
        click.echo("Nothing was taken, so nothing is applied.", err=True)
    return found


def options_of_apply(**said: object) -> ApplyOptions:
    """How patches are applied, as it is configured and as was said."""
    return msgspec.convert({"style": style_from_config().value} | apply_defaults() | said, ApplyOptions)


def _go(repository: Repository, go: str, as_json: bool) -> int:
    if go == "abort":
        _tell_of_abort(abort(repository))
        return 0
    return report(proceed(repository) if go == "continue" else skip(repository), as_json)


def _tell_of_abort(taken_back: TakenBack) -> None:
    if taken_back.left:
        click.echo("HEAD is not where this run left it, so everything stays as it is; the run is forgotten.", err=True)
        return
    count = len(taken_back.records)
    landed = "1 landed patch was" if count == 1 else f"{count} landed patches were"
    click.echo(f"Everything is as it was before the run; {landed} taken back.", err=True)
    for name, kept in taken_back.replaced.items():
        if kept:
            click.echo(f"What stood in {name} is kept: git cat-file blob {kept.oid}", err=True)


def _patches(arguments: Sequence[str], repository: Repository, first_parent: bool, yes: bool) -> list[Based] | None:
    """The patches to apply; None if something else was asked for and done."""
    chosen: list[Document | Range] = []
    if arguments:
        chosen = sources(arguments, repository.store, first_parent)
    elif not sys.stdin.isatty():
        piped = sys.stdin.buffer.read()
        chosen = [Document(piped, "standard input")] if piped.strip() else []
    if not chosen:
        progress = describe(repository)
        if progress:
            click.echo(progress)
            return None
        chosen = sources(_of_directory(yes), repository.store, first_parent)
    found = list(read_documents(chosen, repository.store, repository.tree_of(repository.head().oid)))
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
        _confirm(f"Apply these {len(names)} patches?")
    return names


def _confirm(question: str) -> None:
    if not sys.stdin.isatty():
        raise UsageError("Nobody is here to be asked whether to apply.", hint="Say --yes.")
    click.confirm(question, abort=True)


def _dry_run(repository: Repository, patches: Sequence[Based], options: ApplyOptions, as_json: bool) -> int:
    refuse_unknown(options)
    conflicts = 0
    for based, outcome in plan_all(repository, patches, options):
        conflicts += len(outcome.conflicts)
        forced = [] if outcome.conflicts else validate_plan(outcome, options)
        if as_json:
            click.echo(msgspec.json.encode({"patch": based.patch.id} | plan_document(outcome) | {"forced": forced}))
            continue
        word = "there already" if outcome.changes_nothing else "conflicts" if outcome.conflicts else "lands"
        past = f", forced past: {', '.join(forced)}" if forced else ""
        say_settled(outcome.settled)
        say_reached(outcome.reached, outcome.unreached)
        say_doubts(outcome.doubts)
        say_intents(outcome.conflicts)
        click.echo(f"{based.patch.id[:12]} {word}: tree {outcome.tree.id}{past}")
        for conflict in outcome.conflicts:
            click.echo(conflict_line(conflict))
    return 1 if conflicts else 0


def report(events: Iterable[Event], as_json: bool) -> int:
    """Tell what happens to each patch; the exit status."""
    status = 0
    for event in events:
        status = 1 if isinstance(event, Stopped) else 0
        if as_json:
            click.echo(msgspec.json.encode(event_document(event)))
            continue
        match event:
            case Landed(record, settled, reached, unreached, doubts):
                say_settled(settled)
                say_reached(reached, unreached)
                say_doubts(doubts)
                where = record.after[:12] if record.after else "staged"
                click.echo(f"{where} {record.subject}")
            case Present(_, subject):
                click.echo(f"There already: {subject}", err=True)
            case Stopped(plan, record, waiting):
                say_settled(plan.settled)
                say_reached(plan.reached, plan.unreached)
                say_doubts(plan.doubts)
                say_intents(plan.conflicts)
                for conflict in plan.conflicts:
                    click.echo(conflict_line(conflict))
                rest = "1 more patch waits" if waiting == 1 else f"{waiting} more patches wait"
                click.echo(f"Stopped at {record.subject!r}; {rest}.", err=True)
                click.echo(
                    "`git dagpatch resolve` lists and decides them, with --list and what may be meant. "
                    "When all are staged: git dagpatch apply --continue",
                    err=True,
                )
                click.echo("Or leave this patch out: --skip. Or go back to the start: --abort.", err=True)
    return status
