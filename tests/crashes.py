"""Killing git dagpatch in the middle of its work, and proving that nothing of anyone's is lost.

A scene is a repository with staged, unstaged, untracked and ignored work, and patches to apply to it. An experiment
takes a copy of it, kills a command there, and looks at what is left: before and after the one command that leads back.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import stat
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from tests.command_line import PROGRAM
from tests.gitconfig import DATE, GIT_CONFIG

_RERERE = "[rerere]\n    enabled = true\n"
_MANY = 40
"""Files that one of the patches touches, so that git is busy with them for a while."""
ABORT = ("apply", "--abort")


class State(NamedTuple):
    """All that a user can lose. What git dagpatch keeps for itself is left out."""

    head: str
    refs: str
    staged: bytes
    """Path, mode, content, stage and flags of each entry."""
    files: Mapping[str, tuple[int, bytes]]
    """Path → permissions and content, or 0 and the target of a symlink, of everything in the work tree."""


class Place:
    """A repository at `path`, asked and changed by processes that see nothing of the machine's configuration."""

    def __init__(self, path: Path, home: Path) -> None:
        self.path = path
        self.home = home
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "XDG_"))}
        self.environment = kept | {
            "HOME": str(home),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": str(home / ".gitconfig"),
            # Equal steps make equal commits.
            "GIT_AUTHOR_DATE": DATE,
            "GIT_COMMITTER_DATE": DATE,
            "LC_ALL": "C.UTF-8",
        }

    def git(self, *arguments: str | Path, check: bool = True) -> bytes:
        """What git prints."""
        return self._run("git", *arguments, check=check).stdout

    def dagpatch(self, *arguments: str | Path) -> subprocess.CompletedProcess[bytes]:
        """git dagpatch as a process of its own, whether it fails or not."""
        return self._run(PROGRAM, *arguments, check=False)

    def start(self, *arguments: str | Path) -> subprocess.Popen[bytes]:
        """git dagpatch as a running process, the leader of its own group."""
        return subprocess.Popen(
            [PROGRAM, *map(str, arguments)],
            cwd=self.path,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def _run(self, *command: str | Path, check: bool) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [str(word) for word in command],
            cwd=self.path,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=check,
        )

    def write(self, name: str, content: str) -> None:
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)

    def commit(self, message: str) -> None:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", message)

    def copy(self, path: Path) -> Place:
        """The same repository elsewhere."""
        shutil.copytree(self.path, path, symlinks=True)
        return Place(path, self.home)

    def state(self) -> State:
        head = self.git("symbolic-ref", "--quiet", "HEAD", check=False) + self.git("rev-parse", "HEAD", check=False)
        refs = self.git("for-each-ref", "--format=%(objectname) %(refname)").decode().splitlines()
        own = (" refs/dagpatch/", " refs/heads/dagpatch/backup/")
        return State(
            head.decode(),
            "\n".join(line for line in refs if not any(name in line for name in own)),
            self.git("ls-files", "-z", "--stage", "-v"),
            {
                str(file.relative_to(self.path)): _content(file)
                for file in sorted(self.path.rglob("*"))
                if ".git" not in file.relative_to(self.path).parts and (file.is_symlink() or not file.is_dir())
            },
        )

    def own_refs(self) -> dict[str, str]:
        """Name → object of the refs of git dagpatch."""
        places = ("refs/dagpatch", "refs/heads/dagpatch")
        lines = self.git("for-each-ref", "--format=%(refname) %(objectname)", *places).decode().splitlines()
        return dict(line.split(" ") for line in lines)

    def faults(self) -> list[str]:
        """What `git fsck` finds, besides objects that nothing refers to."""
        done = self._run("git", "fsck", "--full", "--no-dangling", check=False)
        return [f"fsck: {line}" for line in (done.stdout + done.stderr).decode().splitlines()]

    def locks(self) -> list[str]:
        """Every lock file of git that is left."""
        return sorted(str(file.relative_to(self.path)) for file in (self.path / ".git").rglob("*.lock") if _locks(file))


def _locks(file: Path) -> bool:
    return file.name != "dagpatch.lock"


def _content(file: Path) -> tuple[int, bytes]:
    if file.is_symlink():
        return 0, os.fsencode(file.readlink())
    return stat.S_IMODE(file.stat().st_mode), file.read_bytes()


@dataclass(frozen=True)
class Scene:
    """A repository in which `command` is about to run."""

    name: str
    place: Place
    command: tuple[str | Path, ...]
    origin: State
    """What `apply --abort` leads back to."""
    before: State
    done: State
    """What there is when the command ran to its end."""
    status: int
    """The exit status that it has then."""
    seconds: float
    """How long it takes, from when it has the lock."""


KINDS = ("apply", "several", "conflict", "no-commit", "continue", "abort", "rollback", "redo")


def make_home(directory: Path) -> Path:
    home = directory / "home"
    home.mkdir(parents=True)
    (home / ".gitconfig").write_text(GIT_CONFIG + _RERERE)
    return home


def make_place(directory: Path) -> Place:
    """A repository with work of every kind in it, and beside it the patches: `fits-1` to `fits-3`, and `conflicts`."""
    home = make_home(directory)
    place = Place(directory / "repository", home)
    place.path.mkdir()
    place.git("init", "--quiet")
    place.write(".gitignore", "*.log\n")
    place.write("story.txt", "".join(f"line {number}\n" for number in range(30)))
    place.write("tool.sh", "#!/bin/sh\n")
    place.write("folder/inner.txt", "inner\n")
    place.write("leaves.txt", "leaves\n")
    for name in ("staged", "unstaged", "both", "removed"):
        place.write(f"user/{name}.txt", f"{name}\n")
    for number in range(_MANY):
        place.write(f"many/{number}.txt", f"{number}\n" * 50)
    (place.path / "link").symlink_to("story.txt")
    place.commit("Base")
    place.git("tag", "base")
    _patches(place, directory / "patches")
    place.git("switch", "--quiet", "main")
    place.git("branch", "--quiet", "--delete", "--force", "other")
    place.write("story.txt", "".join(f"line {number}\n" for number in range(29)) + "the end\n")
    place.commit("Change the end")
    _user_work(place)
    return place


def _patches(place: Place, patches: Path) -> None:
    place.git("switch", "--quiet", "--create", "other")
    place.write("story.txt", "the beginning\n" + "".join(f"line {number}\n" for number in range(1, 30)))
    place.write("new/file.txt", "new\n")
    (place.path / "tool.sh").chmod(0o755)
    place.commit("First")
    for number in range(_MANY):
        place.write(f"many/{number}.txt", f"{number}\n" * 49 + "changed\n")
    (place.path / "leaves.txt").unlink()
    (place.path / "link").unlink()
    (place.path / "link").symlink_to("tool.sh")
    place.commit("Second")
    shutil.rmtree(place.path / "folder")
    place.write("folder", "a file now\n")
    (place.path / "new/file.txt").rename(place.path / "moved.txt")
    place.commit("Third")
    lines = (place.path / "story.txt").read_text().splitlines(keepends=True)
    place.write("story.txt", "".join([*lines[:-1], "another end\n"]))
    place.write("beside.txt", "beside\n")
    place.commit("Fourth")
    place.dagpatch("export", "-o", patches, "base..other")
    for file, name in zip(sorted(patches.iterdir()), ("fits-1", "fits-2", "fits-3", "conflicts"), strict=True):
        file.rename(patches / f"{name}.json")


def _user_work(place: Place) -> None:
    place.write("user/staged.txt", "staged by the user\n")
    place.write("user/both.txt", "staged by the user\n")
    place.write("user/added.txt", "added by the user\n")
    (place.path / "user/removed.txt").unlink()
    place.git("add", "--all")
    place.write("user/both.txt", "changed again\n")
    place.write("user/unstaged.txt", "not staged\n")
    place.write("user/untracked.txt", "untracked\n")
    place.write("user/ignored.log", "ignored\n")
    place.write("many/untracked", "untracked, in a directory that changes\n")
    (place.path / "user/secret").write_text("private\n")
    (place.path / "user/secret").chmod(0o600)


def make_scene(kind: str, base: Place, directory: Path) -> Scene:
    """A scene of one of KINDS, made in a copy of `base`."""
    place = base.copy(directory / kind)
    patches = base.path.parent / "patches"
    fits = [patches / f"fits-{number}.json" for number in (1, 2, 3)]
    conflict = (fits[0], patches / "conflicts.json", fits[1])
    commands: dict[str, tuple[str | Path, ...]] = {
        "apply": ("apply", fits[0]),
        "several": ("apply", *fits),
        "conflict": ("apply", *conflict),
        "no-commit": ("apply", "-n", *fits),
        "continue": ("apply", "--continue"),
        "abort": ABORT,
        "rollback": ("rollback", "--count", "3"),
        "redo": ("rollback", "--redo"),
    }
    command = commands[kind]
    origin = place.state()
    if kind in ("continue", "abort"):
        assert place.dagpatch("apply", *conflict).returncode == 1
    if kind == "continue":
        place.write("story.txt", "resolved\n")
        place.git("add", "story.txt")
    if kind in ("rollback", "redo"):
        assert place.dagpatch("apply", *fits).returncode == 0
    if kind == "redo":
        assert place.dagpatch("rollback", "--count", "3").returncode == 0
    before = place.state()
    if kind in ("rollback", "redo"):
        origin = before
    trial = place.copy(directory / f"{kind}-trial")
    process = trial.start(*command)
    _wait_for_lock(trial, process)
    start = time.monotonic()
    status = process.wait()
    seconds = time.monotonic() - start
    assert status == (1 if kind == "conflict" else 0), kind
    return Scene(kind, place, command, origin, before, trial.state(), status, seconds)


def _wait_for_lock(place: Place, process: subprocess.Popen[bytes]) -> None:
    """Wait until the process says that it works."""
    lock = place.path / ".git" / "dagpatch.lock"
    while process.poll() is None and not (lock.exists() and lock.stat().st_size):
        time.sleep(0.0005)


class Outcome(NamedTuple):
    """What became of one experiment."""

    found: str
    """What the kill left: `before`, `done` or `half way`."""
    faults: list[str]


def experiment(scene: Scene, directory: Path, seed: str, only_python: bool) -> Outcome:
    """Kill the command of `scene` at a random moment, with all that it started or alone, and go back."""
    place = scene.place.copy(directory)
    chance = random.Random(f"{seed}/{scene.name}")
    try:
        own = place.own_refs()
        process = place.start(*scene.command)
        _wait_for_lock(place, process)
        time.sleep(chance.random() * scene.seconds)
        (os.kill if only_python else os.killpg)(process.pid, signal.SIGKILL)
        process.wait()
        # Where git goes on for a moment, only git dagpatch has to wait for it.
        found = "unseen" if only_python else _found(scene, place.state())
        faults = [] if only_python else place.faults()
        return Outcome(found, faults + _after(scene, place, own))
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _found(scene: Scene, state: State) -> str:
    return "before" if state == scene.before else "done" if state == scene.done else "half way"


def _after(scene: Scene, place: Place, own: Mapping[str, str]) -> list[str]:
    """What is wrong once `apply --abort` has led back, or has said that there is nothing to go back from."""
    back = place.dagpatch(*ABORT)
    state = place.state()
    allowed = {0: (scene.origin,), 3: (scene.before, scene.done)}.get(back.returncode, ())
    faults = place.faults() + [f"left: {lock}" for lock in place.locks()]
    if state not in allowed:
        faults += [f"exit {back.returncode}: {back.stderr.decode()}", *_differences(scene, state)]
    now = place.own_refs()
    faults += [f"lost: {name}" for name in own if name not in now]
    faults += [f"went back: {name}" for name, oid in own.items() if name in now and not _reaches(place, now[name], oid)]
    if not faults and state == scene.before and scene.name not in ("continue", "abort"):
        again = place.dagpatch(*scene.command)
        if again.returncode != scene.status or place.state() != scene.done:
            faults.append(f"cannot be done again: {again.stderr.decode()}")
    return faults


def _reaches(place: Place, tip: str, oid: str) -> bool:
    return place.git("merge-base", tip, oid, check=False).decode().strip() == oid


def _differences(scene: Scene, state: State) -> list[str]:
    """How `state` is neither as it was nor as it was to be."""
    found = []
    for name, wanted in (("origin", scene.origin), ("done", scene.done)):
        found += [f"not {name}: {field}" for field in State._fields if getattr(state, field) != getattr(wanted, field)]
        paths = state.files.keys() | wanted.files.keys()
        found += [f"not {name}: {path}" for path in sorted(paths) if state.files.get(path) != wanted.files.get(path)]
    return found


FILLED = ("several", "continue", "rollback")
"""Kinds of scenes that are tried on a full disk as well."""
_SMALL = 16 << 20
_ROOM = 192 << 10
"""The most bytes that are left free."""


@contextmanager
def mounted(directory: Path) -> Iterator[Path | None]:
    """A small file system, or None where none can be mounted."""
    directory.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={_SMALL}", "tmpfs", str(directory)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        yield None
        return
    try:
        yield directory
    finally:
        subprocess.run(["umount", str(directory)], check=True)


def fill(scene: Scene, directory: Path, seed: str) -> Outcome:
    """Run the command of `scene` where the disk is nearly full, make room, and go back."""
    chance = random.Random(f"{seed}/{scene.name}/full")
    place = scene.place.copy(directory / "repository")
    filler = directory / "filler"
    try:
        own = place.own_refs()
        room = shutil.disk_usage(directory).free
        filler.write_bytes(bytes(max(0, room - chance.randrange(_ROOM))))
        answer = place.dagpatch(*scene.command)
        filler.unlink()
        faults = place.faults()
        if answer.returncode not in (scene.status, 1, 3):
            faults.append(f"exit {answer.returncode}: {answer.stderr.decode()}")
        found = _found(scene, place.state())
        if answer.returncode == 3 and found != "before":
            faults.append(f"refused, but not as before: {answer.stderr.decode()}")
        return Outcome(found, faults + _after(scene, place, own))
    finally:
        filler.unlink(missing_ok=True)
        shutil.rmtree(place.path)


def table(rows: Sequence[Sequence[str]]) -> str:
    """Columns side by side."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
