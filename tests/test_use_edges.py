"""What uses a name that another operation introduces depends on it, and says why."""

from __future__ import annotations

import pytest

from git_dagpatch.discovery.proposal import Proposal
from git_dagpatch.engine.execute import execute
from git_dagpatch.engine.factor import factor
from git_dagpatch.engine.graph import build_graph
from git_dagpatch.model.codec import dag
from git_dagpatch.model.effect import Rewrite, Span
from git_dagpatch.model.objects import Objects
from git_dagpatch.model.operation import Edit, Operation
from git_dagpatch.model.patch import Metadata
from tests.trees import File, files_of, tree_of

REST = "\n\ndef other():\n    return 1\n\n\ndef last():\n    return 2\n"


def factored(before: dict[str, str], after: dict[str, str]) -> list[Operation]:
    trees = [
        tree_of({path.encode(): File("100644", text.encode()) for path, text in files.items()})
        for files in (before, after)
    ]
    return factor(trees[0], trees[1], Metadata()).operations


def edges(before: dict[str, str], after: dict[str, str]) -> set[tuple[str, str, str]]:
    """Who needs whom, and why, each by its symbol, or its path where it has none."""
    operations = factored(before, after)
    names = {str(operation.id): _name(operation) for operation in operations}
    return {
        (names[str(operation.id)], names[need], (operation.because or {})[need])
        for operation in operations
        for need in operation.depends_on
    }


def _name(operation: Operation) -> str:
    target = str(getattr(operation, "target", ""))
    return target.partition(":")[2] or target if isinstance(operation, Edit) else target


def changed(text: str, *pairs: tuple[str, str]) -> dict[str, str]:
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    return {"m.py": text}


FILE = (
    "import os\n\nLIMIT = 1\n\n\ndef first(a):\n    return a\n"
    + REST
    + "\n\nclass Box:\n    size = 1\n\n    def get(self):\n        return 1\n\n    def put(self):\n        return 2\n"
)


LAST = "return 2\n\n\nclass"
NEW = "def new():\n    pass\n\n\n"


@pytest.mark.parametrize(
    ("pairs", "edge"),
    [
        ([("import os", "import os\nimport re"), (LAST, LAST.replace("2", "re"))], ("last", "m.py:", "re")),
        ([("LIMIT = 1", "LIMIT = 1\nMORE = 2"), ("return a", "return MORE")], ("first", "m.py:", "MORE")),
        # The new function touches the edit, or does not.
        ([("def other", f"{NEW}def other"), ("return a", "return new()")], ("first", "new", "new")),
        ([("def last", f"{NEW}def last"), ("return a", "return new()")], ("first", "new", "new")),
        (
            [("def first(a)", "def first(a, b=1)"), (LAST, LAST.replace("2", "first(1, b=2)"))],
            ("last", "first", "b"),
        ),
        (
            [("size = 1", "size = 1\n    more = 2"), ("return 1\n\n    def put", "return self.more\n\n    def put")],
            ("Box.get", "Box", "more"),
        ),
        (
            [
                ("        return 2\n", "        return 2\n\n    def new(self):\n        pass\n"),
                ("return a", "return a.new()"),
            ],
            ("first", "Box.new", "new"),
        ),
        ([("def other", f"def user():\n    new()\n\n\n{NEW}def other")], ("user", "new", "new")),
    ],
)
def test_a_use_needs_what_introduces_the_name(pairs: list[tuple[str, str]], edge: tuple[str, str, str]) -> None:
    user, need, name = edge
    found = edges({"m.py": FILE}, changed(FILE, *pairs))
    assert {(one, other) for one, other, _ in found} == {(user, need)}
    assert {why for _, _, why in found} <= {
        f"it uses {name}, which that introduces",
        "its text is expressed after that",
    }


@pytest.mark.parametrize(
    "pairs",
    [
        # A comment, a string, a local of the same name, a name that was bound before.
        [("LIMIT = 1", "LIMIT = 1\nMORE = 2"), ("return a", "return a  # MORE")],
        [("LIMIT = 1", "LIMIT = 1\nMORE = 2"), ("return a", "return 'MORE'")],
        [("LIMIT = 1", "LIMIT = 1\nMORE = 2"), ("return a", "MORE = a\n    return MORE")],
        [("LIMIT = 1", "LIMIT = 2"), ("return a", "return LIMIT")],
        [("def first(a)", "def first(a, b=1)"), ("return 2\n\n\nclass", "return other(b=2)\n\n\nclass")],
    ],
)
def test_what_only_looks_like_a_use_needs_nothing(pairs: list[tuple[str, str]]) -> None:
    assert edges({"m.py": FILE}, changed(FILE, *pairs)) == set()


def test_an_import_needs_the_file_that_comes_and_the_name_in_a_file_that_stays() -> None:
    before = {"a.py": "import os\n", "pkg/b.py": "X = 1\n"}
    after = {
        "a.py": "import os\nfrom pkg.b import parse\nfrom pkg.new import f\n",
        "pkg/b.py": "X = 1\n\n\ndef parse():\n    pass\n",
        "pkg/new.py": "def f():\n    pass\n",
    }
    assert {(user, need) for user, need, _ in edges(before, after)} == {("a.py:", "parse"), ("a.py:", "pkg/new.py")}


def test_names_of_another_language() -> None:
    before = {"a.c": "int one(void)\n{\n  return 1;\n}\n\nint other(void)\n{\n  return 2;\n}\n"}
    after = {"a.c": before["a.c"].replace("return 1", "return fresh()") + "\nint fresh(void)\n{\n  return 3;\n}\n"}
    assert edges(before, after) == {("one", "fresh", "it uses fresh, which that introduces")}


def test_names_of_another_language_mean_nothing_here() -> None:
    before = {"a.c": "int one(void)\n{\n  return 1;\n}\n", "m.py": "x = 1\n"}
    after = {"a.c": before["a.c"] + "\nint fresh(void)\n{\n  return 3;\n}\n", "m.py": "x = fresh\n"}
    assert edges(before, after) == set()


def test_two_that_use_each_other_make_no_circle() -> None:
    text = "def first(a):\n    return a\n" + REST
    after = text.replace("return a", "return new_last") + "\n\nnew_first = 1\nnew_last = 2\n"
    after = after.replace("def first", "new_mid = 3\n\n\ndef first").replace("new_first = 1", "new_first = new_mid")
    operations = factored({"m.py": text}, {"m.py": after})
    graph = dag(operations)
    assert len(graph.order) == len(operations)


def test_every_closed_subset_can_still_be_executed() -> None:
    after = changed(
        FILE,
        ("import os", "import os\nimport re"),
        ("return a", "return fresh(re)"),
        ("def last", "def fresh(x):\n    return x\n\n\ndef last"),
        ("return 2\n\n\nclass", "return fresh(1)\n\n\nclass"),
    )
    before = {b"m.py": File("100644", FILE.encode())}
    operations = factored({"m.py": FILE}, after)
    graph = dag(operations)
    assert graph.edges() >= 3
    for chosen in {graph.closed(mask) for mask in range(1 << len(operations))}:
        base = tree_of(before)
        text = files_of(execute(operations, base, Objects(base.source), chosen))[b"m.py"].content
        compile(text, "m.py", "exec")
        assert (b"fresh(" not in text) or b"def fresh" in text
        assert (b"(re)" not in text) or b"import re" in text


def test_edits_that_touch_and_parse_only_in_the_order_that_no_name_allows_are_joined() -> None:
    """The new function parses only after the change above it, which uses the new function."""
    before = {"m.py": "def main(red):\n    found = red.all()\n    return found\n" + REST}
    after = {
        "m.py": "def main(red):\n    return part(red)\n\n\ndef part(red):\n    found = red.all()\n    return found\n"
        + REST
    }
    operations = factored(before, after)
    tree = tree_of({b"m.py": File("100644", before["m.py"].encode())})
    graph = dag(operations)
    for number in range(len(operations)):
        for chosen in (graph.closures[number] | 1 << number, graph.everything & ~graph.users(1 << number)):
            made = files_of(execute(operations, tree, Objects(tree.source), chosen))
            compile(made[b"m.py"].content, "m.py", "exec")


BASE = "class A:\n    def old(self):\n        return 1\n"


def joined_up(first: str, second: str) -> list[str]:
    """Of two edits that touch, found together, the symbols of those that need nothing: one takes the `def` of
    `A.old` and brings `first`, the other one brings `second` right behind it."""
    start, end = BASE.index("    def"), BASE.index("        return")
    spans = {"files": Span(start, end, first.encode()), "stream": Span(end, end, second.encode())}
    step = tuple(
        Proposal(Edit(target=f"m.py:A.{name}", hunks=[]), {b"m.py": Rewrite((span,))}) for name, span in spans.items()
    )
    operations, _ = build_graph(tree_of({b"m.py": File("100644", BASE.encode())}), [step])
    return [_name(one) for one in operations if not one.depends_on]


def test_what_introduces_a_name_comes_first_only_where_the_file_parses_then() -> None:
    uses = "    def files(self):\n        return self.stream\n\n"
    assert joined_up(uses, "    def stream(self):\n") == ["A.files"]
    complete = "        return 0\n\n    def stream(self):\n"
    assert joined_up(f"{uses}    def old(self):\n", complete) == ["A.stream"]
