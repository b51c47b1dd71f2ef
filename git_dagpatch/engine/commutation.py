"""Two operations in sequence, in the other order: the table of kinds, and the swap itself.

On footprints first: `git_dagpatch.engine.commute` shifts the positions of effects that are apart. Where they meet, on
meanings, as far as that is sound: a rule whose meaning can be carried out again, such as a rename or the stripping of
trailing space, passes an exact edit by being carried out on the other side of it. Nothing of this is believed: both
orders have to give the same bytes, swapping back has to give what was there, and what was proved of an operation has
to be proved of it in its new place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import NamedTuple, TypeAlias

import msgspec
from msgspec import UNSET

from git_dagpatch.engine.commute import commute
from git_dagpatch.languages.python_symbols import symbols_of
from git_dagpatch.model.effect import Appear, Change, Effect, Relocate, Rewrite, SetMode, Span, Vanish, rewrite
from git_dagpatch.model.errors import InvalidPatch, WrongBase
from git_dagpatch.model.files import Files
from git_dagpatch.model.operation import Copy, Edit, Move, Mutate, Operation, Rename, Reorder, Whitespace
from git_dagpatch.model.paths import decode, encode
from git_dagpatch.operations import kind_of
from git_dagpatch.operations.rename import own_name
from git_dagpatch.operations.whitespace import TRANSFORMS, transform_spans


class After:
    """The files of one state after an effect."""

    def __init__(self, files: Files, effect: Effect) -> None:
        self._files = files
        self._effect = effect
        self._arrived = {change.target: path for path, change in effect.items() if isinstance(change, Relocate)}

    def read(self, path: bytes) -> bytes:
        change = self._change(path)
        if isinstance(change, Appear):
            return change.content
        text = self._files.read(self._arrived.get(path, path))
        return rewrite(text, change.spans) if isinstance(change, Rewrite) else text

    def mode(self, path: bytes) -> str:
        change = self._change(path)
        return change.mode if isinstance(change, Appear | SetMode) else self._files.mode(self._arrived.get(path, path))

    def _change(self, path: bytes) -> Change | None:
        change = self._effect.get(path)
        if isinstance(change, Vanish | Relocate) and path not in self._arrived:
            raise WrongBase(f"No file stands at {encode(path)!r} any more.")
        return None if path in self._arrived else change


Swapped: TypeAlias = tuple[Operation, Operation]
"""The second one as it is where it comes first, and the first one after it."""


class _Moved(NamedTuple):
    """Two operations in the other order, and their effects."""

    second: Operation
    first: Operation
    earlier: Effect
    later: Effect


def swap(first: Operation, second: Operation, files: Files) -> Swapped | None:
    """`second` and then `first` with the same effect as `first`, in `files`, and then `second`; None if they need their
    order."""
    found = _swap(first, second, files)
    return None if found is None else (found.second, found.first)


def _swap(first: Operation, second: Operation, files: Files) -> _Moved | None:
    one = kind_of(first).effect(first, files)
    effects = one, kind_of(second).effect(second, After(files, one))
    found = _attempt(first, second, effects, files)
    if found is None:
        return None
    back = _attempt(found.second, found.first, (found.earlier, found.later), files)
    return found if back is not None and (back.earlier, back.later) == effects else None


def _attempt(first: Operation, second: Operation, effects: tuple[Effect, Effect], files: Files) -> _Moved | None:
    """Both in the other order, on footprints or else on meanings; whether that leads back again is not asked."""
    for pair in (commute(*effects), _by_meaning(first, second, effects, files)):
        found = None if pair is None else _recorded(first, second, pair, files)
        if found is not None and _keep_their_meaning(first, second, effects[0], found, files):
            return found
    return None


def _recorded(first: Operation, second: Operation, pair: tuple[Effect, Effect], files: Files) -> _Moved | None:
    """Both as operations that have these effects in the other order, if they can say so."""
    earlier, later = pair
    back = {change.target: path for path, change in later.items() if isinstance(change, Relocate)}
    forth = {path: change.target for path, change in earlier.items() if isinstance(change, Relocate)}
    moved = kind_of(second).record(_named(second, back), earlier, files)
    between = After(files, earlier)
    passed = kind_of(first).record(_named(first, forth), later, between)
    try:
        same = kind_of(moved).effect(moved, files) == earlier and kind_of(passed).effect(passed, between) == later
    except (WrongBase, InvalidPatch):
        return None
    # A copy that cannot be one there is recorded as a new file.
    same &= (moved.type, passed.type) == (second.type, first.type)
    return _Moved(moved, passed, earlier, later) if same else None


def _named(operation: Operation, moves: Mapping[bytes, bytes]) -> Operation:
    """`operation` with the symbols that it names in the files to which these go."""
    if not moves or not isinstance(operation, Move | Copy | Reorder | Mutate) or sort_of(operation).endswith("file"):
        return operation
    named: dict[str, str] = {}
    for field in ("source", "target", "after"):
        place = getattr(operation, field, UNSET)
        if isinstance(place, str):
            path, colon, symbol = place.partition(":")
            named[field] = f"{encode(moves.get(decode(path), decode(path)))}{colon}{symbol}"
    return msgspec.structs.replace(operation, **named)


def _keep_their_meaning(first: Operation, second: Operation, one: Effect, found: _Moved, files: Files) -> bool:
    """Whether what is proved of each is the same in both orders."""
    return _as_proved(second, After(files, one), found.second, files) and _as_proved(
        first, files, found.first, After(files, found.earlier)
    )


def _as_proved(before: Operation, files: Files, after: Operation, other: Files) -> bool:
    return kind_of(before).holds(before, files) == kind_of(after).holds(after, other)


# On meanings


def _by_meaning(
    first: Operation, second: Operation, effects: tuple[Effect, Effect], files: Files
) -> tuple[Effect, Effect] | None:
    """The effects of a rule and an edit of the same text in the other order."""
    if isinstance(second, Edit) and _is_rule(first):
        return _edit_first(first, effects, files)
    if isinstance(first, Edit) and _is_rule(second):
        return _rule_first(second, effects, files)
    return None


def _is_rule(operation: Operation) -> bool:
    """Whether its meaning can be carried out here on another text."""
    if isinstance(operation, Whitespace):
        return operation.transform in TRANSFORMS
    return isinstance(operation, Rename) and operation.symbol_kind not in ("module", "identifier")


def _carried_out(operation: Operation, text: bytes) -> tuple[Span, ...] | None:
    """What a rule changes in `text`; of a rename what it may, which is to be proved."""
    if isinstance(operation, Whitespace):
        return tuple(transform_spans(operation.transform, text))
    assert isinstance(operation, Rename)
    return _renamed(text, own_name(operation), operation.new_name)


def _renamed(text: bytes, old: str, new: str) -> tuple[Span, ...] | None:
    symbols = symbols_of(text)
    if symbols is None:
        return None
    places = (start for binding in symbols.bindings.values() if binding.key.name == old for start in binding.starts)
    return tuple(Span(start, start + len(old.encode()), new.encode()) for start in sorted(places))


def _edit_first(rule: Operation, effects: tuple[Effect, Effect], files: Files) -> tuple[Effect, Effect] | None:
    """The effects of the edit in the text before the rule, and of the rule in what the edit makes of it."""
    one, two = effects
    ((path, edit),) = two.items()
    done = one.get(path)
    if not isinstance(edit, Rewrite) or not isinstance(done, Rewrite):
        return None
    before = files.read(path)
    after = rewrite(rewrite(before, done.spans), edit.spans)
    undone = _undone(rule, after, _places(edit.spans))
    if undone is None:
        return None
    spans = []
    for span, insert in zip(edit.spans, undone, strict=True):
        start, end = (_back(done.spans, at) for at in (span.start, span.end))
        if start is None or end is None:
            return None
        spans.append(Span(start, end, insert))
    middle = rewrite(before, tuple(spans))
    again = _carried_out(rule, middle)
    if again is None or rewrite(middle, again) != after:
        return None
    return {path: Rewrite(tuple(spans))}, {**one, path: Rewrite(again)}


def _rule_first(rule: Operation, effects: tuple[Effect, Effect], files: Files) -> tuple[Effect, Effect] | None:
    """The effects of the rule in the text before the edit, and of the edit in what the rule makes of it."""
    one, two = effects
    ((path, edit),) = one.items()
    done = two.get(path)
    if not isinstance(edit, Rewrite) or not isinstance(done, Rewrite):
        return None
    before = files.read(path)
    after = rewrite(rewrite(before, edit.spans), done.spans)
    early = _carried_out(rule, before)
    if early is None:
        return None
    spans = []
    for span, (start, end) in zip(edit.spans, _places(edit.spans), strict=True):
        places = [
            _forth(early, span.start),
            _forth(early, span.end),
            _forth(done.spans, start),
            _forth(done.spans, end),
        ]
        if None in places:
            return None
        new_start, new_end, text_start, text_end = (place or 0 for place in places)
        spans.append(Span(new_start, new_end, after[text_start:text_end]))
    if rewrite(rewrite(before, early), tuple(spans)) != after:
        return None
    return {**two, path: Rewrite(early)}, {path: Rewrite(tuple(spans))}


def _places(spans: Sequence[Span]) -> list[tuple[int, int]]:
    """Where what `spans` insert stands afterwards."""
    places, grown = [], 0
    for span in spans:
        places.append((span.start + grown, span.start + grown + len(span.insert)))
        grown += span.growth
    return places


def _undone(rule: Operation, text: bytes, places: Sequence[tuple[int, int]]) -> list[bytes] | None:
    """What stands at `places` of `text`, as it was before the rule: of a rename with the old name."""
    if not isinstance(rule, Rename):
        return [text[start:end] for start, end in places]
    named = _renamed(text, rule.new_name, own_name(rule))
    if named is None:
        return None
    found = []
    for start, end in places:
        inside = [Span(s.start - start, s.end - start, s.insert) for s in named if start <= s.start and s.end <= end]
        found.append(rewrite(text[start:end], tuple(inside)))
    return found


def _forth(spans: Sequence[Span], at: int) -> int | None:
    """Where the byte `at` of a text stands after `spans`; None if it lies within one."""
    grown = 0
    for span in spans:
        if span.start < at < span.end:
            return None
        if span.end > at or (span.start == span.end == at):
            break
        grown += span.growth
    return at + grown


def _back(spans: Sequence[Span], at: int) -> int | None:
    """Where the byte `at` of the text after `spans` stood before them; None if it lies within one."""
    grown = 0
    for span in spans:
        start, end = span.start + grown, span.start + grown + len(span.insert)
        if start < at < end:
            return None
        if end > at or (start == end == at):
            break
        grown += span.growth
    return at - grown


# The table


class Verdict(Enum):
    """What can be said of two kinds alone."""

    COMMUTES = "commutes"
    IF = "commutes if"
    NEVER = "never"


class Cell(NamedTuple):
    """What becomes of an operation of one kind and then one of another that are about the same file."""

    verdict: Verdict
    why: str
    """The condition of a `commutes if`; else the reason."""


_CODE = ("rename", "reorder", "move of a symbol", "copy of a symbol")
_TEXTS = ("edit", "string_replace", "whitespace", "mutate", *_CODE)
_NEW = ("create", "copy of a file")
SORTS = (*_NEW, "delete", "move of a file", "mode", *_TEXTS, "binary_delta")
"""The kinds of operations; those apart that do something else to a file than to a symbol."""

_APART = "at least one byte lies between what they change"
_CARRIED = f"{_APART}, or the first can be carried out after the second, or the other way round, with the same bytes"
_SAME_SYMBOL = f"{_APART}, and what is copied is the same before and after"


def sort_of(operation: Operation) -> str:
    """The row and column of an operation in the table. Unknown kinds have none: they are never executed."""
    if isinstance(operation, Move | Copy):
        return f"{operation.type} of a {'file' if operation.symbol_kind is UNSET else 'symbol'}"
    return operation.type


def cell(first: str, second: str) -> Cell:
    """The cell of the table for `first` and then `second`, both about one file or one place."""
    pair = {first, second}
    if _never_meet(first, second):
        return Cell(Verdict.COMMUTES, "they are never about one file")
    if first in _NEW or second in _NEW:
        return _with_new(first, second)
    if first == "delete":
        return Cell(Verdict.NEVER, "its place is free only after the first")
    if second == "delete":
        return Cell(Verdict.NEVER, "the file goes with what the first did to it")
    if pair & {"mode", "move of a file"}:
        if len(pair) == 1:
            return Cell(Verdict.NEVER, "the second says otherwise what the first said")
        return Cell(Verdict.COMMUTES, "place, mode and content of a file are set apart from each other")
    if "binary_delta" in pair:
        if "copy of a symbol" in pair:
            return Cell(Verdict.IF, "the symbol is copied from the file and is the same before and after")
        return Cell(Verdict.NEVER, "a binary delta stands for the whole content")
    if "copy of a symbol" in pair:
        return Cell(Verdict.IF, _SAME_SYMBOL)
    return Cell(Verdict.IF, _CARRIED if "edit" in pair and pair & {"rename", "whitespace"} else _APART)


def _never_meet(first: str, second: str) -> bool:
    """Whether no file, and no place of one, can be what both are about."""
    if second == "create":
        return first not in ("delete", "move of a file")
    if first == "delete":
        return second not in ("copy of a file", "move of a file")
    return "mutate" in (first, second) and bool({first, second} & set(_CODE))


def _with_new(first: str, second: str) -> Cell:
    """The cells of what brings a file."""
    if first == "create":
        return Cell(Verdict.NEVER, "its file comes with the first")
    if first == "copy of a file":
        if second in ("copy of a file", "copy of a symbol"):
            return Cell(Verdict.IF, "the original is copied again, and not the copy")
        return Cell(Verdict.NEVER, "the copy is of the file as it was, or the second is about the copy")
    if second == "create":
        return Cell(Verdict.NEVER, "its place is free only after the first")
    if first == "copy of a symbol":
        return Cell(Verdict.IF, "the file that is copied is not the one that the symbol comes into")
    return Cell(Verdict.NEVER, "what is copied is what the first left, or comes to the place that it freed")
