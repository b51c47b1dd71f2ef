"""mutate: values in a file of data change, told by their paths.

The target is a file of JSON, TOML or YAML; of YAML only scalars on one line get another value. Each mutation has a
path, a list of segments from the top of the data, and an operation; it is made on what those before it leave.

| segment | leads to |
|---|---|
| `{"field": "name"}` | a field of an object or a table |
| `{"index": 0}` | an element of a sequence |
| `{"key": …}` | an entry of a map whose keys need not be strings |

| operation | meaning |
|---|---|
| `{"set": …}` | the field or element at the path gets this value; a field comes if there is none; no path means all |
| `"remove"` | the field or element at the path goes |
| `{"append": …}` | the sequence at the path gets this element at its end |
| `{"insert": …}` | an element comes to stand at the index that ends the path |

Layout is kept: what comes is written as its neighbours are, and a new field stands where it stands in other objects of
its kind. The footprint says how that came out. A path that leads nowhere is an `InvalidPath`; what cannot be done to
what stands there is an `InvalidOperation`.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

from msgspec import UNSET

from git_dagpatch.alignment.lines import distance
from git_dagpatch.languages import mutations_elsewhere, mutations_of_text
from git_dagpatch.languages.data_values import CannotMutate
from git_dagpatch.model.effect import Rewrite, Span, rewrite
from git_dagpatch.model.files import Files
from git_dagpatch.model.operation import Mutate, Mutation, Segment
from git_dagpatch.model.paths import decode
from git_dagpatch.operations.domains import domain_of
from git_dagpatch.operations.kind import Example
from git_dagpatch.operations.recorded import RecordedKind
from git_dagpatch.operations.vocabulary import INTENTS

PROOF = "the values after are those before with these mutations, and what is written is what carrying them out writes"

_DEPENDENCIES = re.compile(r"(?i)(?:.*[-_])?(?:.*dependenc(?:y|ies)|requires|requirements|engines)")
_LOCK = re.compile(rb"(?:^|/)(?:[^/]*\.lock|(?:package-lock|npm-shrinkwrap)\.json)$")
_PLAIN_NAME = re.compile(r"[^\s.\[\]\"']+")
_LIKE_OTHERS = re.compile(
    r"""(?ix) | true | false | null | none | yes | no | on | off | ~
    | [-+]? (?: [\d_]+ \.? [\d_]* | \.\d+ ) (?: e[-+]?\d+ )? | 0[xob]\w+ | [-+]? \.? (?: inf | nan )
    | \d{4}-\d\d-\d\d .*
    | \s.* | .*\s | ["'\[{].*"""
)
"""Strings that look like a boolean, a number or a date, or whose ends do not show."""
_LONGEST = 60
"""Characters of a value that a description shows."""


class MutateKind(RecordedKind[Mutate]):
    operation = Mutate
    summary = "Values in a file of data change, told by their paths."
    default_intent = "data-changed"
    examples = (
        Example(
            why="A script is another, and of the files one comes and one goes.",
            before={
                "package.json": b'{\n  "scripts": {\n    "test": "nose"\n  },\n'
                b'  "files": [\n    "src",\n    "lib"\n  ]\n}\n'
            },
            operation={
                "type": "mutate",
                "target": "package.json",
                "mutations": [
                    {"path": [{"field": "scripts"}, {"field": "test"}], "operation": {"set": "pytest"}},
                    {"path": [{"field": "files"}], "operation": {"append": "dist"}},
                    {"path": [{"field": "files"}, {"index": 0}], "operation": "remove"},
                ],
                "footprint": {"package.json": [[30, 4, "pytest"], [24, 11, ""], [5, 0, ',\n    "dist"']]},
            },
            after={
                "package.json": b'{\n  "scripts": {\n    "test": "pytest"\n  },\n'
                b'  "files": [\n    "lib",\n    "dist"\n  ]\n}\n'
            },
        ),
        Example(
            why="A field comes to a table, above its neighbours by the alphabet; the comment stays.",
            before={"a.toml": b"[tool.x]\nb = 1  # one\nc = 2\n"},
            operation={
                "type": "mutate",
                "target": "a.toml",
                "mutations": [
                    {"path": [{"field": "tool"}, {"field": "x"}, {"field": "b"}], "operation": {"set": 3}},
                    {"path": [{"field": "tool"}, {"field": "x"}, {"field": "a"}], "operation": {"set": [True]}},
                ],
                "footprint": {"a.toml": [[9, 0, "a = [true]\n"], [4, 1, "3"]]},
            },
            after={"a.toml": b"[tool.x]\na = [true]\nb = 3  # one\nc = 2\n"},
        ),
    )

    def intent(self, operation: Mutate) -> str:
        path = decode(operation.target)
        names = [[str(part.field) for part in one.path if part.field is not UNSET] for one in operation.mutations]
        if _LOCK.search(path) or any(any(map(_DEPENDENCIES.fullmatch, fields)) for fields in names):
            return "dependency-changed"
        if names in ([["version"]], [["project", "version"]]):
            return "version-changed"
        if domain_of(path) in ("ci", "style", "build", "packaging"):
            return "configuration-changed"
        return self.default_intent

    def tags(self, operation: Mutate) -> list[str]:
        return list(INTENTS[self.intent(operation)].tags)

    def describe(self, operation: Mutate) -> str:
        if operation.description:
            return operation.description
        return sentence(operation.target, operation.mutations, ())

    def proof(self, operation: Mutate, files: Files) -> str:
        effect = self.effect(operation, files)
        path = decode(operation.target)
        change = effect.get(path)
        if len(effect) != 1 or not isinstance(change, Rewrite):
            return ""
        text = files.read(path)
        try:
            spans = mutations_of_text(path, text, operation.mutations)
        except CannotMutate:
            return ""
        return PROOF if rewrite(text, spans) == rewrite(text, change.spans) else ""

    def review_lines(self, operation: Mutate, files: Files) -> int:
        return sum(
            distance(files.read(path), rewrite(files.read(path), change.spans))
            for path, change in self.effect(operation, files).items()
            if isinstance(change, Rewrite)
        )

    def elsewhere(self, operation: Mutate, base: bytes, text: bytes) -> tuple[Span, ...]:
        """What the mutations change in `text`, another version of the file, which was `base` where they were found.

        Raises CannotMutate, whose `reason` is the word for the conflict: also where `text` has other values than `base`
        at the places that change.
        """
        return mutations_elsewhere(decode(operation.target), base, text, operation.mutations)


def sentence(target: str, mutations: Sequence[Mutation], names: Sequence[str]) -> str:
    """What is told of `mutations`; `names` stand for the elements on the path of one that is alone."""
    if len(mutations) == 1:
        return f"{_single(mutations[0], names)} in {target}"
    counts = Counter(map(_verb, mutations))
    parts = [f"{verb} {counts[verb]}" for verb in ("change", "add", "remove") if counts[verb]]
    what = " and ".join([*filter(None, [", ".join(parts[:-1])]), parts[-1]])
    within = _shared(mutations)
    return f"{what[:1].upper()}{what[1:]} values {f'of {within} ' if within else ''}in {target}"


def _verb(mutation: Mutation) -> str:
    operation = mutation.operation
    if operation == "remove":
        return "remove"
    return "change" if operation.set is not UNSET else "add"


def _single(mutation: Mutation, names: Sequence[str]) -> str:
    operation = mutation.operation
    where = spelled(mutation.path)
    of = "".join(f" of {name}" for name in names)
    if of:
        where = spelled(mutation.path[-1:])
    if operation == "remove":
        return f"Remove {where}{of}"
    if operation.set is not UNSET:
        return f"Set {where or 'all'}{of} to {_shown(operation.set)}"
    if operation.append is not UNSET:
        return f"Append {_shown(operation.append)} to {where or 'the sequence'}{of}"
    return f"Insert {_shown(operation.insert)} into {spelled(mutation.path[:-1]) or 'the sequence'}"


def spelled(path: Sequence[Segment]) -> str:
    """A path as a person writes it."""
    parts = []
    for segment in path:
        if segment.index is not UNSET:
            parts.append(f"[{segment.index}]")
        else:
            name = str(segment.field if segment.field is not UNSET else segment.key)
            name = name if _PLAIN_NAME.fullmatch(name) else json.dumps(name, ensure_ascii=False)
            parts.append(f".{name}" if parts else name)
    return "".join(parts)


def _shared(mutations: Sequence[Mutation]) -> str:
    """The field of the top that all paths start with."""
    fields = {one.path[0].field if one.path else UNSET for one in mutations}
    only = next(iter(fields))
    return str(only) if len(fields) == 1 and only is not UNSET else ""


def _shown(value: Any) -> str:
    """`value` in short; a string in quotes where it would read like a value of another kind."""
    is_plain = isinstance(value, str) and value.isprintable() and not _LIKE_OTHERS.fullmatch(value)
    text = value if is_plain else json.dumps(value, ensure_ascii=False)
    if isinstance(value, dict) and isinstance(value.get("name"), str):
        text = value["name"]
    elif isinstance(value, dict | list) and len(text) > _LONGEST:
        return f"{len(value)} values" if len(value) > 1 else "another value"
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
