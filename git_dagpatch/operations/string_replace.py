"""string_replace: text that fits a pattern is replaced, with what the groups of the pattern hold.

The pattern is in the syntax of RE2. In the replacement `\\1` to `\\9` stand for the groups, `\\0` for the whole match,
and `\\\\` for a backslash. Each span of the footprint is one match. Lines are counted at the largest place alone,
but for places at which only a value or an operator changes and the match does not tell of what, neither by the call
that it stands in nor as a whole line: of these, each that differs is counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from git_dagpatch.alignment.lines import count_lines, whole_lines
from git_dagpatch.model.effect import Rewrite, Span
from git_dagpatch.model.files import Files
from git_dagpatch.model.operation import StringReplace
from git_dagpatch.operations.expressions import expression
from git_dagpatch.operations.kind import Example
from git_dagpatch.operations.recorded import RecordedKind
from git_dagpatch.operations.telling import tells_its_place

PROOF = "every place is a match of the pattern, and became what the replacement says"
PROOF_OF_TOTAL = f"{PROOF}; nothing else in these files matches, before or after"

_SHOWN = 60
_SIGN = re.compile(r"\\([^\w\s])")
"""A sign that stands for itself."""


class StringReplaceKind(RecordedKind[StringReplace]):
    operation = StringReplace
    summary = "Text that fits a pattern is replaced."
    default_intent = "replace-text"
    examples = (
        Example(
            why="A keyword is added to two calls; what stands before it is copied.",
            before={"m.py": b"a = read(x)\nb = read(y.z)\n"},
            operation={
                "type": "string_replace",
                "pattern": "read\\(([\\w.]+)\\)",
                "replacement": "read(\\1, text=True)",
                "scope": ["m.py"],
                "footprint": {"m.py": [[4, 7, "read(x, text=True)"], [5, 9, "read(y.z, text=True)"]]},
            },
            after={"m.py": b"a = read(x, text=True)\nb = read(y.z, text=True)\n"},
        ),
        Example(
            why="A word is another everywhere.",
            before={"m.txt": b"colour and colour\n"},
            operation={
                "type": "string_replace",
                "pattern": "\\bcolour\\b",
                "replacement": "color",
                "scope": ["m.txt"],
                "total": True,
                "footprint": {"m.txt": [[0, 6, "color"], [5, 6, "color"]]},
            },
            after={"m.txt": b"color and color\n"},
        ),
    )

    def describe(self, operation: StringReplace) -> str:
        footprint = operation.footprint or {}
        places = sum(len(spans or ()) for spans in footprint.values())
        what = _told(_line(operation.pattern), _line(operation.replacement))
        if what is None:
            old, new = _shown(operation.pattern), _shown(operation.replacement)
            if old == new:
                old, new = _cut(_escaped(operation.pattern)), _cut(_escaped(operation.replacement))
            what = f"Replace {old} by {new}" if operation.replacement else f"Remove {old}"
        files = f" in {len(footprint)} files" if len(footprint) != 1 else ""
        return f"{what} at {places} place{'s' * (places != 1)}{files}"

    def proof(self, operation: StringReplace, files: Files) -> str:
        found = expression(operation.pattern, operation.replacement)
        if found is None:
            return ""
        changes = [(files.read(path), spans) for path, spans in self._spans(operation, files)]
        if not changes or not all(found.turns(text, span) for text, spans in changes for span in spans):
            return ""
        if not operation.total:
            return PROOF
        scope = sorted(operation.scope) == sorted(operation.footprint or ())
        return PROOF_OF_TOTAL if scope and all(found.replaces_all(*change) for change in changes) else ""

    def review_lines(self, operation: StringReplace, files: Files) -> int:
        return sum(
            count_lines(files.read(path)[line.start : line.end]) + count_lines(line.insert)
            for path, spans in self.to_read(operation, files).items()
            for span in spans
            for line in whole_lines(files.read(path), (span,))
        )

    def to_read(self, operation: StringReplace, files: Files) -> dict[bytes, list[Span]]:
        """The places that tell all there is to tell: path → spans."""
        every = [(path, span) for path, spans in self._spans(operation, files) for span in spans]
        if not self.proof(operation, files):
            return _by_path(every)
        told: list[tuple[int, tuple[bytes, Span]]] = []
        others: dict[tuple[bytes, bytes], tuple[bytes, Span]] = {}
        for path, span in every:
            text = files.read(path)
            ((start, end, insert),) = whole_lines(text, (span,))
            if tells_its_place(path, text, span):
                told.append((count_lines(text[start:end]) + count_lines(insert), (path, span)))
            else:
                others.setdefault((text[start:end], insert), (path, span))
        largest = [max(told, key=lambda item: item[0])[1]] if told else []
        return _by_path([*largest, *others.values()])

    def _spans(self, operation: StringReplace, files: Files) -> Iterator[tuple[bytes, tuple[Span, ...]]]:
        for path, change in self.effect(operation, files).items():
            if isinstance(change, Rewrite):
                yield path, change.spans


def _by_path(places: Sequence[tuple[bytes, Span]]) -> dict[bytes, list[Span]]:
    found: dict[bytes, list[Span]] = {}
    for path, span in places:
        found.setdefault(path, []).append(span)
    return found


def _told(old: str, new: str) -> str | None:
    """What is said where whole words come beside what stands, or go from there; else None."""
    if old and new.startswith(f"{old} "):
        return f"Add {_cut(new[len(old) + 1 :])} after {_cut(old)}"
    if old and new.endswith(f" {old}"):
        return f"Add {_cut(new[: -len(old) - 1])} before {_cut(old)}"
    if new and old.startswith(f"{new} "):
        return f"Remove {_cut(old[len(new) + 1 :])} after {_cut(new)}"
    if new and old.endswith(f" {new}"):
        return f"Remove {_cut(old[: -len(new) - 1])} before {_cut(new)}"
    return None


def _line(text: str) -> str:
    """An expression as a person reads it: on one line, and without what only tells words apart."""
    plain = _SIGN.sub(r"\1", text.replace(r"\b", "").replace(r"\n", " "))
    line = " ".join(plain.split())
    return line if line.isprintable() else ""


def _shown(text: str) -> str:
    """The same, not too long; spelled out where nothing is left to read."""
    return _cut(_line(text) or _escaped(text))


def _escaped(text: str) -> str:
    return text if text.isprintable() else text.encode("unicode_escape").decode()


def _cut(line: str) -> str:
    return line if len(line) <= _SHOWN else f"{line[: _SHOWN - 1]}…"
