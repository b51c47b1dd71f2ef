"""docs/reference/commute.md: the table of kinds that commute, with an example of each cell that is executed."""

from __future__ import annotations

from collections.abc import Iterator

from git_dagpatch.engine.commutation import SORTS, Cell, Verdict, cell
from git_dagpatch.model.operation import Edit, Operation, StringReplace
from git_dagpatch.operations import kind_of
from tests.commuting import BASE, Try, apart, tries

_MARKS = {Verdict.COMMUTES: "yes", Verdict.IF: "if", Verdict.NEVER: "–"}
_SHORT = {"copy of a file": "copy, file", "move of a file": "move, file", "copy of a symbol": "copy, symbol"}
_SHORT |= {"move of a symbol": "move, symbol"}
NOTE = "<!-- Written by scripts/docs. Change the code that it is made of, then run that again. -->"

_INTRODUCTION = """\
Two operations commute if both orders do the same; then neither needs the other, and either can be taken alone. The
graph of a patch has an edge between two that do not. Operations on different files commute, unless one frees or takes a
place that the other needs: a path, or a directory above it. The table tells of two that are about one file or one
place; the row comes first, the column second.

- **yes**: they commute, whatever they do.
- **if**: they commute if a condition holds, which stands below.
- **–**: they never do.

First the footprints decide: what lies apart in the bytes of a text commutes, and the positions are shifted. Where they
meet, an exact edit and a rule whose meaning can be carried out again (a rename of what certainly is one symbol, a named
transform of white space) may still commute: the rule is carried out on the other side of the edit. That is taken only
if both orders give the same bytes, if swapping back gives what was there, and if whatever is proved of an operation in
the one order is proved of it in the other. Edges of a patch are drawn by footprints alone.

The examples start from these files. The tests execute each of them, in both orders where they commute.
""".splitlines()


def commute_page() -> str:
    """The whole page."""
    lines = ["# Which operations commute", "", NOTE, "", *_INTRODUCTION, ""]
    for path, file in BASE.items():
        lines += [f"`{path.decode()}`", "", "```text", *file.content.decode().splitlines(), "```", ""]
    lines += ["## Table", "", *_table()]
    for first in SORTS:
        lines += ["", f"## {first[:1].upper()}{first[1:]} first", "", *_rows(first)]
    return "\n".join(lines) + "\n"


def _table() -> Iterator[str]:
    yield f"| first ↓, then → | {' | '.join(_SHORT.get(sort, sort) for sort in SORTS)} |"
    yield "|---" * (len(SORTS) + 1) + "|"
    for first in SORTS:
        yield f"| **{_SHORT.get(first, first)}** | {' | '.join(_mark(cell(first, second)) for second in SORTS)} |"


def _mark(found: Cell) -> str:
    return _MARKS[found.verdict]


def _rows(first: str) -> Iterator[str]:
    yield "| then | | | example |"
    yield "|---|---|---|---|"
    for second in SORTS:
        found = cell(first, second)
        shown = "; ".join(_told(one) for one in examples(first, second))
        yield f"| {second} | {found.verdict.value} | {found.why} | {shown} |"


def examples(first: str, second: str) -> list[Try]:
    """What shows the cell: a pair that commutes if there is one, and a pair that does not."""
    found = [*tries(first, second)] or [*apart(first, second)]
    commuting = [one for one in found if one.swapped is not None][:1]
    return commuting + [one for one in found if one.swapped is None][:1]


def _told(one: Try) -> str:
    verb = "commute" if one.swapped else "do not"
    return f"“{_described(one.first)}” and “{_described(one.second)}” {verb}"


def _described(operation: Operation) -> str:
    """A sentence; of exact edits what they change."""
    if isinstance(operation, Edit):
        lines = [str(line).strip("\n") for hunk in operation.hunks for line in hunk.lines if str(line)[:1] in "-+"]
        text = " ".join(f"`{line}`" for line in lines)
    elif isinstance(operation, StringReplace):
        text = f"Replace `{operation.pattern}` by `{operation.replacement}`"
    else:
        text = kind_of(operation).describe(operation)
    return (
        text.replace("|", "\\|").replace("*", "\\*").replace("[", "\\[")
        if "`" not in text
        else text.replace("|", "\\|")
    )
