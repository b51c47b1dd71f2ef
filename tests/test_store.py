"""Every kind of repository that git makes, and every kind of commit, gives the same patches."""

from __future__ import annotations

import base64
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from git_dagpatch.model.codec import decode
from git_dagpatch.model.text import to_bytes
from tests.command_line import called_by_git, contents, dagpatch, without_objects
from tests.repositories import Repo
from tests.samples import history, lines


@pytest.fixture
def source(repo: Repo) -> Repo:
    """Three commits, a branch beside them, and tags."""
    history(repo, "First", "Second", "Third")
    repo.git("switch", "--quiet", "--create", "side", "HEAD~1")
    repo.write("log.txt", lines((2, "changed by 1"), (12, "changed on the side")).encode())
    repo.commit("Side")
    repo.git("switch", "--quiet", "main")
    repo.git("tag", "--annotate", "--message", "A tag", "annotated")
    repo.git("tag", "--annotate", "--message", "A tag of a tag", "twice", "annotated")
    repo.git("tag", "light")
    repo.git("tag", "--annotate", "--message", "A tag of a tree", "tree-tag", "HEAD^{tree}")
    repo.git("tag", "--annotate", "--message", "A tag of a blob", "blob-tag", "HEAD:log.txt")
    return repo


def same(source: Repo, path: Path) -> Path:
    return source.path


def bare(source: Repo, path: Path) -> Path:
    source.git("clone", "--quiet", "--bare", ".", path / "bare.git")
    return path / "bare.git"


def cloned(source: Repo, path: Path) -> Path:
    source.git("clone", "--quiet", ".", path / "clone")
    Repo(path / "clone").git("branch", "--quiet", "side", "origin/side")
    return path / "clone"


def packed(source: Repo, path: Path) -> Path:
    source.git("gc", "--quiet", "--prune=now")
    assert not (source.path / ".git/refs/heads/main").exists()
    assert list((source.path / ".git/objects/pack").glob("*.pack"))
    return source.path


def sharing(source: Repo, path: Path) -> Path:
    """Its objects are another repository's (alternates)."""
    source.git("clone", "--quiet", "--shared", ".", path / "shared")
    Repo(path / "shared").git("branch", "--quiet", "side", "origin/side")
    assert (path / "shared/.git/objects/info/alternates").exists()
    return path / "shared"


def linked(source: Repo, path: Path) -> Path:
    source.git("worktree", "add", "--quiet", "--detach", path / "linked", "main")
    return path / "linked"


def linked_to_bare(source: Repo, path: Path) -> Path:
    Repo(bare(source, path)).git("worktree", "add", "--quiet", "--detach", path / "linked", "main")
    return path / "linked"


def below(source: Repo, path: Path) -> Path:
    (source.path / "sub/deep").mkdir(parents=True)
    return source.path / "sub/deep"


def in_git_dir(source: Repo, path: Path) -> Path:
    return source.path / ".git"


def separate(source: Repo, path: Path) -> Path:
    """A work tree whose `.git` is a file."""
    source.git("init", "--quiet", "--separate-git-dir", path / "elsewhere.git")
    assert (source.path / ".git").is_file()
    return source.path


def submodule(source: Repo, path: Path) -> Path:
    outer = Repo.init(path / "outer")
    outer.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", source.path, "inner")
    Repo(path / "outer/inner").git("branch", "--quiet", "side", "origin/side")
    return path / "outer/inner"


PLACES: list[Callable[[Repo, Path], Path]] = [
    *(same, bare, cloned, packed, sharing, linked, linked_to_bare, below, in_git_dir, separate, submodule)
]


@pytest.mark.parametrize("place", PLACES, ids=lambda place: str(place.__name__))
def test_every_repository_gives_the_same(source: Repo, tmp_path: Path, place: Callable[[Repo, Path], Path]) -> None:
    calls = [
        ["export", "-o", "-", "HEAD~2..HEAD"],
        ["show", "--json", "side"],
        ["verify", "HEAD~2..HEAD", "HEAD~2"],
        ["apply-tree", "side", "HEAD"],
    ]
    expected = [dagpatch(source.path, *arguments) for arguments in calls]
    assert [answer.status for answer in expected] == [0, 0, 0, 0]
    measures = dagpatch(source.path, "stats", "--json", "HEAD", "HEAD~2").documents
    directory = place(source, tmp_path)
    assert [dagpatch(directory, *arguments) for arguments in calls] == expected
    made = expected[3].lines[0]
    assert Repo(directory).git("cat-file", "-t", made) == b"tree\n"
    rows = dagpatch(directory, "stats", "--json", "HEAD", "HEAD~2").documents
    for row in rows + measures:
        del row["milliseconds"]
    assert rows == measures


def test_a_linked_work_tree_has_a_head_of_its_own(source: Repo, tmp_path: Path) -> None:
    source.git("worktree", "add", "--quiet", tmp_path / "linked", "side")
    assert dagpatch(tmp_path / "linked", "show").out == dagpatch(source.path, "show", "side").out
    assert dagpatch(source.path, "show").out == dagpatch(source.path, "show", "main").out


def test_objects_are_written_to_the_repository_and_not_to_its_alternate(source: Repo, tmp_path: Path) -> None:
    shared = Repo(sharing(source, tmp_path))
    before = contents(source.path)
    made = dagpatch(shared.path, "apply-tree", "side", "main").lines[0]
    assert shared.git("cat-file", "-t", made) == b"tree\n"
    assert contents(source.path) == before


def test_a_linked_work_tree_writes_to_the_common_objects(source: Repo, tmp_path: Path) -> None:
    directory = linked(source, tmp_path)
    made = dagpatch(directory, "apply-tree", "side", "main").lines[0]
    assert source.git("cat-file", "-t", made) == b"tree\n"


@pytest.mark.parametrize("revision", ["annotated", "twice", "light", "refs/tags/annotated", "tags/twice"])
def test_a_tag_names_its_commit(source: Repo, revision: str) -> None:
    for verb in (["export", "-o", "-"], ["show"], ["verify"]):
        assert dagpatch(source.path, *verb, revision) == dagpatch(source.path, *verb, "main")
    assert dagpatch(source.path, "export", "-o", "-", f"HEAD~1..{revision}").lines == (
        dagpatch(source.path, "export", "-o", "-", "main").lines
    )
    assert dagpatch(source.path, "apply-tree", "side", revision) == dagpatch(source.path, "apply-tree", "side", "main")


def test_a_tag_of_a_tree_is_a_treeish_and_no_revision(source: Repo) -> None:
    expected = dagpatch(source.path, "apply-tree", "side", "main").out
    for treeish in ("tree-tag", "main^{tree}", "main:", source.oid("main^{tree}")[:12]):
        assert dagpatch(source.path, "apply-tree", "side", treeish).out == expected
    assert dagpatch(source.path, "show", "tree-tag").status == 3
    assert dagpatch(source.path, "apply-tree", "side", "blob-tag").status == 3


@pytest.mark.parametrize("revision", ["main@{0}", "@", "HEAD^{/Second}", ":/Second", "main~1", "side^", "HEAD^0"])
def test_every_spelling_of_git_names_a_commit(source: Repo, revision: str) -> None:
    (document,) = dagpatch(source.path, "show", "--json", revision).documents
    assert document["metadata"]["commit"] == source.oid(revision)


# Called by git, from elsewhere


def test_git_c_and_git_dir(source: Repo, tmp_path: Path) -> None:
    expected = dagpatch(source.path, "show", "HEAD~1").out
    git_dir = str(source.path / ".git")
    for arguments in (
        ["-C", str(source.path), "dagpatch", "show", "HEAD~1"],
        ["--git-dir", git_dir, "dagpatch", "show", "HEAD~1"],
        ["dagpatch", "-C", str(source.path), "show", "HEAD~1"],
    ):
        answer = called_by_git(tmp_path, *arguments)
        assert (answer.status, answer.out, answer.err) == (0, expected, "")
    named = called_by_git(tmp_path, "dagpatch", "show", "HEAD~1", environment={**os.environ, "GIT_DIR": git_dir})
    assert (named.status, named.out, named.err) == (0, expected, "")


def test_git_dir_goes_before_the_current_directory(
    source: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Repo.init(tmp_path / "other")
    history(other, "Other")
    expected = dagpatch(source.path, "show").out
    monkeypatch.setenv("GIT_DIR", str(source.path / ".git"))
    assert dagpatch(other.path, "show").out == expected
    measured = dagpatch(other.path, "stats", "--json")
    assert (measured.status, len(measured.documents)) == (0, 1)
    made = dagpatch(other.path, "apply-tree", "side", "main").lines[0]
    monkeypatch.delenv("GIT_DIR")
    assert source.git("cat-file", "-t", made) == b"tree\n"


def test_files_are_named_from_the_current_directory(source: Repo) -> None:
    directory = below(source, source.path)
    (name,) = dagpatch(directory, "export", "-o", "out").lines
    assert (directory / name).exists()
    assert dagpatch(directory, "show", name).out == dagpatch(source.path, "show").out
    through_git = called_by_git(directory, "dagpatch", "show", name)
    assert through_git.out == dagpatch(source.path, "show").out


def test_many_commits_in_processes_of_their_own(repo: Repo) -> None:
    commits = history(repo, *(f"Number {number}" for number in range(25)))
    one = called_by_git(repo.path, "dagpatch", "export", "--jobs", "1", "-o", "-", f"{commits[0]}..")
    several = called_by_git(repo.path, "dagpatch", "export", "--jobs", "2", "-o", "-", f"{commits[0]}..")
    assert one.status == several.status == 0
    assert several.out == one.out
    assert len(one.documents) == 24


# Commits as odd as they stand in real histories


def commit_object(repo: Repo, author: bytes, message: bytes, *headers: bytes) -> str:
    """A commit of the tree of HEAD on HEAD, byte for byte as given, which git would not write by itself."""
    head = [b"tree " + repo.oid("HEAD^{tree}").encode(), b"parent " + repo.oid("HEAD").encode(), b"author " + author]
    lines = [*head, b"committer The Tests <tests@example.com> 1767319445 +0100", *headers]
    content = b"\n".join(lines) + b"\n\n" + message
    return repo.git("hash-object", "-t", "commit", "--literally", "-w", "--stdin", input=content).decode().strip()


def described(repo: Repo, commit: str) -> dict[str, Any]:
    """What the patch of `commit` tells about it, after checking that every verb can live with it."""
    document = dagpatch(repo.path, "show", "--json", commit)
    assert document.status == 0, document.err
    for arguments in (
        ["show", commit],
        ["verify", commit],
        ["stats", "--json", commit],
        ["apply-tree", commit, "HEAD"],
    ):
        answer = dagpatch(repo.path, *arguments)
        assert answer.status == 0, answer.err
    read = decode(document.out)
    fields: dict[str, Any] = document.documents[0]["metadata"]
    author = read.metadata.author
    assert author
    fields["author"] |= {"name": to_bytes(author.name), "email": to_bytes(author.email)}
    fields["message"] = to_bytes(read.metadata.message or "")
    return fields


AUTHORS = {
    "usual": (b"A Name <a@example.com> 1700000000 +0100", b"A Name", b"a@example.com", "2023-11-14T23:13:20+01:00"),
    "no name": (b"<a@example.com> 1700000000 +0000", b"", b"a@example.com", "2023-11-14T22:13:20+00:00"),
    "no email": (b"A Name <> 1700000000 +0000", b"A Name", b"", "2023-11-14T22:13:20+00:00"),
    "no brackets": (b"A Name 1700000000 +0000", b"A Name 1700000000 +0000", b"", "1970-01-01T00:00:00+00:00"),
    "empty": (b"", b"", b"", "1970-01-01T00:00:00+00:00"),
    "a bracket in the name": (b"A <x> B <a@b> 1700000000 +0000", b"A", b"x> B <a@b", "2023-11-14T22:13:20+00:00"),
    "bytes that are not UTF-8": (b"Jos\xe9 <jos\xe9@b> 0 +0000", b"Jos\xe9", b"jos\xe9@b", "1970-01-01T00:00:00+00:00"),
    "before 1970": (b"A <a@b> -86400 -0330", b"A", b"a@b", "1969-12-30T20:30:00-03:30"),
    "an offset of days": (b"A <a@b> 1700000000 +5130", b"A", b"a@b", None),
    "an offset of five digits": (b"A <a@b> 1700000000 +051800", b"A", b"a@b", None),
    "after all calendars": (b"A <a@b> 99999999999999 +0000", b"A", b"a@b", "99999999999999 +0000"),
    "no date": (b"A <a@b> ", b"A", b"a@b", ""),
    "words for a date": (b"A <a@b> yesterday noon", b"A", b"a@b", "yesterday noon"),
}


@pytest.mark.parametrize("name", AUTHORS)
def test_an_odd_author(repo: Repo, name: str) -> None:
    line, person, email, date = AUTHORS[name]
    history(repo, "First")
    fields = described(repo, commit_object(repo, line, b"Odd\n"))
    assert (fields["author"]["name"], fields["author"]["email"]) == (person, email)
    assert date is None or fields["author"]["date"] == date


def test_a_message_in_latin_1(repo: Repo) -> None:
    history(repo, "First")
    repo.git("config", "i18n.commitEncoding", "ISO-8859-1")
    repo.git("commit", "--quiet", "--allow-empty", "--file", "-", input=b"D\xe9j\xe0 vu\n")
    fields = described(repo, "HEAD")
    assert fields["encoding"] == "ISO-8859-1"
    assert fields["message"] == b"D\xe9j\xe0 vu\n"
    (document,) = dagpatch(repo.path, "show", "--json").documents
    assert base64.b64decode(document["metadata"]["message"]["base64"]) == b"D\xe9j\xe0 vu\n"
    (name,) = dagpatch(repo.path, "export").lines
    assert name == "0001-D-j-vu.dagpatch.json"


MESSAGES = {
    "not UTF-8": b"\xff\xfe broken \xc3\n",
    "empty": b"",
    "no line end": b"No end",
    "only blank": b"\n\n",
    "a NUL": b"before\0after\n",
    "carriage returns": b"Windows\r\n\r\nbody\r\n",
    "a first line that is blank": b"\n\nLater\n",
    "like a header": b"tree of nothing\nauthor nobody\n",
}


@pytest.mark.parametrize("message", MESSAGES.values(), ids=MESSAGES)
def test_an_odd_message_is_kept_byte_for_byte(repo: Repo, message: bytes) -> None:
    history(repo, "First")
    commit = commit_object(repo, b"A <a@b> 0 +0000", message)
    assert described(repo, commit)["message"] == message
    (name,) = dagpatch(repo.path, "export", commit).lines
    assert name.startswith("0001-")
    assert name.isprintable()


def test_headers_that_are_of_no_concern(repo: Repo) -> None:
    history(repo, "First")
    signature = b"gpgsig -----BEGIN PGP SIGNATURE-----\n \n encoding fake\n author nobody\n -----END PGP SIGNATURE-----"
    fields = described(repo, commit_object(repo, b"A <a@b> 0 +0000", b"Signed\n", signature, b"mergetag x"))
    assert fields["author"]["name"] == b"A"
    assert fields["message"] == b"Signed\n"
    assert "encoding" not in fields


def test_a_commit_without_a_message_part(repo: Repo) -> None:
    history(repo, "First")
    head = b"tree %b\nauthor A <a@b> 0 +0000\ncommitter A <a@b> 0 +0000\n" % repo.oid("HEAD^{tree}").encode()
    commit = repo.git("hash-object", "-t", "commit", "--literally", "-w", "--stdin", input=head).decode().strip()
    assert described(repo, commit)["message"] == b""


# Histories that are not whole


def test_the_first_commit_of_a_shallow_clone_is_refused(source: Repo, tmp_path: Path) -> None:
    """git shows it as if it brought everything, which it did not."""
    clone = Repo(tmp_path / "shallow")
    source.git("clone", "--quiet", "--depth", "2", "--no-single-branch", f"file://{source.path}", clone.path)
    assert dagpatch(clone.path, "show", "--json", "HEAD").out == dagpatch(source.path, "show", "--json", "HEAD").out
    before = contents(clone.path)
    for arguments in (
        ["export", "HEAD~1"],
        ["show", "HEAD~1"],
        ["verify", "HEAD~1"],
        ["stats", "HEAD~1"],
        ["apply-tree", "HEAD~1", "HEAD"],
    ):
        answer = dagpatch(clone.path, *arguments)
        assert (answer.status, answer.out) == (3, b"")
        assert "shallow" in answer.err
        assert "git fetch" in answer.err
    assert contents(clone.path) == before


def test_a_range_in_a_shallow_clone(source: Repo, tmp_path: Path) -> None:
    clone = Repo(tmp_path / "shallow")
    source.git("clone", "--quiet", "--depth", "2", f"file://{source.path}", clone.path)
    answer = dagpatch(clone.path, "export", "-o", "-", "HEAD~1..HEAD")
    assert answer.out == dagpatch(source.path, "export", "-o", "-", "HEAD").out
    made = dagpatch(clone.path, "apply-tree", "HEAD~1..HEAD", "HEAD~1")
    assert made.lines == [source.oid("HEAD^{tree}")]


@pytest.mark.xfail(reason="libgit2 does not know of `git replace`")
def test_a_replaced_commit_is_read_as_git_reads_it(source: Repo) -> None:
    """`git replace` is obeyed by git everywhere; a patch of another commit than git shows would be wrong in silence."""
    source.git("replace", "HEAD", "side")
    assert source.git("log", "-1", "--format=%s") == b"Side\n"
    answer = dagpatch(source.path, "show", "HEAD")
    assert answer.status == 3 or "    Side\n" in answer.out.decode()


def test_reading_changes_nothing(source: Repo) -> None:
    before = contents(source.path)
    for arguments in (["show"], ["show", "--json", "HEAD~2..HEAD"], ["stats"], ["verify", "HEAD~2..HEAD"]):
        assert dagpatch(source.path, *arguments).status == 0
    assert contents(source.path) == before
    dagpatch(source.path, "apply-tree", "side", "main")
    assert without_objects(contents(source.path)) == without_objects(before)
