"""What is told of a conflict: what both sides did, and what is likely to be meant; and taking that."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from git_dagpatch.engine.sides import what_was_done
from git_dagpatch.merging.dispute import Texts
from git_dagpatch.merging.marked import pieces
from git_dagpatch.merging.proposals import proposals
from git_dagpatch.merging.strategies import merge_texts
from git_dagpatch.model.conflict import Marked, Proposal
from git_dagpatch.model.strategy import ConflictStyle
from tests.command_line import called_by_git, dagpatch
from tests.repositories import Repo
from tests.strategies import contents

CODE = """\
import os


def load(path):
    return open(path).read()


def save(path, text):
    open(path, "w").write(text)


def main(path):
    print(load(path), 2, 3, 4)
"""
OURS = CODE.replace("import os\n", "import os\nimport re\n").replace("2, 3, 4", "22, 3, 4")
THEIRS = CODE.replace("import os\n", "import os\nimport sys\n").replace("2, 3, 4", "2, 3, 44")
BOTH = CODE.replace("import os\n", "import os\nimport re\nimport sys\n").replace("2, 3, 4", "22, 3, 44")


def proposed(path: str, base: str, ours: str, theirs: str, style: ConflictStyle) -> list[Sequence[Proposal]]:
    """What is proposed for each conflict of a merge by lines; taking the first of each gives a text without markers."""
    versions = Texts(base.encode(), ours.encode(), theirs.encode())
    left = pieces(merge_texts(*versions, style=style, certain=False).text, 7, versions)
    found = proposals(path.encode(), versions, left)
    return [found[part.first_line] for part in left if isinstance(part, Marked)]


def taken(text: str, proposal: Proposal) -> str:
    lines = text.splitlines(keepends=True)
    lines[proposal.first_line - 1 : proposal.last_line] = [proposal.text.decode()]
    return "".join(lines)


@pytest.mark.parametrize("style", list(ConflictStyle))
@pytest.mark.parametrize(
    ("path", "base", "ours", "theirs", "label", "expected"),
    [
        ("m.py", "import os\n", "import os\nimport re\n", "import os\nimport sys\n", "imports", None),
        ("m.py", "f(1, 2, 3, 4)\n", "f(11, 2, 3, 4)\n", "f(1, 2, 3, 44)\n", "tokens", "f(11, 2, 3, 44)\n"),
        ("m.py", "def f():\n    pass\n", "", "def f():\n    return 1\n", "change", "def f():\n    return 1\n"),
        ("m.py", "def f():\n    pass\n", "def f():\n    return 1\n", "", "change", "def f():\n    return 1\n"),
        ("setup.py", 'version = "1.0"\n', 'version = "1.1"\n', 'version = "2.0"\n', "version", 'version = "2.0"\n'),
        ("AUTHORS", "A\nB\n", "A\nB\nC\n", "A\nB\nD\n", "list", "A\nB\nC\nD\n"),
        ("poetry.lock", "x\n", "y\n", "z\n", "lockfile", "y\n"),
        ("a.c", "a();\nb();\nc();\n", "a();\nc();\n", "a();\nnew();\nb();\nc();\n", "lines", "a();\nnew();\nc();\n"),
        ("a.txt", "a\nb\nc\n", "a\nB\nc\n", "a\nb\nC\n", "lines", "a\nB\nC\n"),
    ],
)
def test_the_first_proposal(
    path: str, base: str, ours: str, theirs: str, label: str, expected: str | None, style: ConflictStyle
) -> None:
    (found,) = proposed(path, base, ours, theirs, style)
    assert found[0].label == label
    left = merge_texts(base.encode(), ours.encode(), theirs.encode(), style=style, certain=False).text
    assert taken(left.decode(), found[0]) == (expected or "import os\nimport re\nimport sys\n")


def test_both_sides_of_a_deletion_are_proposed() -> None:
    (found,) = proposed("a.txt", "a\nb\nc\n", "a\nc\n", "a\nB\nc\n", ConflictStyle.MERGE)
    assert [(one.label, one.text, one.instead) for one in found] == [("change", b"B\n", b""), ("deletion", b"", b"")]


def test_lines_that_both_add_in_one_place_have_no_order() -> None:
    (found,) = proposed("a.c", "a();\n", "a();\nb();\n", "a();\nc();\n", ConflictStyle.MERGE)
    assert found == []


def test_what_would_break_the_file_is_not_proposed() -> None:
    base = "def f():\n    return 1\n"
    doubled = base + "\n\ndef g(%s):\n    return 2\n"
    (found,) = proposed("m.py", base, doubled % "a", doubled % "b", ConflictStyle.MERGE)
    assert "members" not in [one.label for one in found]


@given(contents(), contents(), contents(), st.sampled_from(list(ConflictStyle)))
def test_a_proposal_stands_in_the_place_of_whole_conflicts(
    base: bytes, ours: bytes, theirs: bytes, style: ConflictStyle
) -> None:
    versions = Texts(base, ours, theirs)
    merged = merge_texts(*versions, style=style, certain=False)
    left = pieces(merged.text, 7, versions)
    for line, found in proposals(b"m.py", versions, left).items():
        for one in found:
            assert one.first_line <= line <= one.last_line
            inside = [part for part in left if isinstance(part, Marked) and part.first_line <= one.last_line]
            assert all(part.last_line <= one.last_line or part.last_line < one.first_line for part in inside)


@pytest.mark.parametrize(
    ("before", "after", "line", "expected"),
    [
        (CODE, CODE.replace("load", "read"), "def read", ["Rename function load to read, 3 places in m.py"]),
        (
            CODE,
            CODE.replace("def load(path)", "def load(path, mode)"),
            "def load",
            ["Add parameter mode to load in m.py"],
        ),
        (CODE, CODE.replace("load", "read"), "def save", []),
        (None, CODE, "def load", ["Add the file"]),
        (CODE, None, "", ["Delete the file"]),
    ],
)
def test_what_a_side_did_is_told_in_words(
    before: str | None, after: str | None, line: str, expected: list[str]
) -> None:
    text = after or ""
    start = text.index(line)
    end = text.find("\n", start) + 1
    versions = [None if version is None else version.encode() for version in (before, after)]
    (said,) = what_was_done(b"m.py", versions[0], versions[1], [(start, end)])
    assert [one.partition(", ")[0] for one in said] == [one.partition(", ")[0] for one in expected]


@pytest.fixture
def merging(repo: Repo) -> Repo:
    """A merge of `side` with two conflicts in m.py, and with gone.txt, which ours deleted and theirs changed."""
    repo.write("m.py", CODE.encode())
    repo.write("gone.txt", b"1\n")
    repo.commit("base")
    repo.git("checkout", "-q", "-b", "side")
    repo.write("m.py", THEIRS.encode())
    repo.write("gone.txt", b"2\n")
    repo.commit("theirs")
    repo.git("checkout", "-q", "-")
    repo.write("m.py", OURS.encode())
    repo.remove("gone.txt")
    repo.commit("ours")
    assert called_by_git(repo.path, "merge", "--quiet", "side").status == 1
    return repo


def test_the_list_shows_what_both_did_and_proposals_as_diffs(merging: Repo) -> None:
    listed = dagpatch(merging.path, "resolve", "--list", "m.py")
    assert listed.status == 1
    assert listed.lines == [
        "2  m.py:2  HEAD: 1 line, side: 1 line",
        "    ours: Import re in m.py",
        "    theirs: Import sys in m.py",
        "    proposal 1: imports",
        "      @@ -1 +1,2 @@",
        "       import re",
        "      +import sys",
        "3  m.py:18  main  HEAD: 1 line, side: 1 line",
        "    ours: Change the body of main in m.py",
        "    theirs: Change the body of main in m.py",
        "    proposal 1: tokens",
        "      @@ -1 +1 @@",
        "      -    print(load(path), 22, 3, 4)",
        "      +    print(load(path), 22, 3, 44)",
    ]
    one, *_ = dagpatch(merging.path, "resolve", "--list", "--json", "2").documents
    assert one["intents"] == {"ours": ["Import re in m.py"], "theirs": ["Import sys in m.py"]}
    (proposal,) = one["proposals"]
    assert (proposal["number"], proposal["label"], proposal["text"]) == (1, "imports", "import re\nimport sys\n")


def test_a_proposal_is_taken_only_where_it_is_named(merging: Repo) -> None:
    assert dagpatch(merging.path, "resolve", "--proposal", "1").status == 2, "Three conflicts wait."
    assert dagpatch(merging.path, "resolve", "--proposal", "2", "3").status == 2
    done = dagpatch(merging.path, "resolve", "--proposal", "1", "m.py:18")
    assert (done.status, done.lines) == (1, ["m.py: one place decided, 1 left"])
    assert dagpatch(merging.path, "resolve", "--proposal", "1", "m.py").lines == ["m.py: one place decided, staged"]
    assert merging.git("show", ":m.py").decode() == BOTH
    assert dagpatch(merging.path, "resolve", "--proposal", "1").status == 0, "One conflict waits."
    assert not (merging.path / "gone.txt").exists()


def test_a_proposal_is_not_taken_over_work_of_hands(merging: Repo) -> None:
    merging.write("m.py", merging.read("m.py").replace(b"import re\n", b"import re  # by hand\n"))
    before = merging.read("m.py")
    assert dagpatch(merging.path, "resolve", "--proposal", "1", "2").status == 3
    assert merging.read("m.py") == before


def test_conflicts_are_decided_one_by_one(merging: Repo) -> None:
    done = dagpatch(merging.path, "resolve", "--interactive", stdin=b"1\ny\n?\nt\n")
    assert (done.status, done.lines) == (
        0,
        ["gone.txt: one place decided, staged", "m.py: 2 places decided, staged"],
    )
    assert "(2/3) Decide this conflict [y,n,1,o,t,u,e,q,?]? " in done.err
    assert "u - take both: ours, then theirs" in done.err
    expected = BOTH.replace("22, 3, 44", "2, 3, 44")
    assert merging.read("m.py").decode() == expected


def test_what_was_answered_before_quitting_is_decided(merging: Repo) -> None:
    done = dagpatch(merging.path, "resolve", "-i", "m.py", stdin=b"n\no\n")
    assert (done.status, done.lines) == (1, ["m.py: one place decided, 1 left"])
    assert dagpatch(merging.path, "resolve", "-i", "m.py", stdin=b"q\n").lines == []
    assert [line.split()[0] for line in dagpatch(merging.path, "resolve").lines] == ["1", "2"]


def test_a_conflict_is_edited_by_hand(merging: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_EDITOR", "sed -i -e '/^<<<</d' -e '/^====/,$d'")
    done = dagpatch(merging.path, "resolve", "-i", "3", stdin=b"e\n")
    assert done.lines == ["m.py: one place decided, 1 left"]
    assert b"22, 3, 4)" in merging.read("m.py")
    monkeypatch.setenv("GIT_EDITOR", "true")
    done = dagpatch(merging.path, "resolve", "-i", "2", stdin=b"e\nn\n")
    assert (done.status, done.lines) == (1, [])
    assert "Markers are left" in done.err


def test_ways_to_decide_exclude_each_other(merging: Repo) -> None:
    for way in (("--ours", "--proposal", "1"), ("--list", "--theirs"), ("-i", "--union")):
        assert dagpatch(merging.path, "resolve", *way, "m.py").status == 2


def test_apply_tells_what_both_sides_did(merging: Repo) -> None:
    merging.git("merge", "--abort")
    answer = dagpatch(merging.path, "apply-tree", "side", "HEAD")
    told = "m.py:2: the target: Import re in m.py; the patch: Import sys in m.py"
    assert told in answer.err.splitlines()
    assert all(line.count("\t") == 2 for line in answer.lines[1:])
    (document,) = dagpatch(merging.path, "apply-tree", "--json", "side", "HEAD").documents
    labels = {
        (one["path"], one["symbol"]): [found["label"] for found in one["proposals"]] for one in document["conflicts"]
    }
    assert labels == {("gone.txt", ""): ["deletion", "change"], ("m.py", ""): ["imports"], ("m.py", "main"): ["tokens"]}
    answer = dagpatch(merging.path, "apply", "side")
    assert answer.status == 1
    assert told in answer.err.splitlines()
    assert dagpatch(merging.path, "resolve", "--proposal", "1", ".").status == 0
    assert dagpatch(merging.path, "apply", "--continue").status == 0
    assert merging.read("m.py").decode() == BOTH
