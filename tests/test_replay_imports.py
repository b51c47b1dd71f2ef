"""Imports that follow what the other side moved; what is not certain is left alone and told."""

from __future__ import annotations

import pytest

from tests.replaying import Texts, both_ways, lines, merged, texts

LOAD = """\
def load(path):
    with open(path) as stream:
        text = stream.read()
    return text.split()
"""
SAVE = """\
def save(path, words):
    with open(path, "w") as stream:
        for word in words:
            stream.write(word)
"""
BASE = {
    "pkg/__init__.py": "",
    "pkg/library.py": "LIMIT = 3\n\n\n" + LOAD + "\n\n" + SAVE,
    "pkg/shelves.py": "DEPTH = 4\n\n\ndef depth(shelf):\n    return shelf.depth or DEPTH\n",
    "user.py": "from pkg.library import load\n\nprint(load('a'))\n",
    "top.py": "SIZE = 10\n\n\n" + LOAD.replace("load", "fetch"),
}
DEFINITION: Texts = {
    "pkg/library.py": "LIMIT = 3\n\n\n" + SAVE,
    "pkg/shelves.py": BASE["pkg/shelves.py"] + "\n\n" + LOAD,
    "user.py": "from pkg.shelves import load\n\nprint(load('a'))\n",
}
FILE: Texts = {
    "pkg/library.py": "",
    "pkg/store.py": BASE["pkg/library.py"],
    "user.py": "from pkg.store import load\n\nprint(load('a'))\n",
}


def moved_file(old: str, new: str, users: Texts) -> Texts:
    """Base with one file elsewhere."""
    found = {path: text for path, text in BASE.items() if path != old}
    return {**found, new: BASE[old], **users}


STORE = moved_file("pkg/library.py", "pkg/store.py", {"user.py": FILE["user.py"]})
BELOW = moved_file(
    "pkg/library.py", "pkg/io/library.py", {"user.py": "from pkg.io.library import load\n\nprint(load('a'))\n"}
)
BELOW["pkg/io/__init__.py"] = ""
TOP = moved_file("top.py", "peak.py", {})
MOVED = {**BASE, **DEFINITION}
READ = {
    path: text.replace("def load", "def read").replace("load(", "read(").replace("load\n", "read\n")
    for path, text in MOVED.items()
}


def both(refactored: Texts, new: Texts) -> Texts:
    """The merge of a whole tree with new files, whichever side is the patch; nothing conflicts."""
    one, swapped = merged(BASE, {**BASE, **new}, refactored), merged(BASE, refactored, {**BASE, **new})
    assert not one.conflicts
    assert not swapped.conflicts
    assert one.tree.id == swapped.tree.id
    for found in (one, swapped):
        assert {path: text for path, text in texts(found.tree).items() if path not in new} == refactored
    assert [(reach.path, reach.line) for reach in one.reached] == [(r.path, r.line) for r in swapped.reached]
    assert [(reach.path, reach.line) for reach in one.unreached] == [(r.path, r.line) for r in swapped.unreached]
    made = texts(one.tree)
    told = {f"reached {line}": "" for line in lines(one, list(one.reached))}
    told |= {f"unreached {line}": "" for line in lines(one, list(one.unreached))}
    return {path: made[path] for path in new} | told


FOLLOWING = {
    "function": (MOVED, "from pkg.library import load\n\nload(1)\n", "from pkg.shelves import load\n\nload(1)\n"),
    "alias": (MOVED, "from pkg.library import load as l\n\nl(1)\n", "from pkg.shelves import load as l\n\nl(1)\n"),
    "renamed, too": (READ, "from pkg.library import load\n\nload(1)\n", "from pkg.shelves import read\n\nread(1)\n"),
    "renamed to what is taken": (
        READ,
        "from pkg.library import load\n\nread = load(1)\n",
        "from pkg.shelves import read as load\n\nread = load(1)\n",
    ),
    "one of two": (
        MOVED,
        "from pkg.library import LIMIT, load\n\nload(LIMIT)\n",
        "from pkg.library import LIMIT\nfrom pkg.shelves import load\n\nload(LIMIT)\n",
    ),
    "one of many lines": (
        MOVED,
        "from pkg.library import (\n    LIMIT,\n    load,\n)\n\nload(LIMIT)\n",
        "from pkg.library import (\n    LIMIT,\n)\nfrom pkg.shelves import load\n\nload(LIMIT)\n",
    ),
    "inside of a function": (
        MOVED,
        "def f():\n    from pkg.library import load\n    return load(1)\n",
        "def f():\n    from pkg.shelves import load\n    return load(1)\n",
    ),
    "from a file": (STORE, "from pkg.library import load, LIMIT\n", "from pkg.store import load, LIMIT\n"),
    "the module": (STORE, "from pkg import library\n\nlibrary.load(1)\n", "from pkg import store\n\nstore.load(1)\n"),
    "the module as": (
        STORE,
        "from pkg import library as l\n\nl.load(1)\n",
        "from pkg import store as l\n\nl.load(1)\n",
    ),
    "a module whose name is taken": (
        STORE,
        "from pkg import library\n\nstore = library.load(1)\n",
        "from pkg import store as library\n\nstore = library.load(1)\n",
    ),
    "a dotted module": (
        STORE,
        "import pkg.library\n\npkg.library.load(1)\n",
        "import pkg.store\n\npkg.store.load(1)\n",
    ),
    "a dotted module as": (STORE, "import pkg.library as l\n\nl.load(1)\n", "import pkg.store as l\n\nl.load(1)\n"),
    "a directory further down": (
        BELOW,
        "from pkg.library import load\nfrom pkg import library\n\nlibrary.save(load(1))\n",
        "from pkg.io.library import load\nfrom pkg.io import library\n\nlibrary.save(load(1))\n",
    ),
    "everything": (STORE, "from pkg.library import *\n\nload(1)\n", "from pkg.store import *\n\nload(1)\n"),
    "at the top": (TOP, "import top\n\ntop.fetch(top.SIZE)\n", "import peak\n\npeak.fetch(peak.SIZE)\n"),
    "at the top, from": (TOP, "from top import fetch\n", "from peak import fetch\n"),
}


@pytest.mark.parametrize("name", FOLLOWING)
def test_a_new_import_follows(name: str) -> None:
    refactored, text, wanted = FOLLOWING[name]
    found = both(refactored, {"new.py": text})
    assert found.pop("new.py") == wanted
    assert found
    assert all(told.startswith("reached") for told in found)


RELATIVE = {
    "function": (MOVED, "from .library import load\n", "from .shelves import load\n"),
    "module": (STORE, "from . import library\n\nlibrary.load(1)\n", "from . import store\n\nstore.load(1)\n"),
    "further down": (BELOW, "from .library import load\n", "from .io.library import load\n"),
}


@pytest.mark.parametrize("name", RELATIVE)
def test_a_relative_import_follows(name: str) -> None:
    refactored, text, wanted = RELATIVE[name]
    assert both(refactored, {"pkg/new.py": text})["pkg/new.py"] == wanted


LEFT = {
    "an attribute": (MOVED, "import pkg.library\n\npkg.library.load(1)\n", ["pkg.library.load(1)"]),
    "a string": (MOVED, "PATCHED = 'pkg.library.load'\n", ["PATCHED = 'pkg.library.load'"]),
    "getattr": (
        MOVED,
        "from pkg import library\n\ngetattr(library, 'load')(1)\n",
        ["getattr(library, 'load')(1)"],
    ),
    "a comment beside it": (
        MOVED,
        "from pkg.library import LIMIT, load  # both\n\nload(LIMIT)\n",
        ["from pkg.library import LIMIT, load  # both", "load(LIMIT)"],
    ),
    "through everything": (MOVED, "from pkg.library import *\n\nload(LIMIT)\n", ["load(LIMIT)"]),
    "a module in a string": (STORE, "NAMES = ['pkg.library']\n", ["NAMES = ['pkg.library']"]),
    "another statement beside it": (
        MOVED,
        "import os; from pkg.library import LIMIT, load\n",
        ["import os; from pkg.library import LIMIT, load"],
    ),
}


@pytest.mark.parametrize("name", LEFT)
def test_what_cannot_follow_for_certain_is_told(name: str) -> None:
    refactored, text, told = LEFT[name]
    found = both(refactored, {"new.py": text})
    assert found == {"new.py": text} | {f"unreached {line}": "" for line in told}


SILENT = {
    "another function": (MOVED, "def load(x):\n    return x\n\n\nload(1)\n"),
    "a foreign object": (MOVED, "import json\n\njson.load(open('a'))\n"),
    "a parameter": (MOVED, "def f(load):\n    return load(1)\n"),
    "a name that stays": (MOVED, "from pkg.library import save, LIMIT\n"),
    "a module of the same name": (STORE, "from other.library import load\n"),
    "the new place": (MOVED, "from pkg.shelves import depth\n"),
}


@pytest.mark.parametrize("name", SILENT)
def test_what_has_nothing_to_do_with_it_is_left_alone(name: str) -> None:
    refactored, text = SILENT[name]
    assert both(refactored, {"new.py": text}) == {"new.py": text}


def test_a_module_that_still_passes_the_name_on_needs_nothing() -> None:
    kept = {**MOVED, "pkg/library.py": "from pkg.shelves import load\n\nLIMIT = 3\n\n\n" + SAVE}
    text = "from pkg.library import load\n\nload(1)\n"
    assert both(kept, {"new.py": text}) == {"new.py": text}


def test_what_was_deleted_is_not_taken_for_moved() -> None:
    gone = {**BASE, "pkg/library.py": "LIMIT = 3\n\n\n" + SAVE, "user.py": ""}
    gone["pkg/shelves.py"] += "\n\ndef load(shelf, depth):\n    for book in shelf:\n        yield depth, book.title\n"
    text = "from pkg.library import load\n\nload(1)\n"
    assert both(gone, {"new.py": text}) == {"new.py": text}


def test_a_caller_in_the_module_that_it_left_is_told() -> None:
    changed = {"pkg/library.py": BASE["pkg/library.py"].replace("LIMIT = 3\n", "LIMIT = 3\nFIRST = load('first')\n")}
    found = both_ways(BASE, DEFINITION, changed)
    assert not found.conflicts
    assert lines(found, list(found.unreached)) == ["FIRST = load('first')"]


def test_a_relative_import_in_a_file_that_moves_deeper() -> None:
    changed = {"pkg/library.py": "from .shelves import depth\n\n" + BASE["pkg/library.py"]}
    one = merged(BASE, {**BASE, **changed}, BELOW)
    swapped = merged(BASE, BELOW, {**BASE, **changed})
    assert one.tree.id == swapped.tree.id
    assert texts(one.tree)["pkg/io/library.py"] == "from ..shelves import depth\n\n" + BASE["pkg/library.py"]


def test_a_constant_moves() -> None:
    moved = {**BASE, "pkg/library.py": LOAD + "\n\n" + SAVE, "pkg/shelves.py": "LIMIT = 3\n" + BASE["pkg/shelves.py"]}
    found = both(moved, {"new.py": "from pkg.library import LIMIT\n"})
    assert found["new.py"] == "from pkg.shelves import LIMIT\n"


def test_imports_in_a_file_that_both_change() -> None:
    changed = {
        "user.py": BASE["user.py"] + "\n\n\ndef f():\n    from pkg.library import load as again\n\n    return again\n"
    }
    found = both_ways(BASE, DEFINITION, changed)
    assert not found.conflicts
    assert "    from pkg.shelves import load as again\n" in texts(found.tree)["user.py"]


def test_both_sides_move() -> None:
    one = {**MOVED, "one.py": "from top import fetch\n"}
    other = {**TOP, "other.py": "from pkg.library import load\n"}
    result, swapped = merged(BASE, one, other), merged(BASE, other, one)
    assert result.tree.id == swapped.tree.id
    made = texts(result.tree)
    assert made["one.py"] == "from peak import fetch\n"
    assert made["other.py"] == "from pkg.shelves import load\n"
