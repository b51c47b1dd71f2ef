"""git dagpatch blame"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator

import click
import msgspec

from git_dagpatch.cli.arguments import json_option
from git_dagpatch.cli.terminal import page, style
from git_dagpatch.model.text import safe
from git_dagpatch.porcelain.blame import Blamed, blame_file, path_of
from git_dagpatch.porcelain.repository import open_store
from git_dagpatch.report.blame import blame_lines, line_documents, looked_through_lines, porcelain_lines


@click.command("blame", short_help="Show who last changed what each line of a file says.")
@click.argument("words", nargs=-1, required=True, metavar="[REV] [--] FILE")
@click.option(
    "-L",
    "ranges",
    multiple=True,
    metavar="START,END|:NAME",
    help="Only these lines: START, START,END, START,+COUNT, or those of the definition NAME.",
)
@click.option("-v", "--verbose", is_flag=True, help="List what was looked through below.")
@click.option("-p", "--porcelain", is_flag=True, help="For programs, as git blame --porcelain.")
@click.option("--line-porcelain", is_flag=True, help="The same with all of a commit at each line.")
@json_option
def command(
    words: tuple[str, ...],
    ranges: tuple[str, ...],
    verbose: bool,
    porcelain: bool,
    line_porcelain: bool,
    as_json: bool,
) -> None:
    """Show who last changed what each line of a file says.

    Seen through all that is proved to change nothing but form and place: layout, renames of symbols, moves of files and
    definitions, copies of them, and another order. Whoever did only that is not named; no list of such commits is
    needed. A line that was laid out otherwise comes from the last commit that changed a word of it. REV may be a range
    A..B, to go back no further than A; without it, the file is that of the work tree. What is printed is what git blame
    prints.
    """
    if len(words) > 2:
        raise click.UsageError("More than a revision and a file are named.")
    if porcelain + line_porcelain + as_json > 1 or (verbose and (porcelain or line_porcelain or as_json)):
        raise click.UsageError("-v, --porcelain, --line-porcelain and --json exclude each other.")
    store = open_store()
    revision = words[0] if len(words) == 2 else None
    found = blame_file(path_of(words[-1], store), revision, ranges, store)
    if as_json:
        for document in line_documents(*found):
            click.echo(msgspec.json.encode(document))
    elif porcelain or line_porcelain:
        _write(porcelain_lines(*found, every=line_porcelain))
    else:
        page(_lines(found, verbose))


def _lines(found: Blamed, verbose: bool) -> Iterator[str]:
    yield from blame_lines(*found, style)
    if verbose:
        through = list(looked_through_lines(*found, style))
        yield ""
        yield "Looked through:" if through else "Nothing was looked through."
        yield from through


def _write(lines: Iterable[bytes]) -> None:
    """Bytes as they are, for programs; a terminal gets text that does not drive it."""
    if sys.stdout.isatty():
        page(safe(line.decode(errors="replace")) for line in lines)
        return
    for line in lines:
        click.echo(line)
