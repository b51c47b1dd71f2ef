"""Whether others may have to change their code: by names and signatures as they are written, nothing is imported."""

from __future__ import annotations

import pytest
from msgspec import UNSET

from git_dagpatch.engine.factor import factor
from git_dagpatch.model.operation import Create, Delete, Move, Operation, Rename
from git_dagpatch.model.patch import Metadata
from git_dagpatch.operations.breaking import breaks
from tests.trees import File, tree_of


def breaking(before: str, after: str, path: str = "shop/cart.py") -> bool:
    trees = [tree_of({path.encode(): File("100644", text.encode())}) for text in (before, after)]
    return any(operation.breaking_change is True for operation in factor(trees[0], trees[1], Metadata()).operations)


def signature(text: str) -> str:
    return f"LIMIT = 1\n\n\n{text}:\n    return one + two\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("def f(a, b)", "def f(a)"),
        ("def f(a)", "def f(a, b)"),
        ("def f(a, b=1)", "def f(a, b)"),
        ("def f(a, b)", "def f(b, a)"),
        ("def f(a, b=1)", "def f(a, c=1, b=1)"),
        ("def f(a, b)", "def f(a, *, b)"),
        ("def f(a, b)", "def f(a, b, /)"),
        ("def f(*, a)", "def f()"),
        ("def f(a, *more)", "def f(a)"),
        ("def f(a, **more)", "def f(a)"),
        ("def f(a)", "async def f(a)"),
        ("class A(B)", "class A(C)"),
        ("class A(B)", "class A"),
    ],
)
def test_what_callers_rely_on_goes(before: str, after: str) -> None:
    assert breaking(signature(before), signature(after))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("def f(a)", "def f(a, b=1)"),
        ("def f(a, b)", "def f(a, b=1)"),
        ("def f(a)", "def f(a, *, b=1)"),
        ("def f(a)", "def f(a, *more)"),
        ("def f(a, /)", "def f(a)"),
        ("def f(a)", "def f(a: int) -> int"),
        ("def f(a, b=1)", "def f(a, b=2)"),
        ("def _f(a, b)", "def _f(a)"),
    ],
)
def test_every_old_call_still_fits(before: str, after: str) -> None:
    assert not breaking(signature(before), signature(after))


CLASS = "class A:\n    limit = 1\n    size = 2\n\n    {0}def run(self):\n        return 1\n"
EXPORTS = "__all__ = ['one', 'two']\n\n\ndef one():\n    return 1\n\n\ndef two():\n    return 2\n"


@pytest.mark.parametrize(
    ("before", "after", "breaks_others"),
    [
        (CLASS.format("@property\n    "), CLASS.format(""), True),
        (CLASS.format("@staticmethod\n    "), CLASS.format(""), True),
        (CLASS.format(""), CLASS.format("@contextmanager\n    "), True),
        (CLASS.format(""), CLASS.format("@cache\n    "), False),
        (CLASS.format(""), CLASS.format("").replace("    limit = 1\n", ""), True),
        (CLASS.format("").replace("limit", "_limit"), CLASS.format("").replace("    limit = 1\n", ""), False),
        (EXPORTS, EXPORTS.replace("'one', 'two'", "'one'"), True),
        (EXPORTS.replace("'one', 'two'", "'one'"), EXPORTS, False),
        (
            "def f():\n    def g():\n        return 1\n\n    return g()\n",
            "def f():\n    def h():\n        return 1\n\n    return h()\n",
            False,
        ),
    ],
)
def test_how_a_name_is_used_tells_whether_others_break(before: str, after: str, breaks_others: bool) -> None:
    assert breaking(before, after) == breaks_others


def test_of_what_a_package_asks_for_nothing_is_known() -> None:
    before, after = (f'[project]\nname = "a"\nrequires-python = ">=3.{minor}"\n' for minor in (8, 13))
    trees = [tree_of({b"pyproject.toml": File("100644", one.encode())}) for one in (before, after)]
    (operation,) = factor(trees[0], trees[1], Metadata()).operations
    assert operation.breaking_change is UNSET


MODULE = """\
LIMIT = 1
_hidden = 2


class Cart:
    def add(self, item):
        return item

    def _check(self):
        return 1


def total(cart):
    def inner(a):
        return a
    return inner(cart)


def _help():
    return 1
"""


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("LIMIT = 1\n", "", True),
        ("_hidden = 2\n", "", False),
        ("    def add(self, item):\n        return item\n\n", "", True),
        ("\n    def _check(self):\n        return 1\n", "", False),
        ("\n\ndef _help():\n    return 1\n", "", False),
        # The name stays, though what it means is written elsewhere.
        ("LIMIT = 1\n", "from .limits import LIMIT\n", False),
        ("    def add(self, item):\n        return item\n", "    add = list.append\n", False),
        ("inner(a)", "inner(a, b)", False),
        ("return item", "return [item]", False),
    ],
)
def test_a_public_name_goes(old: str, new: str, expected: bool) -> None:
    assert old in MODULE
    assert breaking(MODULE, MODULE.replace(old, new)) == expected


@pytest.mark.parametrize("path", ["tests/test_cart.py", "shop/_cart.py", "docs/conf.py", "setup.py", "shop/cart.txt"])
def test_nothing_is_public_in_some_files(path: str) -> None:
    assert not breaking(MODULE, MODULE.replace("LIMIT = 1\n", ""), path)


def test_an_import_is_public_only_where_a_package_offers_it() -> None:
    before, after = "from .cart import Cart\nx = 1\n", "x = 1\n"
    assert breaking(before, after, "shop/__init__.py")
    assert not breaking(before, after, "shop/app.py")


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        (Delete(target="shop/cart.py"), True),
        (Delete(target="tests/test_a.py"), False),
        (Move(source="shop/cart.py", target="shop/basket.py"), True),
        (Move(source="shop/cart.py:Cart", target="shop/basket.py:Cart", symbol_kind="class"), True),
        (Move(source="shop/cart.py:_Cart", target="shop/basket.py:_Cart", symbol_kind="class"), False),
        (Rename(symbol="shop/cart.py:Cart", symbol_kind="class", new_name="Box", scope=[]), True),
        (Rename(symbol="shop/cart.py:total.a", symbol_kind="variable", new_name="b", scope=[]), False),
        (Rename(symbol="shop/cart.py:total.a", symbol_kind="parameter", new_name="b", scope=[]), True),
        (Rename(symbol="shop/cart.py:_total.a", symbol_kind="parameter", new_name="b", scope=[]), False),
        (Create(target="shop/cart.py", mode="100644", content=""), False),
    ],
)
def test_other_kinds(operation: Operation, expected: bool) -> None:
    assert breaks(operation) is expected


def test_of_another_language_nothing_is_said_of_what_goes() -> None:
    assert breaks(Delete(target="shop/cart.js")) is not True
    assert breaks(Delete(target="shop/cart.js")) is not False
