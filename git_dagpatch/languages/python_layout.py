"""What may differ between two texts of Python that mean the same, and the proof that no more does.

Syntax trees are compared, and beside them the tokens, since a syntax tree holds no comments and does not tell how a
value is written.
"""

from __future__ import annotations

import ast
import re
from codecs import BOM_UTF8
from collections import Counter
from collections.abc import Iterator, Sequence
from inspect import cleandoc
from itertools import zip_longest
from typing import NamedTuple

from git_dagpatch.languages.plain import shebang
from git_dagpatch.languages.python_changes import changed_sections
from git_dagpatch.languages.python_syntax import Placed, whole
from git_dagpatch.languages.python_tokens import is_number, is_string, python_tokens
from git_dagpatch.languages.tokens import Tokens

_DEFINITIONS = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)

_CONTROL = re.compile(
    rb"""
    \#[\#\s]*(?:
        (?:type|fmt|yapf|isort|ruff|flake8|pylint|pyright|pyre-\w+|pytype|mypy|pycodestyle|autopep8|lint|sourcery|cython
        |distutils|doctest|black|coverage|pragma|vim?|ex|ty|pyrefly|skylos|bandit|pyink|codespell|cspell)\s*[:=]
      | (?:noqa|nosec|nocover|nopep8|nolint|nopycln|lgtm|skipcq|region|endregion|pyre)(?:\W|$)
      | -\*- | ! | %% | ///
    )
    | .*(?:noqa|pragma:|type:\s*ignore|coding[:=])
    """,
    re.VERBOSE | re.IGNORECASE,
)
_SCRIPT = re.compile(rb"^# /// [\w-]+$\s(?:^#(?:| .*)$\s)+^# ///$", re.MULTILINE)
"""Metadata of a script in a comment, by which it is run."""
_READS_DOCSTRINGS = (b"__doc__", b"docopt")
_COOKIE = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")


class Freedom(NamedTuple):
    """What a transform may change besides nothing at all."""

    dropped: frozenset[bytes] = frozenset()
    """Tokens that may come and go."""
    spaces: bool = False
    """Whether white space may change, also where no token comes or goes."""
    strings: bool = False
    numbers: bool = False
    joins: bool = False
    """Whether neighbouring strings may be joined and parted."""
    docstrings: bool = False
    """Whether docstrings may be indented and wrapped otherwise."""


FREEDOMS = {
    "string-spelling": Freedom(strings=True),
    "number-spelling": Freedom(numbers=True),
    "joined-strings": Freedom(joins=True),
    "docstrings": Freedom(docstrings=True),
    "trailing-commas": Freedom(dropped=frozenset((b",",))),
    "parentheses": Freedom(dropped=frozenset((b"(", b")", b",")), spaces=True),
    "statement-lines": Freedom(dropped=frozenset((b";",)), spaces=True),
    "layout": Freedom(spaces=True),
}
"""Transform → what it may change."""
_BY_FORMATTER = Freedom(
    dropped=frozenset((b",", b"(", b")", b";")), spaces=True, strings=True, numbers=True, joins=True, docstrings=True
)

_BY_FORM = _BY_FORMATTER._replace(docstrings=False)


def keeps_meaning(transform: str, before: bytes, after: bytes) -> bool:
    """Whether `after` means what `before` means and differs from it in no more than `transform` may change.

    A formatter, of whatever name, may change all that one of the others may.
    """
    freedom = FREEDOMS.get(transform, _BY_FORMATTER)
    if told_to_tools(before) != told_to_tools(after):
        return False
    if freedom.docstrings and any(word in before for word in _READS_DOCSTRINGS):
        freedom = freedom._replace(docstrings=False)
    before, after = (text.replace(b"\r\n", b"\n") for text in (before, after))
    changed = changed_sections(before, after)
    if changed is None:
        return False
    one, other = (_kept(python_tokens(_text(placed)), freedom) for placed in (changed.old, changed.new))
    return (
        _differ_by(freedom, one, other)
        and places_of_comments(one) == places_of_comments(other)
        and same_tree(before, after, docstrings=freedom.docstrings)
    )


def same_code(before: bytes, after: bytes) -> bool:
    """Whether both are the same code, however it is written, with the same comments beside the same code."""
    before, after = (text.removeprefix(BOM_UTF8).replace(b"\r\n", b"\n") for text in (before, after))
    if cookie(before) != cookie(after):
        return False
    changed = changed_sections(before, after)
    if changed is None:
        return False
    one, other = (_kept(python_tokens(_text(placed)), _BY_FORM) for placed in (changed.old, changed.new))
    return (
        _differ_by(_BY_FORM, one, other)
        and places_of_comments(one) == places_of_comments(other)
        and same_tree(before, after)
    )


def words_of_code(text: bytes) -> Sequence[bytes]:
    """What the tokens of two texts of the same code have in common; strings that may be joined are one."""
    tokens = python_tokens(text.removeprefix(BOM_UTF8))
    found: list[bytes] = []
    is_joined = False
    for token, key in zip(tokens.texts, tokens.keys, strict=True):
        if token in _BY_FORM.dropped:
            continue
        word = key.partition(b'"')[2][:-1] if is_string(token) else key
        if is_string(token) and is_joined:
            found[-1] += word
        else:
            found.append(word)
        is_joined = is_string(token)
    return found


def _text(placed: Sequence[Placed]) -> bytes:
    return b"".join([section.text for _, section in placed])


def told_to_tools(text: bytes) -> tuple[bytes, ...]:
    """What tells how to run and read the text: the line of its interpreter, its encoding, the metadata of a script."""
    return shebang(text), cookie(text), *_SCRIPT.findall(text.replace(b"\r\n", b"\n"))


def cookie(text: bytes) -> bytes:
    """The encoding that the text names in one of its first two lines."""
    return b"".join(found[1] for line in text.split(b"\n", 2)[:2] if (found := _COOKIE.match(line)))


def _kept(tokens: Tokens, freedom: Freedom) -> Tokens:
    """`tokens` without those that may come and go; the gaps around these are one. Neighbouring strings are one token
    where they may be joined."""
    if not freedom.dropped and not freedom.joins:
        return tokens
    texts: list[bytes] = []
    gaps: list[bytes] = []
    waiting = b""
    for gap, text in zip(tokens.gaps, tokens.texts, strict=False):
        waiting += gap
        if text in freedom.dropped:
            continue
        if freedom.joins and is_string(text) and texts and is_string(texts[-1]):
            waiting = b""
            continue
        # Whether a comment has its line for itself, what is dropped tells as well as any token.
        gaps.append(gap if freedom.spaces and text.startswith(b"#") else waiting)
        texts.append(text)
        waiting = b""
    return Tokens(texts, texts, [*gaps, waiting + tokens.gaps[-1]], ())


def _differ_by(freedom: Freedom, one: Tokens, other: Tokens) -> bool:
    """Whether the tokens, and where they may not change the gaps, are the same but for what `freedom` allows."""
    if len(one.texts) != len(other.texts) or (not freedom.spaces and one.gaps != other.gaps):
        return False
    if one.texts == other.texts:
        return True
    strings = freedom.strings or freedom.joins or freedom.docstrings
    return all(
        text == new
        or (strings and is_string(text) and is_string(new))
        or (freedom.numbers and is_number(text) and is_number(new))
        for text, new in zip(one.texts, other.texts, strict=True)
    )


def is_control(comment: bytes) -> bool:
    """Whether a tool may do what the comment says, so that its place matters."""
    return _CONTROL.match(comment) is not None


def comments_of(text: bytes) -> Counter[bytes]:
    """How often each comment stands in `text`, with white space in it made equal."""
    return Counter(b" ".join(token.split()) for token in python_tokens(text).texts if token.startswith(b"#"))


def places_of_comments(tokens: Tokens) -> list[tuple[int, ...]]:
    """For each comment, what must stay as it is: whether it has its line for itself, and if it is for a tool, what is
    on the line before it, or else how it is indented against what follows."""
    gaps, texts = tokens.gaps, tokens.texts
    places: list[tuple[int, ...]] = []
    for at in [at for at, text in enumerate(texts) if text.startswith(b"#")]:
        alone = at == 0 or b"\n" in gaps[at]
        if not is_control(texts[at]):
            places.append((alone,))
        elif alone:
            places.append((1, _indented(tokens, at)))
        else:
            first = next((before for before in range(at, 0, -1) if b"\n" in gaps[before]), 0)
            places.append((0, first))
    return places


def _indented(tokens: Tokens, at: int) -> int:
    """Whether a comment is indented less than the line of code after it, as it, or more: -1, 0, or 1."""
    own = _column(tokens.gaps[at])
    after = next((n for n in range(at + 1, len(tokens.texts)) if not tokens.texts[n].startswith(b"#")), None)
    column = 0 if after is None else _column(tokens.gaps[after])
    return (own > column) - (own < column)


def _column(gap: bytes) -> int:
    return len(gap[gap.rfind(b"\n") + 1 :].expandtabs(8))


def same_tree(before: bytes, after: bytes, *, docstrings: bool = False) -> bool:
    """Whether both texts parse, and to equal trees. With `docstrings`, these may be indented and wrapped otherwise.

    The prefix ``u`` of a string, which means nothing to Python 3, is no difference.
    """
    changed = changed_sections(before, after)
    if changed is None:
        return False
    old, new = (
        [(node, section.lines) for _, section in placed for node in section.body]
        for placed in (changed.old, changed.new)
    )
    if docstrings and changed.at_start and _same_docstrings(whole(changed.old), whole(changed.new)):
        del old[0], new[0]
    return len(old) == len(new) and all(
        _same_statement(one, other, lines, other_lines, docstrings=docstrings)
        for (one, lines), (other, other_lines) in zip(old, new, strict=True)
    )


def _same_statement(
    one: ast.stmt, other: ast.stmt, lines: Sequence[bytes], other_lines: Sequence[bytes], *, docstrings: bool
) -> bool:
    stack: list[tuple[object, object]] = [(one, other)]
    while stack:
        node, new = stack.pop()
        if node is new:
            continue
        if node.__class__ is not new.__class__:
            return False
        if not isinstance(node, ast.AST) or not isinstance(new, ast.AST):
            if node != new:
                return False
            continue
        if (
            isinstance(node, ast.stmt)
            and isinstance(new, ast.stmt)
            and _source(node, lines) == _source(new, other_lines)
        ):
            continue
        pairs = list(_fields(node, new))
        if docstrings and isinstance(node, _DEFINITIONS) and _same_docstrings(node, new):
            pairs = [pair for pair in pairs if pair[0] is not node.body[0]]
        stack += pairs
    return True


def _source(statement: ast.stmt, lines: Sequence[bytes]) -> tuple[int, Sequence[bytes]]:
    """The whole lines that a statement stands on, decorators included, and the column at which it starts."""
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    first = min([statement.lineno, *(decorator.lineno for decorator in decorators)])
    return statement.col_offset, lines[first - 1 : statement.end_lineno]


def _fields(node: ast.AST, new: ast.AST) -> Iterator[tuple[object, object]]:
    for name in node._fields:
        if name == "kind" and isinstance(node, ast.Constant):
            continue
        one, other = getattr(node, name, None), getattr(new, name, None)
        if isinstance(one, list) and isinstance(other, list):
            yield from zip_longest(one, other, fillvalue=...)
        else:
            yield one, other


def _same_docstrings(node: ast.AST, new: ast.AST) -> bool:
    """Whether both have a docstring, with the same but for indentation and the ends of lines in a plain paragraph."""
    one, other = _docstring(node), _docstring(new)
    return one is not None and other is not None and _normal(one) == _normal(other)


def _docstring(node: ast.AST) -> str | None:
    match getattr(node, "body", None):
        case [ast.Expr(ast.Constant(str(value))), *_]:
            return value
    return None


_WRAPPED = re.compile(r"(?!(?:\d+|[A-Za-z])[.)] )[\w`](?:(?<=[.?!])  \S|(?! \s)[^\t])*")
"""A line of prose: spaces that align what stands in it are no layout, and what numbers an item starts a line."""


def _normal(docstring: str) -> list[str]:
    """A docstring without its indentation; plain paragraphs on one line each."""
    paragraphs = re.split(r"\n(?:[ \t]*\n)+", cleandoc(docstring).strip())
    normal = []
    for paragraph in paragraphs:
        lines = [line.rstrip() for line in paragraph.split("\n")]
        plain = all(_WRAPPED.fullmatch(line) for line in lines)
        normal.append((" " if plain else "\n").join(lines))
    return normal


def docstring_words(token: bytes) -> list[bytes]:
    """What two spellings of a docstring share whatever their layout."""
    return token.strip(b"rRuUbB").strip(b"\"'").split()
