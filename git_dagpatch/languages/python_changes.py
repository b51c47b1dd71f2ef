"""The statements in which one Python text may differ from another one, so that the cost follows the change.

Two texts that share their first and last statements at the top level are compared by what stands between these: what
is between is parsed alone, which tells the same as parsing it where it stands.
"""

from __future__ import annotations

import ast
from bisect import bisect_left, bisect_right
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple, TypeAlias

from git_dagpatch.languages.python_syntax import parsed, syntax_tree

_DocstringOwner: TypeAlias = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
DOCSTRING_OWNERS = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


class Changed(NamedTuple):
    """Statements at the top level of two texts; those before and after them are the same in both."""

    old: list[ast.stmt]
    new: list[ast.stmt]
    at_start: bool
    """Whether nothing stands before them."""


def changed_statements(before: bytes, after: bytes) -> Changed | None:
    """In which statements `after` may differ from `before`; None if either does not parse. Nobody may change them."""
    old = syntax_tree(before)
    if old is None:
        return None
    if before == after:
        return Changed([], [], at_start=False)
    part = _between(before, after, old)
    if part is not None:
        return part
    new = syntax_tree(after)
    return None if new is None else Changed(old.body, new.body, at_start=True)


def still_parses(before: bytes, after: bytes) -> bool:
    """Whether `after` parses, told with less effort if `before` does and is much the same."""
    return changed_statements(before, after) is not None or syntax_tree(after) is not None


def _between(before: bytes, after: bytes, tree: ast.Module) -> Changed | None:
    """What differs, by what stands between the statements that are shared; None if that cannot be told alone."""
    if not (_is_plain(before) and _is_plain(after)):
        return None
    cuts = _cuts(before, tree)
    head = _shared_head(before, after)
    first = bisect_right(cuts.places, head) - 1
    start = cuts.places[first]
    tail = _shared_tail(before, after, min(len(before), len(after)) - start)
    last = bisect_left(cuts.places, len(before) - tail, lo=first)
    end = len(after) - (len(before) - cuts.places[last])
    middle = after[start:end]
    parts = before[:start], middle
    found = parsed(middle) if all(map(_is_whole, parts)) and not any(map(_may_name_encoding, parts)) else None
    if found is None:
        return None
    return Changed(tree.body[cuts.numbers[first] : cuts.numbers[last]], found.body, at_start=start == 0)


class _Cuts(NamedTuple):
    """Where a text may be cut into parts that parse alone, the start and the end included."""

    places: list[int]
    """Bytes, in order."""
    numbers: list[int]
    """For each, how many statements stand before."""


@lru_cache(maxsize=4)
def _cuts(text: bytes, tree: ast.Module) -> _Cuts:
    starts = [0, *accumulate(len(line) + 1 for line in text.split(b"\n"))]
    found = _Cuts([0], [0])
    done = 0
    for number, node in enumerate(tree.body):
        decorators = getattr(node, "decorator_list", ())
        first = min([node.lineno, *(item.lineno for item in decorators)])
        place = starts[first - 1]
        # An expression in brackets may stand below its decorator's sign.
        starts_line = text.startswith(b"@", place) if decorators else node.col_offset == 0
        if number and starts_line and first > done and not text.endswith(b"\\\n", 0, place):
            found.places.append(place)
            found.numbers.append(number)
        done = node.end_lineno or node.lineno
    found.places.append(len(text))
    found.numbers.append(len(tree.body))
    return found


def _is_plain(text: bytes) -> bool:
    """Whether `text` is UTF-8 with no other ends of lines than line feeds: parts of it read as they do in the whole."""
    if b"\r" in text or b"\0" in text:
        return False
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


def _is_whole(part: bytes) -> bool:
    """Whether what follows `part` starts a line of code."""
    return not part or (part.endswith(b"\n") and not part.endswith(b"\\\n"))


def _may_name_encoding(text: bytes) -> bool:
    """Whether one of the first two lines may tell how `text` is encoded."""
    end = text.find(b"\n", text.find(b"\n") + 1)
    return b"coding" in text[: end if end >= 0 else len(text)]


def _shared_head(one: bytes, other: bytes) -> int:
    """How many bytes both start with."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _shared_tail(one: bytes, other: bytes, most: int) -> int:
    """How many bytes both end with, up to `most`."""
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        if one[len(one) - middle : len(one) - low] == other[len(other) - middle : len(other) - low]:
            low = middle
        else:
            high = middle - 1
    return low


def same_but_comments(before: bytes, after: bytes) -> bool:
    """Whether it is proved that the two differ in comments and layout alone."""
    changed = changed_statements(before, after)
    return changed is not None and _same(changed.old, changed.new)


def same_but_docstrings(before: bytes, after: bytes) -> bool:
    """Whether it is proved that the two differ in docstrings, comments and layout alone."""
    changed = changed_statements(before, after)
    if changed is None:
        return False
    if changed.at_start:
        # What follows decides whether a docstring is all that there is.
        one, other = syntax_tree(before), syntax_tree(after)
        return one is not None and other is not None and _same(one, other, docstrings=False)
    return _same(changed.old, changed.new, docstrings=False)


def _same(old: object, new: object, *, docstrings: bool = True) -> bool:
    """Whether two syntax trees are the same, places apart; without `docstrings`, also if these differ."""
    waiting = [(old, new)]
    while waiting:
        one, other = waiting.pop()
        if one.__class__ is not other.__class__:
            return False
        if isinstance(one, ast.AST):
            for name in one._fields:
                mine, theirs = getattr(one, name, None), getattr(other, name, None)
                if mine is not theirs:
                    if name == "body" and not docstrings:
                        mine, theirs = _without_docstring(one), _without_docstring(other)
                    waiting.append((mine, theirs))
        elif isinstance(one, list) and isinstance(other, list):
            if len(one) != len(other):
                return False
            waiting.extend(zip(one, other, strict=True))
        elif repr(one) != repr(other):
            # Of numbers, equal ones may be different: 0.0 and -0.0.
            return False
    return True


def _without_docstring(node: object) -> object:
    body = getattr(node, "body", None)
    if isinstance(node, DOCSTRING_OWNERS) and body and is_text(body[0]):
        # A body of nothing but a docstring is one with `pass`, without it.
        return body[1:] or [ast.Pass()]
    return body


def is_text(node: ast.stmt) -> bool:
    """Whether `node` is a string that stands alone."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
