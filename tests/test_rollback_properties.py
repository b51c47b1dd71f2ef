"""rollback, whatever a person did since the apply: it takes back what it wrote, and nothing else."""

from __future__ import annotations

import shutil
import stat
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, event, example, given, settings
from hypothesis import strategies as st

from tests.applying import LINES, Look, changed, look
from tests.command_line import dagpatch
from tests.repositories import Repo

_WAYS = ("", "--no-commit")
"""How the patch is applied."""


class File(NamedTuple):
    """A file of the work tree."""

    permissions: int
    content: bytes


class Scene(NamedTuple):
    """A repository in which a patch was applied."""

    repo: Repo
    before: Mapping[str, File]
    """The files before the apply, and after it."""
    after: Mapping[str, File]
    staged_before: Mapping[bytes, bytes]
    staged_after: Mapping[bytes, bytes]

    @property
    def touched(self) -> set[str]:
        """The paths that the apply wrote or removed."""
        names = self.before.keys() | self.after.keys()
        return {name for name in names if self.before.get(name) != self.after.get(name)}


def files(repo: Repo) -> dict[str, File]:
    """Everything in the work tree that is no directory."""
    contents = look(repo).files
    modes = {name: (repo.path / name).lstat().st_mode for name in contents}
    return {
        name: File(0 if stat.S_ISLNK(modes[name]) else stat.S_IMODE(modes[name]), content)
        for name, content in contents.items()
    }


def staged(state: Look) -> dict[bytes, bytes]:
    """Path → mode, content, stage and flag."""
    entries = (line.partition(b"\t") for line in state.staged.split(b"\0")[:-1])
    return {path: entry for entry, _, path in entries}


def make(directory: Path) -> Repo:
    """A repository, and beside it a patch that changes files in every way."""
    repo = Repo.init(directory / "base")
    shutil.rmtree(repo.path / ".git/hooks")
    repo.write(".gitignore", b"*.log\n")
    repo.write("text.txt", LINES)
    repo.write("gone.txt", b"gone\n")
    repo.write("folder/inner.txt", b"inner\n")
    repo.write("old.txt", b"moves\n" * 5)
    repo.write("tool.sh", b"#!/bin/sh\n")
    (repo.path / "link").symlink_to("text.txt")
    repo.write("beside.txt", b"beside\n")
    repo.write("user/mine.txt", b"mine\n")
    repo.commit("Base")
    repo.git("switch", "--quiet", "--create", "theirs")
    repo.write("text.txt", changed(15))
    repo.remove("gone.txt")
    shutil.rmtree(repo.path / "folder")
    repo.write("folder", b"a file\n")
    repo.remove("old.txt")
    repo.write("sub/moved.txt", b"moves\n" * 5)
    repo.write("tool.sh", b"#!/bin/sh\n", executable=True)
    repo.remove("link")
    (repo.path / "link").symlink_to("tool.sh")
    repo.write("new/file.txt", b"new\n")
    repo.commit("All kinds")
    assert dagpatch(repo.path, "export", "-o", directory / "patches").status == 0
    repo.git("switch", "--quiet", "main")
    return repo


def applied(base: Repo, directory: Path, way: str) -> Scene:
    repo = Repo(directory / f"applied{way}")
    shutil.copytree(base.path, repo.path, symlinks=True)
    before, staged_before = files(repo), staged(look(repo))
    (patch,) = (directory / "patches").iterdir()
    assert dagpatch(repo.path, "apply", *([way] if way else []), patch).status == 0
    return Scene(repo, before, files(repo), staged_before, staged(look(repo)))


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("rollback")


_scenes: dict[str, Scene] = {}


@pytest.fixture
def scenes(directory: Path) -> Mapping[str, Scene]:
    """One scene for each way, made once: a module's fixture would come before the machine is shut out."""
    if not _scenes:
        base = make(directory)
        _scenes.update({way: applied(base, directory, way) for way in _WAYS})
    return _scenes


# What a person does.

Act = Callable[[Repo], None]

_PATHS = (
    *("text.txt", "gone.txt", "gone.txt/below", "folder", "folder/inner.txt", "folder/mine.txt", "folder/x.log"),
    *("old.txt", "sub/moved.txt", "sub/mine.txt", "sub", "tool.sh", "link", "new", "new/file.txt", "new/mine.txt"),
    *("new/x.log", "beside.txt", "user/mine.txt", "user/new.txt", "user"),
)
_CONTENTS = (b"by hand\n", b"gone\n", b"inner\n", b"new\n", changed(3), changed(3, 15), LINES, b"")


def _clear(place: Path) -> None:
    """Remove what is at `place`, and files where its directories have to be."""
    for here in (*reversed(place.parents), place):
        if here.is_symlink() or here.is_file():
            here.unlink()
    if place.is_dir():
        shutil.rmtree(place)
    place.parent.mkdir(parents=True, exist_ok=True)


def write(path: str, content: bytes) -> Act:
    def act(repo: Repo) -> None:
        _clear(repo.path / path)
        (repo.path / path).write_bytes(content)

    return act


def edit(path: str) -> Act:
    """A line more, in a file that stays what it is."""

    def act(repo: Repo) -> None:
        place = repo.path / path
        if place.is_file() and not place.is_symlink():
            place.write_bytes(place.read_bytes() + b"one more\n")

    return act


def remove(path: str) -> Act:
    return lambda repo: _clear(repo.path / path)


def link(path: str) -> Act:
    def act(repo: Repo) -> None:
        _clear(repo.path / path)
        (repo.path / path).symlink_to("beside.txt")

    return act


def chmod(path: str) -> Act:
    def act(repo: Repo) -> None:
        place = repo.path / path
        if place.is_file() and not place.is_symlink():
            place.chmod(place.stat().st_mode ^ 0o111)

    return act


def move(path: str, target: str) -> Act:
    def act(repo: Repo) -> None:
        place = repo.path / path
        if place.is_file() and not target.startswith(f"{path}/"):
            content = place.read_bytes()
            place.unlink()
            write(target, content)(repo)

    return act


def stage(path: str) -> Act:
    def act(repo: Repo) -> None:
        listed = repo.git("ls-files", "--cached", "--others", "--exclude-standard", "--", path)
        if listed:
            repo.git("add", "--all", "--", path)

    return act


def untrack(path: str) -> Act:
    return lambda repo: _quietly(repo, "rm", "-r", "--quiet", "--cached", "--ignore-unmatch", "--", path)


def stage_all(repo: Repo) -> None:
    repo.git("add", "--all")


def _quietly(repo: Repo, *arguments: str) -> None:
    repo.git(*arguments)


_paths = st.sampled_from(_PATHS)
acts = st.lists(
    st.one_of(
        st.builds(write, _paths, st.sampled_from(_CONTENTS)),
        st.builds(edit, _paths),
        st.builds(remove, _paths),
        st.builds(link, _paths),
        st.builds(chmod, _paths),
        st.builds(move, _paths, _paths),
        st.builds(stage, _paths),
        st.builds(untrack, _paths),
        st.just(stage_all),
    ),
    max_size=5,
)


@given(way=st.sampled_from(_WAYS), acts=acts)
@example(way="", acts=[])
@example(way="--no-commit", acts=[])
@example(way="", acts=[write("gone.txt", b"by hand\n")])
@example(way="", acts=[write("gone.txt/below", b"by hand\n")])
@example(way="", acts=[write("folder/mine.txt", b"by hand\n")])
@example(way="", acts=[write("new/mine.txt", b"by hand\n"), write("sub/x.log", b"ignored\n")])
@example(way="--no-commit", acts=[edit("user/mine.txt"), stage_all, edit("user/mine.txt")])
@example(way="--no-commit", acts=[remove("new/file.txt"), stage_all])
@settings(
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_only_what_the_apply_wrote_is_taken_back(scenes: Mapping[str, Scene], way: str, acts: list[Act]) -> None:
    scene = scenes[way]
    with tempfile.TemporaryDirectory() as name:
        repo = Repo(Path(name) / "repo")
        shutil.copytree(scene.repo.path, repo.path, symlinks=True)
        for act in acts:
            act(repo)
        there, state = files(repo), look(repo)
        answer = dagpatch(repo.path, "rollback")
        now, after = files(repo), look(repo)
        event(f"exit {answer.status}")
        if answer.status != 0:
            assert answer.status == 3, answer
            assert (now, after) == (there, state), answer
            return
        for path in there.keys() | now.keys() | scene.before.keys():
            ours = path in scene.touched and there.get(path) == scene.after.get(path)
            assert now.get(path) == (scene.before if ours else there).get(path), path
        entries, entries_now = staged(state), staged(after)
        changed_entries = {
            path
            for path in scene.staged_before.keys() | scene.staged_after.keys()
            if scene.staged_before.get(path) != scene.staged_after.get(path)
        }
        for entry in entries.keys() | entries_now.keys() | changed_entries:
            ours = entry in changed_entries and entries.get(entry) == scene.staged_after.get(entry)
            assert entries_now.get(entry) == (scene.staged_before if ours else entries).get(entry), entry
        assert dagpatch(repo.path, "rollback", "--redo").status == 0
        assert (files(repo), look(repo)) == (there, state)
