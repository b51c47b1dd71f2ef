"""The pages of the reference that are made of the code: commands, configuration, operations, and the JSON Schema."""

from __future__ import annotations

import ast
import inspect
import json
import re
import sys
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from textwrap import wrap
from types import ModuleType
from typing import Any, NamedTuple

import click

from git_dagpatch.cli.configuration import INTRODUCTION, KEYS, OF_GIT
from git_dagpatch.cli.main import VERBS, cli
from git_dagpatch.model import impact, review
from git_dagpatch.model.operation import DESCRIPTIVE, Operation, Whitespace
from git_dagpatch.model.schema import impact_schema, review_schema, schema
from git_dagpatch.operations import all_kinds
from git_dagpatch.operations.domains import DOMAINS
from git_dagpatch.operations.kind import Example, Kind
from git_dagpatch.operations.vocabulary import CONFIDENCE, INTENTS, TAGS
from git_dagpatch.operations.whitespace import PROVED_TRANSFORMS, TRANSFORMS, WhitespaceKind

ROOT = Path(__file__).resolve().parent.parent
_NOTE = "<!-- Written by scripts/docs. Change the code that it is made of, then run that again. -->"

_SHORT_LIST = re.compile(r"\[([^][{}]{0,60})\]")


class Verb(NamedTuple):
    """A command of git dagpatch, or git dagpatch itself, as its help tells it."""

    name: str
    usage: str
    text: list[str]
    """Paragraphs."""
    options: list[tuple[str, str]]


def verbs() -> Iterator[Verb]:
    """git dagpatch, then each of its commands by name."""
    above = click.Context(cli, info_name="git dagpatch", **cli.context_settings)
    yield _verb(cli, above)
    for name in sorted(VERBS):
        command = cli.get_command(above, name)
        assert command is not None, name
        yield _verb(command, click.Context(command, parent=above, info_name=name))


def _verb(command: click.Command, context: click.Context) -> Verb:
    usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
    paragraphs = inspect.cleandoc(command.help or "").split("\n\n")
    options = [p.get_help_record(context) for p in command.get_params(context) if isinstance(p, click.Option)]
    text = [" ".join(paragraph.split()) for paragraph in paragraphs]
    return Verb(context.command_path, usage, text, [option for option in options if option is not None])


def commands_page() -> str:
    """docs/reference/commands.md"""
    return "\n".join(["# Commands", "", _NOTE, "", *_ARGUMENTS, *(line for verb in verbs() for line in _section(verb))])


_ARGUMENTS = """\
`git dagpatch -h` and `git dagpatch COMMAND -h` print help; `git dagpatch --help` opens the man page, as with every
command of git. Results go to standard output, messages and progress to standard error. Colour, pager and progress bars
appear on a terminal only. What each exit status means is on a [page of its own](exit-codes.md).

An argument is tried in this order: a file that holds patches; `-`, patches on standard input; the id of a recorded
patch, or a unique start of it; a REV; a RANGE.

- **PATCH** is a file in [the JSON or the tar form](format.md), JSON documents, one a line, or
  [a unified diff or mails](diffs-and-mails.md).
- **REV** is one commit, named as git names commits. It is factored against its first parent, a root commit against the
  empty tree. Where no argument is given, `HEAD` is meant.
- **RANGE**, `A..B`, is its commits oldest first, without merges, as in `git format-patch`; with `--first-parent` it is
  those that following first parents finds, merges among them. `A...B` is refused.
""".splitlines()


def _section(verb: Verb) -> Iterator[str]:
    yield from ("", f"## {verb.name}", "", "```text", verb.usage, "```", "")
    for paragraph in verb.text:
        yield from (paragraph, "")
    yield from ("| option | |", "|---|---|")
    for names, text in verb.options:
        yield f"| `{_cell(names)}` | {_cell(text)} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def configuration_page() -> str:
    """docs/reference/configuration.md"""
    rows = [f"| `dagpatch.{key.name}` | {_default(key.default)} | {_cell(key.meaning)} |" for key in KEYS]
    head = [
        "# Configuration",
        "",
        _NOTE,
        "",
        *wrap(INTRODUCTION, 120),
        "",
        "`git dagpatch help config` prints this page.",
    ]
    table = ["", "| key | default | |", "|---|---|---|", *rows, ""]
    return "\n".join([*head, *table, *wrap(OF_GIT, 120)]) + "\n"


def _default(value: str) -> str:
    return f"`{value}`" if value else "none"


def operations_page() -> str:
    """docs/reference/operations.md"""
    definitions = schema()["$defs"]
    head = ["# Operations", "", _NOTE, "", *_OPERATIONS]
    kinds = [line for kind in all_kinds() for line in _kind(kind, definitions)]
    return "\n".join([*head, *kinds, "", "## Vocabulary", "", *_vocabulary()]) + "\n"


_OPERATIONS = """\
The kinds of operations of [the format](format.md), each with its own fields and with examples: the operation, and files
before and after it. The tests run the examples. Besides its own fields an operation has `id`, `depends_on` and
`because`, and the descriptive ones that are listed at the end. Here they are left out, as they may be in a document;
ids are computed when it is read.
""".splitlines()


def _kind(kind: Kind[Any], definitions: Mapping[str, Any]) -> Iterator[str]:
    name = str(kind.operation.__struct_config__.tag)
    details = _details(kind)
    summary = [] if details[0].startswith(kind.summary.removesuffix(".")) else [kind.summary, ""]
    yield from ("", f"## {name}", "", *summary, *details, "")
    yield from ("| field | type | |", "|---|---|---|")
    common = set(Operation.__struct_fields__)
    definition = definitions[kind.operation.__name__]
    for field in kind.operation.__struct_fields__:
        if field not in common:
            needed = "" if field in definition["required"] else "may be left out"
            yield f"| `{field}` | {_type(definition['properties'][field])} | {needed} |"
    for example in kind.examples:
        yield from _example(example)


def _details(kind: Kind[Any]) -> list[str]:
    """The docstring of the kind's module, without the name that it starts with."""
    text = inspect.cleandoc(sys.modules[type(kind).__module__].__doc__ or "").partition(": ")[2]
    return (text[:1].upper() + text[1:]).splitlines()


def _type(what: Mapping[str, Any]) -> str:
    """A JSON type in words."""
    if "$ref" in what:
        return str(what["$ref"]).rpartition("/")[2].lower()
    if "anyOf" in what:
        return " or ".join(_type(choice) for choice in what["anyOf"])
    if what["type"] == "array" and "prefixItems" not in what:
        return f"list of {_type(what['items'])}"
    if what["type"] == "object":
        return f"object of {_type(what['additionalProperties'])}"
    return "`[skip, remove, insert]`" if what["type"] == "array" else str(what["type"])


def _example(example: Example) -> Iterator[str]:
    yield from ("", f"**{example.why}**", "", "```json", _json(example.operation), "```", "")
    yield from ("| file | before | after |", "|---|---|---|")
    for path in sorted(example.before.keys() | example.after.keys()):
        mode = f", mode {example.modes[path]}" if path in example.modes else ""
        yield f"| `{path}` | {_content(example.before.get(path))} | {_content(example.after.get(path))}{mode} |"


def _json(value: object) -> str:
    """JSON with short lists on one line."""
    return _SHORT_LIST.sub(lambda found: f"[{' '.join(found[1].split())}]", json.dumps(value, indent=2))


def _content(content: bytes | None) -> str:
    return "–" if content is None else f"`{_cell(repr(content)[1:])}`"


def _vocabulary() -> Iterator[str]:
    names = ", ".join(f"`{name}`" for name in DESCRIPTIVE)
    yield from (
        "The descriptive fields tell about an operation and change neither what it does nor its id:",
        f"{names}.",
    )
    yield from ("", "| kind | `intent` | `semantic_tags` |", "|---|---|---|")
    for kind in all_kinds():
        if not isinstance(kind, WhitespaceKind):
            yield _words(str(kind.operation.__struct_config__.tag), kind.default_intent, list(kind.default_tags))
            continue
        for transform in TRANSFORMS:
            for proved in (1.0, 0.9):
                operation = Whitespace(transform=transform, scope=[], confidence=proved)
                parameter = f" to {transform.to}" if transform.to else ""
                what = f"whitespace, {transform.name}{parameter}, {'proved' if proved == 1.0 else 'not proved'}"
                yield _words(what, kind.intent(operation), kind.tags(operation))
        for transform in PROVED_TRANSFORMS:
            operation = Whitespace(transform=transform, scope=[], confidence=1.0)
            yield _words(f"whitespace, {transform.name}", kind.intent(operation), kind.tags(operation))

    yield from ("", "### Intents", "", "An edit says one of these of itself, and has the tags beside it.", "")
    yield from ("| `intent` | | `semantic_tags` |", "|---|---|---|")
    for name, intent in INTENTS.items():
        yield f"| `{name}` | {intent.meaning} | {', '.join(f'`{tag}`' for tag in intent.tags) or '–'} |"
    for title, table in (("Semantic tags", TAGS), ("Affected domains", DOMAINS), ("Confidence", CONFIDENCE)):
        yield from ("", f"### {title}", "", "| | |", "|---|---|", *(f"| `{name}` | {table[name]} |" for name in table))
    yield from ("", *_DESCRIBED)


_DESCRIBED = """\
Any other file is in a domain that is called as the first directory of its path, below `src` or `lib`.

`breaking_change` is true where code outside of the project may have to change: a public name of Python is gone or has
another name, a parameter is gone, became required, stands elsewhere or can no longer be given in the way it could, a
function became asynchronous, the bases of a class changed. Public is what no underscore hides, in a module that is
neither a test nor a script. Of other languages it is said only that something is not breaking; where that is not known,
the field is left out.

`reversible` is true of every operation: with the base at hand, each can be taken back. `author` is `system` for white
space, which no person decides on, and the commit's author for the rest.
""".splitlines()


def _words(kind: str, intent: str, tags: list[str]) -> str:
    return f"| {kind} | `{intent}` | {', '.join(f'`{tag}`' for tag in tags) or '–'} |"


def schema_file() -> str:
    """docs/reference/schema.json"""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def review_schema_file() -> str:
    """docs/reference/review.schema.json, with what the code says of each field."""
    return _with_descriptions(review_schema(), "Review", review)


def impact_schema_file() -> str:
    """docs/reference/impact.schema.json, likewise."""
    return _with_descriptions(impact_schema(), "Impact", impact)


def _with_descriptions(found: dict[str, Any], root: str, module: ModuleType) -> str:
    for name, definition in [(root, found), *found["$defs"].items()]:
        for field, text in _fields(getattr(module, name)).items():
            if field in definition.get("properties", {}):
                definition["properties"][field]["description"] = text
    return json.dumps(found, indent=2, ensure_ascii=False) + "\n"


def _fields(kind: type) -> dict[str, str]:
    """Field → the string below it in a class."""
    (definition,) = ast.parse(inspect.getsource(kind)).body
    assert isinstance(definition, ast.ClassDef)
    return {
        above.target.id: inspect.cleandoc(below.value.value)
        for above, below in pairwise(definition.body)
        if isinstance(above, ast.AnnAssign) and isinstance(above.target, ast.Name)
        if isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant) and isinstance(below.value.value, str)
    }
