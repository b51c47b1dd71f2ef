"""What the identifiers of a Python module mean: which belong together, and which cannot be told."""

from __future__ import annotations

import ast
import os
from pathlib import Path

import pytest

from git_dagpatch.languages.python_symbols import Key, Sort, Symbols, symbols_of

STDLIB = Path(os.__file__).parent


def symbols(text: str) -> Symbols:
    found = symbols_of(text.encode())
    assert found is not None
    return found


def certain(text: str, qualified: str) -> bool:
    return all(one.certain for one in symbols(text).bindings.values() if one.kind and one.qualified == qualified)


MODULE = """\
from os import path
__all__ = ["load", "Shelf"]
def load(name, *, again=False):
    def inner():
        nonlocal name
        name = f"{name}!"
        return [name for name in name]
    return inner() or load(name, again=True)
class Shelf:
    size = 1
    def __init__(self, size):
        self.size = size
        self.rest = lambda size=size: size
    def find(self, name):
        return self.size + self.find(name=load) + name.find
    @property
    def load(self):
        return load
class Tall(Shelf):
    def find(self, name):
        return Shelf.find(self, name), self.rest
def use(shelf: "Shelf", load=load):
    Shelf(size=2).size
    load()
"""


@pytest.mark.parametrize(
    ("qualified", "kind", "lines"),
    [
        ("load", "function", [2, 3, 8, 15, 18, 22]),
        ("load.name", "parameter", [3, 5, 6, 6, 7, 8]),
        ("load.inner.name", "variable", [7, 7]),
        ("load.again", "parameter", [3, 8]),
        ("Shelf", "class", [2, 9, 19, 21, 22, 23]),
        ("Shelf.size", "attribute", [10, 12, 15, 23]),
        ("Shelf.__init__.size", "parameter", [11, 12, 13, 23]),
        ("Shelf.find", "method", [14, 15, 20, 21]),
        ("Shelf.load", "method", [17]),
        ("Shelf.rest", "attribute", [13, 21]),
        ("use.load", "parameter", [22, 24]),
    ],
)
def test_all_that_means_a_symbol(qualified: str, kind: str, lines: list[int]) -> None:
    found = symbols(MODULE)
    matching = [one for one in found.bindings.values() if (one.qualified, one.kind) == (qualified, kind)]
    assert lines in [[MODULE.encode().count(b"\n", 0, start) + 1 for start in one.starts] for one in matching]


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("import json\njson.load()\n", Key(Sort.MEMBER, -1, "load", "json")),
        ("import a.b as c\nc.d.load()\n", Key(Sort.PART, -1, "load", "a.b:d")),
        ("from json import load\n", Key(Sort.IMPORT, 0, "load", "json")),
        ("from json import load as read\n", Key(Sort.MEMBER, -1, "load", "json")),
        ("from a import b\nb.load\n", Key(Sort.PART, -1, "load", "a:b")),
        ("def f(x):\n    x.load()\n", Key(Sort.RECEIVER, -1, "load")),
        ("def f(x):\n    x(load=1)\n", Key(Sort.KEYWORD, -1, "load")),
        ("load()\n", Key(Sort.FREE, -1, "load")),
        ("import load\n", Key(Sort.MODULE, 0, "load", "load")),
        ("class C(B):\n    def f(self):\n        self.load\n", Key(Sort.RECEIVER, -1, "load")),
        ("def f(a, b):\n    a, b\ndef f(load): pass\nf(load=1)\n", Key(Sort.KEYWORD, -1, "load")),
    ],
)
def test_what_cannot_be_told_is_told_apart(text: str, key: Key) -> None:
    assert key in symbols(text).bindings


@pytest.mark.parametrize(
    ("text", "qualified"),
    [
        ("def f(x):\n    return locals()\n", "f.x"),
        ("def f(x):\n    def g():\n        return eval('x')\n", "f.x"),
        ("def f():\n    x = 1\n    exec('x')\n", "f.x"),
        ("x = 1\nglobals()['x']\n", "x"),
        ("def print(): pass\nprint()\n", "print"),
        ("x = 1\nclass C:\n    x = x\n", "C.x"),
        ("class C:\n    def f(self):\n        self.__x = 1\n", "C.__x"),
        ("class A:\n    x = 1\nclass B:\n    x = 2\nclass C(A, B): pass\n", "A.x"),
        ("class A:\n    x = 1\nclass B:\n    x = 2\nclass C(A, B): pass\n", "B.x"),
        ("def f(x):\n    return f'{x=}'\n", "f.x"),
        ("def f(x):\n    return f'{ (x) = !r:>{x}}'\n", "f.x"),
        ("def f(): pass\ntry:\n    from fast import f\nexcept ImportError: pass\n", "f"),
    ],
)
def test_what_may_be_read_unseen_is_uncertain(text: str, qualified: str) -> None:
    assert not certain(text, qualified)


@pytest.mark.parametrize(
    ("text", "qualified"),
    [
        ("class A:\n    x = 1\nclass B(A):\n    x = 2\nclass C(A): pass\nclass D(B, C):\n    x = 3\n", "A.x"),
        ("def f(x):\n    return f'{x} {x!r} {x==1} {x:=3} {x!s:>{x}}'\n", "f.x"),
        ("def f(): pass\ntry:\n    from fast import g as f\nexcept ImportError: pass\n", "f"),
    ],
)
def test_what_cannot_be_read_unseen_is_certain(text: str, qualified: str) -> None:
    assert certain(text, qualified)
    assert [one.qualified for one in symbols(text).bindings.values()].count(qualified) == 1


@pytest.mark.parametrize("text", [b"print 1\n", b"x = 1\x0c\n", b"a = 1\rb = 2\n", b"# coding: latin-1\nx = '\xe9'\n"])
def test_texts_of_which_nothing_is_told(text: bytes) -> None:
    assert symbols_of(text) is None


@pytest.mark.parametrize("name", ["argparse.py", "dataclasses.py", "enum.py", "inspect.py", "typing.py", "uuid.py"])
def test_every_identifier_of_the_standard_library_is_found_where_it_stands(name: str) -> None:
    text = (STDLIB / name).read_bytes()
    found = symbols_of(text)
    assert found is not None
    starts = [0]
    for line in text.split(b"\n"):
        starts.append(starts[-1] + len(line) + 1)
    names = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)]
    assert names
    for node in names:
        assert found.meaning[starts[node.lineno - 1] + node.col_offset].name == node.id
    for start, key in found.meaning.items():
        assert text.startswith(key.name.encode(), start)
    assert sum(len(one.starts) for one in found.bindings.values()) == len(found.meaning)
