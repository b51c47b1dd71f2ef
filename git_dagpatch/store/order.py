"""The order in which commits are walked, the same whoever reads them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from heapq import heapify, heappop, heappush
from typing import NamedTuple

from git_dagpatch.model.objects import Oid

_COMMITTER = re.compile(rb"^committer .*> (\d+)", re.MULTILINE)


class Node(NamedTuple):
    """What the order of a commit depends on."""

    time: int
    """When it was committed, in seconds since 1970."""
    parents: Sequence[Oid]


def commit_time(content: bytes) -> int:
    """When a commit was made, of which `content` is the object; 0, as for git, where that cannot be read."""
    match = _COMMITTER.search(content.partition(b"\n\n")[0])
    return int(match[1]) if match else 0


def parents_first(found: Mapping[Oid, Node], tips: Sequence[Oid]) -> list[Oid]:
    """The commits `found` as ``git rev-list --date-order --reverse`` lists them.

    Seen from its end: no commit before all its children; of those that may be next, the newest; of equally new ones,
    the one that was the first to be next, where `tips` come in their own order.
    """
    children = dict.fromkeys(found, 0)
    for node in found.values():
        for parent in node.parents:
            if parent in children:
                children[parent] += 1
    firsts = [oid for oid in dict.fromkeys(tips) if children.get(oid) == 0]
    heap = [(-found[oid].time, number, oid) for number, oid in enumerate(firsts)]
    heapify(heap)
    number, ordered = len(heap), []
    while heap:
        oid = heappop(heap)[2]
        ordered.append(oid)
        for parent in found[oid].parents:
            if parent not in children:
                continue
            children[parent] -= 1
            if not children[parent]:
                heappush(heap, (-found[parent].time, number, parent))
                number += 1
    ordered.reverse()
    return ordered


def first_parents(found: Mapping[Oid, Node], tips: Sequence[Oid]) -> dict[Oid, Node]:
    """Those of the commits `found` that `tips` reach through first parents alone."""
    reached: dict[Oid, Node] = {}
    for tip in tips:
        chain = [tip]
        while chain and chain[0] in found and chain[0] not in reached:
            node = reached[chain[0]] = found[chain[0]]
            chain = list(node.parents[:1])
    return reached
