"""The git hooks that keep a repository checked and recorded: shims, put before the hooks that stand there.

A hook that stands there is kept beside its shim as ``<hook>.before-dagpatch``, and the shim runs it first. Only a
repository's own hooks directory is used. One that core.hooksPath or a symlink points to may serve other repositories,
or belong to the files of this one, so it is refused.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import git_dagpatch
from git_dagpatch.model.errors import FileExists, Refused
from git_dagpatch.store.repository import Repository

HOOKS = ("post-commit", "post-rewrite", "pre-commit")
DRAFTS = "prepare-commit-msg"
"""The hook that drafts messages, for who wants that."""

_MARK = b"# Put here by `git dagpatch init --hooks`"
_HINT = "Call `git dagpatch check --staged` and `git dagpatch record` from the hooks there."


def own_hooks_directory(repository: Repository) -> Path:
    """Where the hooks of `repository` are. Raises Refused where it is bare, or core.hooksPath names another place."""
    work_tree = repository.work_tree
    own = repository.common_dir / "hooks"
    configured = repository.git.line("config", "--type=path", "--get", "core.hooksPath")
    if configured and (work_tree / configured).resolve() != own.resolve():
        raise Refused(
            f"The hooks are in {configured!r}, by core.hooksPath; none was installed.",
            cause="That directory may serve other repositories, or belong to the files of this one.",
            hint=_HINT,
        )
    return own


def install_hooks(hooks_dir: Path, names: Sequence[str] = HOOKS) -> list[Path]:
    """Put the shims of `names` into `hooks_dir`; those that are new or were brought up to date.

    Raises Refused where `hooks_dir` is a symlink, and FileExists where a hook would have to be kept under a name that
    is taken; nothing was changed then.
    """
    if hooks_dir.is_symlink():
        raise Refused(
            f"The directory of hooks {str(hooks_dir)!r} is a symlink; none was installed.",
            cause="What it points to may serve other repositories.",
            hint=_HINT,
        )
    places = [hooks_dir / name for name in names]
    for place in places:
        kept = kept_hook(place)
        if _is_foreign(place) and _exists(kept):
            raise FileExists(
                f"The hook {place.name} cannot be kept as {kept.name!r}: that exists; nothing was installed.",
                hint=f"Look at both in {str(hooks_dir)!r}, and leave one of them.",
            )
    hooks_dir.mkdir(parents=True, exist_ok=True)
    return [place for place in places if _install(place)]


def remove_hooks(hooks_dir: Path) -> list[Path]:
    """Take the shims out of `hooks_dir` and put back what stood there; the hooks that changed."""
    return [place for place in (hooks_dir / name for name in (*HOOKS, DRAFTS)) if _remove(place)]


def kept_hook(place: Path) -> Path:
    """Where the hook is kept that stood at `place`."""
    return place.with_name(f"{place.name}.before-dagpatch")


def _install(place: Path) -> bool:
    shim = (_shims() / place.name).read_bytes()
    if _is_ours(place) and place.read_bytes() == shim and os.access(place, os.X_OK):
        return False
    new = place.with_name(f"{place.name}.new-dagpatch")
    new.write_bytes(shim)
    new.chmod(0o755)
    if _is_foreign(place):
        place.rename(kept_hook(place))
    new.replace(place)
    return True


def _remove(place: Path) -> bool:
    kept = kept_hook(place)
    if _is_foreign(place):
        return False
    if _exists(kept):
        # Also where an installation was killed between its two renames.
        kept.replace(place)
        return True
    if _exists(place):
        place.unlink()
        return True
    return False


def _shims() -> Path:
    """Where the shims are: in the package, or beside it in a checkout of this project."""
    package = Path(git_dagpatch.__file__).parent
    packaged = package / "hooks"
    return packaged if packaged.is_dir() else package.parent / "hooks"


def _exists(place: Path) -> bool:
    """Whether there is anything at `place`, a dangling symlink too."""
    return os.path.lexists(place)


def _is_ours(place: Path) -> bool:
    return place.is_file() and not place.is_symlink() and _MARK in place.read_bytes()


def _is_foreign(place: Path) -> bool:
    return _exists(place) and not _is_ours(place)
