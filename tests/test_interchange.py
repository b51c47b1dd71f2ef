"""Diffs and mails of the real git, read into patches: what git would make of them is what they make."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from git_dagpatch.engine.execute import execute
from git_dagpatch.interchange.patches import Imported, is_diff, patches_from_text
from git_dagpatch.model.commit import Commit, git_date
from git_dagpatch.model.errors import InvalidPatch
from git_dagpatch.model.objects import FILE, Objects
from git_dagpatch.model.operation import Move
from git_dagpatch.model.text import to_bytes
from git_dagpatch.model.tree import Tree, empty_tree
from git_dagpatch.store.libgit import LibgitStore
from tests.repositories import Repo
from tests.strategies import Pair, pairs
from tests.trees import File, Files, Snapshot, files_of, script, symlink, text, tree_id, tree_of

_OPTIONS = [
    *([], ["-M"], ["-M", "-C"], ["-M10%", "-C10%", "--find-copies-harder"], ["-B", "-M"], ["-B", "-M", "-C"]),
    *(["--no-prefix"], ["-M", "--no-prefix"], ["--src-prefix=old/", "--dst-prefix=b/"], ["-M", "--src-prefix=1/"]),
    *(["-U0"], ["-U1"], ["-U100"], ["-W"], ["--no-indent-heuristic", "--patience"], ["--irreversible-delete"]),
]


def imported(data: bytes, target: Tree, blobs: Mapping[str, str] | None = None) -> list[Imported]:
    """The patches in `data`; `blobs` are at hand under these ids."""
    found = blobs or {}
    return patches_from_text(data, target, found.get)


def results_of(data: bytes, target: Tree) -> list[str]:
    """The trees that the patches in `data` lead to, each executed on what the one before it left."""
    trees = [target.id]
    for one in imported(data, target):
        assert one.patch.base == one.base.id == trees[-1]
        assert one.differing == ()
        trees.append(execute(one.patch.operations, one.base, Objects(one.base.source)).id)
        assert one.patch.result == trees[-1]
    return trees[1:]


def kinds(one: Imported) -> list[str]:
    return sorted(operation.type for operation in one.patch.operations)


# Any two trees


def _as_git_writes(files: Files) -> Files:
    """A diff says of a file's mode only whether it is executable; an id of zeros means in it that there is none."""
    plain = {"100664": FILE}
    return {
        path: File(plain.get(file.mode, file.mode), file.content.replace(b"0" * 40, b"c" * 40))
        for path, file in files.items()
    }


def _applies(data: bytes, tree: str, repo: Repo) -> bool:
    """Whether git can apply its own diff. With -B it does not say that what stood at the target of a rename goes."""
    repo.git("read-tree", tree)
    try:
        repo.git("apply", "--cached", "--check", input=data)
    except subprocess.CalledProcessError:
        return False
    return True


@settings(max_examples=150, suppress_health_check=[*HealthCheck])
@given(pairs(), st.sampled_from(_OPTIONS))
@example(
    Pair(
        Snapshot({b"a": text(b"x\n" * 9), b"b": text(b"y\n" * 9)}, {}),
        Snapshot({b"a": text(b"y\n" * 9), b"b": text(b"x\n" * 9)}, {}),
    ),
    ["-B", "-M"],
)
def test_a_diff_makes_of_one_tree_the_other(repo: Repo, pair: Pair, options: list[str]) -> None:
    store = LibgitStore(str(repo.path))
    before, after = (tree_of(_as_git_writes(snapshot.files)) for snapshot in pair)
    for tree in (before, after):
        assert isinstance(tree.source, Objects)
        store.write(tree.source)
    data = repo.git("diff", "--binary", "--full-index", *options, before.id, after.id)
    assert is_diff(data) == bool(data)
    if data and ("-B" not in options or _applies(data, before.id, repo)):
        assert results_of(data, Tree(store, before.id)) == [after.id]


# A made history

_LINES = b"".join(b"line %d\n" % number for number in range(40))
_BINARY = bytes(range(256)) * 40


def _first(repo: Repo) -> None:
    repo.write("a.txt", _LINES)
    repo.write("b.py", b"def f():\n    return 1\n\n\ndef g():\n    return 2\n")
    repo.write("crlf", b"one\r\ntwo\r\nthree\r\n")
    repo.write("open end", b"one\ntwo")
    repo.write("logo.png", _BINARY)
    repo.write("empty", b"")
    repo.write("latin", "naïve\n".encode("latin-1"))


def _edit(repo: Repo) -> None:
    repo.write("a.txt", _LINES.replace(b"line 7\n", b"line seven\n").replace(b"line 30\n", b""))
    repo.write("crlf", b"one\r\nzwei\r\nthree\r\n")
    repo.write("open end", b"one\ntwo\nthree")
    repo.write("latin", "naïvely\n".encode("latin-1"))


def _rename_and_copy(repo: Repo) -> None:
    repo.git("mv", "a.txt", "renamed to.txt")
    repo.write("copied.txt", repo.read("renamed to.txt") + b"and one more\n")
    repo.write("renamed to.txt", repo.read("renamed to.txt").replace(b"line 11\n", b"line XI\n"))
    repo.git("mv", "empty", "still empty")


def _modes_and_links(repo: Repo) -> None:
    repo.write("b.py", repo.read("b.py"), executable=True)
    (repo.path / "link").symlink_to("b.py")
    repo.git("update-index", "--add", "--cacheinfo", f"160000,{'ab' * 20},module")
    repo.remove("open end")


def _binary(repo: Repo) -> None:
    repo.write("logo.png", _BINARY[:5000] + b"\0changed\0" + _BINARY[5000:])
    repo.write("new.bin", b"\0\1\2" * 50)


def _type_change(repo: Repo) -> None:
    repo.remove("copied.txt")
    (repo.path / "copied.txt").symlink_to("elsewhere")
    repo.git("update-index", "--add", "--cacheinfo", f"160000,{'cd' * 20},module")
    repo.remove("new.bin")
    repo.write("logo.png", _BINARY[:100])


def _odd_names(repo: Repo) -> None:
    for name in (
        b'quo"ted',
        b"tab\there",
        b"caf\xe9",
        "déjà/vu".encode(),
        b" lead",
        b"b/a/b",
        b"a b/a b",
        b"back\\slash",
    ):
        repo.write(name, b"content of " + name + b"\n")


def _odd_names_again(repo: Repo) -> None:
    repo.git("mv", "déjà/vu", 'new "name"')
    repo.write(b"caf\xe9", b"changed\n")
    repo.write(b"a b/a b", b"x", executable=True)
    repo.remove(b" lead")


_HISTORY: list[tuple[Callable[[Repo], None], str, str, str]] = [
    (_first, "A U Thor <author@example.com>", "2026-01-02T03:04:05+0100", "First"),
    (_edit, "Zoë Ünïcode <zoe@example.com>", "2020-02-29T23:59:59-0330", "Grüße an alle, und zwar so viele, dass die "
     "Zeile gefaltet werden muss, weil sie sonst zu lang wäre\n\nÜber mehrere\nZeilen.\n\n\n  Eingerückt.  \n"),
    (_rename_and_copy, '"Doe, John" <john@example.com>', "1999-12-31T23:59:59+0000", "Two lines\nof subject\n\nBody"),
    (_modes_and_links, "山田 太郎 <taro@example.com>", "2026-01-02T03:04:05+1345", "[tag] Re: modes: and links"),
    (_binary, "O'Neil (work) <on@example.com>", "2026-06-02T03:04:05-0800", "Binary\n\nSigned-off-by: X <x@y>"),
    (_type_change, "x <x@example.com>", "2005-04-07T15:13:13-0700", "Types\n\nA line.\nFrom: no header\nDate: never"),
    (_odd_names, "More Than Sixty Bytes, So That It Is Not Taken For A Person's Name <l@example.com>",
     "2026-01-02T00:00:00+0000", "Names\n\n=?UTF-8?q?not=20encoded?= = =20 \t tab\n.dot\nFrom here on"),
    (_odd_names_again, "Ends. <e@example.com>", "2026-01-02T03:04:06+0100", "Names again\n\nbefore\n---\nafter"),
]  # fmt: skip


@pytest.fixture
def history(repo: Repo) -> Repo:
    for change, author, date, message in _HISTORY:
        change(repo)
        repo.git("add", "--all", "--", ":!module")
        repo.git("commit", "--quiet", "--cleanup=verbatim", f"--author={author}", f"--date={date}", "-m", message)
    return repo


def commits(repo: Repo, since: str = "") -> list[Commit]:
    """The commits of HEAD's history after `since`, oldest first."""
    store = LibgitStore(str(repo.path))
    oids = repo.git("rev-list", "--reverse", f"{since}..HEAD" if since else "HEAD").decode().split()
    return [store.commit(oid) for oid in oids]


@pytest.mark.parametrize(
    "options",
    [
        *([], ["--full-index"], ["-U1"], ["--attach"], ["--inline"], ["--no-signature"], ["--signoff"], ["--no-stat"]),
        *(["--encode-email-headers"], ["--no-encode-email-headers"], ["--from=Sender <sender@example.com>"], ["-N"]),
        *(["--subject-prefix=RFC PATCH v2"], ["--no-renames"], ["--thread", "--add-header=X-Odd: a\tb"], ["--notes"]),
    ],
    ids=" ".join,
)
def test_mails_are_what_git_am_makes_of_them(history: Repo, tmp_path: Path, options: list[str]) -> None:
    mails = history.git("format-patch", "--stdout", "--binary", "-M", "-C", *options, "--root", "HEAD")
    clone = Repo.init(tmp_path / "clone")
    clone.git("am", "--quiet", "--keep-cr", input=mails)
    assert is_diff(mails)
    committed = commits(clone)
    found = imported(mails, empty_tree())
    assert [one.patch.result for one in found] == [commit.tree for commit in committed]
    assert [one.patch.result for one in found] == [commit.tree for commit in commits(history)]
    assert results_of(mails, empty_tree()) == [commit.tree for commit in committed]
    for one, commit in zip(found, committed, strict=True):
        assert to_bytes(one.patch.metadata.message or "") == commit.message
        author = one.patch.metadata.author
        assert author
        # git before 2.46 takes a full stop away from the end of a name.
        assert to_bytes(author.name).rstrip(b".") == commit.author.name.rstrip(b".")
        assert (to_bytes(author.email), git_date(author.date).encode()) == commit.author[1:]


def test_mails_in_another_charset(history: Repo) -> None:
    options = ["--stdout", "--binary", "-1", "HEAD~6"]
    mail = history.git("-c", "i18n.logOutputEncoding=ISO-8859-1", "format-patch", *options)
    assert b"charset=ISO-8859-1" in mail
    store = LibgitStore(str(history.path))
    (found,) = imported(mail, Tree(store, store.tree("HEAD~7")))
    (other,) = imported(history.git("format-patch", *options), Tree(store, store.tree("HEAD~7")))
    assert found.patch.id == other.patch.id
    assert found.patch.result == store.tree("HEAD~6")


@pytest.mark.parametrize(
    "command", [["diff"], ["diff-tree", "-p"], ["diff", "--stat", "-p", "--summary"]], ids=" ".join
)
def test_diffs_between_commits(history: Repo, command: list[str]) -> None:
    store = LibgitStore(str(history.path))
    data = history.git(*command, "--binary", "-M", "-C", "HEAD~6", "HEAD")
    (found,) = imported(data, Tree(store, store.tree("HEAD~6")))
    assert (found.patch.base, found.patch.result) == (store.tree("HEAD~6"), store.tree("HEAD"))
    assert not found.patch.metadata.author
    assert not found.patch.metadata.message


def test_show_prints_diffs_in_one_text(history: Repo) -> None:
    store = LibgitStore(str(history.path))
    start = Tree(store, store.tree("HEAD~7"))
    data = history.git("show", "--binary", "-M", "-C", "--reverse", *[f"HEAD~{number}" for number in range(6, -1, -1)])
    assert results_of(data, start) == [store.tree("HEAD")]
    assert results_of(history.git("show", "--binary", "HEAD~6"), start) == [store.tree("HEAD~6")]
    log = history.git("log", "-p", "--binary", "-M", "--reverse", "HEAD~7..")
    assert results_of(log, start) == [store.tree("HEAD")]


def test_what_the_diff_says_becomes_operations(history: Repo) -> None:
    mails = history.git("format-patch", "--stdout", "--binary", "-M", "-C", "--root", "HEAD")
    found = imported(mails, empty_tree())
    assert [kinds(one) for one in found] == [
        ["create"] * 7,
        ["edit"] * 4,
        ["copy", "edit", "edit", "move", "move"],
        ["create", "create", "delete", "mode"],
        ["binary_delta", "create"],
        ["binary_delta", "create", "delete", "delete", "edit"],
        ["create"] * 8,
        ["delete", "edit", "edit", "mode", "move"],
    ]
    moves = {op.source: op for op in found[2].patch.operations if isinstance(op, Move)}
    assert moves["empty"].confidence == 1.0
    assert moves["a.txt"].target == "renamed to.txt"
    assert 0.5 <= float(moves["a.txt"].confidence or 0) < 1.0


# Other programs


_OLD = b"".join(b"line %d\n" % number for number in range(30))
_NEW = _OLD.replace(b"line 9\n", b"line nine\n")


def _diff(directory: Path, *args: str) -> bytes:
    return subprocess.run(["diff", *args], cwd=directory, capture_output=True, check=False).stdout


@pytest.mark.parametrize("prefix", [("old/", "new/"), ("a/", "b/"), ("w/x/", "w/y/")])
def test_plain_diffs(tmp_path: Path, prefix: tuple[str, str]) -> None:
    for directory, content in zip(prefix, (_OLD, _NEW), strict=True):
        (tmp_path / directory / "sub").mkdir(parents=True)
        (tmp_path / directory / "sub/with space.txt").write_bytes(content)
    (tmp_path / prefix[0] / "gone").write_bytes(b"gone\n")
    (tmp_path / prefix[1] / "come").write_bytes(b"come")
    data = _diff(tmp_path, "-urN", *prefix)
    before = tree_of({b"sub/with space.txt": text(_OLD), b"gone": text(b"gone\n"), b"other": text(b"")})
    (found,) = imported(data, before)
    after = {b"sub/with space.txt": text(_NEW), b"come": text(b"come"), b"other": text(b"")}
    assert found.patch.result == tree_id(after)
    assert kinds(found) == ["create", "delete", "edit"]


def test_plain_diff_of_a_copy_that_was_kept(tmp_path: Path) -> None:
    (tmp_path / "a.c.orig").write_bytes(_OLD)
    (tmp_path / "a.c").write_bytes(_NEW)
    for data in (_diff(tmp_path, "-u", "a.c.orig", "a.c"), _diff(tmp_path, "-u", "./a.c.orig", "./a.c")):
        (found,) = imported(data, tree_of({b"a.c": text(_OLD)}))
        assert found.patch.result == tree_id({b"a.c": text(_NEW)})


_PLAIN = b"@@ -1 +1 @@\n-old\n+new\n"


@pytest.mark.parametrize(
    "head",
    [
        *(
            b"--- d/f\n+++ d/f\n",
            b"--- a/d/f\n+++ b/d/f\n",
            b"--- x/y/d/f\n+++ x/z/d/f\n",
            b"--- p/q/r/d/f\n+++ s/q/r/d/f\n",
        ),
        *(b"--- d/f\t2020-01-01 00:00:00\n+++ d/f\t2021-01-01 00:00:00.000000000 +0100\n", b"--- d/f~\n+++ d/f\n"),
        *(b"Index: d/f\n=====\n--- d/f\t(revision 1)\n+++ d/f\t(working copy)\n", b"--- a/d//f\n+++ b/d//f\n"),
        *(b"diff --git a/d/f b/d/f\n--- a/d/f\n+++ b/d/f\n", b"diff --git d/f d/f\n--- d/f\n+++ d/f\n"),
        *(b"diff -r 0123 d/f\n--- a/d/f\tThu Jan 01 00:00:01 1970 +0000\n+++ b/d/f\tFri Jan 02 2026\n",),
        *(b'--- "a/d/f"\n+++ "b/d/f"\n', b'diff --git "a/\\144/f" "b/d/\\146"\n--- "a/\\144/f"\n+++ b/d/f\n'),
        *(
            b"--- d/f 2020-01-01 00:00:00.000000000 +0000\n+++ d/f  2020-01-01\n",
            b"A word before.\n\n--- d/f\n+++ d/f\n",
        ),
    ],
)
def test_names_and_what_surrounds_them(head: bytes) -> None:
    before = tree_of({b"d/f": text(b"old\n"), b"f": text(b"other\n")})
    (found,) = imported(head + _PLAIN, before)
    assert found.patch.result == tree_id({b"d/f": text(b"new\n"), b"f": text(b"other\n")})


def test_how_much_is_prefix_can_be_said() -> None:
    before = tree_of({b"a/f": text(b"old\n"), b"f": text(b"old\n")})
    data = b"--- a/f\n+++ a/f\n" + _PLAIN
    (found,) = patches_from_text(data, before, lambda _: None)
    assert found.patch.result == tree_id({b"a/f": text(b"new\n"), b"f": text(b"old\n")})
    (found,) = patches_from_text(data, before, lambda _: None, strip=1)
    assert found.patch.result == tree_id({b"a/f": text(b"old\n"), b"f": text(b"new\n")})
    with pytest.raises(InvalidPatch, match="names of a file"):
        patches_from_text(data, before, lambda _: None, strip=2)


def test_a_plain_diff_may_create_a_file() -> None:
    data = b"--- a/f\n+++ b/f\n@@ -0,0 +1 @@\n+new\n"
    (found,) = imported(data, tree_of({b"g": text(b"")}))
    assert kinds(found) == ["create"]
    (found,) = imported(data, tree_of({b"f": text(b"")}))
    assert kinds(found) == ["edit"]


def test_a_new_file_named_on_one_side_only() -> None:
    for name in (b"b/d/new", b"d/new"):
        (found,) = imported(b"--- /dev/null\n+++ " + name + b"\n@@ -0,0 +1 @@\n+x\n", tree_of({b"d/f": text(b"")}))
        assert b"d/new" in files_of(Tree(found.base.source, found.patch.result))


def test_a_diff_that_changes_a_file_twice() -> None:
    first = b"diff --git a/f b/f\n--- a/f\n+++ b/f\n" + _PLAIN
    second = b"diff --git a/f b/g\nrename from f\nrename to g\n"
    third = b"diff --git a/g b/g\n--- a/g\n+++ b/g\n@@ -1 +1,2 @@\n new\n+newer\n"
    (found,) = imported(first + second + third, tree_of({b"f": text(b"old\n")}))
    assert found.patch.result == tree_id({b"g": text(b"new\nnewer\n")})
    assert kinds(found) == ["edit", "edit", "move"]
    created = b"--- /dev/null\n+++ b/n\n@@ -0,0 +1 @@\n+old\n--- a/n\n+++ b/n\n" + _PLAIN
    (found,) = imported(created, tree_of({b"f": text(b"old\n")}))
    assert found.patch.result == tree_id({b"f": text(b"old\n"), b"n": text(b"new\n")})


def test_line_ends_that_a_transport_changed() -> None:
    """A patch that went through a Windows program has them in its own header, too; else they are content."""
    data = b"diff --git a/f b/f\n--- a/f\n+++ b/f\n" + _PLAIN
    (found,) = imported(data.replace(b"\n", b"\r\n"), tree_of({b"f": text(b"old\n")}))
    assert found.patch.result == tree_id({b"f": text(b"new\n")})
    mail = b"From: A <a@b>\nDate: 2 Jan 2026 03:04:05 +0100\nSubject: x\n\nText\n---\n" + data
    (found,) = imported(mail.replace(b"\n", b"\r\n"), tree_of({b"f": text(b"old\n")}))
    assert found.patch.result == tree_id({b"f": text(b"new\n")})
    assert found.patch.metadata.message == "x\n\nText\n"
    content = mail.replace(b"old\n", b"old\r\n").replace(b"new\n", b"new\r\n")
    (found,) = imported(content, tree_of({b"f": text(b"old\r\n")}))
    assert found.patch.result == tree_id({b"f": text(b"new\r\n")})


def test_modes_are_those_of_the_tree_where_the_diff_sets_none() -> None:
    data = b"diff --git a/f b/f\nindex 3367afd..3e75765 100644\n--- a/f\n+++ b/f\n" + _PLAIN
    for mode in ("100755", "100664"):
        (found,) = imported(data, tree_of({b"f": File(mode, b"old\n")}))
        assert found.patch.result == tree_id({b"f": File(mode, b"new\n")})
    data = b"diff --git a/f b/f\nold mode 100644\nnew mode 100755\n"
    (found,) = imported(data, tree_of({b"f": File("100664", b"old\n")}))
    assert found.patch.result == tree_id({b"f": script(b"old\n")})
    (found,) = imported(data, tree_of({b"f": script(b"old\n")}))
    assert files_of(found.base)[b"f"].mode == FILE
    assert found.patch.result == tree_id({b"f": script(b"old\n")})


def test_a_binary_change_without_content_takes_the_blob_that_is_at_hand() -> None:
    before, after = tree_of({b"f": text(b"\0old")}), tree_of({b"f": text(b"\0new")})
    ids = [str(tree.file(b"f")).split("'")[3] for tree in (before, after)]
    assert isinstance(before.source, Objects)
    before.source.add_blob(b"\0new")
    data = f"diff --git a/f b/f\nindex {ids[0]}..{ids[1]} 100644\nBinary files a/f and b/f differ\n".encode()
    (found,) = imported(data, before, {ids[1]: ids[1]})
    assert found.patch.result == after.id
    with pytest.raises(InvalidPatch, match="neither here nor in the patch"):
        imported(data, before)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b'{"format": "dagpatch/1"}', False),
        (b'\n  {"a": "\ndiff --git a/x b/x\n"}', False),
        (b"", False),
        (b"hello\n", False),
        (b"--- a\n+++ b\n", False),
        (b"Index: no diff\nAnd: nothing\n\n", False),
        (b"--- a\n+++ b\n@@ -1 +1 @@\n", True),
        (b"text\n\ndiff --git a/x b/x\nold mode 100644\n", True),
        (b"commit 0123\nAuthor: A\n\n    Text\n\ndiff --git a/x b/x\n", True),
        (b"From 0123 Mon Sep 17 00:00:00 2001\nFrom: A <a@b>\n\n", True),
        (b"Subject: a mail\nTo: you\n\nno diff", True),
    ],
)
def test_what_is_a_diff(data: bytes, expected: bool) -> None:
    assert is_diff(data) is expected


def test_the_patch_of_symlinks_and_submodules() -> None:
    data = (
        b"diff --git a/l b/l\nindex 2e65efe..63d8dbd 120000\n--- a/l\n+++ b/l\n@@ -1 +1 @@\n-a\n"
        b"\\ No newline at end of file\n+b\n\\ No newline at end of file\n"
        b"diff --git a/m b/m\nindex aaaaaaa..bbbbbbb 160000\n--- a/m\n+++ b/m\n@@ -1 +1 @@\n"
        b"-Subproject commit " + b"a" * 40 + b"\n+Subproject commit " + b"b" * 40 + b"\n"
    )
    before = {b"l": symlink(b"a"), b"m": File("160000", b"Subproject commit %b\n" % (b"a" * 40))}
    after = {b"l": symlink(b"b"), b"m": File("160000", b"Subproject commit %b\n" % (b"b" * 40))}
    (found,) = imported(data, tree_of(before))
    assert found.patch.base == tree_id(before)
    assert found.patch.result == tree_id(after)
