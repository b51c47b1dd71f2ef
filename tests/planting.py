"""Small changes of behaviour, put into Python code and files of data: what no operation that is folded may hold."""

from __future__ import annotations

import ast
import json
import random
import re
import tomllib
from collections.abc import Callable, Iterator
from typing import NamedTuple

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from git_dagpatch.alignment.lines import lines_of

_OPERATORS = {
    ast.Add: "-",
    ast.Sub: "+",
    ast.Mult: "//",
    ast.Eq: "!=",
    ast.NotEq: "==",
    ast.Lt: "<=",
    ast.Gt: ">=",
    ast.Is: "is not",
    ast.In: "not in",
    ast.And: "or",
    ast.Or: "and",
}
_SPELLINGS = {
    ast.Add: b"+",
    ast.Sub: b"-",
    ast.Mult: b"*",
    ast.Eq: b"==",
    ast.NotEq: b"!=",
    ast.Lt: b"<",
    ast.Gt: b">",
    ast.Is: b"is",
    ast.In: b"in",
    ast.And: b"and",
    ast.Or: b"or",
}


class Plant(NamedTuple):
    """One change: the bytes from `start` to `end` become `insert`."""

    kind: str
    start: int
    end: int
    insert: bytes

    def into(self, text: bytes) -> bytes:
        return text[: self.start] + self.insert + text[self.end :]


class _Source:
    """A text, its syntax tree, and where its nodes stand in bytes."""

    def __init__(self, text: bytes) -> None:
        self.text = text
        self.tree = ast.parse(text)
        self._starts = lines_of(text).starts
        self.names = sorted({node.id for node in ast.walk(self.tree) if isinstance(node, ast.Name)})

    def range(self, node: ast.expr | ast.stmt) -> tuple[int, int]:
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return self._starts[node.lineno - 1] + node.col_offset, self._starts[node.end_lineno - 1] + node.end_col_offset

    def between(self, left: ast.expr, right: ast.expr, operator: ast.AST) -> Iterator[Plant]:
        """The operator between two operands, made another one."""
        spelling, other = _SPELLINGS.get(type(operator)), _OPERATORS.get(type(operator))
        start, end = self.range(left)[1], self.range(right)[0]
        if spelling and other and self.text[start:end].strip() == spelling:
            at = self.text.index(spelling, start)
            yield Plant("operator", at, at + len(spelling), other.encode())


def _operators(source: _Source, node: ast.AST, _: random.Random) -> Iterator[Plant]:
    match node:
        case ast.BinOp(left, operator, right) | ast.Compare(left, [operator], [right]):
            yield from source.between(left, right, operator)
        case ast.BoolOp(operator, [left, right]):
            yield from source.between(left, right, operator)


def _constants(source: _Source, node: ast.AST, _: random.Random) -> Iterator[Plant]:
    match node:
        case ast.Constant(bool(value)):
            yield Plant("boolean", *source.range(node), str(not value).encode())
        case ast.Constant(int(value)):
            yield Plant("constant", *source.range(node), str(value + 1).encode())
        case ast.Constant(str(value)) if value[:1].isalpha():
            start, end = source.range(node)
            at = source.text.find(value[0].encode(), start, end)
            if at >= 0 and source.text[start:at] in (b"'", b'"'):
                yield Plant("string", at, at + 1, value[0].swapcase().encode())


def _names(source: _Source, node: ast.AST, chance: random.Random) -> Iterator[Plant]:
    match node:
        case ast.Call(func=ast.Name(name) as called):
            yield Plant("callee", *source.range(called), _other(name, source, chance))
        case ast.Call(func=ast.Attribute(attr=name) as called):
            end = source.range(called)[1]
            yield Plant("callee", end - len(name.encode()), end, _other(name, source, chance))
        case ast.Name(name, ast.Load()):
            yield Plant("variable", *source.range(node), _other(name, source, chance))


def _other(name: str, source: _Source, chance: random.Random) -> bytes:
    return chance.choice([other for other in source.names if other != name] or [f"{name}_"]).encode()


def _arguments(source: _Source, node: ast.AST, _: random.Random) -> Iterator[Plant]:
    match node:
        case ast.Call(args=[first, second, *_]) if ast.dump(first) != ast.dump(second):
            (start, first_end), (second_start, end) = source.range(first), source.range(second)
            text = source.text
            if text[first_end:second_start].strip() == b",":
                swapped = text[second_start:end] + text[first_end:second_start] + text[start:first_end]
                yield Plant("argument order", start, end, swapped)
        case ast.arguments(defaults=[*_, ast.Constant(None) as last]):
            yield Plant("default", *source.range(last), b"False")


def _statements(source: _Source, node: ast.AST, _: random.Random) -> Iterator[Plant]:
    match node:
        case ast.FunctionDef(body=body) if len(body) > 2:
            for statement in body[1:]:
                if isinstance(statement, ast.Expr | ast.Assign | ast.AugAssign) and _simple(source, statement):
                    start, end = source.range(statement)
                    start = source.text.rfind(b"\n", 0, start) + 1
                    yield Plant("statement", start, source.text.find(b"\n", end) + 1, b"")


def _simple(source: _Source, statement: ast.stmt) -> bool:
    """Whether it has its one line for itself."""
    start, end = source.range(statement)
    line = source.text[source.text.rfind(b"\n", 0, start) + 1 : source.text.find(b"\n", end)]
    return statement.lineno == statement.end_lineno and line.strip() == source.text[start:end]


def _comments(source: _Source, node: ast.AST, _: random.Random) -> Iterator[Plant]:
    match node:
        case ast.Assign() if _simple(source, node):
            end = source.range(node)[1]
            yield Plant("type comment", end, end, b"  # type: ignore")


_Planter = Callable[[_Source, ast.AST, random.Random], Iterator[Plant]]
_PLANTERS: tuple[_Planter, ...] = (_operators, _constants, _names, _arguments, _statements, _comments)


def plants(text: bytes, chance: random.Random) -> Iterator[Plant]:
    """Every change that can be planted into `text`. Raises SyntaxError if that does not parse."""
    source = _Source(text)
    for node in ast.walk(source.tree):
        for planter in _PLANTERS:
            yield from planter(source, node, chance)


def _yaml(text: str) -> object:
    return YAML(typ="safe", pure=True).load(text)


_READERS: dict[bytes, Callable[[str], object]] = {
    b"json": json.loads,
    b"toml": tomllib.loads,
    b"yaml": _yaml,
    b"yml": _yaml,
}
_VALUE = re.compile(
    rb"""(?<=[:=\[,-][ \t])
    (?:(?P<boolean>true|false) | (?P<constant>\d+) | (?P<string>"[A-Za-z][^"\\\n]*" | [A-Za-z][\w ./-]*))
    (?=[ \t]*(?:[,}\]\#\r\n]|$))""",
    re.VERBOSE,
)
_ENTRY = re.compile(
    rb"""^[ \t]+ (?:"[^"\n]*"|[\w-]+) [ \t]*[:=][ \t]* [^\[{(\s][^\n]*\n
    | ^[ \t]+ (?:-\ )? "?[\w./=<>-]+"? ,?\n""",
    re.VERBOSE | re.MULTILINE,
)


def is_data(path: bytes) -> bool:
    """Whether values can be changed in a file of that name."""
    return path.rpartition(b".")[2] in _READERS


def read_data(path: bytes, text: bytes) -> object:
    """What a file of data holds; None if it cannot be read."""
    try:
        return _READERS[path.rpartition(b".")[2]](text.decode())
    except (ValueError, YAMLError, RecursionError):
        return None


def data_plants(path: bytes, text: bytes) -> Iterator[Plant]:
    """Every change that can be tried in a file of data: a value is another one, or an entry goes.

    What comes out may not be data any more, or the same.
    """
    for match in _VALUE.finditer(text):
        start, end = match.span()
        kind = f"value: {match.lastgroup}"
        if match["boolean"]:
            yield Plant(kind, start, end, b"false" if match["boolean"] == b"true" else b"true")
        elif match["constant"]:
            yield Plant(kind, start, end, str(int(match["constant"]) + 1).encode())
        else:
            at = start + match["string"].startswith(b'"')
            yield Plant(kind, at, at + 1, text[at : at + 1].swapcase())
    for match in _ENTRY.finditer(text):
        yield Plant("value: entry", *match.span(), b"")


class Coincidence(NamedTuple):
    """Code that goes through a change of a name which has nothing to do with a rename of the same two names."""

    kind: str
    before: bytes
    after: bytes

    @property
    def changed(self) -> list[bytes]:
        """The lines of `after` that are not in `before`."""
        before = self.before.splitlines()
        return [line for line in self.after.splitlines() if line not in before]


_FOREIGN = {
    "literal": "def planted():\n    items = []\n    items.<<name>>(1)\n    return ''.<<name>>()\n",
    "builtin": (
        "def planted(text: str):\n    made = dict()\n    return made.<<name>>(text.<<name>>, open(text).<<name>>)\n"
    ),
    "other class": (
        "class Planted:\n    def <old>(self):\n        return 1\n\n    def <new>(self):\n        return 2\n\n\n"
        "def planted(one: Planted):\n    other = Planted()\n"
        "    return one.<<name>>(), other.<<name>>(), Planted().<<name>>()\n"
    ),
    "another receiver": "def planted(one):\n    one.<new>(0)\n    one.<<name>>(1)\n    return one\n",
    "module": "import json as planted_json\n\n\ndef planted(text):\n    return planted_json.<<name>>(text)\n",
    "keyword of anything": "def planted(**given):\n    return given\n\n\nplanted(<<name>>=1)\n",
    "keyword of a builtin": "def planted():\n    return dict(<<name>>=1), ''.format(<<name>>=2)\n",
    "import": "def planted():\n    from planted_module import <<name>>\n\n    return <<name>>(1)\n",
    "import under another name": "def planted():\n    from json import <<name>> as name\n\n    return name\n",
    "import from beside": "def planted():\n    from .planted_module import <<name>> as name\n\n    return name\n",
    "spelled": "def planted(one):\n    return f'{one.<<name>>=}'\n",
}


def coincidences(old: str, new: str) -> Iterator[Coincidence]:
    """Code of each kind, with the name `old` that becomes `new`."""
    for kind, marked in _FOREIGN.items():
        text = marked.replace("<old>", old).replace("<new>", new)
        before, after = (text.replace("<<name>>", name).encode() for name in (old, new))
        yield Coincidence(kind, before, after)


_KEYS = {
    "key of a subscript": "import os\n\n\ndef planted():\n    return os.environ['<<name>>']\n",
    "key of a dictionary": "PLANTED = {'<<name>>': 1}\n",
    "name in a string": "def planted(one):\n    return getattr(one, '<<name>>')\n",
}


def data_keys(old: str, new: str) -> Iterator[Coincidence]:
    """Code of each kind with a key `old` that becomes `new`: data that has nothing to do with a symbol of that name."""
    for kind, marked in _KEYS.items():
        before, after = (marked.replace("<<name>>", name).encode() for name in (old, new))
        yield Coincidence(kind, before, after)


_EXCHANGED = {
    "decorated siblings": (
        "PLANTED = []\n\n\ndef planted_rule(rule):\n    PLANTED.append(rule)\n    return lambda function: function\n",
        "@planted_rule('/a')\ndef planted_one():\n    return 1\n",
        "@planted_rule('/<x>')\ndef planted_two(x):\n    return x\n",
    ),
    "siblings with defaults": (
        "from itertools import count\n\nPLANTED = count()\n",
        "def planted_one(x=next(PLANTED)):\n    return x\n",
        "def planted_two(x=next(PLANTED)):\n    return x\n",
    ),
    "a sibling that is needed": (
        "def planted_rule(function):\n    planted_one()\n    return function\n",
        "def planted_one():\n    return 1\n",
        "@planted_rule\ndef planted_two():\n    return 2\n",
    ),
    "classes that are listed": (
        "class Planted:\n    def __init_subclass__(cls):\n        print(cls)\n",
        "class planted_one(Planted):\n    x = 1\n",
        "class planted_two(Planted):\n    y = 2\n",
    ),
}


def exchanges() -> Iterator[Coincidence]:
    """Definitions that change places, where their order means something."""
    for kind, (head, one, two) in _EXCHANGED.items():
        before, after = ("\n\n".join((head, *order)).encode() for order in ((one, two), (two, one)))
        yield Coincidence(kind, before, after)
