"""The parts of a node that are aligned: its children, each with the comments that belong to it."""

from __future__ import annotations

from typing import NamedTuple

from git_dagpatch.languages.containers import ABOVE, Container, is_among, name_of
from git_dagpatch.languages.syntax_nodes import Node

WITH_COMMENTS = "with comments"
"""The kind of a node that is made of another one and of the comments around it."""
_SEPARATORS = frozenset(b", ; | + &".split())
_ABSORBED = _SEPARATORS | frozenset(b"( ) [ ] { } < >".split())

_LEADING = frozenset(b"throws extends implements : where =".split())
"""Words before the first thing of a list; they are none of it."""


class Part(NamedTuple):
    node: Node
    """With its comments."""
    core: Node
    """Without."""
    label: bytes
    """By what it is found again in another version."""
    group: int | None
    """Which of the containers it belongs to, by its number; None for what has its place."""
    is_closed: bool = False
    """Whether the separator after it is in its text, for a comment behind that."""


class Listed(NamedTuple):
    """The parts of one version of a node, and what stands before, between and after them."""

    parts: list[Part]
    node: Node | None

    def gaps(self) -> list[bytes]:
        if self.node is None:
            return []
        source, position, found = self.node.source, self.node.start, []
        for part in self.parts:
            found.append(source[position : part.node.start])
            position = part.node.end
        return [*found, source[position : self.node.end]]


def listed(node: Node | None, language: str, containers: tuple[Container | None, ...]) -> Listed:
    """The parts of `node`.

    `containers` are those that hold here, with None for those that are not asked for.
    """
    if node is None:
        return Listed([], None)
    is_list = any(containers)
    parts: list[Part] = []
    above: list[Node] = []
    before: Node | None = None
    seen: dict[bytes, int] = {}
    for child in node.children:
        belongs = child.is_comment or child.kind in ABOVE
        is_absorbed = is_list and child.is_word and child.key in _ABSORBED
        if node.kind == WITH_COMMENTS:
            parts.append(Part(child, child, b"=" + child.key, None))
        elif belongs and before is not None and not above and b"\n" not in node.source[before.end : child.start]:
            if before.key in _SEPARATORS and parts:
                last = parts.pop()
                parts.append(last._replace(node=_joined([last.node, before, child]), is_closed=True))
            elif parts and parts[-1].node.end == before.end:
                last = parts.pop()
                parts.append(last._replace(node=_joined([last.node, child])))
            else:
                parts.append(_part(child, [], language, containers, seen))
        elif belongs:
            if above and _is_parted(above[-1], child):
                parts += [_part(comment, [], language, containers, seen) for comment in above]
                above = []
            above.append(child)
        elif is_absorbed or (above and (child.is_word or _is_parted(above[-1], child))):
            parts += [_part(comment, [], language, containers, seen) for comment in above]
            above = []
            if not is_absorbed:
                parts.append(_part(child, [], language, containers, seen))
        else:
            parts.append(_part(child, above, language, containers, seen))
            above = []
        before = child
    parts += [_part(comment, [], language, containers, seen) for comment in above]
    return Listed(parts, node)


def wrapped(node: Node) -> Node:
    """`node` as one that has comments."""
    return node if node.kind == WITH_COMMENTS else _joined([node])


def _is_parted(above: Node, below: Node) -> bool:
    return above.source[above.end : below.start].count(b"\n") > 1


def _joined(nodes: list[Node]) -> Node:
    flat = tuple(child for node in nodes for child in (node.children if node.kind == WITH_COMMENTS else (node,)))
    return Node(WITH_COMMENTS, flat[0].source, flat[0].start, flat[-1].end, flat)


def _part(
    core: Node, above: list[Node], language: str, containers: tuple[Container | None, ...], seen: dict[bytes, int]
) -> Part:
    group = None
    if not core.is_comment and not (core.is_word and core.key in _LEADING):
        group = next(
            (number for number, found in enumerate(containers) if found is not None and is_among(core, found.kinds)),
            None,
        )
    name = name_of(language, core) if group is not None else b""
    label = b"name " + name if name else b"text " + core.key
    if group is not None:
        seen[label] = seen.get(label, 0) + 1
        label += b" %d" % seen[label]
    return Part(_joined([*above, core]) if above else core, core, label, group)
