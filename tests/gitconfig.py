"""The configuration and the clock that git has in every test."""

from __future__ import annotations

GIT_CONFIG = """\
[user]
    name = The Tests
    email = tests@example.com
[init]
    defaultBranch = main
[gc]
    auto = 0
[maintenance]
    auto = false
"""
DATE = "2026-01-02T03:04:05+01:00"
