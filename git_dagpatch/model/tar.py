"""The tar archive of the files that a patch touches, and the tar form of a patch.

An uncompressed pax archive, sorted by the bytes of the paths, with modification time and owner 0, the mode from git,
symlinks as symlinks, submodules as empty folders: equal files give equal bytes on every machine. The tar form of a
patch is ``dagpatch.json``, then these files under ``base/``.
"""

from __future__ import annotations

import hashlib
import io
import re
import tarfile
from collections.abc import Iterable, Iterator

from git_dagpatch.model.errors import InvalidPatch, WrongBase
from git_dagpatch.model.objects import EXECUTABLE, FILE, SUBMODULE, SYMLINK, BlobSource, Entry, Objects
from git_dagpatch.model.paths import check
from git_dagpatch.model.tree import Tree, empty_tree, make_entry, read_entry

DOCUMENT_NAME = "dagpatch.json"
_BASE = "base/"
_HEADER = "DAGPATCH.entry"
"""Pax header of the tar form: mode and object id as git stored them, where tar cannot say them."""
_PLAIN_MODES = (FILE, EXECUTABLE, SYMLINK)
_REGULAR = re.compile("1006[0-7]{2}|1007[0-7]{2}")
_END = bytes(2 * tarfile.BLOCKSIZE)
_MAX_MEMBER = 1 << 30


def base_tar(files: Iterable[tuple[bytes, Entry]], source: BlobSource) -> str:
    """SHA-256 of the archive of `files`, without holding it in memory."""
    digest = hashlib.sha256()
    for piece in _archive("", files, source):
        digest.update(piece)
    digest.update(_END)
    return digest.hexdigest()


def write_tar(document: bytes, files: Iterable[tuple[bytes, Entry]], source: BlobSource) -> Iterator[bytes]:
    """The tar form of a patch, piece by piece."""
    yield from _member(DOCUMENT_NAME, FILE, document)
    yield from _archive(_BASE, files, source)
    yield _END


def read_tar(data: bytes, objects: Objects) -> tuple[bytes, Tree]:
    """The document of a patch in tar form, and a tree of the files that it brings, kept in `objects`.

    Raises InvalidPatch.
    """
    document: bytes | None = None
    files: dict[bytes, Entry | None] = {}
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:", encoding="utf-8") as archive:
            for info in archive:
                if info.size > _MAX_MEMBER:
                    raise InvalidPatch(
                        f"The patch holds a file of {info.size:,} bytes, which is more than is accepted."
                    )
                if info.name == DOCUMENT_NAME:
                    document = _content(archive, info)
                elif info.name.startswith(_BASE):
                    path = info.name.removeprefix(_BASE).rstrip("/").encode("utf-8", "surrogateescape")
                    check(path)
                    files[path] = _entry(archive, info, objects)
        tree = empty_tree(objects).with_changes(objects, files)
    except WrongBase as error:
        raise InvalidPatch(error.message, cause=error.cause) from error
    except (tarfile.TarError, ValueError, EOFError) as error:
        raise InvalidPatch("The patch is not a tar archive, or was cut off.", cause=str(error)) from error
    if document is None:
        raise InvalidPatch(f"The archive holds no {DOCUMENT_NAME}, so it is not a patch.")
    return document, tree


def is_tar(data: bytes) -> bool:
    """Whether `data` starts as a tar archive does."""
    return data[257:262] == b"ustar"


def _archive(prefix: str, files: Iterable[tuple[bytes, Entry]], source: BlobSource) -> Iterator[bytes]:
    for path, entry in sorted(files):
        content = b"" if entry.mode == SUBMODULE else read_entry(source, entry)
        # The hash covers names, modes and contents as any tar holds them; the form that is read again needs the rest.
        headers = {_HEADER: f"{entry.mode} {entry.oid}"} if prefix and entry.mode not in _PLAIN_MODES else {}
        yield from _member(prefix + path.decode("utf-8", "surrogateescape"), entry.mode, content, headers)


def _member(name: str, mode: str, content: bytes, headers: dict[str, str] | None = None) -> Iterator[bytes]:
    info = tarfile.TarInfo(name)
    info.pax_headers = headers or {}
    info.mode = int(mode, 8) & 0o777
    if mode == SYMLINK:
        info.type, info.mode = tarfile.SYMTYPE, 0o777
        info.linkname = content.decode("utf-8", "surrogateescape")
        content = b""
    elif mode == SUBMODULE:
        info.type, info.mode = tarfile.DIRTYPE, 0o755
    info.size = len(content)
    yield info.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape")
    yield content
    yield bytes(-len(content) % tarfile.BLOCKSIZE)


def _entry(archive: tarfile.TarFile, info: tarfile.TarInfo, objects: Objects) -> Entry:
    if info.issym():
        return Entry(SYMLINK, objects.add_blob(info.linkname.encode("utf-8", "surrogateescape")))
    mode, _, oid = info.pax_headers.get(_HEADER, "").partition(" ")
    if info.isdir() and mode == SUBMODULE:
        return make_entry(objects, mode, b"Subproject commit %b\n" % oid.encode())
    if not info.isreg():
        raise InvalidPatch(f"The patch holds {info.name!r}, which is neither a file, a symlink nor a submodule.")
    plain = EXECUTABLE if info.mode & 0o100 else FILE
    return Entry(mode if _REGULAR.fullmatch(mode) else plain, objects.add_blob(_content(archive, info)))


def _content(archive: tarfile.TarFile, info: tarfile.TarInfo) -> bytes:
    # Of a link, tarfile would give the content that it leads to.
    stream = archive.extractfile(info) if info.isreg() else None
    if stream is None:
        raise InvalidPatch(f"The archive's {info.name!r} is not a file.")
    return stream.read()
