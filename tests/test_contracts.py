"""The verbs that only read, held to their contracts to the letter: export, show, stats and verify."""

from __future__ import annotations

import io
import itertools
import json
import subprocess
import tarfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import zstandard

from git_dagpatch.model.codec import decode, encode
from git_dagpatch.model.operation import BOOKKEEPING
from tests.command_line import Answer, contents, dagpatch
from tests.repositories import Repo
from tests.samples import history, lines

FILE = "100644"


def names(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir() if path.name != ".git")


def patches(answer: Answer) -> list[str]:
    """The commits of printed documents."""
    return [document["metadata"]["commit"] for document in answer.documents]


# export


def test_export_writes_one_file_a_commit_and_prints_the_names(repo: Repo, tmp_path: Path) -> None:
    commits = history(repo, "First", "Second thing", "Third: the last")
    answer = dagpatch(repo.path, "export", "-o", tmp_path / "out", f"{commits[0]}..HEAD")
    assert answer.status == 0
    assert answer.err == ""
    assert names(tmp_path / "out") == ["0001-Second-thing.dagpatch.json", "0002-Third-the-last.dagpatch.json"]
    assert answer.lines == [str(tmp_path / "out" / name) for name in names(tmp_path / "out")]
    for name, commit in zip(answer.lines, commits[1:], strict=True):
        content = Path(name).read_bytes()
        patch = decode(content)
        assert patch.metadata.commit == commit
        assert content == encode(patch) + b"\n"
        assert (patch.base, patch.result) == (repo.oid(f"{commit}^^{{tree}}"), repo.oid(f"{commit}^{{tree}}"))


SUBJECTS = [
    "Plain",
    "Fix: slashes / stars * and 'quotes'",
    "Ünïcode and emoji 🎉 mixed",
    "dots... and..more.",
    "  spaces  inside  ",
    "a" * 80,
    "word " * 30,
    "(parentheses)",
    "-dash first",
    "under_score.and.dot",
    "trailing punctuation!?",
    "日本語",
]


def test_names_are_those_of_git_format_patch(repo: Repo, tmp_path: Path) -> None:
    history(repo, "Root", *SUBJECTS)
    start = repo.oid("main~12")
    listed = repo.git("format-patch", "-o", tmp_path / "git", f"{start}..main").decode().splitlines()
    answer = dagpatch(repo.path, "export", "-o", tmp_path / "ours", f"{start}..main")
    expected = [Path(name).name.removesuffix(".patch") for name in listed[:-1]]
    assert answer.lines[-1].endswith("/0012-patch.dagpatch.json"), "A subject without any letter of ASCII."
    assert [Path(name).name.removesuffix(".dagpatch.json") for name in answer.lines[:-1]] == [
        # git cuts a long name where it is, which may be after a dash.
        name.rstrip("-.") if len(name) == 57 else name
        for name in expected
    ]


def test_a_commit_without_a_message_has_a_name(repo: Repo) -> None:
    repo.write("a", b"a\n")
    repo.git("add", "a")
    repo.git("commit", "--quiet", "--allow-empty-message", "--message", "")
    answer = dagpatch(repo.path, "export")
    assert answer.status == 0
    (name,) = answer.lines
    assert name.startswith("0001-patch-")
    assert name.endswith(".dagpatch.json")


def test_export_without_argument_is_of_head_into_the_current_directory(repo: Repo) -> None:
    history(repo, "First", "Second")
    answer = dagpatch(repo.path, "export")
    assert answer.lines == ["0001-Second.dagpatch.json"]
    assert dagpatch(repo.path, "export", "HEAD").lines == answer.lines
    (repo.path / "sub").mkdir()
    assert dagpatch(repo.path / "sub", "export").lines == answer.lines
    assert (repo.path / "sub" / answer.lines[0]).read_bytes() == (repo.path / answer.lines[0]).read_bytes()


def test_a_missing_directory_is_made(repo: Repo) -> None:
    history(repo, "First")
    answer = dagpatch(repo.path, "export", "-o", "new/deep")
    assert answer.lines == ["new/deep/0001-First.dagpatch.json"]


@pytest.mark.parametrize("name", ["one.json", "one.dagpatch.json", "deep/one.json"])
def test_a_file_for_one_patch(repo: Repo, name: str) -> None:
    history(repo, "First", "Second")
    answer = dagpatch(repo.path, "export", "-o", name, "HEAD~1")
    assert answer.lines == [name]
    assert decode((repo.path / name).read_bytes()).metadata.commit == repo.oid("HEAD~1")


def test_a_file_for_one_patch_in_tar_form(repo: Repo) -> None:
    history(repo, "First", "Second")
    assert dagpatch(repo.path, "export", "--format", "tar", "-o", "one.tar").lines == ["one.tar"]
    with tarfile.open(repo.path / "one.tar", "r:") as archive:
        assert archive.getnames() == ["dagpatch.json", "base/log.txt"]


def test_a_directory_may_be_called_like_a_file(repo: Repo) -> None:
    history(repo, "First", "Second")
    (repo.path / "all.json").mkdir()
    answer = dagpatch(repo.path, "export", "-o", "all.json", "HEAD~1", "HEAD")
    assert answer.lines == ["all.json/0001-First.dagpatch.json", "all.json/0002-Second.dagpatch.json"]


def test_a_file_is_not_for_two_patches(repo: Repo) -> None:
    history(repo, "First", "Second", "Third")
    before = contents(repo.path)
    answer = dagpatch(repo.path, "export", "-o", "one.json", "HEAD~2..HEAD")
    assert answer.status == 2
    assert answer.out == b""
    assert "2 patches" in answer.err
    assert contents(repo.path) == before


def test_a_dash_prints_one_document_a_line(repo: Repo) -> None:
    commits = history(repo, "First", "Second", "Third")
    before = contents(repo.path)
    answer = dagpatch(repo.path, "export", "-o", "-", *commits)
    assert answer.status == 0
    assert patches(answer) == commits
    assert all(encode(decode(line)) == line for line in answer.out.splitlines())
    assert answer.out.endswith(b"}\n")
    assert contents(repo.path) == before


def test_the_tar_form_brings_the_files_of_base(repo: Repo) -> None:
    repo.write("changed.txt", b"one\n")
    repo.write("kept.txt", b"kept\n")
    repo.write("run.sh", b"run\n", executable=True)
    repo.commit("First")
    repo.write("changed.txt", b"two\n")
    repo.remove("run.sh")
    repo.commit("Second")
    (name,) = dagpatch(repo.path, "export", "--format", "tar").lines
    assert name == "0001-Second.dagpatch.tar"
    with tarfile.open(repo.path / name, "r:") as archive:
        members = {info.name: info for info in archive}
        assert list(members) == ["dagpatch.json", "base/changed.txt", "base/run.sh"]
        assert (members["base/run.sh"].mode, members["base/changed.txt"].mode) == (0o755, 0o644)
        document = archive.extractfile("dagpatch.json")
        assert document is not None
        assert document.read() + b"\n" == dagpatch(repo.path, "export", "-o", "-").out


def test_several_archives_are_not_printed_as_one(repo: Repo) -> None:
    history(repo, "First", "Second", "Third")
    one = dagpatch(repo.path, "export", "--format", "tar", "-o", "-")
    with tarfile.open(fileobj=io.BytesIO(one.out), mode="r:") as archive:
        assert archive.getnames()[0] == "dagpatch.json"
    answer = dagpatch(repo.path, "export", "--format", "tar", "-o", "-", "HEAD~2..HEAD")
    assert answer.status == 2
    assert answer.out == b""


def test_squash_makes_one_patch_of_a_range(repo: Repo) -> None:
    commits = history(repo, "First", "Second", "Third", "Fourth")
    answer = dagpatch(repo.path, "export", "--squash", "-o", "-", f"{commits[0]}..{commits[2]}", commits[3])
    squashed, single = answer.documents
    assert squashed["base"] == repo.oid(f"{commits[0]}^{{tree}}")
    assert squashed["result"] == repo.oid(f"{commits[2]}^{{tree}}")
    assert squashed["metadata"]["message"] == "* Second\n* Third\n"
    assert single["metadata"]["commit"] == commits[3]
    assert single["metadata"]["message"] == "Fourth\n"
    verified = dagpatch(repo.path, "verify", "-", stdin=answer.out)
    assert verified.status == 0


def test_several_arguments_are_numbered_on(repo: Repo) -> None:
    commits = history(repo, "A", "B", "C", "D", "E")
    answer = dagpatch(repo.path, "export", commits[4], f"{commits[0]}..{commits[2]}", "HEAD~1")
    assert answer.lines == [f"000{at}-{name}.dagpatch.json" for at, name in enumerate("EBCD", 1)]


@pytest.fixture(params=["in order", "in disorder"])
def merges(repo: Repo, request: pytest.FixtureRequest) -> Repo:
    """main and side, each with a few commits, merged twice; dates that rise, or do not tell the order."""
    days = iter(range(1, 10)) if request.param == "in order" else itertools.cycle([5, 1, 3])

    def commit(name: str, *parents: str) -> str:
        repo.write(name, name.encode() + b"\n")
        repo.git("add", "--all")
        tree = repo.git("write-tree").decode().strip()
        given = [word for parent in parents for word in ("-p", parent)]
        command = ["env", f"GIT_COMMITTER_DATE=2026-01-0{next(days)}T00:00:00Z"]
        command += ["git", "commit-tree", *given, "-m", name, tree]
        return subprocess.run(command, cwd=repo.path, capture_output=True, check=True).stdout.decode().strip()

    root = commit("root")
    one = commit("one", root)
    two = commit("two", root)
    three = commit("three", one)
    first = commit("merge-one", three, two)
    four = commit("four", first)
    five = commit("five", two)
    second = commit("merge-two", four, five)
    repo.git("update-ref", "refs/heads/main", commit("last", second))
    repo.git("tag", "start", root)
    return repo


def listed(repo: Repo, *options: str) -> list[str]:
    """The commits that git lists."""
    return repo.git("rev-list", "--reverse", *options).decode().split()


@pytest.mark.parametrize("found", ["start..main", "start..", "main~2..main", "main^^2..main", "main..main^^2"])
def test_ranges_are_oldest_first_without_merges(merges: Repo, found: str) -> None:
    printed = patches(dagpatch(merges.path, "export", "-o", "-", found))
    expected = listed(merges, "--no-merges", found)
    assert sorted(printed) == sorted(expected)
    for commit in printed:
        above = set(listed(merges, commit)) - {commit}
        assert not above & set(printed[printed.index(commit) :]), "a commit stands before one of its ancestors"


@pytest.mark.parametrize("merges", ["in order"], indirect=True)
def test_the_order_is_that_of_git_format_patch(merges: Repo) -> None:
    text = merges.git("format-patch", "--stdout", "start..main").decode()
    expected = [line.split()[1] for line in text.splitlines() if line.startswith("From ") and "Mon Sep 17" in line]
    assert patches(dagpatch(merges.path, "export", "-o", "-", "start..main")) == expected


def test_first_parent_has_merges_each_against_its_first_parent(merges: Repo) -> None:
    answer = dagpatch(merges.path, "export", "--first-parent", "-o", "-", "start..main")
    commits = listed(merges, "--first-parent", "start..main")
    assert patches(answer) == commits
    for document, commit in zip(answer.documents, commits, strict=True):
        assert document["base"] == merges.oid(f"{commit}^1^{{tree}}")
        assert document["result"] == merges.oid(f"{commit}^{{tree}}")


def test_a_merge_that_is_named_is_against_its_first_parent(merges: Repo) -> None:
    (document,) = dagpatch(merges.path, "export", "-o", "-", "main~1").documents
    assert document["base"] == merges.oid("main~1^1^{tree}")


def test_a_root_commit_is_against_the_empty_tree(repo: Repo) -> None:
    history(repo, "First")
    (document,) = dagpatch(repo.path, "export", "-o", "-").documents
    assert document["base"] == "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
    assert {operation["type"] for operation in document["operations"]} == {"create"}
    assert dagpatch(repo.path, "verify").status == 0


def test_a_commit_that_changes_nothing_is_a_patch_without_operations(repo: Repo) -> None:
    history(repo, "First")
    repo.git("commit", "--quiet", "--allow-empty", "--message", "Nothing")
    (document,) = dagpatch(repo.path, "export", "-o", "-").documents
    assert document["operations"] == []
    assert document["base"] == document["result"]
    assert dagpatch(repo.path, "verify").status == 0
    (row,) = dagpatch(repo.path, "stats", "--json").documents
    assert (row["diff_lines"], row["review_lines"], row["edges"]) == (0, 0, 0)


EMPTY_RANGE = {
    "export": ["export", "HEAD..HEAD"],
    "export to a file": ["export", "-o", "one.json", "HEAD..HEAD"],
    "export of two": ["export", "HEAD..HEAD", "HEAD~1..HEAD~1"],
    "squash": ["export", "--squash", "HEAD..HEAD~1"],
    "stats": ["stats", "HEAD..HEAD"],
    "stats as JSON": ["stats", "--json", "HEAD..HEAD"],
    "verify": ["verify", "HEAD..HEAD"],
    "verify as JSON": ["verify", "--json", "HEAD..HEAD~1"],
    "show": ["show", "HEAD..HEAD"],
    "show as JSON": ["show", "--json", "HEAD..HEAD"],
}


@pytest.mark.parametrize("arguments", EMPTY_RANGE.values(), ids=EMPTY_RANGE)
def test_an_empty_range_is_done_with_a_message(repo: Repo, arguments: list[str]) -> None:
    history(repo, "First", "Second")
    before = contents(repo.path)
    answer = dagpatch(repo.path, *arguments)
    assert answer.status == 0
    assert answer.out == b""
    assert "range holds no commits" in answer.err
    assert contents(repo.path) == before


def test_a_file_that_holds_something_else_is_kept(repo: Repo) -> None:
    history(repo, "First", "Second", "Third")
    repo.write("0002-Third.dagpatch.json", b"mine\n")
    before = contents(repo.path)
    answer = dagpatch(repo.path, "export", "HEAD~2..HEAD")
    assert answer.status == 3
    assert answer.out == b""
    assert "0002-Third.dagpatch.json" in answer.err
    assert "--force" in answer.err
    assert contents(repo.path) == before, "Refused is refused: no file of the series is written."
    forced = dagpatch(repo.path, "export", "--force", "HEAD~2..HEAD")
    assert forced.status == 0
    assert len(forced.lines) == 2
    assert repo.read("0002-Third.dagpatch.json").startswith(b"{")
    again = dagpatch(repo.path, "export", "HEAD~2..HEAD")
    assert again.status == 0, "A file that holds the same is no obstacle."
    assert again.lines == forced.lines


def test_a_single_file_that_holds_something_else_is_kept(repo: Repo) -> None:
    history(repo, "First")
    repo.write("one.json", b"mine\n")
    assert dagpatch(repo.path, "export", "-o", "one.json").status == 3
    assert repo.read("one.json") == b"mine\n"
    assert dagpatch(repo.path, "export", "-f", "-o", "one.json").status == 0
    assert repo.read("one.json").startswith(b"{")


@pytest.mark.parametrize("output", ["file/below", "file/one.json"])
def test_a_place_that_cannot_be_written_is_refused(repo: Repo, output: str) -> None:
    history(repo, "First")
    repo.write("file", b"")
    before = contents(repo.path)
    answer = dagpatch(repo.path, "export", "-o", output)
    assert answer.status == 3
    assert "could not be written" in answer.err
    assert contents(repo.path) == before


@pytest.mark.parametrize("output", ["out", "one.json"])
def test_nothing_is_half_written(repo: Repo, output: str, monkeypatch: pytest.MonkeyPatch) -> None:
    history(repo, "First")
    before = contents(repo.path)

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", fail)
    answer = dagpatch(repo.path, "export", "-o", output)
    assert answer.status == 3
    assert "No space left on device" in answer.err
    assert contents(repo.path) == before


def test_files_have_the_mode_that_the_umask_gives(repo: Repo) -> None:
    history(repo, "First")
    dagpatch(repo.path, "export")
    repo.write("plain", b"")
    (name,) = [name for name in names(repo.path) if name.startswith("0001")]
    (repo.path / "other").touch()
    assert (repo.path / name).stat().st_mode == (repo.path / "other").stat().st_mode


# show


def test_show_tells_where_a_patch_comes_from_and_each_operation(repo: Repo) -> None:
    repo.write("a.txt", lines().encode())
    repo.write("gone.txt", b"gone\n")
    repo.commit("First")
    repo.write("a.txt", lines((3, "third")).encode())
    repo.remove("gone.txt")
    repo.write("new.txt", b"new\n")
    commit = repo.commit("Second\n\nWith a body.")
    answer = dagpatch(repo.path, "show")
    assert answer.status == 0
    shown = answer.out.decode()
    for part in (
        *(f"commit  {commit}", "author  The Tests <tests@example.com>", "date    2026-01-02T03:04:05+01:00"),
        *("    Second\n", "    With a body.\n", "3 operations\n", "Edit a.txt", "Delete gone.txt", "Add new.txt"),
        *("  -line 3\n", "  +third\n", "  +new\n"),
    ):
        assert part in shown
    assert "\x1b" not in shown, "Colour is for terminals."


def test_show_json_is_what_export_writes(repo: Repo) -> None:
    history(repo, "First", "Second", "Third")
    assert dagpatch(repo.path, "show", "--json").out == dagpatch(repo.path, "export", "-o", "-").out
    every = dagpatch(repo.path, "show", "--json", "HEAD~2", "HEAD~2..HEAD")
    assert every.out == dagpatch(repo.path, "export", "-o", "-", "HEAD~2", "HEAD~2..HEAD").out


def test_show_reads_files_and_standard_input_in_both_forms(repo: Repo, tmp_path: Path) -> None:
    history(repo, "First", "Second")
    expected = dagpatch(repo.path, "show", "HEAD").out
    (name,) = dagpatch(repo.path, "export", "-o", tmp_path).lines
    (archive,) = dagpatch(repo.path, "export", "--format", "tar", "-o", tmp_path).lines
    outside = tmp_path / "outside"
    outside.mkdir()
    for directory in (repo.path, outside):
        assert dagpatch(directory, "show", name).out == expected
        assert dagpatch(directory, "show", archive).out == expected
        assert dagpatch(directory, "show", "-", stdin=Path(name).read_bytes()).out == expected
        assert dagpatch(directory, "show", "-", stdin=Path(archive).read_bytes()).out == expected
        twice = dagpatch(directory, "show", "-", stdin=Path(name).read_bytes() * 2)
        assert twice.out == expected + b"\n" + expected


def test_show_reads_a_document_that_was_laid_out(repo: Repo) -> None:
    history(repo, "First", "Second")
    (document,) = dagpatch(repo.path, "export", "-o", "-").documents
    repo.write("pretty.json", json.dumps(document, indent=2).encode())
    assert dagpatch(repo.path, "show", "pretty.json").out == dagpatch(repo.path, "show").out


def test_show_lets_no_patch_drive_the_terminal(repo: Repo) -> None:
    repo.commit_tree({b"\x1b[31mred": (FILE, "\x1b]0;title\x07\n\u202e\n".encode())}, "\x1b[2Jclear\r\n")
    repo.git("-c", "user.name=\x1b[5mblink", "commit", "--quiet", "--allow-empty", "-m", "x")
    shown = dagpatch(repo.path, "show", "HEAD~1", "HEAD").out.decode()
    assert not {"\x1b", "\x07", "\r", "\u202e"} & set(shown)
    assert "\\x1b" in shown


def test_show_cuts_a_long_file_unless_asked_for_all(repo: Repo) -> None:
    repo.write("long.txt", lines(count=100).encode())
    repo.commit("First")
    short = dagpatch(repo.path, "show").out.decode()
    assert "  +line 20\n" in short
    assert "line 21\n" not in short
    assert "80 more lines" in short
    assert "  +line 100\n" in dagpatch(repo.path, "show", "--full").out.decode()


# stats


_DIFF = ("--binary", "--no-ext-diff", "--no-textconv", "--diff-algorithm=myers", "-M50%", "-l0")


@pytest.fixture
def varied(repo: Repo) -> Repo:
    """A commit with every kind of operation, on a root commit."""
    body = lines(count=40)
    repo.write("edit.txt", body.encode())
    repo.write("app.py", b"def f():  \n    return 1\t\n\n\ndef g():\n    return 2  \n")
    repo.write("windows.txt", b"one\r\ntwo\r\n")
    repo.write("move.txt", body.replace("line", "moved").encode())
    repo.write("copy.txt", body.replace("line", "copied").encode())
    repo.write("gone.txt", b"one\ntwo\nthree\n")
    repo.write("run.sh", b"#!/bin/sh\n")
    repo.write("logo.png", bytes(range(256)) * 8)
    repo.write("odd\nname \xc3\xa9.txt".encode(), b"odd\n")
    repo.commit("Start")
    repo.write("edit.txt", lines((3, "third"), (20, "twentieth"), (21, "next"), count=40).encode())
    repo.write("app.py", b"def f():\n    return 1\n\n\ndef g():\n    return 2\n")
    repo.write("windows.txt", b"one\ntwo\n")
    repo.remove("move.txt")
    repo.write("moved/there.txt", body.replace("line", "moved").replace("moved 7\n", "seven\n").encode())
    repo.write("copy2.txt", body.replace("line", "copied").encode())
    repo.write("copy.txt", (body.replace("line", "copied") + "more\n").encode())
    repo.remove("gone.txt")
    repo.write("run.sh", b"#!/bin/sh\n", executable=True)
    repo.write("logo.png", bytes(range(256)) * 8 + b"\0more")
    repo.write("odd\nname \xc3\xa9.txt".encode(), b"odder\n")
    repo.write("new.txt", b"one\ntwo")
    repo.commit("Change everything")
    return repo


def compressed(data: bytes) -> int:
    return len(zstandard.ZstdCompressor(level=19).compress(data))


def canonical(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def reviewed(operations: Sequence[dict[str, Any]], repo: Repo) -> int:
    """The lines to review, by the rule of the contract."""
    total = 0
    for operation in operations:
        match operation["type"]:
            case "create":
                total += len(operation["content"].splitlines())
            case "delete":
                total += len(repo.git("show", f"HEAD~1:{operation['target']}").splitlines())
            case "edit":
                total += sum(line[0] in "+-" for hunk in operation["hunks"] for line in hunk["lines"])
            case "whitespace" if operation["confidence"] < 1:
                total += sum(2 * len(spans) for spans in operation["footprint"].values())
            case _:
                total += 1
    return total


def test_stats_has_all_fields_and_they_are_right(varied: Repo) -> None:
    answer = dagpatch(varied.path, "stats", "--json", "HEAD~1..HEAD")
    (row,) = answer.documents
    (document,) = dagpatch(varied.path, "show", "--json").documents
    operations = document["operations"]
    diff = varied.git("diff", *_DIFF, "HEAD~1", "HEAD")
    counts = [
        line.split("\t")[:2]
        for line in varied.git("diff", "--numstat", *_DIFF[1:], "HEAD~1", "HEAD").decode().splitlines()
    ]
    kinds = [operation["type"] for operation in operations]
    assert set(kinds) == {"create", "delete", "move", "copy", "mode", "edit", "whitespace", "binary_delta"}
    assert 0 < row.pop("milliseconds") < 60_000
    assert row == {
        "commit": varied.oid("HEAD"),
        "exact": True,
        "operations": {kind: kinds.count(kind) for kind in kinds},
        "edges": sum(len(operation["depends_on"]) for operation in operations),
        "patch_bytes": compressed(canonical(document)),
        "description_bytes": compressed(
            canonical([{key: value for key, value in op.items() if key not in BOOKKEEPING} for op in operations])
        ),
        "diff_bytes": compressed(diff),
        "review_lines": reviewed(operations, varied),
        "diff_lines": sum(int(number) for pair in counts for number in pair if number != "-"),
        "compression": round(row["description_bytes"] / row["diff_bytes"], 4),
        "consistent": len(operations),
        "reused": 0,
    }
    assert row["edges"] > 0
    assert answer.err == ""


def test_a_binary_file_has_no_lines_to_read(repo: Repo) -> None:
    repo.write("a.txt", b"text\n")
    repo.commit("First")
    repo.write("picture", b"\0\n" * 100)
    repo.commit("Second")
    repo.remove("picture")
    repo.commit("Third")
    rows = dagpatch(repo.path, "stats", "--json", "HEAD~2..HEAD").documents
    assert [(row["operations"], row["diff_lines"], row["review_lines"]) for row in rows] == [
        ({"create": 1}, 0, 1),
        ({"delete": 1}, 0, 1),
    ]


def test_diff_lines_are_the_lines_that_the_diff_adds_and_removes(repo: Repo) -> None:
    repo.write("a.txt", lines().encode())
    repo.commit("First")
    repo.write("a.txt", (lines((2, "--- a"), (5, "+++ b")) + "last without end").encode())
    repo.commit("Second")
    (row,) = dagpatch(repo.path, "stats", "--json").documents
    assert (row["diff_lines"], row["review_lines"]) == (5, 5)


def test_stats_count_what_an_earlier_commit_did_too(repo: Repo) -> None:
    for text in (b"one \n", b"one\n", b"two \n", b"two\n"):
        repo.write("a.txt", text)
        repo.commit("Next")
    rows = dagpatch(repo.path, "stats", "--json", "HEAD~3..HEAD").documents
    assert [row["reused"] for row in rows] == [0, 0, 1]
    assert dagpatch(repo.path, "stats", "HEAD~3..HEAD").lines[-2].endswith("with a transform seen before 33.3%")


def test_stats_count_operations_that_keep_to_one_symbol(repo: Repo) -> None:
    text = b"def f():\n    return 1\n\n\ndef g():\n    return 2\n"
    repo.write("m.py", text)
    repo.commit("First")
    repo.write("m.py", text.replace(b"return", b"return 1 +"))
    repo.commit("Second")
    repo.write("m.py", text.replace(b"return 1", b'return """').replace(b"return 2", b'return """'))
    repo.commit("Third: what was two functions is a string in one")
    rows = dagpatch(repo.path, "stats", "--json", "HEAD~2..HEAD").documents
    assert [(sum(row["operations"].values()), row["consistent"]) for row in rows] == [(2, 2), (1, 0)]


def test_stats_of_a_range_is_one_object_a_line(repo: Repo) -> None:
    commits = history(repo, "A", "B", "C")
    rows = dagpatch(repo.path, "stats", "--json", f"{commits[0]}..{commits[2]}", commits[0]).documents
    assert [row["commit"] for row in rows] == [commits[1], commits[2], commits[0]]
    root = repo.git("diff", *_DIFF, "4b825dc642cb6eb9a060e54bf8d69288fbee4904", commits[0])
    assert rows[2]["diff_bytes"] == compressed(root)


def test_stats_does_not_look_at_how_the_diff_is_configured(varied: Repo) -> None:
    (before,) = dagpatch(varied.path, "stats", "--json").documents
    (varied.path / ".git/info").mkdir(exist_ok=True)
    (varied.path / ".git/info/attributes").write_text("*.txt diff=shout\n*.py diff=convert\n")
    for name, value in {
        "diff.shout.command": "echo external",
        "diff.convert.textconv": "tr a-z A-Z <",
        "diff.external": "echo external",
        "diff.algorithm": "histogram",
        "diff.renames": "false",
    }.items():
        varied.git("config", name, value)
    (after,) = dagpatch(varied.path, "stats", "--json").documents
    del before["milliseconds"], after["milliseconds"]
    assert before == after


def test_stats_for_people_sums_up(repo: Repo) -> None:
    history(repo, "A", "B", "C")
    answer = dagpatch(repo.path, "stats", "HEAD~2..HEAD")
    assert answer.status == 0
    assert answer.lines[0].split()[:3] == ["commit", "exact", "operations"]
    assert answer.lines[3].split()[:3] == ["2", "commits", "yes"]
    assert "of the diff's bytes" in answer.lines[-1]


# verify


def altered(document: dict[str, Any], **fields: Any) -> bytes:
    """`document` with other fields, its ids left out to be computed anew."""
    changed = json.loads(json.dumps(document)) | fields
    places = {operation["id"]: f"#{at}" for at, operation in enumerate(changed["operations"])}
    for operation in changed["operations"]:
        del operation["id"]
        operation["depends_on"] = [places[need] for need in operation["depends_on"]]
        operation.pop("because", None)
    del changed["id"]
    return canonical(changed)


def test_verify_takes_every_kind_of_argument(repo: Repo, tmp_path: Path) -> None:
    commits = history(repo, "First", "Second", "Third")
    (name,) = dagpatch(repo.path, "export", "-o", tmp_path / "p.json").lines
    (archive,) = dagpatch(repo.path, "export", "--format", "tar", "-o", tmp_path / "p.tar").lines
    both = dagpatch(repo.path, "export", "-o", "-", f"{commits[0]}..").out
    for arguments, stdin, count in (
        ([], b"", 1),
        ([name], b"", 1),
        ([archive], b"", 1),
        (["-"], both, 2),
        (["-"], Path(archive).read_bytes(), 1),
        (["HEAD~1"], b"", 1),
        (["HEAD~2..HEAD"], b"", 2),
        ([name, "HEAD~1", "HEAD~2..HEAD"], b"", 4),
    ):
        answer = dagpatch(repo.path, "verify", *arguments, stdin=stdin)
        assert answer.status == 0
        assert len(answer.lines) == count
        assert all(line.endswith(" exact") for line in answer.lines)


def test_verify_as_json(repo: Repo) -> None:
    history(repo, "First", "Second")
    (verdict,) = dagpatch(repo.path, "verify", "--json").documents
    (document,) = dagpatch(repo.path, "show", "--json").documents
    assert verdict == {"patch": document["id"], "commit": repo.oid("HEAD"), "exact": True, "problem": ""}
    (verdict,) = dagpatch(repo.path, "verify", "--checkpoints", "--json").documents
    assert (verdict["exact"], verdict["checkpoint"]) == (True, None)


ALTERATIONS: dict[str, dict[str, Any]] = {
    "another result": {"result": "4b825dc642cb6eb9a060e54bf8d69288fbee4904"},
    "another archive of base": {"base_tar": "0" * 64},
    "nothing done": {"operations": []},
    "more done": {
        "operations": [{"id": "", "type": "create", "target": "x", "mode": FILE, "content": "x", "depends_on": []}]
    },
    "a file deleted that is not there": {
        "operations": [{"id": "", "type": "delete", "target": "not/here", "depends_on": []}]
    },
    "a hunk that does not fit": {
        "operations": [
            {"id": "", "type": "edit", "target": "log.txt:", "depends_on": [], "hunks": [{"at": 1, "lines": ["-no\n"]}]}
        ]
    },
}


@pytest.mark.parametrize("fields", ALTERATIONS.values(), ids=ALTERATIONS)
def test_a_patch_that_is_not_exact_is_found_out(repo: Repo, fields: dict[str, Any]) -> None:
    history(repo, "First", "Second")
    answer = dagpatch(repo.path, "export", "-o", "-", "HEAD~1", "HEAD")
    before = contents(repo.path)
    good = answer.out.splitlines()[0]
    wrong = altered(answer.documents[1], **fields)
    verified = dagpatch(repo.path, "verify", "-", stdin=good + b"\n" + wrong + b"\n")
    assert verified.status == 1
    assert [line.split()[1:3] for line in verified.lines] == [["exact"], ["not", "exact:"]]
    assert contents(repo.path) == before


def test_an_altered_content_is_found_out(repo: Repo) -> None:
    history(repo, "First", "Second")
    (document,) = dagpatch(repo.path, "export", "-o", "-").documents
    (create,) = [operation for operation in document["operations"] if operation["type"] == "create"]
    create["content"] += "more\n"
    for form in (altered(document), altered(document, base_tar=document["base_tar"])):
        (verdict,) = dagpatch(repo.path, "verify", "--json", "-", stdin=form).documents
        assert verdict["exact"] is False
        assert document["result"] in verdict["problem"]


def test_an_archive_whose_base_is_not_here_cannot_be_compared(repo: Repo, tmp_path: Path) -> None:
    history(repo, "First", "Second")
    (archive,) = dagpatch(repo.path, "export", "--format", "tar", "-o", tmp_path / "p.tar").lines
    other = Repo.init(tmp_path / "other")
    answer = dagpatch(other.path, "verify", archive)
    assert answer.status == 1
    assert "cannot be compared" in answer.lines[0]
