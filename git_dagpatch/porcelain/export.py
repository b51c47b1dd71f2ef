"""export: patches to files, like ``git format-patch``."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from git_dagpatch.model.codec import encode
from git_dagpatch.model.errors import FileExists, Refused, UsageError
from git_dagpatch.model.objects import Oid
from git_dagpatch.model.patch import Patch
from git_dagpatch.model.tar import write_tar
from git_dagpatch.porcelain.naming import file_name
from git_dagpatch.porcelain.sources import Based, patch_of_commit
from git_dagpatch.store.protocol import Store


@dataclass(frozen=True)
class Exported:
    """A patch and the bytes that it is written as."""

    patch: Patch
    data: bytes


def serialize(based: Based, form: str) -> Exported:
    """`based` in the form `json` (with a newline at the end) or `tar`."""
    document = encode(based.patch)
    if form == "json":
        return Exported(based.patch, document + b"\n")
    return Exported(based.patch, b"".join(write_tar(document, based.files(), based.base.source)))


def export_commit(form: str, oid: Oid, store: Store) -> Exported:
    """The patch of one commit in the form `form`."""
    return serialize(patch_of_commit(oid, store), form)


def export_all(patches: Iterable[Exported], output: Path, form: str, *, force: bool = False) -> Iterator[Path]:
    """Write each patch to a file of its own in the directory `output`, which is made if missing; yields each path."""
    for number, exported in enumerate(patches, 1):
        yield write(exported, output / file_name(number, exported.patch, form), force=force)


def write(exported: Exported, path: Path, *, force: bool = False) -> Path:
    """Write one patch to `path`, whole or not at all. An existing, different file is kept unless `force`."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and not force and path.read_bytes() != exported.data:
            raise FileExists(
                f"{str(path)!r} exists and holds something else; it was left as it is.",
                hint="Use --force to replace it, or -o to write elsewhere.",
            )
        _publish(exported.data, path)
    except OSError as error:
        raise Refused(f"The patch could not be written to {str(path)!r}.", cause=str(error)) from error
    return path


def _publish(data: bytes, path: Path) -> None:
    handle, name = tempfile.mkstemp(prefix=".dagpatch-", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
        umask = os.umask(0)
        os.umask(umask)
        temporary.chmod(0o666 & ~umask)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def is_single_file(output: str) -> bool:
    """Whether `output` names a file rather than a directory."""
    return output.endswith((".json", ".tar")) and not Path(output).is_dir()


def check_single(output: str, count: int) -> None:
    """Raise UsageError unless there is exactly one patch for the one file `output`."""
    if count != 1:
        raise UsageError(f"There are {count} patches, but {output!r} is one file.", hint="Name a directory with -o.")
