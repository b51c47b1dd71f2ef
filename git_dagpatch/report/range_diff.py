"""Two series compared, as text for people and as plain values for programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import wrap
from typing import Any

from git_dagpatch.model.comparison import (
    Changed,
    CommitPair,
    Compared,
    Elsewhere,
    Entry,
    Fate,
    OnlyNew,
    OnlyOld,
    Row,
    RowKind,
    Same,
)
from git_dagpatch.model.text import safe
from git_dagpatch.report.patch import Style

_NO_COMMIT = "-------"
_SHOWN = 60
"""Lines of an operation that are shown, unless all are asked for."""


def comparison_lines(pairs: Sequence[CommitPair], style: Style, width: int, *, full: bool = False) -> Iterator[str]:
    """The pairs of commits, and in each what became of its operations; `full` shows new and lost content whole."""
    digits = len(str(max((entry.number for pair in pairs for entry in (pair.old, pair.new) if entry), default=0)))
    for pair in pairs:
        yield _head(pair, style, digits, width)
        if pair.same:
            continue
        if pair.message:
            yield f"    {style('what the commit says', 'kind')}"
            yield from _rows(pair.message, style)
        yield from _fates(pair, style, width, full)


def _head(pair: CommitPair, style: Style, digits: int, width: int) -> str:
    mark = "<" if pair.new is None else ">" if pair.old is None else "=" if pair.same else "!"
    look = {"<": "removed", ">": "added", "=": "id", "!": "id"}[mark]
    old, new = (_side(entry, digits) for entry in (pair.old, pair.new))
    entry = pair.new or pair.old
    assert entry is not None
    told = f"{old} {mark} {new} "
    subject = safe(entry.subject)
    room = width - len(told)
    return style(told, look) + (subject if len(subject) <= room else f"{subject[: room - 1]}…")


def _side(entry: Entry | None, digits: int) -> str:
    if entry is None:
        return f"{'-':>{digits}}: {_NO_COMMIT}"
    return f"{entry.number:>{digits}}: {(entry.commit or entry.patch)[:7]}"


def _fates(pair: CommitPair, style: Style, width: int, full: bool) -> Iterator[str]:
    here = pair.old.number if pair.old else 0, pair.new.number if pair.new else 0
    told = [fate for fate in pair.fates if not (isinstance(fate, Same) and _numbers(fate) == here)]
    if same := len(pair.fates) - len(told):
        yield style(f"    = {same} operation{'s' * (same != 1)} the same", "quiet")
    for fate in told:
        mark, look, sentence = _told(fate)
        first = f"    {mark} "
        lines = wrap(
            safe(sentence + _away(fate, here)),
            max(width - len(first), 20),
            break_long_words=False,
            break_on_hyphens=False,
        )
        yield style(first + lines[0], look)
        yield from (style(f"      {line}", look) for line in lines[1:])
        yield from _body(fate, style, width, full)


def _numbers(fate: Fate) -> tuple[int, int]:
    match fate:
        case OnlyOld(old):
            return old.commit, 0
        case OnlyNew(new):
            return 0, new.commit
        case _:
            return fate.old.commit, fate.new.commit


def _told(fate: Fate) -> tuple[str, str, str]:
    """Mark, look and sentence."""
    match fate:
        case OnlyOld(old):
            return "<", "removed", f"only in the old: {_sentence(old)}"
        case OnlyNew(new):
            return ">", "added", f"only in the new: {_sentence(new)}"
        case Same(old):
            return "=", "quiet", f"the same: {_sentence(old)}"
        case Elsewhere(_, new):
            return "@", "place", f"elsewhere: {_sentence(new)}"
        case Changed(_, new, _, place):
            return "!", "kind", f"changed: {_sentence(new)}{f', was in {place}' if place else ''}"


def _sentence(compared: Compared) -> str:
    return compared.operation.description or compared.operation.type


def _away(fate: Fate, here: tuple[int, int]) -> str:
    """Where the counterpart is, if it is not in this pair of commits."""
    old, new = _numbers(fate)
    if not old or not new or (old, new) == here:
        return ""
    return f" (in {new} of the new)" if old == here[0] else f" (was in {old} of the old)"


def _body(fate: Fate, style: Style, width: int, full: bool) -> Iterator[str]:
    match fate:
        case Elsewhere(_, _, places):
            for place in places:
                for line in wrap(safe(place), max(width - 8, 20), break_long_words=False, break_on_hyphens=False):
                    yield f"        {line}"
        case Changed(_, _, rows, _):
            lines = list(_rows(rows, style))
            yield from _cut(lines, style, full)
        case OnlyOld(_, content) | OnlyNew(_, content):
            looks = {"+": "added", "-": "removed", "@": "place"}
            lines = [style(f"        {safe(line)}", looks.get(line[:1], "context")) for line in content]
            yield from _cut(lines, style, full)


def _cut(lines: Sequence[str], style: Style, full: bool) -> Iterator[str]:
    """The lines, or the first of them and how many there are besides."""
    yield from lines if full else lines[:_SHOWN]
    if not full and len(lines) > _SHOWN:
        yield style(f"        … {len(lines) - _SHOWN:,} more lines (--full shows them)", "quiet")


def _rows(rows: Sequence[Row], style: Style) -> Iterator[str]:
    for row in rows:
        if row.kind is RowKind.SKIPPED:
            count = int(row.words[0].text)
            yield style(f"        … {count:,} line{'s' * (count != 1)} the same", "quiet")
        elif row.kind is RowKind.BOTH:
            yield f"             {words(row, style)}".rstrip()
        else:
            look = "removed" if row.kind is RowKind.OLD else "added"
            yield style(f"        {row.kind:<4} {safe(row.words[0].text)}".rstrip(), look)


def words(row: Row, style: Style) -> str:
    """The line, with ``[-what went-]`` and ``{+what came+}`` as git marks words."""
    looks = {"-": ("[-{}-]", "removed"), "+": ("{{+{}+}}", "added"), "": ("{}", "context")}
    return "".join(style(looks[word.mark][0].format(safe(word.text)), looks[word.mark][1]) for word in row.words)


def pair_document(pair: CommitPair) -> dict[str, Any]:
    """A pair of commits as plain values for JSON."""
    return {
        "old": _entry(pair.old),
        "new": _entry(pair.new),
        "verdict": "old" if pair.new is None else "new" if pair.old is None else "same" if pair.same else "changed",
        "message": [_row(row) for row in pair.message],
        "operations": [_fate(fate) for fate in pair.fates],
    }


def _entry(entry: Entry | None) -> dict[str, Any] | None:
    return dict(entry._asdict()) if entry else None


def _fate(fate: Fate) -> dict[str, Any]:
    match fate:
        case OnlyOld(old, content):
            return {"verdict": "old", "old": _compared(old), "new": None, "content": list(content)}
        case OnlyNew(new, content):
            return {"verdict": "new", "old": None, "new": _compared(new), "content": list(content)}
        case Same(old, new):
            return {"verdict": "same", "old": _compared(old), "new": _compared(new)}
        case Elsewhere(old, new, places):
            return {"verdict": "elsewhere", "old": _compared(old), "new": _compared(new), "places": list(places)}
        case Changed(old, new, rows, place):
            told = [_row(row) for row in rows]
            fields = {"old": _compared(old), "new": _compared(new), "rows": told}
            return {"verdict": "changed"} | fields | ({"was_in": place} if place else {})


def _compared(compared: Compared) -> dict[str, Any]:
    operation = compared.operation
    return {"commit": compared.commit, "id": operation.id, "type": operation.type, "description": _sentence(compared)}


def _row(row: Row) -> dict[str, Any]:
    return {"kind": row.kind.value, "words": [list(word) for word in row.words]}
