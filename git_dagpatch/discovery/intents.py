"""What is an edit for? Its intent, a sentence, and whether others may have to change because of it.

Only what is proved is said of comments and docstrings: that nothing else changes is shown by the syntax tree.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import NamedTuple

from msgspec import UNSET, UnsetType

from git_dagpatch.discovery.entangled import Part
from git_dagpatch.discovery.sides import Side
from git_dagpatch.languages.language import CONTAINERS, Definition, Language
from git_dagpatch.languages.public import is_public_module, is_public_name
from git_dagpatch.languages.python_changes import same_but_comments, same_but_docstrings
from git_dagpatch.languages.python_layout import told_to_tools
from git_dagpatch.languages.python_names import names_of
from git_dagpatch.languages.python_signatures import (
    HEAD,
    Bases,
    Signature,
    breaks,
    decorators_of,
    differs_in_annotations_alone,
    head_of,
    told,
)
from git_dagpatch.languages.python_statements import (
    Statement,
    bound_by,
    directs_a_tool,
    docstring_lines,
    statements,
)
from git_dagpatch.operations.domains import domain_of

_FEW = 4
"""Names that a sentence tells; of more it tells how many."""
_PINS = re.compile(
    rb"(?:(?:^|/)requirements/[^/]+|requirements[^/]*)\.(?:txt|in)$|(?:\.lock|go\.(?:mod|sum)|package-lock\.json|Pipfile)$"
)
_SETTINGS = re.compile(rb"\.(?:toml|cfg|ini|ya?ml|json|properties|conf|env|editorconfig)$")
_VERSION = re.compile(rb"""(?i)^\W*(?:__version__|version|release)["']?\s*[:=].*?\d""")
_NUMBERS = re.compile(rb"\d[\w.+-]*")
_OTHER_IMPORT = re.compile(
    rb"\s*(?:import\b|from\b.*\bimport\b|use\s|using\s|#\s*include\b|extern crate\b"
    rb"|require(?:_once|_relative)?\b|include(?:_once)?\b|export\b.*\bfrom\b|(?:const|let|var)\b.*=\s*require\()"
)
_CALLED_OTHERWISE = frozenset(
    (
        "property",
        "cached_property",
        "setter",
        "deleter",
        "getter",
        "staticmethod",
        "classmethod",
        "contextmanager",
        "asynccontextmanager",
    )
)
"""Decorators that change how what they decorate is called."""
_OTHER_TEST = re.compile(r"(?i)(?:^|\.)test_?\w*$|\w+Test$")


class Told(NamedTuple):
    """What there is to tell about an edit."""

    symbol: str
    intent: str
    sentence: str | UnsetType = UNSET
    """Without the file."""
    breaking: bool | UnsetType = UNSET


class _Change(NamedTuple):
    """An edit with the lines that it takes and brings."""

    path: bytes
    language: Language
    parts: Sequence[Part]
    old: Side
    new: Side

    @property
    def is_python(self) -> bool:
        return self.language.name == "python"

    @property
    def is_public(self) -> bool:
        return self.is_python and is_public_module(self.path)

    def removed(self) -> list[int]:
        return [line for part in self.parts for line in range(part.block.old_start, part.block.old_end)]

    def added(self) -> list[int]:
        return [line for part in self.parts for line in range(part.block.new_start, part.block.new_end)]

    def alone(self) -> bytes:
        """The text with this edit and none of the others."""
        pieces: list[bytes] = []
        at = 0
        for _, _, block in self.parts:
            pieces += (self.old.slice(at, block.old_start), self.new.slice(block.new_start, block.new_end))
            at = block.old_end
        return b"".join((*pieces, self.old.slice(at, len(self.old.lines.lines))))


def tell(path: bytes, language: Language, parts: Sequence[Part], old: Side, new: Side) -> Told:
    """What the edit of `parts` is for."""
    change = _Change(path, language, parts, old, new)
    symbols = list(dict.fromkeys(part.symbol for part in parts))
    if old.outline is None or new.outline is None:
        return _text(change)
    found = _remark(change, symbols[0]) if change.is_python else None
    if found is None:
        named = [symbol for symbol in symbols if symbol]
        found = _symbol(change, named[0]) if named else _top_level(change)
    if len([symbol for symbol in symbols if symbol]) > 1:
        return found._replace(sentence=f"Change {_list(symbols)}, which only parse together")
    return found


def _list(names: Iterable[str]) -> str:
    shown = [name or "the top level" for name in names]
    if len(shown) > _FEW:
        return f"{', '.join(shown[: _FEW - 1])} and {len(shown) - _FEW + 1} more"
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


# Comments and docstrings


def _remark(change: _Change, symbol: str) -> Told | None:
    """Of an edit that is proved to change comments and docstrings alone."""
    removed, added = change.removed(), change.added()
    of_symbol = f" of {symbol}" if symbol else ""
    code = [_code(side, lines) for side, lines in ((change.old, removed), (change.new, added))]
    if code[0] == code[1]:
        if _lines(change.old, removed).split() == _lines(change.new, added).split():
            return None
        if not same_but_comments(change.old.text, change.alone()):
            return None
        is_header = told_to_tools(change.old.text) != told_to_tools(change.alone())
        if is_header or directs_a_tool(_lines(change.old, removed) + _lines(change.new, added)):
            return Told(symbol, "directive-changed", f"Change comments that control tools{_in(symbol)}", False)
        return Told(symbol, "comment-changed", f"Change comments{_in(symbol)}", False)
    if not (_may_be_docstring(change.old, removed) and _may_be_docstring(change.new, added)):
        return None
    if _in_docstrings(change.old, removed) and _in_docstrings(change.new, added):
        after = change.alone()
        if same_but_docstrings(change.old.text, after):
            return Told(symbol, "docstring-changed", f"Change the docstring{of_symbol}", False)
    return None


def _listed(text: bytes) -> set[str]:
    """The names that stand in quotes."""
    return {match.decode() for match in re.findall(rb"[\"'](\w+)[\"']", text)}


def _in(symbol: str) -> str:
    return f" in {symbol}" if symbol else ""


def _lines(side: Side, numbers: Sequence[int]) -> bytes:
    return b"".join(side.lines.lines[number] for number in numbers)


def _code(side: Side, numbers: Sequence[int]) -> list[bytes]:
    """The lines without what looks like a comment; a proof has to follow."""
    found = (side.lines.lines[number].partition(b"#")[0].strip() for number in numbers)
    return [line for line in found if line]


_QUOTES = (b'"""', b"'''", b'"', b"'")


def _may_be_docstring(side: Side, numbers: Sequence[int]) -> bool:
    """Whether it is worth a look at the syntax tree: the symbol of each line has a string of its own as a statement."""
    for symbol in {side.symbol_at(number) for number in numbers}:
        definition = side.definitions.get(symbol)
        start, end = (definition.start, definition.end) if definition else (0, len(side.lines.lines))
        if not any(
            side.lines.lines[number].strip().lstrip(b"rRuU").startswith(_QUOTES) for number in range(start, end)
        ):
            return False
    return True


def _in_docstrings(side: Side, numbers: Sequence[int]) -> bool:
    inside = docstring_lines(side.text)
    return all(number in inside or side.is_idle(number) for number in numbers)


# Definitions


def _symbol(change: _Change, symbol: str) -> Told:
    before, after = change.old.definitions.get(symbol), change.new.definitions.get(symbol)
    gone = _gone(change)
    breaking = change.is_python and change.is_public and any(_is_missed(change, name) for name in gone)
    if before is None and after is not None:
        if gone:
            sentence = f"Replace {_list(gone)} by {symbol}"
            intent = "test-changed" if _is_test(change, after) else "function-replaced"
            return Told(symbol, intent, sentence, breaking or _unknown(change))
        return _came_or_went(change, symbol, after, "added", "Add", breaking)
    if before is not None and after is None:
        return _came_or_went(change, symbol, before, "removed", "Remove", breaking)
    if before is None or after is None:
        return Told(symbol, "code-changed", f"Change {symbol}", breaking or _unknown(change))
    if _is_test(change, before):
        return Told(symbol, "test-changed", f"Change test {symbol}", breaking or _unknown(change))
    if change.is_python:
        return _head(change, symbol, before, after, breaking)
    return _other_head(change, symbol, before, after)


def _unknown(change: _Change) -> bool | UnsetType:
    """What is said where nothing breaks as far as is known: in other languages nothing is known."""
    return False if change.is_python else UNSET


def _came_or_went(change: _Change, symbol: str, which: Definition, what: str, verb: str, breaking: bool) -> Told:
    told_breaking = breaking or _unknown(change)
    if _is_test(change, which):
        return Told(symbol, f"test-{what}", f"{verb} test {symbol}", told_breaking)
    kind = "class" if which.kind in CONTAINERS else "function"
    return Told(symbol, f"{kind}-{what}", f"{verb} {_noun(which)} {symbol}", told_breaking)


def _noun(definition: Definition) -> str:
    return {"impl": "implementation of"}.get(definition.kind, definition.kind)


def _is_test(change: _Change, definition: Definition) -> bool:
    if domain_of(change.path) != "tests":
        return False
    return definition.kind in ("function", "method") and _OTHER_TEST.search(definition.name) is not None


def _gone(change: _Change) -> list[str]:
    """The definitions that the edit removes and nothing in the file brings back."""
    heads = change.old.heads
    found = []
    for part in change.parts:
        for line in range(part.block.old_start, part.block.old_end):
            symbol = change.old.symbol_at(line)
            if symbol and symbol not in change.new.definitions and symbol not in found:
                found.append(symbol)
            if line in heads and heads[line] not in change.new.definitions and heads[line] not in found:
                found.append(heads[line])
    return [name for name in found if name.rpartition(".")[0] not in found]


def _is_missed(change: _Change, name: str) -> bool:
    """Whether others may have used what `name` meant, and cannot any more."""
    if not is_public_name(name):
        return False
    above, _, last = name.rpartition(".")
    if not above:
        left = names_of(change.new.text)
        return left is not None and last not in left
    container = change.new.definitions.get(above)
    if container is None:
        return False
    body = change.new.slice(container.start, container.end)
    return container.kind in CONTAINERS and not re.search(rb"\b%b\s*(?:=|:)" % re.escape(last.encode()), body)


def _head(change: _Change, symbol: str, before: Definition, after: Definition, breaking: bool) -> Told:
    """Of a definition of Python that is on both sides."""
    public = change.is_public and is_public_name(symbol) and _is_reachable(change.new, symbol)
    old = head_of(change.old.lines.lines, before)
    new = head_of(change.new.lines.lines, after)
    called_otherwise = isinstance(old, Signature) and isinstance(new, Signature) and breaks(old, new)
    decorated = _decorated(change, symbol, before, after, breaking or (public and called_otherwise), public)
    if decorated is not None:
        return decorated
    if isinstance(old, Signature) and isinstance(new, Signature):
        if old == new:
            return Told(symbol, "body-changed", f"Change the body of {symbol}", breaking)
        if differs_in_annotations_alone(old, new):
            return Told(symbol, "annotations-changed", f"Change the annotations of {symbol}", breaking)
        return Told(
            symbol,
            "signature-changed",
            _signature_sentence(symbol, old, new),
            breaking or (public and called_otherwise),
        )
    if isinstance(old, Bases) and isinstance(new, Bases) and old != new:
        sentence = (
            f"Change the bases of {symbol} from {_list(old.names or ('none',))} to {_list(new.names or ('none',))}"
        )
        return Told(symbol, "bases-changed", sentence, breaking or public)
    if after.kind in CONTAINERS:
        lost = change.is_public and any(map(is_public_name, _lost_attributes(change, symbol)))
        return Told(symbol, "class-changed", f"Change {_noun(after)} {symbol}", breaking or lost)
    return Told(symbol, "body-changed", f"Change {symbol}", breaking)


def _lost_attributes(change: _Change, symbol: str) -> set[str]:
    """The attributes that a class is given on the one side and nothing gives it on the other."""
    old, new = (
        {one.name for one in change.language.variables(side.text) if one.name.rpartition(".")[0] == symbol}
        for side in (change.old, change.new)
    )
    return {name for name in old - new - change.new.definitions.keys() if _is_missed(change, name)}


def _decorated(
    change: _Change, symbol: str, before: Definition, after: Definition, breaking: bool, public: bool
) -> Told | None:
    """Of a definition that has other decorators, or that is there with other ones besides, as a setter is."""
    found = [side.all_of(symbol) for side in (change.old, change.new)]
    old, new = (
        [decorators_of(side.lines.lines, one) for one in every]
        for side, every in zip((change.old, change.new), found, strict=True)
    )
    if old == new:
        return None
    changed = {_last_name(one) for one in set(chain(*old)) ^ set(chain(*new))}
    if len(old) != len(new):
        verb, preposition = ("Add", "to") if len(new) > len(old) else ("Remove", "from")
        which = _list(sorted(changed)) if changed else "a definition"
        return Told(symbol, "decorators-changed", f"{verb} {which} {preposition} {symbol}", breaking or public)
    # What a decorator that is not known does to callers is not known either.
    told_breaking = breaking or (public and (True if changed & _CALLED_OTHERWISE else UNSET))
    if _below_decorators(change.old, before) == _below_decorators(change.new, after):
        return Told(symbol, "decorators-changed", f"Change the decorators of {symbol}", told_breaking)
    return Told(symbol, "decorators-changed", f"Change {symbol} and its decorators", told_breaking)


def _last_name(decorator: str) -> str:
    return decorator.partition("(")[0].rpartition(".")[2]


def _below_decorators(side: Side, definition: Definition) -> bytes:
    own = side.lines.lines[definition.start : definition.end]
    return b"".join(own[next((at for at, line in enumerate(own) if HEAD.match(line)), 0) :])


def _is_reachable(side: Side, symbol: str) -> bool:
    """Whether `symbol` is in no function."""
    above = symbol.rpartition(".")[0]
    definition = side.definitions.get(above)
    return not above or (definition is not None and definition.kind in CONTAINERS and _is_reachable(side, above))


def _signature_sentence(symbol: str, old: Signature, new: Signature) -> str:
    what = told(old, new)
    if what.startswith(("add ", "replace ")):
        return f"{what.capitalize()[0]}{what[1:]} {'to' if what.startswith('add ') else 'in'} {symbol}"
    if what.startswith("remove "):
        return f"R{what[1:]} from {symbol}"
    if what.startswith("make it "):
        return f"Make {symbol} {what.removeprefix('make it ')}"
    return f"{what[0].upper()}{what[1:]} of {symbol}" if what else f"Change the signature of {symbol}"


def _other_head(change: _Change, symbol: str, before: Definition, after: Definition) -> Told:
    """Of a definition of another language: the head is what stands before the first brace."""
    if after.kind in CONTAINERS:
        return Told(symbol, "class-changed", f"Change {_noun(after)} {symbol}")
    heads = [
        b"".join(side.slice(definition.start, definition.end).split()).partition(b"{")[0]
        for side, definition in ((change.old, before), (change.new, after))
    ]
    if b"(" in heads[0] and heads[0] != heads[1]:
        return Told(symbol, "signature-changed", f"Change the signature of {symbol}")
    return Told(symbol, "body-changed", f"Change the body of {symbol}")


# The top level


def _top_level(change: _Change) -> Told:
    if not change.is_python:
        return _other_top_level(change)
    old, new = _touched(change.old, change.removed()), _touched(change.new, change.added())
    if old is None or new is None:
        return Told("", "code-changed", breaking=False)
    kinds = {statement.kind for statement in (*old, *new)}
    if kinds - {"typing"} == {"import"}:
        return _imports(change, old, new)
    names = list(dict.fromkeys(name for statement in (*new, *old) for name in statement.names))
    lost = {name for statement in old for name in statement.names} if kinds <= {"assignment", "exports"} else set()
    breaking = change.is_public and any(_is_missed(change, name) for name in lost if "." not in name)
    if kinds == {"exports"}:
        listed = [_listed(_lines(*side)) for side in ((change.old, change.removed()), (change.new, change.added()))]
        unlisted = change.is_public and any(map(is_public_name, listed[0] - listed[1]))
        return Told("", "exports-changed", "Change the list of public names", breaking or unlisted)
    if kinds == {"assignment"}:
        if names == ["__version__"] or _is_version(change):
            return Told("", "version-changed", "Set the version", False)
        what, verb = ("added", "Add") if not old else ("removed", "Remove") if not new else ("changed", "Change")
        return Told("", f"constant-{what}", f"{verb} {_list(names)}", breaking)
    return Told("", "code-changed", breaking=breaking)


def _touched(side: Side, numbers: Sequence[int]) -> list[Statement] | None:
    """The statements that the lines belong to; ``other`` for lines of none; None if the text does not parse."""
    wanted = [number for number in numbers if not side.is_idle(number)]
    if not wanted:
        return []
    found = statements(side.text)
    if found is None:
        return None
    of_line = {line: statement for statement in found for line in range(statement.start, statement.end)}
    other = Statement("other", (), 0, 0)
    return list(dict.fromkeys(of_line.get(number, other) for number in wanted))


def _imports(change: _Change, old: Sequence[Statement], new: Sequence[Statement]) -> Told:
    before = [name for statement in old for name in statement.names]
    after = [name for statement in new for name in statement.names]
    came = [name for name in dict.fromkeys(after) if name not in before]
    went = [name for name in dict.fromkeys(before) if name not in after]
    reexports = change.is_public and change.path.endswith(b"__init__.py")
    breaking = reexports and any(_is_missed(change, bound_by(name)) for name in went)
    if came and went:
        sentence = f"Import {_list(came)} instead of {_list(went)}"
        return Told("", "imports-changed", sentence, breaking)
    if came:
        return Told("", "import-added", f"Import {_list(came)}", breaking)
    if went:
        return Told("", "import-removed", f"Stop importing {_list(went)}", breaking)
    return Told("", "imports-changed", "Write the imports otherwise", breaking)


def _other_top_level(change: _Change) -> Told:
    removed = [n for n in change.removed() if not change.old.is_idle(n)]
    added = [n for n in change.added() if not change.new.is_idle(n)]
    lines = [change.old.lines.lines[n] for n in removed] + [change.new.lines.lines[n] for n in added]
    if lines and all(_OTHER_IMPORT.match(line) for line in lines):
        what = "imports-changed" if removed and added else "import-added" if added else "import-removed"
        verb = "Change" if removed and added else "Add" if added else "Remove"
        return Told("", what, f"{verb} imports")
    return Told("", "code-changed")


# Text of other kinds


def _text(change: _Change) -> Told:
    domain = domain_of(change.path)
    breaking = UNSET if change.is_python else False
    if _is_version(change):
        return Told("", "version-changed", "Set the version", breaking)
    if _PINS.search(change.path):
        return Told("", "dependency-changed", "Change dependencies", breaking)
    if domain == "docs":
        return Told("", "documentation", breaking=breaking)
    if domain in ("ci", "style", "build", "packaging") or _SETTINGS.search(change.path):
        return Told("", "configuration-changed", breaking=breaking)
    return Told("", "edit-text", breaking=breaking)


def _is_version(change: _Change) -> bool:
    """Whether lines that set a version change in its number alone."""
    old = [change.old.lines.lines[number] for number in change.removed()]
    new = [change.new.lines.lines[number] for number in change.added()]
    if not old or len(old) != len(new) or not all(_VERSION.match(line) for line in (*old, *new)):
        return False
    return [_NUMBERS.sub(b"0", line) for line in old] == [_NUMBERS.sub(b"0", line) for line in new]
