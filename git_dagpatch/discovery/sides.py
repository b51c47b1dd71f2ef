"""One of the two texts of a file that changed, by lines and by what it defines."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import cached_property

from git_dagpatch.alignment.lines import lines_of
from git_dagpatch.languages.language import Definition, Language, outline_of


class Side:
    """A text, read as far as it is asked."""

    def __init__(self, text: bytes, language: Language) -> None:
        self.text = text
        self.lines = lines_of(text)
        found = language.definitions(text)
        self.outline = None if found is None else outline_of(found)
        self._found = found or []
        self._comments = language.comments

    @cached_property
    def definitions(self) -> dict[str, Definition]:
        """By name; of those with one name, the first."""
        return {definition.name: definition for definition in reversed(self._found)}

    @cached_property
    def heads(self) -> dict[int, str]:
        """The names of the definitions, by the lines at which they start."""
        return {definition.start: name for name, definition in self.definitions.items()}

    def all_of(self, name: str) -> Sequence[Definition]:
        """All definitions of that name, such as a property and its setter."""
        return self._all.get(name, ())

    @cached_property
    def _all(self) -> dict[str, list[Definition]]:
        found: dict[str, list[Definition]] = defaultdict(list)
        for definition in self._found:
            found[definition.name].append(definition)
        return found

    def symbol_at(self, line: int) -> str:
        """The symbol of `line`; empty at the top level, and where the language has no symbols."""
        return self.outline.symbol_at(line) if self.outline is not None else ""

    def section_at(self, line: int) -> int:
        """A number that lines share if no other symbol stands between them."""
        return self.outline.section_at(line) if self.outline is not None else 0

    def region_at(self, line: int, other: Side) -> tuple[str, int]:
        """The symbol of `line`, and at the top level its section.

        What comes or goes whole is one symbol, with all that is in it: the members of a class that `other` does not
        have are told of as the class.
        """
        symbol = self.symbol_at(line)
        at = symbol.find(".")
        while at > 0:
            if symbol[:at] in self.definitions and symbol[:at] not in other.definitions:
                return symbol[:at], 0
            at = symbol.find(".", at + 1)
        return symbol, 0 if symbol else self.section_at(line)

    def is_idle(self, line: int) -> bool:
        """Whether `line` is blank or a comment."""
        text = self.lines.lines[line].strip()
        return not text or text.startswith(self._comments)

    def slice(self, start: int, end: int) -> bytes:
        """The lines from `start` to `end`."""
        return b"".join(self.lines.lines[start:end])
