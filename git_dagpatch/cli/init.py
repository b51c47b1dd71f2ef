"""git dagpatch init"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from git_dagpatch.model.errors import UsageError
from git_dagpatch.porcelain.checkout import open_repository
from git_dagpatch.porcelain.hooks import DRAFTS, HOOKS, install_hooks, kept_hook, own_hooks_directory, remove_hooks
from git_dagpatch.porcelain.setup import initialize, remotes


@click.command("init", short_help="Set a clone up to share and show recorded patches.")
@click.argument("remote", nargs=-1)
@click.option("--hooks", is_flag=True, help="Install hooks, too; those that stand there are kept, and run first.")
@click.option("--drafts", is_flag=True, help="With --hooks: one more, which drafts messages from what is staged.")
@click.option(
    "--remove-hooks", "remove", is_flag=True, help="Take these hooks away, and nothing else; what stood there is back."
)
def command(remote: tuple[str, ...], hooks: bool, drafts: bool, remove: bool) -> None:
    """Set a clone up: fetches bring recorded patches along, and git log shows their notes.

    With --hooks, commits are checked before they are made, as `git dagpatch check --staged` does, recorded after, and
    recorded again when they are rewritten. With --drafts, a message that nobody wrote yet starts with what the staged
    operations do. What plain `git push` does is never changed; `git dagpatch push` sends patches.
    """
    if drafts and not hooks:
        raise UsageError("--drafts is about hooks.", hint="Use --hooks --drafts.")
    repository = open_repository()
    if remove:
        if hooks or remote:
            raise UsageError("--remove-hooks goes alone.", hint="Call init once more for the rest.")
        _remove(repository.common_dir / "hooks")
        return
    # First, as it may refuse.
    names = (*HOOKS, DRAFTS) if drafts else HOOKS
    installed = [*_installed(own_hooks_directory(repository), names)] if hooks else []
    changed = initialize(repository, list(remote) or remotes(repository))
    for sentence in [*changed, *installed]:
        click.echo(sentence)
    if not changed and not installed:
        click.echo("Everything is set up already.")


def _installed(hooks_dir: Path, names: Sequence[str]) -> Iterator[str]:
    """Install the hooks; a sentence for each that is new or was brought up to date."""
    for path in install_hooks(hooks_dir, names):
        kept = "; the one that stood there runs first" if kept_hook(path).exists() else ""
        yield f"The hook {path.name} {_WHAT_IT_DOES[path.name]}{kept}."


def _remove(hooks_dir: Path) -> None:
    removed = remove_hooks(hooks_dir)
    for path in removed:
        back = "; the one that stood there before is back" if path.exists() else ""
        click.echo(f"The hook {path.name} is gone{back}.")
    if not removed:
        click.echo("There are no hooks of git dagpatch here.")
    for path in (hooks_dir / name for name in (*HOOKS, DRAFTS)):
        if kept_hook(path).exists():
            click.echo(
                f"The hook {path.name} came later and stays; an older one is in {str(kept_hook(path))!r}.", err=True
            )


_WHAT_IT_DOES = {
    "prepare-commit-msg": "drafts a message from what is staged",
    "pre-commit": "checks what is staged",
    "post-commit": "records each new commit",
    "post-rewrite": "records commits again that a rebase or an amendment wrote anew",
}
