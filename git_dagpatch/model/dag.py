"""A directed acyclic graph of operations, numbered by their place in a list.

Sets of operations are bit masks: bit n stands for operation n.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

from git_dagpatch.model.errors import InvalidPatch

_MAX_CLOSURE_BITS = 200_000_000
"""Bounds the memory that an untrusted graph can ask for: 200 million bits are 25 MB."""


def members(mask: int) -> Iterator[int]:
    """The numbers in `mask`, ascending."""
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest


def mask_of(numbers: Iterable[int]) -> int:
    """The set of `numbers`."""
    mask = 0
    for number in numbers:
        mask |= 1 << number
    return mask


class Dag:
    """Which operation needs which."""

    def __init__(self, needs: Sequence[int]) -> None:
        self.needs = needs
        """Per operation, the mask of those that it depends on directly."""
        self.order = order = tuple(self._sorted())
        """Topological and deterministic: of those that are ready, the lowest number first."""
        if len(order) < len(self.needs):
            raise InvalidPatch("The operations of the patch depend on each other in a circle.")
        closures = [0] * len(self.needs)
        budget = _MAX_CLOSURE_BITS
        for number in order:
            closure = self.needs[number]
            for need in members(closure):
                closure |= closures[need]
            closures[number] = closure
            budget -= closure.bit_length()
            if budget < 0:
                raise InvalidPatch("The graph of the patch is larger than is accepted.")
        self.closures = tuple(closures)
        """Per operation, the mask of all that it depends on, itself left out."""

    def _sorted(self) -> Iterator[int]:
        waiting = [need.bit_count() for need in self.needs]
        ready = [number for number, count in enumerate(waiting) if count == 0]
        heapq.heapify(ready)
        while ready:
            number = heapq.heappop(ready)
            yield number
            for user in self._users.get(number, ()):
                waiting[user] -= 1
                if waiting[user] == 0:
                    heapq.heappush(ready, user)

    @property
    def everything(self) -> int:
        """The mask of all operations."""
        return (1 << len(self.needs)) - 1

    def closed(self, chosen: int) -> int:
        """`chosen` and all that it depends on."""
        mask = chosen
        for number in members(chosen):
            mask |= self.closures[number]
        return mask

    def users(self, chosen: int) -> int:
        """`chosen` and all that depends on it."""
        found = set(members(chosen))
        waiting = list(found)
        while waiting:
            new = [user for user in self._users.get(waiting.pop(), ()) if user not in found]
            found.update(new)
            waiting += new
        return mask_of(found)

    @cached_property
    def _users(self) -> dict[int, list[int]]:
        """Operation → those that depend on it directly, if any do."""
        users: dict[int, list[int]] = {}
        for number, need in enumerate(self.needs):
            for used in members(need):
                users.setdefault(used, []).append(number)
        return users

    def edges(self) -> int:
        """How many edges there are."""
        return sum(need.bit_count() for need in self.needs)


def reduced(needs: Sequence[int]) -> list[int]:
    """`needs` without each edge that a longer way implies (transitive reduction)."""
    closures = Dag(needs).closures
    reductions = []
    for need in needs:
        implied = 0
        for number in members(need):
            implied |= closures[number]
        reductions.append(need & ~implied)
    return reductions
