"""The tar form of a patch, and the hash of the base."""

from __future__ import annotations

import hashlib
import io
import tarfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from git_dagpatch.engine.base_files import base_files
from git_dagpatch.engine.factor import factor
from git_dagpatch.model.errors import InvalidPatch
from git_dagpatch.model.objects import Objects
from git_dagpatch.model.patch import Metadata
from git_dagpatch.model.tar import DOCUMENT_NAME, base_tar, is_tar, read_tar, write_tar
from tests.documents import GOOD
from tests.strategies import trees
from tests.trees import File, Files, files_of, script, submodule, symlink, text, tree_id, tree_of

TOUCHED: Files = {
    b"a.py": text(b"x = 1\n"),
    b"bin/run": script(b"#!/bin/sh\n" * 100),
    b"caf\xe9/\xff\n": text(b"\0" * 600),
    b"empty": text(b""),
    b"link": symlink(b"../caf\xe9"),
    b"old": File("100664", b"group\n"),
    b"sub": submodule("a"),
    "ü".encode() * 40 + b"/" + b"long" * 50: text(b"x"),
    b"z/" + b"l" * 120: symlink(b"t" * 120),
}


def archive(files: Files) -> bytes:
    base = tree_of(files)
    return b"".join(write_tar(GOOD, base.files(), base.source))


def independent_archive(files: Files) -> bytes:
    """The archive of `files` as Python's own module writes it."""
    buffer = io.BytesIO()
    with tarfile.open(
        fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT, encoding="utf-8", errors="surrogateescape"
    ) as tar:
        for path, (mode_, content) in sorted(files.items()):
            info = tarfile.TarInfo(path.decode("utf-8", "surrogateescape"))
            info.mode = {"100755": 0o755, "100664": 0o664, "120000": 0o777, "160000": 0o755}.get(mode_, 0o644)
            if mode_ == "120000":
                info.type, info.linkname = tarfile.SYMTYPE, content.decode("utf-8", "surrogateescape")
            elif mode_ == "160000":
                info.type = tarfile.DIRTYPE
            else:
                info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
        end = tar.offset
    return buffer.getvalue()[:end] + bytes(1024)


def test_base_tar_is_the_hash_of_an_ordinary_archive() -> None:
    base = tree_of(TOUCHED)
    backwards = list(base.files())[::-1]
    assert base_tar(backwards, base.source) == hashlib.sha256(independent_archive(TOUCHED)).hexdigest()


def test_the_base_tar_of_a_patch_is_of_what_it_touches_and_reads() -> None:
    source = b"one\ntwo\nthree\n"
    before = {b"kept": text(b"1"), b"edited": text(b"x\ny\n"), b"gone": text(b"2\n"), b"d/source": text(source)}
    after = {
        b"kept": text(b"1"),
        b"edited": text(b"x\nz\n"),
        b"new": text(b"3\n"),
        b"d/source": text(source),
        b"d/copy": text(source),
    }
    base = tree_of(before)
    patch = factor(base, tree_of(after), Metadata())
    touched = {path: before[path] for path in (b"edited", b"gone", b"d/source")}
    assert patch.base_tar == hashlib.sha256(independent_archive(touched)).hexdigest()
    assert [path for path, _ in base_files(patch.operations, base)] == sorted(touched)


@settings(max_examples=100)
@given(trees())
def test_the_tar_form_brings_all_files(files: Files) -> None:
    data = archive(files)
    assert is_tar(data)
    document_again, tree = read_tar(data, Objects())
    assert document_again == GOOD
    assert files_of(tree) == files
    assert tree.id == tree_id(files)


def test_the_tar_form_can_be_read_by_others() -> None:
    with tarfile.open(fileobj=io.BytesIO(archive(TOUCHED)), encoding="utf-8", errors="surrogateescape") as tar:
        members = {member.name.encode("utf-8", "surrogateescape"): member for member in tar}
        assert list(members) == [DOCUMENT_NAME.encode(), *(b"base/" + path for path in sorted(TOUCHED))]
        content = tar.extractfile(members[b"base/bin/run"])
        assert content is not None
        assert content.read() == TOUCHED[b"bin/run"].content
    assert members[b"base/link"].issym()
    assert members[b"base/sub"].isdir()
    assert {(member.uid, member.gid, member.mtime, member.uname) for member in members.values()} == {(0, 0, 0, "")}


def test_a_document_is_no_tar() -> None:
    assert not is_tar(GOOD)
    assert not is_tar(b"")


@settings(max_examples=200)
@given(st.integers(0, len(archive(TOUCHED))))
def test_an_archive_that_was_cut_off_brings_nothing_else(length: int) -> None:
    try:
        document_again, tree = read_tar(archive(TOUCHED)[:length], Objects())
    except InvalidPatch:
        return
    assert document_again == GOOD
    assert files_of(tree).items() <= TOUCHED.items()


def members(*infos: tuple[tarfile.TarInfo, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for info, content in infos:
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def member(name: str, kind: bytes = tarfile.REGTYPE, link: str = "", **headers: str) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.pax_headers = kind, link, headers
    return info


DOCUMENT = (member(DOCUMENT_NAME), GOOD)
BAD_ARCHIVES = {
    "no document": members((member("base/a"), b"x")),
    "document that is a link": members((member(DOCUMENT_NAME, tarfile.SYMTYPE, "/etc/passwd"), b"")),
    "document that is a directory": members((member(DOCUMENT_NAME, tarfile.DIRTYPE), b"")),
    "path out": members(DOCUMENT, (member("base/../a"), b"x")),
    "absolute path": members(DOCUMENT, (member("base//etc/a"), b"x")),
    "repository": members(DOCUMENT, (member("base/.GIT/config"), b"x")),
    "no path": members(DOCUMENT, (member("base/"), b"x")),
    "hard link": members(DOCUMENT, (member("base/a", tarfile.LNKTYPE, "dagpatch.json"), b"")),
    "device": members(DOCUMENT, (member("base/a", tarfile.CHRTYPE), b"")),
    "plain directory": members(DOCUMENT, (member("base/a", tarfile.DIRTYPE), b"")),
    "file and directory at once": members(DOCUMENT, (member("base/a"), b"x"), (member("base/a/b"), b"y")),
    "file below a link": members(
        DOCUMENT, (member("base/a", tarfile.SYMTYPE, "/etc"), b""), (member("base/a/b"), b"y")
    ),
    "submodule of no commit": members(
        DOCUMENT, (member("base/s", tarfile.DIRTYPE, **{"DAGPATCH.entry": "160000 x"}), b"")
    ),
    "compressed": b"\x1f\x8b\x08" + bytes(600),
    "zeros": bytes(1024),
    "JSON": GOOD,
}


@pytest.mark.parametrize("data", BAD_ARCHIVES.values(), ids=BAD_ARCHIVES.keys())
def test_a_bad_archive_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidPatch):
        read_tar(data, Objects())


def test_an_archive_that_promises_a_huge_file_is_refused() -> None:
    info = member("base/a")
    info.size = 1 << 40
    data = members(DOCUMENT)[: -tarfile.RECORDSIZE] or members(DOCUMENT)
    head = info.tobuf(tarfile.PAX_FORMAT)
    with pytest.raises(InvalidPatch, match="more than is accepted"):
        read_tar(head + data, Objects())
