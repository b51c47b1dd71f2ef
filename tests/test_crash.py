"""The crash protocol: whatever fails, and whenever, the state before is there or one command away."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from git_dagpatch.store import stale
from tests.applying import LINES, Look, changed, look, offer
from tests.command_line import PROGRAM, Answer, dagpatch
from tests.faults import Killed, Plan, failing_git, fill, fill_once, in_force, interrupt, kill
from tests.repositories import Repo

ABORT = ("apply", "--abort")
_MOST = 32
"""Steps of a command at which it fails here; scripts/crash kills at any moment, and more often."""


class Scene(NamedTuple):
    """A repository in which `command` is about to run."""

    repo: Repo
    command: tuple[str | Path, ...]
    origin: Look
    """What `apply --abort` leads back to."""
    before: Look
    done: Look
    status: int
    """What the command exits with."""

    def copy(self, name: str) -> Repo:
        path = self.repo.path.parent / name
        shutil.copytree(self.repo.path, path, symlinks=True)
        return Repo(path)


def work(repo: Repo) -> None:
    """Something of every kind that a user may have."""
    repo.write("user/staged.txt", b"staged\n")
    repo.write("user/both.txt", b"staged\n")
    repo.git("add", "--all")
    repo.write("user/both.txt", b"changed again\n")
    repo.write("user/unstaged.txt", b"not staged\n")
    repo.write("user/untracked.txt", b"untracked\n")


def scene(repo: Repo, kind: str) -> Scene:
    shutil.rmtree(repo.path / ".git/hooks")
    fits: dict[str, bytes | None] = {"new/file.txt": b"new\n", "gone.txt": None, "text.txt": changed(15)}
    clashes: dict[str, bytes | None] = {"text.txt": changed(5, 15, to="theirs"), "beside.txt": b"beside\n"}
    user = dict.fromkeys(("user/both.txt", "user/unstaged.txt"), b"theirs\n")
    made = offer(repo, fits, clashes, base={"text.txt": LINES, "gone.txt": b"gone\n", **user})
    first, second = made.patches
    repo.write("text.txt", changed(5, to="ours"))
    repo.write("more.txt", b"more of ours\n")
    repo.commit("Ours")
    work(repo)
    origin = look(repo)
    command: tuple[str | Path, ...] = {
        "apply": ("apply", first),
        "conflict": ("apply", first, second),
        "no-commit": ("apply", "-n", first),
        "atomic": ("apply", "--atomic", "--strategy", "theirs", first, second),
        "test": ("apply", "--test", "true", first),
        "continue": ("apply", "--continue"),
        "abort": ABORT,
        "rollback": ("rollback",),
        "rollback of no commit": ("rollback",),
        "redo": ("rollback", "--redo"),
        "split": ("split", "--by", "operation"),
    }[kind]
    if kind in ("continue", "abort"):
        assert dagpatch(repo.path, "apply", first, second).status == 1
        repo.write("text.txt", b"resolved\n")
        repo.git("add", "text.txt")
    if kind.startswith("ro") or kind == "redo":
        assert dagpatch(repo.path, "apply", *(["-n"] if "no" in kind else []), first).status == 0
    if kind == "redo":
        assert dagpatch(repo.path, "rollback").status == 0
    before = look(repo)
    one = Scene(repo, command, before if command[0] == "rollback" else origin, before, before, 0)
    trial = one.copy("trial")
    status = dagpatch(trial.path, *command).status
    assert status == (1 if kind == "conflict" else 0)
    return one._replace(done=look(trial), status=status)


def own_refs(repo: Repo) -> dict[str, str]:
    lines = repo.git("for-each-ref", "--format=%(refname) %(objectname)", "refs/dagpatch", "refs/heads/dagpatch")
    return dict(line.split(" ") for line in lines.decode().splitlines())


def check(one: Scene, repo: Repo, own: dict[str, str], when: str) -> None:
    """The state before is there, or one command away, unless the command was done."""
    back = dagpatch(repo.path, *ABORT)
    now = look(repo)
    if back.status == 0:
        assert now == one.origin, when
    else:
        assert back.status == 3, (when, back)
        assert now in (one.before, one.done), when
    assert repo.git("fsck", "--no-dangling") == b"", when
    locks = [file.name for file in (repo.path / ".git").rglob("*.lock") if file.name != "dagpatch.lock"]
    assert locks == [], when
    assert own.keys() <= own_refs(repo).keys(), when
    shutil.rmtree(repo.path)


def attempt(one: Scene, repo: Repo, plan: Plan) -> Answer | None:
    """Run the command under `plan`; None if it was killed."""
    try:
        with in_force(plan):
            return dagpatch(repo.path, *one.command)
    except Killed:
        return None


def steps_of(one: Scene) -> list[tuple[int, str]]:
    """Steps of the command with their numbers, spread evenly if there are many."""
    repo = one.copy("counted")
    plan = Plan(repo.path)
    answer = attempt(one, repo, plan)
    assert answer is not None
    assert answer.status == one.status
    shutil.rmtree(repo.path)
    return list(enumerate(plan.steps))[:: 1 + len(plan.steps) // _MOST]


@pytest.mark.parametrize("kind", ["conflict", "no-commit", "test", "continue", "abort", "rollback", "redo", "split"])
def test_a_kill_at_any_step(repo: Repo, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stale, "_STEADY", 0)
    one = scene(repo, kind)
    for number, step in steps_of(one):
        place = one.copy(f"killed-{number}")
        own = own_refs(place)
        assert attempt(one, place, Plan(place.path, kill, number)) is None
        check(one, place, own, f"{number}: {step}")


@pytest.mark.parametrize("kind", ["apply", "rollback", "split"])
@pytest.mark.parametrize("act", [interrupt, fill_once, fill], ids=lambda act: act.__name__)
def test_a_failure_at_any_step(repo: Repo, kind: str, act: Callable[[Plan, str], None]) -> None:
    one = scene(repo, kind)
    for number, step in steps_of(one):
        place = one.copy(f"failed-{number}")
        own = own_refs(place)
        answer = attempt(one, place, Plan(place.path, act, number))
        when = f"{number}: {step}"
        assert answer is not None
        assert answer.status in (0, 1, 3, 130), (when, answer)
        assert "nothing was changed" not in answer.err or answer.status == 3, (when, answer)
        if act is not fill:
            assert answer.status in (0, 130) if act is interrupt else answer.status != 130, (when, answer)
            assert look(place) in (one.before, one.done), when
        if answer.status == 3:
            assert look(place) == one.before, when
        check(one, place, own, when)


def git_commands(one: Scene) -> list[str]:
    place = one.copy("counted")
    with failing_git(-1) as commands:
        dagpatch(place.path, *one.command)
    shutil.rmtree(place.path)
    return commands


@pytest.mark.parametrize("kind", ["apply", "conflict", "continue", "rollback", "split"])
def test_a_failure_of_any_git(repo: Repo, kind: str) -> None:
    one = scene(repo, kind)
    for number, command in enumerate(git_commands(one)):
        place = one.copy(f"failed-{number}")
        own = own_refs(place)
        with failing_git(number):
            answer = dagpatch(place.path, *one.command)
        when = f"{number}: git {command}"
        assert answer.status in (0, 1, 3), (when, answer)
        if answer.status == 3:
            assert look(place) == one.before, when
        check(one, place, own, when)


@pytest.mark.parametrize("kind", ["apply", "rollback"])
def test_a_kill_of_any_git(repo: Repo, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stale, "_STEADY", 0)
    one = scene(repo, kind)
    for number, command in enumerate(git_commands(one)):
        if command.split()[0] not in ("read-tree", "update-index", "update-ref"):
            continue
        place = one.copy(f"failed-{number}")
        own = own_refs(place)
        with failing_git(number, subprocess.Popen.kill):
            answer = dagpatch(place.path, *one.command)
        assert answer.status in (0, 3), (command, answer)
        assert look(place) == (one.before if answer.status else one.done), command
        check(one, place, own, command)


def test_output_that_cannot_be_written(repo: Repo) -> None:
    """What was done stands, and nobody is told that it does not."""
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("There is no /dev/full here.")
    one = scene(repo, "apply")
    with full.open("wb") as output:
        done = subprocess.run(
            [PROGRAM, *one.command],
            cwd=repo.path,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert done.returncode == 1
    assert b"No space left" in done.stderr
    assert b"nothing was changed" not in done.stderr
    assert b"Traceback" not in done.stderr
    assert look(repo) == one.done
    assert dagpatch(repo.path, *ABORT).status == 3
    assert dagpatch(repo.path, "rollback").status == 0
    assert look(repo) == one.before


NOBODY = 65534


@pytest.fixture
def open_place() -> Iterator[Path]:
    """A directory that an ordinary user can get to, and owns what is put there."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


def as_ordinary_user(repo: Repo, *arguments: str | Path) -> Answer:
    """git dagpatch run by one for whom permissions count."""
    user: tuple[str, ...] = ()
    if os.geteuid() == 0:
        user = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")
        for place in (repo.path, *repo.path.rglob("*")):
            os.chown(place, NOBODY, NOBODY, follow_symlinks=False)
    command = [*user, sys.executable, "-P", "-m", "git_dagpatch", *map(str, arguments)]
    environment = os.environ | {"GIT_CONFIG_GLOBAL": str(repo.path.parent / "config"), "HOME": str(repo.path.parent)}
    done = subprocess.run(
        command, cwd=repo.path, env=environment, capture_output=True, stdin=subprocess.DEVNULL, check=False
    )
    return Answer(done.returncode, done.stdout, done.stderr.decode())


@pytest.mark.parametrize("verb", ["apply", "rollback"])
@pytest.mark.parametrize("name", [".", ".git", ".git/objects", ".git/refs/heads", ".git/dagpatch", "folder"])
def test_a_directory_that_cannot_be_written_to(repo: Repo, open_place: Path, verb: str, name: str) -> None:
    made = offer(repo, {"folder/file.txt": b"new\n", "a.txt": b"a\n"}, base={"folder/file.txt": b"old\n"})
    (patch,) = made.patches
    repo.write("folder/untracked.txt", b"untracked\n")
    place = Repo(open_place / "repo")
    shutil.copytree(repo.path, place.path, symlinks=True)
    shutil.copy(patch, open_place / "patch.json")
    shutil.copy(os.environ["GIT_CONFIG_GLOBAL"], open_place / "config")
    (open_place / "config").chmod(0o644)
    (open_place / "patch.json").chmod(0o644)
    if as_ordinary_user(place, "--version").status != 0:
        pytest.skip("There is no ordinary user here who may run the program.")
    place.git("config", "--global", "--add", "safe.directory", "*")
    first: tuple[str | Path, ...] = ("apply", open_place / "patch.json")
    assert as_ordinary_user(place, *first).status == 0
    if verb == "apply":
        assert as_ordinary_user(place, "rollback").status == 0
    before = look(place)
    closed = place.path / name
    closed.chmod(0o555)
    answer = as_ordinary_user(place, *(first if verb == "apply" else ("rollback",)))
    assert answer.status in (0, 1, 3), answer
    assert "Traceback" not in answer.err
    if answer.status == 0:
        assert place.git("status", "--porcelain", "--untracked-files=all") == b"?? folder/untracked.txt\n"
    if answer.status == 3:
        assert look(place) == before, answer
    closed.chmod(0o755)
    back = as_ordinary_user(place, *ABORT)
    assert back.status == (0 if answer.status == 1 else 3), (answer, back)
    if answer.status != 0:
        assert look(place) == before, (answer, back)
    assert place.git("fsck", "--no-dangling") == b""
    assert [file.name for file in (place.path / ".git").rglob("*.lock")] == ["dagpatch.lock"]
