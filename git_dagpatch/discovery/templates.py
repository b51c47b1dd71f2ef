"""One pattern for several places (anti-unification): what they have in common is literal, what they copy is a hole."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

from msgspec import Struct

from git_dagpatch.alignment.vocabulary import NAME, tells
from git_dagpatch.discovery.changes import Part, Unit
from git_dagpatch.operations.expressions import MAX_GROUPS, Expression, expression, literal, verbatim

_ONE = r"[^()\n]|\([^()\n]*\)"
_HOLES = (
    r"\w+",
    r"[\w.]+",
    r"[^\s(),]+",
    r"[^(),\n]+",
    r"[^()\n]*",
    rf"(?:{_ONE})*",
    rf"(?:[^()\n]|\((?:{_ONE})*\))*",
    r"[^\n]*",
)
"""What a hole may hold, from narrow to wide."""
_CLASSES = tuple((hole, re.compile(hole.encode())) for hole in _HOLES)
_WORD = re.compile(r"\w", re.ASCII)

Words: TypeAlias = Sequence[bytes]


class Template(Struct, frozen=True):
    """A pattern and its replacement."""

    pattern: str
    replacement: str
    expression: Expression

    def fits(self, part: Part, unit: Unit) -> bool:
        """Whether `part` of `unit` is a match, and becomes what it became."""
        return self.expression.turns(b"".join(unit.old), unit.span(part))


class _Hole(Struct, frozen=True, eq=False):
    """What stands here in each place."""

    contents: tuple[bytes, ...]


_Element: TypeAlias = bytes | _Hole


def unified(parts: Sequence[Part], units: Sequence[Unit]) -> Template | None:
    """The narrowest template of `parts`, which are literally the same or have as many blocks each.

    None where there is none that says enough.
    """
    texts = {
        (b"".join(unit.old[part.old_start : part.old_end]), b"".join(unit.new[part.new_start : part.new_end]))
        for part in parts
        for unit in [units[part.unit]]
    }
    if len(texts) == 1:
        ((before, after),) = texts
        return _template([before], [after] if after else [])
    old: list[_Element] = []
    new: list[_Element] = []
    rows = [_sides(part, units[part.unit]) for part in parts]
    for number, column in enumerate(zip(*rows, strict=True)):
        if number % 2 == 0:
            shared = list(_common([before for before, _ in column]))
            old += shared
            new += shared
        else:
            old.append(_together([before for before, _ in column]))
            new.append(_together([after for _, after in column]))
    return _template(_joined(old), _joined(_copied(old, new)))


def _copied(old: Sequence[_Element], new: Sequence[_Element]) -> Iterator[_Element]:
    """`new` with the holes of `old` where they hold the same."""
    by_contents = {element.contents: element for element in reversed(old) if isinstance(element, _Hole)}
    for element in new:
        if isinstance(element, _Hole) and element not in old:
            yield by_contents.get(element.contents, element)
        else:
            yield element


def _joined(elements: Iterable[_Element]) -> list[_Element]:
    """Literals that follow each other as one, without empty ones."""
    joined: list[_Element] = []
    for element in elements:
        if isinstance(element, bytes) and joined and isinstance(joined[-1], bytes):
            joined[-1] += element
        elif element:
            joined.append(element)
    return joined


def _sides(part: Part, unit: Unit) -> list[tuple[Words, Words]]:
    """What is equal and what differs in turn, as (old, new)."""
    sides: list[tuple[Words, Words]] = []
    old, new = part.old_start, part.new_start
    for at in part.blocks:
        block = unit.blocks[at]
        sides.append((unit.old[old : block.old_start], unit.new[new : block.new_start]))
        sides.append((unit.old[block.old_start : block.old_end], unit.new[block.new_start : block.new_end]))
        old, new = block.old_end, block.new_end
    sides.append((unit.old[old : part.old_end], unit.new[new : part.new_end]))
    return sides


def _together(column: Sequence[Words]) -> _Element:
    contents = tuple(map(b"".join, column))
    return contents[0] if len(set(contents)) == 1 else _Hole(contents)


def _common(column: Sequence[Words]) -> Iterator[_Element]:
    """The words that all begin with, a hole for what differs, and the words that all end with."""
    shortest = min(map(len, column))
    one = column[0]
    first = 0
    while first < shortest and all(words[first] == one[first] for words in column):
        first += 1
    last = 0
    while last < shortest - first and all(words[-1 - last] == one[-1 - last] for words in column):
        last += 1
    yield b"".join(one[:first])
    middle = [words[first : len(words) - last] for words in column]
    if any(middle):
        yield _Hole(tuple(map(b"".join, middle)))
    yield b"".join(one[len(one) - last :])


def _template(old: Sequence[_Element], new: Sequence[_Element]) -> Template | None:
    holes = [element for element in old if isinstance(element, _Hole)]
    wanted = [element for element in new if isinstance(element, _Hole)]
    # What is not copied must be spelled out, or nobody would read what goes.
    if set(wanted) != set(holes) or len(holes) > MAX_GROUPS or not _says_enough(old):
        return None
    try:
        pattern = "".join(_patterns(old))
        replacement = "".join(
            rf"\{holes.index(element) + 1}" if isinstance(element, _Hole) else verbatim(element.decode())
            for element in new
        )
    except UnicodeDecodeError:
        return None
    found = expression(pattern, replacement)
    return Template(pattern, replacement, found) if found else None


def _says_enough(old: Sequence[_Element]) -> bool:
    return tells(word for element in old if isinstance(element, bytes) for word in NAME.findall(element))


def _patterns(old: Sequence[_Element]) -> Iterator[str]:
    for number, element in enumerate(old):
        if isinstance(element, _Hole):
            yield f"({_narrowest(element)})"
            continue
        text = element.decode()
        if number == 0 and _WORD.match(text):
            yield r"\b"
        yield literal(text)
        if number == len(old) - 1 and _WORD.match(text[-1]):
            yield r"\b"


def _narrowest(hole: _Hole) -> str:
    """The first of the classes that all contents belong to; the widest where none does, and some place will not fit."""
    fitting = (name for name, allowed in _CLASSES if all(map(allowed.fullmatch, hole.contents)))
    return next(fitting, _HOLES[-1])
