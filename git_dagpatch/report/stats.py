"""Measures of commits as a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Row = dict[str, Any]
"""The fields of one line of ``stats --json``."""

_COLUMNS = (
    ("commit", 12),
    ("exact", 5),
    ("operations", 10),
    ("edges", 6),
    ("description", 11),
    ("patch", 9),
    ("diff", 9),
    ("review", 7),
    ("lines", 7),
    ("ms", 8),
)


def header() -> str:
    """The line above the rows."""
    return "  ".join(name.rjust(width) for name, width in _COLUMNS)


def row(fields: Row) -> str:
    """One commit."""
    return _line(
        [
            fields["commit"][:12],
            "yes" if fields["exact"] else "NO",
            sum(fields["operations"].values()),
            fields["edges"],
            fields["description_bytes"],
            fields["patch_bytes"],
            fields["diff_bytes"],
            fields["review_lines"],
            fields["diff_lines"],
            f"{fields['milliseconds']:.1f}",
        ]
    )


def sums(rows: Sequence[Row]) -> str:
    """The sums, and what share of the diff's bytes and lines is left."""
    totals: Row = {"commit": f"{len(rows)} commits", "exact": all(row["exact"] for row in rows)}
    totals["operations"] = {"": sum(sum(row["operations"].values()) for row in rows)}
    for name in rows[0].keys() - totals.keys():
        totals[name] = sum(row[name] for row in rows)
    description = _share(totals["description_bytes"], totals["diff_bytes"])
    review = _share(totals["review_lines"], totals["diff_lines"])
    count = sum(totals["operations"].values())
    consistent, reused = _share(totals["consistent"], count), _share(totals["reused"], count)
    return "\n".join(
        [
            row(totals),
            "",
            f"of one intent and symbol {consistent} of the operations, with a transform seen before {reused}",
            f"description {description} of the diff's bytes, review {review} of its lines",
        ]
    )


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "–"


def _line(values: Sequence[object]) -> str:
    return "  ".join(str(value).rjust(width) for value, (_, width) in zip(values, _COLUMNS, strict=True))
