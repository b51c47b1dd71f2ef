"""Who uses what changes: callers with how certain they are, and no test left out that may be affected."""

from __future__ import annotations

import json

import jsonschema
import pytest

from git_dagpatch.engine.impact import impact
from git_dagpatch.model.impact import Impact
from tests.command_line import dagpatch
from tests.reference import ROOT
from tests.repositories import Repo
from tests.trees import Files, text, tree_of

LIBRARY = b"""
LIMIT = 3


def helper(a):
    return a


def other(a):
    return a


class Shelf:
    def add(self, title):
        return helper(title)

    def size(self):
        return LIMIT


class Wide(Shelf):
    def size(self):
        return 9
"""
HELPER = (b"    return a\n\n\ndef other", b"    return -a\n\n\ndef other")
OTHER = (b"    return a\n\n\nclass", b"    return -a\n\n\nclass")
ADD = (b"return helper(title)", b"return helper(title, 1)")
LIMIT = (b"LIMIT = 3", b"LIMIT = 4")
WIDE = (b"return 9", b"return 10")


def found(change: tuple[bytes, bytes], files: dict[str, bytes]) -> Impact:
    """The impact of a change in pkg/library.py."""
    before: Files = {name.encode(): text(content) for name, content in files.items()}
    before.setdefault(b"pkg/__init__.py", text(b""))
    assert LIBRARY.count(change[0]) == 1
    return impact(
        tree_of(before | {b"pkg/library.py": text(LIBRARY)}),
        tree_of(before | {b"pkg/library.py": text(LIBRARY.replace(*change))}),
    )


def callers(found: Impact) -> list[tuple[str, int, str, bool]]:
    (changed,) = found.changed
    return [(one.path, one.line, one.symbol, one.certain) for one in changed.callers]


def test_callers_are_certain_where_the_name_resolves() -> None:
    uses = {
        "pkg/a.py": b"from .library import helper\n\n\ndef use():\n    helper(1)\n",
        "pkg/b.py": b"import pkg.library\n\npkg.library.helper(2)\n",
        "pkg/c.py": b"def use(it):\n    it.helper(3)\n\n\ndef helper(a):\n    return a\n\n\nhelper(1)\n",
    }
    assert callers(found(HELPER, uses)) == [
        ("pkg/a.py", 5, "use", True),
        ("pkg/b.py", 3, "", True),
        ("pkg/library.py", 15, "Shelf.add", True),
        ("pkg/c.py", 2, "use", False),
    ]


def test_a_method_of_what_is_not_known_is_possible() -> None:
    uses = {
        "pkg/a.py": b"from pkg.library import Shelf\n\n\ndef use(it):\n    it.add(1)\n    Shelf().add(2)\n    add(3)\n"
    }
    assert callers(found(ADD, uses)) == [("pkg/a.py", 6, "use", True), ("pkg/a.py", 5, "use", False)]


def test_an_override_is_possible_where_its_base_is_meant() -> None:
    uses = {"pkg/a.py": b"from pkg.library import Shelf\n\nShelf().size()\n"}
    assert callers(found(WIDE, uses)) == [("pkg/a.py", 3, "", False)]


@pytest.mark.parametrize(
    ("change", "test", "is_affected"),
    [
        (HELPER, b"from pkg.library import helper\ndef test_a():\n    helper(1)\n", True),
        (OTHER, b"from pkg.library import helper\ndef test_a():\n    helper(1)\n", False),
        (HELPER, b"from pkg import library\ndef test_a():\n    library.helper(1)\n", True),
        (HELPER, b"import pkg.library as it\ndef test_a():\n    it.other(1)\n", False),
        (HELPER, b"from pkg.library import *\ndef test_a():\n    helper(1)\n", True),
        (HELPER, b"from pkg.passed import again\ndef test_a():\n    again(1)\n", True),
        (HELPER, b"from pkg.passed import Shelf\ndef test_a():\n    Shelf().add(1)\n", True),
        (HELPER, b"def test_a():\n    from pkg.library import helper\n    helper(1)\n", True),
        (ADD, b"from pkg.library import Wide\ndef test_a():\n    Wide().add(1)\n", True),
        (ADD, b"from pkg.library import Wide\ndef test_a():\n    Wide().size()\n", False),
        (WIDE, b"from pkg.library import Shelf\ndef test_a():\n    Shelf().size()\n", False),
        (WIDE, b"from pkg.make import make\ndef test_a():\n    make().size()\n", True),
        (LIMIT, b"from pkg.library import Shelf\ndef test_a():\n    Shelf().size()\n", True),
        (LIMIT, b"from pkg.library import Shelf\ndef test_a():\n    Shelf().add(1)\n", False),
        (LIMIT, b"from pkg import library\ndef test_a():\n    getattr(library, 'LIMIT')\n", True),
        (HELPER, b"def test_a(fixed):\n    fixed()\n", True),
        (OTHER, b"def test_a(fixed):\n    fixed()\n", False),
        (HELPER, b"import pytest\n@pytest.mark.usefixtures('fixed')\ndef test_a():\n    pass\n", True),
        (HELPER, b"import pytest\nfrom pkg.library import helper\n@pytest.mark.parametrize('f', [helper])\n"
         b"def test_a(f):\n    f(1)\n", True),
        (HELPER, b"import importlib\ndef test_a(name):\n    importlib.import_module(name)\n", True),
        (HELPER, b"import subprocess\ndef test_a():\n    subprocess.run(['x'])\n", True),
        (HELPER, b"import importlib\nit = importlib.import_module('pkg.library')\ndef test_a():\n    it.helper()\n",
         True),
        (HELPER, b"def test_a(monkeypatch):\n    monkeypatch.setattr('pkg.library.helper', None)\n", True),
        (HELPER, b"from pkg.library import Shelf\nmake = Shelf\ndef test_a():\n    make().add(1)\n", True),
        (HELPER, b"from pkg.names import Visitor\ndef test_a():\n    Visitor().visit('helper')\n", True),
        (HELPER, b"from pkg.early import nothing\ndef test_a():\n    nothing()\n", True),
        (HELPER, b"from pkg.registry import run\nimport pkg.registered\ndef test_a():\n    run()\n", True),
        (HELPER, b"from pkg.operators import Thing\ndef test_a():\n    Thing() + 1\n", True),
        (HELPER, b"from pkg.typed import made\ndef test_a():\n    made()\n", True),
        (HELPER, b"from pkg.process import again\ndef test_a():\n    again()\n", True),
        (HELPER, b"from pkg.process import other\ndef test_a():\n    other()\n", False),
        (HELPER, b"def test_a():\n    assert True\n", False),
    ],
)  # fmt: skip
def test_a_test_is_listed_where_it_may_be_affected(
    change: tuple[bytes, bytes], test: bytes, *, is_affected: bool
) -> None:
    files = {
        "pkg/passed.py": b"from .library import helper as again, Shelf\n",
        "pkg/make.py": b"from .library import Shelf, Wide\n\n\ndef make():\n    return [Shelf, Wide][1]()\n",
        "pkg/names.py": b"from .library import helper\n\n\nclass Visitor:\n    def visit(self, name):\n"
        b"        getattr(self, f'visit_{name}')()\n\n    def visit_helper(self):\n        helper(1)\n",
        "pkg/early.py": b"from .library import helper\n\nVALUE = helper(1)\n\n\ndef nothing():\n    pass\n",
        "pkg/registry.py": b"KNOWN = []\n\n\ndef register(f):\n    KNOWN.append(f)\n    return f\n\n\n"
        b"def run():\n    for one in KNOWN:\n        one()\n",
        "pkg/registered.py": b"from .library import helper\nfrom .registry import register\n\n\n@register\n"
        b"def called():\n    helper(1)\n",
        "pkg/operators.py": b"from .library import helper\n\n\nclass Thing:\n    def __add__(self, other):\n"
        b"        return helper(other)\n",
        "pkg/typed.py": b"from framework import inject\nfrom .library import helper\n\n\nclass Service:\n"
        b"    def __init__(self):\n        helper(1)\n\n\n@inject\ndef made(it: Service):\n    pass\n",
        "pkg/process.py": b"import subprocess\nimport sys\n\n\ndef again():\n"
        b"    subprocess.run([sys.executable, '-m', 'else'])\n\n\ndef other():\n    subprocess.run(['less'])\n",
        "tests/conftest.py": b"import pytest\nfrom pkg.library import helper\n\n\n@pytest.fixture\ndef fixed():\n"
        b"    return lambda: helper(1)\n",
        "tests/test_it.py": test,
        "tests/test_else.py": b"def test_else():\n    assert True\n",
    }
    expected = ("tests/test_it.py",) if is_affected else ()
    assert found(change, files).tests == expected


def test_a_node_is_named_where_not_the_whole_file_is_affected() -> None:
    test = (
        b"from pkg.library import helper, other\n\n\ndef test_a():\n    helper(1)\n\n\ndef test_b():\n    other()\n\n\n"
        b"class TestC:\n    def test_d(self):\n        helper(1)\n\n    def test_e(self):\n        pass\n"
    )
    seen = found(HELPER, {"test_it.py": test})
    assert (seen.tests, seen.known) == (("test_it.py::test_a", "test_it.py::TestC::test_d"), 4)
    # What a decorator makes of it may be called otherwise.
    odd = test.replace(b"def test_a", b"@odd\ndef test_a")
    assert found(HELPER, {"test_it.py": odd}).tests == ("test_it.py",)


def test_autouse_and_setup_are_around_every_test() -> None:
    auto = b"import pytest\nfrom pkg.library import helper\n\n@pytest.fixture(autouse=True)\ndef f():\n    helper(1)\n"
    files = {
        "a/conftest.py": auto,
        "a/test_a.py": b"def test_a():\n    pass\n",
        "b/test_b.py": b"def test_b():\n    pass\n",
    }
    assert found(HELPER, files).tests == ("a/test_a.py",)
    setup = b"from pkg.library import helper\n\n\ndef setup_module():\n    helper(1)\n\n\ndef test_a():\n    pass\n"
    assert found(HELPER, {"test_a.py": setup}).tests == ("test_a.py",)


def test_tests_that_a_base_class_brings_are_listed() -> None:
    base = b"from pkg.library import helper\n\n\nclass Base:\n    def test_a(self):\n        helper(1)\n"
    test = b"from tests.base import Base\n\n\nclass TestIt(Base):\n    pass\n"
    files = {"tests/__init__.py": b"", "tests/base.py": base, "tests/test_it.py": test}
    assert found(HELPER, files).tests == ("tests/test_it.py",)


def test_what_is_gone_affects_those_that_still_name_it() -> None:
    test = b"from pkg.library import Wide\n\n\ndef test_a():\n    Wide().size()\n\n\ndef test_b():\n    pass\n"
    gone = (b"class Wide(Shelf):\n    def size(self):\n        return 9\n", b"class Wide(Shelf):\n    pass\n")
    seen = found(gone, {"test_it.py": test})
    assert seen.tests == ("test_it.py::test_a",)
    (changed,) = seen.changed
    assert (changed.symbol, changed.gone) == ("Wide.size", True)


def test_layout_affects_nothing() -> None:
    test = b"from pkg.library import helper\n\n\ndef test_a():\n    helper(1)\n"
    unseen = b"import subprocess\n\n\ndef test_a():\n    subprocess.run(['x'])\n"
    seen = found((b"def helper(a):", b"def helper( a ):  # so"), {"test_it.py": test, "test_unseen.py": unseen})
    assert (seen.changed, seen.tests) == ((), ())


@pytest.mark.parametrize(
    ("file", "settings"),
    [
        (b"check_it.py", b"[tool.pytest.ini_options]\npython_files = ['check_*.py']\n"),
        (b"check_it.py", b"[tool.pytest]\npython_files = 'check_*.py other_*.py'\n"),
        (b"test_it.py", b"[tool.pytest.ini_options]\npython_functions = 'check_*'\npython_classes = ['*Checks']\n"),
    ],
)
def test_tests_are_found_by_their_settings(file: bytes, settings: bytes) -> None:
    name = "check_a" if file == b"test_it.py" else "test_a"
    owner = "LibraryChecks" if file == b"test_it.py" else "TestIt"
    test = f"from m import f\n\n\ndef {name}():\n    f()\n\n\nclass {owner}:\n    def {name}(self):\n        f()\n"
    files: Files = {file: text(test.encode()), b"pyproject.toml": text(settings), b"else.py": text(b"")}
    seen = impact(
        tree_of(files | {b"m.py": text(b"def f():\n    pass\n")}),
        tree_of(files | {b"m.py": text(b"def f():\n    return 1\n")}),
    )
    assert (seen.tests, seen.known) == ((file.decode(),), 2)


@pytest.mark.parametrize("path", [b"pytest.ini", b".pytest.ini", b"tox.ini", b"setup.cfg"])
def test_examples_are_tests_where_the_settings_say_so(path: bytes) -> None:
    section = b"tool:pytest" if path == b"setup.cfg" else b"pytest"
    options = b"[%s]\naddopts = --doctest-modules --doctest-glob='*.rst'\n" % section
    examples: Files = {b"m.py": text(b'def f():\n    """\n    >>> f()\n    """\n'), b"a.rst": text(b">>> 1\n1\n")}
    after = examples | {b"n.py": text(b"a = 1\n"), path: text(options)}
    before = after | {b"n.py": text(b"a = 2\n")}
    assert impact(tree_of(before), tree_of(after)).tests == ("a.rst", "m.py")
    edited = after | {b"a.rst": text(b">>> 2\n2\n")}
    assert impact(tree_of(after), tree_of(edited)).tests == ("a.rst", "m.py")
    del before[path], after[path]
    assert impact(tree_of(before), tree_of(after)).tests == ()


def test_hooks_of_plugins_are_around_every_test() -> None:
    plugin = b"from pkg.library import helper\n\n\ndef pytest_runtest_setup(item):\n    helper(item)\n"
    files = {"pkg/plugin.py": plugin, "test_a.py": b"def test_a():\n    pass\n"}
    assert found(HELPER, files).tests == ("test_a.py",)
    files["a/conftest.py"] = files.pop("pkg/plugin.py")
    assert found(HELPER, files).tests == ()


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        (b"pyproject.toml", "pyproject.toml says what tests run with"),
        (b".pytest.ini", ".pytest.ini says what tests run with"),
        (b"requirements/dev.txt", "requirements/dev.txt says what tests run with"),
        (b".env", "nothing tells what reads .env"),
        (b".github/workflows/a.yml", None),
        (b"pkg/table.json", "nothing tells what reads pkg/table.json"),
        (b"README.md", None),
    ],
)
def test_all_tests_are_listed_where_nothing_tells_which(path: bytes, reason: str | None) -> None:
    files: Files = {b"test_it.py": text(b"def test_a():\n    pass\n"), path: text(b"1\n")}
    seen = impact(tree_of(files), tree_of(files | {path: text(b"2\n")}))
    assert seen.reasons == ((reason,) if reason else ())
    assert seen.tests == (("test_it.py",) if reason else ())


def test_a_file_is_read_where_it_is_named() -> None:
    test = b"def test_a():\n    open('table.json')\n\n\ndef test_b():\n    pass\n"
    files: Files = {b"test_it.py": text(test), b"table.json": text(b"1\n")}
    seen = impact(tree_of(files), tree_of(files | {b"table.json": text(b"2\n")}))
    assert (seen.reasons, seen.tests) == ((), ("test_it.py::test_a",))


@pytest.mark.parametrize("named", [b"README.md", b"*.md"])
def test_a_document_is_read_by_tests_that_name_it(named: bytes) -> None:
    test = b"def test_a():\n    read('%s')\n\n\ndef test_b():\n    pass\n" % named
    files: Files = {b"test_it.py": text(test), b"README.md": text(b"1\n"), b"setup.py": text(b"read('README.md')\n")}
    seen = impact(tree_of(files), tree_of(files | {b"README.md": text(b"2\n")}))
    assert (seen.reasons, seen.tests) == ((), ("test_it.py::test_a",))


def test_a_module_that_cannot_be_parsed_may_do_anything() -> None:
    files: Files = {b"test_it.py": text(b"def test_a():\n    pass\n"), b"m.py": text(b"a = 1\n")}
    seen = impact(tree_of(files), tree_of(files | {b"m.py": text(b"a = (\n")}))
    assert (seen.reasons, seen.tests) == (("m.py cannot be parsed",), ("test_it.py",))


@pytest.fixture
def shelf(repo: Repo) -> Repo:
    repo.write("library.py", b"def f(a):\n    return a\n\n\ndef g(a):\n    return a\n")
    repo.write("use.py", b"from library import f\n\n\ndef use():\n    return f(1)\n")
    repo.write("test_it.py", b"from use import use\n\n\ndef test_a():\n    use()\n\n\ndef test_b():\n    pass\n")
    repo.commit("First")
    repo.write("library.py", b"def f(a):\n    return -a\n\n\ndef g(a):\n    return a\n")
    repo.commit("Second")
    return repo


def test_the_command_prints_what_pytest_takes(shelf: Repo) -> None:
    answer = dagpatch(shelf.path, "review", "--affected-tests")
    assert (answer.status, answer.lines) == (0, ["test_it.py::test_a"])
    answer = dagpatch(shelf.path, "review", "--impact")
    assert answer.lines[:2] == ["library.py:1  f", "  certain   use.py:5  use"]
    (document,) = dagpatch(shelf.path, "review", "--impact", "--json").documents
    jsonschema.validate(document, json.loads((ROOT / "docs/reference/impact.schema.json").read_text()))
    assert document["changed"][0]["callers"] == [{"path": "use.py", "line": 5, "symbol": "use", "certain": True}]
    assert dagpatch(shelf.path, "review", "--impact", "--affected-tests").status == 2


def test_a_selection_and_what_is_staged_have_an_impact_of_their_own(shelf: Repo) -> None:
    assert dagpatch(shelf.path, "review", "--affected-tests", "--only", "library.py").lines == ["test_it.py::test_a"]
    assert dagpatch(shelf.path, "review", "--affected-tests", "--without", "library.py").lines == []
    shelf.write("library.py", b"def f(a):\n    return -a\n\n\ndef g(a):\n    return 3\n")
    assert dagpatch(shelf.path, "review", "--affected-tests", "--worktree").lines == []
