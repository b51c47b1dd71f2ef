"""git dagpatch show"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import click

from git_dagpatch.cli.arguments import first_parent_option, json_option, series, sources, store_if_any
from git_dagpatch.cli.terminal import page, style
from git_dagpatch.model.codec import encode
from git_dagpatch.model.patch import Patch
from git_dagpatch.porcelain.documents import read_patches
from git_dagpatch.porcelain.repository import Store
from git_dagpatch.porcelain.sources import Range, Source, patch_of_commit
from git_dagpatch.report.patch import render_patch


@click.command("show", short_help="Show what is in a patch.")
@click.argument("patches", nargs=-1, metavar="[PATCH|REV|RANGE]...")
@click.option("--full", is_flag=True, help="Show new files whole.")
@json_option
@first_parent_option
def command(patches: tuple[str, ...], full: bool, as_json: bool, first_parent: bool) -> None:
    """Show what is in a patch: where it comes from, and each operation."""
    store = store_if_any()
    named = sources(patches, store, first_parent)
    if all(isinstance(source, Range) and not source.commits for source in named):
        click.echo("There is nothing to show: the range holds no commits.", err=True)
        return
    found = _patches(named, store)
    if as_json:
        for patch in found:
            click.echo(encode(patch))
        return
    page(_lines(found, full))


def _patches(named: Sequence[Source], store: Store | None) -> Iterator[Patch]:
    for source in series(named):
        if isinstance(source, Range):
            assert store is not None
            yield from (patch_of_commit(oid, store).patch for oid in source.commits)
        else:
            yield from read_patches(source, store)


def _lines(patches: Iterator[Patch], full: bool) -> Iterator[str]:
    for number, patch in enumerate(patches):
        if number:
            yield ""
        yield from render_patch(patch, style, full=full)
