"""What holds in every test: git knows nothing of the machine, of its owner, or of the time."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pygit2
import pytest
from hypothesis import settings
from pygit2.enums import ConfigLevel

from tests.gitconfig import DATE, GIT_CONFIG
from tests.repositories import Repo

# A busy machine is slow, which proves nothing about the code.
# The same commit has the same verdict everywhere; `--hypothesis-profile=search` looks for cases that no run has seen.
settings.register_profile("house", deadline=None, derandomize=True)
settings.register_profile("search", deadline=None)
settings.load_profile("house")


@pytest.fixture(autouse=True)
def sealed_git(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Shut out the configuration, environment, editors and clock of the machine, for git and libgit2."""
    home = tmp_path_factory.mktemp("home")
    config = home / ".gitconfig"
    config.write_text(GIT_CONFIG)
    for name in [name for name in os.environ if name.startswith(("GIT_", "XDG_"))]:
        monkeypatch.delenv(name)
    for name in ("LANGUAGE", "SSH_ASKPASS", "EMAIL", "PAGER", "COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / ".config"),
        "XDG_CACHE_HOME": str(home / ".cache"),
        "XDG_DATA_HOME": str(home / ".local/share"),
        "XDG_STATE_HOME": str(home / ".local/state"),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": str(config),
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_CEILING_DIRECTORIES": str(tmp_path_factory.getbasetemp()),
        "GIT_AUTHOR_DATE": DATE,
        "GIT_COMMITTER_DATE": DATE,
        "GIT_EDITOR": "true",
        "GIT_TERMINAL_PROMPT": "0",
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        # `git dagpatch` is the one of the environment that runs the tests.
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]),
    }.items():
        monkeypatch.setenv(name, value)
    _seal_libgit2(home)


def _seal_libgit2(home: Path) -> None:
    """libgit2 read the environment when it was loaded, so it has to be told."""
    paths = pygit2.settings.search_path
    paths[ConfigLevel.GLOBAL] = str(home)
    paths[ConfigLevel.XDG] = str(home / ".config/git")
    paths[ConfigLevel.SYSTEM] = paths[ConfigLevel.PROGRAMDATA] = str(home / "none")


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    """An empty repository."""
    return Repo.init(tmp_path / "repo")
