"""The command line: the only place that reads terminal, environment and git's configuration."""

from __future__ import annotations

from git_dagpatch.cli.main import main

__all__ = ["main"]
