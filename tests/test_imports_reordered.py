"""Imports in another order or grouping: one reorder where it is proved that the same is imported, an edit elsewhere."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import NamedTuple

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from git_dagpatch.discovery.imports import ORDER_MAY_MATTER, find_imports
from git_dagpatch.discovery.proposal import Proposal
from git_dagpatch.discovery.unfinished import Unfinished
from git_dagpatch.model.effect import Rewrite
from git_dagpatch.model.objects import FILE
from git_dagpatch.model.operation import Reorder
from git_dagpatch.operations.import_order import PROOF
from git_dagpatch.operations.reorder import ReorderKind
from tests.trees import spliced

PATH = b"m.py"
KIND = ReorderKind()


@dataclass
class OneFile:
    """The state of one file."""

    text: bytes

    def read(self, path: bytes) -> bytes:
        assert path == PATH
        return self.text

    def mode(self, path: bytes) -> str:
        raise AssertionError("A reorder asks for no mode.")


class Found(NamedTuple):
    proposals: list[Proposal]
    now: bytes
    """The file after them."""

    @property
    def operations(self) -> list[Reorder]:
        return [p.operation for p in self.proposals if isinstance(p.operation, Reorder)]


def find(before: str, after: str) -> Found:
    text = before.encode()
    steps, left = find_imports([Unfinished(PATH, text, after.encode(), FILE)])
    proposals = [proposal for step in steps for proposal in step]
    for proposal in proposals:
        recorded = KIND.record(msgspec.convert(proposal.operation, Reorder), proposal.effect, OneFile(text))
        assert isinstance(recorded, Reorder)
        assert KIND.proof(recorded, OneFile(text)) == PROOF
        assert KIND.review_lines(recorded, OneFile(text)) == 1
        assert recorded.confidence == ORDER_MAY_MATTER < 1.0
    return Found(proposals, left[0].now if left else after.encode())


def body(text: str) -> str:
    return f'"""Words."""\n\n{text}\n\n\nx = 1\n'


EXPLAINED = {
    "sorted": ("import sys\nimport os\nimport re", "import os\nimport re\nimport sys"),
    "one a line": ("from a import (\n    c,\n    b,\n)\nimport z", "import z\nfrom a import b\nfrom a import c"),
    "joined": ("from a import b\nimport z\nfrom a import c", "import z\nfrom a import b, c"),
    "continued lines": ("from a import b, \\\n    c, \\\n    d", "from a import c\nfrom a import d\nfrom a import b"),
    "aliases": ("import c as d\nimport a as b\nimport e", "import a as b\nimport e\nimport c as d"),
    "blank lines between groups": ("import b\nimport a\nfrom . import c", "import a\nimport b\n\nfrom . import c"),
    "relative": (
        "from ..a import b\nfrom . import c\nfrom .d import e",
        "from . import c\nfrom .d import e\nfrom ..a import b",
    ),
    "remarks stay": ("import b  # noqa\nimport a\nimport c", "import a\nimport c\nimport b  # noqa"),
    "a remark on each": (
        "from a import c, b  # noqa\nimport z",
        "import z\nfrom a import b  # noqa\nfrom a import c  # noqa",
    ),
    "a comment goes along": ("import b\n# Of c.\nimport c\nimport a", "import a\nimport b\n# Of c.\nimport c"),
    "future stays first": (
        "from __future__ import b, a\nimport d\nimport c",
        "from __future__ import a\nfrom __future__ import b\nimport c\nimport d",
    ),
    "twice the same": ("import b\nimport a\nimport b\nimport c", "import a\nimport b\nimport b\nimport c"),
    "submodules": ("import a.c\nimport a.b\nimport a", "import a\nimport a.b\nimport a.c"),
    "in a function": (
        "def f():\n    import c\n    import b\n    import a\n",
        "def f():\n    import a\n    import b\n    import c\n",
    ),
    "in a branch": (
        "if y:\n    import c\n    import b\n    import a\n",
        "if y:\n    import a\n    import b\n    import c\n",
    ),
}


@pytest.mark.parametrize("name", EXPLAINED)
def test_order_and_grouping_are_one_operation(name: str) -> None:
    before, after = map(body, EXPLAINED[name])
    found = find(before, after)
    assert len(found.operations) == 1
    assert found.now == after.encode()


NOT_THE_SAME = {
    "another name": ("import sys\nimport os\nimport re", "import os\nimport ree\nimport syss"),
    "another module": ("from a import x, y\nfrom b import z", "from b import x, y\nfrom a import z"),
    "another level": ("from .a import x, y, z", "from a import z\nfrom a import x\nfrom a import y"),
    "another alias": ("import a as x\nimport b as y", "import a as y\nimport b as x"),
    "a remark on another": ("import b  # noqa\nimport a", "import a  # noqa\nimport b"),
    "a remark that changes": (
        "import b  # type: ignore\nimport a  # noqa",
        "import a  # noqa: F401\nimport b  # type: x",
    ),
    "over a star": ("from a import *\nfrom b import c", "from b import c\nfrom a import *"),
    "stars in another order": ("from a import *\nfrom b import *", "from b import *\nfrom a import *"),
    "one name of two things": ("from a import x\nfrom b import x", "from b import x\nfrom a import x"),
    "one name, module and member": ("import os.path\nfrom b import os", "from b import os\nimport os.path"),
    "over a statement": ("import b\nb.setup()\nimport a", "import a\nb.setup()\nimport b"),
    "over a statement on the line": ("import b; b.setup()\nimport a", "import a\nimport b; b.setup()"),
    "out of a branch": ("if x:\n    import a\n    import b\nimport c", "if x:\n    import c\nimport b\nimport a"),
    "in a string": ('s = """\nimport b\nimport a\n"""', 's = """\nimport a\nimport b\n"""'),
}


@pytest.mark.parametrize("name", NOT_THE_SAME)
def test_what_may_mean_something_else_is_left_alone(name: str) -> None:
    before, after = map(body, NOT_THE_SAME[name])
    assert find(before, after).operations == []


def test_what_comes_and_goes_besides_is_left_over() -> None:
    before = body("import sys\nfrom m import (\n    one,\n    two,\n)\nimport os\nimport gone\nimport re")
    after = body("import os\nimport re\nimport sys\nimport new\n\nfrom m import three\nfrom m import two")
    found = find(before, after)
    assert len(found.operations) == 1
    assert bound(found.now) == bound(before.encode())
    removed = set(found.now.splitlines()) - set(after.encode().splitlines())
    assert removed == {b"import gone", b"from m import one"}


def test_a_remark_that_comes_is_left_over() -> None:
    before, after = body("import c\nimport b\nimport a"), body("import a  # noqa\nimport b\nimport c")
    found = find(before, after)
    assert found.now.decode() == body("import a\nimport b\nimport c")


def test_the_operation_tells_each_import() -> None:
    found = find(
        body("import sys\nfrom os import path, name"), body("from os import name\nfrom os import path\nimport sys")
    )
    (operation,) = found.operations
    assert operation.target == "m.py:"
    assert operation.siblings == ["import sys", "from os import path", "from os import name"]
    assert operation.order == [2, 1, 0]


def test_the_operation_names_the_definition_around() -> None:
    inside = "class A:\n    def f(self):\n        {}\n        {}\n        {}\n"
    before = inside.format("import c", "import b", "import a")
    (operation,) = find(before, inside.format("import a", "import b", "import c")).operations
    assert operation.target == "m.py:A.f"


def test_code_that_python_does_not_take_may_follow() -> None:
    rest = "\n\nprint 'of old'\n"
    found = find("import c\nimport b\nimport a" + rest, "import a\nimport b\nimport c" + rest)
    assert len(found.operations) == 1


def test_the_comments_at_the_top_stay_there() -> None:
    head = "#!/usr/bin/env python\n# coding: utf-8\n"
    found = find(head + "import c\nimport b\nimport a\n", head + "import a\nimport b\nimport c\n")
    assert len(found.operations) == 1
    assert found.now.startswith(head.encode())


@pytest.mark.parametrize(
    "lie",
    [
        {"siblings": ["import b", "import c"]},
        {"siblings": ["import b"]},
        {"order": [0, 1]},
        {"order": [1, 1]},
        {"order": [1, 0, 2]},
        {"order": [-1, 0]},
        {"target": "n.py:"},
        {"footprint": {"m.py": [[0, 18, "import a\nimport c\n"]]}},
        {"footprint": {"m.py": [[0, 18, "import a\nimport b"]]}},
        {"footprint": {"m.py": [[0, 18, "import a\nimport b; x()\n"]]}},
        {"footprint": {"m.py": [[0, 18, "import a\nx()\nimport b\n"]]}},
        {"footprint": {"m.py": [[0, 8, "import a"], [1, 8, "import b"]]}},
        {"footprint": {"m.py": [[0, 24, "import a\nimport b\n"]]}},
        {"footprint": {}},
    ],
)
def test_a_lie_is_not_proved(lie: dict[str, object]) -> None:
    files = OneFile(b"import b\nimport a\nx = 1\n")
    truth = {
        "target": "m.py:",
        "siblings": ["import b", "import a"],
        "order": [1, 0],
        "footprint": {"m.py": [[0, 18, "import a\nimport b\n"]]},
    }
    assert KIND.proof(msgspec.convert(truth, Reorder), files) == PROOF
    operation = msgspec.convert(truth | lie, Reorder)
    assert KIND.proof(operation, files) == ""
    assert KIND.review_lines(operation, files) != 1


def bound(text: bytes) -> list[str]:
    """What all imports of `text` bind, sorted, told by the syntax tree alone."""
    return sorted(
        f"{getattr(node, 'level', '')} {getattr(node, 'module', '')} {alias.name} {alias.asname}"
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    )


NAMES = [("", name) for name in "abcd"] + [(module, name) for module in ("m", ".n", "..") for name in "pqrs"]


@st.composite
def written(draw: st.DrawFn, names: list[tuple[str, str]]) -> str:
    """Import statements of `names`, in any order and grouping, blank lines between some."""
    waiting = draw(st.permutations(names))
    lines = []
    while waiting:
        module = waiting[0][0]
        together = [one for one in waiting if one[0] == module][: draw(st.integers(1, 3))]
        waiting = [one for one in waiting if one not in together]
        inside = [name for _, name in together]
        if not module:
            lines.append(f"import {', '.join(inside)}")
        elif draw(st.booleans()):
            lines.append(f"from {module} import {', '.join(inside)}")
        else:
            lines.append(f"from {module} import (\n    " + ",\n    ".join(inside) + ",\n)")
        lines += [""] * draw(st.integers(0, 1))
    return "\n".join(lines)


@given(st.data())
def test_whatever_is_found_binds_the_same(data: st.DataObject) -> None:
    chosen = data.draw(st.lists(st.sampled_from(NAMES), unique=True, min_size=2))
    others = data.draw(st.lists(st.sampled_from(NAMES), unique=True, min_size=2))
    wanted = chosen if data.draw(st.booleans()) else others
    before, after = body(data.draw(written(chosen))), body(data.draw(written(wanted)))
    found = find(before, after)
    assert bound(found.now) == bound(before.encode())
    for proposal in found.proposals:
        (change,) = proposal.effect.values()
        assert isinstance(change, Rewrite)
        assert spliced(before.encode(), change.spans) == found.now
