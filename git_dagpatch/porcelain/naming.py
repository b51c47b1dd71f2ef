"""Names of exported patches, as ``git format-patch`` makes them."""

from __future__ import annotations

import re

from git_dagpatch.model.patch import Patch
from git_dagpatch.model.text import readable

_MAX_SUBJECT = 52
_OTHER = re.compile(r"[^A-Za-z0-9._]+")
SUFFIXES = {"json": ".dagpatch.json", "tar": ".dagpatch.tar"}


def subject(patch: Patch) -> str:
    """The first line of the commit's message, or what the patch is where there is none."""
    message = readable(patch.metadata.message) if patch.metadata.message else ""
    return message.strip().partition("\n")[0] or f"patch {patch.id[:12]}"


def file_name(number: int, patch: Patch, form: str) -> str:
    """``0001-subject.dagpatch.json``."""
    name = _OTHER.sub("-", subject(patch))
    name = re.sub(r"\.{2,}", ".", name).strip("-.")[:_MAX_SUBJECT].rstrip("-.")
    return f"{number:04}-{name or 'patch'}{SUFFIXES[form]}"
