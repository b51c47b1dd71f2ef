"""Which step carries out which policy."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from git_dagpatch.merging.dispute import Dispute, Texts
from git_dagpatch.merging.policies.backport import backport
from git_dagpatch.merging.policies.entries import changelog, entries
from git_dagpatch.merging.policies.imports import imports
from git_dagpatch.merging.policies.lockfile import lockfile
from git_dagpatch.merging.policies.members import members
from git_dagpatch.merging.policies.versions import pins, version
from git_dagpatch.merging.policies.words import words
from git_dagpatch.model.strategy import Policy

POLICIES: Mapping[Policy, Callable[[Dispute], bytes | None]] = {
    Policy.VERSION: version,
    Policy.PINS: pins,
    Policy.IMPORTS: imports,
    Policy.LIST: entries,
    Policy.MEMBERS: members,
    Policy.TOKENS: words,
    Policy.BACKPORT: backport,
}
"""Steps that are taken only where they are asked for, after those that are certain, in this order."""

WHOLE: Mapping[Policy, Callable[[bytes, Texts], bytes | None]] = {
    Policy.CHANGELOG: changelog,
    Policy.LOCKFILE: lockfile,
}
"""Policies that look at whole files, after those that look at single places."""
