"""The impact of a patch for a terminal: what changes, who uses it, how many tests may be affected."""

from __future__ import annotations

from collections.abc import Iterator

from git_dagpatch.model.impact import Caller, Impact
from git_dagpatch.model.text import safe


def impact_text(impact: Impact) -> Iterator[str]:
    """The lines to print."""
    if not impact.changed:
        yield "No definition changes outside of tests."
    for changed in impact.changed:
        gone = "  (gone)" if changed.gone else ""
        yield safe(f"{changed.path}:{changed.line}  {changed.symbol}{gone}")
        for caller in changed.callers:
            yield "  " + safe(_caller(caller))
        if not changed.callers:
            yield "  nothing is known to use it"
    yield ""
    for reason in impact.reasons:
        yield safe(f"All tests may be affected: {reason}.")
    if not impact.reasons:
        yield _tests(impact)


def _caller(caller: Caller) -> str:
    how = "certain " if caller.certain else "possible"
    return f"{how}  {caller.path}:{caller.line}  {caller.symbol}".rstrip()


def _tests(impact: Impact) -> str:
    if not impact.tests:
        return f"No test is affected; known: {impact.known}."
    files = len({name.partition("::")[0] for name in impact.tests})
    return f"Tests in {'one file' if files == 1 else f'{files} files'} may be affected; --affected-tests lists them."
