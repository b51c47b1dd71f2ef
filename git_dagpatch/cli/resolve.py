"""git dagpatch resolve"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import click
import msgspec

from git_dagpatch.cli.arguments import json_option
from git_dagpatch.cli.deciding import decide
from git_dagpatch.cli.terminal import page, style
from git_dagpatch.model.conflict import Resolved, Waiting
from git_dagpatch.model.errors import UsageError
from git_dagpatch.model.strategy import Strategy
from git_dagpatch.porcelain.checkout import open_repository
from git_dagpatch.porcelain.left import Leavings
from git_dagpatch.porcelain.resolve import chosen_by, explained, proposed, resolve, waiting
from git_dagpatch.report.resolve import detail_lines, resolved_document, resolved_line, waiting_document, waiting_line


@click.command("resolve", short_help="List conflicts that wait in the work tree, and decide them.")
@click.argument("places", nargs=-1, metavar="[PATH|PATH:LINE|NUMBER]...")
@click.option("--ours", "side", flag_value=Strategy.OURS.value, help="Take the side that HEAD is on.")
@click.option("--theirs", "side", flag_value=Strategy.THEIRS.value, help="Take the side of what is merged or applied.")
@click.option("--union", "side", flag_value=Strategy.UNION.value, help="Take both: ours, then theirs.")
@click.option("--list", "listing", is_flag=True, help="List with what both sides did, and what may be meant, as diffs.")
@click.option("--proposal", type=click.IntRange(1), metavar="N", help="Take what --list shows as proposal N.")
@click.option("-i", "--interactive", is_flag=True, help="Ask about each conflict, in the manner of git add --patch.")
@json_option
def command(
    places: tuple[str, ...], side: str | None, listing: bool, proposal: int | None, interactive: bool, as_json: bool
) -> int:
    """List the conflicts that wait after an apply, merge, rebase or cherry-pick, or decide some of them.

    A PATH means all in that file or directory. PATH:LINE and NUMBER mean one place, as the list calls it; it keeps
    them until the merge is over, whatever is decided before it. What else was edited in a file stays; a place that was
    changed by hand is left to hands. A file is staged when nothing waits in it and no marker is left. Exit status 1
    while conflicts remain.
    """
    ways = [side is not None, proposal is not None, interactive, listing]
    if sum(ways) > 1:
        raise UsageError("--ours, --theirs, --union, --proposal, --interactive and --list exclude each other.")
    leavings = Leavings(open_repository())
    found = waiting(leavings)
    chosen = chosen_by(found, leavings.repository, places) if places else found
    if side is not None:
        if not places:
            raise UsageError("Which conflicts?", hint="Name files or numbers; `.` means all below this directory.")
        done = resolve(leavings, [(place, Strategy(side)) for place in chosen])
    elif proposal is not None:
        if len(chosen) != 1 and not places:
            raise UsageError(f"Of which conflict? {len(found)} wait.", hint="Name files or numbers after the proposal.")
        done = resolve(leavings, proposed(explained(leavings, chosen, propose=True), proposal))
    elif interactive:
        done = resolve(leavings, decide(explained(leavings, chosen, propose=True), leavings))
    else:
        _list(leavings, chosen, listing, as_json)
        return 1 if found else 0
    _tell(done, as_json)
    return 1 if waiting(Leavings(leavings.repository)) else 0


def _list(leavings: Leavings, places: Sequence[Waiting], full: bool, as_json: bool) -> None:
    if as_json:
        for place in explained(leavings, places, propose=full):
            click.echo(msgspec.json.encode(waiting_document(place)))
    elif full:
        found = explained(leavings, places, propose=True)
        page(line for place in found for line in (waiting_line(place, style), *detail_lines(place, style)))
    else:
        page(waiting_line(place, style) for place in places)


def _tell(done: Iterable[Resolved], as_json: bool) -> None:
    for one in done:
        click.echo(msgspec.json.encode(resolved_document(one)) if as_json else resolved_line(one))
