"""The content that a diff was made on: what stands in the tree where that fits, else the blob that the diff names.

A place is never guessed. In this order: the tree's file where it is the very blob that the diff names, or where all
hunks fit at their own lines and nowhere else; that blob itself, from wherever it is at hand, so that a three-way merge
can carry the change over; where the diff names no blob, the tree's file where all hunks fit at their lines, as with
``git apply``; the one place where they fit; a file in which the change stands already. Else the patch is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from msgspec import Struct

from git_dagpatch.interchange.binary import Budget, unpack
from git_dagpatch.interchange.changes import (
    Binary,
    FileChange,
    Hunk,
    Hunks,
    Literal,
    Unsaid,
    Untouched,
    Verb,
    malformed,
)
from git_dagpatch.interchange.places import Choice, Fit, Misfit, apply_hunks, at_lines, diverges, find_places, line_at
from git_dagpatch.model.errors import AmbiguousPlace, WrongBase
from git_dagpatch.model.objects import EXECUTABLE, FILE, SUBMODULE, SYMLINK, hash_object
from git_dagpatch.model.paths import encode

FindContent = Callable[[str], bytes | None]
"""The content of the blob whose id starts so, if it is at hand."""

_MIN_ABBREVIATION = 4
_COMMIT = b"Subproject commit "
_ALGORITHMS = {40: "sha1", 64: "sha256"}


class Version(Struct, frozen=True):
    """A file's mode and content."""

    mode: str
    content: bytes


class Preimage(Struct, frozen=True):
    """What one file was, and what each of the changes that start from it makes of it."""

    version: Version
    results: Sequence[bytes]
    known: bool
    """Whether it is the blob that the diff names."""


class Preimages:
    """Finds preimages. `algorithm` is that of the repository's ids."""

    def __init__(self, algorithm: str, find_content: FindContent, budget: Budget) -> None:
        self._algorithm = algorithm
        self._find_content = find_content
        self._budget = budget

    def find(self, path: bytes, users: Sequence[FileChange], here: Version | None, *, pinned: bool) -> Preimage:
        """The preimage of the file at `path`, where `here` stands now, for all changes that start from it.

        `pinned`: what stands there was made by the same patch, so nothing else can be put in its place. Raises
        AmbiguousPlace, WrongBase, InvalidPatch.
        """
        old_id = next((user.old_id for user in users if user.old_id), "")
        mode = _mode(users, here)
        ours = Version(mode, here.content) if here and _type(here.mode) == _type(mode) else None
        known = ours is not None and self._is(old_id, ours)
        landed = ours is not None and not known and not pinned and any(self._is(user.new_id, ours) for user in users)
        results = self._at_lines(users, ours, exact=known) if ours else None
        if ours and results and not landed and (known or _one_way(users, ours.content)):
            return Preimage(ours, results, known)
        if not pinned:
            for other in self._others(users, old_id, mode):
                made = self._at_lines(users, other, exact=True)
                if made:
                    return Preimage(other, made, known=True)
            undone = _undone(users, ours.content) if ours and landed else None
            if ours and undone is not None:
                return Preimage(Version(mode, undone), [ours.content], known=False)
        if ours and results and not old_id:
            return Preimage(ours, results, known)
        if ours is None:
            raise _missing(path, users, old_id, here)
        return self._elsewhere(path, users, old_id, ours, pinned=pinned)

    def created(self, change: FileChange) -> bytes:
        """The content of a file that comes into being."""
        match change.content:
            case Hunks(hunks):
                return b"".join(hunk.new for hunk in hunks)
            case Binary(forward):
                return self._checked(change, unpack(forward, b"", self._budget))
            case Unsaid():
                return self._unsaid(change)
            case Untouched():
                return b""

    def differs(self, change: FileChange, mode: str, result: bytes) -> bool:
        """Whether `result` is another content than the one that the diff says it makes."""
        return bool(change.new_id) and not self._is(change.new_id, Version(mode, result))

    def _at_lines(self, users: Sequence[FileChange], version: Version, *, exact: bool) -> list[bytes] | None:
        """What each change makes of `version` where its hunks fit at their own lines; None if one does not."""
        results = []
        for user in users:
            result = self._result(user, version, exact=exact)
            if result is None or (user.verb is Verb.DELETE and result):
                return None
            results.append(result)
        return results

    def _result(self, change: FileChange, version: Version, *, exact: bool) -> bytes | None:
        text = version.content
        match change.content:
            case Hunks(hunks):
                places = at_lines(text, hunks, exact=exact)
                return None if places is None else apply_hunks(text, hunks, places)
            case Untouched() if change.verb is Verb.DELETE:
                # A whole content that the diff does not show has to be the one that it names.
                return b"" if exact or not text else None
            case Untouched():
                return text
            case _ if not change.old_id:
                raise malformed(change.line, "a binary file changes, but the blob before is not named.")
            case _ if not self._is(change.old_id, version):
                return None
            case Binary(forward):
                return self._checked(change, unpack(forward, text, self._budget))
            case Unsaid():
                return b"" if change.verb is Verb.DELETE else self._unsaid(change)

    def _checked(self, change: FileChange, result: bytes) -> bytes:
        """A binary content, which has to be the one that the diff names. Raises InvalidPatch."""
        if change.verb is not Verb.DELETE and not self._is(change.new_id, Version(FILE, result)):
            raise malformed(change.line, f"{encode(change.target)} does not become the blob that the patch names.")
        return result

    def _unsaid(self, change: FileChange) -> bytes:
        content = self._find_content(change.new_id)
        if content is None or not self._is(change.new_id, Version(FILE, content)):
            raise malformed(
                change.line,
                f"{encode(change.target)} changes, but its new, binary content is neither here nor in the patch.",
                hint="Make the diff with git diff --binary.",
            )
        return content

    def _others(self, users: Sequence[FileChange], old_id: str, mode: str) -> Iterator[Version]:
        """The named blob, from the repository or from the patch itself."""
        if len(old_id) < _MIN_ABBREVIATION:
            return
        found = self._find_content(old_id) if mode != SUBMODULE else None
        carried = (content for user in users if (content := self._carried(user, mode)) is not None)
        for content in (*([] if found is None else [found]), *carried):
            version = Version(mode, content)
            if self._is(old_id, version):
                yield version

    def _carried(self, change: FileChange, mode: str) -> bytes | None:
        """The whole content before, where the change itself holds it."""
        match change.content:
            case Hunks((hunk,)) if change.verb is Verb.DELETE or mode == SUBMODULE:
                return hunk.old
            case Binary(_, Literal(content)):
                return content
            case Binary(Literal(content), backward) if backward is not None:
                return unpack(backward, content, self._budget)
        return None

    def _elsewhere(
        self, path: bytes, users: Sequence[FileChange], old_id: str, ours: Version, *, pinned: bool
    ) -> Preimage:
        """The tree's file where the hunks do not fit at their lines."""
        undone = None if pinned else _undone(users, ours.content)
        results = []
        for user in users:
            hunks = _hunks(user)
            if hunks is None:
                raise _other_content(path, user, old_id)
            match find_places(ours.content, hunks):
                case Misfit() if undone is not None:
                    # What the change makes stands there already, and nothing that it could start from.
                    return Preimage(Version(ours.mode, undone), [ours.content], known=False)
                case Misfit() as misfit:
                    raise _diverging(path, ours.content, misfit, old_id)
                case Choice(hunk, first, last):
                    raise _ambiguous(path, hunk, line_at(ours.content, first), line_at(ours.content, last), old_id)
                case Fit(places) if undone is not None:
                    raise _ambiguous(path, hunks[0], line_at(ours.content, places[0]), hunks[0].new_start, old_id)
                case Fit(places):
                    results.append(apply_hunks(ours.content, hunks, places))
        return Preimage(ours, results, known=False)

    def _is(self, prefix: str, version: Version) -> bool:
        """Whether the id of `version` starts with `prefix`."""
        if len(prefix) < _MIN_ABBREVIATION:
            return False
        if version.mode == SUBMODULE:
            return version.content.removeprefix(_COMMIT).startswith(prefix.encode())
        return hash_object("blob", version.content, _ALGORITHMS.get(len(prefix), self._algorithm)).startswith(prefix)


def _mode(users: Sequence[FileChange], here: Version | None) -> str:
    """The mode before: the tree's own, unless the diff sets another one than it says was there."""
    said = next((user.old_mode for user in users if user.old_mode), "")
    if here is None or (said and _type(said) != _type(here.mode)):
        return said or FILE
    sets = any(user.new_mode not in ("", user.old_mode) for user in users)
    plain = (EXECUTABLE if int(here.mode, 8) & 0o100 else FILE) if _type(here.mode) == FILE else here.mode
    return said if sets and said not in ("", plain) else here.mode


def _type(mode: str) -> str:
    return mode if mode in (SYMLINK, SUBMODULE) else FILE


def _hunks(change: FileChange) -> Sequence[Hunk] | None:
    """The hunks of a change whose place can be looked for."""
    match change.content:
        case Hunks(hunks) if change.verb is not Verb.DELETE:
            return hunks
        case Untouched() if change.verb is not Verb.DELETE:
            return ()
    return None


def _one_way(users: Sequence[FileChange], text: bytes) -> bool:
    """Whether the hunks fit in one way only."""
    return all(isinstance(find_places(text, _hunks(user) or ()), Fit) for user in users)


def _undone(users: Sequence[FileChange], text: bytes) -> bytes | None:
    """What `text` was before the one change that stands in it already, at its own lines."""
    if len(users) != 1 or users[0].verb is not Verb.MODIFY:
        return None
    hunks = [hunk.reversed() for hunk in _hunks(users[0]) or ()]
    places = at_lines(text, hunks) if hunks and all(hunk.old for hunk in hunks) else None
    return None if places is None else apply_hunks(text, hunks, places)


def _hint(old_id: str) -> str:
    if old_id:
        return f"Fetch the history that the blob {old_id} belongs to, so that the change can be merged."
    return "The patch was made for another version; one with `index` lines or more context may find its place."


def _missing(path: bytes, users: Sequence[FileChange], old_id: str, here: Version | None) -> WrongBase:
    name = encode(path)
    if here is not None:
        return WrongBase(
            f"The patch changes {name!r}, but another type of file stands there.",
            cause=f"Its mode is {here.mode}, the patch was made for {users[0].old_mode}.",
        )
    return WrongBase(
        f"The patch changes {name!r}, but there is no such file.",
        cause=f"What it was made on, the blob {old_id}, is not here either." if old_id else "",
        hint="Is the patch meant for this project, and are its paths below another directory?",
    )


def _other_content(path: bytes, change: FileChange, old_id: str) -> WrongBase:
    what = "deletes" if change.verb is Verb.DELETE else "changes"
    return WrongBase(
        f"The patch {what} {encode(path)!r}, but it was made on another content.",
        cause=f"It was made on the blob {old_id}, which is not here." if old_id else "",
        hint=_hint(old_id),
    )


def _shown(line: bytes | None) -> str:
    return "the end of the file" if line is None else repr(line.decode(errors="replace"))


def _diverging(path: bytes, text: bytes, misfit: Misfit, old_id: str) -> WrongBase:
    if misfit.hunk.is_bare and not misfit.hunk.at_start:
        return WrongBase(
            f"The patch does not fit {encode(path)!r}.",
            cause=f"The hunk on line {misfit.hunk.line} of the patch shows no context, so only the content that it was "
            "made on tells its place.",
            hint=_hint(old_id),
        )
    line, expected, found = diverges(text, misfit)
    return WrongBase(
        f"The patch does not fit {encode(path)!r} at line {line}.",
        cause=f"The hunk on line {misfit.hunk.line} of the patch expects {_shown(expected)}; "
        f"there stands {_shown(found)}.",
        hint=_hint(old_id),
    )


def _ambiguous(path: bytes, hunk: Hunk, line: int, other: int, old_id: str) -> AmbiguousPlace:
    name = encode(path)
    return AmbiguousPlace(
        f"A hunk of the patch fits {name!r} at line {line} and at line {other}.",
        path=name,
        lines=(line, other),
        cause=f"It stands on line {hunk.line} of the patch.",
        hint=_hint(old_id),
    )
