"""git dagpatch invert"""

from __future__ import annotations

import sys
from pathlib import Path

import click

from git_dagpatch.cli.arguments import say_remarks, selection_options, sources, store_if_any, warn_of_differing
from git_dagpatch.model.errors import UsageError
from git_dagpatch.porcelain.documents import read_documents
from git_dagpatch.porcelain.export import export_one, serialize
from git_dagpatch.porcelain.invert import invert_patch
from git_dagpatch.porcelain.selection import Terms


@click.command("invert", short_help="Write the inverse of a patch, whole or of single operations.")
@click.argument("patch", metavar="PATCH|REV")
@click.option("-o", "--output", metavar="FILE|-", default="-", help="Where to write it; standard output by default.")
@click.option(
    "--format", "form", type=click.Choice(["json", "tar"]), default="json", help="tar brings the base's files along."
)
@click.option("-f", "--force", is_flag=True, help="Replace a file that holds something else.")
@selection_options
def command(
    patch: str, output: str, form: str, force: bool, only: tuple[str, ...], without: tuple[str, ...], strict: bool
) -> None:
    """Write the patch that takes back what PATCH did, or of it the operations that are chosen, and what needs them.

    Applied today, it undoes one operation of an old commit: git dagpatch invert REV --only load | git dagpatch apply -
    """
    store = store_if_any()
    found = list(read_documents(sources([patch], store, first_parent=False), store))
    if len(found) != 1:
        raise UsageError(f"There are {len(found)} patches in {patch!r}; one can be inverted.")
    warn_of_differing(found)
    inverse = invert_patch(found[0], Terms(only, without, strict))
    say_remarks(inverse.remarks)
    exported = serialize(inverse.based, form)
    if output == "-":
        sys.stdout.buffer.write(exported.data)
    else:
        click.echo(export_one(exported, Path(output), force=force))
