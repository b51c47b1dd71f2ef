"""resolve loses nothing: neither work of hands, nor what merged cleanly, nor what only looks like a conflict."""

from __future__ import annotations

import pytest

from git_dagpatch.merging.dispute import Texts
from git_dagpatch.merging.marked import Unclear, pieces
from git_dagpatch.merging.standing import standing
from git_dagpatch.model.conflict import Marked, State
from tests.command_line import Answer, called_by_git, dagpatch
from tests.repositories import Repo

LINES = "".join(f"line {number}\n" for number in range(30))


def merging(repo: Repo, base: str | None, ours: str, theirs: str, path: str = "a.txt") -> Repo:
    """A repository in the middle of a merge of `side`, with a conflict in the file at `path`."""
    repo.write("kept", b"kept\n")
    if base is not None:
        repo.write(path, base.encode())
    repo.commit("base")
    repo.git("checkout", "-q", "-b", "side")
    repo.write(path, theirs.encode())
    repo.commit("theirs")
    repo.git("checkout", "-q", "-")
    repo.write(path, ours.encode())
    repo.commit("ours")
    assert called_by_git(repo.path, "merge", "--quiet", "side").status == 1
    return repo


def changed(*places: int, to: str) -> str:
    """LINES with something else at some places."""
    found = LINES
    for place in places:
        found = found.replace(f"line {place}\n", f"{to} {place}\n")
    return found


def resolved(repo: Repo, *arguments: str, path: str = "a.txt") -> str:
    """What is staged after everything was decided."""
    done = dagpatch(repo.path, "resolve", *arguments)
    assert done.status == 0, done.err
    assert repo.git("show", f":{path}") == repo.read(path)
    return repo.read(path).decode()


def refused(repo: Repo, *arguments: str) -> Answer:
    """A refusal, which writes nothing."""
    before = repo.git("status", "--porcelain"), repo.git("diff")
    done = dagpatch(repo.path, "resolve", *arguments)
    assert done.status == 3
    assert (repo.git("status", "--porcelain"), repo.git("diff")) == before
    assert "hint: " in done.err
    return done


def test_what_was_decided_by_hand_is_not_decided_again(repo: Repo) -> None:
    merging(repo, "a\n", "ours\n", "theirs\n")
    repo.write("a.txt", b"my own careful work\n")
    assert dagpatch(repo.path, "resolve").lines == ["1  a.txt  decided by hand; `git add` says so"]
    for side in ("--ours", "--theirs", "--union"):
        assert "git add" in refused(repo, side, "a.txt").err
    assert repo.read("a.txt") == b"my own careful work\n"


def test_a_file_that_one_side_deleted_is_not_lost_with_what_was_written_into_it(repo: Repo) -> None:
    repo.write("a.txt", b"a\n")
    repo.write("kept", b"kept\n")
    repo.commit("base")
    repo.git("checkout", "-q", "-b", "side")
    repo.remove("a.txt")
    repo.commit("theirs")
    repo.git("checkout", "-q", "-")
    repo.write("a.txt", b"ours\n")
    repo.commit("ours")
    assert called_by_git(repo.path, "merge", "--quiet", "side").status == 1
    repo.write("a.txt", b"edited\n")
    assert dagpatch(repo.path, "resolve").lines == ["1  a.txt  changed by hand, not decided"]
    for side in ("--ours", "--theirs"):
        assert "changed by hand" in refused(repo, side, "a.txt").err
    repo.write("a.txt", b"ours\n")
    assert dagpatch(repo.path, "resolve", "--theirs", "a.txt").status == 0
    assert not (repo.path / "a.txt").exists()


def test_a_place_that_was_half_done_by_hand_keeps_its_file_from_being_staged(repo: Repo) -> None:
    merging(repo, LINES, changed(2, 20, to="ours"), changed(2, 20, to="theirs"))
    text = repo.read("a.txt")
    repo.write("a.txt", text.replace(b"=======\n", b"", 1))
    listed = dagpatch(repo.path, "resolve").lines
    assert listed == [
        "1  a.txt:3  changed by hand, not decided",
        "2  a.txt:25  HEAD: 1 line, side: 1 line (line 24 now)",
    ]
    assert "a.txt:3" in refused(repo, "--ours", "1").err
    assert "a.txt:3" in refused(repo, "--ours", "a.txt").err
    done = dagpatch(repo.path, "resolve", "--theirs", "2")
    assert (done.status, done.lines) == (1, ["a.txt: one place decided, 1 left"])
    assert repo.git("ls-files", "--unmerged")


def test_a_marker_that_came_by_hand_keeps_its_file_from_being_staged(repo: Repo) -> None:
    merging(repo, LINES, changed(2, to="ours"), changed(2, to="theirs"))
    repo.write("a.txt", repo.read("a.txt").replace(b"line 25\n", b">>>>>>> side\n"))
    done = dagpatch(repo.path, "resolve", "--ours", "1")
    assert (done.status, done.lines) == (
        1,
        ["a.txt: one place decided, not staged: markers are left in line 26"],
    )
    assert repo.git("ls-files", "--unmerged")


EXAMPLE = "An example:\n<<<<<<< HEAD\nred\n=======\nblue\n>>>>>>> x\n"


def test_an_example_of_a_conflict_is_none(repo: Repo) -> None:
    merging(repo, EXAMPLE + LINES, EXAMPLE + changed(20, to="ours"), EXAMPLE + changed(20, to="theirs"))
    assert [line.split()[:2] for line in dagpatch(repo.path, "resolve").lines] == [["1", "a.txt:27"]]
    assert resolved(repo, "--ours", "a.txt") == EXAMPLE + changed(20, to="ours")


@pytest.mark.parametrize("side", ["ours", "theirs"])
def test_an_underlined_heading_is_no_marker(repo: Repo, side: str) -> None:
    ours = changed(1, 28, to="ours").replace("line 0\nours 1\n", "Title\n=======\nx\n")
    theirs = changed(1, 15, to="theirs")
    merging(repo, LINES, ours, theirs)
    merged = {"ours": ours, "theirs": theirs}[side]
    for mine, other in (("ours 28", "line 28"), ("line 15", "theirs 15")):
        merged = merged.replace(f"{mine if side == 'theirs' else other}\n", "")
        merged = merged.replace(f"{other if side == 'theirs' else mine}\n", "")
    done = resolved(repo, f"--{side}", "a.txt")
    assert "ours 28\n" in done
    assert "theirs 15\n" in done
    assert done.startswith("Title\n=======\nx\nline 2\n" if side == "ours" else "line 0\ntheirs 1\nline 2\n")


@pytest.mark.parametrize("size", [5, 12])
def test_markers_have_the_size_that_the_attribute_says(repo: Repo, size: int) -> None:
    repo.write(".gitattributes", f"*.txt conflict-marker-size={size}\n".encode())
    merging(repo, LINES, changed(2, 15, to="ours"), changed(2, 25, to="theirs"))
    assert b"<" * size + b" HEAD\n" in repo.read("a.txt")
    expected = changed(2, 25, to="theirs").replace("line 15", "ours 15")
    assert resolved(repo, "--theirs", "1") == expected


@pytest.mark.parametrize(
    ("side", "expected"), [("--ours", "line\nours"), ("--theirs", "line\ntheirs"), ("--union", "line\nours\ntheirs")]
)
def test_a_last_line_without_end_has_none_afterwards(repo: Repo, side: str, expected: str) -> None:
    merging(repo, "line\nbase", "line\nours", "line\ntheirs")
    assert resolved(repo, side, "1") == expected


def test_only_the_side_that_has_no_last_line_end_loses_it(repo: Repo) -> None:
    merging(repo, "line\nbase\n", "line\nours", "line\ntheirs\n")
    assert resolved(repo, "--theirs", "1") == "line\ntheirs\n"


def test_line_ends_that_git_writes_otherwise_than_it_keeps_them(repo: Repo) -> None:
    repo.write(".gitattributes", b"*.txt text eol=crlf\n")
    merging(repo, LINES, changed(2, to="ours"), changed(2, 25, to="theirs"))
    repo.write("a.txt", repo.read("a.txt").replace(b"line 28\r\n", b"by hand\r\n"))
    assert dagpatch(repo.path, "resolve", "--ours", "1").status == 0
    expected = changed(2, to="ours").replace("line 25", "theirs 25").replace("line 28", "by hand")
    assert repo.read("a.txt").decode() == expected.replace("\n", "\r\n")
    assert repo.git("show", ":a.txt").decode() == expected


def test_a_number_means_one_place_until_the_merge_is_over(repo: Repo) -> None:
    merging(repo, LINES, changed(2, 10, 20, to="ours"), changed(2, 10, 20, to="theirs"))
    assert dagpatch(repo.path, "resolve", "--ours", "1").status == 1
    assert [line.split()[0] for line in dagpatch(repo.path, "resolve").lines] == ["2", "3"]
    assert dagpatch(repo.path, "resolve", "--ours", "1").status == 2
    assert dagpatch(repo.path, "resolve", "--theirs", "2").status == 1
    expected = changed(2, to="ours").replace("line 10", "theirs 10").replace("line 20", "ours 20")
    assert resolved(repo, "--ours", "3") == expected


def test_the_numbers_of_other_files_stay_when_one_is_staged(repo: Repo) -> None:
    for name in ("a.txt", "b.txt"):
        repo.write(name, b"base\n")
    repo.commit("base")
    repo.git("checkout", "-q", "-b", "side")
    for name in ("a.txt", "b.txt"):
        repo.write(name, b"theirs\n")
    repo.commit("theirs")
    repo.git("checkout", "-q", "-")
    for name in ("a.txt", "b.txt"):
        repo.write(name, b"ours\n")
    repo.commit("ours")
    assert called_by_git(repo.path, "merge", "--quiet", "side").status == 1
    assert dagpatch(repo.path, "resolve", "--ours", "1").status == 1
    assert dagpatch(repo.path, "resolve").lines == ["2  b.txt:1  HEAD: 1 line, side: 1 line"]
    assert dagpatch(repo.path, "resolve", "--theirs", "1").status == 2
    repo.git("checkout", "--quiet", "--merge", "--", "a.txt")
    assert [line.split()[:2] for line in dagpatch(repo.path, "resolve").lines] == [["1", "a.txt:1"], ["2", "b.txt:1"]]
    assert dagpatch(repo.path, "resolve", "--theirs", "2").status == 1
    assert repo.read("b.txt") == b"theirs\n"


def test_a_place_is_named_by_path_and_line_as_the_merge_left_it(repo: Repo) -> None:
    merging(repo, LINES, changed(2, 10, 20, to="ours"), changed(2, 10, 20, to="theirs"))
    names = [document["name"] for document in dagpatch(repo.path, "resolve", "--json").documents]
    assert names == ["a.txt:3", "a.txt:15", "a.txt:29"]
    assert dagpatch(repo.path, "resolve", "--ours", "a.txt:3").status == 1
    documents = dagpatch(repo.path, "resolve", "--json").documents
    assert [(document["name"], document["lines"]) for document in documents] == [
        ("a.txt:15", [11, 15]),
        ("a.txt:29", [25, 29]),
    ]
    assert dagpatch(repo.path, "resolve", "--ours", "a.txt:11").status == 2, "Where it stands now may change again."
    done = resolved(repo, "--theirs", "a.txt:15", "a.txt:29")
    assert done == changed(2, to="ours").replace("line 10", "theirs 10").replace("line 20", "theirs 20")


def test_a_file_that_is_called_as_a_number(repo: Repo) -> None:
    merging(repo, "base\n", "ours\n", "theirs\n", path="1")
    done = dagpatch(repo.path, "resolve", "--ours", "1")
    assert done.status == 2
    assert "./1" in done.err
    assert resolved(repo, "--ours", "./1", path="1") == "ours\n"


def test_a_conflict_that_git_was_told_to_mark_again(repo: Repo) -> None:
    merging(repo, LINES, changed(2, 20, to="ours"), changed(2, 20, to="theirs"))
    repo.write("a.txt", b"something else\n")
    repo.git("checkout", "--quiet", "--merge", "--conflict=diff3", "--", "a.txt")
    assert [line.split()[:2] for line in dagpatch(repo.path, "resolve").lines] == [["1", "a.txt:3"], ["2", "a.txt:27"]]
    assert dagpatch(repo.path, "resolve", "--ours", "1").status == 1
    assert resolved(repo, "--theirs", "2") == changed(2, to="ours").replace("line 20", "theirs 20")


def test_of_a_file_that_git_does_not_merge_one_side_is_taken_whole(repo: Repo) -> None:
    repo.write(".gitattributes", b"*.txt -merge\n")
    merging(repo, LINES, changed(2, to="ours"), changed(25, to="theirs"))
    assert resolved(repo, "--theirs", "a.txt") == changed(25, to="theirs")


@pytest.mark.parametrize(("side", "executable"), [("--ours", False), ("--theirs", True)])
def test_where_only_the_mode_is_open_the_merged_text_stays(repo: Repo, side: str, executable: bool) -> None:
    repo.write("kept", b"kept\n")
    repo.commit("base")
    repo.git("checkout", "-q", "-b", "side")
    repo.write("a.txt", LINES.encode(), executable=True)
    repo.commit("theirs")
    repo.git("checkout", "-q", "-")
    repo.write("a.txt", LINES.encode())
    repo.commit("ours")
    assert called_by_git(repo.path, "merge", "--quiet", "side").status == 1
    assert resolved(repo, side, "a.txt") == LINES
    assert repo.git("ls-files", "--stage", "a.txt").startswith(b"100755" if executable else b"100644")


def test_rerere_remembers_what_was_resolved(repo: Repo) -> None:
    repo.git("config", "rerere.enabled", "true")
    merging(repo, "base\n", "ours\n", "theirs\n")
    assert resolved(repo, "--union", "1") == "ours\ntheirs\n"
    repo.git("commit", "--quiet", "--no-edit")
    repo.git("reset", "--quiet", "--hard", "HEAD~1")
    assert called_by_git(repo.path, "merge", "--quiet", "side").status == 1
    assert repo.read("a.txt") == b"ours\ntheirs\n"
    assert dagpatch(repo.path, "resolve").lines == ["1  a.txt  decided by hand; `git add` says so"]
    assert "git add" in refused(repo, "--ours", "a.txt").err


def test_mergetool_and_rerere_after_an_apply(repo: Repo) -> None:
    repo.git("config", "rerere.enabled", "true")
    repo.git("config", "mergetool.taker.cmd", 'cat "$LOCAL" "$REMOTE" >"$MERGED"')
    repo.git("config", "mergetool.taker.trustExitCode", "true")
    repo.write("a.txt", b"base\n")
    repo.commit("base")
    repo.git("checkout", "-q", "-b", "side")
    repo.write("a.txt", b"theirs\n")
    repo.commit("theirs")
    repo.git("checkout", "-q", "-")
    repo.write("a.txt", b"ours\n")
    before = repo.commit("ours")
    assert dagpatch(repo.path, "apply", "side").status == 1
    repo.git("mergetool", "--no-prompt", "--tool=taker")
    assert dagpatch(repo.path, "apply", "--continue").status == 0
    assert repo.git("show", "HEAD:a.txt") == b"ours\ntheirs\n"
    repo.git("reset", "--quiet", "--hard", before)
    assert dagpatch(repo.path, "apply", "side").status == 1
    assert repo.read("a.txt") == b"ours\ntheirs\n", "git remembers what the tool made of it."


def test_markers_in_base_of_a_criss_cross_merge_are_longer_than_the_others(repo: Repo) -> None:
    repo.git("config", "merge.dagpatch.driver", "git dagpatch merge-file --path %P --marker-size %L %O %A %B")
    repo.git("config", "merge.conflictStyle", "diff3")
    repo.write(".gitattributes", b"*.txt merge=dagpatch\n")
    repo.write("a.txt", b"top\nx\nend\n")
    repo.commit("base")
    repo.git("branch", "side")
    tips = {}
    for branch in ("main", "side"):
        repo.git("checkout", "-q", branch)
        repo.write("a.txt", f"top\n{branch}\nend\n".encode())
        tips[branch] = repo.commit(branch)
    for branch, other in (("side", "main"), ("main", "side")):
        repo.git("checkout", "-q", branch)
        assert called_by_git(repo.path, "merge", "--quiet", tips[other]).status == 1
        repo.write("a.txt", f"top\n{branch} 2\nend\n".encode())
        repo.commit(f"{branch} 2")
    assert called_by_git(repo.path, "merge", "--quiet", "side").status == 1
    assert b"\n<<<<<<<<< " in repo.read("a.txt")
    assert [line.split()[1] for line in dagpatch(repo.path, "resolve").lines] == ["a.txt:2"]
    assert resolved(repo, "--theirs", "1") == "top\nside 2\nend\n"


def test_an_apply_keeps_its_numbers_when_a_file_is_staged(repo: Repo) -> None:
    for name in ("a.txt", "b.txt"):
        repo.write(name, LINES.encode())
    repo.commit("base")
    repo.git("checkout", "-q", "-b", "side")
    for name in ("a.txt", "b.txt"):
        repo.write(name, changed(2, 20, to="theirs").encode())
    repo.commit("theirs")
    repo.git("checkout", "-q", "-")
    repo.write(".gitattributes", b"*.txt conflict-marker-size=9\n")
    for name in ("a.txt", "b.txt"):
        repo.write(name, changed(2, 20, to="ours").encode())
    repo.commit("ours")
    assert dagpatch(repo.path, "apply", "side").status == 1
    assert b"\n<<<<<<<<< HEAD\n" in repo.read("a.txt")
    assert dagpatch(repo.path, "resolve", "--theirs", "1", "2").status == 1
    assert [line.split()[:2] for line in dagpatch(repo.path, "resolve").lines] == [["3", "b.txt:3"], ["4", "b.txt:25"]]
    repo.write("b.txt", repo.read("b.txt").replace(b"line 10\n", b"by hand\n"))
    assert dagpatch(repo.path, "resolve", "--ours", "3", "4").status == 0
    assert dagpatch(repo.path, "apply", "--continue").status == 0
    assert repo.git("show", "HEAD:a.txt").decode() == changed(2, 20, to="theirs")
    assert repo.git("show", "HEAD:b.txt").decode() == changed(2, 20, to="ours").replace("line 10", "by hand")


# Below the command line


def marked(ours: str, theirs: str, labels: str = "ab") -> str:
    return f"<<<<<<< {labels[0]}\n{ours}=======\n{theirs}>>>>>>> {labels[1]}\n"


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("Title\n=======\nx\n", "y\n"),
        ("x\n", "Title\n=======\ny\n"),
        (marked("1\n", "2\n", "cd") + "x\n", "y\n"),
        ("x\n", marked("1\n", "2\n", "cd")),
    ],
)
def test_the_versions_tell_markers_from_text(ours: str, theirs: str) -> None:
    text = f"before\n{marked(ours, theirs)}after\n"
    versions = Texts(*(f"before\n{part}after\n".encode() for part in ("b\n", ours, theirs)))
    _, conflict, _ = pieces(text.encode(), 7, versions)
    assert isinstance(conflict, Marked)
    assert (conflict.ours, conflict.theirs) == (ours.encode(), theirs.encode())


def test_what_could_end_in_two_places_is_unclear() -> None:
    version = b"x\n=======\nx\n"
    with pytest.raises(Unclear):
        pieces(marked("x\n=======\nx\n", "x\n").encode(), 7, Texts(b"b\n", version, version))


def test_what_became_of_each_conflict() -> None:
    left = pieces(("0\n" + marked("1\n", "2\n") + "between\n" + marked("3\n", "4\n") + "5\n").encode())
    now = "0\n2\nbetween\nmore\n" + marked("3\n", "four\n") + "5\n"
    found = standing(left, now.encode(), 7)
    assert [(stand.state, stand.start, stand.end) for stand in found.stands] == [
        (State.DECIDED, 1, 2),
        (State.EDITED, 4, 9),
    ]
    assert not found.is_decided
    assert standing(left, b"0\n1\nbetween\n4\n5\n", 7).is_decided
    assert not standing(left, b"0\n1\nbetween\n4\n5\n=======\n", 7).is_decided
