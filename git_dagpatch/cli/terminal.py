"""Colour and pager, as git has them: only on a terminal, by git's configuration."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from git_dagpatch.model.errors import Refused

_ROLES: dict[str, dict[str, Any]] = {
    "id": {"fg": "yellow"},
    "kind": {"bold": True},
    "added": {"fg": "green"},
    "removed": {"fg": "red"},
    "place": {"fg": "cyan"},
    "quiet": {"dim": True},
    "section": {"bold": True},
    "breaking": {"fg": "red", "bold": True},
    "added-word": {"fg": "green", "reverse": True},
    "removed-word": {"fg": "red", "reverse": True},
    "keyword": {"fg": "magenta"},
    "name": {"bold": True},
    "string": {"fg": "cyan"},
    "number": {"fg": "yellow"},
    "comment": {"fg": "bright_black"},
}


def style(text: str, role: str) -> str:
    """`text` in the look of `role`; click leaves the look out where stdout is no terminal."""
    return click.style(text, **_ROLES.get(role, {}))


def is_coloured() -> bool:
    """Whether what `page` prints has colours."""
    return sys.stdout.isatty() and _git("config", "--get-colorbool", "color.dagpatch", "true") != "false"


def page(lines: Iterable[str]) -> None:
    """Print `lines`, through git's pager on a terminal."""
    if not sys.stdout.isatty():
        for line in lines:
            click.echo(line)
        return
    colour = is_coloured()
    pager = _git("var", "GIT_PAGER")
    text = (line + "\n" if colour else click.unstyle(line) + "\n" for line in lines)
    if not pager or pager == "cat":
        for piece in text:
            sys.stdout.write(piece)
        return
    environment = {"LESS": "FRX", "LV": "-c"} | dict(os.environ)
    with subprocess.Popen(pager, shell=True, stdin=subprocess.PIPE, env=environment, text=True) as process:
        try:
            assert process.stdin is not None
            process.stdin.writelines(text)
            process.stdin.close()
        except BrokenPipeError:
            pass
        process.wait()


def edited(text: bytes, suffix: str) -> bytes:
    """`text` as a person leaves it in git's editor. Raises Refused if that cannot be run, or fails."""
    editor = _git("var", "GIT_EDITOR")
    with tempfile.TemporaryDirectory(prefix="dagpatch-") as directory:
        file = Path(directory) / f"operation{suffix}"
        file.write_bytes(text)
        status = subprocess.run(f"{editor} {shlex.quote(str(file))}", shell=True, check=False).returncode
        if not editor or status:
            raise Refused(f"The editor {editor!r} failed.", hint="git config core.editor says which one git runs.")
        return file.read_bytes()


def git_config(name: str, default: str = "") -> str:
    """A value of git's configuration."""
    return _git("config", "--get", name) or default


def _git(*arguments: str) -> str:
    """One line of git's answer; empty if it fails."""
    done = subprocess.run(["git", *arguments], capture_output=True, text=True, check=False)
    return done.stdout.strip()
