"""A repository with its work tree: objects through a Store, everything else through git itself."""

from __future__ import annotations

import os
from contextlib import nullcontext
from pathlib import Path

from msgspec import Struct

from git_dagpatch.model.errors import NotARepository, Refused, UsageError
from git_dagpatch.model.objects import Oid
from git_dagpatch.model.tree import Tree, empty_tree
from git_dagpatch.store.command import Git
from git_dagpatch.store.guard import ANYTHING
from git_dagpatch.store.protocol import Store

_IN_PROGRESS = {
    "rebase-merge": ("a rebase", "git rebase --abort"),
    "rebase-apply": ("a rebase or `git am`", "git rebase --abort or git am --abort"),
    "MERGE_HEAD": ("a merge", "git merge --abort"),
    "CHERRY_PICK_HEAD": ("a cherry-pick", "git cherry-pick --abort"),
    "REVERT_HEAD": ("a revert", "git revert --abort"),
    "sequencer": ("a series of cherry-picks or reverts", "git cherry-pick --abort or git revert --abort"),
}


class Head(Struct, frozen=True):
    """Where HEAD is."""

    ref: str
    """The branch's full name; ``HEAD`` itself where it is detached."""
    oid: Oid | None
    """None on an unborn branch."""

    @property
    def branch(self) -> str:
        """For people."""
        return self.ref.removeprefix("refs/heads/")


class Repository:
    """One work tree of a repository. Paths are absolute."""

    def __init__(self, store: Store) -> None:
        self.store = store
        asked = Git(store.git_dir).ask("rev-parse", "--absolute-git-dir", "--git-common-dir")
        if asked.status:
            raise NotARepository(f"git does not take {store.git_dir!r} for a repository.", cause=asked.messages.strip())
        own, common = asked.output.decode(errors="surrogateescape").splitlines()[:2]
        self.git_dir = Path(own)
        self.common_dir = (self.git_dir / common).resolve()
        self._work_tree = store.work_tree
        self.git = Git(own, self._work_tree)

    @property
    def work_tree(self) -> Path:
        """The top of the work tree. Raises Refused in a bare repository."""
        if self._work_tree is None:
            raise Refused("This repository is bare: it has no work tree.", hint="Use apply-tree, or a clone with one.")
        return Path(self._work_tree)

    @property
    def own_dir(self) -> Path:
        """Where git dagpatch keeps what belongs to this work tree alone. It need not exist yet."""
        return self.git_dir / "dagpatch"

    def path_of(self, name: str) -> bytes:
        """The path, from the top of the work tree, of what is called `name` in the current directory."""
        place = Path(os.path.normpath(Path.cwd() / name))
        try:
            return os.fsencode((place.parent.resolve() / place.name).relative_to(self.work_tree.resolve()))
        except ValueError:
            raise UsageError(f"{name!r} is outside of the work tree.") from None

    @property
    def place(self) -> str:
        """The name of a linked work tree, empty for the main one."""
        return "" if self.git_dir == self.common_dir else self.git_dir.name

    def head(self) -> Head:
        """Where HEAD is now."""
        ref = self.git.line("symbolic-ref", "--quiet", "HEAD") or "HEAD"
        return Head(ref, self.git.line("rev-parse", "--verify", "--quiet", "HEAD^{commit}") or None)

    def tree_of(self, commit: Oid | None) -> Tree:
        """The tree of a commit; the empty one where there is none."""
        return Tree(self.store, self.store.commit(commit).tree) if commit else empty_tree(self.store)

    def ref(self, name: str) -> Oid | None:
        """What the ref `name` points to, or None if it does not exist."""
        return self.git.line("rev-parse", "--verify", "--quiet", name) or None

    def way_back(self, ref: str) -> str:
        """How a ref of git dagpatch that was damaged is set right."""
        file, log = self.common_dir / ref, self.common_dir / "logs" / ref
        # git neither moves nor deletes a ref that it cannot read.
        readable = self.ref(ref) is not None
        return (
            f"{f'Delete it with `git update-ref -d {ref}`' if readable else f'Remove {str(file)!r}'} to start anew; "
            f"then `git update-ref {ref} COMMIT` sets it back to a commit that the second column of {str(log)!r} names."
        )

    def in_progress(self) -> tuple[str, str] | None:
        """What another command of git left unfinished here, and how it is ended."""
        return next((what for name, what in _IN_PROGRESS.items() if (self.git_dir / name).exists()), None)

    def rerere(self, *arguments: str) -> None:
        """Let git remember how a conflict is resolved, or resolve it as before, where it is told to."""
        guard = self.git.guard
        lock = {str(self.git_dir / "MERGE_RR.lock"): ANYTHING}
        with guard.doing(locks=lock) if guard else nullcontext():
            self.git.ask("rerere", *arguments, keeps_lock=True)
