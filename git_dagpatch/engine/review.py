"""A patch as its reviewer reads it: a card for each operation, the most important first, and a verdict over them.

Each operation is looked at in the state that its dependencies leave. What a patch says of itself is shown, but nothing
is folded away for it: that takes a proof, which is made here.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

import msgspec
from msgspec import UNSET

from git_dagpatch.alignment.lines import count_lines, distance, lines_of
from git_dagpatch.discovery.residue import find_residue
from git_dagpatch.discovery.unfinished import Unfinished
from git_dagpatch.engine.concern import concern_of
from git_dagpatch.engine.describe import described
from git_dagpatch.engine.execute import weave_in
from git_dagpatch.engine.hunks import Around, Changed, counts, hunks_of
from git_dagpatch.engine.places import Places
from git_dagpatch.engine.shown import becomes
from git_dagpatch.engine.state import State
from git_dagpatch.languages import is_readable, language_of
from git_dagpatch.model.codec import dag
from git_dagpatch.model.effect import Appear, Change, Effect, Rewrite, Span, SpellDirectory, Vanish, rewrite
from git_dagpatch.model.operation import (
    KINDS,
    Copy,
    Edit,
    Move,
    Operation,
    Rename,
    Reorder,
    StringReplace,
    Whitespace,
)
from git_dagpatch.model.patch import Patch
from git_dagpatch.model.paths import encode, split_target
from git_dagpatch.model.review import (
    Card,
    Concern,
    Detail,
    FileDiff,
    Hunk,
    Journey,
    Origin,
    Place,
    Review,
    Side,
    Verdict,
)
from git_dagpatch.model.text import readable
from git_dagpatch.model.tree import Tree
from git_dagpatch.operations import kind_of
from git_dagpatch.operations.meaning_kept import names_in_doubt
from git_dagpatch.operations.rename import lines_with
from git_dagpatch.operations.string_replace import StringReplaceKind
from git_dagpatch.operations.vocabulary import TAGS

_FOLDABLE = (Move, Copy, Rename, Reorder, Whitespace)
"""Kinds whose proof leaves nothing to read but their sentence."""
TERMS = frozenset((*Concern, *TAGS, *(str(kind.__struct_config__.tag) for kind in KINDS)))
"""By what a reader can ask for cards: what an operation concerns, its kind, and its semantic tags."""
_LINES = (Move, Copy, Reorder)
"""Kinds that are one line to read if they are proved."""
_CONTEXT = 3
_IMPORTS = ("import-added", "import-removed", "imports-changed")
"""Intents of edits whose sentences tell all that a reader needs to know of what is around."""
_SAME_TEXT = "the text is the same at both ends"
_ALIKE = "every other place changes in the same way"


def review(patch: Patch, base: Tree, detail: Detail, *, trusted: bool) -> Review:
    """The review of `patch`, which was made on `base`.

    `trusted` says that what its edits tell of themselves was found here; else that is found out again. Raises WrongBase
    or UnknownKind if the patch cannot be executed.
    """
    reader = _Reader(patch, base, detail, trusted)
    cards = sorted(
        ((_order(card), number, card) for number, card in enumerate(reader.cards())), key=lambda item: item[:2]
    )
    ordered = tuple(card for _, _, card in cards)
    return Review(
        origin=_origin(patch),
        base=patch.base,
        result=patch.result,
        verdict=_verdict(ordered, reader),
        cards=ordered,
    )


def _order(card: Card) -> tuple[int, bool, bool]:
    """What to sort by: what matters first, and of that what others rely on; imports serve what uses them."""
    return list(Concern).index(card.concern), not card.breaking, "imports" in card.tags


def _origin(patch: Patch) -> Origin:
    metadata = patch.metadata
    author = metadata.author or None
    return Origin(
        patch=patch.id,
        commit=metadata.commit or "",
        author=f"{readable(author.name)} <{readable(author.email)}>" if author else "",
        date=author.date if author else "",
        message=readable(metadata.message) if metadata.message else "",
    )


def _verdict(cards: Sequence[Card], reader: _Reader) -> Verdict:
    found = Counter(card.concern for card in cards)
    diff_lines, files = reader.diff()
    return Verdict(
        operations=len(cards),
        concerns={concern: found[concern] for concern in Concern},
        breaking=sum(card.breaking is True for card in cards),
        lines_to_read=sum(card.lines_to_read for card in cards),
        diff_lines=diff_lines,
        files=files,
    )


class _Strike(NamedTuple):
    """One file of an operation."""

    path: bytes
    change: Change
    before: bytes
    """Its text; empty of a file that comes, and of what has none."""
    spans: tuple[Span, ...]
    """Of a file that comes or goes, the whole text."""
    places: tuple[Place, ...]
    """One a span; at least one."""


class _Reader:
    """Reads the operations of one patch."""

    def __init__(self, patch: Patch, base: Tree, detail: Detail, trusted: bool) -> None:
        self._patch = patch
        self._detail = detail
        self._trusted = trusted
        self._graph = dag(patch.operations)
        self._lineages = weave_in(patch.operations, self._graph, base, self._graph.everything)
        self._places = Places(self._lineages, self._graph.everything)
        self._states: dict[int, State] = {}
        self._told: dict[tuple[int, bytes], Mapping[tuple[Span, ...], Operation]] = {}
        """State and file → what is told of the edits there."""
        self._travellers = {
            number: operation for number, operation in enumerate(patch.operations) if isinstance(operation, Move | Copy)
        }
        self._files_gone = self._whole_files()
        """File → mask of the operations that took it elsewhere, or duplicated it from another one."""

    def cards(self) -> Iterator[Card]:
        """One for each operation, in the order of the patch."""
        return map(self._card, range(len(self._patch.operations)))

    def diff(self) -> tuple[int, int]:
        """The lines of a diff from base to result, and how many files it is about."""
        everything = self._graph.everything
        passages = self._lineages.passages(everything, 0)
        lines = 0
        for passage in passages:
            before = self._lineages.text_of(passage, 0) if passage.start is not None else b""
            after = self._lineages.text_of(passage, everything) if passage.end is not None else b""
            path = passage.end or passage.start or b""
            if before != after and is_readable(path, before) and is_readable(path, after):
                lines += distance(before, after)
        paths = {path for passage in passages for path in (passage.start, passage.end)} - {None}
        return lines, len(paths)

    def _card(self, number: int) -> Card:
        state = self._state(number)
        original = self._patch.operations[number]
        kind = kind_of(original)
        effect = kind.effect(original, state)
        operation = original if self._trusted else described(self._retold(number, effect, state), self._patch.metadata)
        proof = kind.proof(operation, state)
        lines_to_read = _lines_to_read(operation, state, proof)
        concern, proof = concern_of(operation, effect, state, proof, is_one_line=lines_to_read == 1)
        holds = bool(proof) or kind.holds(operation, state)
        doubts = tuple(_doubts(operation, effect, state)) if holds and not proof else ()
        folded, wanted = _folding(operation, state, proof, lines_to_read, holds=holds, doubts=doubts)
        strikes = [self._strike(number, path, change) for path, change in sorted(effect.items())]
        return Card(
            id=str(operation.id),
            kind=operation.type,
            headline=operation.description or operation.type,
            intent=operation.intent or kind.intent(operation),
            tags=tuple(operation.semantic_tags or ()),
            domains=tuple(operation.affected_domains or ()),
            concern=concern,
            breaking=None if operation.breaking_change is UNSET else operation.breaking_change,
            confidence=1.0 if operation.confidence is UNSET else operation.confidence,
            proof=proof,
            holds=holds,
            doubts=doubts,
            target=_target(operation),
            depends_on=tuple(operation.depends_on),
            because=operation.because or {},
            inside=tuple(str(self._patch.operations[other].id) for other in self._inside(number, strikes)),
            lines_to_read=lines_to_read,
            folded=folded,
            places=tuple(dict.fromkeys(place for strike in strikes for place in strike.places)),
            files=tuple(self._file(strike, operation, state, wanted) for strike in strikes),
            journey=self._journey(number, operation, strikes),
        )

    def _retold(self, number: int, effect: Effect, state: State) -> Operation:
        """An operation; an edit with what can be told of it here, instead of what it tells of itself."""
        operation = self._patch.operations[number]
        if not isinstance(operation, Edit):
            return operation
        ((path, change),) = effect.items()
        plain = msgspec.structs.replace(operation, intent=UNSET, description=UNSET, breaking_change=UNSET)
        if not isinstance(change, Rewrite):
            return plain
        together = self._told_together(self._graph.closures[number], path, state).get(change.spans)
        told = [together] if together else list(_told(path, change.spans, state).values())
        if len(told) == 1:
            return msgspec.structs.replace(
                plain, intent=told[0].intent, description=told[0].description, breaking_change=told[0].breaking_change
            )
        flags = {one.breaking_change for one in told}
        breaking = True if True in flags else UNSET if UNSET in flags else False
        return msgspec.structs.replace(plain, breaking_change=breaking)

    def _told_together(self, closure: int, path: bytes, state: State) -> Mapping[tuple[Span, ...], Operation]:
        """What is told of all edits of one file in one state, which costs no more than telling of one of them.

        None of those that touch, since what is told of two edits of one place says nothing about each.
        """
        key = closure, path
        if key not in self._told:
            spans = sorted(
                span
                for operation in self._edits[key]
                for change in kind_of(operation).effect(operation, state).values()
                if isinstance(change, Rewrite)
                for span in change.spans
            )
            apart = all(one.end < after.start for one, after in pairwise(spans))
            self._told[key] = _told(path, tuple(spans), state) if apart else {}
        return self._told[key]

    @cached_property
    def _edits(self) -> dict[tuple[int, bytes], list[Edit]]:
        """State and file → the edits there."""
        found: dict[tuple[int, bytes], list[Edit]] = defaultdict(list)
        for operation, closure in zip(self._patch.operations, self._graph.closures, strict=True):
            if isinstance(operation, Edit):
                found[closure, split_target(operation.target)[0]].append(operation)
        return found

    def _state(self, number: int) -> State:
        """What the dependencies of an operation leave; shared by those that have the same."""
        closure = self._graph.closures[number]
        if closure not in self._states:
            self._states[closure] = State(self._lineages, closure)
        return self._states[closure]

    def _whole_files(self) -> dict[int, int]:
        found: dict[int, int] = {}
        for number, operation in self._travellers.items():
            if not operation.symbol_kind:
                path = split_target(operation.target)[0]
                passage = self._lineages.standing(path, self._graph.closures[number] | 1 << number)
                found[id(passage.lineage)] = found.get(id(passage.lineage), 0) | 1 << number
        return found

    def _strike(self, number: int, path: bytes, change: Change) -> _Strike:
        before = self._graph.closures[number]
        after = before | 1 << number
        match change:
            case Rewrite(spans):
                text = self._state(number).read(path)
                return _Strike(path, change, text, spans, tuple(self._places.of_spans(path, before, after, spans)))
            case Appear(_, content):
                # What a copy brings is there already.
                is_new = not isinstance(self._patch.operations[number], Copy)
                spans = (Span(0, 0, content),) if content and is_new else ()
                return _Strike(path, change, b"", spans, (self._places.of_file(path, after, Side.RESULT),))
            case Vanish():
                text = self._state(number).read(path)
                spans = (Span(0, len(text), b""),) if text else ()
                return _Strike(path, change, text, spans, (self._places.of_file(path, before, Side.BASE),))
            case SpellDirectory():
                return _Strike(path, change, b"", (), (Place(encode(path), 1, Side.RESULT),))
        return _Strike(path, change, b"", (), (self._places.of_file(path, before, Side.RESULT),))

    def _file(
        self, strike: _Strike, operation: Operation, state: State, wanted: Mapping[bytes, Sequence[Span]] | None
    ) -> FileDiff:
        path, change, before, spans, places = strike
        after = rewrite(before, spans)
        language = language_of(path, after or before).name
        note = becomes(path, change, state)
        if not spans or not (is_readable(path, before) and is_readable(path, after)):
            sizes = f"{len(before):,} bytes become {len(after):,}" if spans else ""
            return FileDiff(encode(path), language, ", ".join(filter(None, (note, sizes))), 0, 0, ())
        chosen = spans if wanted is None else wanted.get(path, ())
        changes = [Changed(span, place, span in chosen) for span, place in zip(spans, places, strict=True)]
        hunks: Iterable[Hunk] = ()
        if self._detail.folded or chosen:
            around = _around(self._detail, path, before, after, operation)
            hunks = hunks_of(before, changes, around, _symbols(path, before, after, operation))
        shown = tuple(hunk for hunk in hunks if self._detail.folded or hunk.to_read)
        return FileDiff(encode(path), language, note, *counts(before, spans), shown)

    def _inside(self, number: int, strikes: Sequence[_Strike]) -> Iterator[int]:
        """The moves and copies that brought the text in which an operation changes something."""
        closure = self._graph.closures[number]
        if number in self._travellers:
            return
        found = 0
        for path, change, _, spans, _ in strikes:
            if isinstance(change, Rewrite):
                found |= self._files_gone.get(id(self._lineages.standing(path, closure).lineage), 0)
                for span in spans if closure else ():
                    found |= self._lineages.writers(path, max(0, span.start - 1), span.end + 1, closure)
        yield from (other for other in self._travellers if found >> other & 1)

    def _journey(self, number: int, operation: Operation, strikes: Sequence[_Strike]) -> Journey | None:
        if not isinstance(operation, Move | Copy):
            return None
        before = self._graph.closures[number]
        (source, name), (target, _) = split_target(operation.source), split_target(operation.target)
        if not operation.symbol_kind:
            text = self._state(number).read(source)
            side = Side.BASE if isinstance(operation, Move) else Side.RESULT
            return Journey(self._places.of_file(source, before, side), strikes[0].places[0], count_lines(text))
        gone = [place for _, span, place in _spans(strikes, source) if span.start < span.end and not span.insert]
        come = [(span, place) for _, span, place in _spans(strikes, target) if span.insert]
        if not come:
            return None
        span, place = come[0]
        start = gone[0] if gone else self._definition(number, source, name)
        return Journey(start, place, count_lines(span.insert.strip(b"\n")))

    def _definition(self, number: int, path: bytes, name: str) -> Place:
        """Where a definition stands that an operation leaves there."""
        state = self._state(number)
        text = state.read(path)
        line = next((one.start for one in language_of(path).definitions(text) or () if one.name == name), 0)
        start = lines_of(text).starts[line]
        (place,) = self._places.of_spans(path, state.mask, state.mask, (Span(start, start, b""),))
        return place


def _spans(strikes: Iterable[_Strike], path: bytes) -> Iterator[tuple[bytes, Span, Place]]:
    for strike in strikes:
        if strike.path == path:
            yield from ((path, span, place) for span, place in zip(strike.spans, strike.places, strict=True))


def _told(path: bytes, spans: tuple[Span, ...], state: State) -> dict[tuple[Span, ...], Operation]:
    """What the residue tells of a change: the spans of each edit → the edit."""
    before = state.read(path)
    found = find_residue([Unfinished(path, before, rewrite(before, spans), state.mode(path))])
    changes = [(proposal.operation, proposal.effect[path]) for step in found for proposal in step]
    return {change.spans: operation for operation, change in changes if isinstance(change, Rewrite)}


def _lines_to_read(operation: Operation, state: State, proof: str) -> int:
    """What the operation's kind counts; where its proof says that already, it is not made twice."""
    if proof and (isinstance(operation, _LINES) or (isinstance(operation, Whitespace) and operation.confidence == 1.0)):
        return 1
    if proof and isinstance(operation, Rename):
        return lines_with(proof)
    return kind_of(operation).review_lines(operation, state)


def _doubts(operation: Operation, effect: Effect, state: State) -> Sequence[str]:
    """Which names of a definition that stands elsewhere as it stood may mean something else there."""
    if not isinstance(operation, Move | Copy) or not operation.symbol_kind:
        return ()
    return names_in_doubt(operation, effect, state)


def _folding(
    operation: Operation, state: State, proof: str, lines_to_read: int, *, holds: bool, doubts: Sequence[str]
) -> tuple[str, Mapping[bytes, Sequence[Span]] | None]:
    """Why not all has to be read, if so, and the spans that have to be; None if that is all."""
    if proof and isinstance(operation, _FOLDABLE) and lines_to_read <= 1:
        return proof, {}
    if proof and isinstance(operation, StringReplace):
        wanted = StringReplaceKind().to_read(operation, state)
        is_part = sum(map(len, wanted.values())) < sum(
            len(spans or ()) for spans in (operation.footprint or {}).values()
        )
        return (_ALIKE, wanted) if is_part else ("", None)
    if proof and isinstance(operation, Rename):
        path, change = next(iter(kind_of(operation).effect(operation, state).items()))
        assert isinstance(change, Rewrite)
        return _ALIKE, {path: change.spans[:1]}
    if doubts:
        return _SAME_TEXT, {}
    if holds and isinstance(operation, Move) and operation.symbol_kind:
        path = split_target(operation.target)[0]
        change = kind_of(operation).effect(operation, state)[path]
        assert isinstance(change, Rewrite)
        return _SAME_TEXT, {path: [span for span in change.spans if span.insert]}
    return "", None


def _symbols(path: bytes, before: bytes, after: bytes, operation: Operation) -> Callable[[int], str]:
    """What tells the symbol that a line of the text before belongs to."""
    if isinstance(operation, Edit) and (symbol := operation.target.partition(":")[2]):
        return lambda _: symbol
    outline = language_of(path, before or after).outline(before)
    return outline.symbol_at if outline is not None else lambda _: ""


def _around(detail: Detail, path: bytes, before: bytes, after: bytes, operation: Operation) -> Around:
    """What helps to read a change: lines of the definition that it is about."""
    if detail.context is not None:
        return Around(detail.context)
    if not isinstance(operation, Edit):
        return Around(_CONTEXT, blank=False)
    if operation.intent in _IMPORTS:
        return Around(0)
    symbol = operation.target.partition(":")[2]
    outline = language_of(path, before or after).outline(before) if symbol else None
    if outline is None:
        return Around(_CONTEXT, blank=False)

    def belongs(line: int) -> bool:
        return f"{outline.symbol_at(line)}.".startswith(f"{symbol}.")

    return Around(_CONTEXT, belongs, blank=False)


def _target(operation: Operation) -> str:
    """The file or symbol that an operation is about; of one that is about many files, nothing."""
    if isinstance(operation, Rename):
        return operation.symbol
    scope = getattr(operation, "scope", [])
    return str(getattr(operation, "target", scope[0] if len(scope) == 1 else ""))
