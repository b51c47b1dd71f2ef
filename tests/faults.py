"""Failures at a chosen step of a command: at a write, a rename, a removal, or a git process.

Python tells an audit hook of each such step before it is taken, so none can be forgotten. The hook cannot be removed
again; it does nothing while no plan is in force.
"""

from __future__ import annotations

import errno
import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from subprocess import Popen
from typing import Any
from unittest.mock import patch

from git_dagpatch.model.objects import Objects
from git_dagpatch.store.command import Git
from git_dagpatch.store.guard import Guard, Intent
from git_dagpatch.store.libgit import LibgitStore

_REMOVALS = ("os.remove", "os.rmdir")
_CHANGES = ("os.rename", "os.mkdir", "os.link", "os.symlink", "os.chmod", "os.truncate", *_REMOVALS)
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
_READING = {"rev-parse", "symbolic-ref", "diff-index", "diff-files", "ls-files", "config", "var", "interpret-trailers"}
"""git commands after which all is as before."""


class Killed(BaseException):
    """The process is dead: whatever it still tries does not happen."""


class Plan:
    """Counts steps, and does something at one of them."""

    def __init__(self, directory: Path, act: Callable[[Plan, str], None] | None = None, at: int = -1) -> None:
        self.directory = str(directory)
        self.at = at
        self.steps: list[str] = []
        self._act = act

    def step(self, what: str) -> None:
        self.steps.append(what)
        if self._act and len(self.steps) > self.at:
            self._act(self, what)

    @property
    def now(self) -> bool:
        """Whether this is the very step."""
        return len(self.steps) == self.at + 1


_in_force: list[Plan] = []


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    for plan in _in_force:
        if event == "subprocess.Popen":
            _process(plan, list(arguments[1]))
        elif event in _CHANGES:
            plan.step(f"{event} {arguments[0]}")
        elif event == "open" and (arguments[2] & _WRITING) and str(arguments[0]).startswith(plan.directory):
            plan.step(f"write {arguments[0]}")


def _process(plan: Plan, command: Sequence[object]) -> None:
    words = [str(word) for word in command]
    if words[0] == "git" and words[1] not in _READING:
        plan.step(" ".join(words[:3]))


sys.addaudithook(_hook)


@contextmanager
def in_force(plan: Plan) -> Iterator[None]:
    """Let `plan` decide over each step of the block."""
    say, write = Guard._say, LibgitStore.write
    usual = signal.signal(signal.SIGINT, signal.default_int_handler)

    def saying(guard: Guard, intent: Intent) -> None:
        plan.step("say")
        say(guard, intent)

    def writing(store: LibgitStore, objects: Objects) -> None:
        plan.step("objects")
        write(store, objects)

    _in_force.append(plan)
    try:
        with patch.object(Guard, "_say", saying), patch.object(LibgitStore, "write", writing):
            yield
    finally:
        _in_force.remove(plan)
        signal.signal(signal.SIGINT, usual)


def kill(plan: Plan, _: str) -> None:
    """From this step on, nothing happens any more."""
    raise Killed


def interrupt(plan: Plan, _: str) -> None:
    """Ctrl-C, once."""
    if plan.now:
        signal.raise_signal(signal.SIGINT)


def fill_once(plan: Plan, what: str) -> None:
    """No space is left for this step, but for what comes after it."""
    if plan.now and not what.startswith(_REMOVALS):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def fill(plan: Plan, what: str) -> None:
    """No space is left from this step on; only removals work."""
    if not what.startswith((*_REMOVALS, "os.truncate")):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@contextmanager
def failing_git(at: int, how: Callable[[Popen[bytes]], None] | None = None) -> Iterator[list[str]]:
    """The git process number `at` fails, or `how` ends it; the commands that ran."""
    commands: list[str] = []
    start = Git._running

    @contextmanager
    def running(
        command: Git, arguments: Sequence[str], environment: Mapping[str, str] | None = None, *, keeps_lock: bool
    ) -> Iterator[Popen[bytes]]:
        commands.append(" ".join(arguments[:2]))
        now = len(commands) == at + 1
        # Not the status 1, by which git says that what was asked for does not exist.
        wrong = ("rev-list", "this fails") if now and not how else arguments
        with start(command, wrong, environment, keeps_lock=keeps_lock) as process:
            if now and how:
                how(process)
            yield process

    with patch.object(Git, "_running", running):
        yield commands
