"""git dagpatch check"""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import click
import msgspec

from git_dagpatch.cli.arguments import json_option
from git_dagpatch.cli.progress import progress
from git_dagpatch.model.paths import encode
from git_dagpatch.porcelain.check import IMPORTS, Checked, check_paths, check_staged
from git_dagpatch.porcelain.repository import open_store


@click.command("check", short_help="Check that files are well formed.")
@click.argument("paths", nargs=-1, metavar="[PATH]...", type=click.Path(exists=True, path_type=Path))
@click.option("--staged", is_flag=True, help="What the next commit adds or changes, as it is staged.")
@click.option("--imports", is_flag=True, help="Check that what Python files import exists, too.")
@json_option
@click.option("-j", "--jobs", type=click.IntRange(1), help="Processes. Default: all processors, where it pays.")
def command(paths: tuple[Path, ...], staged: bool, imports: bool, as_json: bool, jobs: int | None) -> int:
    """Check that files are well formed: their syntax, no merge markers left in them.

    PATH is a file, or a directory with all that git does not ignore in it; by default the current directory. What is
    not well formed is printed with its line and column. Exit status 1 if there is anything.
    """
    if staged and paths:
        raise click.UsageError("With --staged, all that is staged is checked; a PATH cannot be named.")
    if staged:
        check = check_staged(open_store(), imports=imports, jobs=jobs or 0)
    else:
        check = check_paths(paths or (Path(),), imports=imports, jobs=jobs or 0)
    here = Path.cwd().resolve()
    done = []
    for checked in progress(check.run(), len(check.files), "Checking"):
        done.append(checked)
        for line in _lines(checked, here, as_json):
            click.echo(line)
    if not click.get_current_context().find_root().params["quiet"]:
        _summarize(done)
    return 1 if any(checked.findings for checked in done) else 0


def _lines(checked: Checked, here: Path, as_json: bool) -> Iterator[str]:
    path = encode(os.fsencode(os.path.relpath(checked.place, here)))
    for check, fault in checked.findings:
        if as_json:
            about = {"path": path, **fault._asdict(), "check": check, "language": checked.language}
            yield msgspec.json.encode(about).decode()
        else:
            yield f"{path}:{fault.line}:{fault.column}: {_printable(fault.message)}"


def _printable(message: str) -> str:
    """`message`, which may quote a file, without what a terminal would obey."""
    return "".join(character if character.isprintable() else f"\\x{ord(character):02x}" for character in message)


def _summarize(done: list[Checked]) -> None:
    faults = sum(len(checked.findings) for checked in done)
    click.echo(f"{_count(len(done), 'file')} checked, {_count(faults, 'fault')} found.", err=True)
    if any(finding.check == IMPORTS for checked in done for finding in checked.findings):
        click.echo(f"Installed is what git dagpatch itself can import, from {sys.prefix}.", err=True)
    unchecked = Counter((checked.language, checked.unchecked) for checked in done if checked.unchecked)
    for (language, why), count in sorted(unchecked.items()):
        click.echo(f"Syntax not checked: {_count(count, f'{language} file'.strip())}: {why}.", err=True)


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'s' * (number != 1)}"
