"""Validation of an apply: what is refused, where that is said to be, and what passes as it stood so before."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from git_dagpatch.languages.python_imports import modules_of, unresolved_imports
from git_dagpatch.porcelain.imports import broken_imports
from tests.applying import look, offer
from tests.command_line import dagpatch
from tests.repositories import Repo
from tests.trees import symlink, tree_of
from tests.trees import text as file_of


def _broken(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """The imports that going from one tree to the other breaks, as they are shown."""
    trees = [
        tree_of({path.encode(): file_of(text.encode()) for path, text in files.items()}) for files in (before, after)
    ]
    return [f"{path.decode()}:{fault.line}: {fault.message}" for path, fault in broken_imports(*trees)]


PROJECT = {
    "pkg/__init__.py": "",
    "pkg/a.py": "def f(): pass\n",
    "pkg/b.py": "from .a import f\n",
    "c.py": "import os\nimport pkg.a\n",
}


@pytest.mark.parametrize(
    ("change", "broken"),
    [
        ({"pkg/a.py": "def g(): pass\n"}, ["pkg/b.py:1: .a (pkg/a.py) has no f"]),
        ({"pkg/a.py": None}, ["c.py:2: there is no module pkg.a", "pkg/b.py:1: there is no module .a"]),
        ({"pkg/__init__.py": None}, []),
        ({"pkg/b.py": "from .gone import f\n"}, ["pkg/b.py:1: there is no module .gone"]),
        ({"new.py": "from pkg import gone\n"}, ["new.py:1: pkg (pkg/__init__.py) has no gone"]),
        ({"script": "#!/usr/bin/env python3\nimport pkg.gone\n"}, ["script:2: there is no module pkg.gone"]),
        ({"notes.txt": "import pkg.gone\n"}, []),
        ({"pkg/b.py": "import os\n", "pkg/a.py": None, "c.py": None}, []),
        ({}, []),
    ],
)
def test_imports_that_a_change_breaks(change: Mapping[str, str | None], broken: list[str]) -> None:
    after = {path: text for path, text in {**PROJECT, **change}.items() if text is not None}
    assert _broken(PROJECT, after) == broken


def test_imports_that_led_nowhere_before_pass() -> None:
    before = {"a.py": "import nowhere\n", "pkg/__init__.py": "", "pkg/b.py": "from . import gone\n"}
    assert _broken(before, {**before, "a.py": "x = 1\nimport nowhere\n"}) == []
    moved = {"new/a.py": before["a.py"] + "x = 1\n", "pkg/__init__.py": "", "pkg/b.py": before["pkg/b.py"]}
    assert _broken(before, moved) == []
    assert len(_broken(before, {**before, "a.py": "import nowhere, elsewhere\n"})) == 1
    assert len(_broken(before, {**before, "new.py": "import nowhere\n"})) == 1


def test_what_becomes_a_link_may_have_anything() -> None:
    before = {path.encode(): file_of(text.encode()) for path, text in PROJECT.items()}
    after = {**before, b"pkg/a.py": symlink(b"../elsewhere.py")}
    assert [*broken_imports(tree_of(before), tree_of(after))] == []
    (found,) = broken_imports(tree_of(after), tree_of({**before, b"pkg/a.py": file_of(b"")}))
    assert found[0] == b"pkg/b.py"


_PATHS = ["a.py", "b.py", "c/__init__.py", "c/a.py", "c/d/a.py", "c/d/__init__.py", "src/b.py", "src/c.py", "script"]
_TEXTS = [
    *("", "x = 1\n", "y = 1\n", "from x import *\n", "__path__ = []\n", "import a, b\n", "import c.a\nimport c.d.a\n"),
    *("from a import x\n", "from c import x, d\n", "from .a import x\n", "from .. import x, a\n", "from . import y\n"),
    *("#!/usr/bin/python\nfrom b import y\n", "import c\nfrom c.d import a\n"),
]
_OTHERS = st.dictionaries(st.sampled_from(["pyproject.toml", "c/a.pyi", "b.so", "notes.md"]), st.just("a.py"))
_TREES = st.builds(dict.__or__, st.dictionaries(st.sampled_from(_PATHS), st.sampled_from(_TEXTS)), _OTHERS)


@given(_TREES, st.dictionaries(st.sampled_from([*_PATHS, "c/a.pyi", "b.so"]), st.sampled_from([None, *_TEXTS])))
@example({"c/d/a.py": "", "c/d/b.py": "import a\n"}, {"c/d/__init__.py": ""})
def test_no_import_that_breaks_is_overlooked(before: dict[str, str], change: dict[str, str | None]) -> None:
    """Against reading every file of both trees."""
    after = {path: text for path, text in {**before, **change}.items() if text is not None}
    trees = [
        tree_of({path.encode(): file_of(text.encode()) for path, text in files.items()}) for files in (before, after)
    ]
    old, new = map(modules_of, trees)
    gone = {
        fault.message
        for path in before.keys() - after.keys()
        if path.endswith(".py") or before[path].startswith("#!")
        for fault in unresolved_imports(path.encode(), before[path].encode(), old)
    }
    wanted = set()
    for path, text in after.items():
        if path.endswith((".py", ".pyi")) or (path == "script" and text.startswith("#!")):
            source = before.get(path)
            readable = source is not None and (path != "script" or source.startswith("#!"))
            known = unresolved_imports(path.encode(), (source or "").encode(), old) if readable else []
            messages = {fault.message for fault in known} if source is not None else gone
            faults = unresolved_imports(path.encode(), text.encode(), new)
            wanted |= {(path.encode(), fault) for fault in faults if fault.message not in messages}
    assert set(broken_imports(*trees)) == wanted


def test_validations_are_named_and_may_be_several(repo: Repo) -> None:
    files = {"a.py": b"def f():\n    pass\n", "b.py": b"from a import f\n", "d.json": b"{}\n"}
    made = offer(repo, {"a.py": b"def g():\n    pass\n", "d.json": b"{\n"}, base=files)
    before = look(repo)

    def apply(*options: str) -> tuple[int, str]:
        answer = dagpatch(repo.path, "apply", *options, *made.patches)
        assert look(repo) == before
        return answer.status, answer.err

    status, said = apply("--validate", "imports")
    assert status == 3
    assert said.splitlines()[:2] == [
        "error: 1 import would lead nowhere; nothing was changed.",
        "cause: b.py:1:15: a (a.py) has no f",
    ]
    status, said = apply("--validate", "syntax,imports")
    assert status == 3
    assert "cause: d.json:2:1: " in said
    assert apply("--dry-run", "--validate", "imports")[0] == 3
    for wrong in ("import", "syntax,none", ""):
        status, said = apply("--validate", wrong)
        assert status == 2
        assert "There are: syntax, imports, none." in said
        assert apply("--dry-run", "--validate", wrong)[0] == 2
    forced = dagpatch(repo.path, "apply", "--dry-run", "--force", "--validate", "imports,syntax", *made.patches)
    assert forced.status == 0
    assert forced.out.decode().rstrip().endswith("forced past: imports, syntax")
    assert look(repo) == before
    assert dagpatch(repo.path, "apply", "--force", "--validate", "imports,syntax", *made.patches).status == 0
    assert dagpatch(repo.path, "log", "--json").documents[0]["forced"] == ["imports", "syntax"]


def test_a_long_list_of_faults_is_cut(repo: Repo) -> None:
    files = {f"f{number:02}.json": b"[]\n" for number in range(13)}
    made = offer(repo, dict.fromkeys(files, b"[\n"), base=files)
    said = dagpatch(repo.path, "apply", *made.patches).err
    assert "13 files would not parse any more" in said
    assert "f09.json:2:1: " in said
    assert "f10.json" not in said
    assert "… and 3 more" in said
