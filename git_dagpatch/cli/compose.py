"""git dagpatch compose"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click
import msgspec

from git_dagpatch.cli.arguments import first_parent_option, json_option, sources, store_if_any, warn_of_differing
from git_dagpatch.model.errors import UsageError
from git_dagpatch.porcelain.compose import Collision, compose_patches, unite_patches
from git_dagpatch.porcelain.documents import read_documents
from git_dagpatch.porcelain.export import export_one, serialize
from git_dagpatch.porcelain.sources import Based
from git_dagpatch.report.plan import conflict_document, conflict_line


@click.command("compose", short_help="Make one patch of a series, or of two patches on one base.")
@click.argument("patches", nargs=-1, required=True, metavar="PATCH|REV|RANGE...")
@click.option("-o", "--output", metavar="FILE|-", default="-", help="Where to write it; standard output by default.")
@click.option(
    "--format", "form", type=click.Choice(["json", "tar"]), default="json", help="tar brings the base's files along."
)
@click.option("--union", is_flag=True, help="Unite two patches on one base, in place of one after the other.")
@click.option("-f", "--force", is_flag=True, help="Replace a file that holds something else.")
@first_parent_option
@json_option
def command(
    patches: tuple[str, ...], output: str, form: str, union: bool, force: bool, first_parent: bool, as_json: bool
) -> int:
    """Write one patch that does what a series of patches does, each on what the one before it makes.

    What cancels out is gone, a rename to b and then to c is one to c, and all else keeps its meaning.

    With --union two arguments on one base become one patch that does what both do. If they collide, nothing is
    written; each conflict is a line, as apply-tree prints it, and the exit status is 1. With --json one object tells of
    the patch, which holds it unless it is written to a file.
    """
    if as_json and form == "tar" and output == "-":
        raise UsageError("--json cannot hold a tar archive.", hint="Name the file to write it to with -o.")
    store = store_if_any()
    found = (
        [list(read_documents([source], store)) for source in sources(patches, store, first_parent=first_parent)]
        if union
        else [list(read_documents(sources(patches, store, first_parent=first_parent), store))]
    )
    if union and len(found) != 2:
        raise UsageError(f"There are {len(found)} arguments, but two can be united.", hint="Name two patches.")
    for argument, series in zip(patches if union else ("the arguments",), found, strict=True):
        if not series:
            raise UsageError(f"There is no patch in {argument}.", hint="Name a range that holds commits.")
        warn_of_differing(series)
    composed = [compose_patches(series) for series in found]
    outcome = unite_patches(*composed) if union else composed[0]
    if isinstance(outcome, Collision):
        _tell_conflicts(outcome, as_json)
        return 1
    _write(outcome, output, form, force, as_json, [based for series in found for based in series])
    return 0


def _tell_conflicts(collision: Collision, as_json: bool) -> None:
    if as_json:
        click.echo(msgspec.json.encode({"patch": None, "conflicts": [*map(conflict_document, collision.conflicts)]}))
        return
    for conflict in collision.conflicts:
        click.echo(conflict_line(conflict))


def _write(made: Based, output: str, form: str, force: bool, as_json: bool, origins: list[Based]) -> None:
    exported = serialize(made, form)
    place = None if output == "-" else export_one(exported, Path(output), force=force)
    before = sum(len(based.patch.operations) for based in origins)
    if as_json:
        told: dict[str, Any] = {
            "patch": made.patch.id,
            "base": made.patch.base,
            "result": made.patch.result,
            "of": [based.patch.id for based in origins],
            "operations_before": before,
            "operations": len(made.patch.operations),
            "conflicts": [],
            "file": None if place is None else str(place),
            "document": msgspec.Raw(exported.data.strip()) if place is None and form == "json" else None,
        }
        click.echo(msgspec.json.encode(told))
    elif place is None:
        sys.stdout.buffer.write(exported.data)
    else:
        click.echo(place)
        click.echo(f"{before} operations became {len(made.patch.operations)}.", err=True)
