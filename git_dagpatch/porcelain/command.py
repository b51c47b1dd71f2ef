"""A command of the person who calls, run in a directory of its own: the test of an apply, the check of a checkpoint."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

from msgspec import Struct

_TOLD = 2000
"""Characters of the output's end that are kept."""


class Outcome(Struct, frozen=True):
    """How a command ended."""

    status: int
    """Zero if all is well."""
    output: str
    """The end of what it printed, both streams."""


def run_in(place: Path, command: str, timeout: float | None = None) -> Outcome | None:
    """Run `command` in the shell, in `place`; None if it did not end within `timeout` seconds."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    process = subprocess.Popen(
        command,
        shell=True,
        cwd=place,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        output, _ = process.communicate(timeout=timeout)
    except BaseException as error:
        # Whatever it started goes with it.
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        if not isinstance(error, subprocess.TimeoutExpired):
            raise
        return None
    finally:
        assert process.stdout is not None
        process.stdout.close()
    return Outcome(process.returncode, output.decode(errors="replace")[-_TOLD:].strip())
