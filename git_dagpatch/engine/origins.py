"""Where each part of a text was before one commit: told by what operations did to it, and only by those with a proof.

The operations are found as a patch's are (:mod:`git_dagpatch.engine.factor`), but of a few files alone, and without
the kinds that change what a text says. They are carried out one after the other; a part of the last text is traced
back through them. What stands in text that an operation without a proof brought comes from the commit.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

from msgspec import Struct

from git_dagpatch.alignment.lines import Lines, diff, lines_of
from git_dagpatch.discovery.proposal import Proposal, Step
from git_dagpatch.discovery.unfinished import Standing, Unfinished
from git_dagpatch.engine.counterparts import (
    WORD,
    Pair,
    Part,
    images_of_definitions,
    images_of_imports,
    pairs_of,
    same_texts,
    through,
    together,
)
from git_dagpatch.engine.factor import Refactorings, find_refactorings
from git_dagpatch.engine.same_lines import same_lines
from git_dagpatch.languages import language_of
from git_dagpatch.languages.import_blocks import block_between
from git_dagpatch.model.effect import Appear, Effect, Relocate, Rewrite, Span, Vanish, rewrite
from git_dagpatch.model.errors import WrongBase
from git_dagpatch.model.operation import Copy, Move, Operation, Rename, Reorder, Whitespace
from git_dagpatch.model.paths import decode, encode, split_target
from git_dagpatch.operations import kind_of
from git_dagpatch.operations.rename import IDENTIFIER


class Source(NamedTuple):
    """Where a part of a file was before a commit."""

    parts: tuple[Part, ...]
    """In order; never empty."""
    operations: tuple[str, ...]
    """What brought them where they are now, the last first."""


class History:
    """A few files through the operations of one commit."""

    def __init__(
        self, files: Sequence[Unfinished], is_worth: Callable[[str, Sequence[Unfinished]], bool] | None = None
    ) -> None:
        """`is_worth` says which operations are looked for; without it, there are edits of lines alone."""
        found = find_refactorings(files, is_worth) if is_worth else Refactorings([], list(files), [])
        self._stages = list(_stages(files, found))
        self._wanted = {file.path: file.wanted for file in files if file.standing is not Standing.LEAVES}

    @property
    def is_exact(self) -> bool:
        """Whether the operations make the texts that are wanted; else nothing may be concluded from them."""
        texts = self._stages[-1].after if self._stages else {}
        return all(texts.get(path) == text for path, text in self._wanted.items())

    def source(self, part: Part, *, is_whole: bool) -> Source | None:
        """Where `part` of a text after the commit was before it; None if the commit brought it, or a word of it.

        `is_whole` says that it is whole lines, which come from the commit if it changed them anywhere. Of a part of a
        line it is asked whether its own words stood together before.
        """
        parts: list[Part] = [part]
        said: list[str] = []
        for stage in reversed(self._stages):
            if not any(one.path in stage.effect for one in parts):
                continue
            traced = stage.back(parts, is_whole=is_whole)
            if traced is None:
                return None
            parts = traced.parts
            is_whole = is_whole and not traced.is_relaid
            said += (one for one in traced.operations if one not in said)
        return Source(tuple(parts), tuple(said))


class _Traced(NamedTuple):
    parts: list[Part]
    operations: list[str]
    is_relaid: bool
    """Whether other words or line ends stand there now, so that lines are not what they were."""


def _stages(files: Sequence[Unfinished], found: Refactorings) -> Iterator[_Stage]:
    texts = {file.path: file.now for file in files if file.standing is not Standing.ARRIVES}
    modes = {file.path: file.mode for file in files}
    for step in (*found.steps, _edits(found.unfinished), *found.closing):
        if step:
            stage = _Stage(_Texts(texts, modes), step)
            yield stage
            texts = stage.after


def _edits(unfinished: Sequence[Unfinished]) -> Step:
    """What is left, as edits of lines."""
    return tuple(
        Proposal(Operation(), {file.path: Rewrite(_line_spans(file.now, file.wanted))})
        for file in unfinished
        if file.now != file.wanted
    )


def _line_spans(old: bytes, new: bytes) -> tuple[Span, ...]:
    one, other = lines_of(old), lines_of(new)
    return tuple(
        Span(
            one.starts[block.old_start],
            one.starts[block.old_end],
            new[other.starts[block.new_start] : other.starts[block.new_end]],
        )
        for block in diff(old, new)
    )


class _Texts(Struct, frozen=True):
    """The files of one state."""

    texts: Mapping[bytes, bytes]
    modes: Mapping[bytes, str]

    def read(self, path: bytes) -> bytes:
        if path not in self.texts:
            raise WrongBase(f"There is no file {encode(path)!r} among those that are looked at.")
        return self.texts[path]

    def mode(self, path: bytes) -> str:
        self.read(path)
        return self.modes[path]


class _Placed(NamedTuple):
    """A span of an operation, by where its insert stands in the text after it."""

    start: int
    end: int
    span: Span
    made: _Made


class _Stage(Struct, frozen=True, dict=True):
    """Operations that were found together, between two states."""

    before: _Texts
    step: Step

    @cached_property
    def effect(self) -> dict[bytes, list[_Placed]]:
        """Path → what comes to stand there, in order. A file that is brought whole is one span."""
        spans: dict[bytes, list[tuple[Span, _Made]]] = defaultdict(list)
        for proposal in self.step:
            made = _Made(proposal.operation, proposal.effect, self.before)
            for path, change in proposal.effect.items():
                match change:
                    case Rewrite(own):
                        spans[path] += ((span, made) for span in own)
                    case Appear(_, content):
                        spans[path].append((Span(0, 0, content), made))
        return {path: list(_placed(sorted(found, key=lambda one: one[0][:2]))) for path, found in spans.items()}

    @cached_property
    def after(self) -> dict[bytes, bytes]:
        texts = dict(self.before.texts)
        for path, placed in self.effect.items():
            texts[path] = rewrite(texts.get(path, b""), tuple(one.span for one in placed))
        for proposal in self.step:
            for path, change in proposal.effect.items():
                if isinstance(change, Vanish):
                    del texts[path]
                elif isinstance(change, Relocate):
                    raise AssertionError("Files that are looked at together keep their paths.")
        return texts

    def back(self, parts: Sequence[Part], *, is_whole: bool) -> _Traced | None:
        """Where `parts` were before; None if an operation without a proof brought any of it."""
        found: list[Part] = []
        said: list[str] = []
        is_relaid = False
        anchor: Part | None = None
        for part in parts:
            for piece in self._pieces(part):
                images = [piece.kept] if piece.placed is None else piece.placed.made.images(piece, is_whole=is_whole)
                if images is None:
                    return None
                anchor = anchor or piece.kept
                found += images
                if piece.placed is not None and piece.placed.made.is_proved:
                    said.append(piece.placed.made.sentence)
                    is_relaid = is_relaid or self._relays(part.path, piece.placed)
                elif piece.placed is not None and is_whole:
                    said.append(f"Move or indent lines in {encode(part.path)}")
        significant = [part for part in found if self._text(part).strip()]
        if not significant:
            blank = [part for part in found if part.start < part.end]
            kept = blank[:1] or self._below(parts[-1]) or self._near(anchor or parts[0])
            return _Traced(kept, said, is_relaid) if kept else None
        return _Traced(_merged(significant), said, is_relaid)

    def _text(self, part: Part) -> bytes:
        return self.before.texts[part.path][part.start : part.end]

    def _relays(self, path: bytes, placed: _Placed) -> bool:
        """Whether a span does more than to indent."""
        removed = self.before.texts.get(path, b"")[placed.span.start : placed.span.end]
        return any(text.strip() or b"\n" in text for text in (removed, placed.span.insert))

    def _below(self, part: Part) -> list[Part]:
        """Where the word that follows `part` was, to which belongs what only lays it out; nothing if that is new."""
        match = WORD.search(self.after[part.path], part.end)
        traced = match and self.back([Part(part.path, *match.span())], is_whole=False)
        return traced.parts if traced else []

    def _near(self, part: Part) -> list[Part]:
        """The word that starts at `part` or follows it, else the one before."""
        text = self.before.texts.get(part.path, b"")
        match = WORD.search(text, part.start)
        if match is None:
            match = next(iter(reversed(list(WORD.finditer(text)))), None)
        return [Part(part.path, *match.span())] if match else []

    def _pieces(self, part: Part) -> Iterator[_Piece]:
        """`part` cut where the spans of operations start and end."""
        placed = self.effect.get(part.path)
        if placed is None:
            yield _Piece(part.start, part.end, part, None)
            return
        position, growth = part.start, 0
        at = bisect_left(placed, part.start, key=lambda one: one.end)
        if at:
            growth = placed[at - 1].end - placed[at - 1].span.end
        for one in placed[at:]:
            if one.start > part.end or (one.start == part.end and one.start < one.end):
                break
            if position < one.start:
                yield _Piece(position, one.start, Part(part.path, position - growth, one.start - growth), None)
            inside = part.start < one.start < part.end or one.start < one.end
            if inside and one.end > part.start:
                start, end = max(one.start, part.start), min(one.end, part.end)
                yield _Piece(start, end, Part(part.path, one.span.start, one.span.start), one)
            position, growth = max(position, one.end), one.end - one.span.end
        if position < part.end:
            yield _Piece(position, part.end, Part(part.path, position - growth, part.end - growth), None)


def _placed(spans: Sequence[tuple[Span, _Made]]) -> Iterator[_Placed]:
    growth = 0
    for span, made in spans:
        start = span.start + growth
        yield _Placed(start, start + len(span.insert), span, made)
        growth += span.growth


def _merged(parts: Sequence[Part]) -> list[Part]:
    """`parts` with those as one that follow each other, each once."""
    merged: list[Part] = []
    for part in parts:
        if merged and merged[-1].path == part.path and merged[-1].end == part.start:
            merged[-1] = merged[-1]._replace(end=part.end)
        elif part not in merged:
            merged.append(part)
    return merged


class _Piece(NamedTuple):
    """Bytes of the text after a stage that were kept, or that one span brought."""

    start: int
    end: int
    kept: Part
    """Where they were, or where the span starts."""
    placed: _Placed | None
    """None for what was kept."""


class _Made(Struct, frozen=True, eq=False, dict=True):
    """One operation, as far as it is proved."""

    operation: Operation
    effect: Effect
    files: _Texts

    @cached_property
    def _recorded(self) -> Operation:
        recorded: Operation = kind_of(self.operation).record(self.operation, self.effect, self.files)
        return recorded

    @cached_property
    def is_proved(self) -> bool:
        """Whether it is proved that the operation says the same in another form or at another place."""
        operation = self.operation
        if not isinstance(operation, Whitespace | Rename | Move | Copy | Reorder):
            return False
        if isinstance(operation, Rename) and operation.symbol_kind == IDENTIFIER:
            # Nothing shows that what has the new name is what had the old one.
            return False
        if isinstance(operation, Reorder) and self._keeps_definitions(operation):
            return True
        return bool(kind_of(operation).proof(self._recorded, self.files))

    def _keeps_definitions(self, operation: Reorder) -> bool:
        """Whether definitions change places and are what they were; that the order means nothing need not be proved."""
        path, _ = split_target(operation.target)
        before, spans = self.files.read(path), tuple(span for _, span in self._spans())
        return same_texts(path, before, rewrite(before, spans), spans, _siblings(operation))

    @cached_property
    def sentence(self) -> str:
        return kind_of(self._recorded).describe(self._recorded)

    def images(self, piece: _Piece, *, is_whole: bool) -> list[Part] | None:
        """Where the bytes of `piece` were before; none where it is only layout, None where that is not proved."""
        assert piece.placed is not None
        if self.is_proved:
            return self._proved_images(piece, piece.placed)
        if is_whole:
            return self._same_line(piece)
        placed = piece.placed
        pairs = self._local_pairs(piece)
        return together(pairs, placed.span.insert, piece.start - placed.start, piece.end - placed.start)

    def _same_line(self, piece: _Piece) -> list[Part] | None:
        """The line of `piece` where it stood before the edits, if it was the same but for its indentation."""
        path = piece.kept.path
        if type(self.operation) is not Operation or path not in self._lines_kept:
            return None
        old, new, kept = self._lines_kept[path]
        line = kept.get(new.number_at(piece.start))
        return None if line is None else [Part(path, old.starts[line], old.starts[line + 1])]

    @cached_property
    def _lines_kept(self) -> dict[bytes, tuple[Lines, Lines, dict[int, int]]]:
        """Path → the lines before and after, and which of those after was which."""
        found = {}
        for path, change in self.effect.items():
            before = self.files.texts.get(path, b"")
            if isinstance(change, Rewrite) and language_of(path, before).name == "python":
                after = rewrite(before, change.spans)
                found[path] = (lines_of(before), lines_of(after), same_lines(before, after))
        return found

    def _proved_images(self, piece: _Piece, placed: _Placed) -> list[Part]:
        match self.operation:
            case Move():
                pairs = self._pairs_of_move()
            case Copy(source=source, symbol_kind=kind):
                if not kind:
                    return [Part(decode(source), piece.start, piece.end)]
                pairs = self._pairs_of_copy(source, placed)
            case Reorder():
                return list(self._images_of_reorder(self.operation, piece, placed))
            case _:
                pairs = self._local_pairs(piece)
        return through(pairs, piece.start - placed.start, piece.end - placed.start)

    def _local_pairs(self, piece: _Piece) -> list[Pair]:
        """The words of what one span brought, with those that it took away."""
        assert piece.placed is not None
        path, span = piece.kept.path, piece.placed.span
        return pairs_of(path, span.start, self.files.texts.get(path, b"")[span.start : span.end], span.insert)

    def _pairs_of_move(self) -> list[Pair]:
        """The words of what is put somewhere, with those of what is taken away: there is one of each."""
        path, removed = next((path, span) for path, span in self._spans() if span.start < span.end)
        added = next(span for _, span in self._spans() if span.insert)
        return pairs_of(path, removed.start, self.files.read(path)[removed.start : removed.end], added.insert)

    def _pairs_of_copy(self, source: str, placed: _Placed) -> list[Pair]:
        path, name = split_target(source)
        lines = lines_of(self.files.read(path))
        found = next(one for one in language_of(path).definitions(self.files.read(path)) or () if one.name == name)
        start, end = lines.starts[found.start], lines.starts[found.end]
        return pairs_of(path, start, self.files.read(path)[start:end], placed.span.insert)

    def _images_of_reorder(self, operation: Reorder, piece: _Piece, placed: _Placed) -> Iterator[Part]:
        path = piece.kept.path
        before = self.files.read(path)
        after = rewrite(before, tuple(span for _, span in self._spans()))
        old = block_between(before, placed.span.start, placed.span.end) if language_of(path).name == "python" else None
        new = block_between(after, placed.start, placed.end) if old else None
        if old is not None and new is not None:
            return images_of_imports(path, old, new, piece.start, piece.end)
        return images_of_definitions(path, before, after, _siblings(operation), piece.start, piece.end)

    def _spans(self) -> Iterator[tuple[bytes, Span]]:
        for path, change in self.effect.items():
            if isinstance(change, Rewrite):
                yield from ((path, span) for span in change.spans)


def _siblings(operation: Reorder) -> set[str]:
    """The qualified names of what changes places."""
    _, parent = split_target(operation.target)
    return {f"{parent}.{name}" if parent else name for name in operation.siblings}
