"""resolve: what waits to be decided in the work tree after a merge of any kind, and deciding it.

Nothing is decided but what stands as the merge left it, so that no work of hands is lost, and a file is staged only
when no marker is left in it.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from git_dagpatch.alignment.lines import split_lines
from git_dagpatch.languages.plain import is_text
from git_dagpatch.merging.marked import Piece, Unclear, markers
from git_dagpatch.merging.standing import Stand, standing
from git_dagpatch.model.conflict import Intents, Marked, Proposal, Resolved, State, Waiting
from git_dagpatch.model.errors import Refused, UsageError
from git_dagpatch.model.paths import encode
from git_dagpatch.model.strategy import Strategy
from git_dagpatch.porcelain.explain import File
from git_dagpatch.porcelain.left import BASE, OURS, THEIRS, Leavings, Left
from git_dagpatch.store.repository import Repository

Answer: TypeAlias = Strategy | Proposal | bytes
"""How a place is decided: for a side or both, as was proposed, or by a text of one's own."""
_LITERAL = {"GIT_LITERAL_PATHSPECS": "1"}


def waiting(leavings: Leavings) -> list[Waiting]:
    """All that waits. What was decided and staged keeps its numbers."""
    found: list[Waiting] = []
    number = 1
    for left in leavings.files:
        places = list(_places(left, number))
        found += [place for place in places if left.is_waiting and place.state is not State.DECIDED]
        if left.is_waiting and all(place.state is State.DECIDED for place in places):
            found.append(Waiting(number, left.path, "", None, frozenset(left.stages), State.DECIDED))
        number += len(places)
    return found


def chosen_by(found: Sequence[Waiting], repository: Repository, names: Sequence[str]) -> list[Waiting]:
    """The places that are named by number, by path and line, or by the path of their file or of a directory.

    Raises UsageError for what names nothing, or two things.
    """
    chosen: dict[int, Waiting] = {}
    for name in names:
        named = list(_named(found, repository, name))
        if len(named) > 1:
            raise UsageError(f"{name!r} is a number and a file.", hint=f"Say ./{name} for the file, or PATH:LINE.")
        if not named:
            raise UsageError(f"Nothing waits at {name!r}.", hint="`git dagpatch resolve` lists what does.")
        chosen |= {place.number: place for place in named[0]}
    return [chosen[number] for number in sorted(chosen)]


def _named(found: Sequence[Waiting], repository: Repository, name: str) -> Iterator[list[Waiting]]:
    """What `name` means, in each way in which it means something."""
    if name.isdecimal() and (numbered := [place for place in found if place.number == int(name)]):
        yield numbered
    before, colon, line = name.rpartition(":")
    if colon and line.isdecimal() and before:
        path = repository.path_of(before)
        if placed := [place for place in found if place.path == path and _first_line(place) == int(line)]:
            yield placed
    path = repository.path_of(name)
    below = [place for place in found if path in (place.path, b".") or place.path.startswith(path + b"/")]
    # What is only a number may have been one of the list as it was before.
    if below and (not name.isdecimal() or any(place.path == path for place in below)):
        yield below


def _first_line(place: Waiting) -> int | None:
    return place.conflict.first_line if place.conflict else None


def resolve(leavings: Leavings, answers: Sequence[tuple[Waiting, Answer]]) -> list[Resolved]:
    """Decide the chosen places, each by its answer; files in which nothing waits any more are staged.

    Raises Refused, before anything is written, where a place was changed by hand, where a file has to be taken whole
    and the answer is both, and for answers that overlap.
    """
    by_path: dict[bytes, list[tuple[Waiting, Answer]]] = {}
    for place, answer in answers:
        _refuse_changed(place)
        side = answer.side if isinstance(answer, Proposal) else None
        by_path.setdefault(place.path, []).append((place, answer if side is None else side))
    files = {left.path: left for left in leavings.files}
    steps = [_step(files[path], some) for path, some in by_path.items()]
    return [_carried_out(leavings.repository, step) for step in steps]


def _places(left: Left, number: int) -> Iterator[Waiting]:
    """What was left to be decided in one file, numbered from `number`."""
    stages = frozenset(left.stages)
    try:
        parts, stands = left.parts, left.standing.stands
    except Unclear:
        yield Waiting(number, left.path, "", None, stages, State.UNCLEAR)
        return
    if not stands:
        yield Waiting(number, left.path, "", None, stages, State.WAITS if left.is_as_left else State.EDITED)
        return
    symbols = _file(left, parts).symbols()
    for stand in stands:
        conflict = stand.conflict
        symbol = symbols[conflict.first_line]
        yield Waiting(number, left.path, symbol, conflict, stages, stand.state, (stand.start + 1, stand.end))
        number += 1


def _file(left: Left, parts: Sequence[Piece]) -> File:
    ours, theirs = OURS in left.stages, THEIRS in left.stages
    return File(left.path, parts, left.versions, (BASE in left.stages, ours, theirs))


def explained(leavings: Leavings, places: Sequence[Waiting], *, propose: bool) -> list[Waiting]:
    """`places` with what both sides did there and, with `propose`, what is likely to be meant."""
    files = {left.path: left for left in leavings.files}
    known: dict[bytes, tuple[Mapping[int, Intents], Mapping[int, Sequence[Proposal]]]] = {}
    found = []
    for place in places:
        left = files[place.path]
        if place.state is State.UNCLEAR or not all(map(is_text, left.versions)):
            found.append(place)
            continue
        if place.path not in known:
            file = _file(left, left.parts)
            known[place.path] = file.intents(), file.proposals() if propose else {}
        intents, likely = known[place.path]
        line = place.conflict.first_line if place.conflict else 0
        proposals = tuple(likely.get(line, ())) if place.state is State.WAITS else ()
        found.append(replace(place, intents=intents.get(line, ((), ())), proposals=proposals))
    return found


def proposed(places: Sequence[Waiting], number: int) -> list[tuple[Waiting, Answer]]:
    """The answers that take proposal `number` of each of the `places`, which are explained. Raises UsageError."""
    answers: list[tuple[Waiting, Answer]] = []
    for place in places:
        if place.state is State.WAITS and not 1 <= number <= len(place.proposals):
            count = len(place.proposals)
            raise UsageError(
                f"There is no proposal {number} for {place.name}.",
                cause=f"There are {count} proposals for it." if count else "Nothing is proposed for it.",
                hint="`git dagpatch resolve --list` shows them.",
            )
        answers.append((place, place.proposals[number - 1] if place.proposals else Strategy.MANUAL))
    return answers


def holds_markers(place: Waiting, leavings: Leavings, text: bytes) -> bool:
    """Whether a line of `text`, which shall come in the place of a conflict, looks like a marker."""
    return any(markers(split_lines(text), leavings.size_of[place.path]))


def _refuse_changed(place: Waiting) -> None:
    path = encode(place.path)
    again = f"`git checkout --merge -- {path}` brings back what the merge left."
    match place.state:
        case State.EDITED:
            where = f"{path}:{place.lines[0]}" if place.lines else path
            raise Refused(
                f"{where} was changed by hand since the merge; nothing was decided.",
                cause="What stands there now would be lost.",
                hint=f"Finish it by hand and stage it with `git add`; or start anew: {again}",
            )
        case State.DECIDED:
            raise Refused(
                f"{path} was decided by hand already; nothing was changed.",
                cause="No conflict that the merge left stands in it any more.",
                hint=f"Stage it with `git add`; or start anew: {again}",
            )
        case State.UNCLEAR:
            raise Refused(
                f"{path} has lines that look like markers and are text; nothing was decided.",
                cause="Where its conflicts begin and end cannot be told for certain.",
                hint="Decide it by hand and stage it with `git add`.",
            )


class _Rewrite(Struct, frozen=True):
    """A file gets another text, and is staged if that is complete."""

    left: Left
    text: bytes
    done: Resolved


class _Whole(Struct, frozen=True):
    """A file is taken from one side."""

    left: Left
    stage: str


def _step(left: Left, answers: Sequence[tuple[Waiting, Answer]]) -> _Rewrite | _Whole:
    """What becomes of one file."""
    first, answer = answers[0]
    if first.conflict is not None:
        text = _rewritten(left, answers)
        after = standing(left.parts, text, left.size)
        waits = sum(stand.state is not State.DECIDED for stand in after.stands)
        return _Rewrite(left, text, Resolved(left.path, len(answers), waits, after.stray if not waits else ()))
    if answer is Strategy.OURS or answer is Strategy.THEIRS:
        return _Whole(left, OURS if answer is Strategy.OURS else THEIRS)
    raise Refused(
        f"{encode(left.path)} can only be taken whole, from one side or the other.", hint="Say --ours or --theirs."
    )


def _rewritten(left: Left, answers: Sequence[tuple[Waiting, Answer]]) -> bytes:
    """The file with its places decided, from the last to the first."""
    lines = split_lines(left.now or b"")
    stands = {stand.conflict.first_line: stand for stand in left.standing.stands}
    changes = []
    for place, answer in answers:
        assert place.conflict is not None
        stand = stands[place.conflict.first_line]
        changes.append(
            _proposed(left, stand, answer, lines)
            if isinstance(answer, Proposal)
            else (stand.start, stand.end, _decided(left, stand, answer, lines))
        )
    changes.sort()
    for one, other in pairwise(changes):
        if one[1] > other[0] and one != other:
            raise Refused(f"Two answers in {encode(left.path)} are about the same lines.", hint="Give one of them.")
    for start, end, text in reversed(list(dict.fromkeys(changes))):
        lines[start:end] = [text]
    return b"".join(lines)


def _decided(left: Left, stand: Stand, answer: Strategy | bytes, lines: Sequence[bytes]) -> bytes:
    """What comes in the place of a conflict."""
    if isinstance(answer, bytes):
        return answer
    ours, theirs = stand.conflict.ours, stand.conflict.theirs
    text = {Strategy.OURS: ours, Strategy.THEIRS: theirs}.get(answer, ours + theirs)
    if stand.end < len(lines) or not text:
        return text
    # Between markers every line has an end, also one that is the last of its file and has none there.
    last = left.versions.ours if answer is Strategy.OURS or not theirs else left.versions.theirs
    bare = text.removesuffix(b"\n").removesuffix(b"\r")
    return bare if last and not last.endswith(b"\n") and last.endswith(split_lines(bare)[-1]) else text


def _proposed(left: Left, stand: Stand, proposal: Proposal, lines: Sequence[bytes]) -> tuple[int, int, bytes]:
    """The lines now in whose place a proposal comes. Raises Refused if they are not what the merge left."""
    whole = split_lines(b"".join(part.text if isinstance(part, Marked) else part for part in left.parts))
    before = stand.conflict.first_line - proposal.first_line
    start = stand.start - before
    end = start + proposal.last_line - proposal.first_line + 1
    if start < 0 or lines[start:end] != whole[proposal.first_line - 1 : proposal.last_line]:
        raise Refused(
            f"What stands around {encode(left.path)}:{stand.start + 1} was changed by hand since the merge.",
            cause="The proposal is about these lines, too.",
            hint="Decide it with --ours, --theirs or --union, or by hand.",
        )
    return start, end, proposal.text


def _carried_out(repository: Repository, step: _Rewrite | _Whole) -> Resolved:
    left = step.left
    if isinstance(step, _Whole):
        _take_whole(repository, left, step.stage)
        return Resolved(left.path, 1, 0)
    if left.file.read_bytes() != left.now:
        raise Refused(f"{encode(left.path)} was changed just now; it was left as it is.", hint="Try again.")
    _write(left.file, step.text)
    if step.done.staged:
        _stage(repository, left)
    return step.done


def _take_whole(repository: Repository, left: Left, stage: str) -> None:
    """The version of one side; a file that this side does not have goes. Of merged text, only the mode is taken."""
    name = str(left.file)
    if left.is_merged and left.now is not None:
        left.file.chmod(_permissions(left.file, left.stages[stage].mode))
        _stage(repository, left)
    elif stage in left.stages:
        side = "--ours" if stage == OURS else "--theirs"
        repository.git.run("checkout", side, "--", name, environment=_LITERAL)
        _stage(repository, left)
    else:
        repository.git.run("rm", "--quiet", "--force", "--", name, environment=_LITERAL)


def _permissions(file: Path, mode: str) -> int:
    """What a file may be used for, as before, but executed only if `mode` says so, by whoever may read it."""
    now = file.stat().st_mode & 0o777
    return now | (now & 0o444) >> 2 if int(mode, 8) & 0o100 else now & ~0o111


def _stage(repository: Repository, left: Left) -> None:
    repository.git.run("add", "--", str(left.file), environment=_LITERAL)


def _write(file: Path, text: bytes) -> None:
    """Give a file another content in one step; its permissions stay."""
    made = file.with_name(f".{file.name}.dagpatch-{os.getpid()}")
    try:
        made.write_bytes(text)
        shutil.copymode(file, made)
        made.replace(file)
    finally:
        made.unlink(missing_ok=True)
