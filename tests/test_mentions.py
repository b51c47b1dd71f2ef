"""Names in strings, comments and documents that follow a rename: an operation of their own."""

from __future__ import annotations

import pytest

from git_dagpatch.discovery.mentions import CLAIMED
from git_dagpatch.engine.execute import weave_in
from git_dagpatch.engine.factor import factor
from git_dagpatch.engine.state import State
from git_dagpatch.model.codec import dag
from git_dagpatch.model.operation import Rename, StringReplace
from git_dagpatch.model.patch import Metadata, Patch
from git_dagpatch.model.tree import Tree
from git_dagpatch.operations.string_replace import PROOF_OF_TOTAL, StringReplaceKind
from tests.trees import text, tree_of

CODE = """def {0}(path):
    '''Call {1} with a path.'''
    # {1} closes it, too.
    return open(path).read()


class Shelf:
    def {2}(self, name):
        '''With Shelf.{3} the names.'''
        return [name]


def main():
    print("{1} and Shelf.{3}", {0}(1), Shelf().{2}(2))
"""
MANUAL = "# Manual\n\nCall `{1}`, or app.{1}.\n\nNot {1}_again.\n\n- Shelf.{3} finds.\n"


def written(form: str, name: str, method: str, *, mentioned: str = "", method_mentioned: str = "") -> str:
    return form.format(name, mentioned or name, method, method_mentioned or method)


def tree(files: dict[str, str]) -> Tree:
    return tree_of({path.encode(): text(content.encode()) for path, content in files.items()})


def factored(before: dict[str, str], after: dict[str, str]) -> Patch:
    return factor(tree(before), tree(after), Metadata())


def both(name: str, method: str, **mentioned: str) -> dict[str, str]:
    return {path: written(form, name, method, **mentioned) for path, form in (("a.py", CODE), ("m.md", MANUAL))}


def mentions(patch: Patch) -> dict[str, StringReplace]:
    return {
        one.pattern: one for one in patch.operations if isinstance(one, StringReplace) and one.confidence == CLAIMED
    }


def test_keys_and_data_are_read_in_full() -> None:
    code = "def {0}():\n    # See {0}.\n    return 1\n\n\n{0}()\n"
    keys = "import os\n\n# What {0} is for.\n# Also {0}.\nx = os.environ['{0}']\ny = {{'{0}': 1}}\n"
    before, after = (
        {
            "a.py": code.format(name),
            "b.py": keys.format(name),
            "c.json": f'{{"{name}": 1}}\n',
            "d.toml": f"{name} = 1\n",
        }
        for name in ("load_it", "read_it")
    )
    patch = factored(before, after)
    (follows,) = mentions(patch).values()
    assert isinstance(follows.footprint, dict)
    assert {path: len(spans or ()) for path, spans in follows.footprint.items()} == {"a.py": 1, "b.py": 2}
    others = {str(getattr(one, "target", "")).partition(":")[0] for one in patch.operations}
    assert {"b.py", "c.json", "d.toml"} <= others


def test_text_follows_in_an_operation_of_its_own() -> None:
    before = both("load_file", "find")
    after = both("read_file", "look")
    patch = factored(
        before, {path: content.replace("read_file_again", "load_file_again") for path, content in after.items()}
    )
    found = mentions(patch)
    assert set(found) == {r"\bload_file\b", r"\bShelf\.find\b"}
    renames = {one.symbol: one for one in patch.operations if isinstance(one, Rename)}
    for pattern, symbol in ((r"\bload_file\b", "a.py:load_file"), (r"\bShelf\.find\b", "a.py:Shelf.find")):
        operation, rename = found[pattern], renames[symbol]
        assert (operation.scope, operation.total, operation.confidence) == (["a.py", "m.md"], True, 0.9)
        assert isinstance(operation.because, dict)
        assert operation.because[str(rename.id)] == "it spells the name that the symbol has after that"
        assert rename.scope == ["a.py"], "text is no part of the rename"
    assert len(patch.operations) == 4, "all is explained"
    graph = dag(patch.operations)
    lineages = weave_in(patch.operations, graph, tree(before), graph.everything)
    for operation in found.values():
        state = State(lineages, graph.closures[patch.operations.index(operation)])
        assert StringReplaceKind().proof(operation, state) == PROOF_OF_TOTAL
        # What a program prints is a value, and read for itself.
        assert StringReplaceKind().review_lines(operation, state) == 4


def test_a_file_that_keeps_the_name_somewhere_is_left_alone() -> None:
    before, after = both("load_file", "find"), both("read_file", "find")
    after["m.md"] += "It was called load_file once.\n"
    assert mentions(factored(before, after))[r"\bload_file\b"].scope == ["a.py"]


@pytest.mark.parametrize(
    ("old", "new"), [(("load", "find"), ("read", "find")), (("load_file", "find"), ("load_file", "look"))]
)
def test_a_word_alone_does_not_follow(old: tuple[str, str], new: tuple[str, str]) -> None:
    """`load` and `find` may stand for anything; the method is known after the name of its class."""
    found = mentions(factored(both(*old), both(*new)))
    assert set(found) <= {r"\bShelf\.find\b"}


def test_text_that_stays_stays() -> None:
    patch = factored(both("load_file", "find"), both("read_file", "find", mentioned="load_file"))
    assert mentions(patch) == {}
    assert {type(operation) for operation in patch.operations} == {Rename}


def test_text_that_becomes_something_else_does_not_follow() -> None:
    patch = factored(both("load_file", "find"), both("read_file", "find", mentioned="the function"))
    assert r"\bload_file\b" not in mentions(patch)


def test_without_a_rename_nothing_follows() -> None:
    before, after = {"m.md": "Use load_file.\n"}, {"m.md": "Use read_file.\n"}
    assert mentions(factored(before, after)) == {}


def test_one_line_is_as_short_as_an_edit() -> None:
    code = "def {0}(x):\n    return x\n\n\n{0}(1)\n# {0}\n"
    patch = factored({"a.py": code.format("load_file")}, {"a.py": code.format("read_file")})
    assert mentions(patch) == {}
