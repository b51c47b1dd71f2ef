"""resolve: what waits to be decided in the work tree after a merge of any kind, and deciding it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from git_dagpatch.alignment.lines import count_lines
from git_dagpatch.languages import language_of
from git_dagpatch.languages.plain import is_text
from git_dagpatch.merging.marked import pieces
from git_dagpatch.model.conflict import Marked, Resolved, Waiting
from git_dagpatch.model.errors import Refused, UsageError
from git_dagpatch.model.paths import encode
from git_dagpatch.model.strategy import Strategy
from git_dagpatch.store.repository import Repository

_OURS, _THEIRS = "2", "3"


def waiting(repository: Repository) -> list[Waiting]:
    """All that waits, numbered."""
    found: list[Waiting] = []
    for path, stages in sorted(_unmerged(repository).items()):
        for symbol, conflict in _places(repository, path):
            found.append(Waiting(len(found) + 1, path, symbol, conflict, stages))
    return found


def resolve(repository: Repository, chosen: Sequence[Waiting], side: Strategy) -> list[Resolved]:
    """Decide the chosen places for one side or both; files in which nothing waits any more are staged.

    Raises Refused, before anything is written, where a file has to be taken whole and `side` is both.
    """
    by_path: dict[bytes, list[Waiting]] = {}
    for place in chosen:
        by_path.setdefault(place.path, []).append(place)
    for places in by_path.values():
        if side is Strategy.UNION and places[0].conflict is None:
            raise Refused(
                f"{encode(places[0].path)} can only be taken whole, from one side or the other.",
                hint="Say --ours or --theirs.",
            )
    return [_resolve_file(repository, places, side) for places in by_path.values()]


def chosen_by(found: Sequence[Waiting], repository: Repository, names: Sequence[str]) -> list[Waiting]:
    """The places that are named by number, or by the path of their file or of a directory. Raises UsageError."""
    chosen: dict[int, Waiting] = {}
    for name in names:
        if name.isdecimal():
            named = [place for place in found if place.number == int(name)]
        else:
            path = repository.path_of(name)
            named = [place for place in found if path in (place.path, b".") or place.path.startswith(path + b"/")]
        if not named:
            raise UsageError(f"Nothing waits at {name!r}.", hint="`git dagpatch resolve` lists what does.")
        chosen |= {place.number: place for place in named}
    return [chosen[number] for number in sorted(chosen)]


def _unmerged(repository: Repository) -> dict[bytes, frozenset[str]]:
    """Path → the stages that the index holds of it."""
    found: dict[bytes, set[str]] = {}
    for line in repository.git.run("ls-files", "--unmerged", "-z", "--full-name", ":/").split(b"\0")[:-1]:
        head, _, path = line.partition(b"\t")
        found.setdefault(path, set()).add(head.decode().split(" ")[2])
    return {path: frozenset(stages) for path, stages in found.items()}


def _places(repository: Repository, path: bytes) -> Iterator[tuple[str, Marked | None]]:
    text = _read(_file(repository, path))
    parts = [] if text is None else pieces(text)
    if not any(isinstance(part, Marked) for part in parts):
        yield "", None
        return
    # With markers in it, a text is no code; with one side in their place it is.
    ours = b"".join(part.ours if isinstance(part, Marked) else part for part in parts)
    outline = language_of(path, ours).outline(ours)
    line = 0
    for part in parts:
        if isinstance(part, Marked):
            yield (outline.symbol_at(line) if outline else ""), part
        line += count_lines(part.ours if isinstance(part, Marked) else part)


def _resolve_file(repository: Repository, places: Sequence[Waiting], side: Strategy) -> Resolved:
    path = places[0].path
    if places[0].conflict is None:
        _take_whole(repository, places[0], _OURS if side is Strategy.OURS else _THEIRS)
        return Resolved(path, 1, 0)
    file = _file(repository, path)
    decided = {place.conflict.first_line for place in places if place.conflict}
    parts = pieces(file.read_bytes())
    left = sum(isinstance(part, Marked) and part.first_line not in decided for part in parts)
    _write(file, b"".join(_decided(part, decided, side) for part in parts))
    if not left:
        _stage(repository, path)
    return Resolved(path, len(places), left)


def _decided(part: bytes | Marked, decided: set[int], side: Strategy) -> bytes:
    if not isinstance(part, Marked):
        return part
    if part.first_line not in decided:
        return part.text
    if side is Strategy.UNION:
        return part.ours + part.theirs
    return part.ours if side is Strategy.OURS else part.theirs


def _take_whole(repository: Repository, place: Waiting, stage: str) -> None:
    """The version of one side; a file that this side does not have goes."""
    literal = {"GIT_LITERAL_PATHSPECS": "1"}
    name = str(_file(repository, place.path))
    if stage in place.stages:
        side = "--ours" if stage == _OURS else "--theirs"
        repository.git.run("checkout", side, "--", name, environment=literal)
        _stage(repository, place.path)
    else:
        repository.git.run("rm", "--quiet", "--force", "--", name, environment=literal)


def _stage(repository: Repository, path: bytes) -> None:
    literal = {"GIT_LITERAL_PATHSPECS": "1"}
    repository.git.run("add", "--", str(_file(repository, path)), environment=literal)


def _file(repository: Repository, path: bytes) -> Path:
    return repository.work_tree / os.fsdecode(path)


def _read(file: Path) -> bytes | None:
    """The text of a file; None where there is none, or it is no text."""
    if file.is_symlink() or not file.is_file():
        return None
    text = file.read_bytes()
    return text if is_text(text) else None


def _write(file: Path, text: bytes) -> None:
    """Give a file another content in one step; its permissions stay."""
    made = file.with_name(f".{file.name}.dagpatch-{os.getpid()}")
    try:
        made.write_bytes(text)
        shutil.copymode(file, made)
        made.replace(file)
    finally:
        made.unlink(missing_ok=True)
