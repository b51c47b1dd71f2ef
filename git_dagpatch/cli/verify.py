"""git dagpatch verify"""

from __future__ import annotations

from functools import partial

import click
import msgspec

from git_dagpatch.cli.arguments import first_parent_option, jobs_option, json_option, series, sources, store_if_any
from git_dagpatch.cli.progress import progress
from git_dagpatch.model.text import safe
from git_dagpatch.porcelain.checkpoints import Broken
from git_dagpatch.porcelain.documents import read_documents
from git_dagpatch.porcelain.parallel import each_commit
from git_dagpatch.porcelain.sources import Range
from git_dagpatch.porcelain.verify import Checkpoints, Verdict, verify, verify_commit


@click.command("verify", short_help="Replay patches and compare the trees, byte for byte.")
@click.argument("patches", nargs=-1, metavar="[PATCH|REV|RANGE]...")
@click.option("--checkpoints", is_flag=True, help="Name the first operation after which a file no longer parses.")
@click.option(
    "--command", "shell", default="", metavar="CMD", help="With --checkpoints: or after which CMD fails in a work tree."
)
@json_option
@first_parent_option
@jobs_option
def command(
    patches: tuple[str, ...], checkpoints: bool, shell: str, as_json: bool, first_parent: bool, jobs: int | None
) -> int:
    """Replay patches on their base and compare the trees, byte for byte.

    With --checkpoints the operations are executed one after the other, in an order that their dependencies allow, and
    the first is named after which a file does not parse that parsed before, or after which CMD fails. CMD is run in the
    shell, in a temporary work tree, before the first operation and after each. With --json the object has that
    operation as checkpoint, or null. Exit status 1 if one is not exact, or if an operation is named.
    """
    if shell and not checkpoints:
        raise click.UsageError("--command says what is run at --checkpoints.")
    asked = Checkpoints(shell) if checkpoints else None
    store = store_if_any()
    wrong = count = 0
    for source in series(sources(patches, store, first_parent)):
        if isinstance(source, Range):
            assert store is not None
            verdicts = each_commit(partial(verify_commit, asked), source.commits, store, jobs or 0)
            length = len(source.commits)
        else:
            verdicts = (verify(based, asked) for based in read_documents(source, store))
            length = len(source)
        for verdict in progress(verdicts, length, "Verifying"):
            count += 1
            wrong += not verdict.good
            if as_json:
                click.echo(msgspec.json.encode(_document(verdict, asked is not None)))
            else:
                word = click.style("exact", fg="green") if verdict.exact else click.style("not exact", fg="red")
                name = verdict.commit[:12] or f"patch {verdict.patch[:12]}"
                click.echo(f"{name} {word}" + (f": {verdict.problem}" if verdict.problem else ""))
                if verdict.checkpoint:
                    click.echo(f"  {safe(_told(verdict.checkpoint))}")
    if count == 0:
        click.echo("There is nothing to verify: the range holds no commits.", err=True)
    return 1 if wrong else 0


def _document(verdict: Verdict, with_checkpoint: bool) -> dict[str, object]:
    document: dict[str, object] = msgspec.to_builtins(verdict)
    if not with_checkpoint:
        del document["checkpoint"]
    return document


def _told(broken: Broken) -> str:
    place = f"{broken.path}:" if broken.path else ""
    return f"after #{broken.number} {broken.operation[:8]} ({broken.description}): {place}{broken.problem}"
