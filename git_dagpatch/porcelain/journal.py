"""log: what was applied and rolled back in this work tree."""

from __future__ import annotations

from git_dagpatch.model.record import Record
from git_dagpatch.store.journal import history

__all__ = ["Record", "history"]
