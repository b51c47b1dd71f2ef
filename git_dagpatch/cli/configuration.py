"""What ``git config dagpatch.*`` says."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from typing import Any, NamedTuple

from git_dagpatch.model.errors import UsageError
from git_dagpatch.model.strategy import Strategy


def _boolean(value: str) -> bool:
    words = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}
    # git takes a key that stands without a value for true.
    return True if not value else words[value.lower()]


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
    Key("validateImports", "false", "Names that Python files import must exist after an apply.", _boolean),
    Key("test", "", "A command that has to succeed on the result of an apply.", str, "test"),
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
        "A directory to which the touched files are written as well before each apply.",
        str,
        "backup_dir",
    ),
    Key("backupMaxAgeDays", "30", "Backup branches older than this are deleted by git dagpatch gc.", int),
    Key("strategy", "manual", "What decides conflicts: manual, ours, theirs, union.", Strategy, "strategy"),
    Key("requireDryRun", "false", "Show what an apply would do first, and go on only when told to.", _boolean),
    Key("maxChanges", "0", "The most lines that a patch may change; 0 for any number.", int, "max_changes"),
)
"""Every key that git dagpatch reads, besides git's own."""


def values() -> dict[str, str]:
    """All that is set below ``dagpatch.``, by name in lower case; the last value counts."""
    done = subprocess.run(
        ["git", "config", "--null", "--get-regexp", r"^dagpatch\."], capture_output=True, check=False
    ).stdout.decode(errors="replace")
    pairs = (item.partition("\n") for item in done.split("\0") if item)
    return {key.removeprefix("dagpatch."): value for key, _, value in pairs}


def setting(name: str) -> Any:
    """The value of one key, its default where it is not set. Raises UsageError for one that cannot be read."""
    return _read(next(key for key in KEYS if key.name == name), values())


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


def text() -> str:
    """The page about configuration."""
    parts = ["Configuration, read through `git config`:", ""]
    for key in KEYS:
        parts += [f"dagpatch.{key.name}", f"    {key.meaning}", f"    Default: {key.default or 'none'}.", ""]
    parts += [
        "Of git's own configuration it reads merge.conflictStyle, core.pager, color.ui, commit.gpgSign, user.* and",
        "what git itself reads for checking files out.",
    ]
    return "\n".join(parts)
