"""whitespace: a named transform of layout, over the files that its scope names.

| transform | parameter | meaning |
|---|---|---|
| `trailing-space` | | no space, tab or form feed stands before a line end or at the end of the text |
| `line-endings` | `to`: `lf`, `crlf` | every line ends so |
| `final-newline` | | a text that is not empty ends in exactly one line end |
"""

from __future__ import annotations

import re
from collections.abc import Callable

import msgspec

from git_dagpatch.alignment.lines import count_lines
from git_dagpatch.languages import language_of
from git_dagpatch.model.effect import Effect, Rewrite, Span, rewrite
from git_dagpatch.model.errors import InvalidPatch
from git_dagpatch.model.files import Files
from git_dagpatch.model.operation import Transform, Whitespace
from git_dagpatch.model.paths import encode
from git_dagpatch.operations.footprint import write_footprint
from git_dagpatch.operations.kind import Example
from git_dagpatch.operations.recorded import RecordedKind

_TRAILING = re.compile(rb"[ \t\f]+(?=\r?\n|\Z)")
_BARE_LF = re.compile(rb"(?<!\r)\n")
_CRLF = re.compile(rb"\r\n")
_TRAILING_MARKS = tuple(space + end for space in (b" ", b"\t", b"\f") for end in (b"\n", b"\r\n"))


def _trailing_space(text: bytes) -> list[Span]:
    # Looking for a few fixed strings is many times faster than the pattern, and mostly enough.
    if not text.endswith((b" ", b"\t", b"\f")) and not any(mark in text for mark in _TRAILING_MARKS):
        return []
    return [Span(*match.span(), b"") for match in _TRAILING.finditer(text)]


def _to_lf(text: bytes) -> list[Span]:
    return [Span(match.start(), match.start() + 1, b"") for match in _CRLF.finditer(text)]


def _to_crlf(text: bytes) -> list[Span]:
    return [Span(match.start(), match.start(), b"\r") for match in _BARE_LF.finditer(text)]


def _final_newline(text: bytes) -> list[Span]:
    body = text.rstrip(b"\r\n")
    ends = text[len(body) :]
    # A carriage return on its own ends no line; what that means here is not for a transform to say.
    if not body or b"\r" in ends.replace(b"\r\n", b""):
        return []
    wanted = b"\r\n" if ends.startswith(b"\r\n") or (not ends and b"\r\n" in text) else b"\n"
    kept = len(wanted) if ends else 0
    return [] if ends == wanted else [Span(len(body) + kept, len(text), wanted[kept:])]


_TRANSFORMS: dict[tuple[str, str], Callable[[bytes], list[Span]]] = {
    ("trailing-space", ""): _trailing_space,
    ("line-endings", "lf"): _to_lf,
    ("line-endings", "crlf"): _to_crlf,
    ("final-newline", ""): _final_newline,
}
TRANSFORMS = tuple(Transform(name, to) for name, to in _TRANSFORMS)
"""Every named transform, in the order in which discovery tries them."""

_SENTENCES = {
    "trailing-space": "Strip trailing white space",
    "line-endings": "Change line endings",
    "final-newline": "End the text in one newline",
}


_INTENTS = {
    "trailing-space": "strip-trailing-space",
    "line-endings": "normalize-line-endings",
    "final-newline": "end-with-newline",
}


def transform_spans(transform: Transform, text: bytes) -> list[Span]:
    """What `transform` changes in `text`. Raises InvalidPatch if it is not known."""
    function = _TRANSFORMS.get((transform.name, transform.to))
    if function is None:
        raise InvalidPatch(
            f"The white space transform {transform.name!r} of the patch is not known.",
            hint="Use a newer git dagpatch.",
        )
    return function(text)


class WhitespaceKind(RecordedKind[Whitespace]):
    operation = Whitespace
    summary = "A named transform of layout."
    default_intent = "format"
    examples = (
        Example(
            why="Trailing space goes; the footprint says where it stood.",
            before={"a.txt": b"one \ntwo\t\n"},
            operation={
                "type": "whitespace",
                "transform": {"name": "trailing-space"},
                "scope": ["a.txt"],
                "footprint": {"a.txt": [[3, 1, ""], [4, 1, ""]]},
            },
            after={"a.txt": b"one\ntwo\n"},
        ),
        Example(
            why="Line endings of the other kind.",
            before={"a.txt": b"one\r\ntwo\n"},
            operation={
                "type": "whitespace",
                "transform": {"name": "line-endings", "to": "lf"},
                "scope": ["a.txt"],
                "footprint": {"a.txt": [[3, 1, ""]]},
            },
            after={"a.txt": b"one\ntwo\n"},
        ),
        Example(
            why="A last line gets its end.",
            before={"a.txt": b"one"},
            operation={
                "type": "whitespace",
                "transform": {"name": "final-newline"},
                "scope": ["a.txt"],
                "footprint": {"a.txt": [[3, 0, "\n"]]},
            },
            after={"a.txt": b"one\n"},
        ),
    )

    def intent(self, operation: Whitespace) -> str:
        return _INTENTS.get(operation.transform.name, self.default_intent)

    def tags(self, operation: Whitespace) -> list[str]:
        return ["formatting", "non-functional"] if operation.confidence == 1.0 else ["formatting"]

    def record(self, operation: Whitespace, effect: Effect, files: Files) -> Whitespace:
        scope = sorted(encode(path) for path in effect)
        return msgspec.structs.replace(operation, scope=scope, footprint=write_footprint(effect))

    def describe(self, operation: Whitespace) -> str:
        count = len(operation.footprint or {})
        sentence = _SENTENCES.get(operation.transform.name, operation.transform.name)
        to = f" to {operation.transform.to.upper()}" if operation.transform.to else ""
        return f"{sentence}{to} in {count} file{'s' * (count != 1)}"

    def proof(self, operation: Whitespace, files: Files) -> str:
        for path, change in self.effect(operation, files).items():
            before = files.read(path)
            if not isinstance(change, Rewrite) or list(change.spans) != transform_spans(operation.transform, before):
                return ""
            if not language_of(path).keeps_meaning(before, rewrite(before, change.spans)):
                return ""
        return "the syntax tree of each file stays the same, and white space alone changes"

    def review_lines(self, operation: Whitespace, files: Files) -> int:
        if operation.confidence == 1.0:
            return 1
        return sum(
            _changed_lines(files.read(path), change.spans)
            for path, change in self.effect(operation, files).items()
            if isinstance(change, Rewrite)
        )


def _changed_lines(text: bytes, spans: tuple[Span, ...]) -> int:
    """Removed and added lines, where each span touches one line and none covers a whole one but at the end."""
    removed = {text.count(b"\n", 0, span.start) for span in spans}
    return len(removed) + count_lines(rewrite(text, spans)) - count_lines(text) + len(removed)
