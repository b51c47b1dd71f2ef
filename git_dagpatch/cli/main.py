"""``git dagpatch``: finds the verb, loads it, and turns its failures into messages and exit codes."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib import import_module
from typing import Any, NoReturn

import click

from git_dagpatch import __version__
from git_dagpatch.model.errors import SYSTEM_FAILURES, DagpatchError, Unfinished
from git_dagpatch.porcelain.collector import collect_no_more, collect_seldom

VERBS = {
    "apply": "Apply patches to the branch, each as a commit.",
    "apply-tree": "Apply a patch to a tree; neither refs nor work tree are touched.",
    "blame": "Show who last changed what each line of a file says.",
    "check": "Check that files are well formed.",
    "compose": "Make one patch of a series, or of two patches on one base.",
    "export": "Write commits as patches, one file a commit.",
    "fetch": "Bring recorded patches and their notes from a remote.",
    "gc": "Delete backup branches that are older than they need to be.",
    "graph": "Draw what depends on what in a patch.",
    "help": "Help on a verb, or on `config`.",
    "init": "Set a clone up to share and show recorded patches.",
    "invert": "Write the inverse of a patch, whole or of single operations.",
    "log": "List what was applied and rolled back.",
    "merge-file": "Merge one file three ways, as a merge driver of git or by hand.",
    "push": "Send recorded patches and their notes to a remote.",
    "range-diff": "Compare two series of commits, operation by operation.",
    "record": "Keep the patches of commits in the repository.",
    "resolve": "List conflicts that wait in the work tree, and decide them.",
    "review": "Read what commits do, the important first.",
    "rollback": "Take an apply back.",
    "show": "Show what is in a patch.",
    "split": "Part a commit into a series of smaller ones.",
    "stats": "Measure patches against git's own diff.",
    "verify": "Replay patches and compare the trees, byte for byte.",
}
"""Verb → one line of help. A verb's module is loaded when it is called."""

_CERTIFICATES = {"SSL_CERT_FILE": os.devnull, "SSL_CERT_DIR": os.path.dirname(__file__)}  # noqa: PTH120
"""Where OpenSSL is told to find certificates, and none are."""
_LOOK = "`git dagpatch log` lists what was applied before, and `git dagpatch apply` tells of what waits."
BUG, INTERRUPTED, CLOSED_PIPE = 70, 130, 141


class _Interrupted(Exception):
    """Ctrl-C."""


class _PipeClosed(Exception):
    """Nobody reads any more."""


class _Verbs(click.Group):
    """Lists the verbs without loading them."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            outcome = super().invoke(ctx)
            sys.stdout.flush()
        # click would end both in a way of its own.
        except KeyboardInterrupt as error:
            raise _Interrupted from error
        except BrokenPipeError as error:
            raise _PipeClosed from error
        return outcome

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in VERBS:
            return None
        with _no_certificates():
            module = import_module(f"git_dagpatch.cli.{cmd_name.replace('-', '_')}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(sorted(VERBS.items()))


@click.command(cls=_Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="git-dagpatch")
@click.option("-C", "directory", metavar="DIR", help="Run as if started in DIR.")
@click.option("-q", "--quiet", is_flag=True, help="Say only what was asked for.")
@click.option("-v", "--verbose", count=True, help="Say what the stages do; twice: each decision.")
def cli(directory: str | None, quiet: bool, verbose: int) -> None:
    """Commits as graphs of operations with meaning.

    A commit becomes a patch of operations (moved, reformatted, edited, …), proved to reproduce it byte for byte.
    """
    if directory:
        _enter(directory)
    import logging  # not for --help, whose time it would double

    from git_dagpatch.porcelain.formatters import use

    use(_formatters)

    level = logging.ERROR if quiet else {0: logging.WARNING, 1: logging.INFO}.get(verbose, logging.DEBUG)
    logging.basicConfig(level=level, format="%(message)s", stream=sys.stderr)


def _formatters() -> list[Any]:
    """Asked for only where layout changes."""
    from git_dagpatch.cli.configuration import formatters

    return list(formatters())


@contextmanager
def _no_certificates() -> Iterator[None]:
    """Leave no file of certificates for pygit2 to find, which reads them as long as a small commit is factored.

    It never speaks to a remote here; git does, and has the environment as it was.
    """
    before = {name: os.environ.get(name) for name in _CERTIFICATES}
    os.environ.update(_CERTIFICATES)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _enter(directory: str) -> None:
    try:
        os.chdir(directory)
    except OSError as error:
        raise click.BadParameter(str(error), param_hint="-C") from error


def _name() -> str:
    """What usage lines call the program; click's completion goes by the name of the file that runs."""
    return "git-dagpatch" if "_GIT_DAGPATCH_COMPLETE" in os.environ else "git dagpatch"


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run and leave with the exit code that the contract names."""
    collect_seldom()
    status = run(arguments)
    collect_no_more()
    sys.exit(status)


def run(arguments: Sequence[str] | None = None) -> int:
    """Run and return the exit code."""
    try:
        outcome: Any = cli.main(arguments, prog_name=_name(), standalone_mode=False)
        return outcome if isinstance(outcome, int) else 0
    except click.UsageError as error:
        error.show()
        if error.ctx is None:
            click.echo("Try 'git dagpatch -h' for help.", err=True)
        return 2
    except click.exceptions.Exit as error:
        return error.exit_code
    except (_Interrupted, KeyboardInterrupt, click.Abort):
        click.echo("Interrupted.", err=True)
        return INTERRUPTED
    except _PipeClosed:
        _forget_output()
        return CLOSED_PIPE
    except DagpatchError as error:
        _announce(error)
        return error.exit_code
    except OSError as error:
        if error.errno not in SYSTEM_FAILURES:
            _report_bug()
            return BUG
        failure = Unfinished(
            f"The system says: {error.strerror}.", cause=str(error.filename or ""), hint=f"Remedy that. {_LOOK}"
        )
        _announce(failure)
        _forget_output()
        return failure.exit_code
    except Exception:
        _report_bug()
        return BUG


def _forget_output() -> None:
    """What Python would still flush at exit goes nowhere."""
    with suppress(io.UnsupportedOperation):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _announce(error: DagpatchError) -> None:
    click.echo(f"{click.style('error:', fg='red', bold=True)} {error.message}", err=True)
    if error.cause:
        click.echo(f"{click.style('cause:', bold=True)} {error.cause}", err=True)
    if error.hint:
        click.echo(f"{click.style('hint:', fg='yellow')} {error.hint}", err=True)


def _report_bug() -> None:
    import traceback

    click.echo(f"{click.style('error:', fg='red', bold=True)} git dagpatch has a bug.", err=True)
    click.echo(f"{click.style('hint:', fg='yellow')} {_LOOK}", err=True)
    click.echo("Please report it with this log:\n", err=True)
    click.echo(f"git-dagpatch {__version__}, Python {sys.version.split()[0]}, {sys.platform}", err=True)
    click.echo(f"arguments: {sys.argv[1:]}", err=True)
    click.echo(traceback.format_exc(), err=True)
