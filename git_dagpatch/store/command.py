"""Running git itself, for what libraries lack: work-tree updates with filters, hooks, signatures, transport."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import NamedTuple

import git

from git_dagpatch.model.errors import GitFailed
from git_dagpatch.store.guard import Guard

_NONE = 1
"""git's exit status where what was asked for does not exist; it fails with others."""


class Answer(NamedTuple):
    """What a git command gave."""

    status: int
    output: bytes
    messages: str


class Talk:
    """A git that is talked to."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        self._process = process
        self._stdin, self._stdout, self._stderr = process.stdin, process.stdout, process.stderr

    @property
    def killed(self) -> bool:
        """Whether it was killed, once it has ended."""
        return (self._process.returncode or 0) < 0

    def say(self, words: bytes) -> None:
        """Write to git; what it thinks of it stands in its answer."""
        with suppress(BrokenPipeError):
            self._stdin.write(words)
            self._stdin.flush()

    def line(self) -> bytes:
        """The next line that git prints, empty at the end."""
        return self._stdout.readline()

    def complaint(self) -> str:
        """All that git says on stderr, once it has ended."""
        return self._stderr.read().decode(errors="replace").strip()


class Git:
    """git in one repository. `work_tree` is None for a bare one."""

    def __init__(self, git_dir: str, work_tree: str | None = None) -> None:
        self._command = git.Git(work_tree)
        places = {"GIT_DIR": git_dir} | ({"GIT_WORK_TREE": work_tree} if work_tree else {})
        # Not the C locale that GitPython asks for: hooks print what people read.
        self._command.update_environment(**places, LC_ALL="C.UTF-8", GIT_TERMINAL_PROMPT="0")
        self.guard: Guard | None = None
        """The repository's lock, while this process holds it."""

    def ask(
        self,
        *arguments: str,
        stdin: bytes = b"",
        environment: Mapping[str, str] | None = None,
        keeps_lock: bool = False,
    ) -> Answer:
        """Run git and return what it gave, whether it failed or not.

        With `keeps_lock` the repository stays locked until git has ended, even if this process dies before it.
        """
        with self._running(arguments, environment, keeps_lock=keeps_lock) as process:
            try:
                output, messages = process.communicate(stdin)
            except BaseException:
                # Asked to end, git takes its locks away.
                process.terminate()
                raise
        return Answer(process.returncode, output, messages.decode(errors="replace"))

    def run(
        self,
        *arguments: str,
        stdin: bytes = b"",
        environment: Mapping[str, str] | None = None,
        keeps_lock: bool = False,
    ) -> bytes:
        """What git prints. Raises GitFailed with its message."""
        answer = self.ask(*arguments, stdin=stdin, environment=environment, keeps_lock=keeps_lock)
        if answer.status:
            raise GitFailed(f"git {arguments[0]} failed.", cause=answer.messages.strip())
        return answer.output

    @contextmanager
    def _running(
        self, arguments: Sequence[str], environment: Mapping[str, str] | None = None, *, keeps_lock: bool
    ) -> Iterator[subprocess.Popen[bytes]]:
        """git as a process, which has ended when the block has."""
        kept = (self.guard.handle,) if keeps_lock and self.guard else ()
        running = self._command.execute(
            ["git", *arguments], istream=subprocess.PIPE, as_process=True, env=environment, pass_fds=kept
        )
        process = running.proc
        assert process is not None
        try:
            yield process
        finally:
            for stream in (process.stdin, process.stdout, process.stderr):
                assert stream is not None
                # Without a last word, git gives up what it was asked for.
                with suppress(BrokenPipeError):
                    stream.close()
            process.wait()

    @contextmanager
    def talking(self, *arguments: str) -> Iterator[Talk]:
        """git as a running process, to talk to; it has ended when the block has. It keeps the repository's lock."""
        with self._running(arguments, keeps_lock=True) as process:
            yield Talk(process)

    def line(self, *arguments: str) -> str:
        """The one line that git prints, empty if it says that there is none. Raises GitFailed if it fails."""
        answer = self.ask(*arguments)
        if answer.status not in (0, _NONE):
            raise GitFailed(f"git {arguments[0]} failed.", cause=answer.messages.strip())
        return "" if answer.status else answer.output.decode(errors="surrogateescape").rstrip("\n")
