"""git dagpatch graph"""

from __future__ import annotations

from pathlib import Path

import click

from git_dagpatch.cli.arguments import chosen_parts, first_parent_option, selection_options, sources, store_if_any
from git_dagpatch.model.errors import UsageError
from git_dagpatch.porcelain.documents import read_documents
from git_dagpatch.porcelain.export import write_new
from git_dagpatch.porcelain.selection import Terms
from git_dagpatch.report.graph import FORMATS

_SUFFIXES = {".dot": "dot", ".gv": "dot", ".mmd": "mermaid", ".svg": "svg"}


@click.command("graph", short_help="Draw what depends on what in a patch.")
@click.argument("patch", required=False, metavar="[PATCH|REV]")
@click.option("-o", "--output", metavar="FILE|-", default="-", help="Where to write it; standard output by default.")
@click.option(
    "--format", "form", type=click.Choice([*FORMATS]), help="By default what the name of the file says, or dot."
)
@click.option("-f", "--force", is_flag=True, help="Replace a file that holds something else.")
@selection_options
@first_parent_option
def command(
    patch: str | None,
    output: str,
    form: str | None,
    force: bool,
    only: tuple[str, ...],
    without: tuple[str, ...],
    strict: bool,
    first_parent: bool,
) -> None:
    """Draw the graph of a patch: an arrow goes from each operation to those that need it.

    DOT is for Graphviz, Mermaid for documents on the web, SVG for any browser; nothing else is needed to draw it.
    """
    store = store_if_any()
    found = list(read_documents(sources([patch] if patch else [], store, first_parent=first_parent), store))
    if len(found) != 1:
        raise UsageError(f"There are {len(found)} patches, but one can be drawn.", hint="Name one commit or patch.")
    parts = list(chosen_parts(found, Terms(only, without, strict)))
    if not parts:
        raise UsageError("The selection leaves no operation of the patch.")
    draw = FORMATS[form or _SUFFIXES.get(Path(output).suffix, "dot")]
    text = "\n".join(draw(parts[0].patch)) + "\n"
    if output == "-":
        click.echo(text, nl=False)
    else:
        click.echo(write_new(Path(output), text.encode(), force=force))
