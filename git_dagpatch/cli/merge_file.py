"""git dagpatch merge-file"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from git_dagpatch.cli.arguments import policies_of, policy_option, style_from_config
from git_dagpatch.model.strategy import MARKER_SIZE, Labels, MergeOptions, Strategy
from git_dagpatch.porcelain.merge_file import merge_file

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("merge-file", short_help="Merge one file three ways, as a merge driver of git or by hand.")
@click.argument("base", type=_FILE)
@click.argument("ours", type=_FILE)
@click.argument("theirs", type=_FILE)
@click.option("-p", "--stdout", "to_stdout", is_flag=True, help="Print the result, and leave OURS as it is.")
@click.option(
    "--strategy",
    type=click.Choice([strategy.value for strategy in Strategy]),
    default=Strategy.MANUAL.value,
    help="Decides conflicts: markers (manual), one side (ours, theirs), or both (union).",
)
@policy_option
@click.option("--path", metavar="NAME", help="The name of the file in the repository, which tells its language.")
@click.option(
    "--marker-size",
    type=click.IntRange(1),
    default=MARKER_SIZE,
    show_default=True,
    help="Characters of a conflict marker; git says how many as %L.",
)
def command(
    base: Path,
    ours: Path,
    theirs: Path,
    to_stdout: bool,
    strategy: str,
    policy: tuple[str, ...],
    path: str | None,
    marker_size: int,
) -> int:
    """Merge what OURS and THEIRS made of BASE, and write the result to OURS.

    As a merge driver: git config merge.dagpatch.driver "git dagpatch merge-file --path %P --marker-size %L %O %A %B",
    and a line such as `*.py merge=dagpatch` in .gitattributes. Exit status 1 if conflicts remain.
    """
    labels = Labels(ours=_label(ours, "ours"), base=_label(base, "base"), theirs=_label(theirs, "theirs"))
    style, policies = style_from_config(), policies_of(policy)
    options = MergeOptions(Strategy(strategy), style, labels, policies, marker_size=lambda _: marker_size)
    merged = merge_file(base, ours, theirs, os.fsencode(path or ours), options)
    if to_stdout:
        sys.stdout.buffer.write(merged.text)
    else:
        ours.write_bytes(merged.text)
    if merged.veto:
        click.echo(f"{path or ours}: {merged.veto}, though no line was changed by both", err=True)
    return 1 if merged.open else 0


def _label(file: Path, otherwise: str) -> str:
    """What stands behind a marker: the file's name, unless git made it up for the driver."""
    return otherwise if file.name.startswith(".merge_file_") else str(file)
