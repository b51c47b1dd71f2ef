"""Asking for each operation whether to take it, in the manner of ``git add --patch``.

Questions go to stderr, so that results on stdout can be piped on; answers are lines of stdin.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable

import click

from git_dagpatch.cli.terminal import edited, style
from git_dagpatch.model.errors import DagpatchError
from git_dagpatch.model.operation import Operation, said
from git_dagpatch.porcelain.picking import Picking
from git_dagpatch.porcelain.sources import Based
from git_dagpatch.report.operation import operation_lines

_HELP = {
    "y": "take this operation, and what it needs",
    "n": "leave it, and what needs it",
    "q": "quit: leave it and all that is undecided, in this patch and those after it",
    "a": "take it and all later ones of this patch",
    "d": "leave it and all later ones of this patch",
    "j": "leave it undecided, and see the next one that is",
    "k": "leave it undecided, and see the one before that is",
    "s": "split it into smaller operations",
    "e": "edit it by hand",
    "?": "print this",
}


class Asking:
    """Asks about the operations of one patch after the other, until it is told to quit."""

    def __init__(self, question: str, *, may_edit: bool = True) -> None:
        self._question = question
        self._may_edit = may_edit
        self._quit = False

    def pick(self, based: Based) -> Based | None:
        """The part of a patch that is taken; None if that is nothing."""
        return self.ask(based).result()

    def ask(self, based: Based) -> Picking:
        """What was answered for each operation of a patch."""
        picking = Picking(based)
        number = None if self._quit or not picking.operations else 0
        while number is not None:
            self._show(picking, number)
            number = self._answered(picking, number)
        return picking

    def _show(self, picking: Picking, number: int) -> None:
        operation = picking.operations[number]
        say("")
        for line in operation_lines(operation, picking.show(number), style):
            say(line)
        for need in picking.brings(number):
            left = "" if picking.undecided(need) else ", which you left"
            say(f"Takes along: {_named(picking.operations[need])}{left}")

    def _answered(self, picking: Picking, number: int) -> int | None:
        """Carry out one answer; the operation to show next, None at the end."""
        choices = self._choices(picking, number)
        prompt = f"({number + 1}/{len(picking.operations)}) {self._question} [{','.join(choices)}]? "
        while (answer := read_answer(prompt, at_end="q")) not in choices or answer == "?":
            for letter in choices:
                say(f"{letter} - {_HELP[letter]}")
        match answer:
            case "y":
                brought = [picking.operations[need] for need in picking.brings(number)]
                picking.take(number)
                _tell("Taken as well", brought)
            case "n":
                dropped = [picking.operations[user] for user in picking.drops(number)]
                picking.leave(number)
                _tell("Left as well", dropped)
            case "a":
                picking.take_rest(number)
            case "d":
                picking.leave_rest(number)
            case "q":
                self._quit = True
                return None
            case "j":
                return picking.following(number)
            case "k":
                return picking.previous(number)
            case "s":
                say(f"Split into {picking.divide(number)} operations.")
                return number
            case "e" if not self._edited(picking, number):
                return number
        following = picking.following(number)
        return following if following is not None else picking.following(-1)

    def _choices(self, picking: Picking, number: int) -> list[str]:
        possible = {
            "j": picking.following(number) is not None,
            "k": picking.previous(number) is not None,
            "s": picking.can_be_divided(number),
            "e": self._may_edit and picking.text(number) is not None,
        }
        return [letter for letter in _HELP if possible.get(letter, True)]

    def _edited(self, picking: Picking, number: int) -> bool:
        """Let a person edit the operation until it fits or they give up; whether it was taken."""
        text = picking.text(number)
        assert text is not None
        lost = [picking.operations[user] for user in picking.depending(number)]
        while True:
            new = edited(text, ".diff")
            if new == picking.text(number):
                picking.take(number)
                return True
            try:
                if not picking.edit(number, new):
                    say("Nothing is left of the operation, so it stays as it was.")
                    return False
            except DagpatchError as error:
                say(" ".join(filter(None, ["Your edit does not fit:", error.message, error.cause or error.hint])))
                if read_answer("Edit again (saying no leaves the operation as it was) [y,n]? ", at_end="n") != "y":
                    return False
                text = new
                continue
            _tell("Left out of the patch", lost)
            return True


def read_answer(prompt: str, *, at_end: str) -> str:
    """The first letter of an answer; `at_end` where the input ends."""
    click.echo(style(prompt, "id"), nl=False, err=True)
    line = sys.stdin.readline()
    if not line:
        say("")
    return line.strip().lower()[:1] if line else at_end


def _named(operation: Operation) -> str:
    return f"{str(operation.id)[:8]} ({said(operation)})"


def _tell(what: str, operations: Iterable[Operation]) -> None:
    for operation in operations:
        say(f"{what}: {_named(operation)}")


def say(line: str) -> None:
    click.echo(line, err=True)
