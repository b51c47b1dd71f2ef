"""git dagpatch help"""

from __future__ import annotations

import click

from git_dagpatch.cli import configuration


@click.command("help", short_help="Help on a verb, or on `config`.")
@click.argument("topic", default="")
@click.pass_context
def command(context: click.Context, topic: str) -> None:
    """Help on a verb, or on `config`: the configuration."""
    group = context.parent
    assert group is not None
    if topic == "config":
        click.echo(configuration.text())
        return
    verb = group.command.get_command(group, topic) if isinstance(group.command, click.Group) and topic else None
    if topic and verb is None:
        raise click.UsageError(f"There is no verb and no page {topic!r}.")
    if verb is None:
        click.echo(group.get_help())
    else:
        with click.Context(verb, info_name=topic, parent=group) as inner:
            click.echo(verb.get_help(inner))
