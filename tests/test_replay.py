"""Replay of renames: what certainly means the symbol is renamed on the other side, all else is left alone and told."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest

from git_dagpatch.engine.compose import compose
from git_dagpatch.engine.factor import factor
from git_dagpatch.engine.plan import plan
from git_dagpatch.model.objects import Objects, Together
from git_dagpatch.model.patch import Metadata
from git_dagpatch.model.strategy import Strategy
from git_dagpatch.model.tree import Tree
from tests.command_line import dagpatch
from tests.replaying import both_ways, lines, merged, texts
from tests.repositories import Repo
from tests.trees import text, tree_of

LIBRARY = """\
import json

LIMIT = 3


def load(path, strict=False):
    with open(path) as stream:
        return json.load(stream, parse_int=int)[:LIMIT]


class Shelf:
    capacity = 10

    def __init__(self, titles):
        self.books = list(titles)

    def find(self, word):
        return [book for book in self.books if word in book]

    def first(self, word):
        return self.find(word)[0]
"""
USER = "from library import load\n\nprint(load('a'))\n"
BASE = {"library.py": LIBRARY, "user.py": USER}
FUNCTION = {"library.py": LIBRARY.replace("def load", "def read"), "user.py": USER.replace("load", "read")}
METHOD = {"library.py": LIBRARY.replace("def find", "def search").replace("self.find", "self.search")}


CALLERS = {
    "from": ("from library import load\n\nload(1)\n", FUNCTION, "from library import read\n\nread(1)\n"),
    "alias": ("from library import load as l\n\nl(1)\n", FUNCTION, "from library import read as l\n\nl(1)\n"),
    "module": ("import library\n\nlibrary.load(1)\n", FUNCTION, "import library\n\nlibrary.read(1)\n"),
    "module alias": ("import library as b\n\nb.load(1)\n", FUNCTION, "import library as b\n\nb.read(1)\n"),
    "list": (
        "from library import load\n\n__all__ = ['load']\n",
        FUNCTION,
        "from library import read\n\n__all__ = ['read']\n",
    ),
    "class": (
        "from library import Shelf\n\nf = Shelf.find\n",
        METHOD,
        "from library import Shelf\n\nf = Shelf.search\n",
    ),
    "constructed": (
        "import library\n\n\ndef f():\n    s = library.Shelf([])\n    return s.find('a')\n",
        METHOD,
        "import library\n\n\ndef f():\n    s = library.Shelf([])\n    return s.search('a')\n",
    ),
    "annotated": (
        "from library import Shelf\n\n\ndef f(s: Shelf):\n    return s.find('a')\n",
        METHOD,
        "from library import Shelf\n\n\ndef f(s: Shelf):\n    return s.search('a')\n",
    ),
    "heir": (
        "from library import Shelf\n\n\nclass Big(Shelf):\n    def find(self, word):\n        return []\n\n"
        "    def twice(self, word):\n        return self.find(word) * 2\n",
        METHOD,
        "from library import Shelf\n\n\nclass Big(Shelf):\n    def search(self, word):\n        return []\n\n"
        "    def twice(self, word):\n        return self.search(word) * 2\n",
    ),
    "keyword": (
        "from library import load\n\nload('a', strict=True)\n",
        {"library.py": LIBRARY.replace("strict=False", "careful=False")},
        "from library import load\n\nload('a', careful=True)\n",
    ),
    "attribute": (
        "from library import Shelf\n\n\ndef f(s: Shelf):\n    return s.books\n",
        {"library.py": LIBRARY.replace("self.books", "self.titles")},
        "from library import Shelf\n\n\ndef f(s: Shelf):\n    return s.titles\n",
    ),
    "constant": (
        "from library import LIMIT\n\nprint(LIMIT)\n",
        {"library.py": LIBRARY.replace("LIMIT", "MOST")},
        "from library import MOST\n\nprint(MOST)\n",
    ),
    "class name": (
        "from library import Shelf\n\nShelf([])\n",
        {"library.py": LIBRARY.replace("class Shelf", "class Rack")},
        "from library import Rack\n\nRack([])\n",
    ),
}


def test_a_comment_that_names_a_class_defines_none() -> None:
    base = {**BASE, "library.py": LIBRARY + "\n\n# end class Shelf\n"}
    refactored = {**base, "library.py": base["library.py"].replace("class Shelf:", "class Rack:")}
    found = both_ways(base, refactored, {"new.py": "from library import Shelf\n\nShelf([])\n"})
    assert texts(found.tree)["new.py"] == "from library import Rack\n\nRack([])\n"


@pytest.mark.parametrize("name", CALLERS)
def test_a_new_caller_of_the_old_name_gets_the_new_one(name: str) -> None:
    caller, refactored, wanted = CALLERS[name]
    found = both_ways(BASE, refactored, {"new.py": caller})
    assert not found.conflicts
    assert texts(found.tree) == {**BASE, **refactored, "new.py": wanted}
    assert found.reached
    assert not found.unreached
    changed = [n for n, (a, b) in enumerate(zip(caller.split("\n"), wanted.split("\n"), strict=True), 1) if a != b]
    assert [reach.line for reach in found.reached] == changed


def test_a_caller_through_modules_that_pass_the_name_on() -> None:
    base = {"pkg/__init__.py": "from .impl import load\n", "pkg/impl.py": LIBRARY}
    refactored = {"pkg/__init__.py": "from .impl import read\n", "pkg/impl.py": FUNCTION["library.py"]}
    found = both_ways(base, refactored, {"new.py": "from pkg import load\n\nload(1)\n"})
    assert texts(found.tree)["new.py"] == "from pkg import read\n\nread(1)\n"


def test_a_module_that_asks_for_its_globals_keeps_its_definitions() -> None:
    base = {"library.py": LIBRARY + "\n\nprint(len(globals()))\n"}
    refactored = {"library.py": base["library.py"].replace("def load", "def read")}
    found = both_ways(base, refactored, {"new.py": "import library\n\nlibrary.load(1)\n"})
    assert texts(found.tree)["new.py"] == "import library\n\nlibrary.read(1)\n"


def test_a_name_that_is_passed_on_as_before_stays() -> None:
    base = {"pkg/__init__.py": "from .impl import load\n", "pkg/impl.py": LIBRARY}
    refactored = {"pkg/__init__.py": "from .impl import read as load\n", "pkg/impl.py": FUNCTION["library.py"]}
    caller = "from pkg import load\n\nload(1)\n"
    assert texts(both_ways(base, refactored, {"new.py": caller}).tree)["new.py"] == caller


def test_an_alias_that_the_commit_leaves_keeps_callers_as_they_are() -> None:
    refactored = {"library.py": FUNCTION["library.py"] + "\n\nload = read\n", "user.py": FUNCTION["user.py"]}
    caller = "from library import load\n\nload(1)\n"
    found = both_ways(BASE, refactored, {"new.py": caller})
    assert texts(found.tree)["new.py"] == caller
    assert not found.reached


TRAPS = {
    "another symbol": ("def load(x):\n    return x\n\n\nload(1)\n", FUNCTION, 2),
    "foreign object": ("import json\n\njson.load(open('a'))\n", FUNCTION, 1),
    "shadowed": ("import library\n\n\ndef f(load):\n    return load(library)\n", FUNCTION, 2),
    "getattr": ("import library\n\ngetattr(library, 'load')(1)\n", FUNCTION, 1),
    "string": ("TASK = 'library.load'\n", FUNCTION, 1),
    "unknown receiver": ("def f(s):\n    return s.find('a')\n", METHOD, 1),
    "bound twice": (
        "from library import Shelf\n\n\ndef f(x):\n    s = Shelf([])\n    s = x\n    return s.find('a')\n",
        METHOD,
        1,
    ),
    "two sources": (
        "try:\n    from library import load\nexcept ImportError:\n    from other import load\n\nload(1)\n",
        FUNCTION,
        3,
    ),
    "unknown base": (
        "from library import Shelf\nfrom elsewhere import Other\n\n\nclass Big(Other, Shelf):\n"
        "    def f(self):\n        return self.find('a')\n",
        METHOD,
        1,
    ),
    "captured": (
        "from library import load\n\n\ndef f(read):\n    return load(read)\n",
        FUNCTION,
        2,
    ),
    "taken": (
        "from library import load\n\n\ndef read():\n    return load(1)\n",
        FUNCTION,
        2,
    ),
    "does not parse": ("from library import load\n\nload(\n", FUNCTION, 2),
}


@pytest.mark.parametrize("name", TRAPS)
def test_what_may_mean_something_else_is_left_alone_and_told(name: str) -> None:
    trap, refactored, count = TRAPS[name]
    found = both_ways(BASE, refactored, {"new.py": trap})
    assert not found.conflicts
    assert texts(found.tree) == {**BASE, **refactored, "new.py": trap}
    assert not found.reached
    assert len(found.unreached) == count
    old = "find" if refactored is METHOD else "load"
    assert all(old in line for line in lines(found, list(found.unreached)))


def test_a_use_that_is_added_to_a_file_that_both_touch() -> None:
    found = both_ways(
        BASE, FUNCTION, {"user.py": USER.replace("\n\n", "\nimport sys\n\n") + "\n\n\n\nprint(load('b'))\n"}
    )
    assert not found.conflicts
    assert texts(found.tree)["user.py"].count("read") == 3
    assert "load" not in texts(found.tree)["user.py"]


def test_lines_that_conflict_only_for_a_rename_are_merged() -> None:
    """Git alone has a conflict here."""
    other = {"user.py": USER.replace("print(load('a'))", "print(load('b'), 1)")}
    found = both_ways(BASE, FUNCTION, other)
    assert not found.conflicts
    assert texts(found.tree) == {**BASE, **FUNCTION, "user.py": "from library import read\n\nprint(read('b'), 1)\n"}


def test_a_body_that_is_edited_under_a_new_name_of_a_parameter() -> None:
    renamed = LIBRARY.replace("path", "place")
    edited = LIBRARY.replace("with open(path) as stream", "with open(path, 'rb') as stream")
    found = both_ways(BASE, {"library.py": renamed}, {"library.py": edited})
    assert not found.conflicts
    assert texts(found.tree)["library.py"] == edited.replace("path", "place")


def test_a_conflict_that_is_more_than_a_rename_stays_one() -> None:
    refactored = {**FUNCTION, "user.py": "from library import read\n\nprint(read('c'))\n"}
    found = both_ways(BASE, refactored, {"user.py": USER.replace("'a'", "'b'")})
    assert [conflict.path for conflict in found.conflicts] == [b"user.py"]


def test_a_rename_onto_a_name_that_the_target_has_is_a_conflict() -> None:
    other = {"library.py": LIBRARY + "\n\ndef read():\n    return 1\n"}
    found = both_ways(BASE, FUNCTION, other)
    (conflict,) = found.conflicts
    assert conflict.path == b"library.py"
    assert conflict.reason == "the patch renames load to read, the target has another read"
    assert found.stages[b"library.py"].theirs is not None


@pytest.mark.parametrize("strategy", [Strategy.OURS, Strategy.THEIRS])
def test_a_strategy_decides_which_of_two_symbols_has_the_name(strategy: Strategy) -> None:
    other = {**BASE, "library.py": LIBRARY + "\n\ndef read():\n    return 1\n"}
    found = merged(BASE, other, FUNCTION, strategy)
    side = other if strategy is Strategy.OURS else FUNCTION
    assert not found.conflicts
    assert texts(found.tree)["library.py"] == side["library.py"]


def test_two_symbols_that_exchange_their_names() -> None:
    texts_of = [
        {
            "m.py": "def a():\n    return 1\n\n\ndef b():\n    return 2\n",
            "u.py": "from m import a, b\n\nprint(a(), b())\n",
        }
    ]
    for old, new in (("a", "c"), ("b", "a"), ("c", "b")):
        texts_of.append({path: re.sub(rf"\b{old}\b", new, content) for path, content in texts_of[-1].items()})
    caller = {"v.py": "import m\n\nprint(m.a(), m.b())\n"}
    trees = [
        tree_of({path.encode(): text(content.encode()) for path, content in files.items()})
        for files in (*texts_of, {**texts_of[0], **caller})
    ]
    objects = Objects(Together(*(tree.source for tree in trees)))
    *states, target = (Tree(objects, tree.id) for tree in trees)
    renames = [factor(before, after, Metadata()) for before, after in pairwise(states)]
    found = plan(compose(renames, states[0], Metadata()), states[0], target, objects)
    assert not found.conflicts
    assert texts(found.tree) == {**texts_of[-1], "v.py": "import m\n\nprint(m.b(), m.a())\n"}


def test_one_symbol_with_two_new_names_is_a_conflict() -> None:
    other = {path: content.replace("read", "fetch") for path, content in FUNCTION.items()}
    found = both_ways(BASE, FUNCTION, other)
    assert "the patch renames load to read, the target to fetch" in {conflict.reason for conflict in found.conflicts}
    assert {conflict.path for conflict in found.conflicts} == {b"library.py", b"user.py"}
    assert not found.reached


def test_the_same_rename_on_both_sides_reaches_what_only_one_has() -> None:
    found = both_ways(
        BASE, FUNCTION, {**FUNCTION, "library.py": FUNCTION["library.py"].replace("LIMIT = 3", "LIMIT = 4")}
    )
    assert not found.conflicts
    assert not found.reached
    assert not found.unreached


def test_names_that_change_places() -> None:
    base = {"m.py": "def one(x):\n    return x\n\n\n\n\ndef two(y):\n    return y * len(str(y))\n\n\n\n\none(two(1))\n"}
    swapped = base["m.py"].replace("one", "0").replace("two", "one").replace("0", "two")
    found = merged(base, {**base, "new.py": "from m import one\n\none(5)\n"}, {"m.py": swapped})
    assert texts(found.tree)["new.py"] == "from m import two\n\ntwo(5)\n"


def test_applied_twice_nothing_changes() -> None:
    target = {**BASE, "new.py": CALLERS["from"][0]}
    once = texts(merged(BASE, target, {**BASE, **FUNCTION}).tree)
    again = merged(BASE, once, {**BASE, **FUNCTION})
    assert again.changes_nothing
    assert not again.reached
    assert not again.unreached


def test_a_class_and_its_method_are_renamed_together() -> None:
    refactored = {"library.py": METHOD["library.py"].replace("class Shelf", "class Rack")}
    caller = "from library import Shelf\n\n\ndef f(s: Shelf):\n    return s.find('a')\n"
    found = both_ways(BASE, refactored, {"new.py": caller})
    assert texts(found.tree)["new.py"] == caller.replace("Shelf", "Rack").replace("find", "search")


def test_both_sides_rename() -> None:
    """Each side brings a caller of what the other one renamed."""
    one = {**FUNCTION, "one.py": "from library import Shelf\n\n\ndef f(s: Shelf):\n    return s.find('a')\n"}
    other = {**METHOD, "other.py": "from library import load\n\nload(1)\n"}
    found = both_ways(BASE, one, other)
    assert not found.conflicts
    result = texts(found.tree)
    assert "s.search('a')" in result["one.py"]
    assert "read(1)" in result["other.py"]
    assert "def read" in result["library.py"]
    assert "def search" in result["library.py"]


def test_apply_tree_tells_on_standard_error(repo: Repo) -> None:
    repo.write("library.py", LIBRARY.encode())
    repo.write("user.py", USER.encode())
    repo.commit("Base")
    repo.git("checkout", "-q", "-b", "target")
    repo.write("new.py", b"import library\n\nlibrary.load(1)\ngetattr(library, 'load')\n")
    repo.commit("A caller")
    repo.git("checkout", "-q", "-b", "patch", "HEAD~")
    for path, content in FUNCTION.items():
        repo.write(path, content.encode())
    repo.commit("Rename load")
    done = dagpatch(repo.path, "apply-tree", "patch", "target")
    assert done.status == 0
    told = [line.split("\t")[:2] for line in done.err.splitlines()]
    assert told == [["reached", "new.py:3"], ["unreached", "new.py:4"]]
    tree = done.lines[0]
    assert repo.git("show", f"{tree}:new.py") == b"import library\n\nlibrary.read(1)\ngetattr(library, 'load')\n"


def test_members_that_the_target_adds_to_a_class_use_its_new_names() -> None:
    added = LIBRARY + "\n    def last(self, word):\n        return self.find(word)[-1] or self.books[-1]\n"
    found = both_ways(BASE, METHOD, {"library.py": added})
    assert texts(found.tree)["library.py"] == added.replace("def find", "def search").replace(
        "self.find", "self.search"
    )
    assert [reach.line for reach in found.reached] == [added.split("\n").index(added.split("\n")[-2]) + 1]


def test_a_file_that_the_patch_moves_is_still_known() -> None:
    theirs = {"user.py": FUNCTION["user.py"].replace("library", "shelves"), "shelves.py": FUNCTION["library.py"]}
    target = {**BASE, "library.py": LIBRARY + "\n\ndef again(path):\n    return load(path)\n"}
    found = merged(BASE, target, theirs)
    assert not found.conflicts
    assert "return read(path)" in texts(found.tree)["shelves.py"]


def test_without_a_rename_nothing_is_told() -> None:
    found = both_ways(BASE, {"library.py": LIBRARY.replace("10", "11")}, {"new.py": CALLERS["from"][0]})
    assert not found.reached
    assert not found.unreached


def test_a_name_that_gets_captured_in_a_function_is_a_conflict() -> None:
    """The patch calls a parameter as the target calls a new local."""
    renamed = LIBRARY.replace("path", "rows")
    added = LIBRARY.replace("        return json.load(stream", "        rows = 1\n        return json.load(stream")
    found = both_ways(BASE, {"library.py": renamed}, {"library.py": added})
    reasons = [conflict.reason for conflict in found.conflicts]
    assert "the patch renames load.path to rows, the target has another rows" in reasons
