"""Files whose lines go together, though something speaks against it: what is there twice is a conflict; else the merge
is git's, and that is told."""

from __future__ import annotations

import pytest

from git_dagpatch.engine import contents
from git_dagpatch.model.strategy import Strategy
from tests.command_line import dagpatch
from tests.replaying import both_ways, merged, texts
from tests.repositories import Repo

BASE = "import os\n\n\ndef a():\n    return os.name\n\n\ndef b():\n    return 1\n\n\ndef c():\n    return 2\n"
ADDED = "def new():\n    return 3\n\n\n"
HOOK = "  - repo: new\n    hooks:\n      - id: new\n"
HOOKS = "repos:\n  - repo: a\n    hooks:\n      - id: a\n  - repo: b\n    hooks:\n      - id: b\n"
WRONG = {
    "a definition": (
        "a.py",
        BASE,
        BASE.replace("def a", ADDED + "def a"),
        BASE + "\n\n" + ADDED.rstrip("\n") + "\n",
        "new is defined twice",
    ),
    "a key": (
        "a.json",
        '{\n  "a": 1,\n  "b": 2,\n  "c": 3,\n  "d": 4\n}\n',
        '{\n  "new": 0,\n  "a": 1,\n  "b": 2,\n  "c": 3,\n  "d": 4\n}\n',
        '{\n  "a": 1,\n  "b": 2,\n  "c": 3,\n  "new": 5,\n  "d": 4\n}\n',
        "the key new is there twice",
    ),
    "an element that is told by one of its fields": (
        ".pre-commit-config.yaml",
        HOOKS,
        HOOKS.replace("repos:\n", f"repos:\n{HOOK}"),
        f"{HOOKS}{HOOK}        args: [-q]\n",
        "repos has two with repo new",
    ),
}
SIDES = {
    "taken away, and used elsewhere": (
        BASE.replace("def b():\n    return 1\n\n\n", ""),
        BASE.replace("return 2", "return b()"),
        "b in c is defined nowhere",
    ),
    "defined nowhere": (
        BASE.replace("def b():\n    return 1\n\n\n", ""),
        BASE.replace("return 2", "return 2\n\n\nd = b()"),
        "b in the module is defined nowhere",
    ),
}


@pytest.mark.parametrize("name", WRONG)
@pytest.mark.parametrize("swapped", [False, True], ids=["", "swapped"])
def test_what_is_there_twice_is_a_conflict(name: str, *, swapped: bool) -> None:
    path, base, ours, theirs, fault = WRONG[name]
    if swapped:
        ours, theirs = theirs, ours
    found = merged({path: base}, {path: ours}, {path: theirs})
    (conflict,) = found.conflicts
    assert conflict.path == path.encode()
    assert conflict.lines is not None
    assert conflict.reason.startswith(f"{fault}: ")
    assert found.doubts == []
    taken = merged({path: base}, {path: ours}, {path: theirs}, Strategy.THEIRS)
    assert not taken.conflicts
    assert texts(taken.tree) == {path: theirs}


@pytest.mark.parametrize("name", SIDES)
@pytest.mark.parametrize("swapped", [False, True], ids=["", "swapped"])
def test_what_speaks_against_a_merge_of_lines(name: str, *, swapped: bool) -> None:
    ours, theirs, fault = SIDES[name]
    if swapped:
        ours, theirs = theirs, ours
    found = merged({"a.py": BASE}, {"a.py": ours}, {"a.py": theirs})
    assert not found.conflicts
    assert [(doubt.path, doubt.fault) for doubt in found.doubts] == [(b"a.py", fault)]


def test_two_elements_with_something_in_common_are_no_conflict() -> None:
    sides = (HOOKS.replace("repos:\n", f"repos:\n{HOOK}"), HOOKS + HOOK.replace("repo: new", "repo: newer"))
    path = ".pre-commit-config.yaml"
    found = merged({path: HOOKS}, {path: sides[0]}, {path: sides[1]})
    assert not found.conflicts
    assert texts(found.tree)[path].count("id: new") == 2


def test_nothing_is_told_of_what_is_as_it_shall_be() -> None:
    ours, theirs = BASE.replace("return 1", "return 4"), BASE.replace("import os", "import os\nimport sys")
    found = merged({"a.py": BASE}, {"a.py": ours}, {"a.py": theirs})
    assert texts(found.tree) == {"a.py": theirs.replace("return 1", "return 4")}
    assert found.doubts == []


@pytest.mark.parametrize("before", ["", '    """Tell the first."""\n\n'], ids=["beside", "inside"])
def test_nothing_is_told_of_names_in_what_the_other_side_renamed(before: str) -> None:
    base = BASE.replace("    return 1", before + "    return 1")
    changed = base.replace("    return 1", "    found = 1\n    return found")
    found = both_ways({"a.py": base}, {"a.py": base.replace("def b", "def renamed")}, {"a.py": changed})
    assert texts(found.tree) == {"a.py": changed.replace("def b", "def renamed")}
    assert found.doubts == []


def test_so_much_is_looked_at_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs, _ = SIDES["defined nowhere"]
    monkeypatch.setattr(contents, "_DOUBTED", len(BASE + ours + theirs))
    base, target, after = ({f"{name}.py": text for name in "abc"} for text in (BASE, ours, theirs))
    assert len(merged(base, target, after).doubts) == 1


def test_the_warning(repo: Repo) -> None:
    ours, theirs, fault = SIDES["defined nowhere"]
    repo.write("a.py", BASE.encode())
    repo.commit("Base")
    for branch, content in (("ours", ours), ("theirs", theirs)):
        repo.git("checkout", "-q", "-b", branch, "main")
        repo.write("a.py", content.encode())
        repo.commit(branch)
    done = dagpatch(repo.path, "apply-tree", "theirs", "ours")
    assert done.status == 0
    assert done.err == f"Warning: a.py: {fault}, though its lines merge without conflict.\n"
    document = dagpatch(repo.path, "apply-tree", "--json", "theirs", "ours").documents[0]
    assert document["doubts"] == [{"path": "a.py", "fault": fault}]
    repo.git("checkout", "-q", "ours")
    assert f"Warning: a.py: {fault}" in dagpatch(repo.path, "apply", "theirs").err
