"""What ``git config dagpatch.*`` says."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from textwrap import wrap
from typing import Any, NamedTuple

from git_dagpatch.model.errors import Refused, UsageError
from git_dagpatch.model.strategy import Strategy
from git_dagpatch.porcelain.formatters import NAMES, Program

_NOT_SET = 5
"""git's exit status where there is nothing to unset."""
_UNITS = {"k": 1 << 10, "m": 1 << 20, "g": 1 << 30}


def _boolean(value: str) -> bool:
    """As git reads one: a word or a number."""
    words = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False, "": False}
    return words[value.lower()] if value.lower() in words else _number(value) != 0


def _number(value: str) -> int:
    """As git reads one, with a unit or without; none here can be negative."""
    unit = _UNITS.get(value[-1:].lower(), 1)
    number = int(value[:-1] if unit > 1 else value)
    if number < 0:
        raise ValueError(value)
    return number * unit


def _formatter(value: str) -> str:
    """One of those that are known; a configuration names no command."""
    if value and value not in NAMES:
        raise ValueError(value)
    return value


class Key(NamedTuple):
    """One key below ``dagpatch.``."""

    name: str
    default: str
    meaning: str
    read: Callable[[str], Any] = str
    field: str = ""
    """The option of apply that it sets, if it sets one as it is."""


KEYS = (
    Key("validate", "true", "Files that parsed before an apply must parse after it.", _boolean),
    Key(
        "validateImports",
        "false",
        "What Python files import must exist after an apply: in the tree, in the standard library, or installed where "
        "git dagpatch runs. What was missing before may be missing after.",
        _boolean,
    ),
    Key("test", "", "A command that has to succeed on the result of an apply, in a work tree of its own.", str, "test"),
    Key(
        "runTestsAfter",
        "false",
        "Run that command in place, and take the patch back if it fails.",
        _boolean,
        "test_after",
    ),
    Key(
        "createBackups", "true", "Keep a branch dagpatch/backup/… at the commit before each apply.", _boolean, "backups"
    ),
    Key(
        "backupDir",
        "",
        "A directory to which the touched files are written as well before each apply, in a folder of its own. "
        "A relative one is taken from the top of the work tree.",
        str,
        "backup_dir",
    ),
    Key("backupMaxAgeDays", "30", "Backup branches older than this are deleted by git dagpatch gc.", _number),
    Key("strategy", "manual", "What decides conflicts: manual, ours, theirs, union.", Strategy, "strategy"),
    Key(
        "requireDryRun",
        "false",
        "Show what an apply would do first, and go on only when told to; --yes says so beforehand.",
        _boolean,
    ),
    Key(
        "formatter",
        "",
        f"A formatter that is tried where layout changes: {', '.join(NAMES)}. It may be set several times, and they "
        "are run in that order. Where it lays a file out as the commit does, the patch says so. It has to be "
        "installed; its settings are those of the commit's own files.",
        _formatter,
    ),
    Key("review.show", "", "What `git dagpatch review` shows with all lines: as --show says it, with commas between."),
    Key("review.hide", "", "What `git dagpatch review` leaves out: as --hide says it, with commas between."),
    Key("maxChanges", "0", "The most lines that a patch may change; 0 for any number.", _number, "max_changes"),
)
"""Every key that git dagpatch reads, besides git's own."""


def values() -> dict[str, str]:
    """All that is set below ``dagpatch.``, by name in lower case; the last value counts."""
    done = subprocess.run(
        ["git", "config", "--null", "--get-regexp", r"^dagpatch\."], capture_output=True, check=False
    ).stdout.decode(errors="replace")
    pairs = (item.partition("\n") for item in done.split("\0") if item)
    # To git, a key that stands without a value is true.
    return {key.removeprefix("dagpatch."): value if equals else "true" for key, equals, value in pairs}


def setting(name: str) -> Any:
    """The value of one key, its default where it is not set. Raises UsageError for one that cannot be read."""
    return settings(name)[0]


def settings(*names: str) -> list[Any]:
    """The values of several keys, for which git is asked once. Raises UsageError as above."""
    configured, by_name = values(), {key.name: key for key in KEYS}
    return [_read(by_name[name], configured) for name in names]


def remember(name: str, value: str) -> None:
    """Set one key for this repository; without a value, set it no more. Raises Refused if git does not."""
    key = f"dagpatch.{name}"
    change = ["--replace-all", key, value] if value else ["--unset-all", key]
    done = subprocess.run(["git", "config", "--local", *change], capture_output=True, text=True, check=False)
    if done.returncode not in (0, _NOT_SET):
        raise Refused(f"git does not set {key}.", cause=done.stderr.strip(), hint="Set it with `git config`.")


def formatters() -> list[Program]:
    """The formatters that are configured and installed, in order. Raises UsageError for one that is not known."""
    key = next(key for key in KEYS if key.name == "formatter")
    done = subprocess.run(
        ["git", "config", "--null", "--get-all", "dagpatch.formatter"], capture_output=True, check=False
    ).stdout.decode(errors="replace")
    names = [_read(key, {"formatter": name}) for name in done.split("\0") if name]
    # Not a program that lies where git dagpatch happens to run.
    places = [place for place in os.environ.get("PATH", os.defpath).split(os.pathsep) if Path(place).is_absolute()]
    searched = os.pathsep.join([*places, str(Path(sys.executable).parent)])
    return [Program(name, path) for name in names if (path := shutil.which(name, path=searched))]


def _read(key: Key, configured: dict[str, str]) -> Any:
    value = configured.get(key.name.lower(), key.default)
    try:
        return key.read(value)
    except (ValueError, KeyError):
        raise UsageError(
            f"git config dagpatch.{key.name} is {value!r}, which it cannot be.", hint="See `git dagpatch help config`."
        ) from None


def apply_defaults() -> dict[str, Any]:
    """The options of apply that are configured."""
    configured = values()
    found = {key.field: _read(key, configured) for key in KEYS if key.field}
    checks = [("validate", "syntax"), ("validateImports", "imports")]
    by_name = {key.name: key for key in KEYS}
    found["validate"] = [check for name, check in checks if _read(by_name[name], configured)]
    return found


INTRODUCTION = (
    "`git config` sets these, for one repository or, with --global, for all. An option of a command goes before what "
    "is configured. A value that cannot be read is refused, never guessed."
)
OF_GIT = (
    "Of git's own configuration it reads merge.conflictStyle, core.pager, color.ui, commit.gpgSign, user.* and what "
    "git itself reads for checking files out."
)


def text() -> str:
    """The page about configuration, for a terminal."""
    parts = [*wrap(INTRODUCTION, 80), ""]
    for key in KEYS:
        meaning = wrap(f"{key.meaning} Default: {key.default or 'none'}.", 76)
        parts += [f"dagpatch.{key.name}", *(f"    {line}" for line in meaning), ""]
    return "\n".join([*parts, *wrap(OF_GIT, 80)])
