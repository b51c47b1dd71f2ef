"""git dagpatch apply-tree"""

from __future__ import annotations

import click
import msgspec

from git_dagpatch.cli.arguments import (
    chosen_parts,
    json_option,
    policies_of,
    policy_option,
    say_doubts,
    say_intents,
    say_reached,
    say_settled,
    selection_options,
    sources,
    style_from_config,
    warn_of_differing,
)
from git_dagpatch.model.errors import UsageError
from git_dagpatch.model.plan import Plan
from git_dagpatch.model.strategy import Labels, MergeOptions, Strategy
from git_dagpatch.model.tree import Tree
from git_dagpatch.porcelain.apply_tree import apply_tree
from git_dagpatch.porcelain.documents import read_documents
from git_dagpatch.porcelain.repository import Store, open_store
from git_dagpatch.porcelain.selection import Terms
from git_dagpatch.porcelain.sources import Based, Range, factor_range
from git_dagpatch.report.plan import conflict_line, plan_document


@click.command("apply-tree", short_help="Apply a patch to a tree; neither refs nor work tree are touched.")
@click.argument("patch", metavar="PATCH|REV|RANGE")
@click.argument("treeish", metavar="TREEISH")
@click.option(
    "--strategy",
    type=click.Choice([strategy.value for strategy in Strategy]),
    default=Strategy.MANUAL.value,
    help="Decides conflicts: markers (manual), the target's side (ours), the patch's (theirs), or both (union).",
)
@policy_option
@selection_options
@json_option
def command(
    patch: str,
    treeish: str,
    strategy: str,
    policy: tuple[str, ...],
    only: tuple[str, ...],
    without: tuple[str, ...],
    strict: bool,
    as_json: bool,
) -> int:
    """Apply a patch to the tree TREEISH and print the result's id, then a line for each conflict.

    The objects are written, and nothing else is touched. A range A..B is one patch, from A's tree to B's. Exit status
    1 if conflicts remain. A line on standard error tells each place at which one side used a name that the other one
    renamed, and that has the new name now (reached) or was left alone, since it may mean something else (unreached).
    """
    store = open_store()
    found = list(chosen_parts([_one_patch(patch, treeish, store)], Terms(only, without, strict)))
    if not found:
        raise UsageError("The selection leaves no operation of the patch.")
    (based,) = found
    labels = Labels(ours=treeish, base="base of the patch", theirs=patch)
    options = MergeOptions(Strategy(strategy), style_from_config(), labels, policies_of(policy))
    outcome = apply_tree(based, treeish, store, options, propose=as_json)
    say_settled(outcome.settled)
    say_reached(outcome.reached, outcome.unreached)
    say_doubts(outcome.doubts)
    say_intents(outcome.conflicts)
    if as_json:
        click.echo(msgspec.json.encode(plan_document(outcome)))
    else:
        _print(outcome, options.strategy)
    return 1 if outcome.conflicts else 0


def _print(outcome: Plan, strategy: Strategy) -> None:
    click.echo(outcome.tree.id)
    for conflict in outcome.conflicts:
        click.echo(conflict_line(conflict))
    if outcome.changes_nothing and strategy is Strategy.OURS:
        click.echo("Nothing changes: the target has the patch already, or kept its own side everywhere.", err=True)
    elif outcome.changes_nothing:
        click.echo("The target has all of the patch already; nothing changes.", err=True)


def _one_patch(argument: str, treeish: str, store: Store) -> Based:
    (source,) = sources([argument], store, first_parent=False)
    if isinstance(source, Range):
        return factor_range(source, store)
    found = list(read_documents([source], store, Tree(store, store.tree(treeish))))
    if len(found) != 1:
        raise UsageError(f"There are {len(found)} patches in {source.name}; one can be applied to a tree.")
    warn_of_differing(found)
    return found[0]
