"""Records of the journal and the events of a run, for programs and people."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from git_dagpatch.model.record import Event, Landed, Present, Record, Stopped
from git_dagpatch.model.text import safe
from git_dagpatch.report.plan import doubt_document, plan_document, reach_document, settlement_document

Style = Callable[[str, str], str]


def record_document(record: Record) -> dict[str, Any]:
    """A record as plain values for JSON, without the snapshot, which is git dagpatch's own."""
    fields: dict[str, Any] = msgspec.to_builtins(record)
    del fields["snapshot"]
    return fields


def event_document(event: Event) -> dict[str, Any]:
    """What happened to one patch, as plain values for JSON."""
    match event:
        case Landed(record, settled, reached, unreached, doubts):
            return {
                "event": "landed",
                "record": record_document(record),
                "settled": [settlement_document(found) for found in settled],
                "reached": [reach_document(found) for found in reached],
                "unreached": [reach_document(found) for found in unreached],
                "doubts": [doubt_document(found) for found in doubts],
            }
        case Present(patch, subject):
            return {"event": "present", "patch": patch, "subject": subject}
        case Stopped(plan, record, waiting):
            return {"event": "stopped", "record": record_document(record), "waiting": waiting} | plan_document(plan)


def record_lines(record: Record, style: Style) -> Iterator[str]:
    """A record in a few lines."""
    yield f"{style(record.id, 'id')} {style(record.verb, 'kind')} {record.state}  {safe(record.subject)}"
    before = record.before[:12] if record.before else "nothing"
    after = record.after[:12] if record.after else "staged" if not record.commits else "–"
    yield f"  {record.time}  {safe(record.branch)}  {before} → {after}  {len(record.paths)} files"
    if record.forced:
        yield f"  forced past: {', '.join(record.forced)}"
    if record.backup:
        yield f"  backup: {record.backup.removeprefix('refs/heads/')}"
