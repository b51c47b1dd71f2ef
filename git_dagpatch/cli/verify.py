"""git dagpatch verify"""

from __future__ import annotations

import dataclasses

import click
import msgspec

from git_dagpatch.cli.arguments import first_parent_option, jobs_option, json_option, series, sources, store_if_any
from git_dagpatch.cli.progress import progress
from git_dagpatch.porcelain.documents import read_documents
from git_dagpatch.porcelain.parallel import each_commit
from git_dagpatch.porcelain.sources import Range
from git_dagpatch.porcelain.verify import verify, verify_commit


@click.command("verify", short_help="Replay patches and compare the trees, byte for byte.")
@click.argument("patches", nargs=-1, metavar="[PATCH|REV|RANGE]...")
@json_option
@first_parent_option
@jobs_option
def command(patches: tuple[str, ...], as_json: bool, first_parent: bool, jobs: int | None) -> int:
    """Replay patches on their base and compare the trees, byte for byte.

    Exit status 1 if one is not exact.
    """
    store = store_if_any()
    wrong = count = 0
    for source in series(sources(patches, store, first_parent)):
        if isinstance(source, Range):
            assert store is not None
            verdicts = each_commit(verify_commit, source.commits, store, jobs or 0)
            length = len(source.commits)
        else:
            verdicts = (verify(based) for based in read_documents(source, store))
            length = len(source)
        for verdict in progress(verdicts, length, "Verifying"):
            count += 1
            wrong += not verdict.exact
            if as_json:
                click.echo(msgspec.json.encode(dataclasses.asdict(verdict)))
            else:
                word = click.style("exact", fg="green") if verdict.exact else click.style("not exact", fg="red")
                name = verdict.commit[:12] or f"patch {verdict.patch[:12]}"
                click.echo(f"{name} {word}" + (f": {verdict.problem}" if verdict.problem else ""))
    if count == 0:
        click.echo("There is nothing to verify: the range holds no commits.", err=True)
    return 1 if wrong else 0
