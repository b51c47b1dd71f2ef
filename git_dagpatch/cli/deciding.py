"""Asking how each conflict is decided, in the manner of ``git add --patch``; nothing is written before the end."""

from __future__ import annotations

from collections.abc import Sequence

from git_dagpatch.cli.interactive import read_answer, say
from git_dagpatch.cli.terminal import edited, style
from git_dagpatch.model.conflict import State, Waiting
from git_dagpatch.model.errors import DagpatchError
from git_dagpatch.model.strategy import Strategy
from git_dagpatch.model.text import safe
from git_dagpatch.porcelain.left import Leavings
from git_dagpatch.porcelain.resolve import Answer, holds_markers
from git_dagpatch.report.resolve import detail_lines, waiting_line

_HELP = {
    "y": "take the first proposal",
    "n": "leave this conflict",
    "o": "take our side",
    "t": "take their side",
    "u": "take both: ours, then theirs",
    "e": "edit it by hand",
    "q": "quit: leave this conflict and those after it",
    "?": "print this",
}
_SIDES = {"o": Strategy.OURS, "t": Strategy.THEIRS, "u": Strategy.UNION}
_MOST = 9


def decide(places: Sequence[Waiting], leavings: Leavings) -> list[tuple[Waiting, Answer]]:
    """What was answered for those of the `places` that can be decided, each explained."""
    answers: list[tuple[Waiting, Answer]] = []
    open_places = [place for place in places if place.state is State.WAITS]
    for number, place in enumerate(open_places, 1):
        _show(place)
        choices = _choices(place)
        prompt = f"({number}/{len(open_places)}) Decide this conflict [{','.join(choices)}]? "
        while True:
            letter = read_answer(prompt, at_end="q")
            if letter not in choices or letter == "?":
                _help(choices)
                continue
            if letter == "q":
                return answers
            answer = _answer(place, letter, leavings)
            if answer is not None:
                answers.append((place, answer))
            if answer is not None or letter == "n":
                break
    return answers


def _show(place: Waiting) -> None:
    say("")
    say(waiting_line(place, style))
    if place.conflict:
        for line in place.conflict.text.decode(errors="replace").splitlines():
            say(safe(line))
    for line in detail_lines(place, style):
        say(line)


def _choices(place: Waiting) -> list[str]:
    proposals = [str(number) for number in range(1, min(len(place.proposals), _MOST) + 1)]
    whole = place.conflict is None
    left_out = ("u", "e") if whole else ()
    first = ["y"] if proposals else []
    return [*first, "n", *proposals, *(letter for letter in "otueq?" if letter not in left_out)]


def _help(choices: Sequence[str]) -> None:
    for letter in choices:
        say(f"{letter} - {_HELP.get(letter, f'take proposal {letter}')}")


def _answer(place: Waiting, letter: str, leavings: Leavings) -> Answer | None:
    """What a letter stands for; None where the conflict is left."""
    if letter == "y" or letter.isdecimal():
        return place.proposals[0 if letter == "y" else int(letter) - 1]
    return _by_hand(place, leavings) if letter == "e" else _SIDES.get(letter)


def _by_hand(place: Waiting, leavings: Leavings) -> bytes | None:
    """What a person makes of the conflict; None if markers are left in it, or the editor fails."""
    assert place.conflict is not None
    suffix = "." + place.path.rpartition(b".")[2].decode(errors="replace") if b"." in place.path else ".txt"
    try:
        text = edited(place.conflict.text, suffix if suffix[1:].isalnum() else ".txt")
    except DagpatchError as error:
        say(f"{error.message} {error.hint}")
        return None
    if holds_markers(place, leavings, text):
        say("Markers are left in it, so it stays as it was.")
        return None
    return text
