"""Where things live in git."""

from __future__ import annotations

PATCHES = "refs/dagpatch/patches"
JOURNAL = "refs/dagpatch/journal"
NOTES = "refs/notes/dagpatch"
BACKUPS = "refs/heads/dagpatch/backup/"
REMOTES = "refs/dagpatch/remotes/"
