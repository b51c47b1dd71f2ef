"""Signatures of Python's functions and bases of its classes, read from the head of a definition alone.

Nothing is imported and nothing is run: what a caller may rely on is compared as it is written.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from textwrap import dedent
from typing import NamedTuple, final

from git_dagpatch.languages.language import Definition
from git_dagpatch.languages.python_syntax import syntax_tree

HEAD = re.compile(rb"[ \t\f]*(?:(?:async[ \t]+)?def|class)[ \t]")
_LONGEST = 200
"""Lines that a head may have."""


class Parameter(NamedTuple):
    name: str
    kind: str
    """positional, plain, keyword, or star for ``*args`` and ``**kwargs``, which keep their stars in their name."""
    default: str | None
    annotation: str | None


@final
class Signature(NamedTuple):
    """How a function is called."""

    parameters: tuple[Parameter, ...]
    """Without ``self`` and ``cls``."""
    returns: str | None
    is_async: bool


@final
class Bases(NamedTuple):
    """What a class is derived from."""

    names: tuple[str, ...]
    """As written, keywords included."""


def decorators_of(lines: Sequence[bytes], definition: Definition) -> list[str]:
    """The decorators of `definition` in one spelling; none where Python does not take its head."""
    # A text that does not end a string has its end beyond its lines.
    own = lines[definition.start : definition.end]
    start = next((at for at, line in enumerate(own) if line.lstrip().startswith(b"@")), None)
    head = next((at for at, line in enumerate(own) if HEAD.match(line)), None)
    if start is None or head is None or start > head:
        return []
    node = _node(dedent(b"".join(own[start:head]).decode(errors="replace")).encode() + b"def f():")
    return [_text(one) for one in node.decorator_list] if isinstance(node, ast.FunctionDef) else []


def head_of(lines: Sequence[bytes], definition: Definition) -> Signature | Bases | None:
    """What the head of `definition` says; None if it cannot be read."""
    limit = min(definition.end, definition.start + _LONGEST, len(lines))
    start = next((number for number in range(definition.start, limit) if HEAD.match(lines[number])), None)
    if start is None:
        return None
    for end in range(start + 1, limit + 1):
        if b":" not in lines[end - 1]:
            continue
        node = _node(b"".join(lines[start:end]).strip())
        if isinstance(node, ast.ClassDef):
            return Bases((*map(_text, node.bases), *(f"{word.arg}={_text(word.value)}" for word in node.keywords)))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            return _signature(node, is_method=definition.kind == "method")
    return None


def _node(head: bytes) -> ast.stmt | None:
    for text in (head + b"\n pass\n", head):
        tree = syntax_tree(text)
        if tree is not None and tree.body:
            return tree.body[0]
    return None


def _signature(node: ast.FunctionDef | ast.AsyncFunctionDef, *, is_method: bool) -> Signature:
    arguments = node.args
    positional = [(argument, "positional") for argument in arguments.posonlyargs]
    positional += [(argument, "plain") for argument in arguments.args]
    given = len(positional) - len(arguments.defaults)
    found = [
        Parameter(argument.arg, kind, _text(arguments.defaults[at - given]) if at >= given else None, _note(argument))
        for at, (argument, kind) in enumerate(positional)
    ]
    # A static method has no `self`; one that calls its first parameter so is none.
    if is_method and found and found[0].name in ("self", "cls", "mcs"):
        del found[0]
    if arguments.vararg:
        found.append(Parameter(f"*{arguments.vararg.arg}", "star", None, _note(arguments.vararg)))
    for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        found.append(Parameter(argument.arg, "keyword", _text(default) if default else None, _note(argument)))
    if arguments.kwarg:
        found.append(Parameter(f"**{arguments.kwarg.arg}", "star", None, _note(arguments.kwarg)))
    returns = _text(node.returns) if node.returns else None
    return Signature(tuple(found), returns, isinstance(node, ast.AsyncFunctionDef))


def _note(argument: ast.arg) -> str | None:
    return _text(argument.annotation) if argument.annotation else None


def _text(node: ast.expr) -> str:
    return ast.unparse(node)


def breaks(old: Signature, new: Signature) -> bool:
    """Whether a call that fits `old` may not fit `new`, or may mean another thing there."""
    before = {parameter.name: parameter for parameter in old.parameters}
    after = {parameter.name: parameter for parameter in new.parameters}
    if old.is_async != new.is_async or any(_lost(parameter, after) for parameter in old.parameters):
        return True
    if any(_is_required(parameter) for parameter in new.parameters if parameter.name not in before):
        return True
    return not _starts_alike(_by_place(old), _by_place(new))


def _lost(parameter: Parameter, after: dict[str, Parameter]) -> bool:
    """Whether `parameter` is gone, became required, or can no longer be given in a way in which it could."""
    now = after.get(parameter.name)
    if now is None:
        # What ``*args`` is called makes no difference to a caller.
        stars = len(parameter.name) - len(parameter.name.lstrip("*"))
        return not stars or not any(name.startswith("*" * stars) and name[stars] != "*" for name in after)
    if _is_required(now) and not _is_required(parameter):
        return True
    return (parameter.kind, now.kind) in {
        ("plain", "positional"),
        ("plain", "keyword"),
        ("keyword", "positional"),
        ("positional", "keyword"),
    }


def _is_required(parameter: Parameter) -> bool:
    return parameter.default is None and parameter.kind != "star"


def _by_place(signature: Signature) -> list[str]:
    """The parameters that a call may give by their place."""
    return [parameter.name for parameter in signature.parameters if parameter.kind in ("positional", "plain")]


def _starts_alike(old: Sequence[str], new: Sequence[str]) -> bool:
    return list(new[: len(old)]) == list(old)


def told(old: Signature, new: Signature) -> str:
    """What became of the signature, for a sentence: "add parameter timeout"; empty if nothing that is told."""
    before = {parameter.name: parameter for parameter in old.parameters}
    after = {parameter.name: parameter for parameter in new.parameters}
    added = [name for name in after if name not in before]
    removed = [name for name in before if name not in after]
    if added and removed:
        return f"replace {_parameters(removed)} by {_and(added)}"
    if added:
        return f"add {_parameters(added)}"
    if removed:
        return f"remove {_parameters(removed)}"
    if old.is_async != new.is_async:
        return "make it asynchronous" if new.is_async else "make it synchronous"
    other = [name for name in after if after[name].default != before[name].default]
    if other:
        return f"change the default of {_and(other)}"
    return "" if [*before] == [*after] else "reorder the parameters"


def differs_in_annotations_alone(old: Signature, new: Signature) -> bool:
    """Whether calls see no difference, and the annotations do differ."""
    return old != new and _bare(old) == _bare(new)


def _bare(signature: Signature) -> Signature:
    bare = tuple(parameter._replace(annotation=None) for parameter in signature.parameters)
    return signature._replace(parameters=bare, returns=None)


def _parameters(names: Sequence[str]) -> str:
    return f"parameter{'s' * (len(names) > 1)} {_and(names)}"


def _and(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
