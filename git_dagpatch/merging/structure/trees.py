"""Three versions of a syntax tree made one, from slices of their texts alone."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import pairwise

from git_dagpatch.alignment.tokens import token_diff
from git_dagpatch.languages.containers import Sort, containers_of
from git_dagpatch.languages.syntax_nodes import Node
from git_dagpatch.merging.structure.order import Unmerged, merged_order
from git_dagpatch.merging.structure.parts import WITH_COMMENTS, Part, listed, wrapped
from git_dagpatch.merging.structure.spacing import END, START, Spacing
from git_dagpatch.merging.units import order_of

_Versions = list[Part | None]


class TreeMerge:
    """The merge of trees of one language, with some containers as sets; with `words` also the parts of statements."""

    def __init__(self, language: str, sorts: Collection[Sort], *, words: bool) -> None:
        self._language = language
        self._sorts = sorts
        self._words = words

    def merged(self, base: Node | None, ours: Node, theirs: Node) -> bytes:
        """The text of a node. Raises Unmerged where both sides changed the same."""
        if ours.text == theirs.text or (base and base.text == theirs.text):
            return ours.text
        if base and base.text == ours.text:
            return theirs.text
        if ours.key == theirs.key:
            return min(ours.text, theirs.text, key=lambda text: (len(text), text))
        nodes = [base, ours, theirs]
        if any(node is not None and node.kind == WITH_COMMENTS for node in nodes):
            base, ours, theirs = wrapped(base) if base else None, wrapped(ours), wrapped(theirs)
        if ours.kind != theirs.kind or (base is not None and base.kind != ours.kind):
            raise Unmerged
        if any(node is not None and node.text and not node.children for node in (base, ours, theirs)):
            raise Unmerged
        return self._combined(base, ours, theirs)

    def _combined(self, base: Node | None, ours: Node, theirs: Node) -> bytes:
        containers = tuple(
            found if found.sort in self._sorts else None for found in containers_of(self._language, ours.kind)
        )
        versions = [listed(node, self._language, containers) for node in (base, ours, theirs)]
        table, orders = _aligned([found.parts for found in versions])
        _check_taken_away(table)
        base_order, mine, other = orders
        order = merged_order(base_order, mine, other, lambda number: _group(table[number]))
        if not (self._words or any(containers) or containers_of(self._language, ours.kind)):
            _check_one_side(table, order)
        if any(containers):
            _check_replaced(table)
            order = _in_order(order, table, mine, other)
        otherwise = b" " if ours.kind == "modifiers" else b", "
        closed = {number for number, found in enumerate(table) if any(part and part.is_closed for part in found)}
        commented = {
            number for number, found in enumerate(table) if any(part and _is_commented(part) for part in found)
        }
        placed = {number for number, found in enumerate(table) if _group(found) is None}
        spacing = Spacing(orders, [found.gaps() for found in versions], otherwise, closed, commented, placed)
        written = []
        for before, number in pairwise([START, *order, END]):
            written.append(spacing.between(before, number))
            if number != END:
                written.append(self._text(table[number]))
        return b"".join(written)

    def _text(self, versions: _Versions) -> bytes:
        base, ours, theirs = (part.node if part else None for part in versions)
        if ours is None or theirs is None:
            found = ours or theirs
            assert found is not None
            return found.text
        return self.merged(base, ours, theirs)


def _in_order(order: list[int], table: Sequence[_Versions], ours: Sequence[int], theirs: Sequence[int]) -> list[int]:
    """The elements of a list in the order that both sides keep, if they do."""
    if {_group(table[number]) for number in order} != {0}:
        return order
    texts = {number: next(part.core.text for part in reversed(table[number]) if part) for number in range(len(table))}
    key = order_of((_by_sort, bytes.lower, bytes), *([texts[number] for number in side] for side in (ours, theirs)))
    return order if key is None else sorted(order, key=lambda number: key(texts[number]))


def _by_sort(name: bytes) -> tuple[int, bytes]:
    """Constants, classes, the rest, as in sorted imports."""
    return (0 if name.isupper() else 1 if name[:1].isupper() else 2), name


def _is_commented(part: Part) -> bool:
    """Whether a comment is the last of it."""
    return part.node.kind == WITH_COMMENTS and part.node.children[-1].is_comment


def _group(versions: _Versions) -> int | None:
    groups = {part.group for part in versions if part is not None}
    return groups.pop() if len(groups) == 1 else None


def _aligned(lists: Sequence[list[Part]]) -> tuple[list[_Versions], list[list[int]]]:
    """What belongs together in the three versions, and the order of each by numbers of that."""
    base, ours, theirs = lists
    table: list[_Versions] = [[part, None, None] for part in base]
    orders = [list(range(len(base))), [-1] * len(ours), [-1] * len(theirs)]
    for side in (1, 2):
        for old, new in _pairs(base, lists[side]).items():
            table[old][side] = lists[side][new]
            orders[side][new] = old
    added = _both_added(lists, orders)
    for side in (1, 2):
        for at, number in enumerate(orders[side]):
            if number >= 0:
                continue
            if side == 2 and at in added:
                orders[2][at] = orders[1][added[at]]
                table[orders[2][at]][2] = lists[2][at]
            else:
                orders[side][at] = len(table)
                table.append([None, None, None])
                table[-1][side] = lists[side][at]
    return table, orders


def _pairs(base: Sequence[Part], side: Sequence[Part]) -> dict[int, int]:
    """Parts of base and of a side that are the same thing."""
    pairs: dict[int, int] = {}
    old = new = 0
    blocks = token_diff([part.label for part in base], [part.label for part in side])
    for block in blocks:
        pairs.update(zip(range(old, block.old_start), range(new, block.new_start), strict=True))
        old, new = block.old_end, block.new_end
    pairs.update(zip(range(old, len(base)), range(new, len(side)), strict=True))
    taken = set(pairs.values())
    places = {part.label: at for at, part in enumerate(side) if part.group is not None and at not in taken}
    for at, part in enumerate(base):
        if at not in pairs and part.group is not None and part.label in places:
            pairs[at] = places[part.label]
    for block in blocks:
        _pair_changed(base, side, range(block.old_start, block.old_end), range(block.new_start, block.new_end), pairs)
    return pairs


def _pair_changed(
    base: Sequence[Part], side: Sequence[Part], old: Sequence[int], new: Sequence[int], pairs: dict[int, int]
) -> None:
    """What has its place and was changed: as many of one kind as there were."""
    taken = set(pairs.values())
    for kind in {(base[at].core.kind, base[at].core.field, base[at].core.is_word) for at in old}:
        here = [at for at in old if at not in pairs and _is_of(base[at], kind)]
        there = [at for at in new if at not in taken and _is_of(side[at], kind)]
        if len(here) == len(there) and not kind[2]:
            pairs.update(zip(here, there, strict=True))


def _is_of(part: Part, kind: tuple[str, str, bool]) -> bool:
    return part.group is None and (part.core.kind, part.core.field, part.core.is_word) == kind


def _both_added(lists: Sequence[list[Part]], orders: Sequence[list[int]]) -> dict[int, int]:
    """Of what theirs added, what ours added as well."""
    found: dict[int, int] = {}
    mine = {lists[1][at].label: at for at, number in enumerate(orders[1]) if number < 0}
    for at, number in enumerate(orders[2]):
        part = lists[2][at]
        if number < 0 and part.group is not None and part.label in mine:
            found[at] = mine[part.label]
    runs = [_runs(lists[side], orders[side]) for side in (1, 2)]
    for before, theirs in runs[1].items():
        ours = runs[0].get(before, [])
        same = [lists[1][at].core.kind for at in ours] == [lists[2][at].core.kind for at in theirs]
        equal = same and [lists[1][at].core.key for at in ours] == [lists[2][at].core.key for at in theirs]
        if equal or (same and (len(ours) == 1 or not lists[0])):
            found.update(zip(theirs, ours, strict=True))
    return found


def _runs(parts: Sequence[Part], order: Sequence[int]) -> dict[int, list[int]]:
    """Part of base → what has its place and was added after it."""
    runs: dict[int, list[int]] = {}
    before = -1
    for at, number in enumerate(order):
        if number >= 0:
            before = number
        elif parts[at].group is None:
            runs.setdefault(before, []).append(at)
    return runs


def _check_taken_away(table: Sequence[_Versions]) -> None:
    """What one side took away is as it was on the other."""
    for base, ours, theirs in table:
        left = ours or theirs
        if base and left and not (ours and theirs) and left.node.key != base.node.key:
            raise Unmerged


def _check_replaced(table: Sequence[_Versions]) -> None:
    """The sides did not each put something else in the place of the same thing."""
    both_gone = any(base and not ours and not theirs for base, ours, theirs in table)
    mine = any(ours and not base and not theirs for base, ours, theirs in table)
    other = any(theirs and not base and not ours for base, ours, theirs in table)
    if both_gone and mine and other:
        raise Unmerged


def _check_one_side(table: Sequence[_Versions], order: Sequence[int]) -> None:
    """No more than one part is not just as one of the sides has all of them."""
    changed = [set[int](), set[int]()]
    for number, (base, ours, theirs) in enumerate(table):
        for side, part in enumerate((ours, theirs)):
            if (part.node.key if part else None) != (base.node.key if base else None):
                changed[side].add(number)
    if changed[0] != changed[1] and changed[0] and changed[1]:
        raise Unmerged
