"""A patch as text for people."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from git_dagpatch.model.operation import BinaryDelta, Create, Edit, Operation, Whitespace, said
from git_dagpatch.model.patch import Patch
from git_dagpatch.model.text import readable, safe, to_bytes

Style = Callable[[str, str], str]
"""(text, role) → the text as that role looks. Roles: id, kind, added, removed, place, quiet."""

_SHORT = 12
_MAX_CREATED = 20
"""Lines of a new file that are shown."""


def render_patch(patch: Patch, style: Style, *, full: bool = False) -> Iterator[str]:
    """The lines of `patch`: where it comes from, then each operation. `full` shows whole new files."""
    yield from _head(patch, style)
    short = {operation.id: f"#{number}" for number, operation in enumerate(patch.operations)}
    for number, operation in enumerate(patch.operations):
        needs = [short[need] for need in operation.depends_on]
        after = style(f"  after {', '.join(needs)}", "quiet") if needs else ""
        yield ""
        yield f"{style(f'#{number}', 'id')} {style(operation.type, 'kind')}  {_sentence(operation)}{after}"
        yield from _body(operation, style, full)


def _head(patch: Patch, style: Style) -> Iterator[str]:
    metadata = patch.metadata
    yield f"{style('patch', 'kind')} {style(patch.id, 'id')}"
    if metadata.commit:
        yield f"commit  {safe(metadata.commit)}"
    if metadata.author:
        author = metadata.author
        yield f"author  {safe(readable(author.name))} <{safe(readable(author.email))}>"
        yield f"date    {safe(author.date)}"
    yield f"trees   {patch.base[:_SHORT]} → {patch.result[:_SHORT]}"
    if metadata.message:
        yield ""
        yield from (f"    {safe(line)}" for line in readable(metadata.message).rstrip().split("\n"))
    yield ""
    count = len(patch.operations)
    yield f"{count} operation{'s' * (count != 1)}"


def _sentence(operation: Operation) -> str:
    return (
        said(operation)
        if operation.description
        else safe(f"An operation of a kind that this version does not know: {operation.type}")
    )


def _body(operation: Operation, style: Style, full: bool) -> Iterator[str]:
    match operation:
        case Edit():
            for hunk in operation.hunks:
                yield style(f"  line {hunk.at}", "place")
                yield from (_line(readable(line), style) for line in hunk.lines)
        case Create():
            content = to_bytes(operation.content)
            if b"\0" in content:
                yield style(f"  {len(content):,} bytes", "quiet")
                return
            lines = content.decode(errors="replace").split("\n")
            lines = lines[:-1] if lines[-1] == "" else lines
            shown = lines if full else lines[:_MAX_CREATED]
            yield from (_line(f"+{line}", style) for line in shown)
            if len(shown) < len(lines):
                yield style(f"  … {len(lines) - len(shown):,} more lines (--full shows them)", "quiet")
        case Whitespace():
            for name, spans in (operation.footprint or {}).items():
                places = len(spans or ())
                yield style(f"  {name}: {places} place{'s' * (places != 1)}", "quiet")
        case BinaryDelta():
            yield style(f"  {len(to_bytes(operation.delta)):,} bytes of delta", "quiet")


def _line(line: str, style: Style) -> str:
    text = "  " + safe(line.removesuffix("\n"))
    if not line.endswith("\n") and line[:1] in "+- " and not line.startswith("+"):
        text += "  (no newline at the end)"
    return style(text, {"+": "added", "-": "removed"}.get(line[:1], "context"))
