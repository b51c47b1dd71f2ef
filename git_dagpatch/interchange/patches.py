"""The door of this layer: a text of diffs or mails in, DAG patches out."""

from __future__ import annotations

import platform
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

from msgspec import UNSET, Struct, UnsetType

from git_dagpatch import __version__
from git_dagpatch.engine.factor import assemble
from git_dagpatch.interchange.binary import Budget
from git_dagpatch.interchange.headers import find_strip
from git_dagpatch.interchange.mail import Mail, read_mail
from git_dagpatch.interchange.mailbox import is_mail, split_mailbox
from git_dagpatch.interchange.resolve import resolve
from git_dagpatch.interchange.unified import has_diff, read_sections
from git_dagpatch.model.commit import iso_date
from git_dagpatch.model.errors import InvalidPatch, MissingObject
from git_dagpatch.model.objects import Objects, Oid
from git_dagpatch.model.patch import Author, Metadata, Patch
from git_dagpatch.model.text import to_text
from git_dagpatch.model.tree import Tree

MAX_TEXT = 1 << 30
"""The most bytes that a text may have."""
MAX_UNPACKED = 1 << 31
"""The most bytes that may come of it: binary contents and changed files together."""

_INDEXED = 4
"""How many digits of an id blobs are filed by; no abbreviation is shorter."""

FindBlob = Callable[[str], Oid | None]
"""The blob of the repository whose id starts so, if there is exactly one."""


class Imported(Struct, frozen=True):
    """A patch and the tree that it was made on, whose source holds new objects in memory, those of the result, too."""

    patch: Patch
    base: Tree
    differing: Sequence[bytes]
    """Paths whose content is not the one that the diff names as its result, though it was made on the one that it names
    as its base: the diff was edited by hand, or damaged on its way."""


def is_diff(data: bytes) -> bool:
    """Whether `data` is a text that `patches_from_text` is for, rather than a patch in JSON or tar."""
    start = data[:4096].lstrip()
    return not start.startswith(b"{") and (is_mail(data) or has_diff(data))


def patches_from_text(
    data: bytes,
    target: Tree,
    find_blob: FindBlob,
    *,
    objects: Objects | None = None,
    now: bytes = b"",
    strip: int | None = None,
) -> list[Imported]:
    """The patches in a diff (one), or in mails (one each, each based on what the one before it leaves).

    A patch is made of the operations that the diff says, its base of `target`. Where a file of `target` does not fit,
    but the blob that the diff was made on is at hand, this stands in the base, so that a three-way merge can carry the
    change over. `now` is the date, as git stores it, of mails that have none. `strip` is how many leading directories
    of the names are prefix, as with ``git apply -p``; it is found out by default. `objects`, which lies over the source
    of `target`, is where new objects are kept; what earlier texts left there counts as at hand. Raises InvalidPatch for
    a text that is not well formed, WrongBase and AmbiguousPlace where it does not fit, with the place.
    """
    if len(data) > MAX_TEXT:
        raise InvalidPatch(f"The patch has {len(data):,} bytes; at most {MAX_TEXT:,} are accepted.")
    importer = _Importer(target, find_blob, objects, strip)
    if not is_mail(data):
        return [importer.take(data, 1, Metadata(generator=_generator()))]
    mails = (read_mail(raw) for raw in split_mailbox(data))
    return [importer.take(mail.diff, mail.line, _metadata(mail, now)) for mail in mails]


def _metadata(mail: Mail, now: bytes) -> Metadata:
    author: Author | UnsetType = UNSET
    if mail.author:
        date = mail.date or now
        if not date:
            raise InvalidPatch(
                f"The mail before line {mail.line} of the patch has no date.", hint="Give it a Date field."
            )
        author = Author(to_text(mail.author.name), to_text(mail.author.email), iso_date(date))
    return Metadata(author=author, message=to_text(mail.message), generator=_generator())


def _generator() -> dict[str, str]:
    return {"git-dagpatch": __version__, "python": platform.python_version()}


class _Importer:
    """Takes in one diff after the other."""

    def __init__(self, target: Tree, find_blob: FindBlob, objects: Objects | None, strip: int | None) -> None:
        self._objects = objects or Objects(target.source)
        self._state = Tree(self._objects, target.id)
        self._find_blob = find_blob
        self._strip = strip
        self._budget = Budget(MAX_UNPACKED)
        self._by_start: dict[str, list[Oid]] = {}
        self._indexed = 0

    def take(self, diff: bytes, line: int, metadata: Metadata) -> Imported:
        sections = read_sections(diff, line, self._budget)
        if not sections:
            raise InvalidPatch(f"No diff stands in the patch from line {line} on.", hint="Leave out mails without one.")
        strip = self._strip
        if strip is None:
            strip = find_strip(sections, lambda path: self._state.entry(path) is not None)
        changes = [section.change(strip) for section in sections]
        found = resolve(changes, self._state, self._objects, self._content, self._budget)
        patch = assemble(found.before, found.after, metadata, found.steps)
        self._state = found.after
        return Imported(patch, found.before, tuple(sorted(set(found.differing))))

    def _content(self, prefix: str) -> bytes | None:
        """The content of a blob that an earlier diff of the text made, or that is in the repository."""
        made = [oid for oid in self._made().get(prefix[:_INDEXED], ()) if oid.startswith(prefix)]
        oid = made[0] if len(made) == 1 else self._find_blob(prefix)
        if oid is None:
            return None
        try:
            return self._objects.blob(oid)
        except MissingObject:
            return None

    def _made(self) -> Mapping[str, Sequence[Oid]]:
        """The blobs that earlier diffs of the text made, by the start of their ids."""
        if self._indexed != len(self._objects.new):
            self._indexed = len(self._objects.new)
            self._by_start = defaultdict(list)
            for oid, (kind, _) in self._objects.new.items():
                if kind == "blob":
                    self._by_start[oid[:_INDEXED]].append(oid)
        return self._by_start
