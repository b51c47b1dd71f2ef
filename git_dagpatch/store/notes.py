"""The note on a commit: a short list of operations that people read, and the id of the recorded patch."""

from __future__ import annotations

from git_dagpatch.model.errors import MissingObject, UnknownRevision
from git_dagpatch.model.objects import Oid
from git_dagpatch.store.names import NOTES
from git_dagpatch.store.protocol import Store

TRAILER = "Dagpatch-Id: "


def read_note(store: Store, commit: Oid) -> str:
    """The note on a commit, empty if there is none."""
    try:
        tree, name = store.tree(NOTES), commit
        while True:
            entries = store.entries(tree)
            found = entries.get(name.encode())
            if found is not None and not found.is_directory:
                return store.blob(found.oid).decode(errors="replace")
            # git spreads many notes over directories of two digits each.
            below = entries.get(name[:2].encode())
            if below is None or not below.is_directory:
                return ""
            tree, name = below.oid, name[2:]
    except (UnknownRevision, MissingObject):
        return ""


def noted_patch(store: Store, commit: Oid) -> str:
    """The id of the patch that the note on a commit names, empty if none does."""
    lines = read_note(store, commit).splitlines()
    return next((line.removeprefix(TRAILER).strip() for line in lines if line.startswith(TRAILER)), "")
