"""What every kind of operation answers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, Generic, TypeVar

from msgspec import Struct, field

from git_dagpatch.alignment.lines import count_lines
from git_dagpatch.languages import is_readable
from git_dagpatch.model.effect import Effect
from git_dagpatch.model.files import Files
from git_dagpatch.model.operation import Operation

O = TypeVar("O", bound=Operation)  # noqa: E741 (an operation)


class Example(Struct, frozen=True):
    """A documented example of a kind; the tests execute it."""

    why: str
    before: dict[str, bytes]
    operation: dict[str, Any]
    after: dict[str, bytes]
    modes: dict[str, str] = field(default_factory=dict)
    """Path → mode after, where that is the point."""


class Kind(ABC, Generic[O]):
    """One kind of operation. Stateless."""

    operation: type[O]
    summary: str
    """One line for the reference page."""
    default_intent: str
    default_tags: tuple[str, ...] = ()
    examples: tuple[Example, ...]

    @abstractmethod
    def effect(self, operation: O, files: Files) -> Effect:
        """What the recorded operation does to `files`, the state that its dependencies leave.

        Uses the footprint alone: no parser and no pattern engine. Raises WrongBase if it does not fit.
        """

    @abstractmethod
    def record(self, operation: O, effect: Effect, files: Files) -> Operation:
        """`operation` with `effect` written into it, which is expressed in `files`, the state of its dependencies."""

    @abstractmethod
    def describe(self, operation: O) -> str:
        """A sentence without a full stop that a person would write."""

    def intent(self, operation: O) -> str:
        """What the operation is for, from the vocabulary of the reference page."""
        return self.default_intent

    def tags(self, operation: O) -> list[str]:
        """The semantic tags, from the vocabulary of the reference page."""
        return list(self.default_tags)

    @abstractmethod
    def review_lines(self, operation: O, files: Files) -> int:
        """How many lines a reviewer has to read, by the rule of ``git dagpatch stats``."""

    def proof(self, operation: O, files: Files) -> str:
        """What shows that the operation does no more than it claims, checked again on `files`; empty if nothing does.

        A sentence without a full stop. A document may claim what it likes: only what is proved here may be folded away
        before a reviewer.
        """
        return "what it says is all that it does"

    def holds(self, operation: O, files: Files) -> bool:
        """Whether the operation is what it says, checked again on `files`, whatever that means for the program."""
        return bool(self.proof(operation, files))

    def reads(self, operation: O) -> list[bytes]:
        """Files that the operation needs without changing them."""
        return []


def whole_file_lines(path: bytes, content: bytes) -> int:
    """How many lines there are to read of a file that comes or goes: one if it is binary, where nobody can read any."""
    return count_lines(content) if is_readable(path, content) else 1
