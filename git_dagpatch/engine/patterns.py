"""Replay of patterns: what one side replaced everywhere in a file is replaced in what the other side brings into it.

Only in files that both sides changed, and in lines that base does not have. A match is replaced if that side left no
match of the pattern in its files, if what it becomes does not match again, and if it certainly is the same as the
others: in Python, the same text as one in base, whose identifiers mean the same. What is in strings, comments and text
that is no code may mean anything: a side that lacks an earlier change looks as if it had replaced what that brought.
Every other match is left alone and told; a pattern that matches what it becomes stays where it was found. The target's
patterns are looked for as a patch's are, but only where the patch's new lines have a word that the target took out of
the file.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from typing import NamedTuple

from git_dagpatch.alignment.lines import lines_of
from git_dagpatch.discovery.patterns import find_patterns
from git_dagpatch.discovery.renames import find_renames
from git_dagpatch.discovery.unfinished import Unfinished
from git_dagpatch.engine.changed import Changed, brought_lines
from git_dagpatch.engine.moved import kept_lines
from git_dagpatch.engine.placed import OURS, THEIRS, Replayed, Standing
from git_dagpatch.engine.suspected import is_changed
from git_dagpatch.languages import language_of
from git_dagpatch.languages.python_symbols import Key, Sort, Symbols, symbols_of
from git_dagpatch.model.effect import Span, rewrite
from git_dagpatch.model.objects import FILE
from git_dagpatch.model.operation import Operation, StringReplace
from git_dagpatch.model.paths import decode
from git_dagpatch.model.plan import Reach
from git_dagpatch.operations.expressions import Expression, expression

_SAME = frozenset((Sort.IMPORT, Sort.MODULE, Sort.MEMBER, Sort.FREE))
"""What means the same at every place of a module, by its name."""


class _Replacing(NamedTuple):
    """A pattern that a side replaced."""

    expression: Expression
    scope: Set[bytes]
    """Paths in base."""
    total: bool
    operation: str


class _Match(NamedTuple):
    """A match in the result."""

    span: Span
    line: int
    """From 0."""
    certain: bool
    operation: str


class Patterns:
    """The patterns of a patch, and those of the target that the patch's new lines may have."""

    def __init__(
        self,
        ours: Changed,
        theirs: Changed,
        operations: Sequence[Operation],
        suspects: Sequence[tuple[bytes, bytes, bytes]],
    ) -> None:
        self._sides = {OURS: ours, THEIRS: theirs}
        self._base = ours.base
        self._operations = operations
        self._suspects = suspects
        """The texts (path, before, after) in which the target's patterns are looked for."""

    def finish(self, result: Changed, standings: Mapping[bytes, Standing], conflicts: Set[bytes]) -> Replayed:
        """What becomes of the merged tree of `result`, but for the files in conflict: these stay as they are."""
        found: dict[bytes, list[_Match]] = defaultdict(list)
        both = {end: one for end, one in standings.items() if None not in one}
        for side, replaced in ((OURS, list(self._of_patch())), (THEIRS, list(self._of_target()))):
            for end, standing in both.items() if replaced else ():
                mine = [one for one in replaced if standing.base in one.scope]
                if mine and is_changed(self._base, self._sides[side], standing.base, standing[side]):
                    found[end] += self._matches(side, end, standing, mine, result)
        done = Replayed()
        for path, matches in sorted(found.items()):
            text = result.read(path) or b""
            spans = _apart([one.span for one in matches if one.certain and path not in conflicts])
            made = rewrite(text, spans)
            if spans and language_of(path).parses(text) and not language_of(path).parses(made):
                spans, made = (), text
            if made != text:
                done.texts[path] = made
            kept = dict(kept_lines(text, made))
            for one in matches:
                told = done.reached if one.span in spans else done.unreached
                line = kept.get(one.line, one.line + sum(span.insert.count(b"\n") for span in spans if span < one.span))
                told.append(Reach(path, line + 1, one.operation))
        return done

    # What was replaced

    def _of_patch(self) -> Iterator[_Replacing]:
        starts = self._sides[THEIRS].starts
        for one in self._operations:
            found = expression(one.pattern, one.replacement) if isinstance(one, StringReplace) else None
            if isinstance(one, StringReplace) and found is not None:
                paths = map(decode, one.scope)
                yield _Replacing(found, {starts.get(path, path) for path in paths}, one.total, str(one.id))

    def _of_target(self) -> Iterator[_Replacing]:
        """The target's patterns, where the patch brings what the target took out."""
        files = [Unfinished(*texts, FILE) for texts in self._suspects]
        for step in find_patterns(find_renames(files)[1])[0] if files else ():
            for operation in (proposal.operation for proposal in step):
                assert isinstance(operation, StringReplace)
                found = expression(operation.pattern, operation.replacement)
                if found is not None:
                    told = f"the target's replacement of {operation.pattern}"
                    yield _Replacing(found, set(map(decode, operation.scope)), operation.total, told)

    def _read(self, side: int, standing: Standing) -> bytes:
        path = standing[side]
        return (self._sides[side].read(path) if path is not None else None) or b""

    # Where it is brought again

    def _matches(
        self, side: int, end: bytes, standing: Standing, replaced: Sequence[_Replacing], result: Changed
    ) -> Iterator[_Match]:
        assert standing.base is not None
        before, text, merged = self._base.read(standing.base), self._read(side, standing), result.read(end) or b""
        new = brought_lines(before, text)
        kept = dict(kept_lines(text, merged))
        lines, there = lines_of(text), lines_of(merged)
        for one in replaced:
            if any(one.expression.finds(span.insert) for span in one.expression.finds(before)):
                continue
            same = _Same(end, one.expression, before, merged)
            for span in one.expression.finds(text):
                first, last = lines.number_at(span.start), lines.number_at(max(span.start, span.end - 1))
                numbers = range(first, last + 1)
                if not all(number in new and number in kept for number in numbers):
                    continue
                start = there.starts[kept[first]] + span.start - lines.starts[first]
                placed = Span(start, start + span.end - span.start, span.insert)
                if merged[placed.start : placed.end] == text[span.start : span.end]:
                    certain = one.total and same.is_certain(placed)
                    yield _Match(placed, kept[first], certain, one.operation)


class _Same:
    """Whether a match in a merged file is like those in base."""

    def __init__(self, path: bytes, pattern: Expression, before: bytes, merged: bytes) -> None:
        self._pattern = pattern
        self._merged = merged
        self._before = before
        self._is_python = language_of(path).name == "python"
        self._known = {before[span.start : span.end]: span for span in pattern.finds(before)}

    def is_certain(self, span: Span) -> bool:
        after = rewrite(self._merged, (span,))
        end = span.start + len(span.insert)
        if any(one.start < end and span.start < one.end for one in self._pattern.finds(after)):
            return False
        old = self._known.get(self._merged[span.start : span.end])
        one, other = symbols_of(self._before), symbols_of(self._merged)
        if not self._is_python or old is None or one is None or other is None:
            return False
        keys = _keys(one, old)
        return keys != [] and keys == _keys(other, span) and all(map(_is_known, keys))


def _keys(symbols: Symbols, span: Span) -> list[Key]:
    """What the identifiers of a match mean, in their order."""
    return [symbols.meaning[start] for start in sorted(symbols.meaning) if span.start <= start < span.end]


def _is_known(key: Key) -> bool:
    return key.sort in _SAME or (key.sort is Sort.SYMBOL and key.scope == 0)


def _apart(spans: Sequence[Span]) -> tuple[Span, ...]:
    """Those that no other one touches."""
    ordered = sorted(set(spans))
    return tuple(
        one
        for number, one in enumerate(ordered)
        if not any(
            other.start <= one.end and one.start <= other.end for other in ordered[number - 1 : number] if number
        )
        and not any(other.start <= one.end for other in ordered[number + 1 : number + 2])
    )
