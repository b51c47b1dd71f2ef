"""Patches whose base is not here: placed by what their edits show, or refused with the first line that diverges."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.command_line import dagpatch
from tests.repositories import Repo

BEFORE = "import os\n\n\ndef f():\n    return 1\n\n\ndef g():\n    return f()\n"
AFTER = BEFORE.replace("return 1", "return 2")


@pytest.fixture
def patch(tmp_path: Path) -> Path:
    """A patch of a repository of its own."""
    path = tmp_path / "elsewhere"
    other = Repo.init(path)
    other.write("m.py", BEFORE.encode())
    other.commit("Before")
    other.write("m.py", AFTER.encode())
    other.commit("Return two")
    made = tmp_path / "two.dagpatch.json"
    made.write_bytes(dagpatch(path, "export", "-o", "-", "HEAD").out)
    return made


def test_an_edit_finds_its_lines(repo: Repo, patch: Path) -> None:
    repo.write("m.py", b"x = 1\n\n\n" + BEFORE.replace("g()", "h()").encode())
    repo.commit("Here")
    done = dagpatch(repo.path, "apply", str(patch))
    assert done.status == 0
    assert "Warning: the base of 'Return two' is not here; it was placed by its context." in done.err
    assert (repo.path / "m.py").read_text() == "x = 1\n\n\n" + AFTER.replace("g()", "h()")
    assert repo.git("log", "-1", "--format=%s").strip() == b"Return two"
    again = dagpatch(repo.path, "apply", str(patch))
    assert again.status == 0
    assert "There already" in again.err


def test_a_tree_gets_it_as_well(repo: Repo, patch: Path) -> None:
    repo.write("m.py", BEFORE.replace("import os", "import sys").encode())
    repo.commit("Here")
    done = dagpatch(repo.path, "apply-tree", str(patch), "HEAD")
    assert done.status == 0
    tree = done.out.splitlines()[0].decode()
    assert repo.git("show", f"{tree}:m.py").decode() == AFTER.replace("import os", "import sys")


@pytest.mark.parametrize("after", ["one\ntwo\nthree\n", "one\n"], ids=["a line more", "a line less"])
def test_at_the_end_of_a_file_once_is_enough(after: str, repo: Repo, tmp_path: Path) -> None:
    other = Repo.init(tmp_path / "elsewhere")
    for text in ("one\ntwo\n", after):
        other.write("a.txt", text.encode())
        other.commit("Commit")
    made = tmp_path / "a.dagpatch.json"
    made.write_bytes(dagpatch(other.path, "export", "-o", "-", "HEAD").out)
    repo.write("a.txt", b"zero\none\ntwo\n")
    repo.commit("Here")
    for _ in range(2):
        assert dagpatch(repo.path, "apply", str(made)).status == 0
        assert repo.read("a.txt") == b"zero\n" + after.encode()


REFUSED = {
    "another line": (
        {"m.py": BEFORE.replace("return 1", "return 7")},
        "It expects '    return 1\\n'; there stands '    return 7\\n'.",
    ),
    "no such symbol": ({"m.py": BEFORE.replace("def f", "def e")}, "m.py has no f."),
    "no such file": ({"n.py": BEFORE}, "There is no file m.py."),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_diverges_is_told(name: str, repo: Repo, patch: Path) -> None:
    files, cause = REFUSED[name]
    for path, text in files.items():
        repo.write(path, text.encode())
    repo.commit("Here")
    before = repo.git("rev-parse", "HEAD")
    done = dagpatch(repo.path, "apply", str(patch))
    assert done.status == 3
    assert cause in done.err
    assert repo.git("rev-parse", "HEAD") == before
    assert repo.git("status", "--porcelain") == b""


def test_two_places_are_told(repo: Repo, tmp_path: Path) -> None:
    path = tmp_path / "elsewhere"
    other = Repo.init(path)
    for text in ("one\ntwo\nthree\n", "one\n2\nthree\n"):
        other.write("a.txt", text.encode())
        other.commit(text)
    made = tmp_path / "a.dagpatch.json"
    made.write_bytes(dagpatch(path, "export", "-o", "-", "HEAD").out)
    repo.write("a.txt", b"one\ntwo\nthree\nfour\none\ntwo\nthree\n")
    repo.commit("Here")
    done = dagpatch(repo.path, "apply", str(made))
    assert done.status == 3
    assert "fits in 2 places, at the lines 1 and 5 of a.txt" in done.err


def test_what_is_more_than_edits_needs_its_base(repo: Repo, tmp_path: Path) -> None:
    other = Repo.init(tmp_path / "elsewhere")
    for name in ("a.txt", "b.txt"):
        other.write(name, b"one\n")
        other.commit(name)
    made = tmp_path / "a.dagpatch.json"
    made.write_bytes(dagpatch(other.path, "export", "-o", "-", "HEAD").out)
    repo.write("c.txt", b"c\n")
    repo.commit("Here")
    done = dagpatch(repo.path, "apply", str(made))
    assert done.status == 3
    assert "is not here" in done.err


def test_whoever_only_reads_is_told_that_the_base_is_missing(repo: Repo, patch: Path) -> None:
    repo.write("m.py", BEFORE.replace("import os", "import sys").encode())
    repo.commit("Here")
    done = dagpatch(repo.path, "review", str(patch))
    assert done.status == 3
    assert "is not here" in done.err
