"""What stands above the hunks of one file: names, and git's extended header lines.

unidiff reads no more of them than hunks need: names with spaces, quoted names, renames without hunks and copies mislead
it. So they are read here, after ``Documentation/diff-generate-patch`` and ``apply.c`` of git.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct, field

from git_dagpatch.interchange.changes import Content, FileChange, Hunks, Untouched, Verb, malformed
from git_dagpatch.interchange.names import DEV_NULL, common_name, is_epoch, name_of, stripped, unquote
from git_dagpatch.model.errors import InvalidPatch
from git_dagpatch.model.objects import EXECUTABLE, FILE, SUBMODULE, SYMLINK, hash_object
from git_dagpatch.model.paths import check, encode

MAX_STRIP = 3
"""How many leading directories of a name may be found to be prefix."""
_INDEX = re.compile(rb"([0-9a-f]{1,64})\.\.([0-9a-f]{1,64})(?: ([0-7]+))?")
_MODE = re.compile(rb"[0-7]{5,6}")
_EMPTY = tuple(hash_object("blob", b"", algorithm) for algorithm in ("sha1", "sha256"))
"""The id of the empty blob."""
_PERCENT = re.compile(rb"(\d{1,3})%")


class Header(Struct):
    """The header lines of one file, as they are read."""

    line: int
    git: bytes | None
    """What follows ``diff --git``; None above a plain diff."""
    verbs: set[Verb] = field(default_factory=set)
    names: dict[str, bytes] = field(default_factory=dict)
    """``---`` and ``+++``: names with their prefixes."""
    whole_names: dict[str, bytes] = field(default_factory=dict)
    """``from`` and ``to`` of a rename or a copy: names without ``a/`` and ``b/``."""
    modes: dict[str, str] = field(default_factory=dict)
    ids: tuple[str, str] = ("", "")
    similarity: float = 1.0

    @property
    def verb(self) -> Verb:
        if len(self.verbs) > 1:
            both = " and ".join(sorted(verb.value for verb in self.verbs))
            raise malformed(self.line, f"a file is said to be {both} at once.")
        return next(iter(self.verbs), Verb.MODIFY)


def read_git_header(lines: Sequence[bytes], at: int, first_line: int) -> tuple[Header, int]:
    """The header that starts with the ``diff --git`` at `at`, and the index of the line after it."""
    header = Header(first_line + at, lines[at].removeprefix(b"diff --git ").rstrip(b"\r\n"))
    for index in range(at + 1, len(lines)):
        for start, read in _READERS.items():
            if lines[index].startswith(start):
                if not lines[index].endswith(b"\n"):
                    raise malformed(first_line + index, "the patch was cut off here.")
                read(header, lines[index][len(start) :].rstrip(b"\r\n"), first_line + index)
                break
        else:
            return header, index
    return header, len(lines)


def plain_header(old: bytes, new: bytes, line: int) -> Header:
    """The header of a diff that has a ``---`` and a ``+++`` line, `old` and `new`, and no more."""
    header = Header(line, None)
    old, new = old.removeprefix(b"--- "), new.removeprefix(b"+++ ")
    header.names = {"---": name_of(old, line), "+++": name_of(new, line + 1)}
    if header.names["---"] == DEV_NULL or is_epoch(old):
        header.verbs.add(Verb.CREATE)
    if header.names["+++"] == DEV_NULL or is_epoch(new):
        header.verbs.add(Verb.DELETE)
    return header


def _name(key: str, verb_of_none: Verb) -> Callable[[Header, bytes, int], None]:
    def read(header: Header, text: bytes, line: int) -> None:
        header.names[key] = name_of(text, line)
        if header.names[key] == DEV_NULL:
            header.verbs.add(verb_of_none)

    return read


def _whole_name(verb: Verb, key: str) -> Callable[[Header, bytes, int], None]:
    def read(header: Header, text: bytes, line: int) -> None:
        header.verbs.add(verb)
        header.whole_names[key] = unquote(text, line)

    return read


def _mode(key: str, verb: Verb | None = None) -> Callable[[Header, bytes, int], None]:
    def read(header: Header, text: bytes, line: int) -> None:
        if verb:
            header.verbs.add(verb)
        header.modes[key] = _plain_mode(text, line)

    return read


def _plain_mode(text: bytes, line: int) -> str:
    """The mode that git gives to a file of the mode `text`."""
    if _MODE.fullmatch(text):
        mode = text.decode().zfill(6)
        if mode in (SYMLINK, SUBMODULE):
            return mode
        if mode.startswith("100"):
            return EXECUTABLE if int(mode, 8) & 0o100 else FILE
    raise malformed(line, f"{text.decode(errors='replace')!r} is no mode that git gives to a file.")


def _similarity(header: Header, text: bytes, line: int) -> None:
    match = _PERCENT.fullmatch(text)
    if match:
        header.similarity = min(int(match[1]), 100) / 100


def _index(header: Header, text: bytes, line: int) -> None:
    match = _INDEX.fullmatch(text.rstrip(b" "))
    if not match:
        raise malformed(line, "an index line does not name two blobs.")
    old, new = match[1].decode(), match[2].decode()
    header.ids = ("" if set(old) == {"0"} else old, "" if set(new) == {"0"} else new)
    if match[3]:
        header.modes["index"] = _plain_mode(match[3], line)


def _ignored(header: Header, text: bytes, line: int) -> None:
    """Says how much a rewritten file kept, which nothing depends on."""


_READERS: Mapping[bytes, Callable[[Header, bytes, int], None]] = {
    b"--- ": _name("---", Verb.CREATE),
    b"+++ ": _name("+++", Verb.DELETE),
    b"old mode ": _mode("old"),
    b"new mode ": _mode("new"),
    b"deleted file mode ": _mode("old", Verb.DELETE),
    b"new file mode ": _mode("new", Verb.CREATE),
    b"copy from ": _whole_name(Verb.COPY, "from"),
    b"copy to ": _whole_name(Verb.COPY, "to"),
    b"rename from ": _whole_name(Verb.RENAME, "from"),
    b"rename to ": _whole_name(Verb.RENAME, "to"),
    b"similarity index ": _similarity,
    b"dissimilarity index ": _ignored,
    b"index ": _index,
}


class Section(Struct, frozen=True):
    """One file's part of a diff, before it is known how much of its names is prefix."""

    header: Header
    content: Content
    commit: int
    """How many commits are named above it."""

    def paths(self, strip: int) -> tuple[bytes, bytes] | None:
        """Source and target if `strip` leading directories of the names are prefix; None if that cannot be."""
        header, verb = self.header, self.header.verb
        if header.git is None:
            return self._plain_paths(strip)
        old, new = (stripped(header.names.get(key, DEV_NULL), strip) for key in ("---", "+++"))
        if verb in (Verb.RENAME, Verb.COPY):
            source, target = (self._whole(key, strip) for key in ("from", "to"))
            fits = source and target and old in (None, source) and new in (None, target)
            return (source, target) if source and target and fits else None
        name = common_name(header.git, strip, header.line) or (old if old == new else None)
        named = [header.names.get(key, DEV_NULL) != DEV_NULL for key in ("---", "+++")]
        fits = name and (old == name or not named[0]) and (new == name or not named[1])
        return (name, name) if name and fits else None

    def _starts_from_nothing(self) -> bool:
        match self.content:
            case Hunks((hunk,)):
                return hunk.start == 0
        return False

    def _whole(self, key: str, strip: int) -> bytes | None:
        return stripped(self.header.whole_names.get(key, DEV_NULL), max(strip - 1, 0))

    def _plain_paths(self, strip: int) -> tuple[bytes, bytes] | None:
        old, new = (stripped(self.header.names[key], strip) for key in ("---", "+++"))
        one_sided = DEV_NULL in self.header.names.values()
        if old is not None and new is not None:
            # `diff -u x.orig x`: what is tacked on to a name belongs to the copy that was kept.
            short, long = sorted((old, new), key=len)
            same = old == new or (long.startswith(short) and long[len(short) : len(short) + 1] in (b".", b"~"))
            return (short, short) if same else None
        name = old or new
        if name is None or not one_sided or (strip == 0 and name.startswith((b"a/", b"b/"))):
            return None
        return name, name

    def change(self, strip: int) -> FileChange:
        """The change, its paths checked. Raises InvalidPatch."""
        header, paths = self.header, self.paths(strip)
        if paths is None:
            raise malformed(
                header.line, "the names of a file do not fit together.", hint="Say how much of them is prefix."
            )
        for path in paths:
            check(path)
        change = FileChange(
            line=header.line,
            commit=self.commit,
            verb=header.verb,
            source=paths[0],
            target=paths[1],
            old_mode=header.modes.get("old") or header.modes.get("index", ""),
            new_mode=header.modes.get("new", ""),
            old_id=header.ids[0],
            new_id=header.ids[1],
            may_create=header.git is None and header.verb is Verb.MODIFY and self._starts_from_nothing(),
            similarity=header.similarity,
            content=self.content,
        )
        _check(change, header)
        return change


def _check(change: FileChange, header: Header) -> None:
    """Refuse a header and a content that do not belong together."""
    name = encode(change.target)
    hunks = change.content.hunks if isinstance(change.content, Hunks) else ()
    if change.verb is Verb.CREATE and any(hunk.old for hunk in hunks):
        raise malformed(header.line, f"{name} is said to be new, but its hunks hold old lines.")
    if change.verb is Verb.DELETE and any(hunk.new for hunk in hunks):
        raise malformed(header.line, f"{name} is said to be deleted, but its hunks hold new lines.")
    if change.verb in (Verb.CREATE, Verb.DELETE) and len(hunks) > 1:
        raise malformed(header.line, f"{name} comes or goes as a whole, but has {len(hunks)} hunks.")
    old, new = change.old_mode, change.new_mode
    if old and new and old != new and {old, new} != {FILE, EXECUTABLE}:
        raise malformed(header.line, f"{name} cannot become another type of file while it stays; {old} → {new}.")
    if isinstance(change.content, Untouched):
        differs = all(header.ids) and header.ids[0] != header.ids[1]
        if change.verb is Verb.CREATE:
            differs = not any(empty.startswith(header.ids[1]) for empty in _EMPTY)
        if differs or (change.verb is Verb.MODIFY and not (old and new and old != new)):
            raise malformed(
                header.line, f"{name} is said to change, but no change follows.", hint="Was the patch cut off?"
            )


def find_strip(sections: Sequence[Section], exists: Callable[[bytes], bool]) -> int:
    """How many leading directories of the names are prefix: the least with which all fits together.

    Where more than one number does, the first with which all files are there that the diff starts from. `exists` says
    so for a path. Raises InvalidPatch.
    """
    usual = [strip for strip in range(MAX_STRIP + 1) if all(section.paths(strip) for section in sections)]
    if not usual:
        raise _inconsistent(sections)
    for section in sections:
        # No more of a name is taken for prefix to get around what is refused.
        for path in section.paths(usual[0]) or ():
            check(path)
    plain = any(section.header.git is None for section in sections)
    whole = (strip for strip in usual if plain and all(_stands(section, strip, exists) for section in sections))
    return next(whole, usual[0])


def _stands(section: Section, strip: int, exists: Callable[[bytes], bool]) -> bool:
    paths = section.paths(strip)
    if paths is None:
        return False
    if section.header.verb is not Verb.CREATE:
        return exists(paths[0])
    directory = paths[0].rpartition(b"/")[0]
    return not directory or exists(directory)


def _inconsistent(sections: Sequence[Section]) -> InvalidPatch:
    line = next((s.header.line for s in sections if not any(s.paths(strip) for strip in range(MAX_STRIP + 1))), 0)
    return malformed(
        line or sections[0].header.line,
        "the names of a file do not fit together." if line else "no number of leading directories fits all names.",
        hint="Names are those of one file before and after, under the same number of prefix directories.",
    )
