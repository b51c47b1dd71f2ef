"""export: patches to files, like ``git format-patch``."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

from git_dagpatch.model.codec import encode
from git_dagpatch.model.errors import FileExists, Refused, UsageError
from git_dagpatch.model.objects import Oid
from git_dagpatch.model.patch import Patch
from git_dagpatch.model.tar import write_tar
from git_dagpatch.porcelain.naming import file_name
from git_dagpatch.porcelain.selection import Terms, pick
from git_dagpatch.porcelain.sources import Based, patch_of_commit
from git_dagpatch.store.protocol import Store


class Exported(Struct, frozen=True):
    """A patch and the bytes that it is written as."""

    patch: Patch
    data: bytes


class Taken(Struct, frozen=True):
    """What is exported of one commit."""

    exported: Exported | None
    """None if the selection leaves nothing."""
    remarks: tuple[str, ...] = ()
    matched: frozenset[str] = frozenset()
    """The terms of the selection that mean something here."""


def serialize(based: Based, form: str) -> Exported:
    """`based` in the form `json` (with a newline at the end) or `tar`."""
    document = encode(based.patch)
    if form == "json":
        return Exported(based.patch, document + b"\n")
    return Exported(based.patch, b"".join(write_tar(document, based.files(), based.base.source)))


def export_commit(form: str, terms: Terms, oid: Oid, store: Store) -> Taken:
    """What `terms` leave of the patch of one commit, in the form `form`."""
    return export_part(patch_of_commit(oid, store), form, terms)


def export_part(based: Based, form: str, terms: Terms) -> Taken:
    """What `terms` leave of a patch, in the form `form`."""
    part = pick(based, terms)
    return Taken(serialize(part.based, form) if part.based else None, part.remarks, part.matched)


def export_all(patches: Iterable[Exported], directory: Path, form: str, *, force: bool = False) -> list[Path]:
    """Write each patch to a file of its own in `directory`, which is made if missing; the paths, in order."""
    named = (
        (directory / file_name(number, exported.patch, form), exported.data)
        for number, exported in enumerate(patches, 1)
    )
    return _write(named, directory, force=force)


def export_one(exported: Exported, path: Path, *, force: bool = False) -> Path:
    """Write one patch to `path`."""
    return write_new(path, exported.data, force=force)


def write_new(path: Path, data: bytes, *, force: bool = False) -> Path:
    """Write `data` to `path`, whole or not at all. An existing, different file is kept unless `force`."""
    return _write([(path, data)], path.parent, force=force)[0]


def _write(files: Iterable[tuple[Path, bytes]], directory: Path, *, force: bool) -> list[Path]:
    """Write all `files` of `directory`, or none. An existing, different one is kept unless `force`."""
    paths = []
    above = next(place for place in (directory, *directory.absolute().parents) if place.is_dir())
    with _refusing(directory):
        temporary = tempfile.TemporaryDirectory(prefix=".dagpatch-", dir=above)
    with temporary as aside:
        for path, data in files:
            with _refusing(path):
                if path.exists() and not force and path.read_bytes() != data:
                    raise FileExists(
                        f"{str(path)!r} exists and holds something else; nothing was written.",
                        hint="Use --force to replace it, or -o to write elsewhere.",
                    )
                (Path(aside) / path.name).write_bytes(data)
            paths.append(path)
        for path in paths:
            with _refusing(path):
                path.parent.mkdir(parents=True, exist_ok=True)
                (Path(aside) / path.name).replace(path)
    return paths


@contextmanager
def _refusing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Refused(f"The patch could not be written to {str(path)!r}.", cause=str(error)) from error


def is_single_file(output: str) -> bool:
    """Whether `output` names a file rather than a directory."""
    return output.endswith((".json", ".tar")) and not Path(output).is_dir()


def check_single(output: str, count: int) -> None:
    """Raise UsageError unless there is exactly one patch for the one file or stream `output`."""
    if count != 1:
        raise UsageError(f"There are {count} patches, but {output!r} takes one.", hint="Name a directory with -o.")
