"""git dagpatch log"""

from __future__ import annotations

from itertools import islice

import click
import msgspec

from git_dagpatch.cli.arguments import json_option
from git_dagpatch.cli.terminal import page, style
from git_dagpatch.porcelain.checkout import open_repository
from git_dagpatch.porcelain.journal import history
from git_dagpatch.report.record import record_document, record_lines


@click.command("log", short_help="List what was applied and rolled back.")
@click.option("-n", "--max-count", type=click.IntRange(0), help="At most so many.")
@json_option
def command(max_count: int | None, as_json: bool) -> None:
    """List what was applied and rolled back here, the newest first."""
    records = islice(history(open_repository()), max_count)
    if as_json:
        for record in records:
            click.echo(msgspec.json.encode(record_document(record)))
        return
    page(line for record in records for line in record_lines(record, style))
