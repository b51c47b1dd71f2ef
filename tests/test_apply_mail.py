"""Diffs and mails through the command line: the commits are those that git am makes, or nothing changes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.applying import LINES, Offer, changed, look, offer
from tests.command_line import Answer, called_by_git, dagpatch
from tests.repositories import Repo

PICTURE = bytes(range(256)) * 20
CRLF = b"".join(b"line %d\r\n" % number for number in range(12))


class Landed(NamedTuple):
    """What of a commit has to be as git am makes it."""

    tree: bytes
    author: bytes
    encoding: bytes
    message: bytes


def commit(repo: Repo, message: str, author: str = "A U Thor <author@example.com>", date: str = "") -> None:
    repo.git("add", "--all")
    options = ["--author", author, *(["--date", date] if date else [])]
    repo.git("commit", "--quiet", "--cleanup=verbatim", *options, "-m", message)


@pytest.fixture
def history(repo: Repo) -> Repo:
    """Ten commits on `start`, as people make them."""
    repo.write("src/app.txt", LINES)
    repo.write("src/other.txt", changed(*range(6)))
    repo.write("run.sh", b"#!/bin/sh\n")
    repo.write("logo.bin", PICTURE)
    repo.write("dos.txt", CRLF)
    repo.write("old.txt", b"".join(b"old %d\n" % number for number in range(9)))
    commit(repo, "Start\n")
    repo.git("tag", "start")
    repo.git("mv", "src/app.txt", "src/main.txt")
    repo.write("src/main.txt", changed(4, 15))
    commit(repo, "Rename the application\n\nIt is the *main* module now.\n\n- one\n- two\n", date="@1234567890 -0330")
    repo.write("run.sh", b"#!/bin/sh\nexec python -m src.main\n", executable=True)
    commit(repo, "run.sh: make it executable\n\nSigned-off-by: A U Thor <author@example.com>\n")
    repo.write("logo.bin", PICTURE[:2000] + b"\0\1\2" + PICTURE[2100:])
    repo.write("new.bin", PICTURE[::-1])
    commit(repo, "Draw the logo anew\n", "Zoë Ünïcode <zoe@exämple.com>")
    repo.write("dos.txt", CRLF.replace(b"line 3", b"third").replace(b"line 11\r\n", b"line 11"))
    commit(
        repo, "Grüße an alle: \N{SNOWMAN} and a subject so long that a mail has to fold it, twice if need be, 日本語\n"
    )
    repo.write("päth/naïve.txt", "ünï\n".encode())
    repo.write('od"d/with space\tand tab.txt', b"odd\n")
    repo.write("-dash\\back", b"dash\n")
    repo.write("empty", b"")
    commit(repo, "Odd paths\n", '"Doe, J. (JD)" <jd@example.com>')
    repo.remove("old.txt")
    (repo.path / "link").symlink_to("src/main.txt")
    commit(repo, "Drop what is old\n\nFrom here on it is gone.\n>From there too.\n--\nnot a signature\n")
    repo.git("mv", 'od"d/with space\tand tab.txt', "päth/moved to.txt")
    repo.git("mv", "empty", "päth/empty")
    commit(repo, "Move odd paths\n", date="2001-02-03T04:05:06+1400")
    repo.write("päth/no end", b"no end of line")
    repo.write("src/main.txt", changed(4, 15, 16) + b"more\n")
    commit(repo, "Add a file without an end\n")
    repo.remove("link")
    repo.write("link", b"a file now\n")
    repo.write("päth/no end", b"no end of line\nand more")
    commit(repo, "A link becomes a file\n\n  Indented.\n\n\n\nLast.\n")
    repo.remove("logo.bin")
    repo.write("run.sh", b"#!/bin/sh\n")
    repo.write("src/other.txt", changed(*range(6)) + b"diff --git a/x b/x\n--- a/x\n+++ b/x\n-- \n2.0\nFrom x\n")
    commit(repo, "Take back a mode, and write about diffs\n")
    return repo


def clone(repo: Repo, name: str, at: str = "start") -> Repo:
    """Another repository with the files of `at`, and none of the objects that came after."""
    made = Repo.init(repo.path.parent / name)
    made.git("fetch", "--quiet", "--no-tags", str(repo.path), f"refs/tags/{at}:refs/tags/{at}")
    made.git("reset", "--quiet", "--hard", at)
    return made


def landed(repo: Repo, start: str = "start") -> list[Landed]:
    """The commits since `start`, their trailers left out, the oldest first."""
    return [_landed(repo, oid) for oid in repo.git("rev-list", "--reverse", f"{start}..HEAD").decode().split()]


def _landed(repo: Repo, oid: str) -> Landed:
    head, _, message = repo.git("cat-file", "commit", oid).partition(b"\n\n")
    fields = dict(line.split(b" ", 1) for line in head.split(b"\n"))
    lines = [line for line in message.split(b"\n") if not line.startswith(b"Dagpatch-Id: ")]
    return Landed(fields[b"tree"], fields[b"author"], fields.get(b"encoding", b""), b"\n".join(lines).rstrip())


@pytest.mark.parametrize(
    "options",
    [
        ["--stdout"],
        ["--stdout", "--no-renames", "--no-numbered"],
        ["--stdout", "-M", "-C", "--find-copies-harder", "--full-index", "--no-stat"],
        ["--stdout", "--attach"],
        ["--stdout", "--inline=a boundary"],
        ["--stdout", "--pretty=mboxrd"],
        ["--stdout", "--subject-prefix=RFC PATCH v2", "--start-number=7", "--signoff"],
        ["--stdout", "--unified=1", "--minimal", "--zero-commit", "--no-signature"],
        ["--stdout", "--unified=10", "--inter-hunk-context=5", "--no-encode-email-headers"],
        ["--stdout", "--from=Mailer <mailer@example.com>", "--thread", "--add-header=List-Id: <x>"],
        ["--output-directory=../mails"],
    ],
    ids=" ".join,
)
def test_mails_become_the_commits_that_git_am_makes(history: Repo, options: list[str]) -> None:
    theirs, ours = clone(history, "theirs"), clone(history, "ours")
    made = history.git("format-patch", *options, "start..HEAD")
    if "--stdout" not in options:
        files = sorted((history.path.parent / "mails").iterdir())
        theirs.git("am", "--quiet", "--keep-cr", *files)
        answer = dagpatch(ours.path, "apply", *files)
    else:
        theirs.git("am", "--quiet", "--keep-cr", input=made)
        answer = dagpatch(ours.path, "apply", "-", stdin=made)
    assert (answer.status, answer.err) == (0, "")
    assert len(answer.lines) == 10
    assert landed(ours) == landed(theirs)
    assert ours.git("status", "--porcelain") == b""
    assert [one.tree for one in landed(ours)] == [one.tree for one in landed(history)]


def test_a_mailbox_is_read_from_a_file_and_from_a_pipe(history: Repo) -> None:
    mails = history.git("format-patch", "--stdout", "start..HEAD")
    theirs = clone(history, "theirs")
    theirs.git("am", "--quiet", "--keep-cr", input=mails)
    for name, arguments, stdin in (("one", ["../box"], b""), ("two", [], mails), ("three", ["-"], mails)):
        ours = clone(history, name)
        (history.path.parent / "box").write_bytes(mails)
        assert called_by_git(ours.path, "dagpatch", "apply", *arguments, stdin=stdin).status == 0
        assert landed(ours) == landed(theirs)


def test_history_from_its_root_lands_on_nothing(history: Repo) -> None:
    mails = history.git("format-patch", "--stdout", "--root", "HEAD")
    ours = Repo.init(history.path.parent / "ours")
    assert dagpatch(ours.path, "apply", "-", stdin=mails).status == 0
    assert ours.oid("HEAD^{tree}") == history.oid("HEAD^{tree}")
    assert len(ours.git("rev-list", "HEAD").split()) == 11


def test_what_a_transport_did_to_line_ends_is_undone(history: Repo) -> None:
    mail = history.git("format-patch", "--stdout", "-1", "start~0", "--root")
    ours, theirs = Repo.init(history.path.parent / "ours"), Repo.init(history.path.parent / "theirs")
    plain = mail.replace(b"\r\n", b"\n")
    theirs.git("am", "--quiet", input=plain.replace(b"\n", b"\r\n"))
    assert dagpatch(ours.path, "apply", "-", stdin=plain.replace(b"\n", b"\r\n")).status == 0
    assert _landed(ours, "HEAD") == _landed(theirs, "HEAD")


def test_mails_are_rolled_back_and_recorded_like_any_patch(history: Repo) -> None:
    ours = clone(history, "ours")
    dagpatch(ours.path, "apply", "-", stdin=history.git("format-patch", "--stdout", "start..HEAD"))
    before = look(clone(history, "before"))
    assert dagpatch(ours.path, "rollback", "--count", "10").status == 0
    assert look(ours).files == before.files
    assert ours.oid("HEAD") == ours.oid("start")


# Plain diffs


@pytest.fixture
def theirs(repo: Repo) -> Offer:
    """`main` at base; `theirs` with lines 3 and 12 changed, then one file new and one gone."""
    return offer(repo, {"text.txt": changed(3, 12)}, {"new.txt": b"new\n", "other.txt": None})


def refused(repo: Repo, *arguments: str | Path, stdin: bytes = b"") -> Answer:
    """What apply says that refuses and changes nothing."""
    before = look(repo)
    answer = dagpatch(repo.path, "apply", *arguments, stdin=stdin)
    assert look(repo) == before
    assert dagpatch(repo.path, "apply", "--abort").status == 3
    return answer


def test_a_plain_diff_needs_a_message(theirs: Offer) -> None:
    repo = theirs.repo
    diff = repo.git("diff", "base", "theirs")
    for message in ([], ["-m", " "]):
        answer = refused(repo, "-", *message, stdin=diff)
        assert answer.status == 2
        assert "-m" in answer.err
    assert dagpatch(repo.path, "apply", "-m", "Mine\n\nSaid here.", "-", stdin=diff).status == 0
    assert repo.oid("HEAD^{tree}") == repo.oid("theirs^{tree}")
    said = repo.git("log", "-1", "--format=%an%n%B").decode()
    assert said.startswith("The Tests\nMine\n\nSaid here.\n\nDagpatch-Id: ")


def test_a_plain_diff_is_staged_without_a_message(theirs: Offer) -> None:
    repo = theirs.repo
    answer = dagpatch(repo.path, "apply", "-n", "-", stdin=repo.git("diff", "base", "theirs"))
    assert answer.status == 0
    assert repo.oid("HEAD") == repo.oid("base")
    assert repo.git("write-tree").decode().strip() == repo.oid("theirs^{tree}")
    assert repo.git("diff") == b""


def test_a_message_that_nothing_needs_is_refused(theirs: Offer) -> None:
    mails = theirs.repo.git("format-patch", "--stdout", "base..theirs")
    assert refused(theirs.repo, "-m", "Mine", "-", stdin=mails).status == 2


@pytest.mark.parametrize("options", [["-u"], ["-u", "-r"], ["-U8"]])
def test_a_diff_of_another_program_lands(repo: Repo, tmp_path: Path, options: list[str]) -> None:
    repo.write("text.txt", LINES)
    repo.commit("Base")
    for name, content in (("old", LINES), ("new", changed(3, 12))):
        (tmp_path / name).mkdir()
        (tmp_path / name / "text.txt").write_bytes(content)
    files = ["old", "new"] if "-r" in options else ["old/text.txt", "new/text.txt"]
    diff = subprocess.run(["diff", *options, *files], cwd=tmp_path, capture_output=True, check=False).stdout
    (tmp_path / "x.diff").write_bytes(b"Please take this.\n\n" + diff)
    assert dagpatch(repo.path, "apply", "-m", "x", tmp_path / "x.diff").status == 0
    assert repo.read("text.txt") == changed(3, 12)


# What does not fit


def test_a_conflict_is_merged_three_ways_and_keeps_its_author(theirs: Offer) -> None:
    repo = theirs.repo
    repo.write("text.txt", changed(3, to="ours"))
    repo.commit("Ours")
    repo.git("commit", "--quiet", "--amend", "--no-edit")
    mail = repo.git("format-patch", "--stdout", "-1", "theirs~1").replace(b"The Tests", b"Someone Else")
    answer = dagpatch(repo.path, "apply", "-", stdin=mail)
    assert answer.status == 1
    text = repo.read("text.txt")
    assert b"<<<<<<< HEAD\nours 3\n=======\nchanged 3\n>>>>>>> Step 1\n" in text
    assert b"changed 12\n" in text
    repo.write("text.txt", changed(12, text=changed(3, to="both")))
    repo.git("add", "text.txt")
    assert dagpatch(repo.path, "apply", "--continue").status == 0
    assert repo.git("log", "-1", "--format=%an %s") == b"Someone Else Step 1\n"


def test_a_later_mail_waits_while_an_earlier_one_conflicts(theirs: Offer) -> None:
    repo = theirs.repo
    repo.write("text.txt", changed(3, to="ours"))
    repo.commit("Ours")
    mails = repo.git("format-patch", "--stdout", "base..theirs")
    assert dagpatch(repo.path, "apply", "-", stdin=mails).status == 1
    assert dagpatch(repo.path, "apply", "--skip").status == 0
    assert repo.git("log", "-1", "--format=%s") == b"Step 2\n"
    assert repo.read("text.txt") == changed(3, to="ours")
    assert repo.read("new.txt") == b"new\n"


def test_a_diff_whose_blob_is_nowhere_is_refused_with_the_place(theirs: Offer) -> None:
    other = clone(theirs.repo, "elsewhere", "base")
    other.write("text.txt", changed(3, to="ours"))
    other.commit("Ours")
    other.git("tag", "--delete", "base")
    foreign = Repo.init(theirs.repo.path.parent / "foreign")
    foreign.write("text.txt", changed(3, to="ours"))
    foreign.commit("Ours")
    mails = theirs.repo.git("format-patch", "--stdout", "base..theirs")
    answer = refused(foreign, "-", stdin=mails)
    assert answer.status == 3
    assert "'text.txt' at line 4" in answer.err
    assert "'line 3\\n'; there stands 'ours 3\\n'" in answer.err
    # Where the blob is at hand, the same is a conflict.
    assert dagpatch(other.path, "apply", "-", stdin=mails).status == 1


def test_a_hunk_that_fits_twice_is_refused(repo: Repo) -> None:
    block = b"".join(b"same %d\n" % number for number in range(7))
    repo.write("f", b"top\n" + block + b"middle\n" + block + b"end\n")
    repo.commit("Base")
    diff = b"--- a/f\n+++ b/f\n@@ -40,3 +40,3 @@\n same 2\n-same 3\n+other\n same 4\n"
    answer = refused(repo, "-n", "-", stdin=diff)
    assert answer.status == 3
    assert "at line 4 and at line 12" in answer.err


def test_nothing_lands_where_a_later_mail_is_refused(theirs: Offer) -> None:
    mails = theirs.repo.git("format-patch", "--stdout", "base..theirs")
    for damaged, status in (
        (mails.replace(b"-other\n", b"-another\n"), 3),
        (mails[: mails.index(b"diff --git a/other.txt")] + b"diff --git a/other.txt b/other.txt\n", 2),
        (mails.replace(b"Date: ", b"Date: x"), 2),
        (mails + mails[: mails.index(b"\n---\n")] + b"\n\nNo diff.\n", 2),
    ):
        assert refused(theirs.repo, "-", stdin=damaged).status == status


@pytest.mark.parametrize("path", [b"../out", b".git/config", b"a/.GIT/hooks/x"])
def test_a_diff_cannot_reach_outside(theirs: Offer, path: bytes) -> None:
    diff = b"diff --git a/%b b/%b\nnew file mode 100644\n--- /dev/null\n+++ b/%b\n@@ -0,0 +1 @@\n+x\n"
    answer = refused(theirs.repo, "-n", "-", stdin=diff.replace(b"%b", path))
    assert answer.status == 2


def test_what_is_there_already_is_said(theirs: Offer) -> None:
    repo = theirs.repo
    mails = repo.git("format-patch", "--stdout", "base..theirs")
    assert dagpatch(repo.path, "apply", "-", stdin=mails).status == 0
    before = look(repo)
    answer = dagpatch(repo.path, "apply", "-", stdin=mails)
    assert (answer.status, answer.out) == (0, b"")
    assert answer.err == "There already: Step 1\nThere already: Step 2\n"
    assert look(repo) == before


def test_a_diff_that_was_changed_by_hand_is_told_of(theirs: Offer) -> None:
    repo = theirs.repo
    mail = repo.git("format-patch", "--stdout", "-1", "theirs~1").replace(b"+changed 3", b"+by hand 3")
    (verdict,) = dagpatch(repo.path, "verify", "--json", "-", stdin=mail).documents
    assert verdict["exact"] is False
    assert "text.txt" in verdict["problem"]
    answer = dagpatch(repo.path, "apply", "-", stdin=mail)
    assert answer.status == 0
    assert answer.err.startswith("Warning: text.txt does not become the blob")


# Series


@pytest.fixture
def files(theirs: Offer) -> list[Path]:
    """The mails of the two steps, a file each."""
    theirs.repo.git("format-patch", "--quiet", "-o", "../mails", "base..theirs")
    return sorted((theirs.repo.path.parent / "mails").iterdir())


def test_patches_of_all_kinds_stand_side_by_side(theirs: Offer, files: list[Path]) -> None:
    repo = theirs.repo
    for one, two in (
        (files[0], theirs.patches[1]),
        (theirs.patches[0], files[1]),
        ("theirs~1", files[1]),
        (files[0], "theirs"),
    ):
        repo.git("reset", "--quiet", "--hard", "base")
        answer = dagpatch(repo.path, "apply", one, two)
        assert answer.status == 0
        assert repo.oid("HEAD^{tree}") == repo.oid("theirs^{tree}")
        assert repo.oid("HEAD~1^{tree}") == repo.oid("theirs~1^{tree}")


def test_a_diff_is_read_on_what_the_patches_before_it_make(repo: Repo) -> None:
    """The lines that it changes come with the commit and with the mail before it."""
    made = offer(repo, {"a": LINES}, {"b": LINES})
    repo.git("switch", "--quiet", "theirs")
    repo.write("a", changed(4))
    repo.write("b", changed(5))
    diff = b"".join(line for line in repo.git("diff").splitlines(keepends=True) if not line.startswith(b"index "))
    repo.git("checkout", "--quiet", "--force", "main")
    mail = repo.git("format-patch", "--stdout", "-1", "theirs")
    paths = [repo.path.parent / name for name in ("mail", "diff")]
    for path, content in zip(paths, (mail, diff), strict=True):
        path.write_bytes(content)
    assert refused(repo, "-n", paths[1]).status == 3
    answer = dagpatch(repo.path, "apply", "-m", "Then this", made.patches[0], *paths)
    assert answer.status == 0
    assert (repo.read("a"), repo.read("b")) == (changed(4), changed(5))


def test_blobs_of_earlier_files_are_at_hand(repo: Repo) -> None:
    """The second mail was made on what the first makes of a version that the target has moved on from."""
    offer(repo, {"text.txt": changed(3)}, {"text.txt": changed(3, 4)})
    repo.git("format-patch", "--quiet", "-o", "../mails", "base..theirs")
    other = clone(repo, "elsewhere", "base")
    other.write("text.txt", changed(18, to="ours"))
    other.commit("Ours")
    assert dagpatch(other.path, "apply", *sorted((repo.path.parent / "mails").iterdir())).status == 0
    assert other.read("text.txt") == changed(3, 4, text=changed(18, to="ours"))


# The other commands


def test_show_reads_mails_and_diffs(theirs: Offer, files: list[Path]) -> None:
    repo = theirs.repo
    mails = repo.git("format-patch", "--stdout", "base..theirs")
    shown = [dagpatch(repo.path, "show", "--json", "-", stdin=mails), dagpatch(repo.path, "show", "--json", *files)]
    for answer in shown:
        one, two = answer.documents
        assert [one["metadata"]["message"], two["metadata"]["message"]] == ["Step 1\n", "Step 2\n"]
        assert (one["base"], one["result"]) == (repo.oid("base^{tree}"), two["base"])
        assert two["result"] == repo.oid("theirs^{tree}")
        assert sorted(op["type"] for op in two["operations"]) == ["create", "delete"]
    diff = repo.git("diff", "base", "theirs")
    assert b"create" in dagpatch(repo.path, "show", "-", stdin=diff).out


def test_verify_reads_mails(theirs: Offer, files: list[Path]) -> None:
    verdicts = dagpatch(theirs.repo.path, "verify", "--json", *files).documents
    assert [verdict["exact"] for verdict in verdicts] == [True, True]


def test_apply_tree_takes_one_mail(theirs: Offer, files: list[Path]) -> None:
    repo = theirs.repo
    before = look(repo)
    assert dagpatch(repo.path, "apply-tree", files[0], "base").lines == [repo.oid("theirs~1^{tree}")]
    assert dagpatch(repo.path, "apply-tree", files[1], "theirs~1").lines == [repo.oid("theirs^{tree}")]
    mails = repo.git("format-patch", "--stdout", "base..theirs")
    assert dagpatch(repo.path, "apply-tree", "-", "base", stdin=mails).status == 2
    assert look(repo) == before


def test_a_dry_run_of_mails_writes_nothing(theirs: Offer) -> None:
    repo = theirs.repo
    before = look(repo)
    mails = repo.git("format-patch", "--stdout", "base..theirs")
    answer = dagpatch(repo.path, "apply", "--dry-run", "-", stdin=mails)
    assert answer.status == 0
    assert [line.rpartition(" ")[2] for line in answer.lines] == [
        repo.oid("theirs~1^{tree}"),
        repo.oid("theirs^{tree}"),
    ]
    assert look(repo) == before


@pytest.mark.parametrize("verb", ["show", "verify"])
def test_a_diff_says_nothing_outside_of_a_repository(theirs: Offer, tmp_path: Path, verb: str) -> None:
    (tmp_path / "x.diff").write_bytes(theirs.repo.git("diff", "base", "theirs"))
    answer = dagpatch(tmp_path, verb, "x.diff")
    assert answer.status == 3
    assert "in a repository only" in answer.err


def test_a_text_that_is_no_patch_is_refused(theirs: Offer) -> None:
    assert refused(theirs.repo, "-", stdin=b"Dear all,\n\nthis is no patch.\n").status == 2


def test_what_reads_diffs_is_loaded_for_them_only(theirs: Offer, files: list[Path]) -> None:
    program = "import sys; from git_dagpatch.cli.main import run; run(sys.argv[1:]); print('unidiff' in sys.modules)"
    for path, loaded in ((theirs.patches[0], b"False"), (files[0], b"True")):
        command = [sys.executable, "-c", program, "verify", str(path)]
        done = subprocess.run(command, cwd=theirs.repo.path, capture_output=True, check=True)
        assert done.stdout.split()[-1] == loaded
