"""What a language answers about a text."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple, Protocol

from git_dagpatch.languages.syntax_nodes import Node
from git_dagpatch.languages.tokens import Tokens
from git_dagpatch.model.transfer import Transfer


class Outline:
    """Which symbol each line of a text belongs to.

    Built from sections: (first line, symbol), in order, the first at line 0. A symbol is a qualified name, empty for
    the top level.
    """

    def __init__(self, sections: Sequence[tuple[int, str]]) -> None:
        self._starts = [start for start, _ in sections]
        self._symbols = [symbol for _, symbol in sections]

    def symbol_at(self, line: int) -> str:
        """The symbol of `line`, counted from 0."""
        return self._symbols[bisect_right(self._starts, line) - 1]

    def section_at(self, line: int) -> int:
        """A number that two lines share if no other symbol stands between them."""
        return bisect_right(self._starts, line)


class Definition(NamedTuple):
    """A class, function or method, or what a language has like them."""

    name: str
    """Qualified, as in ``Class.method``."""
    kind: str
    """One of `CONTAINERS`, or of function, method, type, property; of what gets a value, one of `VARIABLES`."""
    start: int
    """First line from 0, decorators included."""
    end: int
    """The line after the last."""


class Body(NamedTuple):
    """Statements of one block."""

    head: bytes
    """What has to stand before them for some of them to be read alone."""
    statements: Sequence[tuple[int, int]]
    """The bytes of their whole lines; those that share a line are one. Without any, only the whole reads as it does."""


CONTAINERS = frozenset(("class", "struct", "interface", "enum", "trait", "impl", "module"))
"""The kinds of definitions whose members are told apart from the rest of them."""

VARIABLES = frozenset(("variable", "attribute"))
"""The kinds of what gets a value."""


def outline_of(found: Sequence[Definition]) -> Outline:
    """The outline of a text with these definitions, in the order of their first line.

    A member of a container is a section of its own; what stands in a function belongs to the function.
    """
    sections = [(0, "")]
    around: list[Definition] = []

    def leave(line: float) -> None:
        while around and around[-1].end <= line:
            end = around.pop().end
            sections.append((end, around[-1].name if around and around[-1].end > end else ""))

    for definition in found:
        leave(definition.start)
        if around and around[-1].kind not in CONTAINERS:
            continue
        sections.append((definition.start, definition.name))
        around.append(definition)
    leave(float("inf"))
    # Of what starts on one line, the last counts.
    return Outline(list(dict(sections).items()))


class Fault(NamedTuple):
    """Where a text is not well formed, and how."""

    line: int
    """From 1."""
    column: int
    """From 1, in characters."""
    message: str
    """In one line, without a full stop."""


class Language(Protocol):
    """A language as the other layers see it. What a language does not say for itself is answered with no claim."""

    name: str
    unchecked: str = ""
    """Why nothing can be said about the syntax of its texts here, such as a package to install."""
    transforms: tuple[str, ...] = ()
    """What may be changed in a text so that its meaning is kept, in the order in which it is looked for."""
    certain: bool = True
    """Whether a fault is one for sure; False where a grammar may lag behind its language."""
    comments: tuple[bytes, ...] = ()
    """What a line of comment starts with."""

    def definitions(self, text: bytes) -> list[Definition] | None:
        """What `text` defines, in the order of the first lines; what stands right above a definition belongs to it.

        None where the language has no symbols.
        """
        return None

    def variables(self, text: bytes) -> list[Definition]:
        """What gets a value in `text` outside of functions, and attributes that instances get when they are made.

        Of kind variable at the top level, attribute in a class; in the order of the lines, without comments above. Only
        what is set by one statement that has its lines for itself.
        """
        return []

    def outline(self, text: bytes) -> Outline | None:
        """Which symbol each line belongs to; None where the language has no symbols, so that blank lines divide."""
        return _outline(self.definitions, text)

    def tokens(self, text: bytes) -> Tokens | None:
        """Its tokens, with all that is between them; None where the language has none that are known."""
        return None

    def nodes(self, text: bytes) -> Node | None:
        """Its syntax tree; None where `text` has a fault, or the language has no tree that is known."""
        return None

    def keeps_meaning(self, before: bytes, after: bytes, transform: str = "layout") -> bool:
        """Whether it is proved that `after` means what `before` means and differs in no more than `transform` changes.

        False where there is no such proof.
        """
        return False

    def means_the_same(self, before: bytes, after: bytes) -> bool:
        """Whether it is proved that both texts are the same code with the same comments, however they are written."""
        return self.keeps_meaning(before, after)

    def means_the_same_there(self, transfer: Transfer) -> bool:
        """Whether it is proved that a definition means the same where it comes to stand as where it stood, and that
        nothing else means something else by that. False where there is no such proof."""
        return False

    def doubted_there(self, transfer: Transfer) -> Sequence[str]:
        """The names in a definition of which it is not proved that they mean the same where it comes to stand.

        Its own is one of them if others may find something else by it. Empty where nothing is known of them.
        """
        return ()

    def may_change_places(self, before: bytes, after: bytes, owner: str) -> bool:
        """Whether it is proved that what is defined in `owner`, or at the top level for an empty name, is the same in
        `after`, where it stands in another order and nothing else differs. False where there is no such proof."""
        return False

    def words_of_code(self, text: bytes) -> bytes | Sequence[bytes]:
        """What two texts have in common if they mean the same; it is found without a proof, and costs little."""
        return b"".join(text.split())

    def statements(self, text: bytes) -> Sequence[tuple[int, int]]:
        """Where the statements at the top level are that read alone as they do here: the bytes of their whole lines.

        Statements that share a line are one. Without any, only the whole text reads as it does.
        """
        return ()

    def body_around(self, text: bytes, start: int, end: int) -> Body:
        """The statements among which the bytes `start` to `end` are."""
        return Body(b"", self.statements(text))

    def comments_of(self, text: bytes) -> Counter[bytes] | None:
        """Its comments, with white space in them made equal; None where the language cannot tell."""
        return None

    def name_faults(self, text: bytes) -> Counter[str] | None:
        """What `text` does wrong with names, each fault as a phrase; None where the language cannot tell."""
        return None

    def meanings(self, text: bytes) -> Mapping[tuple[str, str], frozenset[str]] | None:
        """Scope and name → what the name is bound to there; None where the language cannot tell."""
        return None

    def doubled(self, text: bytes) -> Counter[str]:
        """What is there twice of which there can be only one, such as a key of an object, each as a phrase."""
        return Counter()

    def long_texts(self, text: bytes) -> list[tuple[int, int]]:
        """The strings of data that run over lines, each by its first line, from 0, and the one after its last."""
        return []

    def fault(self, text: bytes) -> Fault | None:
        """The first place where `text` is not well formed; None where it is, or where the language cannot tell."""
        return None

    def parses(self, text: bytes) -> bool:
        """Whether `text` is well formed; True where the language cannot tell."""
        return self.fault(text) is None


def fault_at(text: bytes, offset: int, message: str) -> Fault:
    """The fault at byte `offset` of `text`."""
    start = text.rfind(b"\n", 0, offset) + 1
    before = text[start:offset].removeprefix(b"\xef\xbb\xbf")
    return Fault(text.count(b"\n", 0, offset) + 1, len(before.decode(errors="replace")) + 1, message)


def undecodable(text: bytes, error: UnicodeDecodeError) -> Fault:
    """The fault of a text that is not in its encoding."""
    return fault_at(text, error.start, f"byte 0x{text[error.start]:02x} is not valid {error.encoding.upper()}")


@lru_cache(maxsize=16)
def _outline(definitions: Callable[[bytes], list[Definition] | None], text: bytes) -> Outline | None:
    found = definitions(text)
    return None if found is None else outline_of(found)
