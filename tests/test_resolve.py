"""Conflicts in the work tree: listed by number, place and symbol, and decided without touching anything else."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from git_dagpatch.merging.marked import pieces
from git_dagpatch.merging.strategies import merge_texts
from git_dagpatch.model.conflict import Marked
from git_dagpatch.model.strategy import ConflictStyle
from tests.command_line import called_by_git, dagpatch
from tests.repositories import Repo
from tests.strategies import contents

_CODE = b"def f():\n    return %d\n\n\nx = 1\ny = 2\nz = 3\n\n\nclass A:\n    def g(self):\n        return %d\n"


@pytest.fixture
def merging(repo: Repo) -> Repo:
    """A repository in the middle of a merge of two branches."""
    repo.write("m.py", _CODE % (1, 1))
    repo.write("d/gone", b"1\n")
    repo.write("kept", b"1\n")
    repo.write("logo", b"\0 1")
    repo.commit("base")
    repo.git("checkout", "-q", "-b", "side")
    repo.write("m.py", _CODE % (3, 3))
    repo.remove("d/gone")
    repo.write("kept", b"3\n")
    repo.write("logo", b"\0 3")
    repo.commit("theirs")
    repo.git("checkout", "-q", "-")
    repo.write("m.py", _CODE % (2, 2))
    repo.write("d/gone", b"2\n")
    repo.remove("kept")
    repo.write("logo", b"\0 2")
    repo.commit("ours")
    assert called_by_git(repo.path, "merge", "--quiet", "side").status == 1
    return repo


def test_what_waits_is_listed(merging: Repo) -> None:
    listed = dagpatch(merging.path, "resolve")
    assert listed.status == 1
    assert listed.lines == [
        "1  d/gone  changed by ours, deleted by theirs",
        "2  kept  deleted by ours, changed by theirs",
        "3  logo  changed by both; it can only be taken whole",
        "4  m.py:2  f  HEAD: 1 line, side: 1 line",
        "5  m.py:16  A.g  HEAD: 1 line, side: 1 line",
    ]
    documents = dagpatch(merging.path, "resolve", "--json", "m.py").documents
    assert [(one["number"], one["symbol"], one["lines"]) for one in documents] == [
        (4, "f", [2, 6]),
        (5, "A.g", [16, 20]),
    ]


def test_one_place_is_decided_and_other_edits_stay(merging: Repo) -> None:
    merging.write("m.py", merging.read("m.py").replace(b"x = 1", b"x = 10"))
    done = dagpatch(merging.path, "resolve", "--theirs", "4")
    assert (done.status, done.lines) == (1, ["m.py: one place decided, 1 left"])
    text = merging.read("m.py")
    assert text.startswith(b"def f():\n    return 3\n")
    assert b"x = 10" in text
    assert b"<<<<<<<" in text
    done = dagpatch(merging.path, "resolve", "--union", "m.py")
    assert done.lines == ["m.py: one place decided, staged"]
    assert merging.git("show", ":m.py") == (_CODE % (3, 2)).replace(b"x = 1\n", b"x = 10\n") + b"        return 3\n"


@pytest.mark.parametrize(
    ("side", "gone", "kept", "logo"), [("--ours", b"2\n", None, b"\0 2"), ("--theirs", None, b"3\n", b"\0 3")]
)
def test_files_are_taken_whole(merging: Repo, side: str, gone: bytes | None, kept: bytes | None, logo: bytes) -> None:
    done = dagpatch(merging.path, "resolve", side, ".")
    assert done.status == 0
    for name, content in (("d/gone", gone), ("kept", kept), ("logo", logo)):
        assert (merging.path / name).exists() == (content is not None)
        if content is not None:
            assert merging.read(name) == content
    assert not merging.git("ls-files", "--unmerged")
    merging.git("commit", "--quiet", "--no-edit")


def test_what_cannot_be_both_is_refused_before_anything_is_written(merging: Repo) -> None:
    before = merging.read("m.py")
    done = dagpatch(merging.path, "resolve", "--union", "m.py", "logo")
    assert done.status == 3
    assert "can only be taken whole" in done.err
    assert merging.read("m.py") == before


@pytest.mark.parametrize("arguments", [("--ours",), ("--ours", "9"), ("--ours", "other.py"), ("--ours", "../x")])
def test_what_names_nothing_is_refused(merging: Repo, arguments: tuple[str, ...]) -> None:
    done = dagpatch(merging.path, "resolve", *arguments)
    assert (done.status, done.out) == (2, b"")


def test_where_nothing_waits_nothing_is_listed(repo: Repo) -> None:
    repo.write("a", b"1\n")
    repo.commit("base")
    assert dagpatch(repo.path, "resolve") == (0, b"", "")


def test_an_apply_goes_on_with_what_was_resolved(repo: Repo) -> None:
    repo.write("a.txt", b"1\n")
    base = repo.commit("base")
    repo.write("a.txt", b"2\n")
    patch = repo.commit("patch")
    repo.git("reset", "--quiet", "--hard", base)
    repo.write("a.txt", b"3\n")
    repo.commit("target")
    assert dagpatch(repo.path, "apply", patch).status == 1
    assert dagpatch(repo.path, "resolve", "--theirs", "1").status == 0
    assert dagpatch(repo.path, "apply", "--continue").status == 0
    assert repo.git("show", "HEAD:a.txt") == b"2\n"


@given(contents(), contents(), contents(), st.sampled_from(list(ConflictStyle)))
def test_pieces_are_the_text_and_its_conflicts(base: bytes, ours: bytes, theirs: bytes, style: ConflictStyle) -> None:
    assume(not any(mark in text for text in (base, ours, theirs) for mark in (b"<<<<<<<", b"=======", b">>>>>>>")))
    merged = merge_texts(base, ours, theirs, style=style)
    found = pieces(merged.text)
    assert b"".join(piece.text if isinstance(piece, Marked) else piece for piece in found) == merged.text
    places = [(piece.first_line, piece.last_line) for piece in found if isinstance(piece, Marked)]
    assert places == [(one.first_line, one.last_line) for one in merged.open]
    for piece in found:
        if isinstance(piece, Marked):
            assert (piece.base is None) == (style is ConflictStyle.MERGE)
            assert piece.labels == ("ours", "theirs")


@pytest.mark.parametrize(
    "text", [b"<<<<<<< a\n", b"<<<<<<< a\n=======\n", b"=======\n>>>>>>> b\n", b"<<<<<<<a\n=======\n>>>>>>> b\n"]
)
def test_markers_that_do_not_belong_together_are_text(text: bytes) -> None:
    assert pieces(text) == [text]
