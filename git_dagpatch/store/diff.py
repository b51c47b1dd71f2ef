"""git's own diff, run as git runs it, to measure against."""

from __future__ import annotations

from typing import NamedTuple

import git

from git_dagpatch.model.objects import Oid

_OPTIONS = ("--binary", "--no-ext-diff", "--no-textconv", "--diff-algorithm=myers", "-M50%", "-l0")


class Diff(NamedTuple):
    """A diff and how many lines it adds and removes."""

    text: bytes
    lines: int


def diff_bytes(git_dir: str, before: Oid, after: Oid) -> Diff:
    """The diff between two trees."""
    command = git.Git()
    command.update_environment(GIT_DIR=git_dir)
    # With --numstat git prints the counts, an empty line, and then the very diff that it prints without.
    output = command.diff("--numstat", *_OPTIONS, before, after, stdout_as_string=False, strip_newline_in_stdout=False)
    counts, _, text = output.partition(b"\n\n")
    return Diff(text, sum(_changed(line) for line in counts.splitlines()))


def _changed(line: bytes) -> int:
    added, removed, _ = line.split(b"\t", 2)
    return 0 if added == b"-" else int(added) + int(removed)
