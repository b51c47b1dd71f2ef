"""Source code with the look of its syntax, by Pygments."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import groupby

from pygments.lexer import Lexer
from pygments.lexers import find_lexer_class_for_filename
from pygments.token import Comment, Keyword, Name, Number, Operator, String, _TokenType

_LONGEST = 100_000
"""Characters of a text that is looked at."""
_ROLES = (
    (Comment, "comment"),
    (String.Doc, "comment"),
    (String, "string"),
    (Number, "number"),
    (Keyword, "keyword"),
    (Operator.Word, "keyword"),
    (Name.Function, "name"),
    (Name.Class, "name"),
    (Name.Decorator, "name"),
    (Name.Tag, "name"),
)


def highlight(path: str, text: str) -> list[list[tuple[str, str]]]:
    """The stretches of each line of `text`, with their roles; a role is empty where the syntax has no look."""
    lexer = _lexer(path.rpartition("/")[2])
    if lexer is None or len(text) > _LONGEST:
        return [[("", line)] for line in text.split("\n")]
    lines: list[list[tuple[str, str]]] = [[]]
    for _, kind, value in lexer.get_tokens_unprocessed(text):
        role = _role(kind)
        first, *more = value.split("\n")
        lines[-1].append((role, first))
        lines += ([(role, part)] for part in more)
    return [list(_joined(line)) for line in lines]


def _joined(runs: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Neighbours of one role as one."""
    for role, group in groupby(runs, key=lambda run: run[0]):
        yield role, "".join(text for _, text in group)


@cache
def _lexer(name: str) -> Lexer | None:
    found = find_lexer_class_for_filename(name)
    return None if found is None else found(stripnl=False, ensurenl=False)


@cache
def _role(kind: _TokenType) -> str:
    above = kind.split()
    return next((role for one, role in _ROLES if one in above), "")
