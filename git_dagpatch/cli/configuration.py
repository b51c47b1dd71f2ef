"""What ``git config dagpatch.*`` says."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from typing import Any

from git_dagpatch.model.errors import UsageError


def _boolean(value: str) -> bool:
    words = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}
    if value.lower() not in words and value:
        raise ValueError(value)
    return words.get(value.lower(), True)


_APPLY: dict[str, tuple[str, Callable[[str], Any]]] = {
    "dagpatch.strategy": ("strategy", str),
    "dagpatch.test": ("test", str),
    "dagpatch.runtestsafter": ("test_after", _boolean),
    "dagpatch.createbackups": ("backups", _boolean),
    "dagpatch.backupdir": ("backup_dir", str),
    "dagpatch.maxchanges": ("max_changes", int),
}
"""Key in lower case → field of the options of apply, and how its value is read."""


def values() -> dict[str, str]:
    """All that is set below ``dagpatch.``, by key in lower case; the last value counts."""
    done = subprocess.run(
        ["git", "config", "--null", "--get-regexp", r"^dagpatch\."], capture_output=True, check=False
    ).stdout.decode(errors="replace")
    pairs = (item.partition("\n") for item in done.split("\0") if item)
    return {key.lower(): value for key, _, value in pairs}


def apply_defaults() -> dict[str, Any]:
    """The options of apply that are configured."""
    found: dict[str, Any] = {}
    configured = values()
    for key, (name, read) in _APPLY.items():
        if key in configured:
            try:
                found[name] = read(configured[key])
            except ValueError:
                raise UsageError(f"git config {key} is {configured[key]!r}, which it cannot be.") from None
    try:
        if not _boolean(configured.get("dagpatch.validate", "true")):
            found["validate"] = []
    except ValueError:
        raise UsageError("git config dagpatch.validate is neither true nor false.") from None
    return found


def number(key: str, default: int) -> int:
    """A configured number; `key` in lower case."""
    value = values().get(key)
    try:
        return default if value is None else int(value)
    except ValueError:
        raise UsageError(f"git config {key} is {value!r}, which is no number.") from None
