"""Imports that name the new place of what moved: one operation for all of them, proved, and nothing hidden in it."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from git_dagpatch.engine.execute import weave_in
from git_dagpatch.engine.factor import factor
from git_dagpatch.engine.state import State
from git_dagpatch.model.codec import dag
from git_dagpatch.model.errors import WrongBase
from git_dagpatch.model.operation import Edit, Move, Rename
from git_dagpatch.model.patch import Author, Metadata, Patch
from git_dagpatch.model.text import Text, to_bytes
from git_dagpatch.model.tree import Tree
from git_dagpatch.operations.rename import RenameKind
from tests.trees import text, tree_of

KIND = RenameKind()
METADATA = Metadata(author=Author("Ada", "ada@example.org", "2026-01-02T03:04:05+00:00"))

LOAD = "def load(path):\n    with open(path) as file:\n        data = file.read()\n    return data.strip()\n"
KEEP = "def keep(path):\n    return path + '.kept'\n"
BOTH = f"{LOAD}\n\n{KEEP}"
B = "LIMIT = 10\n"

FUNCTION = ({"app/a.py": BOTH, "app/b.py": B}, {"app/a.py": KEEP, "app/b.py": f"{B}\n\n{LOAD}"})
MODULE = ({"app/__init__.py": "", "app/a.py": BOTH}, {"app/__init__.py": "", "app/z.py": BOTH})
CLASS_OF_SOURCES = ({"src/app/a.py": BOTH}, {"src/app/sub/z.py": BOTH})

FOLLOWING = {
    "of a function": (FUNCTION, "cli.py", "from app.a import load\n{}", "from app.b import load\n{}"),
    "relative": (FUNCTION, "app/c.py", "from .a import load\n{}", "from .b import load\n{}"),
    "from above": (FUNCTION, "app/sub/c.py", "from ..a import load as r\n{}", "from ..b import load as r\n{}"),
    "one of two": (
        FUNCTION,
        "c.py",
        "from app.a import keep, load\n{}",
        "from app.a import keep\nfrom app.b import load\n{}",
    ),
    "to one that is there": (
        *(FUNCTION, "c.py", "from app.a import load\nfrom app.b import LIMIT\n{}"),
        "from app.b import LIMIT, load\n{}",
    ),
    "in a function": (
        *(FUNCTION, "c.py", "def f():\n    from app.a import load\n    return load(1)\n{}"),
        "def f():\n    from app.b import load\n    return load(1)\n{}",
    ),
    "of a module": (MODULE, "c.py", "import app.a as q\nq.load(1)\n{}", "import app.z as q\nq.load(1)\n{}"),
    "by its whole name": (MODULE, "c.py", "import app.a\n{}app.a.load(app.a)\n", "import app.z\n{}app.z.load(app.z)\n"),
    "from its package": (MODULE, "c.py", "from app import a\n{}a.load(1)\n", "from app import z\n{}z.load(1)\n"),
    "from here": (MODULE, "app/c.py", "from . import a, x\n{}a.load(a)\n", "from . import x, z\n{}z.load(z)\n"),
    "with a comment": (MODULE, "c.py", "from app.a import load  # noqa\n{}", "from app.z import load  # noqa\n{}"),
    "over lines": (MODULE, "c.py", "from app.a import (\n    load,\n)\n{}", "from app.z import (\n    load,\n)\n{}"),
    "below sources": (CLASS_OF_SOURCES, "c.py", "from app.a import load\n{}", "from app.sub.z import load\n{}"),
}


def tree(files: Mapping[str, str]) -> Tree:
    return tree_of({path.encode(): text(content.encode()) for path, content in files.items()})


def factored(before: Mapping[str, str], after: Mapping[str, str]) -> Patch:
    return factor(tree(before), tree(after), METADATA)


def followers(patch: Patch) -> list[Rename]:
    return [one for one in patch.operations if isinstance(one, Rename) and one.symbol_kind == "module"]


def judged(patch: Patch, before: Mapping[str, str], operation: Rename) -> tuple[bool, int]:
    """Whether `operation` is proved, and how many lines it costs."""
    graph = dag(patch.operations)
    number = patch.operations.index(operation)
    state = State(weave_in(patch.operations, graph, tree(before), graph.everything), graph.closures[number])
    return bool(KIND.proof(operation, state)), KIND.review_lines(operation, state)


@pytest.mark.parametrize("case", FOLLOWING)
def test_an_import_follows(case: str) -> None:
    (before, after), path, old, new = FOLLOWING[case]
    one = before | {path: old.format("")}
    patch = factored(one, after | {path: new.format("")})
    (follower,) = followers(patch)
    moves = [operation.id for operation in patch.operations if isinstance(operation, Move)]
    assert (follower.author, follower.intent, follower.confidence) == ("system", "imports-follow", 0.95)
    assert follower.depends_on == moves
    assert follower.because == dict.fromkeys(moves, "what it imports stands there only after that")
    assert judged(patch, one, follower) == (True, 1)
    assert len(patch.operations) == 2, "all is explained"


@pytest.mark.parametrize("case", FOLLOWING)
def test_what_else_changes_is_an_edit(case: str) -> None:
    (before, after), path, old, new = FOLLOWING[case]
    patch = factored(before | {path: old.format("\nx = 1\n")}, after | {path: new.format("\nx = 2\n")})
    assert len(followers(patch)) == 1
    (edit,) = [operation for operation in patch.operations if isinstance(operation, Edit)]
    assert [line for hunk in edit.hunks for line in map(to_bytes, hunk.lines) if line[:1] in b"+-"] == [
        b"-x = 1\n",
        b"+x = 2\n",
    ]


def test_one_operation_for_all_files() -> None:
    before, after = dict(FUNCTION[0]), dict(FUNCTION[1])
    for case in ("of a function", "relative", "from above"):
        _, path, old, new = FOLLOWING[case]
        before[path], after[path] = old.format(""), new.format("")
    (follower,) = followers(factored(before, after))
    assert follower.scope == ["app/c.py", "app/sub/c.py", "cli.py"]
    assert follower.new_name == "app.b"


NOT_FOLLOWING = {
    "of another name": (FUNCTION, "from app.a import keep\n", "from app.b import keep\n"),
    "to another module": (FUNCTION, "from app.a import load\n", "from app.other import load\n"),
    "bound to another name": (FUNCTION, "from app.a import load\n", "from app.b import load as keep\n"),
    "that stays": (FUNCTION, "from app.a import load\n", "from app.a import load\nfrom app.b import load\n"),
    "of what was not moved here": (({}, {}), "from app.a import load\n", "from app.b import load\n"),
    "to a name that is taken": (
        *(MODULE, "from app import a\nz = 1\nprint(a, z)\n"),
        "from app import z\nz = 1\nprint(z, z)\n",
    ),
}


@pytest.mark.parametrize("case", NOT_FOLLOWING)
def test_another_change_of_an_import_is_an_edit(case: str) -> None:
    (before, after), old, new = NOT_FOLLOWING[case]
    patch = factored(before | {"c.py": old}, after | {"c.py": new})
    assert followers(patch) == []
    assert any(isinstance(operation, Edit) and operation.target.startswith("c.py") for operation in patch.operations)


class Some(dict[bytes, bytes]):
    """Some files, as an operation reads them."""

    def read(self, path: bytes) -> bytes:
        if path not in self:
            raise WrongBase("There is no such file.")
        return self[path]

    def mode(self, path: bytes) -> str:
        raise AssertionError(path)


HONEST = {b"app/a.py": KEEP.encode(), b"app/b.py": LOAD.encode(), b"c.py": b"from app.a import load  # x\n\nload(1)\n"}


def proof(files: Mapping[bytes, bytes], footprint: list[tuple[int, int, Text]], new: str = "app.b") -> str:
    operation = Rename(
        symbol="app/a.py:", symbol_kind="module", new_name=new, scope=["c.py"], footprint={"c.py": footprint}
    )
    return KIND.proof(operation, Some(files))


def test_an_honest_claim_is_proved() -> None:
    assert proof(HONEST, [(5, 5, "app.b")])


LIES: dict[str, tuple[Mapping[bytes, bytes], list[tuple[int, int, Text]]]] = {
    "the name is still at the old place": (HONEST | {b"app/a.py": BOTH.encode()}, [(5, 5, "app.b")]),
    "the name may still be at the old place": (HONEST | {b"app/a.py": b"from x import *\n"}, [(5, 5, "app.b")]),
    "the name is not at the new place": (HONEST | {b"app/b.py": KEEP.encode()}, [(5, 5, "app.b")]),
    "there is no new place": ({path: HONEST[path] for path in (b"app/a.py", b"c.py")}, [(5, 5, "app.b")]),
    "another module is named": (HONEST | {b"app/q.py": LOAD.encode()}, [(5, 5, "app.q")]),
    "another name is imported": (HONEST, [(5, 5, "app.b"), (8, 4, "LIMIT as load")]),
    "code changes as well": (HONEST, [(5, 5, "app.b"), (24, 1, "2")]),
    "a comment changes as well": (HONEST, [(5, 5, "app.b"), (15, 1, "y")]),
    "nothing follows": (HONEST, [(29, 1, "2")]),
    "a string stands there": (HONEST, [(0, 22, "'load . app.a'\nload = 1")]),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_is_not_proved(lie: str) -> None:
    assert proof(*LIES[lie]) == ""
