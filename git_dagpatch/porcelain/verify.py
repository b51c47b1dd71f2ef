"""verify: does a patch make of its base, byte for byte, what it says?"""

from __future__ import annotations

from msgspec import Struct

from git_dagpatch.engine.execute import execute
from git_dagpatch.model.codec import decode, encode
from git_dagpatch.model.errors import WrongBase
from git_dagpatch.model.objects import Objects, Oid
from git_dagpatch.model.paths import encode as encode_path
from git_dagpatch.model.tar import base_tar
from git_dagpatch.porcelain.checkpoints import Broken, first_broken
from git_dagpatch.porcelain.sources import Based, patch_of_commit
from git_dagpatch.store.protocol import Store


class Verdict(Struct, frozen=True):
    """The outcome of a verification."""

    patch: str
    commit: str
    exact: bool
    problem: str
    """Why it is not exact; empty where it is."""
    checkpoint: Broken | None = None
    """The operation after which something is wrong for the first time, where that was asked for."""

    @property
    def good(self) -> bool:
        """Whether nothing at all is wrong."""
        return self.exact and self.checkpoint is None


class Checkpoints(Struct, frozen=True):
    """What is looked at between the operations: whether files parse, and a command if there is one."""

    command: str = ""


def verify(based: Based, checkpoints: Checkpoints | None = None) -> Verdict:
    """Read the patch's document again, execute it on its base, and compare the tree.

    With `checkpoints` the states on the way are looked at, too, if the patch is exact.
    """
    patch = decode(encode(based.patch))
    commit = patch.metadata.commit or ""
    problem = ""
    try:
        made = execute(patch.operations, based.base, Objects(based.base.source))
        if based.base.id != patch.base:
            problem = "only the touched files of the base are here, so the result cannot be compared"
        elif made.id != patch.result:
            problem = f"it makes the tree {made.id}, not {patch.result}"
        elif base_tar(based.files(), based.base.source) != patch.base_tar:
            problem = "the files of the base are not those that the patch names by base_tar"
        elif based.differing:
            problem = f"{encode_path(based.differing[0])} does not become the blob that the diff names"
    except WrongBase as error:
        problem = error.message + (f" {error.cause}" if error.cause else "")
    broken = None if checkpoints is None or problem else first_broken(based, checkpoints.command)
    return Verdict(patch.id, str(commit), not problem, problem, broken)


def verify_commit(checkpoints: Checkpoints | None, oid: Oid, store: Store) -> Verdict:
    """Factor one commit and verify the patch."""
    return verify(patch_of_commit(oid, store), checkpoints)
