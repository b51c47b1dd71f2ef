"""What is not well formed, not safe, or too large is refused, with the line at which it stands."""

from __future__ import annotations

import random
import zlib
from base64 import b85encode
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from git_dagpatch.engine.execute import execute
from git_dagpatch.interchange import patches
from git_dagpatch.interchange.binary import Budget, read_binary, unpack
from git_dagpatch.interchange.changes import Binary, Delta, Literal
from git_dagpatch.interchange.patches import Imported, is_diff, patches_from_text
from git_dagpatch.model.errors import DagpatchError, InvalidPatch, Refused, WrongBase
from git_dagpatch.model.objects import Objects
from git_dagpatch.model.paths import check
from tests.trees import Files, files_of, symlink, text, tree_of

FILES: Files = {b"f": text(b"one\ntwo\nthree\n"), b"d/g": text(b"x\n" * 20), b"link": symlink(b"d")}
HEAD = b"diff --git a/f b/f\n--- a/f\n+++ b/f\n"
HUNK = b"@@ -1,3 +1,3 @@\n one\n-two\n+TWO\n three\n"
BINARY = b"diff --git a/f b/f\nindex 1234567..89abcde\nGIT binary patch\n"
MAIL = b"From: A <a@b>\nDate: Fri, 2 Jan 2026 03:04:05 +0100\nSubject: x\n\n---\n" + HEAD + HUNK


def refused(data: bytes, kind: type[DagpatchError] = InvalidPatch) -> DagpatchError:
    with pytest.raises(kind) as caught:
        patches_from_text(data, tree_of(FILES), lambda _: None)
    assert caught.type is kind
    assert caught.value.message.endswith(".")
    return caught.value


@pytest.mark.parametrize(
    ("data", "line", "what"),
    [
        (HEAD + b"@@ -1,3 +1,3 @@\n one\n-two\n+TWO\n", 7, "does not have the lines"),
        (HEAD + b"@@ -1,3 +1,3 @@\n one\n-two\n+TWO\ndiff --git a/g b/g\n", 7, "does not have the lines"),
        (HEAD + b"@@ -1,2 +1,3 @@\n one\n-two\n+TWO\n three\n", 8, "does not have the lines"),
        (HEAD + b"@@ -1,3 +1,2 @@\n one\n-two\n+TWO\n three\n", 8, "does not have the lines"),
        (HEAD + b"@@ -1,2 +1,2 @@\n one\n-two\n+TWO\n three\n", 8, "longer than its header"),
        (HEAD + b"@@ -1,3 +1,3 @@\n one\n-two\n+TWO\n three\n+four\n", 9, "longer than its header"),
        (HEAD + b"@@ -1,3 +1,3 @@\n one\n-two\n+TWO\n three\n-four\n", 9, "longer than its header"),
        (HEAD + b"@@ -1,3 +1,3 @@\n one\n-two\n+TWO\n three", 7, "does not have the lines"),
        (HEAD + b"@@ -1,3 +1,3 @@\n one\n-two\n*TWO\n three\n", 6, "does not have the lines"),
        (HEAD + b"@@ -1 +1 @@\n one\n", 4, "changes nothing"),
        (HEAD + b"@@ -1 +1 @@\n-one\n+one\n", 4, "changes nothing"),
        (HEAD + b"@@ -0,0 +0,0 @@\n", 4, "changes nothing"),
        (HEAD + b"@@ -1 @@\n-one\n+one\n", 4, "header of a hunk"),
        (HEAD + b"@@ -0 +1 @@\n-one\n+one\n", 4, "start at line 0"),
        (HEAD + b"@@ -99999999999 +1 @@\n-one\n+two\n", 4, "header of a hunk"),
        (HEAD + b"@@ -1,2 +1,2 @@\n-one\n\\ No newline at end of file\n-two\n+1\n+2\n", 4, "without its end"),
        (HEAD + b"@@ -2 +2 @@\n-two\n+TWO\n@@ -1 +1 @@\n-one\n+ONE\n", 7, "before the end of the one above"),
        (b"text\n" + HUNK, 2, "without the name of its file"),
        (HEAD[:19], 1, "no change follows"),
        (b"diff --git a/f b/f\nindex 1234567..89abcde 100644\n", 1, "no change follows"),
        (b"diff --git a/f b/f\nnew file mode 100644\nindex 0000000..89abcde\n", 1, "no change follows"),
        (b"diff --git a/f b/g\nsimilarity index 90%\nrename from f\nrename to g\nindex 123456..89abcd\n", 1, "no ch"),
        (b"diff --git a/f b/g\nsimilarity index 100%\nrename from f\nrename to g", 4, "cut off"),
        (b"diff --git a/f b/g\nrename from f\n", 1, "names of a file"),
        (b"diff --git a/f b/g\n--- a/f\n+++ b/g\n" + HUNK, 1, "names of a file"),
        (b"diff --git a/f b/f\n--- a/g\n+++ b/g\n" + HUNK, 1, "names of a file"),
        (b"diff --git a/f b/f\nold mode 100644\nnew mode 120000\n", 1, "another type"),
        (b"diff --git a/f b/f\nold mode 100644\nnew mode 040000\n", 3, "no mode"),
        (b"diff --git a/f b/f\nold mode 100644\nnew mode +x\n", 3, "no mode"),
        (b"diff --git a/f b/f\nindex nothing\n", 2, "name two blobs"),
        (b"diff --git a/n b/n\nnew file mode 100644\n--- /dev/null\n+++ b/n\n" + HUNK, 1, "said to be new"),
        (b"diff --git a/f b/f\ndeleted file mode 100644\n--- a/f\n+++ /dev/null\n" + HUNK, 1, "said to be deleted"),
        (b"diff --git a/f b/f\nnew file mode 100644\ndeleted file mode 100644\n", 1, "created and deleted"),
        (b"--- /dev/null\n+++ /dev/null\n" + HUNK, 1, "created and deleted"),
        (b"diff --git a/f b/g\nrename from f\nrename to g\ncopy from f\ncopy to g\n", 1, "copied and renamed"),
        (b'diff --git "a/\\q" "b/\\q"\nold mode 100644\nnew mode 100755\n', 1, "escape"),
        (b"--- a/f\n+++ b/f\n" + HUNK + b"--- x\n+++ x\n" + HUNK, 1, "no number of leading directories"),
        (HEAD + HUNK + b"old mode 100644\nnew mode 100755\n", 9, "without the `diff --git`"),
        (HEAD + HUNK + b"diff --cc g\nindex 1,2..3\n", 9, "combined diff"),
        (HEAD + HUNK + b"Submodule m 1234567..89abcde:\n  > change\n", 9, "stands here as a log"),
        (HEAD + HUNK + b"Binary files a/x and b/x differ\n", 9, "content is not here"),
        (HEAD + HUNK + b"* Unmerged path g\n", 9, "unresolved conflict"),
        (HEAD + HUNK + b"*** g\n--- g\n***************\n*** 1,2 ****\n", 12, "context diff"),
        (b"diff --git a/f b/f\nindex 1234567..89abcde\nBinary files a/f and b/f differ\n", 0, "another content"),
        (b"diff --git a/f b/f\nBinary files a/f and b/f differ\n", 1, "not named"),
        (BINARY + b"nothing\n", 4, "neither with `literal`"),
        (BINARY + b"literal 3\nKcmZQzWMTjS00IC2x\n\n", 5, "length"),
        (BINARY + b"literal 3\n?cmZQzWMTjS00IC2\n\n", 5, "length"),
        (BINARY + b"literal 3\nKcmZQz,MTjS00IC2\n\n", 5, "base85"),
        (BINARY + b"literal 3\nKcmZQzWMTjS00IC3\n\n", 4, "unpack"),
        (BINARY + b"literal 4\nKcmZQzWMTjS00IC2\n\n", 4, "4 bytes"),
        (BINARY + b"literal 2\nKcmZQzWMTjS00IC2\n\n", 4, "2 bytes"),
    ],
)  # fmt: skip
def test_malformed(data: bytes, line: int, what: str) -> None:
    error = refused(data, InvalidPatch if line else WrongBase)
    assert what in error.message
    if line:
        assert error.message.startswith(f"Line {line} of the patch: ")


def test_lines_are_counted_from_the_start_of_the_mailbox() -> None:
    broken = MAIL.replace(b"-1,3", b"-1,2")
    box = b"\n".join(b"From a@b Mon Sep 17 00:00:00 2001\n" + mail for mail in (MAIL, broken))
    line = box.split(b"\n").index(b" three", box.split(b"\n").index(b"@@ -1,2 +1,3 @@")) + 1
    assert f"Line {line} of the patch" in refused(box).message


@pytest.mark.parametrize(
    "path",
    [
        *(b"../f", b"d/../../f", b"../../etc/passwd", b".git/config", b"d/.GIT/hooks/post-checkout", b"./f", b"d/./f"),
        *(b"git~1/config", b".g\xe2\x80\x8cit/config", b"d\\.git\\config", b".git", b"..", b"d/.git ", b".git::$DATA"),
    ],
)
@pytest.mark.parametrize(
    "data",
    [
        b"diff --git a/%s b/%s\nnew file mode 100644\n--- /dev/null\n+++ b/%s\n@@ -0,0 +1 @@\n+x\n",
        b"diff --git a/%s b/%s\ndeleted file mode 100644\n",
        b"diff --git a/%s b/%s\nold mode 100644\nnew mode 100755\n",
        b"diff --git a/f b/%s\nsimilarity index 100%%\nrename from f\nrename to %s\n",
        b"diff --git a/%s b/n\nsimilarity index 100%%\nrename from %s\nrename to n\n",
        b"diff --git a/f b/%s\nsimilarity index 100%%\ncopy from f\ncopy to %s\n",
        b"--- a/%s\n+++ b/%s\n" + HUNK,
        b"--- /dev/null\n+++ b/%s\n@@ -0,0 +1 @@\n+x\n",
    ],
)
def test_hostile_paths(path: bytes, data: bytes) -> None:
    with pytest.raises(InvalidPatch):
        patches_from_text(data.replace(b"%s", path).replace(b"%%", b"%"), tree_of(FILES), lambda _: None)


@pytest.mark.parametrize("head", [b"diff --git /etc/f /etc/f\n", b"diff --git //f //f\n", b""])
def test_absolute_paths(head: bytes) -> None:
    refused(head + b"--- /etc/f\n+++ /etc/f\n" + HUNK)
    assert "absolute" in refused(b"--- /etc/f\n+++ /etc/f\n" + HUNK).cause


@pytest.mark.parametrize("path", [b"link/new", b"f/new", b"d"])
def test_nothing_is_written_through_a_file_or_a_symlink(path: bytes) -> None:
    refused(b"--- /dev/null\n+++ b/" + path + b"\n@@ -0,0 +1 @@\n+x\n", WrongBase)


def test_a_file_that_appears_twice() -> None:
    create = b"diff --git a/n b/n\nnew file mode 100644\n--- /dev/null\n+++ b/n\n@@ -0,0 +1 @@\n+x\n"
    assert "arrive at 'n'" in refused(create + create).message
    rename = b"diff --git a/f b/n\nrename from f\nrename to n\n"
    assert "arrive at 'n'" in refused(create + rename).message
    assert "arrive at 'n'" in refused(rename + rename).message
    over = b"diff --git a/link b/f\nrename from link\nrename to f\ndiff --git a/f b/g\ncopy from f\ncopy to g\n"
    assert "arrive at 'f'" in refused(over).message


def test_submodules_name_commits() -> None:
    refused(b"diff --git a/m b/m\nnew file mode 160000\n--- /dev/null\n+++ b/m\n@@ -0,0 +1 @@\n+../evil\n", WrongBase)


def test_no_diff() -> None:
    assert "No diff" in refused(b"Nothing here.\n").message
    assert "No diff" in refused(b"From: A <a@b>\nDate: @1 +0000\nSubject: [PATCH 0/3] Cover\n\nText\n").message


# Sizes


def _packed(kind: bytes, size: int, content: bytes) -> list[bytes]:
    data = zlib.compress(content)
    pieces = [data[at : at + 52] for at in range(0, len(data), 52)]
    codes = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    lines = [codes[len(piece) - 1 : len(piece)] + b85encode(piece, pad=True) + b"\n" for piece in pieces]
    return [b"GIT binary patch\n", b"%b %d\n" % (kind, size), *lines, b"\n"]


def test_what_unpacks_to_too_much() -> None:
    bomb = _packed(b"literal", 1 << 20, bytes(1 << 20))
    assert len(bomb) < 40
    binary, _ = read_binary(bomb, 0, 1, Budget(1 << 20))
    assert binary == Binary(Literal(bytes(1 << 20)), None)
    with pytest.raises(InvalidPatch, match="unpacks to more"):
        read_binary(bomb, 0, 1, Budget((1 << 20) - 1))
    with pytest.raises(InvalidPatch, match="10 bytes"):
        read_binary(_packed(b"literal", 10, bytes(1 << 20)), 0, 1, Budget(1 << 30))
    with pytest.raises(InvalidPatch, match="unpacks to more"):
        read_binary([b"GIT binary patch\n", b"literal 999999999999999\n"], 0, 1, Budget(1 << 30))


def test_many_copies_of_a_large_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patches, "MAX_UNPACKED", 100_000)
    tree = tree_of({b"f": text(b"x" * 30_000)})
    data = b"".join(b"diff --git a/f b/%d\ncopy from f\ncopy to %d\n" % (number, number) for number in range(4))
    with pytest.raises(InvalidPatch, match="unpacks to more"):
        patches_from_text(data, tree, lambda _: None)
    monkeypatch.setattr(patches, "MAX_TEXT", 10)
    with pytest.raises(InvalidPatch, match="at most 10"):
        patches_from_text(data, tree, lambda _: None)


@pytest.mark.parametrize(
    "instructions",
    [
        *(
            b"",
            b"\x03",
            b"\x80" * 12,
            b"\x04\x02\x90\x04",
            b"\x03\x02\x90\x04",
            b"\x03\x02\x91\x02\x02",
            b"\x03\x02\x00",
        ),
        *(
            b"\x03\x02\x02x",
            b"\x03\x02\x01x",
            b"\x03\x02\x90\x03",
            b"\x03\x02\x90",
            b"\x03\xff\xff\xff\xff\x7f\x90\x03",
        ),
    ],
)
def test_damaged_deltas(instructions: bytes) -> None:
    with pytest.raises((InvalidPatch, WrongBase)):
        unpack(Delta(instructions), b"abc", Budget(1 << 20))


def test_a_sound_delta() -> None:
    assert unpack(Delta(b"\x03\x07\x90\x03\x02xy\x91\x01\x02"), b"abc", Budget(100)) == b"abcxybc"


def test_hostile_sizes_take_no_hostile_time() -> None:
    tree = tree_of({b"f": text(b"x\n" * 100_000 + b"y\n")})
    old = b" x\n" * 50_000
    data = b"--- a/f\n+++ b/f\n@@ -2,50001 +2,50001 @@\n" + old + b"-z\n+y\n"
    with pytest.raises(WrongBase, match="does not fit"):
        patches_from_text(data, tree, lambda _: None)
    names = b"diff --git " + b"a " * 4000 + b"\nold mode 100644\nnew mode 100755\n"
    with pytest.raises(InvalidPatch):
        patches_from_text(names * 50, tree, lambda _: None)
    nested = b"".join(b'Content-Type: multipart/mixed; boundary="%d"\n\n--%d\n' % (n, n) for n in range(3000))
    with pytest.raises(InvalidPatch):
        patches_from_text(b"From: A <a@b>\n" + nested, tree, lambda _: None)


# Anything


@settings(max_examples=300, suppress_health_check=[*HealthCheck])
@given(st.randoms(use_true_random=False), st.sampled_from([HEAD + HUNK, MAIL]), st.integers(1, 4))
def test_damage_is_refused_or_does_no_harm(chance: random.Random, data: bytes, times: int) -> None:
    lines = data.split(b"\n")
    for _ in range(times):
        at = chance.randrange(len(lines))
        match chance.randrange(5):
            case 0:
                lines.insert(at, chance.choice(lines))
            case 1 if len(lines) > 1:
                del lines[at]
            case 2:
                lines[at] = lines[at][: chance.randrange(len(lines[at]) + 1)]
            case 3:
                lines[at] += bytes([chance.randrange(256)])
            case _:
                lines[at] = chance.randbytes(chance.randrange(6)) + lines[at]
    damaged = b"\n".join(lines)
    is_diff(damaged)
    with suppress(InvalidPatch, Refused):
        _prove(patches_from_text(damaged, tree_of(FILES), lambda _: None, now=b"1 +0000"))


@settings(max_examples=300, suppress_health_check=[*HealthCheck])
@given(st.binary(max_size=200), st.sampled_from([b"", b"From: ", b"Subject: =?utf-8?q?", b"diff --git ", HEAD, MAIL]))
def test_any_bytes(data: bytes, start: bytes) -> None:
    with suppress(InvalidPatch, Refused):
        _prove(patches_from_text(start + data, tree_of(FILES), lambda _: None))


def _prove(imported: list[Imported]) -> None:
    """What is read leads to the tree that it says it leads to, which holds no path that a tree must not have."""
    for found in imported:
        made = execute(found.patch.operations, found.base, Objects(found.base.source))
        assert made.id == found.patch.result
        for path in files_of(made):
            check(path)
