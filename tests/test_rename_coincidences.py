"""A rename holds nothing that only happens to have the same name: such places are read, wherever they stand."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from git_dagpatch.engine.execute import weave_in
from git_dagpatch.engine.factor import factor
from git_dagpatch.engine.state import State
from git_dagpatch.model.codec import dag
from git_dagpatch.model.effect import Rewrite
from git_dagpatch.model.operation import Operation, Rename
from git_dagpatch.model.patch import Metadata, Patch
from git_dagpatch.operations import kind_of
from tests.planting import Coincidence, coincidences
from tests.trees import Files, text, tree_of

_HOLE = re.compile("<<(\\w+)>>")


def factored(before: Files, after: Files) -> Patch:
    return factor(tree_of(before), tree_of(after), Metadata())


def files(sides: dict[str, str]) -> Files:
    return {path.encode(): text(side.encode()) for path, side in sides.items()}


def judged(patch: Patch, before: Files) -> list[tuple[Operation, int, set[tuple[bytes, int]]]]:
    """Each operation, the lines that it counts, and the (path, number) of the lines of its state that it changes."""
    graph = dag(patch.operations)
    lineages = weave_in(patch.operations, graph, tree_of(before), graph.everything)
    found = []
    for number, operation in enumerate(patch.operations):
        state = State(lineages, graph.closures[number])
        kind = kind_of(operation)
        places = {
            (path, state.read(path).count(b"\n", 0, span.start) + 1)
            for path, change in kind.effect(operation, state).items()
            if isinstance(change, Rewrite)
            for span in change.spans
        }
        found.append((operation, kind.review_lines(operation, state), places))
    return found


def folded(marked: dict[str, str], old: str, new: str) -> set[tuple[str, int]]:
    """Where a rename that counts one line has the marked names change from `old` to `new`."""
    before, after = (
        files({path: side.replace("<<it>>", name) for path, side in marked.items()}) for name in (old, new)
    )
    return {
        (path.decode(), line)
        for operation, lines, places in judged(factored(before, after), before)
        if isinstance(operation, Rename) and lines <= 1
        for path, line in places
    }


CLASS = "class A:\n    def <<it>>(self):\n        return 1\n\n    def go(self):\n        return self.<<it>>()\n\n\n"
BOTH = "class Other:\n    def load(self):\n        return 5\n\n    def read(self):\n        return 6\n\n\n"
FUNCTION = "def <<it>>(p):\n    return p\n\n\nx = <<it>>(1)\n"
TWO = "def load(p):\n    return p\n\n\ndef read(p):\n    return eval(p)\n"
IN_CLASS = {("m.py", 2), ("m.py", 6)}

APART = [
    (
        "a list, whose method it names",
        {"m.py": CLASS + "items = []\nitems.<<it>>('ab')\nother = list()\nother.<<it>>('cd')\n"},
        ("append", "extend"),
        IN_CLASS,
    ),
    ("an object of another class", {"m.py": CLASS + BOTH + "Other().<<it>>()\n"}, ("load", "read"), IN_CLASS),
    (
        "a parameter of another class",
        {"m.py": CLASS + BOTH + "def f(x: Other):\n    x.<<it>>()\n"},
        ("load", "read"),
        IN_CLASS,
    ),
    (
        "a parameter that may be anything",
        {"m.py": CLASS + "def f(t):\n    t.<<it>>()\n    t.join()\n"},
        ("start", "run"),
        IN_CLASS,
    ),
    ("a string", {"m.py": CLASS + "def f():\n    return ''.<<it>>()\n"}, ("load", "read"), IN_CLASS),
    (
        "a module beside, with both names",
        {"a/utils.py": FUNCTION, "b/utils.py": TWO, "b/cli.py": "from .utils import <<it>>\n\n<<it>>(1)\n"},
        ("load", "read"),
        {("a/utils.py", 1), ("a/utils.py", 5)},
    ),
    (
        "the package beside",
        {"a.py": FUNCTION, "b/__init__.py": TWO, "b/cli.py": "from . import <<it>>\n\n<<it>>(1)\n"},
        ("load", "read"),
        {("a.py", 1), ("a.py", 5)},
    ),
    (
        "the standard library",
        {"pkg/json.py": FUNCTION, "pkg/cli.py": "from json import <<it>>\n\n<<it>>(1)\n"},
        ("load", "loads"),
        {("pkg/json.py", 1), ("pkg/json.py", 5)},
    ),
    (
        "a module of the standard library",
        {"pkg/json.py": FUNCTION, "pkg/cli.py": "import json\n\njson.<<it>>(1)\n"},
        ("load", "loads"),
        {("pkg/json.py", 1), ("pkg/json.py", 5)},
    ),
    (
        "a star of another module",
        {"a.py": FUNCTION, "b.py": "from z import *\n\nprint(<<it>>(1), <<it>>(2))\n"},
        ("min_", "max_"),
        {("a.py", 1), ("a.py", 5)},
    ),
    (
        "a module that two files answer to",
        {"m.py": FUNCTION, "src/m.py": TWO, "cli.py": "from m import <<it>>\n\n<<it>>(1)\n"},
        ("load", "read"),
        set(),
    ),
    (
        "arguments by name of other calls",
        {
            "m.py": "def save(**kw):\n    return kw\n\n\ndef f(<<it>>):\n    return <<it>> + <<it>>\n\n\n"
            "f(<<it>>=1)\nsave(<<it>>=2)\ndict(<<it>>=3)\n'x'.format(<<it>>=4)\ng(<<it>>=5)\n"
        },
        ("a", "size"),
        {("m.py", 5), ("m.py", 6), ("m.py", 9)},
    ),
    (
        "an argument of a class under another name",
        {
            "m.py": "class Box:\n    def __init__(self, <<it>>):\n        self.size = <<it>> + <<it>>\n\n\n"
            "class Point:\n    def __init__(self, **given):\n        self.given = given\n\n\n"
            "make = Point\nmake(<<it>>=1)\nmade = Box(<<it>>=2)\n"
        },
        ("x", "y"),
        {("m.py", 2), ("m.py", 3), ("m.py", 13)},
    ),
    (
        "a local that is told with its name",
        {"m.py": "def f(a):\n    <<it>> = a + 1\n    return f'{<<it>>=}'\n"},
        ("one", "two"),
        set(),
    ),
    (
        "an attribute that is told with its name",
        {"m.py": "class A:\n    def __init__(self):\n        self.<<it>> = 1\n        print(f'{self.<<it>> = !r}')\n"},
        ("one", "two"),
        set(),
    ),
    (
        "the builtin that a star would capture",
        {"m.py": FUNCTION, "n.py": "from m import *\n\nprint(open('f'))\n"},
        ("load", "open"),
        set(),
    ),
    (
        "a name that a star brings to a package",
        {"p/m.py": FUNCTION, "p/__init__.py": "from .m import *\n\n\ndef read():\n    return 2\n"},
        ("load", "read"),
        set(),
    ),
    (
        "a method of a base that is read",
        {
            "base.py": "class Base:\n    def run(self):\n        return 1\n",
            "m.py": "from base import Base\n\n\n" + CLASS.replace("class A:", "class A(Base):"),
        },
        ("go_on", "run"),
        set(),
    ),
    (
        "a method of a base that is not known",
        {"m.py": "from somewhere import Base\n\n\n" + CLASS.replace("class A:", "class A(Base):")},
        ("go_on", "run"),
        set(),
    ),
    (
        "a method of one of two classes of that name",
        {"m.py": "if x:\n    class A:\n        def <<it>>(self): pass\nelse:\n    class A:\n        load = 2\n"},
        ("load", "read"),
        set(),
    ),
    (
        "a method that a class has from unrelated ones",
        {"m.py": CLASS + "class B:\n    def load(self):\n        return 2\n\n\nclass C(A, B):\n    pass\n"},
        ("load", "read"),
        set(),
    ),
    (
        "a method of a builtin base",
        {"m.py": CLASS.replace("class A:", "class A(dict):")},
        ("fill", "update"),
        set(),
    ),
]


@pytest.mark.parametrize(("why", "marked", "names", "places"), APART, ids=[case[0] for case in APART])
def test_what_is_apart_is_in_no_rename_of_one_line(
    why: str, marked: dict[str, str], names: tuple[str, str], places: set[tuple[str, int]]
) -> None:
    assert folded(marked, *names) == places


TOGETHER = [
    (
        "an object that is made here, in a variable or at once, or annotated",
        {
            "m.py": CLASS + "def f(x: A, y: 'A | None'):\n    z = A()\n"
            "    return x.<<it>>(), y.<<it>>(), z.<<it>>(), A().<<it>>()\n"
        },
        {("m.py", line) for line in (2, 6, 11)},
    ),
    (
        "an object of the class in another module",
        {
            "p/m.py": CLASS,
            "p/n.py": "from .m import A\n\n\ndef f(x: A):\n    y = A()\n    return x.<<it>>(), y.<<it>>()\n",
            "q.py": "import p.m as m\n\nm.A().<<it>>()\n",
        },
        {("p/m.py", 2), ("p/m.py", 6), ("p/n.py", 6), ("q.py", 3)},
    ),
    (
        "an heir in another module",
        {
            "p/m.py": CLASS,
            "p/n.py": "from p.m import A\n\n\nclass B(A):\n"
            "    def f(self):\n        return self.<<it>>(), super().<<it>>()\n",
        },
        {("p/m.py", 2), ("p/m.py", 6), ("p/n.py", 6)},
    ),
    (
        "imports below a directory of sources, and through a package",
        {
            "src/p/m.py": FUNCTION,
            "src/p/__init__.py": "from .m import <<it>>\n\n__all__ = ['<<it>>']\n",
            "tests/t.py": "from p import <<it>>\n\nprint(<<it>>(1))\n",
            "tests/u.py": "import p\n\nprint(p.<<it>>(1))\n",
        },
        {
            *(("src/p/m.py", 1), ("src/p/m.py", 5), ("src/p/__init__.py", 1), ("src/p/__init__.py", 3)),
            *(("tests/t.py", 1), ("tests/t.py", 3), ("tests/u.py", 3)),
        },
    ),
    (
        "what the one star of a module brings",
        {"m.py": FUNCTION, "n.py": "from m import *\n\nprint(<<it>>(2))\n"},
        {("m.py", 1), ("m.py", 5), ("n.py", 3)},
    ),
]


@pytest.mark.parametrize(("why", "marked", "places"), TOGETHER, ids=[case[0] for case in TOGETHER])
def test_what_certainly_means_the_symbol_is_renamed_with_it(
    why: str, marked: dict[str, str], places: set[tuple[str, int]]
) -> None:
    assert folded(marked, "find_it", "look_for") == places


def test_arguments_by_name_in_another_module() -> None:
    marked = {
        "m.py": "def load(p, *, <<it>>=1):\n    return p + <<it>>\n\n\n"
        "class A:\n    def add(self, <<it>>):\n        return <<it>>\n",
        "n.py": "from m import A, load\n\nload(1, <<it>>=2)\nA().add(<<it>>=3)\n",
    }
    places = {("m.py", 1), ("m.py", 2), ("m.py", 6), ("m.py", 7), ("n.py", 3), ("n.py", 4)}
    assert folded(marked, "strict", "careful") == places


@pytest.mark.parametrize(
    ("base", "count"),
    [("", 1), ("object", 1), ("ABC", 1), ("Generic[T]", 1), ("Base", 1), ("Other", 2), ("Unknown", 2), ("dict", 1)],
)
def test_a_member_of_a_class_with_bases_is_sure_only_where_they_are_known(base: str, count: int) -> None:
    head = (
        "from abc import ABC\nfrom typing import Generic, T\nfrom bases import Base, Other\nfrom a import Unknown\n\n\n"
    )
    bases = "class Base:\n    pass\n\n\nclass Other:\n    def find_it(self):\n        return 2\n"
    marked = {"m.py": head + CLASS.replace("class A:", f"class A({base}):"), "bases.py": bases}
    before, after = (
        files({path: side.replace("<<it>>", name) for path, side in marked.items()}) for name in ("find_it", "look_for")
    )
    ((operation, lines, _),) = judged(factored(before, after), before)
    assert isinstance(operation, Rename)
    assert lines == count
    assert operation.confidence == (1.0 if count == 1 else 0.9)
    assert ("non-functional" in (operation.semantic_tags or ())) == (count == 1)


@pytest.mark.parametrize(
    ("head", "count"),
    [
        ("def f(<<it>>):\n", 1),
        ("@staticmethod\ndef f(<<it>>):\n", 1),
        ("@functools.lru_cache(3)\ndef f(<<it>>):\n", 1),
        ("@parametrize('some', [1])\ndef f(<<it>>):\n", 2),
        ("@cli.command\ndef f(<<it>>):\n", 2),
        ("def test_f(<<it>>):\n", 2),
        ("class T:\n  def test_f(<<it>>):\n  ", 1),
    ],
)
def test_a_parameter_that_may_be_given_by_name_unseen_counts_two_lines(head: str, count: int) -> None:
    before, after = (
        files({"m.py": (head + "    return <<it>> + <<it>>\n").replace("<<it>>", name)}) for name in ("one", "two")
    )
    ((operation, lines, _),) = judged(factored(before, after), before)
    assert isinstance(operation, Rename)
    assert (operation.symbol_kind, lines) == ("parameter", count)


def test_an_argument_of_a_constructor_is_that_of_the_nearest_class() -> None:
    marked = (
        "class A:\n    def __init__(self, <<it>>):\n        self.one = <<it>>\n\n\n"
        "class B(A):\n    def __init__(self, low):\n        super().__init__(<<it>>=low)\n"
        "        A.__init__(self, <<it>>=low)\n\n\n"
        "A(<<it>>=1)\nB(low=2)\n"
    )
    assert folded({"m.py": marked}, "word", "text") == {("m.py", line) for line in (2, 3, 8, 9, 12)}


def test_the_name_that_another_module_has_does_not_change() -> None:
    marked = "def <<it>>(p):\n    return p\n\n\ntry:\n    from fast import <<it>>\nexcept ImportError:\n    pass\n"
    assert folded({"m.py": marked + "<<it>>(1)\n"}, "load", "read") == set()


MAYBE = "def f(one, two, three):\n    one.<<it>>(1)\n    print(two)\n    two.<<it>>(2)\n    three.<<it>>(3, two)\n"


def uncertain(tail: str, names: tuple[str, str] = ("find_it", "look_for")) -> list[tuple[Rename, int]]:
    before, after = (files({"m.py": (CLASS + tail).replace("<<it>>", name)}) for name in names)
    return [
        (operation, lines)
        for operation, lines, _ in judged(factored(before, after), before)
        if isinstance(operation, Rename) and operation.symbol_kind == "identifier"
    ]


def test_what_may_mean_a_renamed_method_is_a_rename_of_its_own_that_counts_two_lines() -> None:
    before, after = (files({"m.py": (CLASS + MAYBE).replace("<<it>>", name)}) for name in ("find_it", "look_for"))
    method, other = factored(before, after).operations
    ((operation, lines),) = uncertain(MAYBE)
    assert operation == other
    assert isinstance(method, Rename)
    assert method.symbol_kind == "method"
    assert other.depends_on == [method.id]
    assert other.because == {method.id: "what it renames may be what that one renames"}
    assert "may change what is called" in (other.description or "")
    assert (lines, operation.total, operation.confidence) == (2, False, 0.9)
    assert "non-functional" not in (operation.semantic_tags or ())


@pytest.mark.parametrize(
    "tail",
    [
        MAYBE + "    one.look_for()\n",
        MAYBE + "\n\nclass B:\n    look_for = 1\n",
        MAYBE + "\n\nclass B:\n    def __init__(self):\n        self.look_for = 1\n",
        "def f(one):\n    one.<<it>>(1)\n",
        "def f(one):\n    two = []\n    two.<<it>>(1)\n    print(one)\n    two.<<it>>(2)\n    print(3, two.<<it>>)\n",
    ],
    ids=["the new name at anything", "a member of another class", "an attribute", "one line", "a list"],
)
def test_where_something_speaks_against_it_the_places_are_no_rename(tail: str) -> None:
    assert uncertain(tail) == []


SUBJECTS = {
    "method": CLASS,
    "function": FUNCTION,
    "parameter": "def f(<<it>>):\n    return <<it>> + <<it>>\n\n\nf(<<it>>=1)\n",
    "attribute": (
        "class A:\n    def __init__(self):\n        self.<<it>> = 1\n\n    def go(self):\n        return self.<<it>>\n"
    ),
    "class": "class <<it>>:\n    pass\n\n\nx = <<it>>()\n",
}
NAMES = [("append", "extend"), ("load", "loads"), ("start", "run"), ("size", "mode"), ("find_it", "look_for")]


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(SUBJECTS)), st.sampled_from(NAMES), st.data())
def test_a_coincidence_never_hides_in_a_rename_of_one_line(
    kind: str, names: tuple[str, str], data: st.DataObject
) -> None:
    planted: Coincidence = data.draw(st.sampled_from(list(coincidences(*names))))
    elsewhere = data.draw(st.booleans())
    before: Files = {}
    after: Files = {}
    for side, name, more in ((before, names[0], planted.before), (after, names[1], planted.after)):
        subject = SUBJECTS[kind].replace("<<it>>", name).encode()
        side[b"m.py"] = text(subject if elsewhere else subject + b"\n\n" + more)
        if elsewhere:
            side[b"n.py"] = text(more)
    found = judged(factored(before, after), before)
    assert any(isinstance(one, Rename) and one.symbol_kind == kind and lines == 1 for one, lines, _ in found)
    path, first = (b"n.py", 0) if elsewhere else (b"m.py", SUBJECTS[kind].count("\n") + 2)
    for operation, lines, places in found:
        if isinstance(operation, Rename) and lines <= 1:
            assert not any(place[0] == path and place[1] > first for place in places), operation.description
