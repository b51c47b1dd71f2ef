"""Code that one side wrote otherwise and the other one changed: the change, in the other form or the old one."""

from __future__ import annotations

import ast

import pytest

from tests.command_line import dagpatch
from tests.replaying import both_ways, merged, texts
from tests.repositories import Repo

BASE = """\
def load(path, strict=False):
    names = [name for name in path.iterdir() if name.suffix == ".txt" and not name.name.startswith(".")]
    return sorted(names, key=lambda name: (name.suffix, name.name))


def size(path):
    return sum(name.stat().st_size for name in load(path, strict=True))
"""
WRAPPED = BASE.replace(
    '    names = [name for name in path.iterdir() if name.suffix == ".txt" and not name.name.startswith(".")]\n',
    "    names = [\n        name\n        for name in path.iterdir()\n"
    "        if name.suffix == '.txt' and not name.name.startswith('.')\n    ]\n",
)
CHANGES = {
    "beside": ("    return sorted(", "    log(names)\n    return sorted("),
    "inside": ('== ".txt"', '== ".rst"'),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_beside_other_layout(name: str) -> None:
    changed = BASE.replace(*CHANGES[name])
    found = both_ways({"a.py": BASE}, {"a.py": WRAPPED}, {"a.py": changed})
    assert not found.conflicts
    assert ast.dump(ast.parse(texts(found.tree)["a.py"])) == ast.dump(ast.parse(changed))


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize("patch", ["wrapped", "changed"])
def test_the_same_by_apply_tree(repo: Repo, name: str, patch: str) -> None:
    changed = BASE.replace(*CHANGES[name])
    repo.write("a.py", BASE.encode())
    repo.commit("Base")
    for branch, content in (("wrapped", WRAPPED), ("changed", changed)):
        repo.git("checkout", "-q", "-b", branch, "main")
        repo.write("a.py", content.encode())
        repo.commit(branch)
    done = dagpatch(repo.path, "apply-tree", patch, "changed" if patch == "wrapped" else "wrapped")
    assert done.status == 0
    made = repo.git("show", f"{done.lines[0]}:a.py").decode()
    assert ast.dump(ast.parse(made)) == ast.dump(ast.parse(changed))


QUOTED = """\
class Shelf:
    places = ()

    def first(self):
        '''
        The first one of those that are on the shelf.
        '''
        found = self.sorted_books(self.places, reverse=False, limit=1, strict=True)
        return found[0]

    def size(self):
        return len(self.places)  # all of them
"""
BESIDE = "strict=True)\n", "strict=True)\n        log(found)\n"
FORMS = {
    "a string that is cut": (
        (("'''", '"""'), ("books(self", "books(\n            self"), ("True)", "True\n        )")),
        "found = self.sorted_books(self.places, reverse=False",
    ),
    "a comment behind a bracket that got its own line": (
        (
            ("'''", '"""'),
            ("books(self", "books(\n            self"),
            ("(self.places)", "(\n            self.places\n        )"),
        ),
        "        )  # all of them\n",
    ),
}


@pytest.mark.parametrize("name", FORMS)
def test_form_that_no_step_can_read_is_taken_back_around_the_change(name: str) -> None:
    written = QUOTED
    for change in FORMS[name][0]:
        written = written.replace(*change)
    changed = QUOTED.replace(*BESIDE)
    found = both_ways({"a.py": QUOTED}, {"a.py": written}, {"a.py": changed})
    assert not found.conflicts
    made = texts(found.tree)["a.py"]
    assert ast.dump(ast.parse(made)) == ast.dump(ast.parse(changed))
    assert FORMS[name][1] in made


KEPT = {"b.py": "c = 1\n"}
LOST = {
    "a line of prose": ("a.txt", "one\ntwo\nthree\n", "one\nthree\n"),
    "words of code": ("a.py", "f(a, b)\ng()\n", "f(a)\n"),
    "the form of code": ("a.py", "f(a, b)\ng()\n", "f(\n    a, b\n)\ng()\n"),
}


@pytest.mark.parametrize("name", LOST)
def test_a_file_that_one_side_deletes_and_the_other_takes_something_from(name: str) -> None:
    path, before, after = LOST[name]
    for sides in (({path: after, **KEPT}, KEPT), (KEPT, {path: after, **KEPT})):
        found = merged({path: before, **KEPT}, *sides)
        assert not found.conflicts
        assert texts(found.tree) == KEPT
        assert [(one.path, one.step) for one in found.settled] == [(path.encode(), "contained")]


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("a.txt", "one\ntwo\nthree\n", "one\nthree\nfour\n"),
        ("a.txt", "one two\nthree\n", "one\nthree\n"),
        ("a.py", "f(a, b)\n", "f(a, c)\n"),
        ("a.py", "f(a)  # b\n", "f(a)  # c\n"),
        ("a.py", "if a:\n    b()\nc()\n", "if a:\n    b()\n    c()\n"),
    ],
)
def test_a_file_that_one_side_deletes_and_the_other_changes_stays_a_conflict(
    path: str, before: str, after: str
) -> None:
    for sides in (({path: after, **KEPT}, KEPT), (KEPT, {path: after, **KEPT})):
        found = merged({path: before, **KEPT}, *sides)
        assert [one.path for one in found.conflicts] == [path.encode()]
        assert texts(found.tree) == {path: after, **KEPT}
