"""Definitions that change their order among their siblings: one operation, proved, with the rest left to edits."""

from __future__ import annotations

import itertools
import textwrap
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from git_dagpatch.discovery.proposal import Proposal
from git_dagpatch.engine.graph import build_graph
from git_dagpatch.model.effect import Rewrite, Span
from git_dagpatch.model.operation import Operation, Rename, Reorder
from git_dagpatch.operations import kind_of
from tests.planting import Coincidence, exchanges
from tests.test_moves import HEAD, LOAD, SAVE, SHELF, factored, method, module, proofs, read_lines, state_of
from tests.trees import text, tree_of

COUNT = b"""def count(items, default=0):
    total = sum(item.weight * item.number for item in items)
    return total or default
"""
FUNCTIONS = [LOAD, SAVE, COUNT, SHELF]


def orders(patch_operations: list[Operation]) -> list[tuple[str, list[str]]]:
    """Target and new order of each reorder."""
    return [
        (operation.target, [operation.siblings[number] for number in operation.order])
        for operation in patch_operations
        if isinstance(operation, Reorder)
    ]


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
def test_functions_in_any_other_order_are_one_operation(order: tuple[int, ...]) -> None:
    before = {b"a.py": module(HEAD, *FUNCTIONS)}
    patch = factored(before, {b"a.py": module(HEAD, *(FUNCTIONS[number] for number in order))})
    assert len(patch.operations) == (order != (0, 1, 2, 3))
    assert read_lines(patch, before) == len(patch.operations)
    assert all(isinstance(operation, Reorder) for operation in patch.operations)


def test_members_of_a_class_change_places() -> None:
    first, second, third = b"class Files:\n", method(SAVE), method(COUNT)
    before = {b"a.py": module(HEAD, first + second + b"\n" + third, LOAD)}
    patch = factored(before, {b"a.py": module(HEAD, first + third + b"\n" + second, LOAD)})
    assert orders(patch.operations) == [("a.py:Files", ["count", "save"])]
    assert read_lines(patch, before) == 1


def test_what_changes_inside_is_an_edit_besides() -> None:
    before = {b"a.py": module(HEAD, LOAD, SAVE)}
    patch = factored(before, {b"a.py": module(HEAD, SAVE, LOAD.replace(b'mode="r"', b'mode="rb"'))})
    assert orders(patch.operations) == [("a.py:", ["save", "load"])]
    assert [operation.type for operation in patch.operations] == ["reorder", "edit"]
    assert read_lines(patch, before) == 3


def test_what_changes_its_place_and_its_text_is_read_where_it_changed() -> None:
    before = {b"a.py": module(HEAD, SAVE, LOAD)}
    patch = factored(before, {b"a.py": module(HEAD, LOAD, SAVE.replace(b'"w"', b'"wb"'))})
    assert [operation.type for operation in patch.operations] == ["reorder", "edit"]
    assert read_lines(patch, before) == 3


def test_a_reorder_needs_the_rename_that_gave_a_sibling_its_name() -> None:
    code = b"def one():\n    pass\n\n\ndef two():\n    pass\n"
    at = code.index(b"two")
    named = Proposal(
        Rename(symbol="a.py:two", symbol_kind="function", new_name="second", scope=["a.py"]),
        {b"a.py": Rewrite((Span(at, at + 3, b"second"),))},
    )
    after = code.replace(b"two", b"second")
    moved = Proposal(
        Reorder(target="a.py:", siblings=["one", "second"], order=[1, 0]),
        {b"a.py": Rewrite((Span(0, 23, b""), Span(len(after), len(after), b"\n\n" + code[:21])))},
    )
    rename, reorder = build_graph(tree_of({b"a.py": text(code)}), [(named,), (moved,)])[0]
    assert reorder.depends_on == [rename.id]
    assert reorder.because == {rename.id: "what it names is called so only after that"}


def test_code_between_definitions_is_never_overtaken_unseen() -> None:
    before = {b"a.py": module(HEAD, LOAD, b"load = wrapped(load)\n", SAVE)}
    patch = factored(before, {b"a.py": module(HEAD, SAVE, b"load = wrapped(load)\n", LOAD)})
    assert orders(patch.operations) == []


NEEDS = [
    ("decorator", b"@load\n" + COUNT, False),
    ("default", COUNT.replace(b"default=0", b"default=load"), False),
    ("base", SHELF.replace(b"Base", b"load"), False),
    ("body of a class", SHELF + b"\n    again = load\n", False),
    ("annotation", COUNT.replace(b"default=0", b"default: load = 0"), False),
    ("annotation, not looked up", COUNT.replace(b"default=0", b"default: load = 0"), True),
    ("call", COUNT.replace(b"total or default", b"load(total)"), True),
]


@pytest.mark.parametrize(("why", "needy", "proved"), NEEDS, ids=[case[0] for case in NEEDS])
def test_an_order_in_which_a_name_is_missed_is_read_in_full(why: str, needy: bytes, proved: bool) -> None:
    head = (b"from __future__ import annotations\n" if why == "annotation, not looked up" else b"") + HEAD
    before = {b"a.py": module(head, LOAD, needy)}
    patch = factored(before, {b"a.py": module(head, needy, LOAD)})
    assert (read_lines(patch, before) == 1) == proved
    assert all(proofs(patch, before).values()) == (proved or not orders(patch.operations))


MADE = [
    (
        "a decorator calls what stands above",
        "def helper():\n    return 1\n",
        "@deco\ndef one():\n    return 2\n",
        False,
    ),
    ("a default binds a name", "def one(x=(n := 1)):\n    return x\n", "def two(y=(n := 2)):\n    return y\n", False),
    ("defaults are taken in turn", "def one(x=next(N)):\n    return x\n", "def two(y=next(N)):\n    return y\n", False),
    ("classes bind a global name", "class A:\n    global T\n    T = 1\n", "class B:\n    global T\n    T = 2\n", False),
    ("rules are put on a list", "@when('/a')\ndef one():\n    pass\n", "@when('/<x>')\ndef two(x):\n    pass\n", False),
    (
        "a metaclass lists classes",
        "class A(metaclass=Kept):\n    x = 1\n",
        "class B(metaclass=Kept):\n    y = 2\n",
        False,
    ),
    ("a base lists classes", "class A(Kept):\n    x = 1\n", "class B(Kept):\n    y = 2\n", False),
    ("class bodies run code", "class A:\n    x = run()\n", "class B:\n    y = run()\n", False),
    (
        "a default is what code that runs may set",
        "def one(x=conf.size):\n    pass\n",
        "@deco\ndef two():\n    pass\n",
        False,
    ),
    (
        "one runs code, which cannot reach the other",
        "def one():\n    return 1\n",
        "@deco\ndef two():\n    pass\n",
        True,
    ),
    ("known decorators", "@cache\ndef one():\n    pass\n", "@cache\ndef two():\n    pass\n", True),
    ("constant defaults", "def one(x=1, *, y=()):\n    pass\n", "def two(x=-1, y=[None]):\n    pass\n", True),
    ("builtin bases", "class A(ValueError):\n    x = 1\n", "class B(KeyError):\n    y: int = 2\n", True),
]


@pytest.mark.parametrize(("why", "first", "second", "proved"), MADE, ids=[case[0] for case in MADE])
def test_what_is_done_while_definitions_are_made_keeps_its_order(
    why: str, first: str, second: str, proved: bool
) -> None:
    deco = b"def deco(function):\n    helper()\n    return function\n"
    head = module(HEAD + b"import conf\nfrom kept import Kept, N, run, when\n", deco)
    one, two = first.encode(), second.encode()
    before = {b"a.py": module(head, one, two, b"x = 1\n")}
    patch = factored(before, {b"a.py": module(head, two, one, b"x = 1\n")})
    (operation,) = patch.operations
    assert isinstance(operation, Reorder)
    assert bool(proofs(patch, before)[str(operation.id)]) == proved == (operation.confidence == 1.0)
    assert (read_lines(patch, before) == 1) == proved


def test_a_known_name_that_means_something_else_here_proves_nothing() -> None:
    one, two = b"@cache\n" + COUNT, b"@cache\n" + SAVE
    head = module(HEAD, b"def cache(function):\n    seen.append(function)\n")
    before = {b"a.py": module(head, one, two, b"x = 1\n")}
    patch = factored(before, {b"a.py": module(head, two, one, b"x = 1\n")})
    (operation,) = patch.operations
    assert isinstance(operation, Reorder)
    assert not any(proofs(patch, before).values())
    # What goes is what comes, so it is read once.
    assert read_lines(patch, before) == one.count(b"\n")


def test_a_property_and_its_setter_are_overtaken() -> None:
    of_one = b"class A:\n    @property\n    def size(self):\n        return 1\n\n"
    setter = b"    @size.setter\n    def size(self, value):\n        self.x = value\n\n"
    members = [b"    def %s(self):\n        return self.x\n\n" % name for name in (b"one", b"two")]
    before = {b"a.py": of_one + setter + b"".join(members) + b"    x = 1\n"}
    patch = factored(before, {b"a.py": of_one + setter + b"".join(members[::-1]) + b"    x = 1\n"})
    assert read_lines(patch, before) == 1


ELSEWHERE = [
    ("go", "a.go", "func F() int {\n\treturn 1\n}\n", "func G() int {\n\treturn 2\n}\n", "package a\n\n{}", True),
    ("rust", "a.rs", "fn f() -> u8 {\n    1\n}\n", "fn g() -> u8 {\n    2\n}\n", "{}", True),
    ("rust", "a.rs", "macro_rules! f {\n    () => { 1 };\n}\n", "fn g() -> u8 {\n    f!()\n}\n", "{}", False),
    (
        "java",
        "A.java",
        "    int f() {\n        return 1;\n    }\n",
        "    int g() {\n        return 2;\n    }\n",
        "class A {\n{}}\n",
        True,
    ),
    ("javascript", "a.js", "function f() {\n  return g();\n}\n", "function g() {\n  return 2;\n}\n", "{}", True),
    ("javascript", "a.js", "class A {\n  f() {\n  }\n}\n", "class B extends A {\n  g() {\n  }\n}\n", "{}", False),
    (
        "javascript",
        "a.js",
        "  f() {\n    return 1;\n  }\n",
        "  [g()]() {\n    return 2;\n  }\n",
        "class A {\n{}}\n",
        False,
    ),
    ("ruby", "a.rb", "  def f\n    1\n  end\n", "  def g\n    2\n  end\n", "class A\n{}end\n", True),
    ("c", "a.c", "int f(void)\n{\n  return 1;\n}\n", "int g(void)\n{\n  return f();\n}\n", "{}", False),
    ("cpp", "a.cpp", "class A {\n  int f;\n};\n", "class B : public A {\n  int g;\n};\n", "{}", False),
]


@pytest.mark.parametrize(("package", "path", "one", "two", "around", "proved"), ELSEWHERE)
def test_other_languages_have_an_order_without_meaning_where_they_say_so(
    package: str, path: str, one: str, two: str, around: str, proved: bool
) -> None:
    pytest.importorskip(f"tree_sitter_{package}")
    old, new = (around.replace("{}", f"{first}\n{second}").encode() for first, second in ((one, two), (two, one)))
    patch = factored({path.encode(): old}, {path.encode(): new})
    found = [one for one in patch.operations if isinstance(one, Reorder)]
    assert (read_lines(patch, {path.encode(): old}) == 1) == proved
    assert len(found) == 1 or not proved


def test_definitions_of_one_name_are_not_reordered() -> None:
    one, other = SAVE, COUNT.replace(b"count", b"save")
    patch = factored({b"a.py": module(HEAD, one, other)}, {b"a.py": module(HEAD, other, one)})
    assert orders(patch.operations) == []


def test_a_lie_about_an_order_is_not_proved() -> None:
    before = {b"a.py": module(HEAD, LOAD, SAVE, COUNT)}
    patch = factored(before, {b"a.py": module(HEAD, COUNT, SAVE, LOAD)})
    (reorder,) = patch.operations
    assert isinstance(reorder, Reorder)
    assert isinstance(reorder.footprint, dict)
    state = state_of(before)
    spans = reorder.footprint["a.py"] or []
    changed = [(skip, remove, str(insert).replace("item.weight", "item.number")) for skip, remove, insert in spans]
    lower = [(skip, remove, str(insert).replace("path", "way")) for skip, remove, insert in spans]
    lies = [
        msgspec.structs.replace(reorder, order=[0, 1, 2]),
        msgspec.structs.replace(reorder, order=[2, 1, 1]),
        msgspec.structs.replace(reorder, siblings=["load", "save", "other"]),
        msgspec.structs.replace(reorder, target="a.py:Shelf"),
        msgspec.structs.replace(reorder, footprint={"a.py": lower if changed == spans else changed}),
        msgspec.structs.replace(reorder, footprint={"a.py": [(0, 0, "x = 1\n"), *spans]}),
    ]
    kind = kind_of(reorder)
    assert kind.proof(reorder, state)
    for lie in lies:
        assert not kind.proof(lie, state)


@pytest.mark.parametrize("line", range(60, 70))
def test_an_open_quote_that_makes_other_definitions_of_the_rest_stays_exact(line: int) -> None:
    lines = Path(textwrap.__file__).read_bytes().split(b"\n")
    factored({b"a.py": b"\n".join(lines)}, {b"a.py": b"\n".join([*lines[:line], b"'", *lines[line:]])})


@settings(max_examples=40, deadline=None)
@given(st.permutations(range(12)))
def test_many_methods_shuffled(order: list[int]) -> None:
    methods = [
        b"    def m%d(self, value):\n        one = value + %d\n        return one * %d\n" % (n, n, n) for n in range(12)
    ]
    before = {b"a.py": b"class A:\n" + b"\n".join(methods)}
    after = {b"a.py": b"class A:\n" + b"\n".join(methods[number] for number in order)}
    patch = factored(before, after)
    assert all(proofs(patch, before)[str(one.id)] for one in patch.operations if isinstance(one, Reorder))
    assert read_lines(patch, before) <= 2


@pytest.mark.parametrize("planted", list(exchanges()), ids=lambda planted: planted.kind)
def test_planted_definitions_that_change_places_are_read(planted: Coincidence) -> None:
    rest = b"\n\nx = 1\n"
    before = {b"a.py": planted.before + rest}
    patch = factored(before, {b"a.py": planted.after + rest})
    found = proofs(patch, before)
    assert not any(found[str(one.id)] for one in patch.operations if isinstance(one, Reorder))
    assert read_lines(patch, before) > 1
