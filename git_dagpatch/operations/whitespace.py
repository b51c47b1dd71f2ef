"""whitespace: a named transform of layout, over the files that its scope names.

| transform | parameter | meaning |
|---|---|---|
| `trailing-space` | | no space, tab or form feed ends a line or the text, but after a lone carriage return |
| `line-endings` | `to`: `lf`, `crlf` | every line ends so |
| `final-newline` | | a text that is not empty ends in exactly one line end |
| `string-spelling` | | strings have other quotes or prefixes, and the same value |
| `number-spelling` | | numbers are written otherwise, and have the same value |
| `joined-strings` | | neighbouring strings are joined or parted |
| `docstrings` | | docstrings are indented or wrapped otherwise; their words stay |
| `trailing-commas` | | commas before closing brackets come or go |
| `parentheses` | | parentheses that mean nothing come or go, with the layout of their lines |
| `statement-lines` | | statements share a line or have each its own |
| `layout` | | white space between the tokens is another |
| `blocks` | | statements get into a block `if True:`, which is always run, or out of one |
| a formatter | `version` | the formatter of this name and version was run, as the project sets it |

The last ten say what changed where the patch was made, and no more: their footprint alone tells how. They are taken
only where it is proved that the meaning stays: the syntax trees of a file before and after are equal (for `docstrings`
and formatters, but for the layout of docstrings), and every comment stays in its place.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import msgspec

from git_dagpatch.alignment.lines import distance
from git_dagpatch.languages import language_of
from git_dagpatch.model.effect import Effect, Rewrite, Span, rewrite
from git_dagpatch.model.errors import InvalidPatch
from git_dagpatch.model.files import Files
from git_dagpatch.model.operation import Transform, Whitespace
from git_dagpatch.model.paths import encode
from git_dagpatch.operations.footprint import write_footprint
from git_dagpatch.operations.kind import Example
from git_dagpatch.operations.recorded import RecordedKind

# Nothing after a carriage return of its own, which would then be part of the line end.
_TRAILING = re.compile(rb"(?<![\r \t\f])[ \t\f]+(?=\r?\n|\Z)")
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

BY_FORMATTER = "formatter"
"""What a language is asked to prove of what a formatter did."""

PROVED_TRANSFORMS = tuple(
    Transform(name)
    for name in (
        "string-spelling",
        "number-spelling",
        "joined-strings",
        "docstrings",
        "trailing-commas",
        "parentheses",
        "statement-lines",
        "layout",
    )
)
"""What may change where a language proves that the meaning stays, in the order in which discovery takes it."""
BLOCKS = Transform("blocks")
"""Statements get into a block that is always run, or out of one."""
_PROVED = {transform.name for transform in (*PROVED_TRANSFORMS, BLOCKS)}

_SENTENCES = {
    "trailing-space": "Strip trailing white space",
    "line-endings": "Change line endings",
    "final-newline": "End the text in one newline",
    "string-spelling": "Write strings with other quotes or prefixes",
    "number-spelling": "Write numbers otherwise",
    "joined-strings": "Join or part neighbouring strings",
    "docstrings": "Indent or wrap docstrings otherwise",
    "trailing-commas": "Add or drop trailing commas",
    "parentheses": "Add or drop parentheses that mean nothing",
    "statement-lines": "Put statements on lines of their own or together",
    "layout": "Lay code out otherwise",
    "blocks": "Put statements into a block that is always run, or take them out of one,",
}


_INTENTS = {
    "trailing-space": "strip-trailing-space",
    "line-endings": "normalize-line-endings",
    "final-newline": "end-with-newline",
    "string-spelling": "respell-strings",
    "number-spelling": "respell-numbers",
    "joined-strings": "join-strings",
    "docstrings": "reflow-docstrings",
    "trailing-commas": "change-trailing-commas",
    "parentheses": "change-parentheses",
    "statement-lines": "change-statement-lines",
    "layout": "reformat",
    "blocks": "change-blocks",
}


_PROOFS = {
    transform.name: "the syntax tree of each file stays the same, and each comment its place"
    for transform in PROVED_TRANSFORMS
} | {
    "layout": "the syntax tree and the tokens of each file stay the same, and each comment its place",
    "docstrings": "the syntax tree of each file stays the same but for the layout of docstrings",
    "blocks": "the statements of each file stay the same but for blocks that are always run, and so do its lines",
}


_PROOF_OF_FORMATTER = (
    "the syntax tree of each file stays the same but for the layout of docstrings, and each comment its place; how"
    " strings and numbers are written changes, or commas and parentheses that mean nothing"
)


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
        Example(
            why="A call is broken into lines; the tokens stay.",
            before={"m.py": b"load(path)\n"},
            operation={
                "type": "whitespace",
                "transform": {"name": "layout"},
                "scope": ["m.py"],
                "footprint": {"m.py": [[5, 0, "\n    "], [4, 0, "\n"]]},
            },
            after={"m.py": b"load(\n    path\n)\n"},
        ),
        Example(
            why="A formatter was run over the files.",
            before={"m.py": b"x = 'a'\n"},
            operation={
                "type": "whitespace",
                "transform": {"name": "black", "version": "25.1.0"},
                "scope": ["m.py"],
                "footprint": {"m.py": [[0, 8, 'x = "a"\n']]},
            },
            after={"m.py": b'x = "a"\n'},
        ),
        Example(
            why="Parentheses that mean nothing go.",
            before={"m.py": b"if not (found):\n    pass\n"},
            operation={
                "type": "whitespace",
                "transform": {"name": "parentheses"},
                "scope": ["m.py"],
                "footprint": {"m.py": [[7, 1, ""], [5, 1, ""]]},
            },
            after={"m.py": b"if not found:\n    pass\n"},
        ),
        Example(
            why="A statement gets a block of its own, to which an edit may give a condition.",
            before={"m.py": b"load()\nsave()\n"},
            operation={
                "type": "whitespace",
                "transform": {"name": "blocks"},
                "scope": ["m.py"],
                "footprint": {"m.py": [[7, 0, "if True:\n    "]]},
            },
            after={"m.py": b"load()\nif True:\n    save()\n"},
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
        paths = list(operation.footprint or {})
        where = paths[0] if len(paths) == 1 else f"{len(paths)} files"
        if operation.transform.version:
            return f"Format with {operation.transform.name} {operation.transform.version} in {where}"
        sentence = _SENTENCES.get(operation.transform.name, operation.transform.name)
        to = f" to {operation.transform.to.upper()}" if operation.transform.to else ""
        return f"{sentence}{to} in {where}"

    def proof(self, operation: Whitespace, files: Files) -> str:
        name = operation.transform.name
        is_layout = True
        for path, change in self.effect(operation, files).items():
            before = files.read(path)
            if not isinstance(change, Rewrite) or not _is_done(operation.transform, before, change):
                return ""
            after = rewrite(before, change.spans)
            transform = BY_FORMATTER if operation.transform.version else name if name in _PROVED else "layout"
            language = language_of(path)
            if not language.keeps_meaning(before, after, transform):
                return ""
            is_layout = is_layout and (not operation.transform.version or language.keeps_meaning(before, after))
        if operation.transform.version:
            return _PROOFS["layout"] if is_layout else _PROOF_OF_FORMATTER
        return _PROOFS.get(name, "the syntax tree of each file stays the same, and white space alone changes")

    def review_lines(self, operation: Whitespace, files: Files) -> int:
        if operation.confidence == 1.0 and self.proof(operation, files):
            return 1
        return sum(
            _changed_lines(files.read(path), change.spans)
            for path, change in self.effect(operation, files).items()
            if isinstance(change, Rewrite)
        )


def _is_done(transform: Transform, text: bytes, change: Rewrite) -> bool:
    """Whether the change is no other than what the transform makes, as far as that is a rule."""
    if transform.version or transform.name in _PROVED:
        return True
    return list(change.spans) == transform_spans(transform, text)


def _changed_lines(text: bytes, spans: tuple[Span, ...]) -> int:
    """Removed and added lines."""
    return distance(text, rewrite(text, spans))
