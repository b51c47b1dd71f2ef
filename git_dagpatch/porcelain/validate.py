"""Whether the result of an apply is well formed, before anything is touched."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from functools import partial
from pathlib import Path

from git_dagpatch.alignment.files import Difference, differences
from git_dagpatch.alignment.lines import distance
from git_dagpatch.languages import Fault, language_of
from git_dagpatch.model.errors import UsageError, ValidationFailed
from git_dagpatch.model.objects import SUBMODULE, SYMLINK, Objects
from git_dagpatch.model.paths import encode
from git_dagpatch.model.plan import Plan
from git_dagpatch.model.tree import Tree, read_entry
from git_dagpatch.porcelain.command import run_in
from git_dagpatch.porcelain.imports import broken_imports
from git_dagpatch.porcelain.run import ApplyOptions
from git_dagpatch.store.commits import add_commit
from git_dagpatch.store.guard import TEST_TREE
from git_dagpatch.store.repository import Repository


def refuse_unknown(options: ApplyOptions) -> None:
    """Raise UsageError for a validation that there is not."""
    for name in options.validate:
        if name not in _CHECKS:
            raise UsageError(f"{name!r} is no validation.", hint=f"There are: {', '.join(_CHECKS)}, none.")


def validate(repository: Repository, plan: Plan, options: ApplyOptions) -> list[str]:
    """Check the result of `plan`, and test it; the names of the checks that failed and were overridden by force.

    Raises ValidationFailed for the first that failed and was not.
    """
    forced = validate_plan(plan, options)
    if options.test and not options.test_after:
        forced += _failures({"test": lambda: _test_aside(repository, plan, options)}, options)
    return forced


def validate_plan(plan: Plan, options: ApplyOptions) -> list[str]:
    """The same without the test, so that nothing is written."""
    checks: dict[str, Callable[[], None]] = {}
    if options.max_changes:
        checks["maxChanges"] = partial(_size, plan, options.max_changes)
    for name in options.validate:
        checks[name] = partial(_CHECKS[name], plan)
    return _failures(checks, options)


def _failures(checks: Mapping[str, Callable[[], None]], options: ApplyOptions) -> list[str]:
    forced = []
    for name, check in checks.items():
        try:
            check()
        except ValidationFailed:
            if not options.force:
                raise
            forced.append(name)
    return forced


def _syntax(plan: Plan) -> None:
    """Files that parsed before must parse after."""
    found = [(change.path, fault) for change in _texts(plan) for fault in _syntax_faults(plan, change)]
    if found:
        raise ValidationFailed(
            f"{_count(len({path for path, _ in found}), 'file')} would not parse any more; nothing was changed.",
            cause=_listed(found),
            hint="--force applies it all the same, --validate none leaves the check out.",
        )


def _syntax_faults(plan: Plan, change: Difference) -> Iterator[Fault]:
    after = _content(plan.tree, change, after=True)
    language = language_of(change.path, after)
    fault = language.fault(after)
    if fault and (change.before is None or language.parses(_content(plan.target, change, after=False))):
        yield fault


def _imports(plan: Plan) -> None:
    """What Python files import must exist after, unless it did not before."""
    found = [*broken_imports(plan.target, plan.tree)]
    if found:
        raise ValidationFailed(
            f"{_count(len(found), 'import')} would lead nowhere; nothing was changed.",
            cause=_listed(found),
            hint="--force applies it all the same, --validate syntax leaves the check out.",
        )


def _listed(found: Sequence[tuple[bytes, Fault]]) -> str:
    """The first of the faults, one a line."""
    lines = [f"{encode(path)}:{fault.line}:{fault.column}: {fault.message}" for path, fault in found[:_LISTED]]
    more = [f"… and {len(found) - _LISTED} more"] if len(found) > _LISTED else []
    return "\n".join([*lines, *more])


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'s' * (number != 1)}"


_LISTED = 10
_CHECKS: dict[str, Callable[[Plan], None]] = {"syntax": _syntax, "imports": _imports}


def _size(plan: Plan, most: int) -> None:
    lines = sum(
        distance(
            _content(plan.target, change, after=False) if change.before else b"",
            _content(plan.tree, change, after=True) if change.after else b"",
        )
        for change in differences(plan.target, plan.tree)
    )
    if lines > most:
        raise ValidationFailed(
            f"The patch changes {lines} lines; dagpatch.maxChanges allows {most}. Nothing was changed.",
            hint="--force applies it all the same.",
        )


def _texts(plan: Plan) -> Iterator[Difference]:
    for change in differences(plan.target, plan.tree):
        if change.after is not None and change.after.mode not in (SYMLINK, SUBMODULE):
            yield change


def _content(tree: Tree, change: Difference, *, after: bool) -> bytes:
    entry = change.after if after else change.before
    return read_entry(tree.source, entry) if entry else b""


def _test_aside(repository: Repository, plan: Plan, options: ApplyOptions) -> None:
    """Run the test in a linked work tree of the result, which goes afterwards."""
    objects = Objects(repository.store)
    commit = add_commit(objects, plan.tree.id, [], "The result of a patch, to be tested\n")
    repository.store.write(objects)
    with tempfile.TemporaryDirectory(prefix=TEST_TREE, ignore_cleanup_errors=True) as directory:
        # git calls what it keeps of a linked work tree by its last name, so that is one of its own.
        place = Path(directory) / Path(directory).name
        guard = repository.git.guard
        with guard.doing(trees=[str(place)]) if guard else nullcontext():
            try:
                repository.git.run("worktree", "add", "--detach", "--quiet", str(place), commit)
                run_test(place, options)
            finally:
                repository.git.ask("worktree", "remove", "--force", "--force", str(place))


def run_test(place: Path, options: ApplyOptions) -> None:
    """Run the test command in `place`. Raises ValidationFailed if it fails or takes too long."""
    outcome = run_in(place, options.test, options.test_timeout)
    if outcome is None:
        raise ValidationFailed(
            f"The test {options.test!r} did not end within {options.test_timeout:g} seconds; nothing was changed."
        )
    if outcome.status:
        raise ValidationFailed(
            f"The test {options.test!r} failed with status {outcome.status}; nothing was changed.",
            cause=outcome.output,
        )
