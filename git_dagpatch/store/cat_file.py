"""``git cat-file`` as a process that answers one request after another."""

from __future__ import annotations

import os
import re
import select
import subprocess
import weakref
from typing import NamedTuple

import git

from git_dagpatch.model.objects import Oid

AS_STORED = {"GIT_NO_REPLACE_OBJECTS": "1"}
"""Makes git give the object that an id stands for, and none that ``git replace`` would show instead."""
_HEADER = re.compile(rb"([0-9a-f]{40}|[0-9a-f]{64}) (blob|commit|tag|tree) (\d+)")
_COMPLAINT = re.compile("^(error|fatal): ", re.MULTILINE)
_CHUNK = 1 << 16
_KEPT_MESSAGES = 1 << 13


class Found(NamedTuple):
    """An object that was asked for. `data` is empty where only its kind was asked."""

    oid: Oid
    kind: str
    data: bytes


class Absent(NamedTuple):
    """There is no such object, or not one alone."""

    why: str


class Unreadable(NamedTuple):
    """git failed over a request: the object is damaged or cannot be fetched, or its name makes no sense."""

    messages: str


class CatFile:
    """One ``git cat-file --batch`` or ``--batch-check``: started when asked first, and again where it has ended.

    A forked process that inherits it starts its own.
    """

    def __init__(self, git_dir: str, work_tree: str | None, mode: str) -> None:
        # At the top of the work tree, from which git counts relative paths to object directories.
        self._command = git.Git(work_tree)
        places = {"GIT_DIR": git_dir} | ({"GIT_WORK_TREE": work_tree} if work_tree else {})
        self._command.update_environment(**places, **AS_STORED, GIT_TERMINAL_PROMPT="0")
        self._mode = mode
        self._running: _Process | None = None

    def ask(self, name: bytes) -> Found | Absent | Unreadable:
        """The object that `name` names; a name is one line."""
        # One that dies without a word was killed, maybe long ago, and not by this request.
        return self._ask_once(name) or self._ask_once(name) or Unreadable("git ended without a word.")

    def _ask_once(self, name: bytes) -> Found | Absent | Unreadable | None:
        process = self._process()
        try:
            return self._answer(process, name)
        except (BrokenPipeError, EOFError):
            messages = process.messages()
            self.close()
            return Unreadable(messages) if messages else None
        except BaseException:
            # An answer that was read in part would be taken for that to the next request.
            self.close()
            raise

    def close(self) -> None:
        """End the process."""
        if self._running is not None:
            self._running.end()
            self._running = None

    def _process(self) -> _Process:
        if self._running is not None and not self._running.is_ours_and_alive():
            self.close()
        if self._running is None:
            started = self._command.execute(["git", "cat-file", self._mode], istream=subprocess.PIPE, as_process=True)
            self._running = _Process(started)
        return self._running

    def _answer(self, process: _Process, name: bytes) -> Found | Absent | Unreadable:
        process.write(name + b"\n")
        line = process.read_line()
        header = _HEADER.fullmatch(line)
        if header is None:
            # git calls missing what it finds damaged, too, but not without complaint.
            messages = process.messages()
            if _COMPLAINT.search(messages):
                return Unreadable(messages)
            return Absent(line.removeprefix(name).strip().decode(errors="replace"))
        oid, kind, size = header.groups()
        data = b""
        if self._mode == "--batch":
            data = process.read(int(size))
            process.read_line()
        return Found(oid.decode(), kind.decode(), data)


class _Process:
    """Pipes to and from a process. What it complains about is read all the time, so that it never waits for us."""

    def __init__(self, process: git.Git.AutoInterrupt) -> None:
        assert process.proc is not None
        assert process.proc.stdin is not None
        assert process.proc.stdout is not None
        assert process.proc.stderr is not None
        self._owner = os.getpid()
        self._poll_status = process.proc.poll
        self._stdin = process.proc.stdin.fileno()
        self._stdout = process.proc.stdout.fileno()
        self._stderr = process.proc.stderr.fileno()
        self._read = bytearray()
        self._ended = False
        self._messages = b""
        self._waiting = select.poll()
        self._waiting.register(self._stdout, select.POLLIN)
        self._waiting.register(self._stderr, select.POLLIN)
        # Called when this object goes, and at the end of the interpreter before modules are torn down.
        self.end = weakref.finalize(self, _end, process)

    def is_ours_and_alive(self) -> bool:
        return self._owner == os.getpid() and self._poll_status() is None

    def write(self, data: bytes) -> None:
        """Raises BrokenPipeError where the process has ended."""
        self.messages()
        self._messages = b""
        while data:
            data = data[os.write(self._stdin, data) :]

    def read_line(self) -> bytes:
        """One line without its end. Raises EOFError."""
        while (end := self._read.find(b"\n")) < 0:
            self._fill(None)
        line = self.read(end + 1)
        return line[:-1]

    def read(self, size: int) -> bytes:
        """Exactly `size` bytes. Raises EOFError."""
        while len(self._read) < size:
            self._fill(None)
        with memoryview(self._read) as read:
            data = bytes(read[:size])
        del self._read[:size]
        return data

    def messages(self) -> str:
        """What the process has complained about since it was written to."""
        while self._fill(0):
            pass
        return self._messages.decode(errors="replace").strip()

    def _fill(self, timeout: int | None) -> bool:
        """Read what is there, after at most so many milliseconds. Whether there was anything; EOFError at the end."""
        if self._ended and timeout is None:
            raise EOFError
        ready = self._waiting.poll(timeout)
        for handle, _ in ready:
            chunk = os.read(handle, _CHUNK)
            if handle == self._stderr:
                self._messages = (self._messages + chunk)[-_KEPT_MESSAGES:]
            else:
                self._read += chunk
                self._ended = not chunk
            if not chunk:
                self._waiting.unregister(handle)
        return bool(ready)


def _end(process: git.Git.AutoInterrupt) -> None:
    """End a process of ours. In a fork, which is not its parent, this closes the pipes and no more."""
    running = process.proc
    if running is None:
        return
    for stream in (running.stdin, running.stdout, running.stderr):
        if stream is not None:
            stream.close()
    # Not left to the closed pipe: another fork may hold it open.
    running.terminate()
    running.wait()
