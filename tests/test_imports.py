"""Imports: those that lead nowhere are found, and what reading cannot decide passes."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from git_dagpatch.languages.python_imports import modules_of, unresolved_imports
from git_dagpatch.languages.python_modules import Modules
from git_dagpatch.languages.python_names import names_of
from tests.command_line import dagpatch
from tests.repositories import Repo
from tests.trees import submodule, symlink, text, tree_of

PROJECT = {
    "pyproject.toml": "[tool.hatch.build.hooks.vcs]\nversion-file = 'src/pkg/made.py'\nmodule-name = 'pkg._rust'\n",
    ".gitignore": "/src/pkg/ignored.py\n",
    "setup.py": "",
    "src/pkg/__init__.py": "from .a import f as g\nVERSION = 1\n",
    "src/pkg/a.py": "import os.path as p\n\ndef f(): pass\n\nclass C:\n    inner = 1\n\nx: int\ny, (z, *w) = 1, (2,)\n",
    "src/pkg/star.py": "from os.path import *\n",
    "src/pkg/lazy.py": "def __getattr__(name): ...\n",
    "src/pkg/runs.py": "globals()['a'] = 1\n",
    "src/pkg/broken.py": "def (\n",
    "src/pkg/compiled.pyx": "",
    "src/pkg/fast.cpython-311-x86_64-linux-gnu.so": "",
    "src/pkg/stub.pyi": "",
    "src/pkg/wire.proto": "",
    "src/pkg/sub/__init__.py": "",
    "src/pkg/sub/b.py": "__all__ = ['made_as_it_runs']\n__all__ += ['another']\n",
    "src/pkg/data/c.py": "",
    "src/spread/__init__.py": "__path__ = []\n",
    "tests/helpers.py": "def help(): pass\n",
    "tests/unit/test_a.py": "",
    "examples/site/installed/__init__.py": "",
    "types.py": "",
}


def _message(statement: str, path: str = "src/pkg/here.py", files: Mapping[str, str] = PROJECT) -> str:
    """What is said of the only import of a file, which stands in its last line; nothing if all is well."""
    contents = {name.encode(): text.encode() for name, text in files.items()}
    faults = unresolved_imports(path.encode(), statement.encode(), Modules(contents, contents.get))
    assert all(fault.line == statement.count("\n") + 1 for fault in faults), faults
    return "; ".join(fault.message for fault in faults)


@pytest.mark.parametrize(
    "statement",
    [
        "import pkg, pkg.a, pkg.sub.b as b, pkg.data.c",
        "from pkg import a, g, VERSION, sub, data, __name__",
        "from pkg.a import f, C, x, y, z, w, p",
        "from pkg.star import whatever",
        "from pkg.lazy import whatever",
        "from pkg.runs import whatever",
        "from pkg.broken import whatever",
        "from pkg.compiled import whatever",
        "from pkg.fast import whatever",
        "from pkg.stub import whatever",
        "from pkg import compiled, fast, stub, made, ignored, wire_pb2, wire_pb2_grpc, _rust",
        "import pkg.made, pkg._rust",
        "from pkg.sub.b import made_as_it_runs, another",
        "from pkg.a import *",
        "from spread.anything import whatever",
        "from . import a, sub, data",
        "from .a import f",
        "from .sub.b import another",
        "from .. import pkg",
        "import helpers, unit.test_a",
        "from helpers import help",
        "import os, xml.dom.whatever, winreg, __main__",
        "from __future__ import annotations",
        "from types import ModuleType",
        "import pytest, hypothesis.whatever",
        "from pytest import whatever",
        "import ruamel.yaml",
        "from ruamel import yaml",
    ],
)
def test_what_is_there_passes(statement: str) -> None:
    assert _message(statement) == ""


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("import pkg.b", "there is no module pkg.b"),
        ("import pkg.a.f", "there is no module pkg.a.f"),
        ("from pkg import b", "pkg (src/pkg/__init__.py) has no b"),
        ("from pkg.a import missing", "pkg.a (src/pkg/a.py) has no missing"),
        ("from pkg.a import inner", "pkg.a (src/pkg/a.py) has no inner"),
        ("from pkg.sub import f", "pkg.sub (src/pkg/sub/__init__.py) has no f"),
        ("from pkg.data import d", "pkg.data has no d"),
        ("from pkg.gone import *", "there is no module pkg.gone"),
        ("from .b import c", "there is no module .b"),
        ("from . import b", ". (src/pkg/__init__.py) has no b"),
        ("from ..gone import b", "there is no module ..gone"),
        ("from .... import b", "the import leads out of the tree"),
        ("import a", "there is no module a in the tree, the standard library or what is installed"),
        (
            "import unheard_of.b",
            "there is no module unheard_of.b in the tree, the standard library or what is installed",
        ),
        ("from ruamel import gone", "there is no module ruamel in the tree, the standard library or what is installed"),
        (
            "from helpers import gone",
            "there is no module helpers in the tree, the standard library or what is installed",
        ),
        ("def f():\n    class A:\n        import gone", "there is no module gone in the tree, the standard"),
        ("if __name__ == '__main__':\n    import gone", "there is no module gone in the tree, the standard"),
        ("try:\n    pass\nexcept OSError:\n    import gone", "there is no module gone in the tree, the standard"),
        ("from pkg.a import (f,\n    missing)", "pkg.a (src/pkg/a.py) has no missing"),
    ],
)
def test_what_is_not_there_is_found(statement: str, message: str) -> None:
    found = _message(statement)
    assert found == message or found.startswith(message + " library")


@pytest.mark.parametrize(
    "statement",
    [
        "try:\n    import gone\nexcept ImportError:\n    import gone_too\nelse:\n    import gone.sub",
        "try:\n    import gone\nexcept (AttributeError, ModuleNotFoundError):\n    pass",
        "try:\n    def f():\n        from .gone import x\nexcept:\n    pass",
        "try:\n    import gone\nexcept* Exception:\n    pass",
        "with contextlib.suppress(ImportError):\n    import gone",
        "with pytest.raises(ModuleNotFoundError):\n    import gone",
        "if TYPE_CHECKING:\n    import gone",
        "if typing.TYPE_CHECKING:\n    from gone import x",
        "if sys.version_info < (3, 11):\n    import gone\nelse:\n    import tomllib",
        "if sys.platform == 'win32':\n    import gone",
        "if os.name == 'nt':\n    import gone",
        "gone = pytest.importorskip('gone')\nimport gone.sub",
        "import (",
    ],
)
def test_an_import_that_may_fail_passes(statement: str) -> None:
    assert _message(statement) == ""


def test_a_package_does_not_have_what_only_its_own_import_brings() -> None:
    files = {"pkg/__init__.py": "from . import gone, here", "pkg/here.py": ""}
    assert _message(files["pkg/__init__.py"], "pkg/__init__.py", files) == "there is no module .gone"
    assert _message("from .here import x\nx = 1", "pkg/here.py", {"pkg/here.py": "x = 1"}) == ""


def test_what_is_installed_may_be_meant_where_the_tree_has_another() -> None:
    files = {"examples/x/pytest/__init__.py": "", "examples/x/pytest/part.py": ""}
    assert _message("from pytest import fixture", files=files) == ""
    assert _message("import pytest.part", files=files) == ""
    own = {"src/pytest/__init__.py": "", **files}
    assert _message("from pytest import fixture", files=own) == "pytest (src/pytest/__init__.py) has no fixture"


def test_anything_may_be_behind_a_link() -> None:
    contents = {b"pkg/__init__.py": b""}
    modules = Modules(contents, contents.get, [b"linked", b"pkg/a.py", b"pkg/sub"])
    source = b"import linked.x\nfrom pkg.a import y\nfrom pkg.sub.b import z\nfrom pkg import a, sub, gone"
    (fault,) = unresolved_imports(b"m.py", source, modules)
    assert (fault.line, fault.column) == (4, 25)


def test_the_place_of_an_import_is_counted_in_characters() -> None:
    (fault,) = unresolved_imports(b"m.py", "'é'; import os, gone".encode(), Modules([], lambda path: None))
    assert (fault.line, fault.column) == (1, 17)


def test_a_tree_is_enough() -> None:
    files = {b"pkg/__init__.py": text(b"x = 1\n"), b"pkg/link.py": symlink(b"nowhere"), b"pkg/module": submodule("0")}
    modules = modules_of(tree_of(files))
    assert unresolved_imports(b"a.py", b"from pkg import x, link, module\nimport pkg.link", modules) == []
    assert len(unresolved_imports(b"a.py", b"from pkg import y", modules)) == 1
    assert len(unresolved_imports(b"a.py", b"import pkg", modules_of(tree_of({})))) == 1


_NAMES = st.sampled_from(["a", "b", "c", "d", "e"])
_STATEMENTS = st.one_of(
    _NAMES.map("{} = 1".format),
    _NAMES.map("{}: int = 1".format),
    _NAMES.map("def {}(): q = 1".format),
    _NAMES.map("class {}:\n    q = 1".format),
    _NAMES.map("import os as {}".format),
    _NAMES.map("from os import path as {}".format),
    _NAMES.map("for {} in [1]: pass".format),
    _NAMES.map("if not 0: {} = 1\nelse: q = 1".format),
    _NAMES.map("with open('/dev/null') as {}: pass".format),
    _NAMES.map("try: 1 / 0\nexcept ZeroDivisionError: {} = 1".format),
    _NAMES.map("({} := 1)".format),
    _NAMES.map("[q := {0} for {0} in [1]]; {0} = 1".format),
    _NAMES.map("match [1]:\n    case [*{}]: pass".format),
    _NAMES.map("match {{1: 2}}:\n    case {{1: 2, **{}}}: pass".format),
    _NAMES.map("def q():\n    global {0}\n    {0} = 1\nq()".format),
    st.tuples(_NAMES, _NAMES).map(lambda pair: "[{}, *{}] = 1, 2".format(*pair)),
)


@given(st.lists(_STATEMENTS, max_size=5).map("\n".join))
def test_a_module_has_no_other_names_than_are_read_in_it(source: str) -> None:
    ran: dict[str, object] = {}
    exec(source, ran)
    names = names_of(source.encode())
    assert names is not None
    assert ran.keys() - {"__builtins__", "__annotations__"} <= names
    assert names <= {*ran, "q"} | {name for name in names if name.startswith("__")}


@pytest.mark.parametrize(
    ("statement", "known"),
    [
        ("mod = sys.modules[name]", True),
        ("mod = sys.modules.get(name)", True),
        ("if name in sys.modules:", True),
        ("del sys.modules[name]", True),
        ("sys.modules[__name__] = Proxy()", False),
        ("this = sys.modules[__name__]", False),
        ("this = sys.modules.get(__name__)", False),
        ("sys.modules['pkg.m'] = Proxy()", False),
        ("sys.modules['pkg.m'].y = 1", False),
        ("setattr(sys.modules[name], 'y', 1)", False),
        ("sys.modules.update(more)", False),
        ("modules = sys.modules", False),
        ("from sys import modules", False),
        ("globals()['y'] = 1", False),
        ("exec(source)", False),
    ],
)
def test_a_module_that_binds_names_as_it_runs_may_have_any(statement: str, known: bool) -> None:
    body = f"    {statement}\n" + ("        pass\n" if statement.endswith(":") else "")
    names = names_of(f"import sys\n\n\ndef f(name):\n{body}".encode())
    assert (names is not None) is known


def test_the_verb_looks_at_what_is_staged(repo: Repo) -> None:
    repo.write("pkg/__init__.py", b"")
    repo.write("pkg/a.py", b"def f(): pass\n")
    repo.write("pkg/b.py", b"from pkg.a import f\nfrom .c import g\nimport unheard_of\n")
    repo.git("add", "pkg/__init__.py", "pkg/a.py", "pkg/b.py")
    repo.write("pkg/a.py", b"")
    repo.write("pkg/c.py", b"g = 1\n")
    absent = "pkg/b.py:3:8: there is no module unheard_of in the tree, the standard library or what is installed"
    answer = dagpatch(repo.path, "check", "--staged", "--imports")
    assert (answer.status, answer.lines) == (1, ["pkg/b.py:2:16: there is no module .c", absent])
    assert f"what git dagpatch itself can import, from {sys.prefix}." in answer.err
    assert dagpatch(repo.path, "check", "--staged").status == 0
    on_disk = dagpatch(repo.path / "pkg", "check", "--imports", "--json", "b.py").documents
    assert [(found["path"], found["line"], found["check"]) for found in on_disk] == [
        ("b.py", 1, "imports"),
        ("b.py", 3, "imports"),
    ]


def test_the_verb_looks_at_files_outside_of_a_repository(tmp_path: Path) -> None:
    (tmp_path / "src/pkg/sub").mkdir(parents=True)
    for place in ("src/pkg/__init__.py", "src/pkg/sub/__init__.py"):
        (tmp_path / place).touch()
    (tmp_path / "src/pkg/sub/a.py").write_text("import pkg.sub.a\nfrom .. import gone\n")
    (tmp_path / "use.py").write_text("from pkg.sub import a\n")
    assert dagpatch(tmp_path, "check", "--imports").lines == [
        "src/pkg/sub/a.py:2:16: .. (src/pkg/__init__.py) has no gone"
    ]
    assert dagpatch(tmp_path, "check", "--imports", "src/pkg/sub/a.py").lines == [
        "src/pkg/sub/a.py:2:16: .. (pkg/__init__.py) has no gone"
    ]


def test_this_project_imports_what_is_there() -> None:
    assert dagpatch(Path(__file__).parent.parent, "check", "--imports", "git_dagpatch", "tests").lines == []
