"""What operations do in the words of a commit's message."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from git_dagpatch.engine.select import paths
from git_dagpatch.model.operation import Operation, said

_LONGEST_SUBJECT = 72
_LISTED = 40
"""Characters of the names of files in a subject; how many files there are is said instead of more."""
_REFACTORINGS = ("rename", "move", "copy")
"""Kinds that are told of by what they do, wherever they are."""
_DRAFTED = 30
"""Operations that a draft lists."""


def subject_line(operations: Sequence[Operation]) -> str:
    """The first line of a message: what the main operation does, and how many there are besides."""
    line = _subject(operations)
    return f"{line[: _LONGEST_SUBJECT - 1].rstrip()}…" if len(line) > _LONGEST_SUBJECT else line


def draft(operations: Sequence[Operation]) -> str:
    """A message to start from; empty where there is nothing to tell."""
    if not operations:
        return ""
    subject = subject_line(operations)
    told = [said(operation) for operation in operations]
    if told == [subject]:
        return f"{subject}\n"
    left = len(told) - _DRAFTED
    more = [f"- and {left} more"] if left > 0 else []
    return "\n".join([subject, "", *(f"- {one}" for one in told[:_DRAFTED]), *more, ""])


def _subject(operations: Sequence[Operation]) -> str:
    main = next(
        (one for one in operations if not {"imports", "formatting"} & {*(one.semantic_tags or ())}), operations[0]
    )
    more = len(operations) - 1
    told = said(main).partition(", ")[0] if main.type == "rename" else said(main)
    if not more:
        return told
    place = _listed({path for one in operations for path in paths(one)})
    if all(one.type == "whitespace" for one in operations):
        return f"Change the layout of {place}"
    if main.type not in _REFACTORINGS and all(one.affected_domains == ["tests"] for one in operations):
        return f"Change tests in {place}"
    if all("documentation" in (one.semantic_tags or ()) for one in operations):
        return f"Change the documentation in {place}"
    others = f", and {more} more change{'s' * (more != 1)}"
    # The list below says where.
    short = told.removesuffix(f" in {getattr(main, 'target', '').partition(':')[0]}")
    return next((text for text in (told + others, short + others) if len(text) <= _LONGEST_SUBJECT), short)


def _listed(named: Collection[str]) -> str:
    names = " and ".join(sorted(named))
    return names if len(named) == 1 or (len(named) == 2 and len(names) <= _LISTED) else f"{len(named)} files"
