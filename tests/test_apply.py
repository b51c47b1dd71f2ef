"""apply: what lands, what waits, what is refused, and that a refusal changes nothing."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.applying import LINES, Offer, backups, changed, journal, look, offer, stopped
from tests.command_line import called_by_git, contents, dagpatch
from tests.repositories import Repo

NOBODY = b"Nobody <nobody@example.com> 1700000000 +0000"


def raw_commit(repo: Repo, author: bytes, message: bytes, more: bytes = b"", parent: str = "HEAD") -> str:
    """A commit object just as it is given, of the staged tree; no branch leads to it."""
    tree, above = repo.git("write-tree"), repo.oid(parent).encode()
    header = b"tree %bparent %b\nauthor %b\ncommitter %b\n%b" % (tree, above, author, NOBODY, more)
    made = repo.git("hash-object", "-t", "commit", "-w", "--stdin", "--literally", input=header + b"\n" + message)
    return made.decode().strip()


def stage_change(repo: Repo) -> None:
    """Stage something for a commit, and leave it in no commit yet."""
    repo.write("text.txt", changed(1))
    repo.git("add", "--all")


def start(repo: Repo) -> None:
    repo.write("text.txt", LINES)
    repo.commit("Base")


def header_and_message(repo: Repo, revision: str = "HEAD") -> tuple[dict[bytes, bytes], bytes]:
    head, _, message = repo.git("cat-file", "commit", revision).partition(b"\n\n")
    return dict(line.split(b" ", 1) for line in head.split(b"\n")), message


@pytest.mark.parametrize(
    "author",
    [
        b"A U Thor <author@example.com> 1234567890 -0330",
        'Zoë "Zed" ONeil, Jr. <zoe@exämple.com> 1 +1400'.encode(),
        b"J. R. <> 1700000000 +0000",
        b" <nameless@example.com> 1700000000 +0000",
        b"old \xe9 bytes <x@y> 99 +0100",
    ],
)
def test_author_and_date_are_kept(repo: Repo, author: bytes) -> None:
    start(repo)
    stage_change(repo)
    commit = raw_commit(repo, author, b"Subject\n")
    repo.git("reset", "--quiet", "--hard")
    assert dagpatch(repo.path, "apply", commit).status == 0
    header, _ = header_and_message(repo)
    assert header[b"author"] == author
    assert header[b"committer"].startswith(b"The Tests <tests@example.com> ")


@pytest.mark.parametrize(
    "message",
    [
        b"Subject\n",
        b"fix: looks like a trailer\n",
        b"No newline at the end",
        b"Subject\n\nBody with --- \n---\nand more\n",
        b"Subject\n\n# Not a comment\n\n  indented\n\n\nBody\n",
        b"Subject\n\nBody\n\nSigned-off-by: A <a@b>\nReviewed-by: C <c@d>\n",
        b"Subject\r\n\r\nBody\r\n",
        b"Subject\n\n#12\n",
        b"Subject\n\nBody\n\nConflicts:\n\ta.txt\n",
        "Ünïcödé \N{SNOWMAN}\n\nBody\n".encode(),
        b"",
    ],
)
def test_the_message_is_kept_but_for_one_trailer(repo: Repo, message: bytes) -> None:
    start(repo)
    stage_change(repo)
    commit = raw_commit(repo, NOBODY, message)
    repo.git("reset", "--quiet", "--hard")
    patch = dagpatch(repo.path, "export", "-o", "-", commit).documents[0]
    assert dagpatch(repo.path, "apply", commit).status == 0
    _, landed = header_and_message(repo)
    lines = landed.splitlines(keepends=True)
    trailer = f"Dagpatch-Id: {patch['id']}\n".encode()
    assert lines.count(trailer) == 1
    assert lines.pop() == trailer
    assert b"".join(lines).rstrip() == (message or b"Apply a patch").rstrip()
    found = repo.git("log", "-1", "--format=%(trailers:key=Dagpatch-Id,valueonly)").decode().split()
    assert found == [patch["id"]]


def test_a_commit_that_was_applied_before_keeps_one_trailer(repo: Repo) -> None:
    made = offer(repo, {"text.txt": changed(3)})
    dagpatch(repo.path, "apply", *made.patches)
    again = dagpatch(repo.path, "export", "-o", "-", "HEAD").documents[0]
    repo.git("reset", "--quiet", "--hard", "base")
    assert dagpatch(repo.path, "apply", "-", stdin=json.dumps(again).encode()).status == 0
    assert header_and_message(repo)[1].count(b"Dagpatch-Id: ") == 1
    assert f"Dagpatch-Id: {again['id']}\n".encode() in header_and_message(repo)[1]


def test_an_encoding_is_kept(repo: Repo) -> None:
    repo.git("config", "user.name", "Zoë")
    start(repo)
    stage_change(repo)
    author = "Zoë <zoe@example.com> 1700000000 +0000".encode("latin-1")
    commit = raw_commit(repo, author, "Grüße\n".encode("latin-1"), b"encoding ISO-8859-1\n")
    repo.git("reset", "--quiet", "--hard")
    assert dagpatch(repo.path, "apply", commit).status == 0
    header, message = header_and_message(repo)
    assert header[b"author"] == author
    assert header[b"encoding"] == b"ISO-8859-1"
    assert header[b"committer"].startswith("Zoë <".encode("latin-1"))
    assert message.startswith("Grüße\n".encode("latin-1"))
    assert repo.git("log", "-1", "--format=%s%an%cn").decode() == "GrüßeZoëZoë\n"


@pytest.mark.parametrize("field", ["author", "encoding"])
def test_a_patch_cannot_smuggle_lines_into_a_commit(repo: Repo, field: str) -> None:
    made = offer(repo, {"text.txt": changed(3)})
    document = json.loads(made.patches[0].read_bytes())
    del document["id"]
    if field == "author":
        document["metadata"]["author"]["name"] = "A\ncommitter Evil <e@f> 0 +0000\nx"
    else:
        document["metadata"]["encoding"] = "utf-8\ngpgsig x"
    before = look(repo)
    assert dagpatch(repo.path, "apply", "-", stdin=json.dumps(document).encode()).status == 2
    assert look(repo) == before


def test_several_patches_land_in_order(repo: Repo) -> None:
    made = offer(repo, {"text.txt": changed(3)}, {"new.txt": b"new\n"}, {"text.txt": changed(3, 9)})
    answer = dagpatch(repo.path, "apply", *made.patches)
    assert answer.status == 0
    assert [line.partition(" ")[2] for line in answer.lines] == ["Step 1", "Step 2", "Step 3"]
    assert repo.git("log", "--format=%s", "base..").decode().split("\n")[:3] == ["Step 3", "Step 2", "Step 1"]
    assert repo.read("text.txt") == changed(3, 9)
    assert repo.git("status", "--porcelain") == b""
    assert journal(repo) == [("apply", "done")] * 3
    assert len(set(backups(repo))) == 3


def test_a_patch_lands_beside_other_changes(repo: Repo) -> None:
    made = offer(repo, {"text.txt": changed(3)})
    repo.write("text.txt", changed(15, to="ours"))
    repo.commit("Ours")
    assert dagpatch(repo.path, "apply", *made.patches).status == 0
    assert repo.read("text.txt") == changed(3, text=changed(15, to="ours"))


def test_no_commit_stages_only(repo: Repo) -> None:
    made = offer(repo, {"text.txt": changed(3)}, {"text.txt": changed(3, 4), "new.txt": b"new\n"})
    head = repo.oid("HEAD")
    answer = dagpatch(repo.path, "apply", "-n", *made.patches)
    assert answer.status == 0
    assert answer.lines == ["staged Step 1", "staged Step 2"]
    assert repo.oid("HEAD") == head
    assert repo.git("status", "--porcelain") == b"A  new.txt\nM  text.txt\n"
    assert repo.read("text.txt") == changed(3, 4)


def everything(repo: Repo) -> dict[str, bytes]:
    """Work tree and repository, byte for byte."""
    return contents(repo.path)


@pytest.mark.parametrize("style", [(), ("--json",)])
def test_a_dry_run_writes_nothing(repo: Repo, style: tuple[str, ...]) -> None:
    made = offer(repo, {"text.txt": changed(3)}, {"new.txt": b"new\n"})
    before = everything(repo)
    answer = dagpatch(repo.path, "apply", "--dry-run", *style, *made.patches)
    assert answer.status == 0
    assert everything(repo) == before
    trees = [document["tree"] for document in answer.documents] if style else [line[-40:] for line in answer.lines]
    assert dagpatch(repo.path, "apply", *made.patches).status == 0
    assert trees == [repo.oid("HEAD^^{tree}"), repo.oid("HEAD^{tree}")]


def test_a_dry_run_tells_of_conflicts(repo: Repo) -> None:
    made = offer(repo, {"text.txt": changed(5)})
    repo.write("text.txt", changed(5, to="ours"))
    repo.commit("Ours")
    before = everything(repo)
    answer = dagpatch(repo.path, "apply", "--dry-run", *made.patches)
    assert answer.status == 1
    assert "text.txt\t" in answer.out.decode()
    assert everything(repo) == before


def test_what_is_there_already_is_said_and_changes_nothing(repo: Repo) -> None:
    made = offer(repo, {"text.txt": changed(3)}, {"text.txt": changed(3, 4)})
    repo.write("text.txt", changed(3))
    repo.commit("The same")
    before = look(repo)
    answer = dagpatch(repo.path, "apply", made.patches[0])
    assert answer.status == 0
    assert "There already: Step 1" in answer.err
    assert look(repo) == before
    assert journal(repo) == []
    answer = dagpatch(repo.path, "apply", "--json", *made.patches)
    assert [event["event"] for event in answer.documents] == ["present", "landed"]


def test_atomic_refuses_a_conflict_before_anything_lands(repo: Repo) -> None:
    made = offer(repo, {"new.txt": b"new\n"}, {"text.txt": changed(5)})
    repo.write("text.txt", changed(5, to="ours"))
    repo.commit("Ours")
    before = look(repo)
    answer = dagpatch(repo.path, "apply", "--atomic", *made.patches)
    assert answer.status == 3
    assert "none of the 2 patches" in answer.err
    assert "text.txt" in answer.err
    assert look(repo) == before
    assert journal(repo) == []
    assert dagpatch(repo.path, "apply", "--abort").status == 3


def test_atomic_takes_back_what_landed(repo: Repo) -> None:
    made = offer(repo, {"new.txt": b"new\n"}, {"text.txt": changed(5)})
    repo.write("text.txt", changed(9, to="not staged"))
    before = look(repo)
    answer = dagpatch(repo.path, "apply", "--atomic", *made.patches)
    assert answer.status == 3
    assert answer.out == b""
    assert "Uncommitted changes" in answer.err
    assert look(repo) == before
    assert [verb for verb, _ in journal(repo)] == ["rollback", "apply"]
    assert dagpatch(repo.path, "apply", "--abort").status == 3


def test_without_atomic_what_landed_stands_and_the_rest_waits(repo: Repo) -> None:
    made = offer(repo, {"new.txt": b"new\n"}, {"text.txt": changed(5)}, {"third.txt": b"third\n"})
    before = look(repo)
    repo.write("text.txt", changed(9, to="not staged"))
    answer = dagpatch(repo.path, "apply", *made.patches)
    assert answer.status == 1
    assert "1 patches landed" in answer.err
    assert "--continue" in answer.err
    assert repo.git("log", "--format=%s", "base..") == b"Step 1\n"
    assert "between two patches, patch 2 of 3" in dagpatch(repo.path, "apply").out.decode()
    assert dagpatch(repo.path, "apply", *made.patches).status == 3
    assert dagpatch(repo.path, "apply", "--continue").status == 3
    repo.write("text.txt", LINES)
    assert dagpatch(repo.path, "apply", "--continue").status == 0
    assert repo.git("log", "--format=%s", "base..") == b"Step 3\nStep 2\nStep 1\n"
    assert dagpatch(repo.path, "rollback", "--count", "3").status == 0
    assert look(repo) == before


@pytest.mark.parametrize(
    ("strategy", "result"),
    [
        ("ours", changed(5, to="ours")),
        ("theirs", changed(5, to="theirs")),
        ("union", changed(5, to="ours").replace(b"ours 5\n", b"ours 5\ntheirs 5\n")),
    ],
)
def test_a_strategy_decides_conflicts(repo: Repo, strategy: str, result: bytes) -> None:
    made = offer(repo, {"text.txt": changed(5, to="theirs"), "new.txt": b"new\n"})
    repo.write("text.txt", changed(5, to="ours"))
    repo.commit("Ours")
    assert dagpatch(repo.path, "apply", "--strategy", strategy, *made.patches).status == 0
    assert repo.read("text.txt") == result
    assert repo.read("new.txt") == b"new\n"
    assert dagpatch(repo.path, "log", "--json").documents[0]["strategy"] == strategy
    assert repo.git("status", "--porcelain") == b""


def test_a_conflict_is_one_to_git(repo: Repo) -> None:
    stopped(repo)
    assert repo.git("status", "--porcelain") == b"A  new.txt\nUU text.txt\n"
    stages = repo.git("ls-files", "--unmerged").decode().splitlines()
    assert [line.split()[2] for line in stages] == ["1", "2", "3"]
    versions = [repo.git("cat-file", "blob", line.split()[1]) for line in stages]
    assert versions == [LINES, changed(5, to="ours"), changed(5, to="theirs")]
    markers = b"<<<<<<< HEAD\nours 5\n=======\ntheirs 5\n>>>>>>> Step 1\n"
    assert repo.read("text.txt") == LINES.replace(b"line 5\n", markers)
    repo.git("checkout", "--quiet", "--theirs", "text.txt")
    assert repo.read("text.txt") == changed(5, to="theirs")
    repo.git("checkout", "--quiet", "--merge", "text.txt")
    assert repo.git("diff", "--name-only", "--diff-filter=U") == b"text.txt\n"


def test_markers_follow_the_configured_style(repo: Repo) -> None:
    repo.git("config", "merge.conflictStyle", "diff3")
    stopped(repo)
    assert b"|||||||" in repo.read("text.txt")


@pytest.mark.parametrize(
    ("theirs", "ours", "status"),
    [
        ({"text.txt": None}, {"text.txt": changed(5)}, b"UD text.txt"),
        ({"text.txt": changed(5)}, {"text.txt": None}, b"DU text.txt"),
        ({"both.txt": b"theirs\n"}, {"both.txt": b"ours\n"}, b"AA both.txt"),
        ({"data": b"\0theirs"}, {"data": b"\0ours"}, b"AA data"),
    ],
)
def test_other_conflicts_are_ones_to_git(
    repo: Repo, theirs: dict[str, bytes | None], ours: dict[str, bytes | None], status: bytes
) -> None:
    made = offer(repo, theirs)
    for path, content in ours.items():
        if content is None:
            repo.remove(path)
        else:
            repo.write(path, content)
    repo.commit("Ours")
    before = look(repo)
    assert dagpatch(repo.path, "apply", *made.patches).status == 1
    assert repo.git("status", "--porcelain").rstrip() == status
    assert dagpatch(repo.path, "apply", "--abort").status == 0
    assert look(repo) == before


def test_mergetool_resolves_a_conflict(repo: Repo) -> None:
    stopped(repo)
    repo.git("config", "mergetool.taker.cmd", 'cp "$REMOTE" "$MERGED"')
    repo.git("config", "mergetool.taker.trustExitCode", "true")
    repo.git("mergetool", "--no-prompt", "--tool", "taker")
    (repo.path / "text.txt.orig").unlink()
    assert dagpatch(repo.path, "apply", "--continue").status == 0
    assert repo.read("text.txt") == changed(5, to="theirs")
    assert repo.git("status", "--porcelain") == b""


def test_rerere_remembers_a_resolution(repo: Repo) -> None:
    repo.git("config", "rerere.enabled", "true")
    made = stopped(repo)
    assert repo.git("rerere", "status") == b"text.txt\n"
    repo.write("text.txt", changed(5, to="resolved"))
    repo.git("add", "text.txt")
    assert dagpatch(repo.path, "apply", "--continue").status == 0
    assert dagpatch(repo.path, "rollback").status == 0
    assert dagpatch(repo.path, "apply", *made.patches).status == 1
    assert repo.read("text.txt") == changed(5, to="resolved")
    assert dagpatch(repo.path, "apply", "--abort").status == 0
    assert repo.git("rerere", "status") == b""


def test_continue_commits_what_was_resolved(repo: Repo) -> None:
    made = stopped(repo, {"third.txt": b"third\n"})
    repo.write("other.txt", b"staged by the user\n")
    repo.git("add", "other.txt")
    refused = dagpatch(repo.path, "apply", "--continue")
    assert refused.status == 3
    assert "text.txt" in refused.err
    repo.write("text.txt", changed(5, to="resolved"))
    repo.git("add", "text.txt")
    answer = dagpatch(repo.path, "apply", "--continue")
    assert answer.status == 0
    assert len(answer.lines) == 2
    assert repo.git("log", "--format=%s", "-2") == b"Step 2\nStep 1\n"
    assert repo.git("show", "HEAD^:text.txt") == changed(5, to="resolved")
    assert repo.git("show", "--format=", "--name-only", "HEAD^") == b"new.txt\ntext.txt\n"
    patch = json.loads(made.patches[0].read_bytes())
    assert f"Dagpatch-Id: {patch['id']}" in repo.git("log", "-1", "--format=%B", "HEAD^").decode()
    assert repo.git("status", "--porcelain") == b"M  other.txt\n"
    assert journal(repo) == [("apply", "done")] * 2


def test_continue_of_a_run_that_only_stages(repo: Repo) -> None:
    made = offer(repo, {"new.txt": b"new\n"}, {"text.txt": changed(5)}, {"third.txt": b"third\n"})
    repo.write("text.txt", changed(5, to="ours"))
    repo.commit("Ours")
    before = look(repo)
    assert dagpatch(repo.path, "apply", "-n", *made.patches).status == 1
    repo.write("text.txt", changed(5, to="resolved"))
    repo.git("add", "text.txt")
    assert dagpatch(repo.path, "apply", "--continue").status == 0
    assert repo.git("status", "--porcelain") == b"A  new.txt\nM  text.txt\nA  third.txt\n"
    assert dagpatch(repo.path, "rollback", "--count", "3").status == 0
    assert look(repo) == before


def test_continue_of_nothing_points_to_skip(repo: Repo) -> None:
    stopped(repo)
    repo.git("checkout", "--quiet", "--ours", "text.txt")
    repo.git("rm", "--quiet", "--force", "new.txt")
    repo.git("add", "text.txt")
    answer = dagpatch(repo.path, "apply", "--continue")
    assert answer.status == 3
    assert "--skip" in answer.err
    assert dagpatch(repo.path, "apply", "--skip").status == 0
    assert dagpatch(repo.path, "apply", "--continue").status == 3


def test_skip_leaves_the_patch_out(repo: Repo) -> None:
    stopped(repo, {"third.txt": b"third\n"})
    assert dagpatch(repo.path, "apply", "--skip").status == 0
    assert repo.git("log", "--format=%s", "base..") == b"Step 2\nOurs\n"
    assert repo.git("status", "--porcelain") == b""
    assert repo.read("text.txt") == changed(5, to="ours")
    assert not (repo.path / "new.txt").exists()
    assert journal(repo) == [("apply", "done"), ("apply", "failed")]


def test_abort_takes_back_the_whole_run(repo: Repo) -> None:
    made = offer(repo, {"new.txt": b"new\n"}, {"text.txt": changed(5)})
    repo.write("text.txt", changed(5, to="ours"))
    repo.commit("Ours")
    repo.write("other.txt", b"staged\n")
    repo.git("add", "other.txt")
    repo.write("other.txt", b"and changed again\n")
    repo.write("untracked.txt", b"untracked\n")
    before = look(repo)
    assert dagpatch(repo.path, "apply", *made.patches).status == 1
    assert look(repo) != before
    answer = dagpatch(repo.path, "apply", "--abort")
    assert answer.status == 0
    assert "1 landed patch was taken back" in answer.err
    assert look(repo) == before
    assert dagpatch(repo.path, "apply", "--abort").status == 3
    assert dagpatch(repo.path, "apply", made.patches[0]).status == 0


def test_abort_keeps_what_a_person_wrote_since(repo: Repo) -> None:
    stopped(repo)
    repo.write("text.txt", b"hours of work\n")
    answer = dagpatch(repo.path, "apply", "--abort")
    assert repo.read("text.txt") == changed(5, to="ours")
    line = next(line for line in answer.err.splitlines() if line.startswith("What stood in text.txt is kept: "))
    assert repo.git(*line.partition(": git ")[2].split()) == b"hours of work\n"
    repo.git("gc", "--quiet", "--prune=now")
    assert repo.git(*line.partition(": git ")[2].split()) == b"hours of work\n"


@pytest.mark.parametrize("way", ["--abort", "--skip"])
def test_what_was_committed_since_is_left_alone(repo: Repo, way: str) -> None:
    stopped(repo, {"third.txt": b"third\n"})
    repo.write("text.txt", changed(5, to="resolved"))
    repo.commit("Resolved by hand")
    repo.write("text.txt", changed(5, to="and more"))
    answer = dagpatch(repo.path, "apply", "--continue")
    assert answer.status == 3
    assert "HEAD is not where" in answer.err
    assert dagpatch(repo.path, "apply", way).status == 0
    assert repo.read("text.txt") == changed(5, to="and more")
    assert repo.git("log", "--format=%s", "base..").decode().split("\n")[-3:] == ["Resolved by hand", "Ours", ""]
    assert (repo.path / "third.txt").exists() == (way == "--skip")
    assert dagpatch(repo.path, "apply", "--abort").status == 3


def put(path: str, content: bytes = b"the user's\n") -> Callable[[Repo], None]:
    return lambda repo: repo.write(path, content)


def staged(path: str) -> Callable[[Repo], None]:
    def work(repo: Repo) -> None:
        repo.write(path, b"staged\n")
        repo.git("add", path)

    return work


def ignored(path: str) -> Callable[[Repo], None]:
    def work(repo: Repo) -> None:
        repo.write(".git/info/exclude", path.encode())
        repo.write(path, b"the user's\n")

    return work


def hidden(repo: Repo) -> None:
    """A change that git was told not to look for."""
    repo.git("update-index", "--assume-unchanged", "text.txt")
    repo.write("text.txt", b"the user's\n")


def quick(repo: Repo) -> None:
    """A change of equal size at the very time at which the index was written."""
    content = repo.read("text.txt")
    repo.write("text.txt", content)
    repo.git("update-index", "--refresh")
    index, file = repo.path / ".git/index", repo.path / "text.txt"
    at = file.stat().st_mtime_ns
    repo.git("add", "text.txt")
    file.write_bytes(content.replace(b"line", b"LINE"))
    _set_times(file, at)
    _set_times(index, at)


def _set_times(file: Path, nanoseconds: int) -> None:
    os.utime(file, ns=(nanoseconds, nanoseconds))


def linked_directory(repo: Repo) -> None:
    """The directory is somewhere else, with the same files."""
    (repo.path / "folder").rename(repo.path / "elsewhere")
    (repo.path / "folder").symlink_to("elsewhere")


def link_in_the_way(repo: Repo) -> None:
    (repo.path.parent / "outside").mkdir()
    (repo.path / "fresh").symlink_to(repo.path.parent / "outside")


OBSTACLES = {
    "unstaged": (put("text.txt"), "text.txt"),
    "staged": (staged("text.txt"), "text.txt"),
    "staged deletion": (lambda repo: repo.git("rm", "--quiet", "text.txt"), "text.txt"),
    "deleted": (lambda repo: repo.remove("text.txt"), "text.txt"),
    "assumed unchanged": (hidden, "text.txt"),
    "within the tick": (quick, "text.txt"),
    "untracked": (put("fresh/new.txt"), "fresh/new.txt"),
    "added": (staged("fresh/new.txt"), "fresh/new.txt"),
    "ignored": (ignored("fresh/new.txt"), "fresh/new.txt"),
    "a file for a directory": (put("fresh"), "fresh"),
    "a directory for a file": (put("single/file.txt"), "single"),
    "in a directory that goes": (put("folder/mine.txt"), "folder/mine.txt"),
    "ignored, in a directory that goes": (ignored("folder/mine.txt"), "folder/mine.txt"),
    "a link to a directory": (linked_directory, "folder/inner.txt"),
    "a link out of the work tree": (link_in_the_way, "fresh"),
}


@pytest.mark.parametrize("name", OBSTACLES)
def test_work_that_is_in_the_way_is_named_and_kept(repo: Repo, name: str) -> None:
    work, named = OBSTACLES[name]
    made = offer(
        repo,
        {
            "text.txt": changed(3),
            "fresh/new.txt": b"new\n",
            "single": b"single\n",
            "folder/inner.txt": None,
            "folder/more.txt": None,
            "folder": b"a file now\n",
        },
        base={"text.txt": LINES, "folder/inner.txt": b"inner\n", "folder/more.txt": b"more\n"},
    )
    work(repo)
    before = look(repo)
    answer = dagpatch(repo.path, "apply", *made.patches)
    assert answer.status == 3, answer
    assert named in answer.err
    assert look(repo) == before
    assert dagpatch(repo.path, "apply", "--abort").status == 3, "Nothing is in progress."


def test_a_conflict_of_someone_else_is_refused(repo: Repo) -> None:
    made = offer(repo, {"text.txt": changed(3)})
    repo.write("other.txt", b"stashed\n")
    repo.git("stash", "--quiet")
    repo.write("other.txt", b"committed\n")
    repo.commit("Ours")
    subprocess.run(["git", "stash", "pop"], cwd=repo.path, capture_output=True, check=False)
    before = look(repo)
    answer = dagpatch(repo.path, "apply", *made.patches)
    assert answer.status == 3
    assert "other.txt" in answer.err
    assert look(repo) == before


def test_work_elsewhere_stays_as_it_is(repo: Repo) -> None:
    made = offer(repo, {"text.txt": changed(3)}, base={"text.txt": LINES, "a": b"a\n", "b": b"b\n", "c": b"c\n"})
    staged("a")(repo)
    repo.write("b", b"not staged\n")
    repo.git("rm", "--quiet", "--cached", "c")
    repo.write("untracked", b"untracked\n")
    repo.git("add", "--intent-to-add", "untracked")
    before = repo.git("status", "--porcelain")
    assert dagpatch(repo.path, "apply", *made.patches).status == 0
    assert repo.git("status", "--porcelain") == before
    assert repo.git("show", "--format=", "--name-only") == b"text.txt\n"


def in_series(made: Offer) -> bytes:
    return b"\n".join(patch.read_bytes() for patch in made.patches)


def test_patches_come_from_standard_input(repo: Repo) -> None:
    made = offer(repo, {"text.txt": changed(3)}, {"text.txt": changed(3, 4)})
    assert dagpatch(repo.path, "apply", stdin=in_series(made)).status == 0
    assert repo.read("text.txt") == changed(3, 4)
    repo.git("reset", "--quiet", "--hard", "base")
    assert dagpatch(repo.path, "apply", "-", stdin=in_series(made)).status == 0
    assert repo.read("text.txt") == changed(3, 4)


def test_a_revision_and_a_range_are_patches(repo: Repo) -> None:
    offer(repo, {"text.txt": changed(3)}, {"new.txt": b"new\n"}, {"text.txt": changed(3, 9)})
    assert dagpatch(repo.path, "apply", "theirs~2").status == 0
    assert dagpatch(repo.path, "apply", "theirs~2..theirs").status == 0
    assert repo.git("log", "--format=%s", "base..") == b"Step 3\nStep 2\nStep 1\n"


def test_an_empty_range_is_nothing_to_do(repo: Repo) -> None:
    start(repo)
    answer = dagpatch(repo.path, "apply", "HEAD..HEAD")
    assert answer.status == 0
    assert "nothing to apply" in answer.err


def test_a_tar_needs_no_base_objects(repo: Repo, tmp_path: Path) -> None:
    document = offer(repo, {"text.txt": changed(3)}).patches[0]
    archive = tmp_path / "patch.tar"
    assert dagpatch(repo.path, "export", "--format", "tar", "-o", archive, "theirs").status == 0
    foreign = Repo.init(tmp_path / "foreign")
    foreign.write("text.txt", changed(15, to="foreign"))
    foreign.commit("Foreign")
    refused = dagpatch(foreign.path, "review", document)
    assert refused.status == 3
    assert "--format tar" in refused.err
    assert dagpatch(foreign.path, "apply", archive).status == 0
    assert foreign.read("text.txt") == changed(3, text=changed(15, to="foreign"))
    assert foreign.git("fsck", "--full", "--no-dangling") == b""


def test_a_patch_of_another_project_is_refused(repo: Repo, tmp_path: Path) -> None:
    made = offer(repo, {"text.txt": changed(3)})
    foreign = Repo.init(tmp_path / "foreign")
    start(foreign)
    foreign.write("text.txt", b"another project\n")
    foreign.commit("Other")
    before = look(foreign)
    answer = dagpatch(foreign.path, "apply", *made.patches)
    assert answer.status == 3
    assert "is not here" in answer.err
    assert look(foreign) == before


def test_the_patches_of_a_directory_are_the_default(repo: Repo) -> None:
    made = offer(repo, {"text.txt": changed(3)}, {"new.txt": b"new\n"})
    before = look(repo)
    refused = dagpatch(made.patches[0].parent, "-C", repo.path, "apply")
    assert refused.status == 2
    for patch in made.patches:
        patch.rename(repo.path / patch.name)
    refused = dagpatch(repo.path, "apply")
    assert refused.status == 2
    assert "--yes" in refused.err
    assert look(repo).head == before.head
    answer = dagpatch(repo.path, "apply", "--yes")
    assert answer.status == 0
    assert answer.lines[:2] == [patch.name for patch in made.patches]
    assert repo.git("log", "--format=%s", "base..") == b"Step 2\nStep 1\n"


def test_words_of_the_call_that_make_no_sense(repo: Repo) -> None:
    made = stopped(repo)
    assert dagpatch(repo.path, "apply", "--abort", *made.patches).status == 2
    assert dagpatch(repo.path, "apply", "--abort").status == 0
    assert dagpatch(repo.path, "apply", "--validate", "nonsense", *made.patches).status == 2
    repo.git("config", "dagpatch.strategy", "nonsense")
    assert dagpatch(repo.path, "apply", *made.patches).status == 2
    assert dagpatch(repo.path, "apply", "--abort").status == 3


def test_an_apply_in_progress_is_described_and_refuses_another(repo: Repo) -> None:
    made = stopped(repo, {"third.txt": b"third\n"})
    answer = dagpatch(repo.path, "apply")
    assert answer.status == 0
    assert "at 'Step 1', patch 1 of 2" in answer.out.decode()
    before = look(repo)
    for arguments in (["apply", *made.patches], ["rollback"], ["rollback", "--redo"]):
        refused = dagpatch(repo.path, *arguments)
        assert refused.status == 3
        assert "--abort" in refused.err
    assert look(repo) == before


def test_a_bare_repository_is_left_alone(repo: Repo, tmp_path: Path) -> None:
    made = offer(repo, {"text.txt": changed(3)})
    bare = tmp_path / "bare"
    repo.git("clone", "--quiet", "--bare", ".", bare)
    before = contents(bare)
    for arguments in (["apply", *made.patches], ["rollback"], ["rollback", "--redo"]):
        answer = dagpatch(bare, *arguments)
        assert answer.status == 3
        assert "bare" in answer.err
    assert contents(bare) == before


BROKEN = b"def f(:\n"


def test_what_would_not_parse_is_refused(repo: Repo) -> None:
    made = offer(repo, {"m.py": BROKEN}, base={"m.py": b"def f():\n    pass\n"})
    before = look(repo)
    answer = dagpatch(repo.path, "apply", *made.patches)
    assert answer.status == 3
    assert "m.py" in answer.err
    assert look(repo) == before
    assert dagpatch(repo.path, "apply", "--validate", "none", *made.patches).status == 0
    assert dagpatch(repo.path, "rollback").status == 0
    assert dagpatch(repo.path, "apply", "--force", *made.patches).status == 0
    assert dagpatch(repo.path, "log", "--json").documents[0]["forced"] == ["syntax"]
    assert "forced past: syntax" in dagpatch(repo.path, "log").out.decode()


def test_what_did_not_parse_before_may_land(repo: Repo) -> None:
    made = offer(repo, {"m.py": BROKEN + b"# still broken\n"}, base={"m.py": BROKEN})
    assert dagpatch(repo.path, "apply", *made.patches).status == 0


def test_a_patch_may_be_too_large(repo: Repo) -> None:
    made = offer(repo, {"text.txt": changed(3, 4, 5)})
    repo.git("config", "dagpatch.maxChanges", "5")
    before = look(repo)
    answer = dagpatch(repo.path, "apply", *made.patches)
    assert answer.status == 3
    assert "6 lines" in answer.err
    assert look(repo) == before
    repo.git("config", "dagpatch.maxChanges", "6")
    assert dagpatch(repo.path, "apply", *made.patches).status == 0


@pytest.mark.parametrize("way", [(), ("--test-after",)])
def test_a_test_sees_the_result_and_decides(repo: Repo, way: tuple[str, ...]) -> None:
    made = offer(repo, {"text.txt": changed(3), "new.txt": b"new\n"})
    before = look(repo)
    failing = 'echo "it fails here"; test ! -e new.txt'
    answer = dagpatch(repo.path, "apply", *way, "--test", failing, *made.patches)
    assert answer.status == 3
    assert "it fails here" in answer.err
    assert look(repo) == before
    assert repo.git("worktree", "list").count(b"\n") == 1
    assert dagpatch(repo.path, "apply", *way, "--test", "grep -q changed text.txt", *made.patches).status == 0
    assert repo.git("log", "--format=%s", "base..") == b"Step 1\n"


def test_a_backup_is_a_branch_and_a_directory_on_request(repo: Repo, tmp_path: Path) -> None:
    made = offer(repo, {"text.txt": changed(3), "new.txt": b"new\n"})
    head = repo.oid("HEAD")
    repo.git("config", "dagpatch.backupDir", str(tmp_path / "backups"))
    repo.write("text.txt", b"in the way\n")
    assert dagpatch(repo.path, "apply", *made.patches).status == 3
    assert not (tmp_path / "backups").exists(), "Nothing was changed, so nothing is backed up."
    repo.write("text.txt", LINES)
    assert dagpatch(repo.path, "apply", *made.patches).status == 0
    assert backups(repo) == [head]
    (record,) = dagpatch(repo.path, "log", "--json", "-n", "1").documents
    assert (tmp_path / "backups" / record["id"] / "text.txt").read_bytes() == LINES
    assert repo.git("rev-parse", record["backup"]).decode().strip() == head
    repo.git("config", "dagpatch.createBackups", "false")
    dagpatch(repo.path, "rollback")
    assert dagpatch(repo.path, "apply", *made.patches).status == 0
    assert backups(repo) == [head]


def test_log_tells_what_was_done(repo: Repo) -> None:
    made = offer(repo, {"text.txt": changed(3)}, {"new.txt": b"new\n"})
    assert dagpatch(repo.path, "log").out == b""
    dagpatch(repo.path, "apply", *made.patches)
    dagpatch(repo.path, "rollback")
    newest, second, first = dagpatch(repo.path, "log", "--json").documents
    assert (newest["verb"], newest["state"], newest["undoes"]) == ("rollback", "done", [second["id"]])
    assert (second["verb"], second["state"], second["subject"]) == ("apply", "undone", "Step 2")
    assert (first["verb"], first["state"], first["paths"]) == ("apply", "done", ["text.txt"])
    assert "snapshot" not in first
    text = dagpatch(repo.path, "log", "-n", "2").lines
    assert text[0].endswith("rollback done  Step 2")
    assert not any("Step 1" in line for line in text)


def test_git_runs_it(repo: Repo) -> None:
    made = offer(repo, {"text.txt": changed(3)})
    inside = repo.path / "folder"
    inside.mkdir()
    assert called_by_git(inside, "dagpatch", "apply", *made.patches).status == 0
    assert repo.read("text.txt") == changed(3)
    assert called_by_git(repo.path, "dagpatch", "rollback").status == 0
