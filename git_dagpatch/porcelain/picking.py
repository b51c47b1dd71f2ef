"""Operations taken or left one by one: what was answered for each, and what follows from it for the others."""

from __future__ import annotations

from msgspec.structs import replace

from git_dagpatch.engine.divide import divided, parts, replaced
from git_dagpatch.engine.handwork import check_lines, read, written
from git_dagpatch.engine.select import select
from git_dagpatch.engine.shown import ShownFile, shown
from git_dagpatch.model.codec import dag
from git_dagpatch.model.dag import members
from git_dagpatch.model.errors import UsageError, WrongBase
from git_dagpatch.model.operation import Operation
from git_dagpatch.porcelain.sources import Based


class Picking:
    """A patch of which operations are taken and left. They are named by their numbers, from 0.

    What is taken is closed under dependency at any time.
    """

    def __init__(self, based: Based) -> None:
        self.based = based
        self._taken = 0
        self._left = 0

    @property
    def operations(self) -> list[Operation]:
        return self.based.patch.operations

    @property
    def taken(self) -> int:
        """Mask of the operations that are taken."""
        return self._taken

    def undecided(self, number: int) -> bool:
        """Whether nothing was answered for an operation yet."""
        return not (self._taken | self._left) >> number & 1

    def following(self, number: int) -> int | None:
        """The next operation that is undecided."""
        return next((other for other in range(number + 1, len(self.operations)) if self.undecided(other)), None)

    def previous(self, number: int) -> int | None:
        """The one before that is undecided."""
        return next((other for other in range(number - 1, -1, -1) if self.undecided(other)), None)

    def brings(self, number: int) -> list[int]:
        """The operations that taking one takes as well."""
        return list(members(dag(self.operations).closures[number] & ~self._taken))

    def drops(self, number: int) -> list[int]:
        """The operations that were taken and leaving one leaves as well."""
        return list(members(self._users(number) & self._taken))

    def take(self, number: int) -> None:
        """Take an operation with all that it depends on."""
        mask = dag(self.operations).closures[number] | 1 << number
        self._taken |= mask
        self._left &= ~mask

    def leave(self, number: int) -> None:
        """Leave an operation with all that depends on it and was taken; what is undecided may still bring it back."""
        mask = self._users(number) & self._taken | 1 << number
        self._left |= mask
        self._taken &= ~mask

    def take_rest(self, number: int) -> None:
        """Take an operation, and those after it that are undecided; but leave what depends on one that was left."""
        self.take(number)
        for other in range(number + 1, len(self.operations)):
            if self.undecided(other):
                (self.leave if dag(self.operations).closures[other] & self._left else self.take)(other)

    def leave_rest(self, number: int) -> None:
        """Leave an operation, and those after it that are undecided."""
        for other in range(number, len(self.operations)):
            if self.undecided(other):
                self.leave(other)

    def can_be_divided(self, number: int) -> bool:
        """Whether an operation can be put in smaller ones."""
        return bool(parts(self.based.patch, self.based.base, number))

    def divide(self, number: int) -> int:
        """Put smaller operations in the place of one; how many they are, 1 if it is one thing."""
        patch, count = divided(self.based.patch, self.based.base, number)
        if count > 1:
            self._put(replace(self.based, patch=patch), number, count)
        return count

    def text(self, number: int) -> bytes | None:
        """An operation as text to edit; None for one that cannot be edited."""
        return written(self.based.patch, self.based.base, number)

    def edit(self, number: int, text: bytes) -> bool:
        """Take what the edited `text` tells in the place of an operation; what depends on it is left out of the patch.

        False if nothing is left of it, and then nothing changed. Raises UsageError, WrongBase or InvalidPatch
        where it does not execute.
        """
        patch, base = self.based.patch, self.based.base
        others = read(patch, number, text)
        if not others:
            return False
        # What does not fit the files is told as that, and not as a matter of the other operations.
        check_lines(patch, base, number, others)
        graph = dag(patch.operations)
        lost = self._users(number)
        kept = graph.everything & ~lost
        numbers = list(members(kept))
        try:
            made = replaced(select(patch, base, kept), base, numbers.index(number), others)
        except WrongBase as error:
            raise UsageError(
                "It touches what another operation of the patch changes.", hint="Edit lines that only this one changes."
            ) from error
        taken, left = (
            sum(1 << at for at, old in enumerate(numbers) if mask >> old & 1) for mask in (self._taken, self._left)
        )
        self._taken, self._left = taken, left
        at = numbers.index(number)
        self._put(replace(self.based, patch=made, differing=()), at, len(others))
        for one in range(at, at + len(others)):
            self.take(one)
        return True

    def depending(self, number: int) -> list[int]:
        """All operations that depend on one."""
        return list(members(self._users(number)))

    def show(self, number: int) -> list[ShownFile]:
        """What an operation does to files, on the state that its dependencies leave."""
        return shown(self.based.patch, self.based.base, number)

    def result(self) -> Based | None:
        """The patch of what was taken; None if that is nothing."""
        if not self._taken:
            return None
        return replace(self.based, patch=select(self.based.patch, self.based.base, self._taken))

    def _users(self, number: int) -> int:
        return dag(self.operations).users(1 << number) & ~(1 << number)

    def _put(self, based: Based, number: int, count: int) -> None:
        """Go on with a patch in which `count` operations stand for one."""
        self.based = based
        low = (1 << number) - 1
        self._taken, self._left = (
            (mask & low) | (mask >> number + 1) << number + count for mask in (self._taken, self._left)
        )
