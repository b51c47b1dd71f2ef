"""Running git itself, for what libraries lack: work-tree updates with filters, hooks, signatures, transport."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import IO, NamedTuple

import git

from git_dagpatch.model.errors import GitFailed


class Answer(NamedTuple):
    """What a git command gave."""

    status: int
    output: bytes
    messages: str


class Talk:
    """The streams of a running git."""

    def __init__(self, stdin: IO[bytes], stdout: IO[bytes], stderr: IO[bytes]) -> None:
        self._stdin, self._stdout, self._stderr = stdin, stdout, stderr

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

    def ask(self, *arguments: str, stdin: bytes = b"", environment: Mapping[str, str] | None = None) -> Answer:
        """Run git and return what it gave, whether it failed or not."""
        with tempfile.TemporaryFile() as stream:
            stream.write(stdin)
            stream.seek(0)
            status, output, messages = self._command.execute(
                ["git", *arguments],
                istream=stream,
                with_extended_output=True,
                with_exceptions=False,
                stdout_as_string=False,
                strip_newline_in_stdout=False,
                env=environment,
            )
        return Answer(status, output, messages)

    def run(self, *arguments: str, stdin: bytes = b"", environment: Mapping[str, str] | None = None) -> bytes:
        """What git prints. Raises GitFailed with its message."""
        answer = self.ask(*arguments, stdin=stdin, environment=environment)
        if answer.status:
            raise GitFailed(f"git {arguments[0]} failed.", cause=answer.messages.strip())
        return answer.output

    @contextmanager
    def talking(self, *arguments: str) -> Iterator[Talk]:
        """git as a running process, to talk to; it has ended when the block has."""
        running = self._command.execute(["git", *arguments], istream=subprocess.PIPE, as_process=True)
        process = running.proc
        assert process is not None
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        try:
            yield Talk(process.stdin, process.stdout, process.stderr)
        finally:
            # Without a last word, git gives up what it was asked for.
            with suppress(BrokenPipeError):
                process.stdin.close()
            process.stdout.close()
            process.stderr.close()
            process.wait()

    def line(self, *arguments: str) -> str:
        """The one line that git prints, empty if it fails."""
        answer = self.ask(*arguments)
        return "" if answer.status else answer.output.decode(errors="surrogateescape").rstrip("\n")
