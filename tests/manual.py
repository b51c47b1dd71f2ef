"""The man pages, one of all and one of each command, made of the help of the commands and the table of exit codes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial

from git_dagpatch import __version__
from git_dagpatch.cli.main import VERBS
from tests.reference import ROOT, Verb, verbs

_EXIT = re.compile(r"^\| (\d+) \| (.+?) \|$", re.MULTILINE)

_NAME = "git-dagpatch - commits as graphs of meaningful, provable operations"

_DESCRIPTION = """\
A DAG patch turns one tree into another by a directed acyclic graph of operations, each a transformation with a meaning:
this file moved, that was reformatted, this function was edited. It reproduces the second tree byte for byte, which is
proved before the patch is given out.

`git dagpatch -h` lists the commands, and `git dagpatch` COMMAND `-h` the options of one.
"""

_ARGUMENTS = (
    ("PATCH", "A file that holds a patch in JSON or tar form; `-` for patches on standard input, one a line."),
    ("REV", "One commit, against its first parent; a root commit, against the empty tree. By default HEAD."),
    ("RANGE", "`A..B`: its commits, oldest first, without merges; with `--first-parent`, with them."),
)

EXAMPLES = (
    ("What is in the last commit, by meaning:", "git dagpatch show"),
    (
        "Three commits as files, and the proof that each makes its commit's tree:",
        "git dagpatch export -o patches HEAD~3..HEAD",
        "git dagpatch verify patches/*.dagpatch.json",
    ),
    (
        "One commit with the files that it touches, for a repository that lacks them:",
        "git dagpatch export --format tar -o last.dagpatch.tar",
    ),
    ("What a commit would make of the branch `search`:", "git dagpatch apply-tree HEAD~3 search"),
    ("How long patches are beside git's own diff:", "git dagpatch stats HEAD~4..HEAD"),
)
"""What it is for, and the commands; the tests run each in the repository of tests/demo.py."""


def manuals() -> dict[str, Callable[[], str]]:
    """Path of a page → what makes it."""
    return {"docs/man/git-dagpatch.1": manual} | {
        f"docs/man/git-dagpatch-{name}.1": partial(manual_of, name) for name in sorted(VERBS)
    }


def manual_of(name: str) -> str:
    """docs/man/git-dagpatch-NAME.1, which `git help dagpatch-NAME` shows."""
    verb = next(verb for verb in verbs() if verb.name == f"git dagpatch {name}")
    told = VERBS[name].rstrip(".")
    lines = [
        *_head(f"GIT-DAGPATCH-{name.upper()}", f"git-dagpatch-{name} - {told[0].lower()}{told[1:]}"),
        *(".SH SYNOPSIS", _bold(verb.usage), ".SH DESCRIPTION", *_paragraphs(verb.text)),
        *(".SH OPTIONS", *_options(verb)),
        *(".SH EXIT STATUS", *_list(_exits())),
        *(".SH SEE ALSO", ".BR git\\-dagpatch (1)"),
    ]
    return "\n".join(lines) + "\n"


def _head(title: str, name: str) -> list[str]:
    return [
        '.\\" Written by scripts/docs. Change the code that it is made of, then run that again.',
        f'.TH {title} 1 "" "git dagpatch {__version__}" "Git Manual"',
        *(".SH NAME", _roff(name)),
    ]


def _exits() -> list[tuple[str, str]]:
    return _EXIT.findall((ROOT / "docs/reference/exit-codes.md").read_text())


def manual() -> str:
    """docs/man/git-dagpatch.1"""
    every, *commands = verbs()
    lines = [
        *_head("GIT-DAGPATCH", _NAME),
        *(".SH SYNOPSIS", ".nf"),
        *(_bold(verb.usage) for verb in commands),
        *(".fi", ".SH DESCRIPTION", *_paragraphs(_DESCRIPTION.split("\n\n"))),
        *(".SH OPTIONS", *_options(every)),
        *(".SH ARGUMENTS", *_list(_ARGUMENTS)),
        ".SH COMMANDS",
    ]
    for verb in commands:
        lines += [f".SS {_roff(verb.name)}", ".nf", _bold(verb.usage), ".fi", ".PP"]
        lines += [*_paragraphs(verb.text), *_options(verb)]
    lines += [".SH EXIT STATUS", *_list(_exits())]
    lines += [".SH EXAMPLES", *_examples()]
    lines += [".SH SEE ALSO", ".BR git (1),", ".BR git\\-diff (1),", ".BR git\\-format\\-patch (1),"]
    lines += [".BR git\\-merge\\-tree (1),"]
    lines += [f".BR git\\-dagpatch\\-{_roff(name)} (1)," for name in sorted(VERBS)[:-1]]
    lines += [f".BR git\\-dagpatch\\-{_roff(sorted(VERBS)[-1])} (1)"]
    return "\n".join(lines) + "\n"


def _paragraphs(paragraphs: list[str]) -> Iterator[str]:
    for number, paragraph in enumerate(paragraphs):
        if number:
            yield ".PP"
        yield _text(paragraph)


def _options(verb: Verb) -> Iterator[str]:
    return _list(verb.options)


def _list(items: list[tuple[str, str]] | tuple[tuple[str, str], ...]) -> Iterator[str]:
    for term, text in items:
        yield from (".TP", _bold(term), _text(text))


def _examples() -> Iterator[str]:
    for why, *examples in EXAMPLES:
        yield from (".TP", _text(why), ".nf", *(_roff(command) for command in examples), ".fi")


def _bold(text: str) -> str:
    return f"\\fB{_roff(text)}\\fR"


def _text(text: str) -> str:
    """A paragraph, with what stands in backticks in bold."""
    parts = " ".join(text.split()).split("`")
    return "".join(_bold(part) if number % 2 else _roff(part) for number, part in enumerate(parts))


def _roff(text: str) -> str:
    """`text` so that roff prints it as it stands; a line never starts as a request would."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-").replace("^", "\\(ha").replace("~", "\\(ti")
    escaped = escaped.replace("…", "...").replace("–", "\\(en")
    return f"\\&{escaped}" if escaped.startswith((".", "'")) else escaped
