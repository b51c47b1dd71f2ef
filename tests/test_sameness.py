"""Which definitions are the same but for names, and what a replay makes of those that are not."""

from __future__ import annotations

import pytest

from git_dagpatch.languages.python_sameness import is_the_same
from tests.replaying import merged, texts

SHELF = """\
class Shelf(Base):
    size = 10

    def __init__(self, titles):
        self.books = list(titles)

    def find(self, word):
        return [book for book in self.books if word in book]

    def is_open(self):
        return self.state == 1
"""
SAME = {
    "a function": ("def load(a):\n    return a\n", "load", "def read(a):\n    return a\n", "read"),
    "with another docstring": (
        'def load(a):\n    "Old."\n    return a\n',
        "load",
        'def read(a):\n    """New."""\n\n    return a\n',
        "read",
    ),
    "that calls itself": ("def load(a):\n    return load(a)\n", "load", "def read(a):\n    return read(a)\n", "read"),
    "that calls a namesake": (
        "def load(a):\n    return json.load(a)\n",
        "load",
        "def read(a):\n    return json.load(a)\n",
        "read",
    ),
    "a variable": ("SIZE = 3\n", "SIZE", "LIMIT = 3\n", "LIMIT"),
    "a parameter": ("def f(a, b=1):\n    return b\n", "f.b", "def f(a, c=1):\n    return c\n", "f.c"),
    "a local variable": ("def f():\n    a = 1\n    return a\n", "f.a", "def f():\n    b = 1\n    return b\n", "f.b"),
    "a class with a method that changed": (SHELF, "Shelf", SHELF.replace("Shelf", "Rack").replace("10", "12"), "Rack"),
    "a class with a name of a comprehension": (
        "class Shelf:\n    sizes = {one: 1 for one in range(3)}\n",
        "Shelf",
        "class Rack:\n    sizes = {one: 1 for one in range(3)}\n",
        "Rack",
    ),
    "an attribute of instances": (SHELF, "Shelf.books", SHELF.replace("books", "titles"), "Shelf.titles"),
    "a method": (SHELF, "Shelf.find", SHELF.replace("find", "search"), "Shelf.search"),
}
DIFFERENT = {
    "another operator": ("def add(a):\n    return a + 1\n", "add", "def sub(a):\n    return a - 1\n", "sub"),
    "another constant": (
        "def enable(k):\n    F[k] = True\n",
        "enable",
        "def disable(k):\n    F[k] = False\n",
        "disable",
    ),
    "another order of parameters": ("def f(a, b):\n    pass\n", "f", "def g(b, a):\n    pass\n", "g"),
    "another default": ("def f(a=1):\n    pass\n", "f", "def g(a=2):\n    pass\n", "g"),
    "another decorator": ("@one\ndef f():\n    pass\n", "f", "@two\ndef g():\n    pass\n", "g"),
    "another value": ("SECONDS = 30\n", "SECONDS", "MILLIS = 30000\n", "MILLIS"),
    "a parameter elsewhere": ("def f(a, b):\n    pass\n", "f.a", "def f(b, c):\n    pass\n", "f.c"),
    "a parameter with another default": ("def f(a=1):\n    pass\n", "f.a", "def f(b=2):\n    pass\n", "f.b"),
    "another base": (SHELF, "Shelf", SHELF.replace("Shelf(Base)", "Rack(Other)"), "Rack"),
    "another member": (SHELF, "Shelf", SHELF.replace("Shelf", "Rack").replace("find", "search"), "Rack"),
    "most members changed": (
        SHELF,
        "Shelf",
        SHELF.replace("Shelf", "Rack").replace("10", "12").replace("list(", "set(").replace("== 1", "!= 1"),
        "Rack",
    ),
    "a method that says the opposite": (
        SHELF,
        "Shelf.is_open",
        SHELF.replace("is_open", "is_closed").replace("==", "!="),
        "Shelf.is_closed",
    ),
    "two definitions": ("def f():\n    pass\n" * 2, "f", "def g():\n    pass\n" * 2, "g"),
    "no definition": ("f()\n", "f", "g()\n", "g"),
    "no Python": ("print 1\nf = 1\n", "f", "print 1\ng = 1\n", "g"),
}


@pytest.mark.parametrize("name", SAME)
def test_the_same(name: str) -> None:
    before, old, after, new = SAME[name]
    names = {old.rpartition(".")[2]: new.rpartition(".")[2]}
    assert is_the_same(before.encode(), old, after.encode(), new, names)
    assert is_the_same(after.encode(), new, before.encode(), old, {to: what for what, to in names.items()})


@pytest.mark.parametrize("name", DIFFERENT)
def test_not_the_same(name: str) -> None:
    before, old, after, new = DIFFERENT[name]
    names = {old.rpartition(".")[2]: new.rpartition(".")[2]}
    assert not is_the_same(before.encode(), old, after.encode(), new, names)


OPENING = "FLAGS = {}\n\n\ndef enable(key):\n    FLAGS[key] = True\n\n\ndef start():\n    enable('one')\n"
CLOSING = OPENING.replace("enable", "disable").replace("True", "False")
CALLER = {"caller.py": "from flags import enable\n\nenable('two')\n"}


def test_a_new_caller_does_not_follow_what_does_something_else_now() -> None:
    base = {"flags.py": OPENING, "caller.py": "pass\n"}
    for outcome in (
        merged(base, base | {"flags.py": CLOSING}, base | CALLER),
        merged(base, base | CALLER, base | {"flags.py": CLOSING}),
    ):
        assert texts(outcome.tree)["caller.py"] == CALLER["caller.py"]
        assert not outcome.reached
        assert {reach.line for reach in outcome.unreached} == {1, 3}
