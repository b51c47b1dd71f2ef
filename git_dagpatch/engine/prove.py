"""The proof of a patch: its document, read again, makes the result of the base, byte for byte."""

from __future__ import annotations

from git_dagpatch.alignment.files import differences
from git_dagpatch.engine.execute import execute
from git_dagpatch.model.codec import decode, encode
from git_dagpatch.model.errors import ProofFailed
from git_dagpatch.model.objects import Objects
from git_dagpatch.model.patch import Patch
from git_dagpatch.model.paths import encode as encode_path
from git_dagpatch.model.tree import Tree


def prove(patch: Patch, before: Tree, after: Tree) -> Patch:
    """`patch` as it reads back from its document. Raises ProofFailed if it does not make `after` of `before`."""
    read = decode(encode(patch))
    made = execute(read.operations, before, Objects(before.source))
    if made.id != after.id:
        wrong = [encode_path(change.path) for change in differences(made, after)]
        raise ProofFailed(
            "The patch that was found does not reproduce the change, so it is not given out.",
            cause=f"These differ: {', '.join(wrong[:5])}" if wrong else "The trees differ, but no file in them does.",
            hint="This is a bug of git dagpatch; please report the commit.",
        )
    return read
